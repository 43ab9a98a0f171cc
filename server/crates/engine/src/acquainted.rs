//! People who need not be read again unless their entry changed: who they are is told by their DN alone.
//!
//! A cycle that reads changes alone sees the names of everybody in scope, and the entries of those that changed. Of the others this is what
//! the last cycles left: a link that says what is at the target, or the reason why their entry cannot be written. Whoever is in
//! doubt is not among them, and is read.

use crate::hash::{self, ByHash};
use crate::index::NONE;
use crate::map::is_inactive;
use crate::planner::{Planner, Standing, Subject, key};
use crate::record::{LinkChange, SetbackChange, Settled};
use domain::id::SourceId;
use domain::model::link::{LinkMark, ObjectKind};
use domain::model::plan::{ActionKind, ObjectRef, Outcome, Skipped};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Whether an operation leaves something to do that is not remembered, so that only another read of the person tells it: nothing came
/// of it, or it linked an object that was there and may differ from what is wanted.
pub fn leaves_open(kind: ObjectKind, action: ActionKind, outcome: &Outcome, settled: &Settled) -> bool {
    let is_marked = matches!(&settled.link, Some(LinkChange::Put(link)) if link.head.mark != LinkMark::Good);
    let is_remembered = is_marked || matches!(settled.setback, Some(SetbackChange::Put(_)));
    let is_left = if outcome.is_done() { settled.follow_up || action == ActionKind::Adopt } else { !is_remembered };
    kind == ObjectKind::User && is_left
}

/// People known by their DN. Cheap to clone, for whoever reads the directory.
#[derive(Clone, Debug, Default)]
pub struct Acquainted(Arc<ByHash<u128, Known>>);

impl Acquainted {
    /// Whether the entry of this name needs no reading, if it did not change.
    pub fn knows(&self, dn: &str) -> bool {
        self.0.contains_key(&hash::dn(dn).0)
    }
}

/// What is known of one of them.
#[derive(Clone, Copy, Debug)]
enum Known {
    /// As linked; position of the head.
    Linked(u32),
    /// Left out since their own entry says so; position among those of [`Planner::acquainted`], and of the head, or `NONE`.
    LeftOut(u32, u32),
}

impl Planner<'_> {
    /// Says who is known, before anything is taken. `skipped` is whoever the last cycle left out, and `held` are the people whose
    /// removal waits for approval: their links say that they are wanted, so only their entries tell that the removal is still due.
    pub fn acquainted(&mut self, skipped: Vec<Skipped>, held: &[SourceId]) -> Acquainted {
        let kind = ObjectKind::User;
        let held: HashSet<u128> = held.iter().map(|id| hash::object(kind, id)).collect();
        let skipped: Vec<Skipped> = skipped.into_iter().filter(|s| s.object.kind == kind).collect();
        // Why they are left out may be over without a change of their entry.
        let in_doubt: HashSet<u128> = skipped.iter().filter(|s| !s.by_entry).map(|s| hash::object(kind, &s.object.source_id)).collect();
        let own: HashMap<u128, u32> = skipped
            .iter()
            .enumerate()
            .filter(|(_, s)| s.by_entry)
            .map(|(at, s)| (hash::object(kind, &s.object.source_id), at as u32))
            .collect();
        let waits = |object: &u128| self.recall.setbacks.contains_key(object) || self.recall.intents.contains_key(object);
        let is_certain = |object: &u128| !in_doubt.contains(object) && !held.contains(object) && !waits(object);
        // `None`: more than one are known by this name, or somebody in doubt is.
        let mut known: ByHash<u128, Option<Known>> = ByHash::default();
        let mut add = |dn: u128, one: Option<Known>| {
            known.entry(dn).and_modify(|known| *known = None).or_insert(one);
        };
        for (at, head) in self.index.heads.iter().enumerate().filter(|(_, h)| h.kind == kind) {
            let object = hash::object(kind, &SourceId(head.source_id.to_string()));
            let is_left_out = own.contains_key(&object);
            // Who is inactive may be in scope again, which their entry does not tell.
            if head.mark == LinkMark::Good && head.active && !is_left_out && is_certain(&object) {
                add(head.dn_digest.0, Some(Known::Linked(at as u32)));
            } else if !is_left_out {
                add(head.dn_digest.0, None);
            }
        }
        for (object, at) in own.iter().filter(|(object, _)| is_certain(object)) {
            let one = &skipped[*at as usize];
            let head = self.index.find(*object).unwrap_or(NONE);
            let fits = match self.index.heads.get(head as usize) {
                Some(head) => head.mark == LinkMark::Good && !is_inactive(&one.reason),
                None => true,
            };
            if fits && !one.object.dn.is_empty() {
                add(hash::dn(&one.object.dn).0, Some(Known::LeftOut(*at, head)));
            }
        }
        let known = known.into_iter().filter_map(|(dn, known)| Some((dn, known?))).collect();
        let acquainted = Acquainted(Arc::new(known));
        self.acquainted = acquainted.clone();
        self.known_skipped = skipped;
        acquainted
    }

    /// Notes a member of the scope of whom the directory has no person, and why.
    pub fn left_out(&mut self, dn: &str, reason: &str) {
        let name = domain::text::dn::first_value(dn).unwrap_or_else(|| dn.to_owned());
        let object = ObjectRef { kind: ObjectKind::User, source_id: SourceId(dn.to_owned()), name, dn: dn.to_owned() };
        self.skipped.push(Skipped { object, reason: reason.to_owned(), by_entry: false });
    }

    /// Takes one person in scope by name, who is known and whose entry did not change.
    pub fn unchanged(&mut self, dn: &str) {
        let digest = hash::dn(dn);
        let Some(&known) = self.acquainted.0.get(&digest.0) else {
            // Nobody may be taken for having left because of a name that was handed over by mistake.
            self.strangers += 1;
            return;
        };
        let subject =
            |head, standing, active| Subject { head, candidate: NONE, dn: key(digest), standing, active, exists: false, is_unread: true };
        match known {
            Known::Linked(head) => {
                let met = &mut self.met[head as usize];
                if *met == NONE {
                    *met = self.users.subjects.len() as u32;
                    self.users.subjects.push(subject(head, Standing::Wanted, true));
                }
            }
            Known::LeftOut(at, head) => {
                let one = self.known_skipped[at as usize].clone();
                if self.admit(ObjectKind::User, &one.object.source_id).is_some() {
                    let is_disabled = is_inactive(&one.reason);
                    let standing = if is_disabled { Standing::Disabled } else { Standing::LeftOut };
                    self.users.subjects.push(subject(head, standing, !is_disabled));
                    self.skipped.push(one);
                }
            }
        }
    }
}
