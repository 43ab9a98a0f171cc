//! Who would enter and who would leave: what a person asks of a plan before anything else.

use crate::decide::LEFT;
use domain::model::link::ObjectKind;
use domain::model::plan::{Action, ObjectRef, Plan};
use std::collections::BTreeSet;

/// Objects that come and go, each once, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    /// Created, adopted or enabled.
    pub entering: Vec<ObjectRef>,
    /// Disabled, deleted or handed over to another channel, or held from being so by a guard.
    pub leaving: Vec<ObjectRef>,
    /// Left, and stay at the target as they are.
    pub staying: Vec<ObjectRef>,
}

/// Who of a kind would come and go.
pub fn moves(plan: &Plan, kind: ObjectKind) -> Moves {
    let all = plan.ops.iter().chain(plan.held.iter().flat_map(|held| &held.ops)).filter(|op| op.object.kind == kind);
    let enters = |action: &Action| matches!(action, Action::Create { .. } | Action::Adopt { .. } | Action::Enable);
    let leaves = |action: &Action| matches!(action, Action::Disable | Action::Delete | Action::HandOver { .. });
    Moves {
        entering: each_once(all.clone().filter(|op| enters(&op.action)).map(|op| &op.object)),
        leaving: each_once(all.filter(|op| leaves(&op.action)).map(|op| &op.object)),
        staying: each_once(plan.skipped.iter().filter(|s| s.object.kind == kind && s.reason.starts_with(LEFT)).map(|s| &s.object)),
    }
}

fn each_once<'a>(objects: impl Iterator<Item = &'a ObjectRef>) -> Vec<ObjectRef> {
    let mut seen = BTreeSet::new();
    let mut objects: Vec<_> = objects.filter(|o| seen.insert(&o.source_id)).cloned().collect();
    objects.sort_by_cached_key(|o| (o.name.to_lowercase(), o.source_id.clone()));
    objects
}
