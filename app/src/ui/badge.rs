//! A state in a word, with its colour.

use crate::views::Tone;
use leptos::prelude::*;

/// The part of a class name that stands for a tone.
pub fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Busy => "busy",
        Tone::Warning => "warning",
        Tone::Bad => "bad",
        Tone::Quiet => "quiet",
    }
}

/// A state in a word. Its dot repeats the colour, never instead of the word.
#[component]
pub fn Badge(
    /// The word.
    #[prop(into)]
    label: String,
    /// Its colour.
    tone: Tone,
) -> impl IntoView {
    view! { <span class=format!("badge badge--{}", tone_class(tone))>{label}</span> }
}

/// What is wrong with the object of a row, and what to do.
pub fn warning(sentence: String) -> Option<AnyView> {
    (!sentence.is_empty())
        .then(|| view! { <span class="table__warning"><Badge label="Warning" tone=Tone::Warning/> {sentence}</span> }.into_any())
}
