//! IdP Adapters.

use crate::batch::json;
use crate::body::{Body, BodyRow};
use crate::{Conn, Result, StoreError, Stored, Tx};
use domain::id::{IdpAdapterId, PcvId};
use domain::model::idp_adapter::IdpAdapter;
use serde::Serialize;

impl Body for IdpAdapter {
    const TABLE: &'static str = "idp_adapters";
    const VERSION: i64 = 1;
}

/// A validator of an adapter as a row of a batch.
#[derive(Serialize)]
struct Validator<'a> {
    pcv: &'a str,
}

impl Conn {
    /// The adapter of an id.
    pub async fn find_idp_adapter(&mut self, id: &IdpAdapterId) -> Result<Option<Stored<IdpAdapter>>> {
        fetch_optional!(
            self,
            "read an IdP Adapter",
            BodyRow,
            "select id, body, body_version, version, updated_by, updated_at from idp_adapters where id = $1",
            id.as_str()
        )?
        .map(BodyRow::read)
        .transpose()
    }

    /// All adapters by name.
    pub async fn list_idp_adapters(&mut self) -> Result<Vec<Stored<IdpAdapter>>> {
        fetch_all!(
            self,
            "list the IdP Adapters",
            BodyRow,
            "select id, body, body_version, version, updated_by, updated_at from idp_adapters order by lower(name), id"
        )?
        .into_iter()
        .map(BodyRow::read)
        .collect()
    }

    /// Which adapters ask a validator: id and name, by name.
    pub async fn list_idp_adapters_of(&mut self, pcv: &PcvId) -> Result<Vec<(IdpAdapterId, String)>> {
        let rows = fetch_all!(
            self,
            "list the IdP Adapters of a Password Credential Validator",
            (String, String),
            "select a.id, a.name from idp_adapters a join idp_adapter_pcvs p on p.adapter_id = a.id where p.pcv_id = $1 \
             order by lower(a.name), a.id",
            pcv.as_str()
        )?;
        let id = |id: String| IdpAdapterId::parse(&id).map_err(|e| StoreError::corrupt("idp_adapters", id, e));
        rows.into_iter().map(|(adapter, name)| Ok((id(adapter)?, name))).collect()
    }
}

impl Tx {
    /// A new adapter, at version 1; [`StoreError::Taken`] `name`, `instance_id` or `logout_path` when there is one,
    /// [`StoreError::Gone`] when one of its validators was deleted.
    pub async fn insert_idp_adapter(&mut self, adapter: &IdpAdapter, by: &str, now: i64) -> Result<()> {
        execute!(
            self,
            "add an IdP Adapter",
            "insert into idp_adapters (id, name, instance_id, logout_path, body, body_version, version, updated_by, updated_at) \
             values ($1, $2, $3, $4, $5, $6, 1, $7, $8)",
            adapter.id.as_str(),
            adapter.name.as_str(),
            adapter.instance_id.as_str(),
            logout_path(adapter),
            json(adapter)?,
            IdpAdapter::VERSION,
            by,
            now
        )?;
        self.put_validators(adapter).await
    }

    /// Saves over the version it was read at, and answers the new one. [`StoreError::Stale`] when somebody saved in between,
    /// [`StoreError::Gone`] when it, or one of its validators, was deleted.
    pub async fn update_idp_adapter(&mut self, adapter: &IdpAdapter, version: i64, by: &str, now: i64) -> Result<i64> {
        let touched = execute!(
            self,
            "save an IdP Adapter",
            "update idp_adapters set name = $3, instance_id = $4, logout_path = $5, body = $6, body_version = $7, version = version + 1, \
             updated_by = $8, updated_at = $9 where id = $1 and version = $2",
            adapter.id.as_str(),
            version,
            adapter.name.as_str(),
            adapter.instance_id.as_str(),
            logout_path(adapter),
            json(adapter)?,
            IdpAdapter::VERSION,
            by,
            now
        )?;
        if touched == 0 {
            return Err(match self.find_idp_adapter(&adapter.id).await? {
                Some(other) => StoreError::Stale { by: other.updated_by },
                None => StoreError::Gone { doing: "save an IdP Adapter" },
            });
        }
        self.put_validators(adapter).await?;
        Ok(version + 1)
    }

    /// Deletes one.
    pub async fn delete_idp_adapter(&mut self, id: &IdpAdapterId) -> Result<()> {
        execute!(self, "delete an IdP Adapter", "delete from idp_adapters where id = $1", id.as_str())?;
        Ok(())
    }

    /// Makes the rows of `idp_adapter_pcvs` equal to the adapter's body.
    async fn put_validators(&mut self, adapter: &IdpAdapter) -> Result<()> {
        execute!(self, "save an IdP Adapter", "delete from idp_adapter_pcvs where adapter_id = $1", adapter.id.as_str())?;
        let rows = adapter.validators.iter().map(|pcv| Validator { pcv: pcv.as_str() });
        let rows = json(&rows.collect::<Vec<_>>())?;
        execute_rows!(
            self,
            "save an IdP Adapter",
            ["insert into idp_adapter_pcvs (adapter_id, pcv_id) select $2, value ->> 'pcv' from ", ""],
            rows.as_str(),
            adapter.id.as_str()
        )?;
        Ok(())
    }
}

fn logout_path(adapter: &IdpAdapter) -> Option<&str> {
    Some(adapter.form.logout_path()).filter(|path| !path.is_empty())
}
