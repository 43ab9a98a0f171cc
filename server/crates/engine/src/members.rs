//! Membership: from the DNs a group lists to the people who will be at the target.

use crate::hash::ByHash;
use crate::index::{LinkIndex, NONE};
use crate::planner::{Side, Subject, Team, key};
use crate::{hash, index::Head};
use domain::id::SourceId;
use domain::model::link::Digest;

/// Who is found under which DN.
pub(crate) struct Roll<'a> {
    index: &'a LinkIndex,
    people: &'a Side,
    by_dn: ByHash<u64, u32>,
    /// Links that were not met but may not be judged by that: removals of their people are held, or off.
    kept: ByHash<u64, u32>,
}

impl<'a> Roll<'a> {
    /// `kept` are positions of heads. With `by_id` people are found under their source ids too.
    pub(crate) fn new(index: &'a LinkIndex, people: &'a Side, kept: impl Iterator<Item = u32>, by_id: bool) -> Self {
        let mut by_dn = ByHash::with_capacity_and_hasher(people.subjects.len(), Default::default());
        for (at, subject) in people.subjects.iter().enumerate().filter(|(_, s)| s.exists) {
            by_dn.insert(subject.dn, at as u32);
            if by_id {
                by_dn.insert(key(hash::dn(source(index, people, subject))), at as u32);
            }
        }
        Self { index, people, by_dn, kept: kept.map(|at| (key(index.heads[at as usize].dn_digest), at)).collect() }
    }

    /// The source id of the person with this DN, if that person is or will be at the target.
    pub(crate) fn person(&self, dn: u64) -> Option<&'a str> {
        match self.by_dn.get(&dn) {
            Some(&at) => Some(source(self.index, self.people, &self.people.subjects[at as usize])),
            None => self.kept.get(&dn).map(|&at| self.index.heads[at as usize].source_id.as_ref()),
        }
    }

    /// The source id of a person by position.
    pub(crate) fn source(&self, at: u32) -> &'a str {
        source(self.index, self.people, &self.people.subjects[at as usize])
    }

    /// Digest of these people as members, and whether one of them has no object at the target yet, or one that is gone: whatever
    /// was written of the group, that one is not in it there.
    pub(crate) fn digest(&self, members: &[u32], is_live: impl Fn(u32) -> bool) -> (Digest, bool) {
        let mut reborn = false;
        let mut sum = 0u128;
        for &at in members {
            let head = self.people.subjects[at as usize].head;
            reborn |= head == NONE || !is_live(head);
            sum = sum.wrapping_add(hash::member(self.source(at)));
        }
        (Digest(sum), reborn)
    }
}

fn source<'a>(index: &'a LinkIndex, people: &'a Side, subject: &Subject) -> &'a str {
    match index.heads.get(subject.head as usize) {
        Some(Head { source_id, .. }) => source_id,
        None => people.candidates.get(subject.candidate as usize).map_or("", |c| &c.source.0),
    }
}

/// Every group by its DN, for nested membership.
pub(crate) struct Teams<'a> {
    teams: &'a [Team],
    by_dn: ByHash<u64, u32>,
    visited: Vec<bool>,
}

impl<'a> Teams<'a> {
    pub(crate) fn new(teams: &'a [Team]) -> Self {
        let by_dn = teams.iter().enumerate().map(|(at, team)| (team.dn, at as u32)).collect();
        Self { teams, by_dn, visited: vec![false; teams.len()] }
    }

    /// The people of one group, each once, with those of its member groups when `flatten`; and whether it has member groups.
    /// Groups that are members of each other are walked once.
    pub(crate) fn people(&mut self, at: usize, roll: &Roll<'_>, flatten: bool) -> (Vec<u32>, bool) {
        let mut people = Vec::new();
        let mut nested = false;
        let mut open = vec![at as u32];
        let mut walked = vec![at as u32];
        self.visited[at] = true;
        while let Some(team) = open.pop() {
            for dn in &self.teams[team as usize].members {
                if let Some(&person) = roll.by_dn.get(dn) {
                    people.push(person);
                } else if let Some(&inner) = self.by_dn.get(dn) {
                    nested = true;
                    if flatten && !self.visited[inner as usize] {
                        self.visited[inner as usize] = true;
                        open.push(inner);
                        walked.push(inner);
                    }
                }
            }
        }
        walked.into_iter().for_each(|team| self.visited[team as usize] = false);
        people.sort_unstable();
        people.dedup();
        (people, nested)
    }
}

/// What a group's members become.
#[derive(Debug, Default)]
pub(crate) struct Turnover {
    pub(crate) joining: Vec<SourceId>,
    pub(crate) leaving: Vec<SourceId>,
}

/// Compares members by source id. `restate`: add everybody who shall be there, whatever was written.
pub(crate) fn turnover<'a>(before: &[SourceId], wanted: impl Iterator<Item = &'a str>, restate: bool) -> Turnover {
    let wanted: std::collections::BTreeSet<&str> = wanted.collect();
    let known: std::collections::HashSet<&str> = before.iter().map(|id| id.0.as_str()).collect();
    let joining = wanted.iter().filter(|id| restate || !known.contains(*id)).map(|id| SourceId((*id).to_owned())).collect();
    let mut leaving: Vec<SourceId> = before.iter().filter(|id| !wanted.contains(id.0.as_str())).cloned().collect();
    leaving.sort();
    leaving.dedup();
    Turnover { joining, leaving }
}
