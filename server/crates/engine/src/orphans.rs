//! Creates that were begun, whose outcome is not known, and whose objects left the scope since. Nobody would ever look after what came
//! of them, so they are looked up: what was made is linked, and then leaves like everybody else.

use crate::config::removal_goal;
use crate::decide::{Act, Decision, Unresolved};
use crate::observed::ObservedObject;
use domain::id::TargetId;
use domain::model::cycle::Intent;
use domain::model::link::{Digest, LinkMark, ObjectKind};
use domain::model::plan::{Action, After, ObjectRef, Op};

impl Unresolved<'_> {
    /// Those creates: their match values are to be looked up at the target before [`resolve`](Self::resolve).
    pub fn orphans(&self) -> &[Intent] {
        &self.findings.orphans
    }

    /// Takes what was found under the match value of one of them.
    pub fn looked_up(&mut self, intent: &Intent, found: Vec<ObservedObject>) {
        self.findings.looked_up.push((intent.kind, intent.source_id.clone(), found));
    }

    /// The operation that settles it, or a note for a person where that cannot be told.
    pub(crate) fn settle_orphan(&self, intent: &Intent, decisions: &[Decision]) -> Result<Op, String> {
        let name = &intent.match_value;
        let found = self.findings.looked_up.iter().find(|(kind, id, _)| *kind == intent.kind && *id == intent.source_id);
        let Some((_, _, found)) = found else {
            return Err(format!(
                "A create of {name} was begun and its outcome is not known; it is no longer in scope. Look for it at the target."
            ));
        };
        let op = |action, reason: &str, after| Op {
            object: ObjectRef { kind: intent.kind, source_id: intent.source_id.clone(), name: name.clone(), dn: String::new() },
            action,
            reason: reason.into(),
            after,
        };
        if found.is_empty() {
            let after = After { goal: removal_goal(), ..After::default() };
            return Ok(op(Action::Unlink, "A create of it was begun before it left; it did not come to the target.", after));
        }
        // A name alone proves nothing: somebody else may have made an object of that name since. What carries the source id is ours.
        let is_ours = |object: &&ObservedObject| object.values.values().any(|value| value.show() == intent.source_id.0);
        let ours: Vec<&ObservedObject> = found.iter().filter(is_ours).collect();
        let [object] = ours[..] else {
            return Err(format!(
                "A create of {name} was begun before it left the scope. An object of that name is at the target and does not say that it is \
                 the same one: if it is, remove it there."
            ));
        };
        if object.elsewhere || self.is_taken(intent.kind, &object.target, decisions) {
            let after = After { goal: removal_goal(), ..After::default() };
            return Ok(op(Action::Unlink, "A create of it was begun before it left; what is at the target is linked already.", after));
        }
        let after = After {
            dn_digest: Digest::default(),
            value_digest: self.config.value_digest(intent.kind, &object.values),
            unique_digests: self.config.unique_digests(intent.kind, &object.values),
            values: object.values.clone(),
            active: object.active,
            goal: removal_goal(),
            ..After::default()
        };
        let action = Action::Adopt { target: TargetId(object.target.clone()) };
        Ok(op(action, "A create of it was begun before it left, and it is at the target: linked, so that it can be removed.", after))
    }

    /// Whether an object at the target is linked already, or will be by this plan.
    fn is_taken(&self, kind: ObjectKind, target: &str, decisions: &[Decision]) -> bool {
        let is_adopted = |d: &Decision| match (&d.act, &self.seen) {
            (Act::Adopt { object }, Some(seen)) => d.kind == kind && seen.object(kind, *object).target == target,
            _ => false,
        };
        let mut linked = self.index.heads.iter().filter(|head| head.kind == kind && head.mark != LinkMark::Gone);
        linked.any(|head| head.target_id.as_ref() == target) || decisions.iter().any(is_adopted)
    }
}
