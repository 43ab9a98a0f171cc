//! The planner's second half: everything has been read, so it is decided what becomes of each object. What is written at the
//! target in full is not at hand yet; `Unresolved::touched` names the objects for which it is needed.

mod removals;

pub(crate) use removals::LEFT;

use crate::about::About;
use crate::config::{Config, ref_half, refs_of, texts_of};
use crate::duplicates;
use crate::guard::Verdict;
use crate::hash::{self, HashSetOf};
use crate::index::{Head, LinkIndex, NONE};
use crate::members::{Roll, Teams};
use crate::observed::{self, Found, ObservedObject, Seen};
use crate::planner::{Candidate, Planner, Recall, Reference, Side, Standing, Subject};
use domain::id::{ChannelId, SourceId};
use domain::model::channel::ExistingObjects;
use domain::model::cycle::Intent;
use domain::model::link::{Digest, LinkMark, ObjectKind};
use domain::model::plan::{ActionKind, Blocked, Coverage, Guard, ObjectRef, ScopeCoverage, Skipped};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Most people who are named in a note.
const NAMED: usize = 5;

/// A plan that lacks the values and members last written of the objects in [`Unresolved::touched`].
#[derive(Debug)]
pub struct Unresolved<'c> {
    pub(crate) config: &'c Config,
    pub(crate) index: LinkIndex,
    pub(crate) seen: Option<Seen>,
    pub(crate) recall: Recall,
    pub(crate) users: Side,
    pub(crate) groups: Side,
    pub(crate) met: Vec<u32>,
    pub(crate) coverage: Coverage,
    pub(crate) findings: Findings,
    /// Heads of people who keep their memberships, since it is not sure that they left or nobody may be removed.
    pub(crate) kept: HashSetOf<u32>,
    /// Heads of people about whom nothing is to be done, but who were not met in a read that a guard doubts: they leave their groups
    /// only if a person approves.
    pub(crate) doubted: HashSetOf<u32>,
    /// The plan is about this object alone.
    pub(crate) about: Option<About>,
}

/// What was decided.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) decisions: Vec<Decision>,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) waiting: Vec<(ObjectRef, i64)>,
    pub(crate) blocked: Vec<Blocked>,
    pub(crate) recovered: Vec<(ObjectKind, SourceId)>,
    pub(crate) unchanged_users: u32,
    pub(crate) unchanged_groups: u32,
    /// The guards that hold disables and deletes, by kind, with their sentences and whether some link was not met.
    pub(crate) closed: BTreeMap<ObjectKind, (Guard, String, bool)>,
    /// Creates that were begun for objects that are no longer in scope, and what was found of them.
    pub(crate) orphans: Vec<Intent>,
    pub(crate) looked_up: Vec<(ObjectKind, SourceId, Vec<ObservedObject>)>,
    /// By row: how many refer to somebody who is not provisioned, and the first of them by source id.
    pub(crate) lost_references: BTreeMap<u16, (u32, BTreeSet<SourceId>)>,
    /// Objects whose setback still means something.
    busy: HashSetOf<u128>,
}

/// What becomes of one object.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) kind: ObjectKind,
    /// `NONE`: not in scope.
    pub(crate) subject: u32,
    /// `NONE`: not linked.
    pub(crate) head: u32,
    pub(crate) act: Act,
    pub(crate) goal: Digest,
    /// References, by row.
    pub(crate) refs: Vec<(u16, SourceId)>,
    /// Groups: the people who shall be members, by position.
    pub(crate) members: Vec<u32>,
}

#[derive(Debug)]
pub(crate) enum Act {
    Create { look_first: bool },
    Adopt { object: u32 },
    Write { stale: bool, activate: bool },
    Refresh,
    Remove { action: ActionKind, reason: &'static str, verdict: Verdict },
    Unlink,
    HandOver { to: ChannelId },
}

/// What everything is decided by.
struct Desk<'a> {
    config: &'a Config,
    index: &'a LinkIndex,
    seen: Option<&'a Seen>,
    recall: &'a Recall,
    met: &'a [u32],
    coverage: &'a Coverage,
    about: Option<&'a About>,
}

/// Whether the object of a link is, as far as is known, still at the target.
pub(crate) fn is_live(index: &LinkIndex, seen: Option<&Seen>, head: u32) -> bool {
    index
        .heads
        .get(head as usize)
        .is_some_and(|head| head.mark != LinkMark::Gone && !seen.is_some_and(|seen| seen.is_missing(head.kind, &head.target_id)))
}

impl<'c> Planner<'c> {
    /// Ends the reading. What the read really saw decides whether anything may be removed.
    pub fn finish(self, mut coverage: Coverage) -> Unresolved<'c> {
        let Planner {
            config,
            index,
            seen,
            recall,
            mut users,
            mut groups,
            teams,
            references,
            met,
            skipped,
            members_by_id,
            strangers,
            about,
            ..
        } = self;
        // Counted here, so that an entry told twice does not hide one that is missing.
        coverage.users.seen = users.subjects.len() as u32;
        coverage.groups.seen = groups.subjects.len() as u32;
        coverage.notes.extend(config.notes.iter().cloned());
        if strangers > 0 {
            coverage.users.ids_complete = false;
            coverage.problem.get_or_insert_with(|| format!("{strangers} names of people were not recognised, so nobody is removed."));
        }
        let mut findings = Findings { skipped, ..Findings::default() };
        let (mut kept, mut doubted) = (HashSetOf::default(), HashSetOf::default());
        let mut notes = Vec::new();
        {
            let desk =
                Desk { config, index: &index, seen: seen.as_ref(), recall: &recall, met: &met, coverage: &coverage, about: about.as_ref() };
            let lost = duplicates::leave_out(config, &index, ObjectKind::User, &mut users, &met);
            findings.skipped.extend(lost);
            desk.remove_users(&mut users, &mut findings, &mut kept, &mut doubted);
            let unmet = || kept.iter().chain(&doubted).copied();
            desk.write_users(&mut users, &references, unmet(), &mut findings);
            if config.groups.supported {
                let lost = duplicates::leave_out(config, &index, ObjectKind::Group, &mut groups, &met);
                findings.skipped.extend(lost);
                desk.remove_groups(&mut findings);
                let roll = Roll::new(&index, &users, unmet(), members_by_id);
                let nested = desk.write_groups(&mut groups, &roll, &mut Teams::new(&teams), &teams, &mut findings);
                if nested > 0 && !config.flatten {
                    notes.push(format!(
                        "{nested} groups have groups as members, whose people are left out: tick Nested Search to provision them."
                    ));
                }
            }
            notes.extend(desk.waiting_to_be_deleted(&users));
            findings.orphans = desk.orphaned_intents(&users, &groups);
            desk.recovered(&mut findings);
        }
        coverage.notes.extend(notes);
        Unresolved { config, index, seen, recall, users, groups, met, coverage, findings, kept, doubted, about }
    }
}

impl Desk<'_> {
    fn head(&self, at: u32) -> &Head {
        &self.index.heads[at as usize]
    }

    fn is_live(&self, head: u32) -> bool {
        is_live(self.index, self.seen, head)
    }

    fn scope(&self, kind: ObjectKind) -> ScopeCoverage {
        if kind == ObjectKind::User { self.coverage.users } else { self.coverage.groups }
    }

    /// Positions of the links that were not met.
    fn unmet(&self, kind: ObjectKind) -> impl Iterator<Item = u32> {
        let heads = self.index.heads.iter().enumerate();
        heads.filter(move |(at, h)| h.kind == kind && self.met[*at] == NONE).map(|(at, _)| at as u32)
    }

    fn write_users(&self, users: &mut Side, references: &[Reference], unmet: impl Iterator<Item = u32>, findings: &mut Findings) {
        let kind = ObjectKind::User;
        let taken = self.taken(kind);
        let mut placed: BTreeMap<u32, (Act, Digest)> = BTreeMap::new();
        for at in 0..users.subjects.len() {
            let subject = users.subjects[at];
            if subject.standing != Standing::Wanted {
                continue;
            }
            if self.is_live(subject.head) {
                users.subjects[at].exists = true;
            } else if let Some(candidate) = users.candidates.get(subject.candidate as usize) {
                let goal = self.config.goal(candidate.texts, subject.active, Digest::default());
                if let Some(act) = self.place(kind, candidate, goal, &taken, findings) {
                    users.subjects[at].exists = true;
                    placed.insert(at as u32, (act, goal));
                }
            }
        }
        let roll = Roll::new(self.index, users, unmet, false);
        let mut references = references;
        for (at, subject) in users.subjects.iter().enumerate() {
            let mine = references.iter().take_while(|r| r.subject == at as u32).count();
            let (refs, rest) = references.split_at(mine);
            references = rest;
            let found = refs.iter().filter_map(|r| roll.person(r.dn).map(|id| (r.row, id)));
            if subject.exists {
                let lost = refs.iter().filter(|r| roll.person(r.dn).is_none());
                lost.for_each(|r| findings.lose_reference(r.row, roll.source(at as u32)));
            }
            let owned = || found.clone().map(|(row, id)| (row, SourceId(id.to_owned()))).collect();
            if let Some((act, goal)) = placed.remove(&(at as u32)) {
                let decision = Decision { kind, subject: at as u32, head: subject.head, act, goal, refs: owned(), members: Vec::new() };
                findings.busy.insert(hash::object(kind, &users.candidates[subject.candidate as usize].source));
                findings.decisions.push(decision);
            } else if subject.standing == Standing::Wanted && self.is_live(subject.head) {
                let half = match subject.is_unread {
                    true => refs_of(self.head(subject.head).value_digest),
                    false => ref_half(found.clone().map(|(row, id)| (self.config.rows[row as usize].name.as_str(), id))),
                };
                self.write_user(at as u32, users, half, owned, findings);
            } else if subject.standing == Standing::Disabled && subject.head != NONE && !self.head(subject.head).active {
                findings.unchanged_users += 1;
            }
        }
    }

    fn write_user(&self, at: u32, users: &Side, half: u64, refs: impl Fn() -> Vec<(u16, SourceId)>, findings: &mut Findings) {
        let kind = ObjectKind::User;
        let subject = &users.subjects[at as usize];
        let link = self.head(subject.head);
        let candidate = users.candidates.get(subject.candidate as usize);
        let written = texts_of(link.value_digest);
        let texts = candidate.map_or(written, |c| c.texts);
        let stale = link.mark == LinkMark::Stale;
        let activate = subject.active && (stale || !link.active);
        let differs = texts != written || half != refs_of(link.value_digest) || stale || activate;
        let leaving = !subject.active && link.active;
        let decide = |act, goal, findings: &mut Findings| {
            let decision = Decision { kind, subject: at, head: subject.head, act, goal, refs: refs(), members: Vec::new() };
            findings.decide(decision, link);
        };
        if !differs || !self.config.options.update_users {
            if differs
                && activate
                && let Some(candidate) = candidate
            {
                let reason = "Enabled and in the source location again, but User Update is off, so it stays inactive.".into();
                findings.skipped.push(Skipped { object: candidate.object(kind), reason, by_entry: false });
            } else if !leaving {
                findings.unchanged_users += 1;
            }
            if !differs && candidate.is_some() {
                decide(Act::Refresh, Digest::default(), findings);
            }
            return;
        }
        let goal = self.config.goal(texts, subject.active, Digest::default());
        if let Some(setback) = self.recall.in_force(hash::object(kind, &link.source()), goal) {
            let plain = || ObjectRef { kind, source_id: link.source(), name: setback.name.clone(), dn: String::new() };
            findings.wait(candidate.map_or_else(plain, |c| c.object(kind)), setback.next_at);
            return;
        }
        decide(Act::Write { stale, activate }, goal, findings);
    }

    /// Decides groups; tells how many have groups as members.
    fn write_groups(
        &self,
        groups: &mut Side,
        roll: &Roll<'_>,
        nested: &mut Teams<'_>,
        teams: &[crate::planner::Team],
        findings: &mut Findings,
    ) -> u32 {
        let kind = ObjectKind::Group;
        let taken = self.taken(kind);
        let mut having_groups = 0;
        for (team, subject) in teams.iter().enumerate().filter(|(_, t)| t.subject != NONE).map(|(at, t)| (at, t.subject)) {
            let Subject { head, candidate, standing, .. } = groups.subjects[subject as usize];
            if standing != Standing::Wanted {
                continue;
            }
            let (members, has_groups) = nested.people(team, roll, self.config.flatten);
            having_groups += u32::from(has_groups);
            let (digest, reborn) = roll.digest(&members, |head| self.is_live(head));
            let candidate = groups.candidates.get(candidate as usize);
            let decision = |act, goal| Decision { kind, subject, head, act, goal, refs: Vec::new(), members };
            if !self.is_live(head) {
                let Some(candidate) = candidate else { continue };
                let goal = self.config.goal(candidate.texts, true, digest);
                if let Some(act) = self.place(kind, candidate, goal, &taken, findings) {
                    findings.busy.insert(hash::object(kind, &candidate.source));
                    findings.decisions.push(decision(act, goal));
                }
                continue;
            }
            let link = self.head(head);
            let texts = candidate.map_or(texts_of(link.value_digest), |c| c.texts);
            let stale = link.mark == LinkMark::Stale;
            if texts == texts_of(link.value_digest) && digest == link.members_digest && !stale && !reborn {
                findings.unchanged_groups += 1;
                if candidate.is_some() {
                    findings.decide(decision(Act::Refresh, Digest::default()), link);
                }
                continue;
            }
            let goal = self.config.goal(texts, true, digest);
            if let Some(setback) = self.recall.in_force(hash::object(kind, &link.source()), goal) {
                let plain = || ObjectRef { kind, source_id: link.source(), name: setback.name.clone(), dn: String::new() };
                findings.wait(candidate.map_or_else(plain, |c| c.object(kind)), setback.next_at);
                continue;
            }
            findings.decide(decision(Act::Write { stale, activate: false }, goal), link);
        }
        having_groups
    }

    /// Where an object without a link goes: onto one that is there, or onto a new one; `None` with a reason found.
    fn place(&self, kind: ObjectKind, candidate: &Candidate, goal: Digest, taken: &HashSet<&str>, findings: &mut Findings) -> Option<Act> {
        let object = hash::object(kind, &candidate.source);
        let attribute = self.config.match_attribute(kind);
        let found = self.seen.map_or(Found::Nothing, |seen| seen.find(kind, attribute, &candidate.name, taken));
        let found = match found {
            Found::One(_) if self.config.existing == ExistingObjects::Report => Found::Refused(format!(
                "An object with the {attribute} ‘{}’ is already at the target, and existing objects are left alone.",
                candidate.name
            )),
            found => found,
        };
        match found {
            Found::One(object) => return Some(Act::Adopt { object }),
            Found::Refused(reason) => {
                findings.busy.insert(object);
                findings.blocked.push(Blocked { object: candidate.object(kind), goal, reason: reason.clone() });
                findings.skipped.push(Skipped { object: candidate.object(kind), reason, by_entry: false });
                return None;
            }
            Found::Nothing => {}
        }
        if let Some(setback) = self.recall.in_force(object, goal) {
            findings.busy.insert(object);
            if setback.action == ActionKind::Adopt {
                findings.skipped.push(Skipped { object: candidate.object(kind), reason: setback.detail.clone(), by_entry: false });
            } else {
                findings.waiting.push((candidate.object(kind), setback.next_at));
            }
            return None;
        }
        if kind == ObjectKind::User && !self.config.options.create_users {
            let reason = "Not at the target yet, and User Create is off.".into();
            findings.skipped.push(Skipped { object: candidate.object(kind), reason, by_entry: false });
            return None;
        }
        Some(Act::Create { look_first: self.recall.intents.contains_key(&object) })
    }

    fn taken(&self, kind: ObjectKind) -> HashSet<&str> {
        if self.seen.is_some() { observed::taken(self.index, kind) } else { HashSet::new() }
    }

    /// Creates that were begun for objects that are certainly no longer in scope.
    fn orphaned_intents(&self, users: &Side, groups: &Side) -> Vec<Intent> {
        let is_orphan = |(object, intent): &(&u128, &Intent)| {
            let side = if intent.kind == ObjectKind::User { users } else { groups };
            self.whole(intent.kind) && self.index.find(**object).is_none() && !side.has_unlinked(**object)
        };
        let mut orphans: Vec<Intent> = self.recall.intents.iter().filter(is_orphan).map(|(_, intent)| intent.clone()).collect();
        orphans.sort_by(|a, b| (&a.match_value, &a.source_id).cmp(&(&b.match_value, &b.source_id)));
        orphans
    }

    fn recovered(&self, findings: &mut Findings) {
        let over = self.recall.setbacks.iter().filter(|(object, s)| self.is_settled(s.kind, **object) && !findings.busy.contains(*object));
        let mut over: Vec<_> = over.map(|(_, s)| (s.kind, s.source_id.clone())).collect();
        over.sort();
        findings.recovered = over;
    }
}

impl Findings {
    fn decide(&mut self, decision: Decision, link: &Head) {
        if !matches!(decision.act, Act::Refresh) {
            self.busy.insert(hash::object(decision.kind, &link.source()));
        }
        self.decisions.push(decision);
    }

    fn lose_reference(&mut self, row: u16, person: &str) {
        let (count, named) = self.lost_references.entry(row).or_default();
        *count += 1;
        named.insert(SourceId(person.to_owned()));
        if named.len() > NAMED {
            named.pop_last();
        }
    }

    fn wait(&mut self, object: ObjectRef, until: i64) {
        self.busy.insert(hash::object(object.kind, &object.source_id));
        self.waiting.push((object, until));
    }
}

impl Decision {
    fn plain(kind: ObjectKind, subject: u32, head: u32, act: Act, goal: Digest) -> Self {
        Self { kind, subject, head, act, goal, refs: Vec::new(), members: Vec::new() }
    }
}
