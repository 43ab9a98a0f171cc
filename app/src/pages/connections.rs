//! SP Connections: a page of the list, as its address asks for it.

#[cfg(feature = "ssr")]
pub mod content;

use super::usage::usage;
use crate::api::connections::{connection_usage, list_connections};
use crate::reading::{Sent, by_id, id, loaded, made, read};
use crate::routes::{Page, Post};
use crate::ui::{Action, ActionProblem, Look, PageHeader, Upload};
use crate::views::UsageView;
use domain::id::ConnectionId;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// SP Connections.
#[component]
pub fn ConnectionList() -> impl IntoView {
    let query = use_query_map();
    let list = read(
        move || vec![query.read().to_query_string()],
        |key| Box::pin(async move { list_connections(key.into_iter().next().unwrap_or_default()).await.map(Sent::text) }),
    );
    view! {
        <PageHeader title="SP Connections" sentence="Services that people sign on to, or that receive people and groups.">
            <a class="button" href=Page::ImportSpConnection.href()>"Import Connection"</a>
            <Action to=Post::NewSpConnection.action() label="Create Connection" look=Look::Primary/>
        </PageHeader>
        <ActionProblem/>
        {made(list)}
    }
}

/// Who uses an SP Connection.
#[component]
pub fn ConnectionUsage() -> impl IntoView {
    let reading = read(by_id(), |key| Box::pin(async move { connection_usage(id(&key, ConnectionId::parse)?).await.map(Sent::text) }));
    loaded(reading, |found| usage(found, "SP Connection", ("SP Connections", Page::SpConnections)))
}

/// An exported connection to be imported.
#[component]
pub fn ImportConnection() -> impl IntoView {
    view! {
        <PageHeader title="Import Connection" trail=vec![("SP Connections".to_owned(), Page::SpConnections.href())]
            sentence="A file made by Export becomes a draft. Its secrets are asked for, its channels are inactive, and nothing is stored until you save it."/>
        <ActionProblem/>
        <Upload to=Post::ImportSpConnection.action() accept=".json" label="Import" back=Page::SpConnections.href()
            file="The JSON file of one connection." text="{ \"format\": \"towpath-sp-connection\" and so on."/>
    }
}

/// Newer metadata of a connection's partner.
#[component]
pub fn UpdateConnection() -> impl IntoView {
    let reading = read(by_id(), |key| Box::pin(async move { connection_usage(id(&key, ConnectionId::parse)?).await.map(Sent::text) }));
    view! {
        <ActionProblem/>
        {loaded(reading, update)}
    }
}

fn update(found: UsageView) -> AnyView {
    // The page is there for a connection that was found, so its id is one.
    let id = use_params_map().read_untracked().get("id").and_then(|id| ConnectionId::parse(&id).ok());
    let action = id.map_or_else(String::new, |id| Post::UpdateSpConnection(id).action());
    view! {
        <PageHeader title=format!("Update {} with Metadata", found.name) trail=vec![("SP Connections".to_owned(), Page::SpConnections.href())]
            sentence="What the partner says of itself now. A draft shows what changes; nothing is stored until you save it."/>
        <Upload to=action accept=".xml" label="Show Changes" back=Page::SpConnections.href()
            file="The partner's metadata (XML)." text="<md:EntityDescriptor and so on."
            address=("Or its address", "Read now, over https.")/>
    }
    .into_any()
}
