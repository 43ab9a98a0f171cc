//! How much of everything there is, and since when the secrets of targets are what they are.

use crate::{Conn, Result, StoreError, Tx};
use domain::id::ConnectionId;
use sqlx::FromRow;

/// How much of everything there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Tally {
    /// Data Stores.
    pub data_stores: i64,
    /// Password Credential Validators.
    pub pcvs: i64,
    /// IdP Adapters.
    pub idp_adapters: i64,
    /// Signing keys.
    pub signing_keys: i64,
    /// SP Connections.
    pub connections: i64,
    /// Their channels.
    pub channels: i64,
    /// Active channels of enabled connections.
    pub active_channels: i64,
    /// 1 when somebody or some group was ever provisioned.
    pub provisioned: i64,
}

/// Since when a secret of a connection's target is what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretDate {
    /// The connection.
    pub connection: ConnectionId,
    /// Its name.
    pub connection_name: String,
    /// Name of the Target field.
    pub field: String,
    /// When it was saved (unix ms).
    pub set_at: i64,
}

impl Conn {
    /// How much of everything there is.
    pub async fn tally(&mut self) -> Result<Tally> {
        let found = fetch_optional!(
            self,
            "count what is configured",
            Tally,
            "select (select count(*) from data_stores) as data_stores, (select count(*) from pcvs) as pcvs, \
             (select count(*) from idp_adapters) as idp_adapters, (select count(*) from signing_keys) as signing_keys, \
             (select count(*) from sp_connections) as connections, (select count(*) from channels) as channels, \
             (select count(*) from channels c join sp_connections s on s.id = c.connection_id where c.active = 1 and s.enabled = 1) \
             as active_channels, (select count(*) from (select 1 as one from links limit 1) as one_link) as provisioned"
        )?;
        Ok(found.unwrap_or_default())
    }

    /// The connection of a connector that was saved last.
    pub async fn find_latest_connection_of(&mut self, connector: &str) -> Result<Option<ConnectionId>> {
        let found = fetch_optional!(
            self,
            "find an SP Connection",
            (String,),
            "select id from sp_connections where connector_id = $1 order by updated_at desc, id desc limit 1",
            connector
        )?;
        found.map(|(id,)| ConnectionId::parse(&id).map_err(|e| StoreError::corrupt("sp_connections", &id, e))).transpose()
    }

    /// Secrets of a Target field of a connector's connections that are as old as a time, oldest first.
    pub async fn list_old_secrets(&mut self, connector: &str, field: &str, set_before: i64, most: u32) -> Result<Vec<SecretDate>> {
        let rows = fetch_all!(
            self,
            "list old secrets",
            (String, String, String, i64),
            "select s.id, s.name, d.field, d.set_at from secret_dates d join sp_connections s on s.id = d.connection_id \
             where s.connector_id = $1 and d.field = $2 and d.set_at <= $3 order by d.set_at, s.id limit $4",
            connector,
            field,
            set_before,
            i64::from(most)
        )?;
        let date = |(id, connection_name, field, set_at): (String, String, String, i64)| {
            let connection = ConnectionId::parse(&id).map_err(|e| StoreError::corrupt("secret_dates", &id, e))?;
            Ok(SecretDate { connection, connection_name, field, set_at })
        };
        rows.into_iter().map(date).collect()
    }

    /// Since when a secret is what it is; `None` where that was not noted.
    pub async fn find_secret_date(&mut self, connection: &ConnectionId, field: &str) -> Result<Option<i64>> {
        let found = fetch_optional!(
            self,
            "read the date of a secret",
            (i64,),
            "select set_at from secret_dates where connection_id = $1 and field = $2",
            connection.as_str(),
            field
        )?;
        Ok(found.map(|(at,)| at))
    }
}

impl Tx {
    /// Notes that a secret is another one from now on.
    pub async fn put_secret_date(&mut self, connection: &ConnectionId, field: &str, now: i64) -> Result<()> {
        execute!(
            self,
            "note the date of a secret",
            "insert into secret_dates (connection_id, field, set_at) values ($1, $2, $3) \
             on conflict (connection_id, field) do update set set_at = excluded.set_at",
            connection.as_str(),
            field,
            now
        )?;
        Ok(())
    }
}
