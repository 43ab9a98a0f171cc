//! The head of a page.

use leptos::prelude::*;
use leptos_meta::Title;

/// Title with the way to it, a sentence, and what can be done here.
#[component]
pub fn PageHeader(
    /// The heading, also the title of the document.
    #[prop(into)]
    title: String,
    /// Pages above: label and path.
    #[prop(optional)]
    trail: Vec<(String, String)>,
    /// A sentence.
    #[prop(into, optional)]
    sentence: String,
    /// Buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let trail = (!trail.is_empty()).then(|| {
        let links = trail.into_iter().map(|(label, href)| view! { <li><a href=href>{label}</a></li> }).collect_view();
        view! { <ol class="crumbs" aria-label="Pages above">{links}</ol> }
    });
    view! {
        <Title text=title.clone()/>
        <header class="page">
            {trail}
            <div class="page__head">
                <h1 class="page__title">{title}</h1>
                {children.map(|children| view! { <div class="page__actions">{children()}</div> })}
            </div>
            {(!sentence.is_empty()).then(|| view! { <p class="page__sentence">{sentence}</p> })}
        </header>
    }
}
