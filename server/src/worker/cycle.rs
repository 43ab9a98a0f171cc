//! One cycle: read, map, plan, guard, apply, record. The same code stopped before apply is Preview.

use crate::metrics;
use crate::telemetry::PROVISIONER;
use crate::telemetry::levels::CHANNEL;
use crate::worker::prepare::{self, Job, Read};
use crate::worker::record::{self, HeldKeys, Written};
use crate::worker::{Context, FailPoint, Stop, StopKind, apply, stop};
use domain::id::{ChannelId, CycleId};
use domain::model::cycle::{ChannelState, Cycle, CycleState, Step, Trigger, Watermark};
use domain::model::plan::{Op, Plan};
use engine::{Planned, Recorder, last_complete, remember_blocked};
use service::{Running, Trouble};
use store::Page;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// Entries between those who send and the one who records.
const WAITING: usize = 500;

/// How a cycle ended, for when the next begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The next one after the period.
    Done,
    /// There is something to settle at once.
    FollowUp,
    /// Try again, later and later.
    Failed,
    /// The database could not be written: try again soon, since nothing else is troubled by that.
    Unrecorded,
    /// The channel is to be looked at anew: paused, switched off, refused.
    Stopped,
}

/// Runs one cycle of a channel with what is saved now, within the channel's span for the log.
pub(crate) async fn run(context: Context, channel: ChannelId, trigger: Trigger, token: CancellationToken) -> End {
    let span = tracing::info_span!(target: PROVISIONER, CHANNEL, channel = %channel);
    run_one(context, channel, trigger, token).instrument(span).await
}

async fn run_one(context: Context, channel: ChannelId, trigger: Trigger, token: CancellationToken) -> End {
    let started_at = match begin_at(&context, &channel).await {
        Ok(at) => at,
        Err(error) => return unrecorded(&context, &channel, &error),
    };
    let id = match CycleId::parse(&service::new_id()) {
        Ok(id) => id,
        Err(_) => return End::Failed,
    };
    let alone = context.alone(&channel);
    let _alone = alone.lock().await;
    let mut cycle = Cycle::begun(id.clone(), channel.clone(), trigger, started_at);
    if let Err(error) = record::begin_cycle(&context, &cycle).await {
        return unrecorded(&context, &channel, &error);
    }
    FailPoint::CycleBegun.reach();
    context.board.change(&channel, |status| {
        status.running =
            Some(Running { cycle: id.clone(), trigger, started_at, step: Step::Starting, step_at: started_at, done: 0, total: None });
    });
    tracing::info!(target: PROVISIONER, cycle = %id, trigger = trigger.label(), "cycle begins");
    let result = tokio::select! {
        result = steps(&context, &channel, &mut cycle, &token) => result,
        // Reading and planning can be left at any point; applying looks at the token itself and ends between two operations.
        () = left_early(&context, &channel, &token) => Err(Stop::cancelled()),
    };
    FailPoint::Applied.reach();
    let mut end = finish(&context, &mut cycle, result).await;
    match record::end_cycle(&context, &cycle).await {
        Err(error) => end = unrecorded(&context, &channel, &error),
        Ok(()) if end == End::Unrecorded => {
            let sentence = cycle.error.clone().unwrap_or_default();
            context.board.change(&channel, |status| status.trouble = Some(Trouble::Database(sentence)));
        }
        Ok(()) => context.board.change(&channel, |status| {
            status.trouble.take_if(|trouble| matches!(trouble, Trouble::Database(_)));
        }),
    }
    FailPoint::CycleEnded.reach();
    metrics::cycle_ended(&cycle);
    let did = cycle.touched();
    tracing::info!(target: PROVISIONER, cycle = %id, state = cycle.state.label(), operations = did, error = cycle.error.as_deref().unwrap_or(""), "cycle ends");
    end
}

/// When a cycle begins: never before an earlier one did, whatever happened to the clock, since the newest is the one that counts.
pub(crate) async fn begin_at(context: &Context, channel: &ChannelId) -> store::Result<i64> {
    let newest = context.store.read().await?.list_cycles(channel, false, Page::first(1)).await?;
    Ok(newest.first().map_or(i64::MIN, |cycle| cycle.started_at + 1).max(context.now()))
}

/// Says that the database could not be written.
fn unrecorded(context: &Context, channel: &ChannelId, error: &store::StoreError) -> End {
    tracing::error!(target: PROVISIONER, error = error as &dyn std::error::Error, "a cycle could not be recorded");
    let sentence = stop::database(error);
    context.board.change(channel, |status| status.trouble = Some(Trouble::Database(sentence)));
    End::Unrecorded
}

/// Ends when the cycle was told to stop before it came to apply.
async fn left_early(context: &Context, channel: &ChannelId, token: &CancellationToken) {
    token.cancelled().await;
    let mut events = context.board.events();
    loop {
        let step = context.board.status(channel).and_then(|s| s.running).map(|r| r.step);
        if !matches!(step, Some(Step::Applying | Step::Recording)) {
            return;
        }
        if events.changed().await.is_err() {
            return;
        }
    }
}

async fn steps(context: &Context, channel: &ChannelId, cycle: &mut Cycle, token: &CancellationToken) -> Result<Written, Stop> {
    let job = prepare::load(context, channel).await?;
    // Of several channels one plans at a time too, so that each sees what the others made before it.
    let turn = match job.connection.provisioning.channels.len() {
        0 | 1 => None,
        _ => Some(job.lane.turn.clone().acquire_owned().await.map_err(|_| Stop::cancelled())?),
    };
    let result = async {
        let (planned, read) = prepare::plan(context, &job, true).await?;
        FailPoint::Planned.reach();
        note_plan(cycle, &planned.plan);
        record::tell(&planned.plan, &job);
        carry_out(context, &job, cycle, planned, read, token).await
    };
    let result = result.await;
    drop(turn);
    cycle.calls = job.tally.calls();
    result
}

fn note_plan(cycle: &mut Cycle, plan: &Plan) {
    cycle.coverage = plan.coverage.clone();
    cycle.unchanged_users = plan.unchanged_users;
    cycle.unchanged_groups = plan.unchanged_groups;
    cycle.skipped = plan.skipped.len() as u32;
    cycle.waiting = plan.waiting.len() as u32;
    cycle.held = plan.held.iter().map(|h| h.ops.len() as u32).sum();
    cycle.held_reasons = plan.held.iter().map(|h| (h.guard, h.reason.clone())).collect();
}

async fn carry_out(
    context: &Context,
    job: &Job,
    cycle: &mut Cycle,
    planned: Planned,
    read: Read,
    token: &CancellationToken,
) -> Result<Written, Stop> {
    let Planned { plan, index } = planned;
    let channel = &job.channel.id;
    let now = context.now();
    let links = prepare::load_links(context, channel, &Recorder::needs(&plan)).await?;
    let setbacks = job.memory.setbacks.clone();
    let mut recorder = Recorder::new(&job.config, job.connection.id.clone(), channel.clone(), &plan, index, links, setbacks);
    let leavers = recorder.unlinked_leavers(&plan);
    if !leavers.is_empty() {
        recorder.given(prepare::load_foreign_targets(context, channel, &leavers).await?);
    }
    let refreshed = recorder.refresh(&plan);
    let mut progress = Progress::of(&read, job.state.watermark.clone(), &plan, cycle.started_at);
    let held: Vec<Op> = plan.held.iter().flat_map(|h| h.ops.iter().cloned()).collect();
    let store_plan = async {
        let mut tx = context.store.begin_record().await?;
        tx.put_links(&refreshed).await?;
        tx.replace_skipped(channel, &plan.skipped, now).await?;
        tx.put_setbacks(channel, &remember_blocked(&plan, &job.memory.setbacks, now)).await?;
        tx.delete_setbacks(channel, &plan.recovered).await?;
        let digest = HeldKeys::of(&held).digest();
        let known = job.state.held_cycle.is_some() && job.state.held_digest == digest && !held.is_empty();
        if !known && !held.is_empty() {
            tx.insert_plan_ops(&cycle.id, 0, &held).await?;
        }
        let counts = last_complete(&plan, (job.state.last_complete_users, job.state.last_complete_groups));
        let complete = plan.coverage.users.ids_complete;
        tx.update_channel_state(channel, now, |state| {
            (state.last_complete_users, state.last_complete_groups) = counts;
            if complete {
                state.last_complete_at = Some(now);
            }
            // Whatever was read of it: the first read from another domain controller is never complete, the second may be.
            state.last_server = read.server.clone().or(state.last_server.take());
            if plan.ops.is_empty() {
                progress.settle(state)
            } else {
                progress.begin(state)
            }
            state.config_digest = job.config.digest().to_owned();
            state.target_place = job.place.clone();
            if held.is_empty() {
                (state.held_cycle, state.held_digest) = (None, String::new());
            } else if !known {
                (state.held_cycle, state.held_digest) = (Some(cycle.id.clone()), digest);
            }
        })
        .await?;
        tx.commit().await
    };
    store_plan.await.map_err(|e| Stop::store(&e))?;
    FailPoint::PlanRecorded.reach();
    if plan.ops.is_empty() {
        observed(context, job).await?;
        return Ok(Written::default());
    }
    // A channel that is alone has no turn to wait for before it plans; whether it still is alone does not matter now.
    let turn = match job.connection.provisioning.channels.len() {
        0 | 1 => Some(job.lane.turn.acquire().await.map_err(|_| Stop::cancelled())?),
        _ => None,
    };
    context.board.step(channel, Step::Applying, Some(plan.ops.len() as u32));
    let (entries, incoming) = mpsc::channel(WAITING);
    let writing = record::write_all(context.clone(), cycle.id.clone(), channel.clone(), 0, incoming);
    let writing = tokio::spawn(writing.in_current_span());
    let applied = apply::apply(context, job, &plan, recorder, entries, token).await;
    drop(turn);
    context.board.step(channel, Step::Recording, None);
    let written =
        writing.await.map_err(|_| Stop::failed("Recording what was done ended by a fault of Towpath."))?.map_err(|e| Stop::store(&e))?;
    cycle.counts = written.counts();
    let is_done = applied.is_ok();
    progress.may_advance &= is_done && !written.has_forgotten;
    progress.must_compare |= written.has_forgotten;
    let store_end = async {
        let mut tx = context.store.begin_record().await?;
        let end = |state: &mut ChannelState| {
            // What is at the target was seen and linked, as far as it could be: later cycles rely on the links.
            state.must_observe &= !is_done;
            progress.settle(state);
        };
        tx.update_channel_state(channel, context.now(), end).await?;
        tx.commit().await
    };
    store_end.await.map_err(|e| Stop::store(&e))?;
    applied?;
    Ok(written)
}

/// How far the directory's changes are known once a cycle is done with what it read.
struct Progress<'r> {
    read: &'r Read,
    before: Option<Watermark>,
    began_at: i64,
    /// All that follows from the read is done, or remembered by more than the directory's entries.
    may_advance: bool,
    /// Something is left that only a read of everything tells.
    must_compare: bool,
}

impl<'r> Progress<'r> {
    fn of(read: &'r Read, before: Option<Watermark>, plan: &Plan, began_at: i64) -> Self {
        let is_complete = plan.coverage.problem.is_none() && plan.coverage.users.ids_complete && plan.coverage.groups.ids_complete;
        Self { read, before, began_at, may_advance: is_complete, must_compare: read.is_full }
    }

    /// The plan is recorded and not done: who ends here cannot tell what came of it, and the next one reads everything.
    fn begin(&self, state: &mut ChannelState) {
        state.watermark = None;
    }

    fn settle(&self, state: &mut ChannelState) {
        state.watermark = match (self.may_advance, self.must_compare) {
            (true, _) => self.read.watermark.clone(),
            (false, true) => None,
            (false, false) => self.before.clone(),
        };
        let expiries = [state.expires_at.filter(|_| !self.read.is_full), self.read.next_expiry];
        state.expires_at = expiries.into_iter().flatten().min();
        if self.may_advance && self.read.is_full {
            state.compared_at = Some(self.began_at);
            state.compare_asked_at.take_if(|asked| *asked <= self.began_at);
        }
    }
}

/// What is at the target was seen and linked, as far as it could be: later cycles rely on the links.
async fn observed(context: &Context, job: &Job) -> Result<(), Stop> {
    if !job.state.must_observe {
        return Ok(());
    }
    let write = async {
        let mut tx = context.store.begin_record().await?;
        tx.update_channel_state(&job.channel.id, context.now(), |state| state.must_observe = false).await?;
        tx.commit().await
    };
    write.await.map_err(|e| Stop::store(&e))
}

async fn finish(context: &Context, cycle: &mut Cycle, result: Result<Written, Stop>) -> End {
    cycle.ended_at = Some(context.now().max(cycle.started_at));
    let (state, end) = match result {
        Ok(written) => {
            let incomplete = cycle.coverage.problem.is_some();
            let state = match () {
                () if incomplete => CycleState::Failed,
                () if cycle.held > 0 => CycleState::Held,
                () if written.failed > 0 || cycle.waiting > 0 => CycleState::Partial,
                () => CycleState::Succeeded,
            };
            if incomplete {
                cycle.error.clone_from(&cycle.coverage.problem);
            }
            (
                state,
                if written.follow_up {
                    End::FollowUp
                } else if incomplete {
                    End::Failed
                } else {
                    End::Done
                },
            )
        }
        Err(stop) => {
            let (state, end) = match stop.kind {
                StopKind::Cancelled => (CycleState::Stopped, End::Stopped),
                StopKind::Refused => (CycleState::Failed, End::Stopped),
                StopKind::Failed => (CycleState::Failed, End::Failed),
                StopKind::Database => (CycleState::Failed, End::Unrecorded),
            };
            if stop.kind == StopKind::Refused {
                let sentence = stop.sentence.clone();
                let write = async {
                    let mut tx = context.store.begin_record().await?;
                    tx.update_channel_state(&cycle.channel, context.now(), |s| s.stopped_reason = Some(sentence)).await?;
                    tx.commit().await
                };
                if let Err(error) = write.await {
                    tracing::error!(target: PROVISIONER, error = &error as &dyn std::error::Error, "the stop of a channel could not be recorded");
                }
            }
            cycle.error = Some(stop.sentence);
            (state, end)
        }
    };
    cycle.state = state;
    end
}
