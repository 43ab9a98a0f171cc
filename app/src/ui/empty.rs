//! What stands where there is nothing yet.

use leptos::prelude::*;

/// A sentence, and what to do about it.
#[component]
pub fn Empty(
    /// The sentence.
    #[prop(into)]
    text: String,
    /// What to do.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <p class="empty__text">{text}</p>
            {children.map(|children| view! { <div class="empty__actions">{children()}</div> })}
        </div>
    }
}
