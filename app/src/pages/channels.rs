//! All channels at a glance.

#[cfg(feature = "ssr")]
pub mod content;

use crate::api::channels::list_channels;
use crate::live::on_channel_events;
use crate::reading::{Sent, made, read};
use crate::ui::{ActionProblem, PageHeader};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// All channels, or those that the address asks for.
#[component]
pub fn ChannelList() -> impl IntoView {
    let query = use_query_map();
    let overview = read(
        move || vec![query.read().to_query_string()],
        |key| Box::pin(async move { list_channels(key.into_iter().next().unwrap_or_default()).await.map(Sent::text) }),
    );
    on_channel_events(overview);
    view! {
        <PageHeader title="Channels" sentence="What is provisioned, how it is going, and what wants to be looked at."/>
        <ActionProblem/>
        {made(overview)}
    }
}
