//! What is to be tried again, and when: objects that failed wait, each failure in a row longer than the one before.

use crate::record::{Recorder, SetbackChange, Settled, key};
use domain::model::cycle::Setback;
use domain::model::plan::{Action, ActionKind, ObjectRef, Op, Outcome, Plan};

const MINUTE_MS: i64 = 60_000;
const LONGEST_DELAY_MS: i64 = 6 * 60 * MINUTE_MS;

impl Recorder<'_> {
    /// Notes what did not come off, unless it is settled by that.
    pub(crate) fn set_back(&self, op: &Op, outcome: &Outcome, now: i64, settled: &mut Settled) {
        let create = matches!(op.action, Action::Create { .. });
        let (action, detail, at_once) = match outcome {
            Outcome::Conflict { detail } if create => {
                let detail = format!("The target has an object with one of its unique values already: {detail}");
                (ActionKind::Adopt, detail, true)
            }
            Outcome::Conflict { detail } => {
                (op.action.kind(), format!("The target has another object with one of its unique values: {detail}"), false)
            }
            Outcome::Rejected { status, detail } => (op.action.kind(), format!("The target refused it (HTTP {status}): {detail}"), false),
            Outcome::Unknown { detail } => (op.action.kind(), format!("It is not known whether it was done: {detail}"), true),
            Outcome::Gone | Outcome::NotTried { .. } | Outcome::Held | Outcome::Done => return,
        };
        let (kind, source_id) = key(&op.object);
        let before = self.setbacks.get(&(kind, source_id.clone())).filter(|s| s.value_digest == op.after.goal);
        let attempts = before.map_or(1, |s| s.attempts.saturating_add(1));
        // The first time the next cycle can settle it: it looks at the target. Only when that does not help it waits.
        let next_at = match (at_once, attempts) {
            (true, 1) => now,
            (true, _) => now + delay(attempts - 1),
            (false, _) => now + delay(attempts),
        };
        settled.follow_up |= at_once && attempts == 1;
        let name = op.object.name.clone();
        let setback = Setback { kind, source_id, name, attempts, next_at, action, detail, value_digest: op.after.goal };
        settled.setback = Some(SetbackChange::Put(setback));
    }
}

/// Setbacks for objects whose place at the target is taken, so that the target is not asked about them in every cycle; to be
/// stored with the plan.
pub fn remember_blocked(plan: &Plan, setbacks: &[Setback], now: i64) -> Vec<Setback> {
    let blocked = plan.blocked.iter().map(|blocked| {
        let ObjectRef { kind, source_id, name, .. } = blocked.object.clone();
        let before = setbacks.iter().find(|s| s.kind == kind && s.source_id == source_id && s.value_digest == blocked.goal);
        let attempts = before.map_or(1, |s| s.attempts.saturating_add(1));
        Setback {
            kind,
            source_id,
            name,
            attempts,
            next_at: now + delay(attempts),
            action: ActionKind::Adopt,
            detail: blocked.reason.clone(),
            value_digest: blocked.goal,
        }
    });
    blocked.collect()
}

/// One minute, doubled with every failure in a row, at most six hours. Milliseconds.
fn delay(attempts: u32) -> i64 {
    MINUTE_MS.checked_shl(attempts.saturating_sub(1).min(20)).map_or(LONGEST_DELAY_MS, |d| d.min(LONGEST_DELAY_MS))
}

/// Whether a setback's time has not come. One that is further away than any is ever made for comes from a clock that went back since,
/// and does not count.
pub(crate) fn waits(setback: &Setback, now: i64) -> bool {
    setback.next_at > now && setback.next_at <= now + LONGEST_DELAY_MS
}
