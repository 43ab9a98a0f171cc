//! Applying: carries a plan out, phase by phase, and never decides. What to remember of each answer is said by the engine's
//! recorder; the only things done here are sending, bounded concurrency, and stopping.

use crate::worker::prepare::Job;
use crate::worker::record::{Entry, conceal, object_of};
use crate::worker::target::{self, Sent};
use crate::worker::{Context, FailPoint, Stop};
use domain::id::SourceId;
use domain::model::cycle::Intent;
use domain::model::link::{Link, ObjectKind};
use domain::model::plan::{Action, Op, Outcome, Phase, Plan};
use engine::{Answer, Prepared, Recorder};
use futures::{FutureExt, SinkExt, StreamExt};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Objects whose intents and doubts are written in one transaction before any of their operations is sent.
const INTENTS: usize = 200;
/// After so many operations in a row without an answer the target counts as not reachable.
const MOST_SILENT: u32 = 5;

/// What all operations of one apply share.
struct Shared<'a> {
    context: &'a Context,
    job: &'a Job,
    recorder: Mutex<Recorder<'a>>,
    entries: mpsc::Sender<Entry>,
    token: &'a CancellationToken,
    /// Set once; nothing more is begun then.
    stop: Mutex<Option<Stop>>,
    silent: AtomicU32,
}

/// Carries a plan out. Entries go to whoever records them; the answer says why it stopped early, if it did.
pub(crate) async fn apply<'a>(
    context: &'a Context,
    job: &'a Job,
    plan: &Plan,
    recorder: Recorder<'a>,
    entries: mpsc::Sender<Entry>,
    token: &'a CancellationToken,
) -> Result<(), Stop> {
    let shared = Shared { context, job, recorder: Mutex::new(recorder), entries, token, stop: Mutex::new(None), silent: AtomicU32::new(0) };
    let mut ops = &plan.ops[..];
    while let Some(first) = ops.first() {
        let phase = first.phase();
        let length = ops.iter().take_while(|op| op.phase() == phase).count();
        let (now, later) = ops.split_at(length);
        shared.phase(phase, now).await?;
        FailPoint::PhaseDone.reach();
        if let Some(stop) = shared.stopped() {
            return Err(stop);
        }
        ops = later;
    }
    Ok(())
}

impl<'a> Shared<'a> {
    fn recorder(&self) -> MutexGuard<'_, Recorder<'a>> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stopped(&self) -> Option<Stop> {
        if self.token.is_cancelled() {
            return Some(Stop::cancelled());
        }
        self.stop.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Operations on one object follow each other; different objects go side by side. What must be noted before it is sent is noted
    /// while what came before it is being sent, so that the target never waits for the database.
    async fn phase(&self, phase: Phase, ops: &[Op]) -> Result<(), Stop> {
        let objects = by_object(ops);
        let begun: Vec<AtomicBool> = objects.iter().map(|_| AtomicBool::new(false)).collect();
        let noted = AtomicUsize::new(0);
        let is_noted = matches!(phase, Phase::CreateUsers | Phase::Groups | Phase::DeleteGroups | Phase::RemoveUsers);
        // Room for one chunk that is ready, besides the one being sent.
        let (ready, chunks) = futures::channel::mpsc::channel(0);
        let note = self.note(&objects, is_noted.then_some(&noted), ready).boxed();
        let send = chunks
            .flat_map(futures::stream::iter)
            .for_each_concurrent(self.job.concurrency(), |at| self.one_object(&objects[at], &begun[at]).boxed())
            .boxed();
        let (done, ()) = futures::join!(note, send);
        done?;
        if self.stopped().is_some() {
            let noted = noted.load(Ordering::Relaxed);
            self.withdraw(&not_begun(&objects[..noted], &begun)).await?;
        }
        Ok(())
    }

    /// Carries out all that is to be done to one object.
    async fn one_object(&self, ops: &[&Op], begun: &AtomicBool) {
        for op in ops {
            if self.stopped().is_some() {
                return;
            }
            begun.store(true, Ordering::Relaxed);
            self.one(op).await;
        }
    }

    /// Hands on the places of the objects, chunk by chunk, each once its intents are written; `noted` counts those.
    async fn note(
        &self,
        objects: &[Vec<&Op>],
        noted: Option<&AtomicUsize>,
        mut ready: futures::channel::mpsc::Sender<Range<usize>>,
    ) -> Result<(), Stop> {
        for from in (0..objects.len()).step_by(INTENTS) {
            let chunk = from..objects.len().min(from + INTENTS);
            if self.stopped().is_some() {
                break;
            }
            if let Some(noted) = noted {
                self.begin(&objects[chunk.clone()]).await?;
                noted.store(chunk.end, Ordering::Relaxed);
                FailPoint::IntentsWritten.reach();
            }
            if ready.send(chunk).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Takes back what was noted of operations that were not sent. An object that is there under the name of a create is none of ours.
    async fn withdraw(&self, ops: &[&Op]) -> Result<(), Stop> {
        let creates = ops.iter().filter(|op| matches!(op.action, Action::Create { look_first: false }));
        let creates: Vec<_> = creates.map(|op| (op.object.kind, op.object.source_id.clone())).collect();
        let deletes: Vec<Link> = {
            let recorder = self.recorder();
            ops.iter().filter(|op| recorder.doubt(op).is_some()).filter_map(|op| recorder.linked(op).cloned()).collect()
        };
        if creates.is_empty() && deletes.is_empty() {
            return Ok(());
        }
        let write = async {
            let mut tx = self.context.store.begin_record().await?;
            tx.delete_intents(&self.job.channel.id, &creates).await?;
            tx.put_links(&deletes).await?;
            tx.commit().await
        };
        write.await.map_err(|e| Stop::store(&e))
    }

    /// Notes what must not be repeated blindly before any of it is sent: intents of creates, and doubt about what is being deleted.
    async fn begin(&self, chunk: &[Vec<&Op>]) -> Result<(), Stop> {
        let now = self.context.now();
        let (intents, doubted): (Vec<Intent>, Vec<Link>) = {
            let recorder = self.recorder();
            let ops = || chunk.iter().flatten();
            (ops().filter_map(|op| recorder.intent(op, now)).collect(), ops().filter_map(|op| recorder.doubt(op)).collect())
        };
        if intents.is_empty() && doubted.is_empty() {
            return Ok(());
        }
        let write = async {
            let mut tx = self.context.store.begin_record().await?;
            tx.put_intents(&self.job.channel.id, &intents).await?;
            tx.put_links(&doubted).await?;
            tx.commit().await
        };
        write.await.map_err(|e| Stop::store(&e))
    }

    async fn one(&self, op: &Op) {
        let prepared = self.recorder().prepare(op);
        let sent = match prepared {
            Prepared::Not(outcome) => Sent { answer: Answer::of(outcome), target: None, request_id: None, stop: None },
            Prepared::Go { target, members, references, look_first } => {
                FailPoint::BeforeRequest.reach();
                let mut sent = target::send(self.context, self.job, op, target.as_ref(), &members, &references, look_first).await;
                conceal(op, self.job, &mut sent.answer.outcome);
                FailPoint::Answered.reach();
                sent
            }
        };
        self.watch(&sent);
        let now = self.context.now();
        let shown = sent.answer.target.clone().or(sent.target);
        let outcome = sent.answer.outcome.clone();
        let settled = self.recorder().settle(op, sent.answer, now);
        let object = object_of(op, &self.job.config, outcome, shown, sent.request_id, now);
        // The receiver only goes away when the store failed, which the cycle is told by the receiver itself.
        let _ = self.entries.send(Entry { object, settled }).await;
        if self.entries.is_closed() {
            self.stop(Stop::failed("What the target answered could not be recorded, so nothing more was sent."));
        }
    }

    /// Refused credentials stop everything at once; so does a target that does not answer any more.
    fn watch(&self, sent: &Sent) {
        if let Some(stop) = &sent.stop {
            self.stop(stop.clone());
        }
        match &sent.answer.outcome {
            Outcome::Unknown { detail } => {
                if self.silent.fetch_add(1, Ordering::Relaxed) + 1 >= MOST_SILENT {
                    self.stop(Stop::failed(format!("The target stopped answering: {detail}")));
                }
            }
            Outcome::NotTried { .. } => {}
            _ => self.silent.store(0, Ordering::Relaxed),
        }
    }

    fn stop(&self, stop: Stop) {
        self.stop.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(stop);
    }
}

/// The operations of objects that were not begun.
fn not_begun<'o>(chunk: &[Vec<&'o Op>], begun: &[AtomicBool]) -> Vec<&'o Op> {
    let waiting = chunk.iter().zip(begun).filter(|(_, begun)| !begun.load(Ordering::Relaxed));
    waiting.flat_map(|(of_one, _)| of_one.iter().copied()).collect()
}

/// Operations grouped by object, in the order of first appearance.
fn by_object(ops: &[Op]) -> Vec<Vec<&Op>> {
    let mut at: HashMap<(ObjectKind, &SourceId), usize> = HashMap::with_capacity(ops.len());
    let mut objects: Vec<Vec<&Op>> = Vec::with_capacity(ops.len());
    for op in ops {
        let next = objects.len();
        let index = *at.entry((op.object.kind, &op.object.source_id)).or_insert(next);
        if index == next {
            objects.push(Vec::with_capacity(1));
        }
        objects[index].push(op);
    }
    objects
}
