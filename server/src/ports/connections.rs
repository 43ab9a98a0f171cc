//! SP Connections.

use super::{Ports, refuse};
use app::backend::Connections;
use app::error::AppError;
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
        self.service.delete_connection(actor, id).await.map_err(refuse)
    }

    async fn set_enabled(&self, actor: &Actor, id: &ConnectionId, enabled: bool) -> Result<(), AppError> {
        self.service.enable_connection(actor, id, enabled).await.map_err(refuse)
    }
}
