//! Connectors.

use crate::error::AppError;
use crate::reading::Sent;
use domain::id::ConnectorId;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::enter;

/// Every version of each, and what was refused, as HTML.
#[server(endpoint = "connectors/list")]
pub async fn list_connectors() -> Result<Sent<String>, AppError> {
    let (actor, backend) = enter().await?;
    let page = backend.connectors.list(&actor).await?;
    Sent::new(&crate::reading::html(|| crate::pages::connectors::content::content(page)))
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
