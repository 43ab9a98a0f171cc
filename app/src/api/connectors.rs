//! Connectors.

use crate::error::AppError;
use crate::reading::Sent;
use crate::views::connectors::ConnectorsPage;
use domain::id::ConnectorId;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::enter;

/// Every version of each, and what was refused.
#[server(endpoint = "connectors/list")]
pub async fn list_connectors() -> Result<Sent<ConnectorsPage>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.connectors.list(&actor).await?)
}

/// Deletes a version that was added and that nothing uses.
#[server(endpoint = "connectors/delete")]
pub async fn delete_connector(id: ConnectorId, version: String) -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.connectors.delete(&actor, &id, &version).await
}

/// Forgets the upload that was refused.
#[server(endpoint = "connectors/forget")]
pub async fn forget_refused_connector() -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.connectors.forget(&actor).await
}

/// Installs what lies in the folder.
#[server(endpoint = "connectors/folder")]
pub async fn read_connector_folder() -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.connectors.read_folder(&actor).await
}
