//! The driver: which channels have a task, and when each begins its next cycle.

use crate::telemetry::{PROVISIONER, levels};
use crate::worker::Context;
use crate::worker::board::Board;
use crate::worker::cycle::{self, End};
use domain::id::{ChannelId, ConnectionId};
use domain::model::cycle::Trigger;
use service::Trouble;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use store::{ChannelRow, Conn, Stored};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Follow-ups in a row before the next one waits for its period: an outcome that comes again and again is not settled by hurry.
const MOST_FOLLOW_UPS: u32 = 5;
/// After failures the pause between cycles doubles up to this.
const LONGEST_PAUSE_MS: i64 = 15 * 60_000;
/// While the database cannot be written the next try is no further away than this.
const DATABASE_PAUSE_MS: i64 = 60_000;
/// A clock that is off by more than this after a cycle or a pause was moved.
const CLOCK_JUMP_MS: i64 = 5 * 60_000;
/// After a jump so many cycles must end before nothing is said of it any more.
const CLOCK_CYCLES: u32 = 2;
/// A cycle that takes longer than its period is followed by a pause of at least this.
const SHORTEST_PAUSE_MS: i64 = 1_000;

/// Starts and ends the channels' tasks.
pub(crate) struct Driver {
    context: Context,
    stop: CancellationToken,
    changed: Notify,
    running: AtomicBool,
    bells: Mutex<HashMap<ChannelId, Arc<Bell>>>,
    own_frequencies: Mutex<Frequencies>,
}

/// Of each connection with channels, at the version that was read: which of its channels have a frequency (s) of their own.
type Frequencies = HashMap<ConnectionId, (i64, HashMap<ChannelId, u32>)>;

/// How a channel is woken, and kept from running twice.
#[derive(Default)]
struct Bell {
    ring: Notify,
    trigger: Mutex<Option<Trigger>>,
    /// The period became another one while the channel waits.
    period_changed: Notify,
    /// Held by the channel's task: one that was told to end may still be finishing what it began when the next is started.
    task: tokio::sync::Mutex<()>,
}

impl Bell {
    fn take(&self) -> Option<Trigger> {
        self.trigger.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Waits for a trigger. A ring whose trigger was taken before, by a cycle that began without waiting, means nothing.
    async fn rung(&self) -> Trigger {
        loop {
            if let Some(trigger) = self.take() {
                return trigger;
            }
            self.ring.notified().await;
        }
    }
}

impl Driver {
    pub(crate) fn new(context: Context, stop: CancellationToken) -> Self {
        Self {
            context,
            stop,
            changed: Notify::new(),
            running: AtomicBool::new(true),
            bells: Mutex::default(),
            own_frequencies: Mutex::default(),
        }
    }

    pub(crate) fn board(&self) -> &Board {
        &self.context.board
    }

    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    /// Whether channels are looked after: not after a stop, nor after a fault ended it.
    pub(crate) fn is_running(&self) -> bool {
        self.running.load(Ordering::Relaxed)
    }

    /// Wakes a channel.
    pub(crate) fn ring(&self, channel: &ChannelId, trigger: Trigger) {
        let bell = self.bell(channel);
        *bell.trigger.lock().unwrap_or_else(PoisonError::into_inner) = Some(trigger);
        bell.ring.notify_one();
    }

    /// What is saved changed.
    pub(crate) fn look_again(&self) {
        self.changed.notify_one();
        self.context.board.touch();
    }

    fn bell(&self, channel: &ChannelId) -> Arc<Bell> {
        self.bells.lock().unwrap_or_else(PoisonError::into_inner).entry(channel.clone()).or_default().clone()
    }

    /// Keeps a task for every channel that is on, until told to stop; then waits for the tasks.
    pub(crate) async fn run(self: Arc<Self>) {
        let _ended = Ended(&self.running);
        let mut tasks: HashMap<ChannelId, (Arc<AtomicI64>, CancellationToken)> = HashMap::new();
        let mut running = JoinSet::new();
        loop {
            match self.assignments().await {
                Ok(wanted) => {
                    tasks.retain(|channel, (_, token)| {
                        let keep = wanted.contains_key(channel) && !token.is_cancelled();
                        if !keep {
                            token.cancel();
                        }
                        keep
                    });
                    for (channel, period_ms) in wanted {
                        match tasks.get(&channel) {
                            Some((period, _)) => {
                                if period.swap(period_ms, Ordering::Relaxed) != period_ms {
                                    self.bell(&channel).period_changed.notify_one();
                                }
                            }
                            None => {
                                let (period, token) = (Arc::new(AtomicI64::new(period_ms)), self.stop.child_token());
                                running.spawn(self.clone().keep(channel.clone(), period.clone(), token.clone()));
                                tasks.insert(channel, (period, token));
                            }
                        }
                    }
                }
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "the channels could not be read; trying again in 10 s");
                    tokio::select! {
                        () = tokio::time::sleep(Duration::from_secs(10)) => continue,
                        () = self.stop.cancelled() => break,
                    }
                }
            }
            tokio::select! {
                () = self.changed.notified() => {}
                () = self.stop.cancelled() => break,
                Some(ended) = running.join_next(), if !running.is_empty() => {
                    if let Err(error) = ended {
                        tracing::error!(error = &error as &dyn std::error::Error, "a channel's task ended by itself");
                    }
                    continue;
                }
            }
        }
        while running.join_next().await.is_some() {}
    }

    /// The channels that should have a task, each with its period in milliseconds.
    async fn assignments(&self) -> store::Result<HashMap<ChannelId, i64>> {
        let mut conn = self.context.store.read().await?;
        let states = conn.list_channel_states().await?;
        let global = self.context.service.frequency_secs(&mut conn).await?;
        let now = self.context.now();
        let debug = states.iter().filter_map(|(channel, state)| Some((channel, state.debug_until.filter(|until| *until > now)?)));
        levels::set(debug);
        let mut wanted = HashMap::new();
        let mut channels = conn.list_channels().await?;
        self.know(&mut conn, &channels).await?;
        channels.retain(|channel| channel.active && channel.connection_enabled);
        let known = self.own_frequencies.lock().unwrap_or_else(PoisonError::into_inner);
        for channel in channels {
            let off = states.get(&channel.id).is_some_and(|s| s.paused || s.stopped_reason.is_some());
            if !off {
                let own = known.get(&channel.connection).and_then(|(_, own)| own.get(&channel.id));
                wanted.insert(channel.id, i64::from(own.copied().unwrap_or(global)) * 1000);
            }
        }
        Ok(wanted)
    }

    /// Reads the settings of connections that were saved since they were last read, and forgets those that are gone.
    async fn know(&self, conn: &mut Conn, channels: &[ChannelRow]) -> store::Result<()> {
        let present: HashMap<_, _> = channels.iter().map(|channel| (&channel.connection, channel.connection_version)).collect();
        let is_known = |known: &Frequencies, id, version| known.get(id).is_some_and(|(of, _)| *of == version);
        let new: Vec<_> = {
            let mut known = self.own_frequencies.lock().unwrap_or_else(PoisonError::into_inner);
            known.retain(|id, _| present.contains_key(id));
            present.iter().filter(|(id, version)| !is_known(&known, id, **version)).map(|(id, _)| (*id).clone()).collect()
        };
        let read = match new.as_slice() {
            [] => return Ok(()),
            [one] => conn.find_connection(one).await?.into_iter().collect(),
            _ => conn.list_connections().await?,
        };
        let mut known = self.own_frequencies.lock().unwrap_or_else(PoisonError::into_inner);
        for Stored { value, version, .. } in read {
            let own = value.provisioning.channels.into_iter().filter_map(|channel| Some((channel.id, channel.frequency_secs?))).collect();
            known.insert(value.id, (version, own));
        }
        Ok(())
    }

    /// Runs the cycles of one channel until its token is cancelled.
    async fn keep(self: Arc<Self>, channel: ChannelId, period: Arc<AtomicI64>, token: CancellationToken) {
        let bell = self.bell(&channel);
        let _alone = bell.task.lock().await;
        if token.is_cancelled() {
            return;
        }
        let board = &self.context.board;
        let (mut follow_ups, mut failures) = (0u32, 0u32);
        let mut trigger = bell.take().unwrap_or(Trigger::Period);
        let mut watch = ClockWatch::new(self.context.now());
        loop {
            let begun = Instant::now();
            self.look_at_clock(&channel, &mut watch);
            board.change(&channel, |status| status.next_at = None);
            // A task of its own, so that a panic in it is a failed cycle and not the end of the channel.
            let end = tokio::spawn(cycle::run(self.context.clone(), channel.clone(), trigger, token.clone())).await;
            let end = end.unwrap_or_else(|error| {
                tracing::error!(target: PROVISIONER, channel = %channel, error = &error as &dyn std::error::Error, "a cycle ended by a fault of Towpath");
                End::Failed
            });
            board.change(&channel, |status| status.running = None);
            watch.cycles_left = watch.cycles_left.saturating_sub(1);
            self.look_at_clock(&channel, &mut watch);
            // By a clock that nobody moves: the machine's may say that yesterday is to come.
            let took = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
            let (ended, period_ms) = (self.context.now(), period.load(Ordering::Relaxed));
            let waiting_since = Instant::now();
            let by_period = matches!(end, End::Done | End::FollowUp);
            let mut pause = period_ms.saturating_sub(took).max(SHORTEST_PAUSE_MS.min(period_ms));
            match end {
                End::FollowUp if follow_ups < MOST_FOLLOW_UPS => {
                    (follow_ups, failures) = (follow_ups + 1, 0);
                    pause = 0;
                }
                End::Failed => {
                    failures += 1;
                    pause = (period_ms << (failures - 1).min(10)).clamp(period_ms.min(LONGEST_PAUSE_MS), LONGEST_PAUSE_MS.max(period_ms));
                }
                End::Unrecorded => pause = period_ms.min(DATABASE_PAUSE_MS),
                End::Stopped => {
                    // Paused, switched off or refused by the target: the driver looks at what is saved.
                    token.cancel();
                    self.changed.notify_one();
                }
                End::Done | End::FollowUp => (follow_ups, failures) = (if end == End::Done { 0 } else { follow_ups }, 0),
            }
            trigger = if pause == 0 { Trigger::FollowUp } else { Trigger::Period };
            if token.is_cancelled() {
                break;
            }
            loop {
                board.change(&channel, |status| status.next_at = Some(ended + pause));
                let left = Duration::from_millis(pause.unsigned_abs()).saturating_sub(waiting_since.elapsed());
                tokio::select! {
                    () = tokio::time::sleep(left) => break,
                    asked = bell.rung() => {
                        (trigger, failures, follow_ups) = (asked, 0, 0);
                        break;
                    }
                    // The global frequency was saved: what is left of the pause is measured by the new one. A pause after failures
                    // stays what it is.
                    () = bell.period_changed.notified() => {
                        if by_period && pause > 0 {
                            let period_ms = period.load(Ordering::Relaxed);
                            pause = period_ms.saturating_sub(took).max(SHORTEST_PAUSE_MS.min(period_ms));
                        }
                    }
                    () = token.cancelled() => break,
                }
            }
            if token.is_cancelled() {
                break;
            }
        }
        board.remove(&channel);
    }
}

impl Driver {
    /// Says so where the clock of the machine was moved, and stops saying so some cycles later.
    fn look_at_clock(&self, channel: &ChannelId, watch: &mut ClockWatch) {
        let now = self.context.now();
        if let Some(jump_ms) = watch.jump(now) {
            watch.cycles_left = CLOCK_CYCLES;
            let (by, where_to) = (duration_words(jump_ms.abs()), if jump_ms > 0 { "forward" } else { "back" });
            let sentence = format!(
                "The clock of this machine went {where_to} by {by} at once. Times shown may be wrong, and what waits or expires goes by the new time. Let it follow a time server."
            );
            tracing::warn!(target: PROVISIONER, channel = %channel, jump_ms, "the clock was moved");
            self.board().change(channel, |status| {
                status.trouble.get_or_insert(Trouble::Clock(sentence));
            });
        } else if watch.cycles_left == 0 {
            self.board().change(channel, |status| {
                status.trouble.take_if(|trouble| matches!(trouble, Trouble::Clock(_)));
            });
        }
    }
}

/// The clock of the machine beside one that only goes forward.
struct ClockWatch {
    wall: i64,
    steady: Instant,
    /// Cycles to end before a jump is forgotten.
    cycles_left: u32,
}

impl ClockWatch {
    fn new(now: i64) -> Self {
        Self { wall: now, steady: Instant::now(), cycles_left: 0 }
    }

    /// How far the clock was moved since the last look.
    fn jump(&mut self, now: i64) -> Option<i64> {
        let passed = i64::try_from(self.steady.elapsed().as_millis()).unwrap_or(i64::MAX);
        let jump = now.saturating_sub(self.wall).saturating_sub(passed);
        (self.wall, self.steady) = (now, Instant::now());
        (jump.abs() > CLOCK_JUMP_MS).then_some(jump)
    }
}

/// `24 h`, `6 min`.
fn duration_words(ms: i64) -> String {
    match ms / 60_000 {
        minutes if minutes < 120 => format!("{minutes} min"),
        minutes => format!("{} h", (minutes + 30) / 60),
    }
}

/// Says that the driver no longer runs, however that came.
struct Ended<'a>(&'a AtomicBool);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
