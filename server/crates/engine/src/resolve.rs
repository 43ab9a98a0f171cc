//! From decisions to operations, once what was last written is at hand.

use crate::config::removal_goal;
use crate::decide::{Act, Decision, Unresolved, is_live};
use crate::draft::{Draft, sort};
use crate::guard::{self, Leave, Verdict};
use crate::hash;
use crate::index::{LinkIndex, NONE};
use crate::members::{Turnover, turnover};
use crate::observed::ObservedObject;
use crate::planner::{Candidate, Side, Standing};
use domain::id::{SourceId, TargetId};
use domain::model::link::{Digest, ObjectKind, Written};
use domain::model::plan::{Action, ActionKind, After, Change, Guard, Held, ObjectRef, Op, Plan, Refresh, Skipped, Value, Values};
use std::collections::{BTreeMap, HashMap};

/// A plan, and the links it was made from.
#[derive(Debug)]
pub struct Planned {
    /// What would be done.
    pub plan: Plan,
    /// For finding target ids while it is done.
    pub index: LinkIndex,
}

impl Unresolved<'_> {
    /// The objects whose `Written` must be loaded before [`resolve`](Self::resolve), in a stable order.
    pub fn touched(&self) -> Vec<(ObjectKind, SourceId)> {
        let needs = |d: &&Decision| d.head != NONE && !matches!(d.act, Act::Create { .. } | Act::Adopt { .. } | Act::Refresh);
        let decisions = self.findings.decisions.iter().filter(needs);
        let mut touched: Vec<_> = decisions.map(|d| (d.kind, self.index.heads[d.head as usize].source())).collect();
        touched.extend(self.findings.skipped.iter().filter(|s| is_unnamed(&s.object)).map(|s| (s.object.kind, s.object.source_id.clone())));
        let named = self.findings.lost_references.values().flat_map(|(_, named)| named);
        touched.extend(named.map(|id| (ObjectKind::User, id.clone())));
        touched.sort();
        touched.dedup();
        touched
    }

    /// Makes the plan. An object that is missing from `written` counts as one of which nothing was written.
    pub fn resolve(mut self, written: HashMap<(ObjectKind, SourceId), Written>) -> Planned {
        let decisions = std::mem::take(&mut self.findings.decisions);
        let mut draft = Draft::default();
        let adopted = self.adopted(&decisions);
        for decision in &decisions {
            let written = self.id(decision).and_then(|id| written.get(&(decision.kind, id)));
            match &decision.act {
                Act::Create { look_first } => self.create(decision, *look_first, &mut draft),
                Act::Adopt { object } => self.adopt(decision, *object, &adopted, &mut draft),
                Act::Write { stale, activate } => self.write(decision, written, *stale, *activate, &mut draft),
                Act::Refresh => draft.refreshed.push(self.refresh(decision)),
                Act::Remove { action, reason, verdict } => self.remove(decision, written, *action, reason, verdict, &mut draft),
                Act::Unlink => {
                    let op = self.removal(decision, written, Action::Unlink, "Gone on both sides.");
                    draft.ops.push(op);
                }
                Act::HandOver { to } => {
                    let reason = "Left the source location, and is in that of another channel of this connection.";
                    draft.ops.push(self.removal(decision, written, Action::HandOver { to: to.clone() }, reason));
                }
            }
        }
        for object in self.findings.skipped.iter_mut().map(|s| &mut s.object).filter(|o| is_unnamed(o)) {
            let written = written.get(&(object.kind, object.source_id.clone()));
            if let Some(name) = written.and_then(|w| self.config.name_in(object.kind, &w.values)) {
                name.clone_into(&mut object.name);
            }
        }
        let stayed = std::mem::take(&mut draft.stayed).into_iter().chain(self.spared(std::mem::take(&mut draft.spared)));
        let stayed: Vec<_> = stayed.collect();
        self.findings.skipped.extend(stayed);
        self.note_lost_references(&written);
        for orphan in std::mem::take(&mut self.findings.orphans) {
            match self.settle_orphan(&orphan, &decisions) {
                Ok(op) => draft.ops.push(op),
                Err(note) => self.coverage.notes.push(note),
            }
        }
        let findings = self.findings;
        for (kind, (guard, sentence, unmet)) in &findings.closed {
            // Said even when nobody is named: who was not met in such a read is not known to have left.
            if *guard == Guard::IncompleteRead && *unmet {
                draft.held.entry((*guard, Some(*kind))).or_default();
            }
            if let Some(held) = draft.held.get_mut(&(*guard, Some(*kind))) {
                held.0.clone_from(sentence);
            }
        }
        let mut plan = Plan {
            ops: draft.ops,
            held: draft.held.into_iter().map(|((guard, _), (reason, ops))| Held { guard, reason, ops }).collect(),
            skipped: findings.skipped,
            waiting: findings.waiting,
            coverage: self.coverage,
            unchanged_users: findings.unchanged_users,
            unchanged_groups: findings.unchanged_groups,
            refreshed: draft.refreshed,
            blocked: findings.blocked,
            recovered: findings.recovered,
        };
        plan.held.extend(draft.losses);
        if let Some(about) = &self.about {
            about.cut(&mut plan, &self.index);
        }
        sort(&mut plan);
        Planned { plan, index: self.index }
    }

    fn side(&self, kind: ObjectKind) -> &Side {
        if kind == ObjectKind::User { &self.users } else { &self.groups }
    }

    fn candidate(&self, decision: &Decision) -> Option<&Candidate> {
        let side = self.side(decision.kind);
        side.candidates.get(side.subjects.get(decision.subject as usize)?.candidate as usize)
    }

    fn id(&self, decision: &Decision) -> Option<SourceId> {
        self.index.heads.get(decision.head as usize).map(|h| h.source())
    }

    fn object(&self, decision: &Decision, written: Option<&Written>) -> ObjectRef {
        if let Some(candidate) = self.candidate(decision) {
            return candidate.object(decision.kind);
        }
        let source_id = self.id(decision).unwrap_or_else(|| SourceId(String::new()));
        let name = written.and_then(|w| self.config.name_in(decision.kind, &w.values)).unwrap_or(&source_id.0).to_owned();
        ObjectRef { kind: decision.kind, source_id, name, dn: String::new() }
    }

    fn dn_digest(&self, decision: &Decision) -> Digest {
        let of_link = || self.index.heads.get(decision.head as usize).map(|h| h.dn_digest).unwrap_or_default();
        self.candidate(decision).map_or_else(of_link, |c| c.dn_digest)
    }

    fn active(&self, decision: &Decision) -> bool {
        self.side(decision.kind).subjects.get(decision.subject as usize).is_some_and(|s| s.active)
    }

    fn after(&self, decision: &Decision, values: &Values, active: bool) -> After {
        After {
            dn_digest: self.dn_digest(decision),
            value_digest: self.config.value_digest(decision.kind, values),
            unique_digests: self.config.unique_digests(decision.kind, values),
            values: values.clone(),
            active,
            left_at: None,
            goal: decision.goal,
            members: None,
        }
    }

    fn create(&self, decision: &Decision, look_first: bool, draft: &mut Draft) {
        let Some(candidate) = self.candidate(decision) else { return };
        let reason = match (look_first, decision.head) {
            (true, _) => "An earlier create was begun and its outcome is not known.",
            (false, NONE) => "New in the source location.",
            (false, _) => "Gone at the target although it is in the source location.",
        };
        let after = self.after(decision, &candidate.values, self.active(decision));
        let object = candidate.object(decision.kind);
        draft.ops.push(Op { object, action: Action::Create { look_first }, reason: reason.into(), after });
        let values = &candidate.values;
        self.update(decision, values, Some(values), false, self.active(decision), draft);
        self.team(decision, &[], false, values, draft);
    }

    fn adopt(&self, decision: &Decision, object: u32, adopted: &HashMap<&str, SourceId>, draft: &mut Draft) {
        let (Some(candidate), Some(seen)) = (self.candidate(decision), self.seen.as_ref()) else { return };
        let there = seen.object(decision.kind, object);
        let values = self.observed_values(decision.kind, there, adopted);
        let mut after = self.after(decision, &values, there.active);
        let members = there.members.as_ref().map(|members| self.known_members(members, adopted));
        after.members.clone_from(&members);
        let reason = format!("An object with this {} is already at the target.", self.config.match_attribute(decision.kind));
        let action = Action::Adopt { target: TargetId(there.target.clone()) };
        draft.ops.push(Op { object: candidate.object(decision.kind), action, reason, after });
        if decision.kind == ObjectKind::User && !self.config.options.update_users {
            return;
        }
        let values = self.update(decision, &values, Some(&candidate.values), false, there.active, draft);
        if decision.kind == ObjectKind::User && self.active(decision) && !there.active {
            draft.ops.push(Op {
                object: candidate.object(decision.kind),
                action: Action::Enable,
                reason: "Enabled in the directory, inactive at the target.".into(),
                after: self.after(decision, &values, true),
            });
        }
        self.team(decision, &members.unwrap_or_default(), false, &values, draft);
    }

    fn write(&self, decision: &Decision, written: Option<&Written>, stale: bool, activate: bool, draft: &mut Draft) {
        let nothing = Written::default();
        let written = written.unwrap_or(&nothing);
        let active = self.index.heads[decision.head as usize].active;
        let planned = draft.len();
        let texts = self.candidate(decision).map(|c| &c.values);
        let values = self.update(decision, &written.values, texts, stale, active, draft);
        if activate {
            let reason = if stale { "The outcome of an earlier write is not known." } else { "Enabled and in the source location again." };
            draft.ops.push(Op {
                object: self.object(decision, Some(written)),
                action: Action::Enable,
                reason: reason.into(),
                after: self.after(decision, &values, true),
            });
        }
        if decision.kind == ObjectKind::Group {
            // Members whose own object went, or is made anew, are no longer in the group at the target, whatever was written.
            let alive = |id: &&SourceId| {
                self.index.find(hash::object(ObjectKind::User, id)).is_some_and(|head| is_live(&self.index, self.seen.as_ref(), head))
            };
            let before: Vec<SourceId> = written.members.iter().filter(alive).cloned().collect();
            if before.len() != written.members.len() {
                let after = After { members: Some(before.clone()), ..self.as_linked(decision) };
                draft.refreshed.push(Refresh { object: self.object(decision, Some(written)), after });
            }
            self.team(decision, &before, stale, &values, draft);
        }
        let digest = self.config.value_digest(decision.kind, &values);
        let moved = self.candidate(decision).is_some() || digest != self.index.heads[decision.head as usize].value_digest;
        if planned == draft.len() && moved {
            // The digests differ and the values do not: the mapping changed without changing this object.
            draft.refreshed.push(Refresh { object: self.object(decision, Some(written)), after: self.as_linked(decision) });
        }
    }

    fn refresh(&self, decision: &Decision) -> Refresh {
        let linked = self.as_linked(decision);
        // The days to a deletion count from here, unless they do already; of who is back they do not.
        let left_at = (decision.kind == ObjectKind::User && self.is_out(decision)).then(|| linked.left_at.unwrap_or(self.recall.now));
        Refresh { object: self.object(decision, None), after: After { left_at, ..linked } }
    }

    /// A link as it is, its DN excepted. The values stay what they are and are not repeated.
    fn as_linked(&self, decision: &Decision) -> After {
        let head = &self.index.heads[decision.head as usize];
        After {
            dn_digest: self.dn_digest(decision),
            value_digest: head.value_digest,
            unique_digests: head.unique.to_vec(),
            values: Values::new(),
            active: head.active,
            left_at: Some(head.left_at).filter(|at| *at != 0 && self.is_out(decision)),
            goal: decision.goal,
            members: None,
        }
    }

    /// Whether somebody is not to be at the target: out of scope, or disabled in the directory and not kept for all that.
    fn is_out(&self, decision: &Decision) -> bool {
        let subject = self.side(decision.kind).subjects.get(decision.subject as usize);
        subject.is_none_or(|subject| subject.standing == Standing::Disabled)
    }

    fn remove(
        &self,
        decision: &Decision,
        written: Option<&Written>,
        action: ActionKind,
        reason: &str,
        verdict: &Verdict,
        draft: &mut Draft,
    ) {
        let what = if action == ActionKind::Delete { Action::Delete } else { Action::Disable };
        let mut op = self.removal(decision, written, what, reason);
        op.after.left_at = (action == ActionKind::Disable && self.is_out(decision)).then_some(self.recall.now);
        if let Some(reason) = self.stays_for_members(decision.kind, written, reason) {
            draft.stayed.push(Skipped { object: op.object, reason, by_entry: false });
            return;
        }
        match verdict {
            Verdict::Go => draft.ops.push(op),
            Verdict::Held(guard) => draft.hold(*guard, decision.kind, op),
        }
    }

    fn removal(&self, decision: &Decision, written: Option<&Written>, action: Action, reason: &str) -> Op {
        let values = written.map(|w| w.values.clone()).unwrap_or_default();
        let after = After { values, active: false, goal: removal_goal(), ..self.as_linked(decision) };
        Op { object: self.object(decision, written), action, reason: reason.into(), after }
    }

    /// Plans what makes `base` into what is wanted: texts, then references. Returns the values as they will be.
    fn update(&self, decision: &Decision, base: &Values, texts: Option<&Values>, stale: bool, active: bool, draft: &mut Draft) -> Values {
        let mut values = base.clone();
        let (texts, refs) = self.changes(decision, base, texts, stale);
        for (changes, of_refs) in [(texts, false), (refs, true)] {
            if changes.is_empty() {
                continue;
            }
            for change in &changes {
                match &change.to {
                    Some(value) => values.insert(change.attribute.clone(), value.clone()),
                    None => values.remove(&change.attribute),
                };
            }
            let candidate = self.candidate(decision);
            let object = match candidate {
                Some(candidate) => candidate.object(decision.kind),
                None => self.object(decision, Some(&Written { values: base.clone(), members: Vec::new() })),
            };
            let reason = match (stale, of_refs) {
                (true, _) => "The outcome of an earlier write is not known; everything is written again.".into(),
                _ => self.why(decision.kind, &changes),
            };
            draft.ops.push(Op { object, action: Action::Update { changes }, reason, after: self.after(decision, &values, active) });
        }
        values
    }

    fn changes(&self, decision: &Decision, base: &Values, texts: Option<&Values>, stale: bool) -> (Vec<Change>, Vec<Change>) {
        let config = self.config;
        let mut wanted: BTreeMap<&str, Value> = BTreeMap::new();
        let is_text = |(_, value): &(&String, &Value)| matches!(value, Value::Text(_));
        wanted.extend(texts.unwrap_or(base).iter().filter(is_text).map(|(name, value)| (name.as_str(), value.clone())));
        for (row, id) in &decision.refs {
            wanted.insert(&config.rows[*row as usize].name, Value::Ref(id.clone()));
        }
        let names: std::collections::BTreeSet<&str> = wanted.keys().copied().chain(base.keys().map(String::as_str)).collect();
        let (mut texts, mut refs) = (Vec::new(), Vec::new());
        for name in names.into_iter().filter(|name| config.is_kept(decision.kind, name)) {
            let (from, to) = (base.get(name), wanted.get(name));
            if from != to || stale {
                let change = Change { attribute: name.to_owned(), from: from.cloned(), to: to.cloned() };
                if matches!(to, Some(Value::Ref(_))) { refs.push(change) } else { texts.push(change) }
            }
        }
        (texts, refs)
    }

    fn why(&self, kind: ObjectKind, changes: &[Change]) -> String {
        let name = self.config.match_attribute(kind);
        if let Some(Change { from: Some(from), to: Some(to), .. }) = changes.iter().find(|c| c.attribute == name)
            && !(kind == ObjectKind::User && self.config.is_masked(name))
        {
            return format!("Renamed from {} to {}.", from.show(), to.show());
        }
        let words = |c: &Change| match (&c.from, &c.to) {
            (_, None) => format!("{} was cleared", c.attribute),
            (None, _) => format!("{} was set", c.attribute),
            _ => format!("{} changed", c.attribute),
        };
        match changes {
            [one] => format!("{}.", words(one)),
            [first, second] => format!("{} and {}.", words(first), words(second)),
            [first, second, rest @ ..] => format!("{}, {} and {} more.", words(first), words(second), rest.len()),
            [] => String::new(),
        }
    }

    /// Plans the members of a group.
    fn team(&self, decision: &Decision, before: &[SourceId], stale: bool, values: &Values, draft: &mut Draft) {
        if decision.kind != ObjectKind::Group {
            return;
        }
        let wanted = decision.members.iter().map(|&at| self.source_of(at));
        let Turnover { mut joining, mut leaving } = turnover(before, wanted, stale);
        let object = self.candidate(decision).map(|c| c.object(decision.kind));
        let object = object.unwrap_or_else(|| self.object(decision, Some(&Written { values: values.clone(), members: Vec::new() })));
        if let Some(about) = &self.about {
            joining.retain(|person| about.moves(&object, person));
            leaving.retain(|person| about.moves(&object, person));
        }
        let op = |action, reason| Op { object: object.clone(), action, reason, after: self.after(decision, values, true) };
        if !joining.is_empty() {
            let reason = format!("{} in the group in the directory.", people(joining.len()));
            draft.ops.push(op(Action::AddMembers { members: joining }, reason));
        }
        let head_of = |id: &SourceId| self.index.find(hash::object(ObjectKind::User, id)).unwrap_or(NONE);
        // Of the one object of a plan about one it is known whether it is in scope.
        let complete = (self.about.is_some() || self.coverage.users.ids_complete) && self.coverage.groups.ids_complete;
        let (spared, leaving): (Vec<_>, Vec<_>) = leaving.into_iter().partition(|id| self.recall.protected(id).is_some());
        if complete {
            spared.into_iter().for_each(|id| draft.spared.entry(id).or_default().push(object.name.clone()));
        }
        let leaving: Vec<SourceId> = leaving
            .into_iter()
            .filter(|id| !self.kept.contains(&head_of(id)))
            // After a read that was not complete nothing is known of who was not met.
            .filter(|id| complete || self.met.get(head_of(id) as usize).is_some_and(|&met| met != NONE))
            .collect();
        let leave = Leave { approvals: &self.recall.approvals, now: self.recall.now };
        let approved = leave.of(decision.kind, &object.source_id, ActionKind::RemoveMembers);
        let doubted = |id: &SourceId| approved.is_none() && self.doubted.contains(&head_of(id));
        let (doubted, leaving): (Vec<_>, Vec<_>) = leaving.into_iter().partition(doubted);
        let op = |members: Vec<SourceId>| {
            let reason = format!("{} no longer in the group in the directory, or no longer provisioned.", people(members.len()));
            op(Action::RemoveMembers { members }, reason)
        };
        if !doubted.is_empty()
            && let Some((guard, ..)) = self.findings.closed.get(&ObjectKind::User)
        {
            draft.hold(*guard, ObjectKind::User, op(doubted));
        }
        if leaving.is_empty() {
            return;
        }
        let count = leaving.len();
        let op = op(leaving);
        if !complete {
            draft.hold(Guard::IncompleteRead, decision.kind, op);
            let sentence = "The directory was not read completely. No members are removed.";
            draft.explain(Guard::IncompleteRead, decision.kind, sentence);
        } else if approved == Some(false) {
            draft.hold(Guard::Rejected, decision.kind, op);
        } else if let Some(sentence) =
            guard::group_loss(&object.name, before.len(), count, &self.config.guards).filter(|_| approved.is_none())
        {
            draft.losses.push(Held { guard: Guard::GroupLoss, reason: sentence, ops: vec![op] });
        } else {
            draft.ops.push(op);
        }
    }

    fn source_of(&self, person: u32) -> &str {
        let subject = &self.users.subjects[person as usize];
        match self.index.heads.get(subject.head as usize) {
            Some(head) => &head.source_id,
            None => self.users.candidates.get(subject.candidate as usize).map_or("", |c| &c.source.0),
        }
    }

    /// People by target id: those linked, and those adopted by this plan. Only needed when something is adopted.
    fn adopted(&self, decisions: &[Decision]) -> HashMap<&str, SourceId> {
        if !decisions.iter().any(|d| matches!(d.act, Act::Adopt { .. })) {
            return HashMap::new();
        }
        let users = self.index.heads.iter().enumerate().filter(|(_, h)| h.kind == ObjectKind::User);
        let linked = users.filter(|(at, _)| is_live(&self.index, self.seen.as_ref(), *at as u32));
        let mut known: HashMap<&str, SourceId> = linked.map(|(_, h)| (h.target_id.as_ref(), h.source())).collect();
        for decision in decisions.iter().filter(|d| d.kind == ObjectKind::User) {
            if let (Act::Adopt { object }, Some(seen), Some(candidate)) = (&decision.act, &self.seen, self.candidate(decision)) {
                known.insert(&seen.object(decision.kind, *object).target, candidate.source.clone());
            }
        }
        known
    }

    fn known_members(&self, members: &[TargetId], known: &HashMap<&str, SourceId>) -> Vec<SourceId> {
        let mut ids: Vec<SourceId> = members.iter().filter_map(|m| known.get(m.0.as_str()).cloned()).collect();
        ids.sort();
        ids.dedup();
        ids
    }

    /// Values as observed, in our terms: a reference to somebody we know is that person.
    fn observed_values(&self, kind: ObjectKind, there: &ObservedObject, known: &HashMap<&str, SourceId>) -> Values {
        let reference = |name: &str| {
            kind == ObjectKind::User && self.config.rows.iter().enumerate().any(|(at, r)| r.name == name && self.config.is_reference(at))
        };
        let ours = there.values.iter().map(|(name, value)| {
            let person = reference(name).then(|| known.get(value.show()).cloned()).flatten();
            (name.clone(), person.map_or_else(|| value.clone(), Value::Ref))
        });
        ours.collect()
    }
}

/// Whether all that was known of an object is its source id.
fn is_unnamed(object: &ObjectRef) -> bool {
    object.name == object.source_id.0
}

fn people(count: usize) -> String {
    if count == 1 { "1 person is".into() } else { format!("{count} people are") }
}
