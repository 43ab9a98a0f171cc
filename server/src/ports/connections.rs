//! SP Connections.

use super::{Ports, as_u32, refuse};
use app::backend::Connections;
use app::error::AppError;
use app::views::{ConnectionRow, Listed};
use async_trait::async_trait;
use domain::actor::Actor;
use domain::id::ConnectionId;
use domain::model::sp_connection::SpConnection;

#[async_trait]
impl Connections for Ports {
    async fn list(&self, actor: &Actor) -> Result<Listed<ConnectionRow>, AppError> {
        let connections = self.service.list_connections(actor).await.map_err(refuse)?;
        let row = |connection: SpConnection| {
            let reference = connection.connector.as_ref();
            let connector = reference.and_then(|r| self.service.connectors().find(r)).map_or_else(
                || reference.map_or_else(String::new, |r| format!("{} (not installed)", r.id)),
                |connector| connector.name.clone(),
            );
            ConnectionRow {
                id: connection.id,
                name: connection.general.name,
                entity_id: connection.general.entity_id,
                connector,
                types: if connection.outbound_provisioning { "Outbound Provisioning".to_owned() } else { String::new() },
                enabled: connection.enabled,
                channels: as_u32(connection.provisioning.channels.len()),
            }
        };
        self.listed(actor, "sp_connection", connections.into_iter().map(row).collect()).await
    }

    async fn delete(&self, actor: &Actor, id: &ConnectionId) -> Result<(), AppError> {
        self.service.delete_connection(actor, id).await.map_err(refuse)
    }

    async fn set_enabled(&self, actor: &Actor, id: &ConnectionId, enabled: bool) -> Result<(), AppError> {
        self.service.enable_connection(actor, id, enabled).await.map_err(refuse)
    }
}
