//! Drift: differences between what the links say and what is at the target, that Towpath did not make.

use crate::config::Config;
use crate::hash::HashSetOf;
use crate::index::LinkIndex;
use crate::observed::{Observed, ObservedObject, target_key};
use domain::id::{SourceId, TargetId};
use domain::model::link::{Link, LinkMark, ObjectKind};
use domain::model::plan::{Change, Value};
use domain::model::verification::{Difference, Drift, UnknownObject};
use std::collections::{BTreeSet, HashMap};

/// Shown instead of a value that the mapping masks.
const DOTS: &str = "••••••";

/// Compares links with what was listed at the target. Links come in parts; those that changed since the target was listed are left out by
/// whoever hands them in.
#[derive(Debug)]
pub struct Comparison<'c> {
    config: &'c Config,
    index: &'c LinkIndex,
    observed: Observed,
    by_target: HashMap<(ObjectKind, String), u32>,
    sources: HashMap<String, SourceId>,
    met: HashSetOf<u128>,
    /// Groups whose members the target does not tell.
    pub unverified_groups: u32,
    /// How many links were compared.
    pub compared: u32,
}

impl<'c> Comparison<'c> {
    /// Begins. `observed` must be complete; `index` is of the links at the time when the target began to be listed.
    pub fn new(config: &'c Config, index: &'c LinkIndex, observed: Observed) -> Self {
        let sides = [(ObjectKind::User, &observed.users), (ObjectKind::Group, &observed.groups)];
        let places = sides.iter().flat_map(|(kind, side)| side.iter().enumerate().map(|(at, o)| ((*kind, o.target.clone()), at as u32)));
        let by_target = places.collect();
        let people = index.heads.iter().filter(|head| head.kind == ObjectKind::User && head.mark != LinkMark::Gone);
        let sources = people.map(|head| (head.target_id.to_string(), head.source())).collect();
        Self { config, index, observed, by_target, sources, met: HashSetOf::default(), unverified_groups: 0, compared: 0 }
    }

    /// Compares one link; two differences of a group at most: its own, and its members'.
    pub fn link(&mut self, link: &Link) -> Vec<Drift> {
        let kind = link.head.kind;
        self.met.insert(target_key(&link.head.target_id.0));
        if link.head.mark == LinkMark::Gone {
            return Vec::new();
        }
        self.compared += 1;
        let drift = |what| Drift {
            kind,
            source_id: link.head.source_id.clone(),
            target_id: link.head.target_id.clone(),
            name: link.name.clone(),
            what,
        };
        let Some(&at) = self.by_target.get(&(kind, link.head.target_id.0.clone())) else { return vec![drift(Difference::Missing)] };
        let there = if kind == ObjectKind::User { &self.observed.users[at as usize] } else { &self.observed.groups[at as usize] };
        let mut found = Vec::new();
        let changes = self.changes(link, there);
        let active_differs = kind == ObjectKind::User && there.active != link.head.active;
        if !changes.is_empty() || active_differs {
            found.push(drift(Difference::Changed { changes, active: there.active, active_differs }));
        }
        match &there.members {
            Some(members) if kind == ObjectKind::Group => found.extend(self.members(link, members).map(drift)),
            None if kind == ObjectKind::Group && !link.written.members.is_empty() => self.unverified_groups += 1,
            _ => {}
        }
        found
    }

    /// What is there that no link was made to, and no other channel keeps.
    pub fn unknown(&self) -> Vec<UnknownObject> {
        let side = |kind: ObjectKind, objects: &[ObservedObject]| {
            let nobodys = objects.iter().filter(|object| !object.elsewhere && !self.met.contains(&target_key(&object.target)));
            let unknown = nobodys.map(|object| UnknownObject {
                kind,
                target_id: TargetId(object.target.clone()),
                name: object.match_value.clone(),
                active: object.active,
            });
            unknown.collect::<Vec<_>>()
        };
        let mut unknown = side(ObjectKind::User, &self.observed.users);
        unknown.extend(side(ObjectKind::Group, &self.observed.groups));
        unknown.sort_by(|a, b| (a.kind, &a.name, &a.target_id.0).cmp(&(b.kind, &b.name, &b.target_id.0)));
        unknown
    }

    fn changes(&self, link: &Link, there: &ObservedObject) -> Vec<Change> {
        let kind = link.head.kind;
        let names: BTreeSet<&str> = link.written.values.keys().chain(there.values.keys()).map(String::as_str).collect();
        let mut changes = Vec::new();
        for name in names.into_iter().filter(|name| self.config.is_kept(kind, name)) {
            let written = link.written.values.get(name);
            let ours = match written {
                Some(Value::Text(text)) => Some(text.clone()),
                // Somebody who is not there any more cannot be referred to there.
                Some(Value::Ref(id)) => self.index.target(ObjectKind::User, id).map(|target| target.0),
                None => None,
            };
            let theirs = there.values.get(name).map(|value| value.show().to_owned()).filter(|text| !text.is_empty());
            if ours.as_deref().unwrap_or_default() == theirs.as_deref().unwrap_or_default() {
                continue;
            }
            let show = |text: Option<String>| {
                text.map(|text| if kind == ObjectKind::User && self.config.is_masked(name) { DOTS.to_owned() } else { text })
                    .map(Value::Text)
            };
            changes.push(Change { attribute: name.to_owned(), from: show(ours), to: show(theirs) });
        }
        changes
    }

    fn members(&self, link: &Link, there: &[TargetId]) -> Option<Difference> {
        let there: BTreeSet<&str> = there.iter().map(|id| id.0.as_str()).collect();
        let written: BTreeSet<&SourceId> = link.written.members.iter().collect();
        let is_there = |id: &&SourceId| self.index.target(ObjectKind::User, id).is_none_or(|target| there.contains(target.0.as_str()));
        let absent: Vec<SourceId> = written.iter().copied().filter(|id| !is_there(id)).cloned().collect();
        let (mut extra, mut strangers) = (Vec::new(), 0);
        for id in there {
            match self.sources.get(id) {
                Some(source) if !written.contains(source) => extra.push(source.clone()),
                Some(_) => {}
                None => strangers += 1,
            }
        }
        // Who is nobody's stays where they are, and is no difference of ours.
        (!absent.is_empty() || !extra.is_empty()).then_some(Difference::Members { absent, extra, strangers })
    }
}

impl Config {
    /// Makes a link say of its object what makes the next cycle write it again.
    pub fn mend(&self, link: &mut Link, what: &Difference) {
        match what {
            Difference::Missing => link.head.mark = LinkMark::Gone,
            Difference::Changed { active, .. } => {
                link.head.mark = LinkMark::Stale;
                // What is active there although it was disabled is disabled again.
                link.head.active |= *active;
            }
            Difference::Members { absent, extra, .. } => {
                link.written.members.retain(|id| !absent.contains(id));
                link.written.members.extend(extra.iter().cloned());
                link.written.members.sort();
                link.written.members.dedup();
            }
        }
        self.digest_link(link);
    }
}
