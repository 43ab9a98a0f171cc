//! Password Credential Validators.

use crate::batch::json;
use crate::body::{Body, BodyRow};
use crate::{Conn, Result, StoreError, Stored, Tx};
use domain::id::{DataStoreId, PcvId};
use domain::model::pcv::Pcv;

impl Body for Pcv {
    const TABLE: &'static str = "pcvs";
    const VERSION: i64 = 1;
}

impl Conn {
    /// The validator of an id.
    pub async fn find_pcv(&mut self, id: &PcvId) -> Result<Option<Stored<Pcv>>> {
        fetch_optional!(
            self,
            "read a Password Credential Validator",
            BodyRow,
            "select id, body, body_version, version, updated_by, updated_at from pcvs where id = $1",
            id.as_str()
        )?
        .map(BodyRow::read)
        .transpose()
    }

    /// All validators by name.
    pub async fn list_pcvs(&mut self) -> Result<Vec<Stored<Pcv>>> {
        fetch_all!(
            self,
            "list the Password Credential Validators",
            BodyRow,
            "select id, body, body_version, version, updated_by, updated_at from pcvs order by lower(name), id"
        )?
        .into_iter()
        .map(BodyRow::read)
        .collect()
    }

    /// Which validators ask a Data Store: id and name, by name.
    pub async fn list_pcvs_of(&mut self, store: &DataStoreId) -> Result<Vec<(PcvId, String)>> {
        let rows = fetch_all!(
            self,
            "list the Password Credential Validators of a Data Store",
            (String, String),
            "select id, name from pcvs where data_store_id = $1 order by lower(name), id",
            store.as_str()
        )?;
        rows.into_iter().map(|(id, name)| Ok((PcvId::parse(&id).map_err(|e| StoreError::corrupt("pcvs", id, e))?, name))).collect()
    }
}

impl Tx {
    /// A new validator, at version 1; [`StoreError::Taken`] `name` or `instance_id` when there is one, [`StoreError::Gone`] when its
    /// Data Store was deleted.
    pub async fn insert_pcv(&mut self, pcv: &Pcv, by: &str, now: i64) -> Result<()> {
        execute!(
            self,
            "add a Password Credential Validator",
            "insert into pcvs (id, name, instance_id, data_store_id, body, body_version, version, updated_by, updated_at) \
             values ($1, $2, $3, $4, $5, $6, 1, $7, $8)",
            pcv.id.as_str(),
            pcv.name.as_str(),
            pcv.instance_id.as_str(),
            pcv.data_store().map(DataStoreId::as_str),
            json(pcv)?,
            Pcv::VERSION,
            by,
            now
        )?;
        Ok(())
    }

    /// Saves over the version it was read at, and answers the new one. [`StoreError::Stale`] when somebody saved in between,
    /// [`StoreError::Gone`] when it, or its Data Store, was deleted.
    pub async fn update_pcv(&mut self, pcv: &Pcv, version: i64, by: &str, now: i64) -> Result<i64> {
        let touched = execute!(
            self,
            "save a Password Credential Validator",
            "update pcvs set name = $3, instance_id = $4, data_store_id = $5, body = $6, body_version = $7, version = version + 1, \
             updated_by = $8, updated_at = $9 where id = $1 and version = $2",
            pcv.id.as_str(),
            version,
            pcv.name.as_str(),
            pcv.instance_id.as_str(),
            pcv.data_store().map(DataStoreId::as_str),
            json(pcv)?,
            Pcv::VERSION,
            by,
            now
        )?;
        if touched > 0 {
            return Ok(version + 1);
        }
        Err(match self.find_pcv(&pcv.id).await? {
            Some(other) => StoreError::Stale { by: other.updated_by },
            None => StoreError::Gone { doing: "save a Password Credential Validator" },
        })
    }

    /// Deletes one; [`StoreError::InUse`] while an adapter uses it.
    pub async fn delete_pcv(&mut self, id: &PcvId) -> Result<()> {
        match execute!(self, "delete a Password Credential Validator", "delete from pcvs where id = $1", id.as_str()) {
            Ok(_) => Ok(()),
            Err(StoreError::Gone { .. }) => Err(StoreError::InUse { what: "Password Credential Validator" }),
            Err(error) => Err(error),
        }
    }
}
