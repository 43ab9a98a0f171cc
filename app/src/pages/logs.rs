//! The log viewer.

#[cfg(feature = "ssr")]
pub mod content;

use crate::api::logs::read_log;
use crate::live::on_events_if;
use crate::reading::{Sent, made, read};
use crate::routes::LOG_EVENTS;
use crate::ui::PageHeader;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// What is in the logs, as the address asks; the newest entries are followed as they are written.
#[component]
pub fn LogViewer() -> impl IntoView {
    let query = use_query_map();
    let address = move || query.read().to_query_string();
    let page = read(
        move || vec![address()],
        |key| Box::pin(async move { read_log(key.into_iter().next().unwrap_or_default()).await.map(Sent::text) }),
    );
    // What the server says follows nothing ends at once and is not asked for again.
    on_events_if(page, move || format!("{LOG_EVENTS}{}", address()), |_| true);
    view! {
        <PageHeader title="Logs" sentence="What the server wrote down, the newest first. Times are UTC."/>
        {made(page)}
    }
}
