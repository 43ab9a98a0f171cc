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
    view! {
        <Title text=title.clone()/>
        {page_head(title, trail, sentence, children.map(|children| children().into_any()))}
    }
}

/// The same without the title of the document, for pages that the server makes.
pub fn page_head(title: String, trail: Vec<(String, String)>, sentence: String, actions: Option<AnyView>) -> AnyView {
    let trail = (!trail.is_empty()).then(|| {
        let links = trail.into_iter().map(|(label, href)| view! { <li><a href=href>{label}</a></li> }).collect_view();
        view! { <ol class="crumbs" aria-label="Pages above">{links}</ol> }
    });
    view! {
        <header class="page">
            {trail}
            <div class="page__head">
                <h1 class="page__title">{title}</h1>
                {actions.map(|actions| view! { <div class="page__actions">{actions}</div> })}
            </div>
            {(!sentence.is_empty()).then(|| view! { <p class="page__sentence">{sentence}</p> })}
        </header>
    }
    .into_any()
}
