//! SP Connections, each with its channels.

use crate::batch::{json, text};
use crate::body::{Body, BodyRow};
use crate::connection_list::key;
use crate::{Conn, Result, StoreError, Stored, Tx};
use domain::id::{ChannelId, ConnectionId};
use domain::model::sp_connection::SpConnection;
use serde::Serialize;
use std::borrow::Cow;

impl Body for SpConnection {
    const TABLE: &'static str = "sp_connections";
    const VERSION: i64 = 1;
}

/// A channel as a row of a batch.
#[derive(Serialize)]
struct ChannelOf<'a> {
    id: &'a str,
    name: Cow<'a, str>,
    active: i64,
    data_store_id: Option<&'a str>,
    position: usize,
}

impl Conn {
    /// The connection of an id.
    pub async fn find_connection(&mut self, id: &ConnectionId) -> Result<Option<Stored<SpConnection>>> {
        fetch_optional!(
            self,
            "read an SP Connection",
            BodyRow,
            "select id, body, body_version, version, updated_by, updated_at from sp_connections where id = $1",
            id.as_str()
        )?
        .map(BodyRow::read)
        .transpose()
    }

    /// The connection that a channel belongs to.
    pub async fn find_connection_of(&mut self, channel: &ChannelId) -> Result<Option<Stored<SpConnection>>> {
        fetch_optional!(
            self,
            "read an SP Connection",
            BodyRow,
            "select s.id, s.body, s.body_version, s.version, s.updated_by, s.updated_at \
             from sp_connections s join channels c on c.connection_id = s.id where c.id = $1",
            channel.as_str()
        )?
        .map(BodyRow::read)
        .transpose()
    }

    /// The connection of an entity ID, which is compared exactly.
    pub async fn find_connection_by_entity_id(&mut self, entity_id: &str) -> Result<Option<Stored<SpConnection>>> {
        fetch_optional!(
            self,
            "read an SP Connection",
            BodyRow,
            "select id, body, body_version, version, updated_by, updated_at from sp_connections where entity_id = $1",
            entity_id
        )?
        .map(BodyRow::read)
        .transpose()
    }

    /// The connections in whose body an id stands, by name: those that may refer to the object of that id.
    pub async fn list_connections_naming(&mut self, id: &str) -> Result<Vec<Stored<SpConnection>>> {
        // Ids hold nothing that JSON or a pattern writes in another way, but for the underscore, which then stands for itself too.
        let pattern = format!("%\"{id}\"%");
        fetch_all!(
            self,
            "list the SP Connections that name an object",
            BodyRow,
            "select id, body, body_version, version, updated_by, updated_at from sp_connections where body like $1 order by name_key, id",
            pattern
        )?
        .into_iter()
        .map(BodyRow::read)
        .collect()
    }

    /// The connections in whose body the id of any IdP Adapter stands, by name.
    pub async fn list_connections_naming_idp_adapters(&mut self) -> Result<Vec<Stored<SpConnection>>> {
        fetch_all!(
            self,
            "list the SP Connections that name an IdP Adapter",
            BodyRow,
            "select id, body, body_version, version, updated_by, updated_at from sp_connections s \
             where exists (select 1 from idp_adapters o where s.body like '%\"' || o.id || '\"%') order by name_key, id"
        )?
        .into_iter()
        .map(BodyRow::read)
        .collect()
    }

    /// The connections in whose body the id of any trusted CA stands, by name.
    pub async fn list_connections_naming_trusted_cas(&mut self) -> Result<Vec<Stored<SpConnection>>> {
        fetch_all!(
            self,
            "list the SP Connections that name a trusted CA",
            BodyRow,
            "select id, body, body_version, version, updated_by, updated_at from sp_connections s \
             where exists (select 1 from trusted_cas o where s.body like '%\"' || o.id || '\"%') order by name_key, id"
        )?
        .into_iter()
        .map(BodyRow::read)
        .collect()
    }

    /// All connections by name.
    pub async fn list_connections(&mut self) -> Result<Vec<Stored<SpConnection>>> {
        fetch_all!(
            self,
            "list the SP Connections",
            BodyRow,
            "select id, body, body_version, version, updated_by, updated_at from sp_connections order by lower(name), id"
        )?
        .into_iter()
        .map(BodyRow::read)
        .collect()
    }
}

impl Tx {
    /// A new connection with its channels, at version 1. [`StoreError::Taken`] `name` or `entity_id` when there is one,
    /// [`StoreError::Gone`] when a channel's Data Store was deleted.
    pub async fn insert_connection(&mut self, connection: &SpConnection, by: &str, now: i64) -> Result<()> {
        let (connector, connector_version) = connector_of(connection);
        execute!(
            self,
            "add an SP Connection",
            "insert into sp_connections \
             (id, entity_id, name, connector_id, connector_version, enabled, body, body_version, version, updated_by, updated_at, \
             name_key, entity_id_key, browser_sso, outbound_provisioning, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10, $11, $12, $13, $14, $10)",
            connection.id.as_str(),
            connection.general.entity_id.as_str(),
            connection.general.name.as_str(),
            connector,
            connector_version,
            i64::from(connection.enabled),
            json(connection)?,
            SpConnection::VERSION,
            by,
            now,
            key(&connection.general.name),
            key(&connection.general.entity_id),
            i64::from(connection.browser_sso_profiles),
            i64::from(connection.outbound_provisioning)
        )?;
        self.put_channels(connection).await
    }

    /// Saves over the version it was read at, and answers the new one. Channels that are no longer in it go with everything
    /// that belongs to them. [`StoreError::Stale`] when somebody saved in between, [`StoreError::Gone`] when it was deleted.
    pub async fn update_connection(&mut self, connection: &SpConnection, version: i64, by: &str, now: i64) -> Result<i64> {
        let (connector, connector_version) = connector_of(connection);
        let touched = execute!(
            self,
            "save an SP Connection",
            "update sp_connections set entity_id = $3, name = $4, connector_id = $5, connector_version = $6, enabled = $7, body = $8, \
             body_version = $9, version = version + 1, updated_by = $10, updated_at = $11, name_key = $12, entity_id_key = $13, \
             browser_sso = $14, outbound_provisioning = $15 where id = $1 and version = $2",
            connection.id.as_str(),
            version,
            connection.general.entity_id.as_str(),
            connection.general.name.as_str(),
            connector,
            connector_version,
            i64::from(connection.enabled),
            json(connection)?,
            SpConnection::VERSION,
            by,
            now,
            key(&connection.general.name),
            key(&connection.general.entity_id),
            i64::from(connection.browser_sso_profiles),
            i64::from(connection.outbound_provisioning)
        )?;
        if touched == 0 {
            return Err(match self.find_connection(&connection.id).await? {
                Some(other) => StoreError::Stale { by: other.updated_by },
                None => StoreError::Gone { doing: "save an SP Connection" },
            });
        }
        self.put_channels(connection).await?;
        Ok(version + 1)
    }

    /// Deletes a connection, its channels and everything that belongs to them. Objects at the target stay.
    pub async fn delete_connection(&mut self, id: &ConnectionId) -> Result<()> {
        execute!(self, "delete an SP Connection", "delete from sp_connections where id = $1", id.as_str())?;
        Ok(())
    }

    /// Makes the rows of `channels` equal to the connection's body.
    async fn put_channels(&mut self, connection: &SpConnection) -> Result<()> {
        let rows = connection.provisioning.channels.iter().enumerate().map(|(position, channel)| ChannelOf {
            id: channel.id.as_str(),
            name: text(&channel.name),
            active: i64::from(channel.active),
            data_store_id: channel.data_store.as_ref().map(|id| id.as_str()),
            position,
        });
        let rows = json(&rows.collect::<Vec<_>>())?;
        execute_rows!(
            self,
            "remove channels",
            ["delete from channels where connection_id = $2 and id not in (select value ->> 'id' from ", ")"],
            rows.as_str(),
            connection.id.as_str()
        )?;
        let touched = execute_rows!(
            self,
            "save channels",
            [
                "insert into channels (id, connection_id, name, active, data_store_id, position) \
                 select value ->> 'id', $2, value ->> 'name', cast(value ->> 'active' as bigint), value ->> 'data_store_id', \
                 cast(value ->> 'position' as bigint) from ",
                " where true on conflict (id) do update set name = excluded.name, active = excluded.active, \
                 data_store_id = excluded.data_store_id, position = excluded.position \
                 where channels.connection_id = excluded.connection_id"
            ],
            rows.as_str(),
            connection.id.as_str()
        )?;
        // A channel id that another connection has: left alone by the statement above.
        if touched != connection.provisioning.channels.len() as u64 { Err(StoreError::Taken { what: "id" }) } else { Ok(()) }
    }
}

fn connector_of(connection: &SpConnection) -> (&str, &str) {
    connection.connector.as_ref().map_or(("", ""), |c| (c.id.as_str(), c.version.as_str()))
}
