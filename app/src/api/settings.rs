//! What is configured once for the whole server.

use crate::error::AppError;
use crate::reading::Sent;
use crate::views::{MetadataPage, SettingsPage};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::enter;

/// Protocol Settings or, where so asked, Notifications.
#[server(endpoint = "server-settings/show")]
pub async fn show_server_settings(notifications: bool) -> Result<Sent<SettingsPage>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&match notifications {
        true => backend.settings.notifications(&actor).await?,
        false => backend.settings.protocol(&actor).await?,
    })
}

/// Metadata Export.
#[server(endpoint = "metadata-export/show")]
pub async fn show_metadata_export() -> Result<Sent<MetadataPage>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.settings.metadata(&actor).await?)
}
