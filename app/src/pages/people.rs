//! People and groups of channels: the list, one of them, Explain and Verify. They come whole from the server, by path.

#[cfg(feature = "ssr")]
pub mod content;

use crate::api::people::show_people;
use crate::reading::{Sent, loaded, part, read};
use crate::ui::ActionProblem;
use crate::views::MadePage;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_params_map};

/// Any of these pages.
#[component]
pub fn PeoplePages() -> impl IntoView {
    let params = use_params_map();
    let search = use_location().search;
    let key = move || vec![params.read().get("path").unwrap_or_default(), search.get()];
    let shown = read(key, |key| {
        Box::pin(async move {
            let part = |at: usize| key.get(at).cloned().unwrap_or_default();
            show_people(part(0), part(1)).await.map(Sent::text)
        })
    });
    view! {
        <ActionProblem/>
        {loaded(shown, |page: MadePage| view! { <Title text=page.title/> {part(page.html)} }.into_any())}
    }
}
