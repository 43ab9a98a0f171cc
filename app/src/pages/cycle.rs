//! One cycle: every object it touched, why, and what came of it.

#[cfg(feature = "ssr")]
pub mod content;

use crate::api::channels::show_cycle;
use crate::live::on_channel_events;
use crate::reading::{Sent, id, made_page, read};
use domain::id::CycleId;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// One cycle. The address says which of its objects are shown.
#[component]
pub fn CycleDetail() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let key = move || vec![params.read().get("id").unwrap_or_default(), query.read().to_query_string()];
    let cycle = read(key, |key| {
        Box::pin(async move {
            let query = key.get(1).cloned().unwrap_or_default();
            show_cycle(id(&key, CycleId::parse)?, query).await.map(Sent::text)
        })
    });
    on_channel_events(cycle);
    made_page(cycle)
}
