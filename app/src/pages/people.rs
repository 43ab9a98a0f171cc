//! People and groups of channels: the list, one of them, Explain and Verify. They come whole from the server, by path.

#[cfg(feature = "ssr")]
pub mod content;

use crate::api::people::show_people;
use crate::reading::{Sent, loaded, part, read};
use crate::ui::ActionProblem;
use crate::views::MadePage;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

/// Any of these pages.
#[component]
pub fn PeoplePages() -> impl IntoView {
    let location = use_location();
    // Path and question change together. On the way to another page the address is that one's already, and nothing is asked of it here.
    let key = Memo::new(move |before: Option<&Vec<String>>| match location.pathname.get().strip_prefix("/people") {
        Some(path) => vec![path.to_owned(), location.search.get()],
        None => before.cloned().unwrap_or_default(),
    });
    let shown = read(
        move || key.get(),
        |key| {
            Box::pin(async move {
                let part = |at: usize| key.get(at).cloned().unwrap_or_default();
                show_people(part(0), part(1)).await.map(Sent::text)
            })
        },
    );
    view! {
        <ActionProblem/>
        {loaded(shown, |page: MadePage| view! { <Title text=page.title/> {part(page.html)} }.into_any())}
    }
}
