//! Data Stores: listed, their use, deleted. They are saved through drafts.

use crate::{Result, Service, ServiceError};
use domain::actor::Actor;
use domain::id::DataStoreId;
use domain::model::data_store::DataStore;
use store::{DataStoreUse, StoreError};

impl Service {
    /// All Data Stores by name, each with how many channels use it.
    pub async fn list_data_stores(&self, actor: &Actor) -> Result<Vec<(DataStore, u32)>> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let stores = conn.list_data_stores().await?;
        let channels = conn.list_channels().await?;
        let uses = |id: &DataStoreId| channels.iter().filter(|c| c.data_store.as_ref() == Some(id)).count() as u32;
        Ok(stores.into_iter().map(|s| (uses(&s.value.id), s.value)).map(|(n, s)| (s, n)).collect())
    }

    /// A Data Store with the channels that use it.
    pub async fn data_store_usage(&self, actor: &Actor, id: &DataStoreId) -> Result<(DataStore, Vec<DataStoreUse>)> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let store = conn.find_data_store(id).await?.ok_or(ServiceError::NotFound)?.value;
        let uses = conn.list_data_store_usage(id).await?;
        Ok((store, uses))
    }

    /// Deletes a Data Store that no channel uses.
    pub async fn delete_data_store(&self, actor: &Actor, id: &DataStoreId) -> Result<()> {
        let (store, uses) = self.data_store_usage(actor, id).await?;
        let in_use = |by: &str| ServiceError::refused(format!("‘{}’ is used by {by}. Choose another Data Store there first.", store.name));
        if let Some(first) = uses.first() {
            let more = if uses.len() > 1 { format!(" and {} more", uses.len() - 1) } else { String::new() };
            return Err(in_use(&format!("the channel ‘{}’ of ‘{}’{more}", first.channel_name, first.connection_name)));
        }
        let mut tx = self.store.begin().await?;
        tx.delete_data_store(id).await.map_err(|error| match error {
            StoreError::InUse { .. } => in_use("a channel that was saved just now"),
            other => other.into(),
        })?;
        tx.delete_drafts_of("data_store", id.as_str()).await?;
        tx.commit().await?;
        tracing::info!(target: "admin", actor = %actor, kind = "data_store", object = store.name, "deleted");
        Ok(())
    }
}
