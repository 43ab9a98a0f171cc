//! The search: screens and objects by a piece of their name.

#[cfg(feature = "ssr")]
pub mod content;

use crate::api::guide::search;
use crate::reading::{Sent, loaded, part, read};
use crate::ui::PageHeader;
use crate::views::MadePage;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// What was found for the `q` of the address.
#[component]
pub fn Search() -> impl IntoView {
    let query = use_query_map();
    let found = read(
        move || vec![query.read().get("q").unwrap_or_default()],
        |key| Box::pin(async move { search(key.first().cloned().unwrap_or_default()).await.map(Sent::text) }),
    );
    loaded(found, |page: MadePage| view! { <PageHeader title=page.title/> {part(page.html)} }.into_any())
}
