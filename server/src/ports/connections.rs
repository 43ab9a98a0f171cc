//! SP Connections.

use super::drafts::go;
use super::security::file_name;
use super::usage::usage;
use super::{Ports, refuse, refuse_delete};
use app::backend::{Connections, FileView, Then};
use app::error::{AppError, Used};
use app::views::UsageView;
use app::views::connections::ConnectionList;
use async_trait::async_trait;
use domain::actor::Actor;
use domain::id::ConnectionId;

#[async_trait]
impl Connections for Ports {
    async fn list(&self, actor: &Actor, query: &str) -> Result<ConnectionList, AppError> {
        self.connection_list(actor, query).await
    }

    async fn count(&self, actor: &Actor) -> Result<u32, AppError> {
        let n = self.service.count_connections(actor).await.map_err(refuse)?;
        Ok(u32::try_from(n).unwrap_or(u32::MAX))
    }

    async fn delete(&self, actor: &Actor, id: &ConnectionId) -> Result<(), AppError> {
        self.service.delete_connection(actor, id).await.map_err(|error| refuse_delete(error, Used::SpConnection(id.clone())))
    }

    async fn set_enabled(&self, actor: &Actor, id: &ConnectionId, enabled: bool) -> Result<(), AppError> {
        self.service.enable_connection(actor, id, enabled).await.map_err(refuse)
    }

    async fn usage(&self, actor: &Actor, id: &ConnectionId) -> Result<UsageView, AppError> {
        let (name, users) = self.service.connection_usage(actor, id).await.map_err(refuse)?;
        Ok(usage(name, users))
    }

    async fn copy(&self, actor: &Actor, id: &ConnectionId) -> Result<Then, AppError> {
        self.service.copy_connection(actor, id).await.map(go).map_err(refuse)
    }

    async fn export(&self, actor: &Actor, id: &ConnectionId) -> Result<FileView, AppError> {
        let file = self.service.export_connection(actor, id).await.map_err(refuse)?;
        Ok(FileView { name: file_name(&file.name, ".json"), media_type: file.media_type, bytes: file.text.into_bytes() })
    }

    async fn metadata(&self, actor: &Actor, id: &ConnectionId) -> Result<FileView, AppError> {
        let file = self.service.connection_metadata(actor, id).await.map_err(refuse)?;
        Ok(FileView { name: file_name(&file.name, "-metadata.xml"), media_type: file.media_type, bytes: file.text.into_bytes() })
    }

    async fn update(&self, actor: &Actor, id: &ConnectionId, file: Vec<u8>, address: &str) -> Result<Then, AppError> {
        self.service.update_with_metadata(actor, id, file, address).await.map(go).map_err(refuse)
    }

    async fn import(&self, actor: &Actor, text: &str) -> Result<Then, AppError> {
        self.service.import_connection(actor, text).await.map(go).map_err(refuse)
    }
}
