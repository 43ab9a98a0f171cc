//! One object alone: read by the channel's own filters, mapped, met with the links and planned by the same planner with a coverage of
//! nobody else; and carried out, where a person asks for it.

use crate::metrics;
use crate::telemetry::PROVISIONER;
use crate::worker::prepare::{self, Job};
use crate::worker::{Context, Stop, StopKind, apply, cycle, observe, record};
use domain::id::{ChannelId, CycleId, SourceId};
use domain::model::cycle::{Cycle, CycleState, Step, Trigger};
use domain::model::link::ObjectKind;
use domain::model::plan::{Coverage, Guard, ScopeCoverage};
use domain::model::source::{SourceEntry, SourceGroup};
use engine::{LinkIndex, Memory, Planned, Planner, Recorder, remember_blocked};
use ldap::{Batch, Directory, InScope, LdapError, ReadOutcome, ReadRequest};
use service::people::Synced;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How long writing one object waits for a cycle under way.
const PATIENCE: Duration = Duration::from_secs(15);
/// Others with a value that must be unique that are looked at.
const NEIGHBOURS: u16 = 5;
/// Members of a group that are not known yet and are read one by one.
const NEWCOMERS: usize = 200;
/// Plans in a row: an object that is there already is adopted by the second, and made equal by the third.
const ROUNDS: u32 = 4;

/// What a look at one object in the directory found.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// A person, wherever they are; `None` when there is no such entry.
    pub(crate) person: Option<InScope>,
    /// Others who share a value that must be unique, and are in scope.
    neighbours: Vec<SourceEntry>,
    /// The channel's groups with their members.
    pub(crate) groups: Vec<SourceGroup>,
    /// How the read of the groups ended.
    coverage: Coverage,
}

impl Seen {
    /// The person's entry, when a cycle would read it.
    pub(crate) fn entry(&self) -> Option<&SourceEntry> {
        self.person.as_ref().filter(|p| p.is_in()).and_then(|p| p.entry.as_ref())
    }
}

/// Looks at one object where it is said to be; an empty DN is nowhere.
pub(crate) async fn look(job: &Job, directory: &Directory, kind: ObjectKind, dn: &str) -> Result<Seen, LdapError> {
    let attributes = job.config.source_attributes();
    let request = ReadRequest {
        source: &job.channel.source,
        location: &job.channel.location,
        user_attributes: &attributes.users,
        group_attributes: &attributes.groups,
        page_size: ldap::DEFAULT_PAGE_SIZE,
        last_server: None,
        since: None,
        now: job.memory.now,
    };
    let mut seen = Seen::default();
    if kind == ObjectKind::User && !dn.is_empty() {
        seen.person = directory.read_person(request, dn).await?;
        if let Some(entry) = seen.entry().cloned() {
            seen.neighbours = neighbours(job, directory, request, &entry).await?;
        }
    }
    if !attributes.groups.is_empty() && !job.channel.location.groups.is_empty() {
        let (groups, outcome) = read_groups(directory, request).await;
        seen.groups = groups;
        seen.coverage = outcome.coverage;
    } else {
        seen.coverage.groups = ScopeCoverage { ids_complete: true, full: true, seen: 0 };
    }
    Ok(seen)
}

async fn read_groups(directory: &Directory, request: ReadRequest<'_>) -> (Vec<SourceGroup>, ReadOutcome) {
    let (out, mut batches) = mpsc::channel(4);
    let gather = async {
        let mut groups = Vec::new();
        while let Some(batch) = batches.recv().await {
            if let Batch::Groups(read) = batch {
                groups.extend(read);
            }
        }
        groups
    };
    let (outcome, groups) = tokio::join!(directory.read_groups(request, out), gather);
    (groups, outcome)
}

/// Others in scope who share what a unique value of this entry is made of: whoever claims what is theirs is told of in the plan.
async fn neighbours(
    job: &Job,
    directory: &Directory,
    request: ReadRequest<'_>,
    entry: &SourceEntry,
) -> Result<Vec<SourceEntry>, LdapError> {
    let mut found: Vec<SourceEntry> = Vec::new();
    for sources in job.config.key_sources(entry) {
        // Everybody's anchor and DN are their own.
        if sources.iter().any(|(name, _)| name.eq_ignore_ascii_case(&job.channel.source.guid_attribute)) {
            continue;
        }
        let others = directory.find_sharing(&job.channel.location.base_dn, &sources, &job.channel.source, NEIGHBOURS).await?;
        for other in others {
            let known = |id: &SourceId| *id == entry.id || found.iter().any(|f| f.id == *id);
            if other.id.as_ref().is_none_or(known) {
                continue;
            }
            if let Some(other) = directory.read_person(request, &other.dn).await?.filter(InScope::is_in).and_then(|p| p.entry) {
                found.push(other);
            }
        }
    }
    Ok(found)
}

/// Plans about one object with what was seen.
pub(crate) async fn plan(
    context: &Context,
    job: &mut Job,
    directory: &Directory,
    kind: ObjectKind,
    id: &SourceId,
    seen: &Seen,
) -> Result<Planned, Stop> {
    let channel = job.channel.id.clone();
    let heads = async { context.store.read().await?.load_link_heads(&channel).await };
    let index = LinkIndex::from_heads(heads.await.map_err(|e| Stop::store(&e))?);
    // Nothing is known of the rest of the channel's objects that could come in the way of this one.
    job.memory.setbacks.retain(|s| s.kind == kind && s.source_id == *id);
    job.memory.intents.retain(|i| i.kind == kind && i.source_id == *id);
    let held = holding_guard(context, job, kind, id).await?;
    let elsewhere = observe::elsewhere(context, job).await?;
    let observed = observe::observe(job, &elsewhere, false, &|_: Step| {}).await?;
    let config = job.config.clone();
    let mut planner = Planner::new(&config, index, observed, Memory { elsewhere, ..job.memory.clone() }).about(kind, id, held);
    match kind {
        ObjectKind::User => seen.entry().into_iter().chain(&seen.neighbours).for_each(|entry| planner.entry(entry)),
        ObjectKind::Group => {
            if let Some(group) = seen.groups.iter().find(|group| group.id == *id) {
                members(context, job, directory, &mut planner, group).await?;
            }
        }
    }
    seen.groups.iter().for_each(|group| planner.group(group));
    let users = ScopeCoverage { ids_complete: false, full: false, seen: 0 };
    let unresolved = planner.finish(Coverage { users, ..seen.coverage.clone() });
    let written = prepare::load_written(context, &channel, &unresolved.touched()).await?;
    Ok(unresolved.resolve(written))
}

/// Tells the planner of the people a group has and had: by name those who are known, by their entry the others.
async fn members(context: &Context, job: &Job, directory: &Directory, planner: &mut Planner<'_>, group: &SourceGroup) -> Result<(), Stop> {
    let channel = &job.channel.id;
    let held = prepare::held_people(context, &job.state).await?.unwrap_or_default();
    let acquainted = planner.acquainted(prepare::skipped(context, channel).await?, &held);
    let (known, others): (Vec<&String>, Vec<&String>) = group.members.iter().partition(|dn| acquainted.knows(dn));
    if others.len() > NEWCOMERS {
        return Err(Stop::failed(format!("{} members of this group are not known yet. Run a cycle, which reads them all.", others.len())));
    }
    let attributes = job.config.source_attributes();
    let request = ReadRequest {
        source: &job.channel.source,
        location: &job.channel.location,
        user_attributes: &attributes.users,
        group_attributes: &attributes.groups,
        page_size: ldap::DEFAULT_PAGE_SIZE,
        last_server: None,
        since: None,
        now: job.memory.now,
    };
    for dn in others {
        let found = directory.read_person(request, dn).await.map_err(|e| Stop::failed(e.to_string()))?;
        if let Some(entry) = found.filter(InScope::is_in).and_then(|p| p.entry) {
            planner.entry(&entry);
        }
    }
    known.into_iter().for_each(|dn| planner.unchanged(dn));
    let link = prepare::load_links(context, channel, &[(ObjectKind::Group, group.id.clone())]).await?;
    let before: Vec<_> = link.into_iter().flat_map(|link| link.written.members).map(|id| (ObjectKind::User, id)).collect();
    for link in prepare::load_links(context, channel, &before).await? {
        if acquainted.knows(&link.dn) {
            planner.unchanged(&link.dn);
        }
    }
    Ok(())
}

/// The guard that holds a removal of this object now.
async fn holding_guard(context: &Context, job: &Job, kind: ObjectKind, id: &SourceId) -> Result<Option<Guard>, Stop> {
    let Some(cycle) = &job.state.held_cycle else { return Ok(None) };
    let find = async {
        let mut conn = context.store.read().await?;
        if !conn.is_held(cycle, kind, id).await? {
            return Ok(None);
        }
        let reasons = conn.find_cycle(cycle).await?.map(|cycle| cycle.held_reasons).unwrap_or_default();
        Ok(Some(reasons.first().map_or(Guard::TooManyRemovals, |(guard, _)| *guard)))
    };
    find.await.map_err(|e: store::StoreError| Stop::store(&e))
}

/// Where an object is in the directory now: where it was last seen, or wherever its anchor went. Empty when it is nowhere below the
/// Base DN.
pub(crate) async fn locate(job: &Job, directory: &Directory, id: &SourceId) -> Result<String, LdapError> {
    let found = directory.find_anchored(&job.channel.location.base_dn, id, &job.channel.source).await?;
    Ok(found.map(|entry| entry.dn).unwrap_or_default())
}

/// The directory of a job's channel.
pub(crate) fn directory_of(context: &Context, job: &Job) -> Result<Arc<Directory>, Stop> {
    context.directory(&job.data_store, job.password.as_ref()).map_err(|e| Stop::refused(e.to_string()))
}

/// Writes one object now, and records it as a cycle of its own.
pub(crate) async fn sync(context: &Context, channel: &ChannelId, kind: ObjectKind, id: &SourceId) -> Result<Synced, Stop> {
    let alone = context.alone(channel);
    let Ok(_alone) = tokio::time::timeout(PATIENCE, alone.lock()).await else {
        return Err(Stop::failed("A cycle of this channel is under way, and takes this one along. Look again when it has ended."));
    };
    let started_at = cycle::begin_at(context, channel).await.map_err(|e| Stop::store(&e))?;
    let cycle_id = CycleId::parse(&service::new_id()).map_err(Stop::failed)?;
    let mut cycle = Cycle::begun(cycle_id.clone(), channel.clone(), Trigger::Object, started_at);
    record::begin_cycle(context, &cycle).await.map_err(|e| Stop::store(&e))?;
    let (mut done, mut failed, mut seq) = (0, 0, 0);
    let mut problem = None;
    for _ in 0..ROUNDS {
        match round(context, channel, &mut cycle, kind, id, seq).await {
            Ok(written) => {
                (done, failed, seq) = (done + written.total - written.failed, written.failed, seq + written.total);
                merge(&mut cycle, written.counts());
                if !written.follow_up {
                    break;
                }
            }
            Err(stop) => {
                problem = Some(stop.sentence.clone());
                if stop.kind == StopKind::Refused {
                    tracing::warn!(target: PROVISIONER, channel = %channel, why = stop.sentence, "one object could not be written");
                }
                break;
            }
        }
    }
    cycle.ended_at = Some(context.now().max(cycle.started_at));
    cycle.error.clone_from(&problem);
    cycle.state = match () {
        () if problem.is_some() => CycleState::Failed,
        () if cycle.held > 0 => CycleState::Held,
        () if failed > 0 || cycle.waiting > 0 => CycleState::Partial,
        () => CycleState::Succeeded,
    };
    record::end_cycle(context, &cycle).await.map_err(|e| Stop::store(&e))?;
    metrics::cycle_ended(&cycle);
    context.board.touch();
    Ok(Synced { cycle: cycle_id, done, failed, problem })
}

fn merge(cycle: &mut Cycle, counts: Vec<domain::model::cycle::Count>) {
    for count in counts {
        let same = |c: &&mut domain::model::cycle::Count| (c.kind, c.action, &c.outcome) == (count.kind, count.action, &count.outcome);
        match cycle.counts.iter_mut().find(same) {
            Some(known) => known.count += count.count,
            None => cycle.counts.push(count),
        }
    }
}

/// Looks, plans and carries out once.
async fn round(
    context: &Context,
    channel: &ChannelId,
    cycle: &mut Cycle,
    kind: ObjectKind,
    id: &SourceId,
    first_seq: u32,
) -> Result<record::Written, Stop> {
    let mut job = prepare::load(context, channel).await?;
    if job.state.must_observe {
        return Err(Stop::failed("The channel has not looked at the target yet. Its next cycle does, and takes this one along."));
    }
    let directory = directory_of(context, &job)?;
    let could_not = |e: LdapError| Stop::failed(e.to_string());
    let dn = locate(&job, &directory, id).await.map_err(could_not)?;
    let seen = look(&job, &directory, kind, &dn).await.map_err(could_not)?;
    if let Some(problem) = &seen.coverage.problem {
        cycle.coverage.notes.push(problem.clone());
    }
    let Planned { plan, index } = self::plan(context, &mut job, &directory, kind, id, &seen).await?;
    cycle.coverage.users.seen = u32::from(seen.entry().is_some());
    cycle.skipped = plan.skipped.len() as u32;
    cycle.waiting = plan.waiting.len() as u32;
    cycle.held = plan.held.iter().map(|held| held.ops.len() as u32).sum();
    cycle.held_reasons = plan.held.iter().map(|held| (held.guard, held.reason.clone())).collect();
    let now = context.now();
    let links = prepare::load_links(context, channel, &Recorder::needs(&plan)).await?;
    let setbacks = job.memory.setbacks.clone();
    let mut recorder = Recorder::new(&job.config, job.connection.id.clone(), channel.clone(), &plan, index, links, setbacks);
    let refreshed = recorder.refresh(&plan);
    let store_plan = async {
        let mut tx = context.store.begin().await?;
        tx.put_links(&refreshed).await?;
        tx.replace_skipped_of(channel, kind, id, &plan.skipped, now).await?;
        tx.put_setbacks(channel, &remember_blocked(&plan, &job.memory.setbacks, now)).await?;
        tx.delete_setbacks(channel, &plan.recovered).await?;
        tx.commit().await
    };
    store_plan.await.map_err(|e| Stop::store(&e))?;
    if plan.ops.is_empty() {
        return Ok(record::Written::default());
    }
    let turn = job.lane.turn.acquire().await.map_err(|_| Stop::cancelled())?;
    let (entries, incoming) = mpsc::channel(100);
    let writing = tokio::spawn(record::write_all(context.clone(), cycle.id.clone(), channel.clone(), first_seq, incoming));
    let token = CancellationToken::new();
    let applied = apply::apply(context, &job, &plan, recorder, entries, &token).await;
    drop(turn);
    let written = writing.await.map_err(|_| Stop::failed("Recording what was done ended by a fault of Towpath."))?;
    let written = written.map_err(|e| Stop::store(&e))?;
    if written.has_forgotten {
        // Only a read of the entry tells again what was not done.
        let forget = async {
            let mut tx = context.store.begin().await?;
            tx.update_channel_state(channel, context.now(), |state| state.watermark = None).await?;
            tx.commit().await
        };
        forget.await.map_err(|e| Stop::store(&e))?;
    }
    merge_stopped(cycle, &written, &applied);
    applied?;
    Ok(written)
}

/// What was done before a stop is counted all the same.
fn merge_stopped(cycle: &mut Cycle, written: &record::Written, applied: &Result<(), Stop>) {
    if applied.is_err() {
        merge(cycle, written.counts());
    }
}
