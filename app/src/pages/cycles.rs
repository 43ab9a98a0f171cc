//! The cycles of a channel, as the address asks for them.

#[cfg(feature = "ssr")]
pub mod content;

use crate::api::channels::list_cycles;
use crate::live::on_channel_events;
use crate::reading::{Sent, id, made_page, read};
use domain::id::ChannelId;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// The cycles of a channel.
#[component]
pub fn CycleList() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let key = move || vec![params.read().get("id").unwrap_or_default(), query.read().to_query_string()];
    let cycles = read(key, |key| {
        Box::pin(async move {
            let query = key.get(1).cloned().unwrap_or_default();
            list_cycles(id(&key, ChannelId::parse)?, query).await.map(Sent::text)
        })
    });
    on_channel_events(cycles);
    made_page(cycles)
}
