//! Channels as rows, and their run state.

use crate::batch::json;
use crate::{Conn, Result, StoreError, Tx};
use domain::id::{ChannelId, ConnectionId, DataStoreId};
use domain::model::cycle::ChannelState;
use sqlx::FromRow;
use std::collections::BTreeMap;

/// A channel of a saved connection, without its settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelRow {
    /// Its id.
    pub id: ChannelId,
    /// Its name.
    pub name: String,
    /// Its own toggle.
    pub active: bool,
    /// Its source.
    pub data_store: Option<DataStoreId>,
    /// The connection it belongs to.
    pub connection: ConnectionId,
    /// That connection's name.
    pub connection_name: String,
    /// That connection's toggle.
    pub connection_enabled: bool,
    /// That connection's version: what was read of it at the same one is as it was.
    pub connection_version: i64,
}

impl ChannelRow {
    pub(crate) fn into_use(self) -> DataStoreUse {
        DataStoreUse { connection: self.connection, connection_name: self.connection_name, channel: self.id, channel_name: self.name }
    }
}

/// Who uses a Data Store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataStoreUse {
    /// The connection.
    pub connection: ConnectionId,
    /// Its name.
    pub connection_name: String,
    /// The channel of it.
    pub channel: ChannelId,
    /// Its name.
    pub channel_name: String,
}

#[derive(FromRow)]
struct Row {
    id: String,
    name: String,
    active: i64,
    data_store_id: Option<String>,
    connection_id: String,
    connection_name: String,
    connection_enabled: i64,
    connection_version: i64,
}

impl TryFrom<Row> for ChannelRow {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self> {
        let corrupt = |e: String| StoreError::corrupt("channels", &row.id, e);
        Ok(Self {
            id: ChannelId::parse(&row.id).map_err(corrupt)?,
            active: row.active != 0,
            data_store: row.data_store_id.as_deref().map(DataStoreId::parse).transpose().map_err(corrupt)?,
            connection: ConnectionId::parse(&row.connection_id).map_err(corrupt)?,
            connection_enabled: row.connection_enabled != 0,
            connection_version: row.connection_version,
            name: row.name,
            connection_name: row.connection_name,
        })
    }
}

/// The state of a channel that has never run: the target must be looked at first.
fn unborn() -> ChannelState {
    ChannelState { must_observe: true, ..ChannelState::default() }
}

fn parse_state(channel: &str, body: &str) -> Result<ChannelState> {
    serde_json::from_str(body).map_err(|e| StoreError::corrupt("channel_state", channel, e))
}

impl Conn {
    /// All channels of all connections, by connection and in the order made.
    pub async fn list_channels(&mut self) -> Result<Vec<ChannelRow>> {
        fetch_all!(
            self,
            "list the channels",
            Row,
            "select c.id, c.name, c.active, c.data_store_id, c.connection_id, s.name as connection_name, s.enabled as connection_enabled, \
             s.version as connection_version from channels c join sp_connections s on s.id = c.connection_id \
             order by s.name_key, s.id, c.position"
        )?
        .into_iter()
        .map(ChannelRow::try_from)
        .collect()
    }

    /// One channel, without its settings.
    pub async fn find_channel(&mut self, id: &ChannelId) -> Result<Option<ChannelRow>> {
        fetch_optional!(
            self,
            "read a channel",
            Row,
            "select c.id, c.name, c.active, c.data_store_id, c.connection_id, s.name as connection_name, s.enabled as connection_enabled, \
             s.version as connection_version from channels c join sp_connections s on s.id = c.connection_id where c.id = $1",
            id.as_str()
        )?
        .map(ChannelRow::try_from)
        .transpose()
    }

    /// The run state of a channel; of one that never ran, that its target must be observed.
    pub async fn find_channel_state(&mut self, channel: &ChannelId) -> Result<ChannelState> {
        let found = fetch_optional!(
            self,
            "read a channel's state",
            (String,),
            "select body from channel_state where channel_id = $1",
            channel.as_str()
        )?;
        found.map_or_else(|| Ok(unborn()), |(body,)| parse_state(channel.as_str(), &body))
    }

    /// The run states of all channels that have one.
    pub async fn list_channel_states(&mut self) -> Result<BTreeMap<ChannelId, ChannelState>> {
        let rows = fetch_all!(self, "list the channels' states", (String, String), "select channel_id, body from channel_state")?;
        rows.into_iter()
            .map(|(id, body)| {
                let state = parse_state(&id, &body)?;
                Ok((ChannelId::parse(&id).map_err(|e| StoreError::corrupt("channel_state", id, e))?, state))
            })
            .collect()
    }
}

impl Tx {
    /// Changes a channel's run state, and answers what it is then. Reads it inside the transaction, so that a Pause by a
    /// person and the end of a cycle do not undo each other: change only what is yours.
    pub async fn update_channel_state(
        &mut self,
        channel: &ChannelId,
        now: i64,
        change: impl FnOnce(&mut ChannelState),
    ) -> Result<ChannelState> {
        // Touching the row first locks it on PostgreSQL; SQLite has one writer anyway.
        execute!(
            self,
            "change a channel's state",
            "insert into channel_state (channel_id, body, updated_at) values ($1, $2, $3) \
             on conflict (channel_id) do update set updated_at = excluded.updated_at",
            channel.as_str(),
            json(&unborn())?,
            now
        )?;
        let mut state = self.find_channel_state(channel).await?;
        let held = state.held_cycle.clone();
        change(&mut state);
        if held != state.held_cycle {
            self.touch_held(channel, held.as_ref()).await?;
            self.touch_held(channel, state.held_cycle.as_ref()).await?;
        }
        execute!(
            self,
            "change a channel's state",
            "update channel_state set body = $2 where channel_id = $1",
            channel.as_str(),
            json(&state)?
        )?;
        Ok(state)
    }

    /// Forgets what a channel remembers of its objects: links, intents, setbacks, approvals, skipped. Its next cycle looks at
    /// the target and matches anew. What it did stays in its history; Pause and the last complete counts stay too.
    pub async fn reset_channel(&mut self, channel: &ChannelId, now: i64) -> Result<ChannelState> {
        let id = channel.as_str();
        execute!(self, "forget a channel's links", "delete from links where channel_id = $1", id)?;
        execute!(self, "forget a channel's intents", "delete from intents where channel_id = $1", id)?;
        execute!(self, "forget a channel's setbacks", "delete from setbacks where channel_id = $1", id)?;
        execute!(self, "forget a channel's approvals", "delete from approvals where channel_id = $1", id)?;
        execute!(self, "forget what a channel skipped", "delete from skipped where channel_id = $1", id)?;
        self.forget_objects(channel).await?;
        self.update_channel_state(channel, now, |state| state.must_observe = true).await
    }
}
