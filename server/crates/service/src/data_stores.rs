//! Data Stores: listed, their use, deleted. They are saved through drafts.

use crate::usage::{User, in_use, refuse_used};
use crate::{Result, Service, ServiceError};
use domain::actor::Actor;
use domain::id::DataStoreId;
use domain::model::data_store::DataStore;
use store::StoreError;

const KIND: &str = "Data Store";

/// How many refer to a Data Store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DataStoreUsers {
    /// Channels.
    pub channels: u32,
    /// Password Credential Validators.
    pub pcvs: u32,
}

impl Service {
    /// All Data Stores by name, each with how many use it.
    pub async fn list_data_stores(&self, actor: &Actor) -> Result<Vec<(DataStore, DataStoreUsers)>> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let stores = conn.list_data_stores().await?;
        let channels = conn.list_channels().await?;
        let pcvs = conn.list_pcvs().await?;
        let users = |id: &DataStoreId| DataStoreUsers {
            channels: channels.iter().filter(|c| c.data_store.as_ref() == Some(id)).count() as u32,
            pcvs: pcvs.iter().filter(|p| p.value.data_store() == Some(id)).count() as u32,
        };
        Ok(stores.into_iter().map(|s| (users(&s.value.id), s.value)).map(|(n, s)| (s, n)).collect())
    }

    /// A Data Store with who uses it.
    pub async fn data_store_usage(&self, actor: &Actor, id: &DataStoreId) -> Result<(DataStore, Vec<User>)> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let store = conn.find_data_store(id).await?.ok_or(ServiceError::NotFound)?.value;
        let users = self.users_of_data_store(&mut conn, id).await?;
        Ok((store, users))
    }

    /// Deletes a Data Store that nobody uses.
    pub async fn delete_data_store(&self, actor: &Actor, id: &DataStoreId) -> Result<()> {
        let (store, users) = self.data_store_usage(actor, id).await?;
        refuse_used(&store.name, KIND, &users)?;
        let mut tx = self.store.begin().await?;
        tx.delete_data_store(id).await.map_err(|error| match error {
            StoreError::InUse { .. } => in_use(&store.name, KIND, "something that was saved just now"),
            other => other.into(),
        })?;
        tx.note_deleted("data_store", id.as_str(), &actor.to_string(), self.now()).await?;
        tx.commit().await?;
        tracing::info!(target: "admin", actor = %actor, kind = "data_store", object = store.name, "deleted");
        Ok(())
    }
}
