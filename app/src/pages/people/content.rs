//! The pages about people and groups, made on the server.

mod explain;
mod list;
mod look;
mod person;
mod verify;

pub use explain::explain;
pub use list::list;
pub use person::person;
pub use verify::verify;

use crate::reading::html;
use crate::views::MadePage;
use leptos::prelude::*;

/// A page with its head; `parts` makes its buttons and what stands below. The title of the document is put there by the browser's
/// side, which alone knows the document.
fn page(title: String, trail: Vec<(String, String)>, sentence: &str, parts: impl FnOnce() -> (AnyView, AnyView)) -> MadePage {
    let heading = title.clone();
    let sentence = sentence.to_owned();
    let html = html(move || {
        let links = trail.into_iter().map(|(label, href)| view! { <li><a href=href>{label}</a></li> }).collect_view();
        let (actions, content) = parts();
        view! {
            <header class="page">
                <ol class="crumbs" aria-label="Pages above">{links}</ol>
                <div class="page__head">
                    <h1 class="page__title">{heading}</h1>
                    <div class="page__actions">{actions}</div>
                </div>
                {(!sentence.is_empty()).then(|| view! { <p class="page__sentence">{sentence}</p> })}
            </header>
            {content}
        }
        .into_any()
    });
    MadePage { title, html }
}
