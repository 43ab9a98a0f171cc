//! A model of a target in a few lines, and a channel that runs cycles against it as the worker does.

use domain::id::{ChannelId, ConnectionId, SourceId, TargetId};
use domain::model::cycle::{Approval, Intent, Setback};
use domain::model::link::{Link, ObjectKind, Origin, Written};
use domain::model::plan::{Action, Coverage, Guard, Op, Outcome, Plan, ScopeCoverage, Skipped, Value, Values};
use domain::model::source::{SourceEntry, SourceGroup};
use engine::{
    Answer, Config, LinkChange, LinkIndex, Memory, Observed, ObservedObject, Planned, Planner, Prepared, Protected, Recorder,
    SetbackChange, last_complete, leaves_open, lookups, remember_blocked,
};
use std::collections::{BTreeMap, BTreeSet};

pub const HOUR: i64 = 3_600_000;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Thing {
    /// Texts, references as target ids.
    pub values: BTreeMap<String, String>,
    pub active: bool,
    pub members: BTreeSet<String>,
}

/// A service: users and groups by id, with unique keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target {
    pub users: BTreeMap<String, Thing>,
    pub groups: BTreeMap<String, Thing>,
    pub next: u32,
    pub calls: u32,
    /// What was deleted by a call.
    deleted: BTreeSet<String>,
}

const UNIQUE: &[(ObjectKind, &str)] = &[
    (ObjectKind::User, "userName"),
    (ObjectKind::User, "workEmail"),
    (ObjectKind::User, "externalId"),
    (ObjectKind::Group, "displayName"),
];

impl Target {
    pub fn side(&mut self, kind: ObjectKind) -> &mut BTreeMap<String, Thing> {
        if kind == ObjectKind::User { &mut self.users } else { &mut self.groups }
    }

    pub fn add(&mut self, kind: ObjectKind, id: &str, values: &[(&str, &str)]) {
        let values = values.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        self.side(kind).insert(id.to_owned(), Thing { values, active: true, members: BTreeSet::new() });
    }

    fn conflicts(&mut self, kind: ObjectKind, id: &str, values: &BTreeMap<String, String>) -> bool {
        let keys = UNIQUE.iter().filter(|(k, _)| *k == kind).filter_map(|(_, name)| values.get(*name).map(|v| (*name, v.to_lowercase())));
        let keys: Vec<_> = keys.collect();
        let taken = |t: &Thing| keys.iter().any(|(name, value)| t.values.get(*name).is_some_and(|v| v.to_lowercase() == *value));
        self.side(kind).iter().any(|(other, thing)| other != id && taken(thing))
    }

    /// One call. What it refers to must exist: the engine promised.
    fn call(&mut self, op: &Op, go: &Prepared, intent: Option<&mut Intent>) -> Answer {
        let Prepared::Go { target, members, references, look_first } = go else { panic!("not prepared") };
        self.calls += 1;
        let kind = op.object.kind;
        let text = |value: &Value| match value {
            Value::Text(text) => text.clone(),
            Value::Ref(id) => references[id].0.clone(),
        };
        for id in references.values().chain(members.iter().map(|(_, id)| id)) {
            if matches!(op.action, Action::Update { .. } | Action::AddMembers { .. }) && !self.users.contains_key(&id.0) {
                return Answer::of(Outcome::Rejected { status: 400, detail: format!("no user {id}") });
            }
        }
        let conflict = || Answer::of(Outcome::Conflict { detail: "uniqueness".into() });
        if let Action::Create { look_first } = op.action {
            let name = if kind == ObjectKind::User { "userName" } else { "displayName" };
            let begun = intent.as_ref().map_or_else(String::new, |intent| intent.match_value.clone());
            let found =
                |t: &Thing| t.values.get(name).is_some_and(|v| v.eq_ignore_ascii_case(&op.object.name) || v.eq_ignore_ascii_case(&begun));
            if look_first && let Some((id, thing)) = self.side(kind).iter().find(|(_, t)| found(t)) {
                return Answer { found: Some(Box::new(observed(id, thing, name))), ..Answer::of(Outcome::Done) };
            }
            if let Some(intent) = intent {
                intent.match_value.clone_from(&op.object.name);
            }
            let values = op.after.values.iter().map(|(n, v)| (n.clone(), text(v))).collect();
            if self.conflicts(kind, "", &values) {
                return conflict();
            }
            self.next += 1;
            let id = format!("t{}", self.next);
            self.side(kind).insert(id.clone(), Thing { values, active: op.after.active, members: BTreeSet::new() });
            return Answer { target: Some(TargetId(id)), ..Answer::of(Outcome::Done) };
        }
        let id = target.clone().expect("every other call is about an object").0;
        // Whoever carries it out looks first where it is said, and then sends no second delete.
        assert!(op.action != Action::Delete || *look_first || !self.deleted.contains(&id), "{id} is deleted twice");
        let Some(thing) = self.side(kind).get(&id).cloned() else { return Answer::of(Outcome::Gone) };
        let mut next = thing;
        match &op.action {
            Action::Update { changes } => {
                for change in changes {
                    match &change.to {
                        Some(value) => next.values.insert(change.attribute.clone(), text(value)),
                        None => next.values.remove(&change.attribute),
                    };
                }
                if self.conflicts(kind, &id, &next.values) {
                    return conflict();
                }
            }
            Action::Enable => next.active = true,
            Action::Disable => next.active = false,
            Action::AddMembers { .. } => next.members.extend(members.iter().map(|(_, id)| id.0.clone())),
            Action::RemoveMembers { .. } => next.members.retain(|m| !members.iter().any(|(_, id)| id.0 == *m)),
            Action::Delete => {
                self.deleted.insert(id.clone());
                self.side(kind).remove(&id);
                self.groups.values_mut().for_each(|g| {
                    g.members.remove(&id);
                });
                return Answer::of(Outcome::Done);
            }
            Action::Create { .. } | Action::Adopt { .. } | Action::Unlink | Action::HandOver { .. } => unreachable!("not a call"),
        }
        self.side(kind).insert(id, next);
        Answer::of(Outcome::Done)
    }

    pub fn list(&self, config: &Config, only: Option<&[(ObjectKind, String)]>) -> Observed {
        let pick = |kind: ObjectKind, side: &BTreeMap<String, Thing>| {
            let objects = side.iter().map(|(id, thing)| observed(id, thing, config.match_attribute(kind)));
            let asked =
                |o: &ObservedObject| only.is_none_or(|only| only.iter().any(|(k, v)| *k == kind && v.eq_ignore_ascii_case(&o.match_value)));
            objects.filter(asked).collect()
        };
        Observed { complete: only.is_none(), users: pick(ObjectKind::User, &self.users), groups: pick(ObjectKind::Group, &self.groups) }
    }
}

fn observed(id: &str, thing: &Thing, match_attribute: &str) -> ObservedObject {
    ObservedObject {
        target: id.to_owned(),
        match_value: thing.values.get(match_attribute).cloned().unwrap_or_default(),
        values: thing.values.iter().map(|(n, v)| (n.clone(), Value::Text(v.clone()))).collect::<Values>(),
        active: thing.active,
        members: Some(thing.members.iter().cloned().map(TargetId).collect()),
        elsewhere: false,
    }
}

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    Refused,
    /// Done, and the answer is lost.
    Deaf,
    /// Not done, and the answer is lost.
    Lost,
    /// The cycle ends here, as if killed: nothing is recorded from here on.
    Killed,
    /// The cycle stops in good order: what is left is not tried.
    Stopped,
}

/// A directory as read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Directory {
    pub people: Vec<SourceEntry>,
    pub groups: Vec<SourceGroup>,
}

/// What the store holds of a channel.
#[derive(Clone, Debug, Default)]
pub struct Channel {
    pub links: BTreeMap<(ObjectKind, SourceId), Link>,
    pub setbacks: BTreeMap<(ObjectKind, SourceId), Setback>,
    pub intents: BTreeMap<(ObjectKind, SourceId), Intent>,
    pub approvals: Vec<Approval>,
    pub last: (Option<u32>, Option<u32>),
    pub observe: bool,
    pub now: i64,
    /// Reads changes alone where that is enough.
    pub reads_changes: bool,
    pub changes: Changes,
    /// Plans are about this object alone; a guard may hold its removal.
    pub about: Option<(ObjectKind, SourceId, Option<Guard>)>,
}

/// What a directory numbers its changes by, and what a channel keeps of them.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Every entry as it was last seen, and the number of its last change.
    entries: BTreeMap<SourceId, (SourceEntry, u64)>,
    last: u64,
    pub watermark: Option<u64>,
    skipped: Vec<Skipped>,
    held: Vec<SourceId>,
}

impl Changes {
    /// The directory counts what changed.
    fn number(&mut self, directory: &Directory) {
        for entry in &directory.people {
            if self.entries.get(&entry.id).is_none_or(|(known, _)| known != entry) {
                self.last += 1;
                self.entries.insert(entry.id.clone(), (entry.clone(), self.last));
            }
        }
        // Who comes back comes back changed.
        self.entries.retain(|id, _| directory.people.iter().any(|entry| entry.id == *id));
    }

    fn has_changed(&self, entry: &SourceEntry, since: u64) -> bool {
        self.entries.get(&entry.id).is_none_or(|(known, number)| known != entry || *number > since)
    }
}

pub fn complete() -> Coverage {
    let all = ScopeCoverage { ids_complete: true, full: true, seen: 0 };
    Coverage { users: all, groups: all, problem: None, notes: Vec::new() }
}

impl Channel {
    pub fn plan(&self, config: &Config, directory: &Directory, target: &Target, mut coverage: Coverage) -> Planned {
        let setbacks: Vec<Setback> = self.setbacks.values().cloned().collect();
        let asked = lookups(&setbacks, self.now);
        let observed = match (self.observe, asked.is_empty()) {
            (true, _) => Some(target.list(config, None)),
            (false, false) => Some(target.list(config, Some(&asked))),
            (false, true) => None,
        };
        let names = self.links.values().filter(|l| l.head.kind == ObjectKind::User).map(|l| (&l.head.source_id, &l.name));
        let protected = names.filter_map(|(id, name)| {
            let pattern = config.protects(name)?.to_owned();
            Some(Protected { source_id: id.clone(), name: name.clone(), pattern })
        });
        let memory = Memory {
            protected: protected.collect(),
            setbacks,
            intents: self.intents.values().cloned().collect(),
            approvals: self.approvals.clone(),
            last_complete_users: self.last.0,
            last_complete_groups: self.last.1,
            now: self.now,
            elsewhere: Default::default(),
        };
        let index = LinkIndex::from_heads(self.links.values().map(|l| l.head.clone()));
        let mut planner = Planner::new(config, index, observed, memory);
        if let Some((kind, id, held)) = &self.about {
            planner = planner.about(*kind, id, *held);
            coverage.users = ScopeCoverage::default();
        }
        // Of a read about one those are read too who share a key.
        let mail_of = |id: &SourceId| directory.people.iter().find(|e| e.id == *id).and_then(|e| e.attributes.first("mail"));
        let is_read = |entry: &SourceEntry| match &self.about {
            Some((_, id, _)) => entry.id == *id || mail_of(id).is_some_and(|mail| entry.attributes.first("mail") == Some(mail)),
            None => true,
        };
        let since =
            self.changes.watermark.filter(|_| self.about.is_none() && self.reads_changes && !self.observe && !self.links.is_empty());
        if let Some(since) = since {
            coverage.users.full = false;
            let acquainted = planner.acquainted(self.changes.skipped.clone(), &self.changes.held);
            for entry in &directory.people {
                match self.changes.has_changed(entry, since) || !acquainted.knows(&entry.dn) {
                    true => planner.entry(entry),
                    false => planner.unchanged(&entry.dn),
                }
            }
        } else {
            directory.people.iter().filter(|e| is_read(e)).for_each(|e| planner.entry(e));
        }
        directory.groups.iter().for_each(|g| planner.group(g));
        let mut unresolved = planner.finish(coverage);
        for orphan in unresolved.orphans().to_vec() {
            let found = target.list(config, Some(&[(orphan.kind, orphan.match_value.clone())]));
            unresolved.looked_up(&orphan, found.users.into_iter().chain(found.groups).collect());
        }
        let written = unresolved.touched().into_iter().filter_map(|k| self.links.get(&k).map(|l| (k, l.written.clone())));
        unresolved.resolve(written.collect::<std::collections::HashMap<_, Written>>())
    }

    /// One cycle; returns its plan.
    pub fn run(&mut self, config: &Config, directory: &Directory, target: &mut Target, coverage: Coverage, faults: &[Fault]) -> Plan {
        self.changes.number(directory);
        let Planned { plan, index } = self.plan(config, directory, target, coverage);
        let before = self.changes.watermark.take();
        let is_full = plan.coverage.users.full;
        let is_whole = plan.coverage.problem.is_none() && plan.coverage.users.ids_complete && plan.coverage.groups.ids_complete;
        let mut may_advance = is_whole;
        let mut must_compare = is_full;
        self.changes.skipped.clone_from(&plan.skipped);
        let held = plan.held.iter().flat_map(|held| &held.ops).filter(|op| op.object.kind == ObjectKind::User);
        self.changes.held = held.map(|op| op.object.source_id.clone()).collect();
        let needed = Recorder::needs(&plan);
        let links = needed.iter().filter_map(|k| self.links.get(k).cloned());
        let (connection, channel) = (ConnectionId::parse("c").unwrap(), ChannelId::parse("h").unwrap());
        let mut recorder = Recorder::new(config, connection, channel, &plan, index, links, self.setbacks.values().cloned());
        for link in recorder.refresh(&plan) {
            self.links.insert((link.head.kind, link.head.source_id.clone()), link);
        }
        let setbacks: Vec<Setback> = self.setbacks.values().cloned().collect();
        for setback in remember_blocked(&plan, &setbacks, self.now) {
            self.setbacks.insert((setback.kind, setback.source_id.clone()), setback);
        }
        plan.recovered.iter().for_each(|key| {
            self.setbacks.remove(key);
        });
        let mut faults = faults.iter().copied();
        let mut stopped = false;
        for op in &plan.ops {
            let key = (op.object.kind, op.object.source_id.clone());
            let answer = match recorder.prepare(op) {
                _ if stopped => Answer::of(Outcome::NotTried { detail: "stopped".into() }),
                Prepared::Not(outcome) => Answer::of(outcome),
                Prepared::Go { .. } if matches!(op.action, Action::Adopt { .. } | Action::Unlink) => Answer::of(Outcome::Done),
                go => {
                    if let Some(intent) = recorder.intent(op, self.now) {
                        self.intents.insert(key.clone(), intent);
                    }
                    if let Some(link) = recorder.doubt(op) {
                        self.links.insert(key.clone(), link);
                    }
                    match faults.next().unwrap_or(Fault::None) {
                        Fault::None => target.call(op, &go, self.intents.get_mut(&key)),
                        Fault::Refused => Answer::of(Outcome::Rejected { status: 400, detail: "no".into() }),
                        Fault::Lost => Answer::of(Outcome::Unknown { detail: "time-out".into() }),
                        Fault::Deaf => {
                            target.call(op, &go, self.intents.get_mut(&key));
                            Answer::of(Outcome::Unknown { detail: "time-out".into() })
                        }
                        Fault::Killed => {
                            target.call(op, &go, self.intents.get_mut(&key));
                            return plan;
                        }
                        Fault::Stopped => {
                            stopped = true;
                            Answer::of(Outcome::NotTried { detail: "stopped".into() })
                        }
                    }
                }
            };
            let outcome = answer.outcome.clone();
            let settled = recorder.settle(op, answer, self.now);
            if leaves_open(key.0, op.action.kind(), &outcome, &settled) {
                (may_advance, must_compare) = (false, true);
            }
            match settled.link {
                Some(LinkChange::Put(link)) => {
                    assert_eq!((link.head.kind, &link.head.source_id), (key.0, &key.1));
                    let same = |l: &&Link| l.head.kind == key.0 && l.head.target_id == link.head.target_id && l.head.source_id != key.1;
                    assert!(!self.links.values().any(|l| same(&l)), "two links for {:?}", link.head);
                    self.links.insert(key.clone(), *link);
                }
                Some(LinkChange::Forget(kind, id)) => {
                    self.links.remove(&(kind, id));
                }
                Some(LinkChange::Give(..)) => unreachable!("there is no other channel"),
                None => {}
            }
            match settled.setback {
                Some(SetbackChange::Put(setback)) => {
                    self.setbacks.insert(key.clone(), setback);
                }
                Some(SetbackChange::Clear(kind, id)) => {
                    self.setbacks.remove(&(kind, id));
                }
                None => {}
            }
            if settled.intent_over {
                self.intents.remove(&key);
            }
        }
        self.changes.watermark = match (may_advance && !stopped, must_compare) {
            (true, _) => Some(self.changes.last),
            (false, true) => None,
            (false, false) => before,
        };
        self.observe = false;
        if self.about.is_none() {
            self.last = last_complete(&plan, self.last);
        }
        plan
    }

    /// Cycles without faults, hours apart, until two in a row change nothing; what is held is approved. What the target refuses for
    /// good is tried now and then, so that there may always be an operation.
    pub fn settle(&mut self, config: &Config, directory: &Directory, target: &mut Target) -> Plan {
        let mut still = 0;
        for _ in 0..16 {
            self.now += 7 * HOUR;
            let before = (self.links.clone(), target.users.clone(), target.groups.clone());
            let plan = self.run(config, directory, target, complete(), &[]);
            self.approve(&plan);
            let same = before == (self.links.clone(), target.users.clone(), target.groups.clone());
            still = if same && plan.held.is_empty() { still + 1 } else { 0 };
            if still == 2 {
                return plan;
            }
        }
        panic!("it does not come to rest: {:#?}", self.run(config, directory, target, complete(), &[]));
    }

    pub fn approve(&mut self, plan: &Plan) {
        self.approvals = plan
            .held
            .iter()
            .flat_map(|h| &h.ops)
            .map(|op| Approval {
                kind: op.object.kind,
                source_id: op.object.source_id.clone(),
                action: op.action.kind(),
                approved: true,
                expires_at: self.now + 100 * HOUR,
            })
            .collect();
    }

    /// Target ids that are ours.
    pub fn ours(&self) -> BTreeSet<String> {
        self.links.values().map(|l| l.head.target_id.0.clone()).collect()
    }

    pub fn adopted(&self) -> usize {
        self.links.values().filter(|l| l.head.origin == Origin::Adopted).count()
    }
}
