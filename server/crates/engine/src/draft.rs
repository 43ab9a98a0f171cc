//! A plan as it is made, and the order it is put into.

use domain::id::SourceId;
use domain::model::link::ObjectKind;
use domain::model::plan::{Guard, Held, ObjectRef, Op, Plan, Refresh, Skipped};
use std::collections::BTreeMap;

/// Operations as they are made, before they are put in order.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) ops: Vec<Op>,
    pub(crate) refreshed: Vec<Refresh>,
    /// By guard and kind: sentence and operations.
    pub(crate) held: BTreeMap<(Guard, Option<ObjectKind>), (String, Vec<Op>)>,
    /// One for each group that would lose too many members.
    pub(crate) losses: Vec<Held>,
    /// Groups that stay for the sake of protected members.
    pub(crate) stayed: Vec<Skipped>,
    /// Protected people, and the groups that they left.
    pub(crate) spared: BTreeMap<SourceId, Vec<String>>,
}

impl Draft {
    pub(crate) fn len(&self) -> usize {
        self.ops.len() + self.refreshed.len() + self.losses.len() + self.held.values().map(|(_, ops)| ops.len()).sum::<usize>()
    }

    pub(crate) fn hold(&mut self, guard: Guard, kind: ObjectKind, op: Op) {
        let (key, sentence) = match guard {
            Guard::Rejected => ((guard, None), "An administrator rejected these removals."),
            _ => ((guard, Some(kind)), ""),
        };
        let held = self.held.entry(key).or_insert_with(|| (sentence.to_owned(), Vec::new()));
        held.1.push(op);
    }

    pub(crate) fn explain(&mut self, guard: Guard, kind: ObjectKind, sentence: &str) {
        if let Some(held) = self.held.get_mut(&(guard, Some(kind))) {
            sentence.clone_into(&mut held.0);
        }
    }
}

/// Puts everything into an order that does not depend on the order of reading.
pub(crate) fn sort(plan: &mut Plan) {
    let by_op = |op: &Op| (op.phase(), op.object.source_id.clone(), op.action.kind());
    plan.ops.sort_by_cached_key(by_op);
    plan.held.sort_by(|a, b| (a.guard, &a.reason).cmp(&(b.guard, &b.reason)));
    plan.held.iter_mut().for_each(|held| held.ops.sort_by_cached_key(by_op));
    let by_object = |o: &ObjectRef| (o.kind, o.source_id.clone());
    plan.skipped.sort_by_cached_key(|s| (by_object(&s.object), s.reason.clone()));
    plan.waiting.sort_by_cached_key(|(object, _)| by_object(object));
    plan.refreshed.sort_by_cached_key(|r| (by_object(&r.object), r.after.members.is_none()));
    plan.blocked.sort_by_cached_key(|b| by_object(&b.object));
}
