//! Channels: how they stand, what they did, and what a person may tell them.

use crate::{Result, Service, ServiceError, Status};
use domain::actor::Actor;
use domain::id::{ChannelId, ConnectionId, CycleId};
use domain::model::channel::Channel;
use domain::model::cycle::{Approval, ChannelState, Cycle, CycleObject, CycleState, Setback, Trigger};
use domain::model::plan::Op;
use domain::model::sp_connection::SpConnection;
use scim::Slowed;
use std::collections::BTreeMap;
use store::{ChannelRow, CycleQuery, CyclesFound, Figures, ObjectCounts, ObjectQuery, ObjectTally, Page, SkippedSince, Spark, Standing};

/// An approval that no cycle used is forgotten after this; long enough for a target that is down for an hour.
const APPROVAL_MS: i64 = 4 * 60 * 60 * 1000;
/// A rejection is asked about again after this.
const REJECTION_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// Nobody remembers a longer one.
const LONGEST_DEBUG_MINUTES: i64 = 24 * 60;
/// Cycles shown on a channel's page.
const CYCLES_SHOWN: u32 = 50;
/// Objects of one sort shown on a channel's page.
pub const OBJECTS_SHOWN: u32 = 200;

/// A channel at a glance: all that a list says of it, and nothing of its settings.
#[derive(Clone, Debug)]
pub struct ChannelGlance {
    /// The channel, with what it belongs to.
    pub channel: ChannelRow,
    /// Name of its Data Store.
    pub data_store: String,
    /// Run state.
    pub state: ChannelState,
    /// What the worker says; `None` when it does not run it.
    pub status: Option<Status>,
    /// The newest recorded cycle, which may be running.
    pub last: Option<Cycle>,
    /// The newest that ended.
    pub finished: Option<Cycle>,
    /// How its people stand.
    pub users: ObjectCounts,
    /// How its groups stand.
    pub groups: ObjectCounts,
}

impl ChannelGlance {
    /// Whether it can run: channel active, connection enabled.
    pub fn is_on(&self) -> bool {
        self.channel.active && self.channel.connection_enabled
    }
}

/// Everything about one channel.
#[derive(Clone, Debug)]
pub struct ChannelDetail {
    /// At a glance.
    pub glance: ChannelGlance,
    /// Its connection.
    pub connection: SpConnection,
    /// The channel with its settings.
    pub channel: Channel,
    /// Removals held now; at most [`OBJECTS_SHOWN`].
    pub held: Vec<Op>,
    /// Failed objects that wait.
    pub setbacks: Vec<Setback>,
    /// Objects left out; at most [`OBJECTS_SHOWN`].
    pub skipped: Vec<SkippedSince>,
    /// Latest first.
    pub cycles: Vec<Cycle>,
}

/// A cycle with a page of its objects.
#[derive(Clone, Debug)]
pub struct CycleDetail {
    /// The cycle.
    pub cycle: Cycle,
    /// Its channel.
    pub channel: Channel,
    /// Name of the connection.
    pub connection_name: String,
    /// How many objects came out how, of those with the text in their name.
    pub tally: Vec<ObjectTally>,
    /// A page of them.
    pub objects: Vec<CycleObject>,
}

impl Service {
    /// All channels, by connection and in the order made.
    pub async fn list_channels(&self, actor: &Actor) -> Result<Vec<ChannelGlance>> {
        self.require(actor)?;
        self.glances().await
    }

    /// The same for a monitoring system.
    pub async fn list_figures(&self, actor: &Actor) -> Result<Vec<ChannelGlance>> {
        if !actor.may_read_figures() {
            return Err(ServiceError::Forbidden);
        }
        self.glances().await
    }

    /// What all channels did since a time, in spans of a length (ms).
    pub async fn list_sparks(&self, actor: &Actor, since: i64, length_ms: i64) -> Result<Vec<Spark>> {
        self.require(actor)?;
        Ok(self.store.read().await?.list_sparks(since, length_ms).await?)
    }

    /// What one channel did since a time, in spans of a length (ms).
    pub async fn list_channel_figures(&self, actor: &Actor, id: &ChannelId, since: i64, length_ms: i64) -> Result<Vec<Figures>> {
        self.require(actor)?;
        Ok(self.store.read().await?.list_figures(id, since, length_ms).await?)
    }

    /// What the service of a connection slowed down, since it said that it is too much.
    pub fn list_slowed(&self, actor: &Actor, connection: &ConnectionId) -> Result<Vec<Slowed>> {
        self.require(actor)?;
        Ok(self.runner().map(|runner| runner.slowed(connection)).unwrap_or_default())
    }

    async fn glances(&self) -> Result<Vec<ChannelGlance>> {
        let mut conn = self.store.read().await?;
        let names: BTreeMap<_, _> = conn.list_data_stores().await?.into_iter().map(|s| (s.value.id, s.value.name)).collect();
        let mut states = conn.list_channel_states().await?;
        let mut newest: BTreeMap<ChannelId, Vec<Cycle>> = BTreeMap::new();
        for cycle in conn.list_last_cycles().await? {
            newest.entry(cycle.channel.clone()).or_default().push(cycle);
        }
        let counts: BTreeMap<_, _> = conn.list_standings().await?.into_iter().map(|c| (c.channel.clone(), c)).collect();
        let glance = |channel: ChannelRow| {
            let data_store = channel.data_store.as_ref().and_then(|id| names.get(id)).cloned().unwrap_or_default();
            let state = states.remove(&channel.id).unwrap_or_default();
            let newest = newest.remove(&channel.id).unwrap_or_default();
            self.at_a_glance(data_store, state, newest, counts.get(&channel.id), channel)
        };
        Ok(conn.list_channels().await?.into_iter().map(glance).collect())
    }

    /// `newest`: its last cycles, the newest first.
    fn at_a_glance(
        &self,
        data_store: String,
        state: ChannelState,
        newest: Vec<Cycle>,
        standing: Option<&Standing>,
        channel: ChannelRow,
    ) -> ChannelGlance {
        ChannelGlance {
            data_store,
            state,
            status: self.runner().and_then(|r| r.status(&channel.id)),
            finished: newest.iter().find(|cycle| cycle.state != CycleState::Running).cloned(),
            last: newest.into_iter().next(),
            users: standing.map(|c| c.users).unwrap_or_default(),
            groups: standing.map(|c| c.groups).unwrap_or_default(),
            channel,
        }
    }

    /// One channel.
    pub async fn show_channel(&self, actor: &Actor, id: &ChannelId) -> Result<ChannelDetail> {
        let glance = self.glance(actor, id).await?;
        let mut conn = self.store.read().await?;
        let (connection, channel) = self.saved(&mut conn, id).await?;
        let held = match &glance.state.held_cycle {
            Some(cycle) => conn.list_plan_ops(cycle, 0, OBJECTS_SHOWN).await?.into_iter().map(|(_, op)| op).collect(),
            None => Vec::new(),
        };
        Ok(ChannelDetail {
            held,
            setbacks: conn.list_setbacks(id).await?,
            skipped: conn.list_skipped(id, Page::first(OBJECTS_SHOWN)).await?,
            cycles: conn.list_cycles(id, false, Page::first(CYCLES_SHOWN)).await?,
            glance,
            connection,
            channel,
        })
    }

    /// A page of a channel's cycles, with the channel and the name of its connection.
    pub async fn list_cycles(
        &self,
        actor: &Actor,
        id: &ChannelId,
        query: &CycleQuery,
        page: Page,
    ) -> Result<(Channel, String, CyclesFound)> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let (connection, channel) = self.saved(&mut conn, id).await?;
        Ok((channel, connection.general.name, conn.list_cycle_page(id, query, page).await?))
    }

    /// One cycle with a page of its objects.
    pub async fn show_cycle(&self, actor: &Actor, id: &CycleId, query: &ObjectQuery, page: Page) -> Result<CycleDetail> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let cycle = conn.find_cycle(id).await?.ok_or(ServiceError::NotFound)?;
        let (connection, channel) = self.saved(&mut conn, &cycle.channel).await?;
        Ok(CycleDetail {
            tally: conn.count_cycle_objects(id, &query.text).await?,
            objects: conn.list_cycle_objects(id, query, page).await?,
            connection_name: connection.general.name,
            cycle,
            channel,
        })
    }

    /// Starts a cycle now. `full`: it reads everything and compares it, whatever the directory says of changes; links stay.
    pub async fn run_channel(&self, actor: &Actor, id: &ChannelId, full: bool) -> Result<()> {
        let glance = self.glance(actor, id).await?;
        if !glance.is_on() {
            let what = if glance.channel.connection_enabled { "the channel is not active" } else { "its connection is not enabled" };
            return Err(ServiceError::refused(format!("‘{}’ cannot run: {what}.", glance.channel.name)));
        }
        if glance.state.paused {
            return Err(ServiceError::refused(format!("‘{}’ is paused. Resume it first.", glance.channel.name)));
        }
        self.runner().ok_or_else(|| ServiceError::refused("Provisioning is off on this server (provisioner.mode)."))?;
        let (now, what) = (self.now(), if full { "compare everything" } else { "run now" });
        self.change(actor, id, what, Some(Trigger::Person), move |state| {
            state.stopped_reason = None;
            if full {
                state.compare_asked_at = Some(now);
            }
        })
        .await
    }

    /// Pauses: a cycle under way stops after the operations it has begun.
    pub async fn pause_channel(&self, actor: &Actor, id: &ChannelId) -> Result<()> {
        self.glance(actor, id).await?;
        let now = self.now();
        self.change(actor, id, "paused", None, move |state| {
            state.paused_at = state.paused_at.filter(|_| state.paused).or(Some(now));
            state.paused = true;
        })
        .await
    }

    /// Resumes, with a cycle at once.
    pub async fn resume_channel(&self, actor: &Actor, id: &ChannelId) -> Result<()> {
        self.glance(actor, id).await?;
        self.change(actor, id, "resumed", Some(Trigger::Person), |state| {
            state.paused = false;
            state.paused_at = None;
            state.stopped_reason = None;
        })
        .await
    }

    /// From now on `provisioner.log` has the channel at DEBUG for so many minutes, at most a day; 0: no longer.
    pub async fn set_channel_log_level(&self, actor: &Actor, id: &ChannelId, debug_minutes: u32) -> Result<()> {
        self.glance(actor, id).await?;
        let now = self.now();
        let minutes = i64::from(debug_minutes).min(LONGEST_DEBUG_MINUTES);
        let done = if minutes == 0 { "log level set to INFO".to_owned() } else { format!("log level set to DEBUG for {minutes} minutes") };
        self.change(actor, id, &done, None, move |state| state.debug_until = (minutes > 0).then_some(now + minutes * 60_000)).await
    }

    /// Forgets what the channel remembers of its objects: the next cycle matches everything anew.
    pub async fn reset_channel(&self, actor: &Actor, id: &ChannelId) -> Result<()> {
        let glance = self.glance(actor, id).await?;
        if glance.status.is_some_and(|s| s.running.is_some()) {
            return Err(ServiceError::refused(format!(
                "‘{}’ is running. Pause it, wait until it stopped, and reset it then.",
                glance.channel.name
            )));
        }
        let mut tx = self.store.begin().await?;
        tx.reset_channel(id, self.now()).await?;
        tx.commit().await?;
        tracing::info!(target: "admin", actor = %actor, kind = "channel", object = glance.channel.name, "reset");
        if let Some(runner) = self.runner() {
            runner.changed();
            runner.signal(id, Trigger::Person);
        }
        Ok(())
    }

    /// Lets the removals held now happen once. Removals that come to be held later are held all the same. Answers how many.
    pub async fn approve_channel(&self, actor: &Actor, id: &ChannelId) -> Result<u32> {
        let count = self.decide(actor, id, true).await?;
        if let Some(runner) = self.runner() {
            runner.signal(id, Trigger::Approval);
        }
        Ok(count)
    }

    /// Keeps the removals held now from being done, and from being asked about, for a week. Answers how many.
    pub async fn reject_channel(&self, actor: &Actor, id: &ChannelId) -> Result<u32> {
        let count = self.decide(actor, id, false).await?;
        if let Some(runner) = self.runner() {
            runner.signal(id, Trigger::Approval);
        }
        Ok(count)
    }

    async fn decide(&self, actor: &Actor, id: &ChannelId, approved: bool) -> Result<u32> {
        let glance = self.glance(actor, id).await?;
        let name = &glance.channel.name;
        let Some(cycle) = &glance.state.held_cycle else {
            return Err(ServiceError::refused(format!("Nothing of ‘{name}’ is held.")));
        };
        let now = self.now();
        let expires_at = now + if approved { APPROVAL_MS } else { REJECTION_MS };
        let mut tx = self.store.begin().await?;
        let mut from = 0;
        loop {
            let ops = tx.list_plan_ops(cycle, from, 1000).await?;
            let Some((last, _)) = ops.last() else { break };
            from = last + 1;
            let approval = |(_, op): &(u32, Op)| Approval {
                kind: op.object.kind,
                source_id: op.object.source_id.clone(),
                action: op.action.kind(),
                approved,
                expires_at,
            };
            tx.put_approvals(id, &ops.iter().map(approval).collect::<Vec<_>>()).await?;
        }
        tx.commit().await?;
        tracing::info!(target: "admin", actor = %actor, kind = "channel", object = name, approved, removals = from, "decided");
        Ok(from)
    }

    pub(crate) async fn glance(&self, actor: &Actor, id: &ChannelId) -> Result<ChannelGlance> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let channel = conn.find_channel(id).await?.ok_or(ServiceError::NotFound)?;
        let data_store = match &channel.data_store {
            Some(store) => conn.find_data_store(store).await?.map(|stored| stored.value.name).unwrap_or_default(),
            None => String::new(),
        };
        let state = conn.find_channel_state(id).await?;
        // At most one of a channel runs.
        let newest = conn.list_cycles(id, false, Page::first(2)).await?;
        let standing = conn.find_standing(id).await?;
        Ok(self.at_a_glance(data_store, state, newest, standing.as_ref(), channel))
    }

    /// Changes the run state. With a trigger a cycle follows: told first, so that a channel that begins to run begins with it.
    async fn change(
        &self,
        actor: &Actor,
        id: &ChannelId,
        what: &str,
        trigger: Option<Trigger>,
        change: impl FnOnce(&mut ChannelState) + Send,
    ) -> Result<()> {
        let mut tx = self.store.begin().await?;
        tx.update_channel_state(id, self.now(), change).await?;
        tx.commit().await?;
        tracing::info!(target: "admin", actor = %actor, kind = "channel", object = id.as_str(), "{what}");
        if let Some(runner) = self.runner() {
            if let Some(trigger) = trigger {
                runner.signal(id, trigger);
            }
            runner.changed();
        }
        Ok(())
    }

    pub(crate) async fn saved(&self, conn: &mut store::Conn, id: &ChannelId) -> Result<(SpConnection, Channel)> {
        let connection = conn.find_connection_of(id).await?.ok_or(ServiceError::NotFound)?.value;
        let channel = connection.provisioning.channels.iter().find(|c| &c.id == id).cloned().ok_or(ServiceError::NotFound)?;
        Ok((connection, channel))
    }

    /// Closes what a killed process left open; called once at start.
    pub async fn close_interrupted_cycles(&self) -> Result<Vec<Cycle>> {
        let mut tx = self.store.begin().await?;
        let closed = tx
            .close_running_cycles("Towpath was stopped while this cycle ran. The next cycle goes on from what was done.", self.now())
            .await?;
        tx.commit().await?;
        debug_assert!(closed.iter().all(|c| c.state != CycleState::Running));
        Ok(closed)
    }
}
