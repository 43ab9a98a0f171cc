//! Recording: what came of each operation, in batches of one transaction each; and the cycle itself.

use crate::metrics;
use crate::telemetry::{PROVISIONER, PROVISIONER_AUDIT};
use crate::worker::prepare::Job;
use crate::worker::{Context, FailPoint};
use domain::id::{ChannelId, CycleId, SourceId};
use domain::model::cycle::{Count, Cycle, CycleObject, Setback};
use domain::model::link::{Link, LinkMark, ObjectKind};
use domain::model::plan::{ActionKind, Change, Op, Outcome, Plan, Value};
use engine::{Config, LinkChange, SetbackChange, Settled, leaves_open};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use store::Figures;
use tokio::sync::mpsc;
use tokio::time::{Duration, Instant};

/// Most outcomes in one transaction.
const BATCH: usize = 200;
/// An outcome waits this long for others, so that a page shows progress and a kill loses little.
const LINGER: Duration = Duration::from_millis(300);
/// Shown instead of a value that the mapping masks.
const DOTS: &str = "••••••";

/// One settled operation.
pub(crate) struct Entry {
    /// What is shown of it.
    pub(crate) object: CycleObject,
    /// What is remembered of it.
    pub(crate) settled: Settled,
}

/// Takes entries and writes them until the sender is gone; answers the counts, and whether a follow-up was asked for.
pub(crate) async fn write_all(
    context: Context,
    cycle: CycleId,
    channel: ChannelId,
    first_seq: u32,
    mut entries: mpsc::Receiver<Entry>,
) -> store::Result<Written> {
    let mut written = Written::default();
    let mut seq = first_seq;
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let open = gather(&mut entries, &mut batch).await;
        if !batch.is_empty() {
            for entry in &mut batch {
                entry.object.seq = seq;
                seq += 1;
                written.note(&entry.object, &entry.settled);
                audit(&cycle, &channel, &entry.object);
                tell_outcome(&entry.object);
                metrics::operation(&channel.to_string(), entry.object.kind, entry.object.action, &entry.object.outcome);
            }
            FailPoint::BeforeRecord.reach();
            flush(&context, &cycle, &channel, std::mem::take(&mut batch)).await?;
            FailPoint::Recorded.reach();
            context.board.done(&channel, written.total);
        }
        if !open {
            return Ok(written);
        }
    }
}

/// Fills a batch; `false` when nothing more will come.
async fn gather(entries: &mut mpsc::Receiver<Entry>, batch: &mut Vec<Entry>) -> bool {
    match entries.recv().await {
        Some(entry) => batch.push(entry),
        None => return false,
    }
    let until = Instant::now() + LINGER;
    while batch.len() < BATCH {
        match tokio::time::timeout_at(until, entries.recv()).await {
            Ok(Some(entry)) => batch.push(entry),
            Ok(None) => return false,
            Err(_) => break,
        }
    }
    true
}

/// What was written.
#[derive(Debug, Default)]
pub(crate) struct Written {
    counts: BTreeMap<(ObjectKind, ActionKind, &'static str), u32>,
    /// Operations in all.
    pub(crate) total: u32,
    /// Operations that did not do what was asked.
    pub(crate) failed: u32,
    /// Another cycle should follow at once.
    pub(crate) follow_up: bool,
    /// Something was not done of which nothing is remembered: only another read of the entry tells it again.
    pub(crate) has_forgotten: bool,
}

impl Written {
    fn note(&mut self, object: &CycleObject, settled: &Settled) {
        *self.counts.entry((object.kind, object.action, object.outcome.id())).or_default() += 1;
        self.total += 1;
        self.failed += u32::from(!object.outcome.is_done());
        self.follow_up |= settled.follow_up;
        self.has_forgotten |= leaves_open(object.kind, object.action, &object.outcome, settled);
    }

    /// For the cycle's record.
    pub(crate) fn counts(&self) -> Vec<Count> {
        let count = |(&(kind, action, outcome), &count): (&(ObjectKind, ActionKind, &'static str), &u32)| Count {
            kind,
            action,
            outcome: outcome.to_owned(),
            count,
        };
        self.counts.iter().map(count).collect()
    }
}

async fn flush(context: &Context, cycle: &CycleId, channel: &ChannelId, batch: Vec<Entry>) -> store::Result<()> {
    let mut forgotten: Vec<(ObjectKind, SourceId)> = Vec::new();
    let mut given: BTreeMap<ChannelId, Vec<(ObjectKind, SourceId)>> = BTreeMap::new();
    let mut links: Vec<Link> = Vec::new();
    let mut setbacks: Vec<Setback> = Vec::new();
    let mut recovered: Vec<(ObjectKind, SourceId)> = Vec::new();
    let mut intents: Vec<(ObjectKind, SourceId)> = Vec::new();
    let mut used: Vec<(ObjectKind, SourceId, ActionKind)> = Vec::new();
    let mut gone: Vec<(ObjectKind, SourceId, LinkMark)> = Vec::new();
    let mut objects = Vec::with_capacity(batch.len());
    for Entry { object, settled } in batch {
        let key = (object.kind, object.source_id.clone());
        gone.extend(settled.gone.into_iter().map(|id| (ObjectKind::User, id, LinkMark::Gone)));
        match settled.link {
            Some(LinkChange::Put(link)) => {
                forgotten.retain(|f| f != &key);
                links.push(*link);
            }
            Some(LinkChange::Forget(kind, id)) => {
                links.retain(|l| (l.head.kind, &l.head.source_id) != (kind, &id));
                forgotten.push((kind, id));
            }
            Some(LinkChange::Give(kind, id, to)) => given.entry(to).or_default().push((kind, id)),
            None => {}
        }
        match settled.setback {
            Some(SetbackChange::Put(setback)) => {
                recovered.retain(|r| r != &key);
                setbacks.push(setback);
            }
            Some(SetbackChange::Clear(kind, id)) => {
                setbacks.retain(|s| (s.kind, &s.source_id) != (kind, &id));
                recovered.push((kind, id));
            }
            None => {}
        }
        if settled.intent_over {
            intents.push(key.clone());
        }
        if object.action.is_removal() && object.outcome.is_done() {
            used.push((key.0, key.1, object.action));
        }
        objects.push(object);
    }
    let mut tx = context.store.begin_record().await?;
    tx.delete_links(channel, &forgotten).await?;
    for refusal in tx.put_links(&links).await? {
        tracing::error!(target: PROVISIONER, channel = %channel, source = %refusal.source_id, because = ?refusal.because, "a link could not be kept, since another one stands in its way");
    }
    for (to, objects) in &given {
        tx.give_links(channel, objects, to).await?;
    }
    // After the links, which were written before this was found.
    tx.mark_links(channel, &gone).await?;
    tx.put_setbacks(channel, &setbacks).await?;
    tx.delete_setbacks(channel, &recovered).await?;
    tx.delete_intents(channel, &intents).await?;
    tx.delete_approvals(channel, &used).await?;
    tx.insert_cycle_objects(cycle, channel, &objects).await?;
    tx.commit().await
}

/// What is shown of an operation; masked values as dots.
pub(crate) fn object_of(
    op: &Op,
    config: &Config,
    outcome: Outcome,
    target_id: Option<domain::id::TargetId>,
    request_id: Option<String>,
    at: i64,
) -> CycleObject {
    let hide = |attribute: &str, value: &Option<Value>| match value {
        Some(_) if config.is_masked(attribute) => Some(Value::Text(DOTS.to_owned())),
        other => other.clone(),
    };
    let changes = match &op.action {
        domain::model::plan::Action::Update { changes } => changes
            .iter()
            .map(|c| Change { attribute: c.attribute.clone(), from: hide(&c.attribute, &c.from), to: hide(&c.attribute, &c.to) })
            .collect(),
        domain::model::plan::Action::Create { .. } => {
            let set = |(attribute, value): (&String, &Value)| Change {
                attribute: attribute.clone(),
                from: None,
                to: hide(attribute, &Some(value.clone())),
            };
            op.after.values.iter().map(set).collect()
        }
        _ => Vec::new(),
    };
    CycleObject {
        seq: 0,
        kind: op.object.kind,
        source_id: op.object.source_id.clone(),
        name: op.object.name.clone(),
        dn: op.object.dn.clone(),
        action: op.action.kind(),
        reason: op.reason.clone(),
        changes,
        outcome,
        target_id,
        request_id,
        at,
    }
}

/// What a target says of an operation may repeat values: those that the mapping masks become dots.
pub(crate) fn conceal(op: &Op, job: &Job, outcome: &mut Outcome) {
    let (Outcome::Conflict { detail } | Outcome::Rejected { detail, .. } | Outcome::Unknown { detail } | Outcome::NotTried { detail }) =
        outcome
    else {
        return;
    };
    let changed = match &op.action {
        domain::model::plan::Action::Update { changes } => changes.as_slice(),
        _ => &[],
    };
    let before = changed.iter().filter_map(|change| Some((&change.attribute, change.from.as_ref()?)));
    for (attribute, value) in op.after.values.iter().chain(before) {
        if op.object.kind != ObjectKind::User || !(job.data_store.mask_values || job.config.is_masked(attribute)) {
            continue;
        }
        for text in std::iter::once(value.show()).filter(|text| !text.is_empty()) {
            *detail = detail.replace(text, DOTS);
        }
    }
}

/// Says what a plan holds, an object a line, to whoever wants to know every step. Objects go by their DN, since their name is a value
/// that may be masked.
pub(crate) fn tell(plan: &Plan, job: &Job) {
    if !tracing::event_enabled!(target: PROVISIONER, tracing::Level::DEBUG) {
        return;
    }
    for skipped in &plan.skipped {
        tracing::debug!(target: PROVISIONER, kind = skipped.object.kind.id(), dn = skipped.object.dn, source = %skipped.object.source_id, reason = skipped.reason, "left out");
    }
    let held = plan.held.iter().flat_map(|held| held.ops.iter().map(|op| (op, "held")));
    for (op, what) in plan.ops.iter().map(|op| (op, "planned")).chain(held) {
        let shown = object_of(op, &job.config, Outcome::Done, None, None, 0);
        let changes: Vec<_> = shown.changes.iter().map(|change| told(change, job.data_store.mask_values)).collect();
        let (kind, action, source) = (op.object.kind.id(), op.action.kind().id(), &op.object.source_id);
        tracing::debug!(target: PROVISIONER, action, kind, dn = op.object.dn, source = %source, reason = op.reason, changes = changes.join("; "), "{what}");
    }
}

/// `mail: a@x -> b@x`; `is_masked`: the Data Store keeps values out of logs.
fn told(change: &Change, is_masked: bool) -> String {
    let text = |value: &Option<Value>| {
        value.as_ref().map_or_else(|| "nothing".to_owned(), |value| if is_masked { DOTS.to_owned() } else { value.show().to_owned() })
    };
    format!("{}: {} -> {}", change.attribute, text(&change.from), text(&change.to))
}

fn tell_outcome(object: &CycleObject) {
    let target_id = object.target_id.as_ref().map_or("", |id| id.0.as_str());
    let request_id = object.request_id.as_deref().unwrap_or("");
    let (kind, action, outcome) = (object.kind.id(), object.action.id(), object.outcome.id());
    tracing::debug!(target: PROVISIONER, action, kind, dn = object.dn, source = %object.source_id, outcome, detail = object.outcome.detail(), target_id, request_id, "answered");
}

/// One line of `provisioner-audit.log`: time, cycle, channel, event, source id, target id, success, cause.
fn audit(cycle: &CycleId, channel: &ChannelId, object: &CycleObject) {
    let at = jiff::Timestamp::from_millisecond(object.at).unwrap_or_default();
    let event = format!("{}_{}", object.action.id(), object.kind.id()).to_uppercase();
    let target = object.target_id.as_ref().map_or("", |t| t.0.as_str());
    // A pipe or a line end in what a target said must not make another column or line.
    let cause = match &object.outcome {
        Outcome::Done => String::new(),
        other => format!("{}: {}", other.id(), other.detail()).replace(['|', '\n', '\r'], " "),
    };
    let source = object.source_id.0.replace(['|', '\n', '\r'], " ");
    let done = object.outcome.is_done();
    tracing::info!(target: PROVISIONER_AUDIT, "{at:.3}| {cycle}| {channel}| {event}| {source}| {target}| {done}| {cause}");
}

/// A set of held removals, by what makes it the same set, so that cycles that hold the same ones need not record them again.
#[derive(Default)]
pub(crate) struct HeldKeys(Vec<(ObjectKind, SourceId, ActionKind)>);

impl HeldKeys {
    pub(crate) fn of<'o>(held: impl IntoIterator<Item = &'o Op>) -> Self {
        let mut keys = Self::default();
        held.into_iter().for_each(|op| keys.add(op));
        keys
    }

    pub(crate) fn add(&mut self, op: &Op) {
        self.0.push((op.object.kind, op.object.source_id.clone(), op.action.kind()));
    }

    /// The name of the set.
    pub(crate) fn digest(&self) -> String {
        let mut keys: Vec<_> = self.0.iter().map(|(kind, source, action)| (kind.id(), source.0.as_str(), action.id())).collect();
        keys.sort_unstable();
        let mut hash = Sha256::new();
        for (kind, source, action) in keys {
            hash.update(format!("{kind}\0{source}\0{action}\n"));
        }
        hex::encode(hash.finalize())
    }

    /// The people among them.
    pub(crate) fn people(self) -> Vec<SourceId> {
        self.0.into_iter().filter(|(kind, ..)| *kind == ObjectKind::User).map(|(_, source, _)| source).collect()
    }
}

/// Writes the cycle that begins.
pub(crate) async fn begin_cycle(context: &Context, cycle: &Cycle) -> store::Result<()> {
    let mut tx = context.store.begin_record().await?;
    tx.insert_cycle(cycle).await?;
    tx.commit().await
}

/// Writes the cycle as it ended, and adds it to the figures of its channel.
pub(crate) async fn end_cycle(context: &Context, cycle: &Cycle) -> store::Result<()> {
    let mut tx = context.store.begin_record().await?;
    tx.update_cycle(cycle).await?;
    tx.add_figures(&cycle.channel, &Figures::of(cycle)).await?;
    tx.commit().await
}
