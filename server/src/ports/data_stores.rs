//! Data Stores.

use super::usage::usage;
use super::words::{count, list};
use super::{Ports, refuse, refuse_delete};
use app::backend::DataStores;
use app::error::{AppError, Used};
use app::views::{DataStoreRow, Listed, UsageView};
use async_trait::async_trait;
use domain::actor::Actor;
use domain::id::DataStoreId;
use domain::model::data_store::DataStore;
use service::data_stores::DataStoreUsers;

#[async_trait]
impl DataStores for Ports {
    async fn list(&self, actor: &Actor) -> Result<Listed<DataStoreRow>, AppError> {
        let stores = self.service.list_data_stores(actor).await.map_err(refuse)?;
        let row = |(store, users): (DataStore, DataStoreUsers)| DataStoreRow {
            kind: store.ldap.ldap_type.label().to_owned(),
            hosts: store.ldap.hostnames.clone(),
            security: store.ldap.tls.label().to_owned(),
            id: store.id,
            name: store.name,
            used_by: words(users),
        };
        self.listed(actor, "data_store", stores.into_iter().map(row).collect()).await
    }

    async fn usage(&self, actor: &Actor, id: &DataStoreId) -> Result<UsageView, AppError> {
        let (store, users) = self.service.data_store_usage(actor, id).await.map_err(refuse)?;
        Ok(usage(store.name, users))
    }

    async fn delete(&self, actor: &Actor, id: &DataStoreId) -> Result<(), AppError> {
        self.service.delete_data_store(actor, id).await.map_err(|error| refuse_delete(error, Used::DataStore(id.clone())))
    }
}

/// How many use it; empty for nobody.
fn words(users: DataStoreUsers) -> String {
    let parts =
        [(users.channels, count(users.channels, "channel", "channels")), (users.pcvs, count(users.pcvs, "validator", "validators"))];
    list(&parts.into_iter().filter(|(n, _)| *n > 0).map(|(_, words)| words).collect::<Vec<_>>())
}
