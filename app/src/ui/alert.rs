//! What must be read first.

use crate::views::Tone;
use leptos::prelude::*;

use super::tone_class;

/// A banner; one that says that something went wrong is read out at once.
#[component]
pub fn Alert(
    /// Its colour.
    #[prop(default = Tone::Bad)]
    tone: Tone,
    /// What it says.
    children: Children,
) -> impl IntoView {
    let role = if tone == Tone::Bad { "alert" } else { "note" };
    view! { <div class=format!("alert alert--{}", tone_class(tone)) role=role>{children()}</div> }
}
