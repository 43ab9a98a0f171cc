//! What is remembered of each answer. Whoever carries out a plan asks [`Recorder::prepare`] what to send, sends it, and does what
//! [`Recorder::settle`] says: it never decides.
//!
//! A link always says what may be at the target. Where the outcome of a write is not known, its values and members count as
//! written *and* the link is marked stale, so that the next cycle states everything again, and takes away what should not be there.

use crate::config::Config;
use crate::index::LinkIndex;
use crate::observed::ObservedObject;
use crate::written::{in_part, locate, may_have_written, wrote};
use domain::id::{ChannelId, ConnectionId, SourceId, TargetId};
use domain::model::cycle::{Intent, Setback};
use domain::model::link::{Digest, Link, LinkHead, LinkMark, ObjectKind, Origin, Written};
use domain::model::plan::{Action, After, ObjectRef, Op, Outcome, Plan, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What came of one operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What the target answered.
    pub outcome: Outcome,
    /// The id it gave to a created object, or of the one that was found.
    pub target: Option<TargetId>,
    /// A create with `look_first` found the object there, as it is; nothing was sent.
    pub found: Option<Box<ObservedObject>>,
    /// Members that were certainly added or removed, when not all of them were.
    pub members: Option<Vec<SourceId>>,
    /// Members that were not added because they are not at the target any more.
    pub gone: Vec<SourceId>,
}

impl Answer {
    /// An outcome and nothing else.
    pub fn of(outcome: Outcome) -> Self {
        Self { outcome, target: None, found: None, members: None, gone: Vec::new() }
    }
}

/// What an operation needs, by target id.
#[derive(Clone, Debug, PartialEq)]
pub enum Prepared {
    /// It can be sent.
    Go {
        /// The object; `None` for a create.
        target: Option<TargetId>,
        /// The members to add or remove.
        members: Vec<(SourceId, TargetId)>,
        /// The people its values refer to.
        references: BTreeMap<SourceId, TargetId>,
        /// An earlier write to the object was begun and its outcome is not known: before a delete it is looked for.
        look_first: bool,
    },
    /// It cannot be sent now; settle it with this outcome.
    Not(Outcome),
}

/// What to store after an operation, in one transaction.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settled {
    /// The link.
    pub link: Option<LinkChange>,
    /// The setback.
    pub setback: Option<SetbackChange>,
    /// The intent of this create is no longer needed.
    pub intent_over: bool,
    /// Another cycle should follow at once: there is something to settle that needs no waiting.
    pub follow_up: bool,
    /// People whose object is not at the target any more, to be marked so.
    pub gone: Vec<SourceId>,
}

/// What becomes of a link.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkChange {
    /// Insert or replace, by kind and source id.
    Put(Box<Link>),
    /// Delete.
    Forget(ObjectKind, SourceId),
    /// Give to another channel of the connection.
    Give(ObjectKind, SourceId, ChannelId),
}

/// What becomes of a setback.
#[derive(Clone, Debug, PartialEq)]
pub enum SetbackChange {
    /// Insert or replace, by kind and source id.
    Put(Setback),
    /// Delete, if there is one.
    Clear(ObjectKind, SourceId),
}

/// Keeps the links of one plan while it is carried out. Operations on one object must be settled one after the other, in the
/// plan's order.
#[derive(Debug)]
pub struct Recorder<'c> {
    config: &'c Config,
    connection: ConnectionId,
    channel: ChannelId,
    index: LinkIndex,
    /// `None`: forgotten in this cycle.
    links: HashMap<(ObjectKind, SourceId), Option<Link>>,
    pub(crate) setbacks: HashMap<(ObjectKind, SourceId), Setback>,
    open: HashMap<(ObjectKind, SourceId), Open>,
    /// People whose object was found not to be there any more.
    gone: BTreeSet<SourceId>,
    /// Where people are whom another channel keeps by now: they may be members still.
    given: HashMap<SourceId, TargetId>,
}

/// Operations of one object that are not settled.
#[derive(Debug, Default)]
struct Open {
    left: u32,
    failed: bool,
    /// One of them states the object's values.
    states: bool,
}

impl<'c> Recorder<'c> {
    /// The objects whose links must be loaded.
    pub fn needs(plan: &Plan) -> Vec<(ObjectKind, SourceId)> {
        let objects = plan.ops.iter().map(|op| &op.object).chain(plan.refreshed.iter().map(|r| &r.object));
        let ids: BTreeSet<_> = objects.map(|o| (o.kind, o.source_id.clone())).collect();
        ids.into_iter().collect()
    }

    /// Begins. `index` comes with the plan, `links` are those of [`needs`](Self::needs) that exist, `setbacks` those of the channel.
    pub fn new(
        config: &'c Config,
        connection: ConnectionId,
        channel: ChannelId,
        plan: &Plan,
        index: LinkIndex,
        links: impl IntoIterator<Item = Link>,
        setbacks: impl IntoIterator<Item = Setback>,
    ) -> Self {
        let mut open: HashMap<_, Open> = HashMap::new();
        for op in &plan.ops {
            let open = open.entry(key(&op.object)).or_default();
            open.left += 1;
            open.states |= matches!(op.action, Action::Update { .. } | Action::Create { .. } | Action::Adopt { .. });
        }
        Self {
            config,
            connection,
            channel,
            index,
            links: links.into_iter().map(|l| ((l.head.kind, l.head.source_id.clone()), Some(l))).collect(),
            setbacks: setbacks.into_iter().map(|s| ((s.kind, s.source_id.clone()), s)).collect(),
            open,
            gone: BTreeSet::new(),
            given: HashMap::new(),
        }
    }

    /// Members to remove of whom this channel has no link: another one may keep them by now, so [`given`](Self::given) is to be told.
    pub fn unlinked_leavers(&self, plan: &Plan) -> Vec<SourceId> {
        let leaving = plan.ops.iter().filter_map(|op| match &op.action {
            Action::RemoveMembers { members } => Some(members),
            _ => None,
        });
        let unlinked: BTreeSet<&SourceId> = leaving.flatten().filter(|id| self.target(ObjectKind::User, id).is_none()).collect();
        unlinked.into_iter().cloned().collect()
    }

    /// Tells where the people of [`unlinked_leavers`](Self::unlinked_leavers) are whom other channels keep.
    pub fn given(&mut self, targets: HashMap<SourceId, TargetId>) {
        self.given = targets;
    }

    /// The links to write before the first operation: what changed without a call.
    pub fn refresh(&mut self, plan: &Plan) -> Vec<Link> {
        let mut changed = BTreeSet::new();
        for refresh in &plan.refreshed {
            let key = key(&refresh.object);
            if let Some(Some(link)) = self.links.get_mut(&key) {
                locate(link, &refresh.object, &refresh.after);
                link.head.left_at = refresh.after.left_at;
                if let Some(members) = &refresh.after.members {
                    link.written.members.clone_from(members);
                }
                self.config.digest_link(link);
                changed.insert(key);
            }
        }
        changed.iter().filter_map(|key| self.links.get(key)?.clone()).collect()
    }

    /// The target object of a source object, as far as it is there.
    pub fn target(&self, kind: ObjectKind, source: &SourceId) -> Option<TargetId> {
        if kind == ObjectKind::User && self.gone.contains(source) {
            return None;
        }
        match self.links.get(&(kind, source.clone())) {
            Some(Some(link)) => (link.head.mark != LinkMark::Gone).then(|| link.head.target_id.clone()),
            Some(None) => None,
            None => self.index.target(kind, source),
        }
    }

    /// What to write before a create is sent, so that it is looked up if its outcome stays unknown. One that was begun before keeps its
    /// intent, with the name it was begun with, until it has been looked up under that name.
    pub fn intent(&self, op: &Op, now: i64) -> Option<Intent> {
        matches!(op.action, Action::Create { look_first: false }).then(|| Intent {
            kind: op.object.kind,
            source_id: op.object.source_id.clone(),
            match_value: op.object.name.clone(),
            begun_at: now,
        })
    }

    /// The link to write before a delete is sent: if the outcome stays unknown, the object is looked for before it is deleted again.
    pub fn doubt(&self, op: &Op) -> Option<Link> {
        let mut link = self.linked(op).filter(|link| matches!(op.action, Action::Delete) && link.head.mark == LinkMark::Good)?.clone();
        link.head.mark = LinkMark::Stale;
        Some(link)
    }

    /// The link of an operation's object, as it is known now.
    pub fn linked(&self, op: &Op) -> Option<&Link> {
        self.links.get(&key(&op.object))?.as_ref()
    }

    /// What an operation needs, by target id.
    pub fn prepare(&self, op: &Op) -> Prepared {
        let not = |detail: &str| Prepared::Not(Outcome::NotTried { detail: detail.into() });
        let mut members = Vec::new();
        let mut references = BTreeMap::new();
        let target = match &op.action {
            Action::Create { .. } => None,
            Action::Adopt { target } => Some(target.clone()),
            _ => match self.target(op.object.kind, &op.object.source_id) {
                Some(target) => Some(target),
                // A link whose object is gone is forgotten without a call.
                None if matches!(op.action, Action::Unlink) => None,
                None => return not("It is not at the target, since an operation before this one failed."),
            },
        };
        match &op.action {
            Action::AddMembers { members: ids } => {
                members.extend(ids.iter().filter_map(|id| Some((id.clone(), self.target(ObjectKind::User, id)?))));
                if members.is_empty() {
                    return not("None of these people is at the target yet.");
                }
            }
            Action::RemoveMembers { members: ids } => {
                let place = |id| self.target(ObjectKind::User, id).or_else(|| self.given.get(id).cloned());
                members.extend(ids.iter().filter_map(|id| Some((id.clone(), place(id)?))));
            }
            Action::Update { changes } => {
                for change in changes {
                    if let Some(Value::Ref(id)) = &change.to {
                        let Some(target) = self.target(ObjectKind::User, id) else {
                            return not(&format!("The person in {} is not at the target yet.", change.attribute));
                        };
                        references.insert(id.clone(), target);
                    }
                }
                // For services that take whole objects only. One that is missing is left out there.
                for value in op.after.values.values() {
                    if let Value::Ref(id) = value
                        && let Some(target) = self.target(ObjectKind::User, id)
                    {
                        references.insert(id.clone(), target);
                    }
                }
            }
            _ => {}
        }
        let look_first = self.linked(op).is_some_and(|link| link.head.mark == LinkMark::Stale);
        Prepared::Go { target, members, references, look_first }
    }

    /// All members a group has once this operation is done, for services that take whole groups only.
    pub fn members_after(&self, op: &Op) -> Vec<TargetId> {
        let mut members: BTreeSet<&SourceId> = BTreeSet::new();
        if let Some(Some(link)) = self.links.get(&key(&op.object)) {
            members.extend(&link.written.members);
        }
        match &op.action {
            Action::AddMembers { members: ids } => members.extend(ids),
            Action::RemoveMembers { members: ids } => ids.iter().for_each(|id| {
                members.remove(id);
            }),
            _ => {}
        }
        members.into_iter().filter_map(|id| self.target(ObjectKind::User, id)).collect()
    }

    /// Takes what came of an operation and says what to store. `now` is in unix milliseconds.
    pub fn settle(&mut self, op: &Op, answer: Answer, now: i64) -> Settled {
        let key = key(&op.object);
        let mut settled = Settled::default();
        let answer = self.understood(op, answer);
        self.link(op, &answer, &mut settled);
        let done = answer.outcome.is_done();
        // Somebody deleted them there. They are made anew in the cycle that follows, which puts them into their groups again.
        for person in &answer.gone {
            self.gone.insert(person.clone());
            if let Some(Some(link)) = self.links.get_mut(&(ObjectKind::User, person.clone())) {
                link.head.mark = LinkMark::Gone;
            }
        }
        settled.follow_up |= !answer.gone.is_empty();
        settled.gone.clone_from(&answer.gone);
        let is_settled_by_that = match &op.action {
            Action::AddMembers { members } if !answer.gone.is_empty() => {
                answer.members.as_ref().is_some_and(|done| done.len() + answer.gone.len() >= members.len())
            }
            _ => false,
        };
        let open = self.open.entry(key.clone()).or_default();
        open.left = open.left.saturating_sub(1);
        open.failed |= !done;
        let (all_done, states) = (open.left == 0 && !open.failed, open.states);
        if all_done {
            settled.setback = self.setbacks.contains_key(&key).then(|| SetbackChange::Clear(key.0, key.1.clone()));
            if let Some(Some(link)) = self.links.get_mut(&key)
                && states
                && link.head.mark == LinkMark::Stale
            {
                link.head.mark = LinkMark::Good;
                self.config.digest_link(link);
                settled.link = Some(LinkChange::Put(Box::new(link.clone())));
            }
        } else if !done && !is_settled_by_that {
            self.set_back(op, &answer.outcome, now, &mut settled);
        }
        settled.follow_up |= answer.found.is_some() && done;
        settled
    }

    /// Puts odd answers into the terms of what was asked.
    fn understood(&self, op: &Op, mut answer: Answer) -> Answer {
        let taken = match (&op.action, &answer.found) {
            (_, Some(found)) => self.is_linked_elsewhere(&op.object, found),
            // A create before it may have found its own object, which this one would have taken for another.
            (Action::Adopt { target }, None) => self.was_linked_now(&op.object, &target.0),
            _ => false,
        };
        if taken && (answer.found.take().is_some() || answer.outcome.is_done()) {
            answer.outcome = Outcome::Conflict { detail: "The object found there is linked to another object of the directory.".into() };
        }
        answer.outcome = match (&op.action, answer.outcome) {
            (Action::Delete, Outcome::Gone) => Outcome::Done,
            (Action::Create { .. }, Outcome::Gone) => {
                Outcome::Rejected { status: 404, detail: "The target answered that there is nothing at this address.".into() }
            }
            (Action::Create { .. }, Outcome::Done) if answer.target.is_none() && answer.found.is_none() => {
                Outcome::Unknown { detail: "The target created it and told no id.".into() }
            }
            (_, outcome) => outcome,
        };
        answer
    }

    fn is_linked_elsewhere(&self, object: &ObjectRef, found: &ObservedObject) -> bool {
        let before = self.index.heads.iter().filter(|h| h.kind == object.kind && *h.source_id != *object.source_id.0);
        found.elsewhere
            || self.was_linked_now(object, &found.target)
            || before.map(|h| h.target_id.as_ref()).any(|target| target == found.target)
    }

    /// Whether another object was linked to this target in this cycle.
    fn was_linked_now(&self, object: &ObjectRef, target: &str) -> bool {
        let others = self.links.values().flatten().filter(|l| l.head.kind == object.kind && l.head.source_id != object.source_id);
        others.map(|l| l.head.target_id.0.as_str()).any(|other| other == target)
    }

    fn link(&mut self, op: &Op, answer: &Answer, settled: &mut Settled) {
        let (kind, id) = key(&op.object);
        match (&op.action, &answer.outcome) {
            (action, Outcome::NotTried { .. } | Outcome::Held) => {
                // An intent from before this cycle still means something.
                settled.intent_over = matches!(action, Action::Create { look_first: false });
                // A delete that was not sent leaves no doubt.
                if matches!(action, Action::Delete) {
                    settled.link = self.linked(op).map(|link| LinkChange::Put(Box::new(link.clone())));
                }
                return;
            }
            (Action::Create { .. }, Outcome::Done) => {
                let target = answer.target.clone().unwrap_or_else(|| TargetId(String::new()));
                let mut link = self.new_link(op, target, Origin::Created);
                if let Some(found) = &answer.found {
                    // What the earlier create wrote may be older than this; the next cycle sees what differs.
                    link.head.target_id = TargetId(found.target.clone());
                    link.head.active = found.active;
                    link.written.values.clone_from(&found.values);
                    self.config.digest_link(&mut link);
                }
                self.links.insert((kind, id.clone()), Some(link));
                settled.intent_over = true;
            }
            (Action::Create { .. }, outcome) => {
                settled.intent_over = !matches!(outcome, Outcome::Unknown { .. });
                return;
            }
            (Action::Adopt { target }, Outcome::Done) => {
                let mut link = self.new_link(op, target.clone(), Origin::Adopted);
                link.written.members = op.after.members.clone().unwrap_or_default();
                self.config.digest_link(&mut link);
                self.links.insert((kind, id.clone()), Some(link));
                settled.intent_over = true;
            }
            (Action::Adopt { .. }, _) => return,
            (Action::HandOver { to }, Outcome::Done) => {
                self.links.insert((kind, id.clone()), None);
                settled.link = Some(LinkChange::Give(kind, id, to.clone()));
                return;
            }
            (Action::Delete | Action::Unlink, Outcome::Done) => {
                self.links.insert((kind, id.clone()), None);
                settled.link = Some(LinkChange::Forget(kind, id));
                settled.intent_over = true;
                return;
            }
            (action, outcome) => {
                let members = match action {
                    Action::AddMembers { members } => {
                        members.iter().filter(|m| self.target(ObjectKind::User, m).is_some()).cloned().collect()
                    }
                    Action::RemoveMembers { members } => members.clone(),
                    _ => Vec::new(),
                };
                let Some(Some(link)) = self.links.get_mut(&(kind, id.clone())) else { return };
                match outcome {
                    Outcome::Done => wrote(self.config, link, op, members),
                    Outcome::Gone => {
                        link.head.mark = LinkMark::Gone;
                        settled.follow_up = true;
                    }
                    Outcome::Unknown { .. } => may_have_written(link, op, members, answer.members.as_deref()),
                    _ => in_part(link, op, answer.members.as_deref()),
                }
                self.config.digest_link(link);
            }
        }
        if let Some(Some(link)) = self.links.get(&(kind, id)) {
            settled.link = Some(LinkChange::Put(Box::new(link.clone())));
        }
    }

    fn new_link(&self, op: &Op, target_id: TargetId, origin: Origin) -> Link {
        let After { dn_digest, values, active, .. } = &op.after;
        let head = LinkHead {
            kind: op.object.kind,
            source_id: op.object.source_id.clone(),
            target_id,
            dn_digest: *dn_digest,
            value_digest: Digest::default(),
            unique_digests: Vec::new(),
            members_digest: Digest::default(),
            member_count: 0,
            active: *active,
            left_at: None,
            origin,
            mark: LinkMark::Good,
        };
        let mut link = Link {
            connection: self.connection.clone(),
            channel: self.channel.clone(),
            head,
            name: op.object.name.clone(),
            dn: op.object.dn.clone(),
            written: Written { values: values.clone(), members: Vec::new() },
        };
        self.config.digest_link(&mut link);
        link
    }
}

/// How objects are told apart.
pub(crate) fn key(object: &ObjectRef) -> (ObjectKind, SourceId) {
    (object.kind, object.source_id.clone())
}
