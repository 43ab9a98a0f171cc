//! Keys this server signs with.

use crate::batch::json;
use crate::body::{Body, BodyRow};
use crate::{Conn, Result, StoreError, Stored, Tx};
use domain::id::SigningKeyId;
use domain::model::signing_key::SigningKey;

impl Body for SigningKey {
    const TABLE: &'static str = "signing_keys";
    const VERSION: i64 = 1;
}

impl Conn {
    /// The signing key of an id.
    pub async fn find_signing_key(&mut self, id: &SigningKeyId) -> Result<Option<Stored<SigningKey>>> {
        fetch_optional!(
            self,
            "read a signing key",
            BodyRow,
            "select id, body, body_version, version, updated_by, updated_at from signing_keys where id = $1",
            id.as_str()
        )?
        .map(BodyRow::read)
        .transpose()
    }

    /// All signing keys, oldest first.
    pub async fn list_signing_keys(&mut self) -> Result<Vec<Stored<SigningKey>>> {
        fetch_all!(
            self,
            "list the signing keys",
            BodyRow,
            "select id, body, body_version, version, updated_by, updated_at from signing_keys order by id"
        )?
        .into_iter()
        .map(BodyRow::read)
        .collect()
    }
}

impl Tx {
    /// A new signing key, at version 1.
    pub async fn insert_signing_key(&mut self, key: &SigningKey, by: &str, now: i64) -> Result<()> {
        execute!(
            self,
            "add a signing key",
            "insert into signing_keys (id, body, body_version, version, updated_by, updated_at) values ($1, $2, $3, 1, $4, $5)",
            key.id.as_str(),
            json(key)?,
            SigningKey::VERSION,
            by,
            now
        )?;
        Ok(())
    }

    /// Saves over the version it was read at, and answers the new one. [`StoreError::Stale`] when somebody saved in between,
    /// [`StoreError::Gone`] when it was deleted.
    pub async fn update_signing_key(&mut self, key: &SigningKey, version: i64, by: &str, now: i64) -> Result<i64> {
        let touched = execute!(
            self,
            "save a signing key",
            "update signing_keys set body = $3, body_version = $4, version = version + 1, updated_by = $5, updated_at = $6 \
             where id = $1 and version = $2",
            key.id.as_str(),
            version,
            json(key)?,
            SigningKey::VERSION,
            by,
            now
        )?;
        if touched > 0 {
            return Ok(version + 1);
        }
        Err(match self.find_signing_key(&key.id).await? {
            Some(other) => StoreError::Stale { by: other.updated_by },
            None => StoreError::Gone { doing: "save a signing key" },
        })
    }

    /// Deletes one.
    pub async fn delete_signing_key(&mut self, id: &SigningKeyId) -> Result<()> {
        execute!(self, "delete a signing key", "delete from signing_keys where id = $1", id.as_str())?;
        Ok(())
    }
}
