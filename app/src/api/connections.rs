//! SP Connections.

use crate::error::AppError;
use crate::reading::Sent;
use crate::views::UsageView;
use domain::id::ConnectionId;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::enter;

/// A page of them, as the query of its address asks, with this administrator's drafts, as HTML.
#[server(endpoint = "sp-connections/list")]
pub async fn list_connections(#[server(default)] query: String) -> Result<Sent<String>, AppError> {
    let (actor, backend) = enter().await?;
    let list = backend.connections.list(&actor, &query).await?;
    Sent::new(&crate::reading::html(|| crate::pages::connections::content::content(list)))
}

/// Deletes one with its channels.
#[server(endpoint = "sp-connections/delete")]
pub async fn delete_connection(id: ConnectionId) -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.connections.delete(&actor, &id).await
}

/// Turns one on or off.
#[server(endpoint = "sp-connections/set-enabled")]
pub async fn set_connection_enabled(id: ConnectionId, enabled: bool) -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.connections.set_enabled(&actor, &id, enabled).await
}

/// Who uses one.
#[server(endpoint = "sp-connections/usage")]
pub async fn connection_usage(id: ConnectionId) -> Result<Sent<UsageView>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.connections.usage(&actor, &id).await?)
}
