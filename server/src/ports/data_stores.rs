//! Data Stores.

use super::{Ports, refuse};
use app::backend::DataStores;
use app::error::AppError;
use app::views::{DataStoreRow, Listed, UsageRow, UsageView};
use async_trait::async_trait;
use domain::actor::Actor;
use domain::id::DataStoreId;
use domain::model::data_store::DataStore;

#[async_trait]
impl DataStores for Ports {
    async fn list(&self, actor: &Actor) -> Result<Listed<DataStoreRow>, AppError> {
        let stores = self.service.list_data_stores(actor).await.map_err(refuse)?;
        let row = |(store, used_by): (DataStore, u32)| DataStoreRow {
            kind: store.ldap.ldap_type.label().to_owned(),
            hosts: store.ldap.hostnames.clone(),
            security: store.ldap.tls.label().to_owned(),
            id: store.id,
            name: store.name,
            used_by,
        };
        Ok(Listed { rows: stores.into_iter().map(row).collect(), drafts: self.draft_rows(actor, "data_store").await? })
    }

    async fn usage(&self, actor: &Actor, id: &DataStoreId) -> Result<UsageView, AppError> {
        let (store, uses) = self.service.data_store_usage(actor, id).await.map_err(refuse)?;
        let row = |found: store::DataStoreUse| UsageRow {
            kind: "Channel".to_owned(),
            name: found.channel_name,
            connection: found.connection_name,
            channel: found.channel,
        };
        Ok(UsageView { id: store.id, name: store.name, rows: uses.into_iter().map(row).collect() })
    }

    async fn delete(&self, actor: &Actor, id: &DataStoreId) -> Result<(), AppError> {
        self.service.delete_data_store(actor, id).await.map_err(refuse)
    }
}
