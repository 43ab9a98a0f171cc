//! One channel: how it is, what waits for a person, what failed, and its cycles.

#[cfg(feature = "ssr")]
pub mod content;

use crate::api::channels::show_channel;
use crate::live::on_channel_events;
use crate::reading::{Sent, id, made_page, read};
use crate::ui::ActionProblem;
use domain::id::ChannelId;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// One channel. The address says over which time its charts go.
#[component]
pub fn ChannelDetail() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let key = move || vec![params.read().get("id").unwrap_or_default(), query.read().get("over").unwrap_or_default()];
    let channel = read(key, |key| {
        Box::pin(async move {
            let over = key.get(1).cloned().unwrap_or_default();
            show_channel(id(&key, ChannelId::parse)?, over).await.map(Sent::text)
        })
    });
    on_channel_events(channel);
    view! {
        <ActionProblem/>
        {made_page(channel)}
    }
}
