//! Connectors that were uploaded: their text, by id and version. The built-in ones are in the binary.

use crate::{Conn, Result, StoreError, Tx};
use domain::id::{ConnectionId, ConnectorId};
use sqlx::FromRow;

/// An uploaded connector.
#[derive(Clone, Debug, PartialEq)]
pub struct UploadedConnector {
    /// The id in its text.
    pub id: ConnectorId,
    /// The version in its text.
    pub version: String,
    /// Its text, checked by the caller.
    pub toml: String,
    /// When (unix ms).
    pub added_at: i64,
    /// It lay in the folder, and nobody uploaded it.
    pub from_folder: bool,
}

#[derive(FromRow)]
struct ConnectorRow {
    id: String,
    version: String,
    toml: String,
    added_at: i64,
    from_folder: i64,
}

impl TryFrom<ConnectorRow> for UploadedConnector {
    type Error = StoreError;
    fn try_from(row: ConnectorRow) -> Result<Self> {
        let id = ConnectorId::parse(&row.id).map_err(|e| StoreError::corrupt("connectors", &row.id, e))?;
        Ok(Self { id, version: row.version, toml: row.toml, added_at: row.added_at, from_folder: row.from_folder != 0 })
    }
}

impl Conn {
    /// All of them, every version.
    pub async fn list_connectors(&mut self) -> Result<Vec<UploadedConnector>> {
        fetch_all!(self, "list the connectors", ConnectorRow, "select * from connectors order by id, added_at, version")?
            .into_iter()
            .map(UploadedConnector::try_from)
            .collect()
    }

    /// Every version of every connector that a connection is made from.
    pub async fn list_connectors_used(&mut self) -> Result<Vec<(ConnectorId, String)>> {
        let rows = fetch_all!(
            self,
            "list the connectors that are used",
            (String, String),
            "select distinct connector_id, connector_version from sp_connections where connector_id <> '' order by connector_id, connector_version"
        )?;
        rows.into_iter()
            .map(|(id, version)| Ok((ConnectorId::parse(&id).map_err(|e| StoreError::corrupt("sp_connections", id, e))?, version)))
            .collect()
    }

    /// The connections made from a version of a connector, with their names.
    pub async fn list_connector_usage(&mut self, id: &ConnectorId, version: &str) -> Result<Vec<(ConnectionId, String)>> {
        let rows = fetch_all!(
            self,
            "read who uses a connector",
            (String, String),
            "select id, name from sp_connections where connector_id = $1 and connector_version = $2 order by lower(name)",
            id.as_str(),
            version
        )?;
        rows.into_iter()
            .map(|(id, name)| {
                let parsed = ConnectionId::parse(&id).map_err(|e| StoreError::corrupt("sp_connections", id, e))?;
                Ok((parsed, name))
            })
            .collect()
    }
}

impl Tx {
    /// Adds one; [`StoreError::Taken`] `version` when that version is there: a version never changes its meaning.
    pub async fn insert_connector(&mut self, connector: &UploadedConnector) -> Result<()> {
        execute!(
            self,
            "add a connector",
            "insert into connectors (id, version, toml, added_at, from_folder) values ($1, $2, $3, $4, $5)",
            connector.id.as_str(),
            connector.version.as_str(),
            connector.toml.as_str(),
            connector.added_at,
            i64::from(connector.from_folder)
        )?;
        Ok(())
    }

    /// Removes one; [`StoreError::InUse`] while a connection is made from it.
    pub async fn delete_connector(&mut self, id: &ConnectorId, version: &str) -> Result<()> {
        if !self.list_connector_usage(id, version).await?.is_empty() {
            return Err(StoreError::InUse { what: "connector" });
        }
        execute!(self, "delete a connector", "delete from connectors where id = $1 and version = $2", id.as_str(), version)?;
        Ok(())
    }
}
