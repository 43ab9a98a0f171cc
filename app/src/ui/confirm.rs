//! Asks once before something is taken away, naming what.

use leptos::prelude::*;

use super::Look;

/// A button that opens a question; the question holds the button that does it. A popover of the browser's own: it needs no script,
/// closes with Escape, and the focus goes into it and back.
#[component]
pub fn Confirm(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    /// What is read on the button that asks.
    #[prop(into)]
    label: String,
    /// What that button is called where its label alone does not say it, such as `Delete Everybody`.
    #[prop(into, optional)]
    name: Option<String>,
    /// The question, naming the object.
    #[prop(into)]
    question: String,
    /// What follows from it.
    #[prop(into)]
    consequence: String,
    /// How the button that asks looks.
    #[prop(optional)]
    look: Look,
    /// The form or button that does it.
    children: Children,
) -> impl IntoView {
    let opener = id.clone();
    view! {
        <button type="button" class=look.class() popovertarget=opener aria-label=name>{label}</button>
        <Question id=id question=question consequence=consequence>{children()}</Question>
    }
}

/// The question alone, for a button of another kind that opens it by its id.
#[component]
pub fn Question(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    /// The question, naming the object.
    #[prop(into)]
    question: String,
    /// What follows from it.
    #[prop(into)]
    consequence: String,
    /// The form or button that does it.
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-question");
    let (labelled_by, keep) = (heading.clone(), id.clone());
    view! {
        <div class="sheet confirm" id=id popover="auto" role="dialog" aria-labelledby=labelled_by>
            <p class="confirm__question" id=heading>{question}</p>
            <p class="confirm__consequence">{consequence}</p>
            <div class="confirm__buttons">
                <button type="button" class="button" popovertarget=keep popovertargetaction="hide" autofocus=true>"Keep"</button>
                {children()}
            </div>
        </div>
    }
}
