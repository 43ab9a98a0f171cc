//! Keys this server signs with.
//!
//! The body is the JSON of [`SigningKey`] with its `body_version`, as for Data Stores.

use crate::batch::json;
use crate::{Conn, Result, StoreError, Stored, Tx};
use domain::id::SigningKeyId;
use domain::model::signing_key::SigningKey;
use sqlx::FromRow;

/// Version of the JSON body this crate writes.
const BODY_VERSION: i64 = 1;

#[derive(FromRow)]
struct SigningKeyRow {
    id: String,
    body: String,
    body_version: i64,
    version: i64,
    updated_by: String,
    updated_at: i64,
}

impl TryFrom<SigningKeyRow> for Stored<SigningKey> {
    type Error = StoreError;
    fn try_from(row: SigningKeyRow) -> Result<Self> {
        let corrupt = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::corrupt("signing_keys", &row.id, source);
        if row.body_version != BODY_VERSION {
            return Err(corrupt(format!("its body has version {}, not {BODY_VERSION}", row.body_version).into()));
        }
        let value = serde_json::from_str(&row.body).map_err(|e| corrupt(e.into()))?;
        Ok(Self { value, version: row.version, updated_by: row.updated_by, updated_at: row.updated_at })
    }
}

impl Conn {
    /// The signing key of an id.
    pub async fn find_signing_key(&mut self, id: &SigningKeyId) -> Result<Option<Stored<SigningKey>>> {
        fetch_optional!(
            self,
            "read a signing key",
            SigningKeyRow,
            "select id, body, body_version, version, updated_by, updated_at from signing_keys where id = $1",
            id.as_str()
        )?
        .map(Stored::try_from)
        .transpose()
    }

    /// All signing keys, oldest first.
    pub async fn list_signing_keys(&mut self) -> Result<Vec<Stored<SigningKey>>> {
        fetch_all!(
            self,
            "list the signing keys",
            SigningKeyRow,
            "select id, body, body_version, version, updated_by, updated_at from signing_keys order by id"
        )?
        .into_iter()
        .map(Stored::try_from)
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
            BODY_VERSION,
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
            BODY_VERSION,
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
