//! Aggregates kept as one JSON body with its version: what their tables have in common.
//!
//! Renaming a field of such an aggregate changes what is stored: it needs the next version and code that reads this one
//! (`tests/store/shapes.rs` fails first).

use crate::{Result, StoreError, Stored};
use serde::de::DeserializeOwned;
use sqlx::FromRow;
use std::error::Error;

/// An aggregate that is kept as a JSON body in a table of its own.
pub(crate) trait Body: DeserializeOwned {
    /// Its table.
    const TABLE: &'static str;
    /// Version of the JSON body this crate writes, and the only one it reads.
    const VERSION: i64;
}

/// The columns that every such table has.
#[derive(Debug, FromRow)]
pub(crate) struct BodyRow {
    id: String,
    body: String,
    body_version: i64,
    version: i64,
    updated_by: String,
    updated_at: i64,
}

impl BodyRow {
    /// The aggregate in it.
    pub(crate) fn read<T: Body>(self) -> Result<Stored<T>> {
        self.read_as(T::TABLE, T::VERSION)
    }

    /// The same for a table that keeps several types.
    pub(crate) fn read_as<T: DeserializeOwned>(self, table: &'static str, expected: i64) -> Result<Stored<T>> {
        let corrupt = |source: Box<dyn Error + Send + Sync>| StoreError::corrupt(table, &self.id, source);
        if self.body_version != expected {
            return Err(corrupt(format!("its body has version {}, not {expected}", self.body_version).into()));
        }
        let value = serde_json::from_str(&self.body).map_err(|e| corrupt(e.into()))?;
        Ok(Stored { value, version: self.version, updated_by: self.updated_by, updated_at: self.updated_at })
    }
}
