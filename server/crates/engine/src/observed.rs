//! What was seen at the target before planning.

use crate::hash::{self, HashSetOf};
use crate::index::LinkIndex;
use crate::setbacks::waits;
use domain::id::TargetId;
use domain::model::cycle::Setback;
use domain::model::link::{LinkMark, ObjectKind};
use domain::model::plan::{ActionKind, Values};
use std::collections::{HashMap, HashSet};

/// What was seen at the target.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// Everything was listed, so that what is not here is not there. Otherwise only the match values of [`lookups`] were asked for.
    pub complete: bool,
    /// Users, in any order.
    pub users: Vec<ObservedObject>,
    /// Groups, in any order.
    pub groups: Vec<ObservedObject>,
}

/// One object at the target.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObservedObject {
    /// Its id there.
    pub target: String,
    /// Value of the connector's matching attribute; of groups the displayName.
    pub match_value: String,
    /// Values by the connector's names. A reference is the target id it refers to, as text.
    pub values: Values,
    /// Whether it is active.
    pub active: bool,
    /// Groups: target ids of the members, where the service tells them.
    pub members: Option<Vec<TargetId>>,
    /// Another channel of the connection keeps it.
    pub elsewhere: bool,
}

/// The match values to look up at the target before this cycle is planned, unless everything is listed anyway: creates that
/// were refused since something is there already, once their delay is over.
pub fn lookups(setbacks: &[Setback], now: i64) -> Vec<(ObjectKind, String)> {
    let due = setbacks.iter().filter(|s| s.action == ActionKind::Adopt && !waits(s, now));
    due.map(|s| (s.kind, s.name.clone())).collect()
}

/// What is found for one source object that has no link.
pub(crate) enum Found {
    /// Not asked for, or not there.
    Nothing,
    /// Exactly one, and it is free.
    One(u32),
    /// One or more, none of which may be taken; the sentence says why.
    Refused(String),
}

/// [`Observed`], made ready for finding.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) complete: bool,
    users: Side,
    groups: Side,
}

#[derive(Debug, Default)]
struct Side {
    objects: Vec<ObservedObject>,
    /// By match value in lower case.
    by_match: HashMap<String, Vec<u32>>,
    targets: HashSetOf<u128>,
}

impl Seen {
    pub(crate) fn new(observed: Observed) -> Self {
        Self { complete: observed.complete, users: Side::new(observed.users), groups: Side::new(observed.groups) }
    }

    fn side(&self, kind: ObjectKind) -> &Side {
        match kind {
            ObjectKind::User => &self.users,
            ObjectKind::Group => &self.groups,
        }
    }

    pub(crate) fn object(&self, kind: ObjectKind, at: u32) -> &ObservedObject {
        &self.side(kind).objects[at as usize]
    }

    /// Whether everything was listed and this object was not among it.
    pub(crate) fn is_missing(&self, kind: ObjectKind, target: &str) -> bool {
        self.complete && !self.side(kind).targets.contains(&target_key(target))
    }

    /// Finds the object that one unlinked source object may adopt. `taken` are the targets of links that stand.
    pub(crate) fn find(&self, kind: ObjectKind, attribute: &str, name: &str, taken: &HashSet<&str>) -> Found {
        let side = self.side(kind);
        let Some(found) = side.by_match.get(&name.to_lowercase()) else { return Found::Nothing };
        let word = if kind == ObjectKind::User { "person" } else { "group" };
        if found.len() > 1 {
            return Found::Refused(format!(
                "Ambiguous match: {} objects at the target have the {attribute} ‘{name}’. Leave one of them there.",
                found.len()
            ));
        }
        let object = &side.objects[found[0] as usize];
        if object.elsewhere {
            return Found::Refused(format!("The object at the target with the {attribute} ‘{name}’ is kept by another channel."));
        }
        if taken.contains(object.target.as_str()) {
            return Found::Refused(format!(
                "The object at the target with the {attribute} ‘{name}’ is already linked to another {word} of this channel."
            ));
        }
        Found::One(found[0])
    }
}

impl Side {
    fn new(mut objects: Vec<ObservedObject>) -> Self {
        // The same object may come twice when a list moves while it is walked.
        objects.sort_by(|a, b| a.target.cmp(&b.target));
        objects.dedup_by(|a, b| a.target == b.target);
        let mut by_match: HashMap<String, Vec<u32>> = HashMap::with_capacity(objects.len());
        for (at, object) in objects.iter().enumerate() {
            by_match.entry(object.match_value.to_lowercase()).or_default().push(at as u32);
        }
        let targets = objects.iter().map(|o| target_key(&o.target)).collect();
        Self { objects, by_match, targets }
    }
}

pub(crate) fn target_key(target: &str) -> u128 {
    hash::member(target)
}

/// The targets that links hold and that are still there.
pub(crate) fn taken(index: &LinkIndex, kind: ObjectKind) -> HashSet<&str> {
    index.heads.iter().filter(|h| h.kind == kind && h.mark != LinkMark::Gone).map(|h| h.target_id.as_ref()).collect()
}
