//! What is configured once for the whole server. A page that was never saved has no row, and version 0.

use crate::batch::json;
use crate::body::BodyRow;
use crate::{Conn, Result, StoreError, Stored, Tx};
use domain::model::notifications::Notifications;
use domain::model::server_settings::{MetadataExport, ProtocolSettings};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Version of the JSON bodies this crate writes.
const BODY_VERSION: i64 = 1;

/// A page, and the row it is kept in.
pub trait ServerSettings: Serialize + DeserializeOwned + Default {
    /// The row.
    const ID: &'static str;
}

impl ServerSettings for ProtocolSettings {
    const ID: &'static str = "protocol";
}

impl ServerSettings for MetadataExport {
    const ID: &'static str = "metadata";
}

impl ServerSettings for Notifications {
    const ID: &'static str = "notifications";
}

impl Conn {
    /// What a page holds.
    pub async fn find_server_settings<T: ServerSettings>(&mut self) -> Result<Stored<T>> {
        let found = fetch_optional!(
            self,
            "read the server's settings",
            BodyRow,
            "select id, body, body_version, version, updated_by, updated_at from server_settings where id = $1",
            T::ID
        )?;
        match found {
            Some(row) => row.read_as("server_settings", BODY_VERSION),
            None => Ok(Stored { value: T::default(), version: 0, updated_by: String::new(), updated_at: 0 }),
        }
    }
}

impl Tx {
    /// Saves over the version it was read at; [`StoreError::Stale`] when somebody saved in between.
    pub async fn put_server_settings<T: ServerSettings>(&mut self, settings: &T, version: i64, by: &str, now: i64) -> Result<()> {
        let touched = match version {
            0 => execute!(
                self,
                "save the server's settings",
                "insert into server_settings (id, body, body_version, version, updated_by, updated_at) values ($1, $2, $3, 1, $4, $5) \
                 on conflict (id) do nothing",
                T::ID,
                json(settings)?,
                BODY_VERSION,
                by,
                now
            )?,
            _ => execute!(
                self,
                "save the server's settings",
                "update server_settings set body = $3, body_version = $4, version = version + 1, updated_by = $5, updated_at = $6 \
                 where id = $1 and version = $2",
                T::ID,
                version,
                json(settings)?,
                BODY_VERSION,
                by,
                now
            )?,
        };
        match touched {
            0 => Err(StoreError::Stale { by: self.find_server_settings::<T>().await?.updated_by }),
            _ => Ok(()),
        }
    }
}
