//! From what is saved to a plan: configuration and state loaded, the target seen if it must be, the directory read, mapped and
//! met with the links. Preview stops here.

use crate::worker::record::HeldKeys;
use crate::worker::{Context, FailPoint, Lane, Stop, observe};
use domain::id::{ChannelId, SourceId, TargetId};
use domain::model::channel::Channel;
use domain::model::cycle::{ChannelState, Step, Watermark};
use domain::model::data_store::DataStore;
use domain::model::link::{Link, ObjectKind, Written};
use domain::model::plan::{Plan, Skipped};
use domain::model::sp_connection::SpConnection;
use domain::secret::Secret;
use engine::{Acquainted, Config, Elsewhere, LinkIndex, Memory, Planned, Planner, Protected, SourceAttributes};
use ldap::{Batch, Directory, ReadOutcome, ReadRequest, Since};
use service::ServiceError;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

/// Batches between the reader and the planner.
const BATCHES: usize = 4;
/// Ids in one query.
const IDS: usize = 1000;

/// Everything is read and compared at least so often, whatever the directory says of changes.
const COMPARE_MS: i64 = 24 * 60 * 60 * 1000;

/// A preview is given up after this.
const PREVIEW_PATIENCE: Duration = Duration::from_secs(3 * 60);
/// Most entries of a preview: what is planned for all of them lies in memory.
const PREVIEW_MOST: u32 = 500_000;

/// What is to be remembered of a read besides what was planned from it.
pub(crate) struct Read {
    /// The server that answered.
    pub(crate) server: Option<String>,
    /// Where the next read of changes alone may begin, once all that follows from this one is remembered.
    pub(crate) watermark: Option<Watermark>,
    /// Everybody was read, or was to be.
    pub(crate) is_full: bool,
    /// When the next account of those who were read ends.
    pub(crate) next_expiry: Option<i64>,
}

/// Everything a cycle works by, loaded once at its begin.
pub(crate) struct Job {
    pub(crate) connection: SpConnection,
    pub(crate) channel: Channel,
    pub(crate) config: Config,
    pub(crate) state: ChannelState,
    pub(crate) memory: Memory,
    pub(crate) lane: Lane,
    /// The lane's client, with the channel's Timeout for each answer.
    pub(crate) client: scim::Client,
    /// What that client asked, and how long answers took.
    pub(crate) tally: Arc<scim::Tally>,
    /// The target, to notice a change of it.
    pub(crate) place: String,
    /// It is not the one that the links were made at.
    is_new_target: bool,
    pub(crate) data_store: DataStore,
    pub(crate) password: Option<Secret>,
}

impl Job {
    /// Requests under way at once.
    pub(crate) fn concurrency(&self) -> usize {
        let limit = self.lane.client.connector().limits.max_concurrency;
        usize::try_from(self.channel.max_threads.clamp(1, limit.max(1))).unwrap_or(1)
    }
}

/// Loads what is saved of a channel. A target other than the one the links were made at is a new one: what is remembered of the
/// old one is forgotten.
pub(crate) async fn load(context: &Context, channel: &ChannelId) -> Result<Job, Stop> {
    let found = async { context.store.read().await?.find_connection_of(channel).await };
    let connection = found.await.map_err(|e| Stop::store(&e))?.map(|s| s.value);
    let channel = connection.as_ref().and_then(|c| c.provisioning.channels.iter().find(|c| &c.id == channel)).cloned();
    let (Some(connection), Some(channel)) = (connection, channel) else { return Err(Stop::cancelled()) };
    let place = connection.provisioning.target.place();
    let state = async { context.store.read().await?.find_channel_state(&channel.id).await };
    let state = state.await.map_err(|e| Stop::store(&e))?;
    if is_elsewhere(&state, &place) {
        let reset = async {
            let mut tx = context.store.begin_record().await?;
            tx.reset_channel(&channel.id, context.now()).await?;
            tx.commit().await
        };
        reset.await.map_err(|e| Stop::store(&e))?;
    }
    job(context, connection, channel, false).await
}

/// The plan of a cycle with this configuration, saved or not, and the saved state, applied to nothing.
pub(crate) async fn preview(context: &Context, connection: &SpConnection, channel: &Channel) -> service::Result<Plan> {
    let planned = async {
        let _turn = context.previews.acquire().await.map_err(|_| Stop::cancelled())?;
        let job = job(context, connection.clone(), channel.clone(), true).await?;
        plan(context, &job, false).await
    };
    let planned = tokio::time::timeout(PREVIEW_PATIENCE, planned).await.map_err(|_| {
        let minutes = PREVIEW_PATIENCE.as_secs() / 60;
        ServiceError::refused(format!(
            "The preview was given up after {minutes} minutes. Nothing was changed. Narrow the Source Location, or look whether the directory and the service answer."
        ))
    })?;
    planned.map(|(planned, _): (Planned, Read)| planned.plan).map_err(|stop: Stop| ServiceError::refused(stop.sentence))
}

/// `tried`: nothing of it is kept for the cycles that run.
pub(crate) async fn job(context: &Context, mut connection: SpConnection, channel: Channel, tried: bool) -> Result<Job, Stop> {
    let reference = connection.connector.as_ref().ok_or_else(|| Stop::refused("The connection has no Connection Template."))?;
    let connectors = context.service.connectors();
    let connector = connectors.used_by(&connection).map_err(Stop::refused)?;
    let connector = connector.ok_or_else(|| Stop::refused(format!("The connector {} is not installed any more.", reference.id)))?;
    let config = Config::new(&connector, &connection.provisioning.target.options, &channel).map_err(|problems| {
        let all: Vec<_> = problems.0.iter().map(|p| p.message.as_str()).collect();
        Stop::refused(format!("The Attribute Mapping cannot be used: {}", all.join(" ")))
    })?;
    context.service.trust_for_target(&mut connection).await.map_err(|e| refused(&e))?;
    let secrets = context.service.target_secrets(&connection).map_err(|e| sealed(&e))?;
    let lane = context.lane(&connection, &connector, &secrets, tried).map_err(Stop::refused)?;
    let data_store =
        channel.data_store.as_ref().ok_or_else(|| Stop::refused("The channel has no Active Data Store. Choose one on its Source tab."))?;
    let place = connection.provisioning.target.place();
    let loaded = async {
        let mut conn = context.store.read().await?;
        let now = context.now();
        let mut state = conn.find_channel_state(&channel.id).await?;
        if is_elsewhere(&state, &place) {
            // As a cycle finds it, which forgets what it knows of another target before it begins.
            state = ChannelState { must_observe: true, ..ChannelState::default() };
            return Ok((state, Memory { now, ..Memory::default() }, true));
        }
        let mut protected = Vec::new();
        if config.protects_anybody() {
            let note = |id: String, name: String| {
                if let Some(pattern) = config.protects(&name) {
                    protected.push(Protected { pattern: pattern.to_owned(), source_id: SourceId(id), name });
                }
            };
            conn.each_linked_person(&channel.id, note).await?;
        }
        let memory = Memory {
            setbacks: conn.list_setbacks(&channel.id).await?,
            intents: conn.list_intents(&channel.id).await?,
            approvals: conn.list_approvals(&channel.id, now).await?,
            protected,
            elsewhere: Elsewhere::default(),
            last_complete_users: state.last_complete_users,
            last_complete_groups: state.last_complete_groups,
            now,
        };
        Ok((state, memory, false))
    };
    let (state, memory, is_new_target) = loaded.await.map_err(|e: store::StoreError| Stop::store(&e))?;
    let mut conn = context.store.read().await.map_err(|e| Stop::store(&e))?;
    let (data_store, password) = context.service.data_store_with_password(&mut conn, data_store).await.map_err(|e| match e {
        ServiceError::NotFound => Stop::refused("The Active Data Store was deleted. Choose another one on the Source tab."),
        other => refused(&other),
    })?;
    drop(conn);
    let tally = Arc::new(scim::Tally::default());
    let client = lane.client.with_patience(Duration::from_secs(u64::from(channel.timeout_secs))).with_tally(tally.clone());
    Ok(Job { connection, channel, config, state, memory, lane, client, tally, place, is_new_target, data_store, password })
}

/// Whether what is remembered was made at another target.
fn is_elsewhere(state: &ChannelState, place: &str) -> bool {
    !state.target_place.is_empty() && state.target_place != place
}

fn refused(error: &ServiceError) -> Stop {
    match error {
        ServiceError::Refused { why } => Stop::refused(why.clone()),
        other => sealed(other),
    }
}

fn sealed(error: &ServiceError) -> Stop {
    tracing::error!(target: crate::telemetry::PROVISIONER, error = error as &dyn std::error::Error, "a stored secret could not be opened");
    Stop::refused("A stored password or token cannot be opened. Was the database restored without its key file? Enter it again and save.")
}

/// Reads and plans; answers what is to be remembered of the read too. `live`: the running cycle's progress is shown, and changes alone
/// are read where that is enough; a preview shows none, and reads everything.
pub(crate) async fn plan(context: &Context, job: &Job, live: bool) -> Result<(Planned, Read), Stop> {
    let channel = &job.channel.id;
    let step = |step: Step| {
        if live {
            context.board.step(channel, step, None);
        }
    };
    let mut index = LinkIndex::default();
    if !job.is_new_target {
        // Packed one by one: all heads at once, as rows, are several times what the index takes.
        let packing = async { context.store.read().await?.each_link_head(channel, |head| index.add(head)).await };
        packing.await.map_err(|e| Stop::store(&e))?;
    }
    let nothing_linked = index.count(ObjectKind::User) == 0 && index.count(ObjectKind::Group) == 0;
    let elsewhere = observe::elsewhere(context, job).await?;
    let observed = observe::observe(job, &elsewhere, job.state.must_observe || nothing_linked, &step).await?;
    if observed.is_some() && live {
        FailPoint::TargetRead.reach();
    }
    step(Step::ReadingUsers);
    let target_is_read = observed.is_some();
    let begin = job.state.watermark.clone().filter(|_| live && observed.is_none() && !nothing_linked && changes_are_enough(job));
    let mut planner = Planner::new(&job.config, index, observed, Memory { elsewhere: elsewhere.clone(), ..job.memory.clone() });
    let since = match begin {
        Some(mark) => match held_people(context, &job.state).await? {
            Some(held) => Some((mark, planner.acquainted(skipped(context, channel).await?, &held))),
            None => None,
        },
        None => None,
    };
    tracing::debug!(
        target: crate::telemetry::PROVISIONER,
        data_store = job.data_store.name,
        since = since.as_ref().map_or("the beginning", |(mark, _)| mark.value.as_str()),
        target_is_read,
        "reading the directory"
    );
    let mut outcome = read(context, job, &mut planner, since, live).await?;
    tracing::debug!(
        target: crate::telemetry::PROVISIONER,
        server = outcome.server.as_deref().unwrap_or(""),
        users = outcome.coverage.users.seen,
        all_users = outcome.coverage.users.ids_complete,
        groups = outcome.coverage.groups.seen,
        all_groups = outcome.coverage.groups.ids_complete,
        "read the directory"
    );
    if let Some(name) = job.config.reads_of_others().filter(|_| outcome.watermark.is_some()) {
        outcome.coverage.notes.push(format!(
            "Everybody is read in every cycle, because ‘{name}’ is mapped: it can change although nothing is written to the entry of the person."
        ));
    }
    if live {
        FailPoint::DirectoryRead.reach();
    }
    step(Step::Planning);
    let next_expiry = planner.next_expiry();
    let mut unresolved = planner.finish(outcome.coverage);
    for orphan in unresolved.orphans().to_vec() {
        let found = observe::look_up(job, &elsewhere, orphan.kind, &orphan.match_value).await?;
        unresolved.looked_up(&orphan, found);
    }
    let written = load_written(context, channel, &unresolved.touched()).await?;
    let read = Read { server: outcome.server, watermark: outcome.watermark, is_full: outcome.is_full, next_expiry };
    Ok((unresolved.resolve(written), read))
}

/// Whether what did not change since the watermark can be left unread.
fn changes_are_enough(job: &Job) -> bool {
    let age = job.state.compared_at.map(|at| job.memory.now.saturating_sub(at));
    // A clock that was set back tells nothing.
    let has_expired = job.state.expires_at.is_some_and(|at| at <= job.memory.now);
    let is_recent = !has_expired && age.is_some_and(|age| (0..COMPARE_MS).contains(&age));
    is_recent && job.state.compare_asked_at.is_none() && job.state.config_digest == job.config.digest() && job.config.entries_stand_alone()
}

/// The people whose removal waits for approval; `None` when what was recorded of them is not what is held, and everybody must be read.
pub(crate) async fn held_people(context: &Context, state: &ChannelState) -> Result<Option<Vec<SourceId>>, Stop> {
    let Some(cycle) = &state.held_cycle else { return Ok(Some(Vec::new())) };
    let mut keys = HeldKeys::default();
    let load = async {
        let mut conn = context.store.read().await?;
        let mut from = 0;
        loop {
            let ops = conn.list_plan_ops(cycle, from, IDS as u32).await?;
            let Some((last, _)) = ops.last() else { return Ok(()) };
            from = last + 1;
            ops.iter().for_each(|(_, op)| keys.add(op));
        }
    };
    load.await.map_err(|e: store::StoreError| Stop::store(&e))?;
    Ok((keys.digest() == state.held_digest).then(|| keys.people()))
}

pub(crate) async fn skipped(context: &Context, channel: &ChannelId) -> Result<Vec<Skipped>, Stop> {
    let load = async { context.store.read().await?.load_skipped(channel, ObjectKind::User).await };
    load.await.map_err(|e| Stop::store(&e))
}

async fn read(
    context: &Context,
    job: &Job,
    planner: &mut Planner<'_>,
    since: Option<(Watermark, Acquainted)>,
    live: bool,
) -> Result<ReadOutcome, Stop> {
    let directory = context.directory(&job.data_store, job.password.as_ref()).map_err(|e| Stop::refused(e.to_string()))?;
    let (out, mut batches) = mpsc::channel(BATCHES);
    // A task of its own: decoding and planning then use two cores, and a fault in reading is a failed read, never an empty one.
    let reading = AbortOnDropHandle::new(tokio::spawn(
        read_into(
            directory,
            job.channel.clone(),
            job.config.source_attributes(),
            job.state.last_server.clone(),
            since,
            job.memory.now,
            out,
        )
        .in_current_span(),
    ));
    let (mut seen, mut in_groups) = (0u32, false);
    while let Some(batch) = batches.recv().await {
        match batch {
            Batch::Users(entries) => {
                entries.iter().for_each(|entry| planner.entry(entry));
                seen += entries.len() as u32;
            }
            Batch::Unchanged(names) => {
                names.iter().for_each(|dn| planner.unchanged(dn));
                seen += names.len() as u32;
            }
            Batch::LeftOut(members) => members.iter().for_each(|(dn, why)| planner.left_out(dn, why)),
            Batch::Groups(entries) => {
                if !in_groups && live {
                    context.board.step(&job.channel.id, Step::ReadingGroups, None);
                }
                seen = if in_groups { seen } else { 0 } + entries.len() as u32;
                in_groups = true;
                entries.iter().for_each(|group| planner.group(group));
            }
        }
        if live {
            context.board.done(&job.channel.id, seen);
        } else if seen > PREVIEW_MOST {
            return Err(Stop::refused(format!(
                "More than {PREVIEW_MOST} entries match: too many for a preview. Narrow the Source Location."
            )));
        }
    }
    let outcome = reading.await.map_err(|_| Stop::failed("Reading the directory ended by a fault of Towpath. Nothing was changed."))?;
    if let Some(failure) = &outcome.failure {
        tracing::warn!(target: crate::telemetry::PROVISIONER, error = failure as &dyn std::error::Error, "the directory could not be read");
        // Trying a refused password again and again would lock the account.
        if failure.kind() == ldap::Kind::Auth {
            return Err(Stop::refused(outcome.coverage.problem.clone().unwrap_or_else(|| failure.to_string())));
        }
    }
    Ok(outcome)
}

async fn read_into(
    directory: Arc<Directory>,
    channel: Channel,
    attributes: SourceAttributes,
    last_server: Option<String>,
    since: Option<(Watermark, Acquainted)>,
    now: i64,
    out: mpsc::Sender<Batch>,
) -> ReadOutcome {
    let is_known = |dn: &str| since.as_ref().is_some_and(|(_, acquainted)| acquainted.knows(dn));
    let request = ReadRequest {
        source: &channel.source,
        location: &channel.location,
        user_attributes: &attributes.users,
        group_attributes: &attributes.groups,
        page_size: ldap::DEFAULT_PAGE_SIZE,
        last_server: last_server.as_deref(),
        since: since.as_ref().map(|(mark, _)| Since { mark, is_known: &is_known }),
        now,
    };
    directory.read(request, out).await
}

/// What was last written to objects, in queries of a bounded size.
pub(crate) async fn load_written(
    context: &Context,
    channel: &ChannelId,
    objects: &[(ObjectKind, SourceId)],
) -> Result<HashMap<(ObjectKind, SourceId), Written>, Stop> {
    let links = load_links(context, channel, objects).await?;
    Ok(links.into_iter().map(|link| ((link.head.kind, link.head.source_id), link.written)).collect())
}

/// Where people are whom other channels of the connection keep.
pub(crate) async fn load_foreign_targets(
    context: &Context,
    channel: &ChannelId,
    people: &[SourceId],
) -> Result<HashMap<SourceId, TargetId>, Stop> {
    let load = async { context.store.read().await?.load_foreign_targets(channel, ObjectKind::User, people).await };
    load.await.map_err(|e| Stop::store(&e))
}

/// Whole links of objects, in queries of a bounded size; objects without a link are absent.
pub(crate) async fn load_links(context: &Context, channel: &ChannelId, objects: &[(ObjectKind, SourceId)]) -> Result<Vec<Link>, Stop> {
    let mut links = Vec::new();
    let load = async {
        let mut conn = context.store.read().await?;
        for kind in [ObjectKind::User, ObjectKind::Group] {
            let ids: Vec<SourceId> = objects.iter().filter(|(k, _)| *k == kind).map(|(_, id)| id.clone()).collect();
            for ids in ids.chunks(IDS) {
                links.extend(conn.load_links(channel, kind, ids).await?);
            }
        }
        Ok(())
    };
    load.await.map_err(|e: store::StoreError| Stop::store(&e))?;
    Ok(links)
}
