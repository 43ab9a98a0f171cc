//! Data Stores.

use crate::batch::json;
use crate::body::{Body, BodyRow};
use crate::{ChannelRow, Conn, DataStoreUse, Result, StoreError, Stored, Tx};
use domain::id::DataStoreId;
use domain::model::data_store::DataStore;

impl Body for DataStore {
    const TABLE: &'static str = "data_stores";
    const VERSION: i64 = 1;
}

impl Conn {
    /// The Data Store of an id.
    pub async fn find_data_store(&mut self, id: &DataStoreId) -> Result<Option<Stored<DataStore>>> {
        fetch_optional!(
            self,
            "read a Data Store",
            BodyRow,
            "select id, body, body_version, version, updated_by, updated_at from data_stores where id = $1",
            id.as_str()
        )?
        .map(BodyRow::read)
        .transpose()
    }

    /// All Data Stores by name.
    pub async fn list_data_stores(&mut self) -> Result<Vec<Stored<DataStore>>> {
        fetch_all!(
            self,
            "list the Data Stores",
            BodyRow,
            "select id, body, body_version, version, updated_by, updated_at from data_stores order by lower(name), id"
        )?
        .into_iter()
        .map(BodyRow::read)
        .collect()
    }

    /// Id and name of every Data Store, by name.
    pub async fn list_data_store_names(&mut self) -> Result<Vec<(DataStoreId, String)>> {
        let rows = fetch_all!(self, "list the Data Stores", (String, String), "select id, name from data_stores order by lower(name), id")?;
        rows.into_iter()
            .map(|(id, name)| Ok((DataStoreId::parse(&id).map_err(|e| StoreError::corrupt("data_stores", id, e))?, name)))
            .collect()
    }

    /// Which channels of which connections use a Data Store.
    pub async fn list_data_store_usage(&mut self, id: &DataStoreId) -> Result<Vec<DataStoreUse>> {
        let channels = self.list_channels().await?;
        Ok(channels.into_iter().filter(|c| c.data_store.as_ref() == Some(id)).map(ChannelRow::into_use).collect())
    }
}

impl Tx {
    /// A new Data Store, at version 1; [`StoreError::Taken`] `name` when there is one of that name.
    pub async fn insert_data_store(&mut self, store: &DataStore, by: &str, now: i64) -> Result<()> {
        execute!(
            self,
            "add a Data Store",
            "insert into data_stores (id, name, body, body_version, version, updated_by, updated_at) values ($1, $2, $3, $4, 1, $5, $6)",
            store.id.as_str(),
            store.name.as_str(),
            json(store)?,
            DataStore::VERSION,
            by,
            now
        )?;
        Ok(())
    }

    /// Saves over the version it was read at, and answers the new one. [`StoreError::Stale`] when somebody saved in between,
    /// [`StoreError::Gone`] when it was deleted.
    pub async fn update_data_store(&mut self, store: &DataStore, version: i64, by: &str, now: i64) -> Result<i64> {
        let touched = execute!(
            self,
            "save a Data Store",
            "update data_stores set name = $3, body = $4, body_version = $5, version = version + 1, updated_by = $6, updated_at = $7 \
             where id = $1 and version = $2",
            store.id.as_str(),
            version,
            store.name.as_str(),
            json(store)?,
            DataStore::VERSION,
            by,
            now
        )?;
        if touched > 0 {
            return Ok(version + 1);
        }
        Err(match self.find_data_store(&store.id).await? {
            Some(other) => StoreError::Stale { by: other.updated_by },
            None => StoreError::Gone { doing: "save a Data Store" },
        })
    }

    /// Deletes one; [`StoreError::InUse`] while a channel uses it.
    pub async fn delete_data_store(&mut self, id: &DataStoreId) -> Result<()> {
        match execute!(self, "delete a Data Store", "delete from data_stores where id = $1", id.as_str()) {
            Ok(_) => Ok(()),
            Err(StoreError::Gone { .. }) => Err(StoreError::InUse { what: "Data Store" }),
            Err(error) => Err(error),
        }
    }
}
