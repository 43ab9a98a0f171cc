//! What is configured once for the whole server.

use crate::error::AppError;
use crate::reading::Sent;
use crate::views::{MetadataPage, SettingsPage};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::enter;

/// Protocol Settings.
#[server(endpoint = "protocol-settings/show")]
pub async fn show_protocol_settings() -> Result<Sent<SettingsPage>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.settings.protocol(&actor).await?)
}

/// Metadata Export.
#[server(endpoint = "metadata-export/show")]
pub async fn show_metadata_export() -> Result<Sent<MetadataPage>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.settings.metadata(&actor).await?)
}
