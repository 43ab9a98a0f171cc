//! Who left, and whether the guards let them go.

use super::{Act, Decision, Desk, Findings};
use crate::config::removal_goal;
use crate::guard::{self, Judgement, Leave, Numbers, Verdict};
use crate::hash::{self, HashSetOf};
use crate::index::NONE;
use crate::map::DISABLED;
use crate::planner::{Side, Standing};
use domain::id::SourceId;
use domain::model::link::{LinkMark, ObjectKind};
use domain::model::plan::{ActionKind, ObjectRef, Skipped};
use domain::model::sp_connection::RemoveAction;

/// A removal that is asked for.
struct Leaver {
    subject: u32,
    head: u32,
    action: ActionKind,
    reason: &'static str,
}

const LEFT: &str = "Left the source location.";

impl Desk<'_> {
    pub(super) fn remove_users(&self, users: &mut Side, findings: &mut Findings, kept: &mut HashSetOf<u32>, doubted: &mut HashSetOf<u32>) {
        let kind = ObjectKind::User;
        let options = &self.config.options;
        let mut leavers = Vec::new();
        let mut idle = Vec::new();
        let mut ask = |head: u32, subject: u32, delete: bool, reason: &'static str, findings: &mut Findings| {
            let link = self.head(head);
            if link.mark == LinkMark::Gone {
                findings.decide(Decision::plain(kind, subject, head, Act::Unlink, removal_goal()), link);
                return;
            }
            let action = match delete {
                true => Some(ActionKind::Delete),
                false => link.active.then_some(ActionKind::Disable),
            };
            match action {
                Some(_) if !options.remove_users => {
                    let reason = format!("{} User Disable / Delete is off, so it stays as it is at the target.", reason);
                    let object = ObjectRef { kind, source_id: link.source(), name: link.source_id.to_string(), dn: String::new() };
                    findings.skipped.push(Skipped { object, reason, by_entry: false });
                    idle.push((head, true));
                }
                Some(action) => leavers.push(Leaver { subject, head, action, reason }),
                None => idle.push((head, false)),
            }
        };
        let delete = options.remove_action == RemoveAction::Delete;
        for (at, subject) in users.subjects.iter_mut().enumerate() {
            let linked = subject.head != NONE;
            match subject.standing {
                Standing::Disabled if linked => {
                    subject.exists = self.is_live(subject.head);
                    ask(subject.head, at as u32, delete, DISABLED, findings);
                }
                // Kept, but inactive: Provision Disabled Users.
                Standing::Wanted if linked && !subject.active && self.is_live(subject.head) && self.head(subject.head).active => {
                    ask(subject.head, at as u32, false, DISABLED, findings);
                }
                Standing::LeftOut if linked => subject.exists = self.is_live(subject.head),
                _ => {}
            }
        }
        if self.whole(kind) {
            self.unmet(kind).for_each(|head| ask(head, NONE, delete, LEFT, findings));
        } else {
            kept.extend(self.unmet(kind));
        }
        let judgement = self.judge(kind, &leavers, self.recall.last_users);
        let doubts = judgement.doubts_the_read();
        self.carry_out(kind, leavers, judgement, findings, |leaver, verdict| match (leaver.subject, verdict) {
            (NONE, Verdict::Held(_)) => {
                kept.insert(leaver.head);
            }
            (NONE, Verdict::Go) => {}
            (at, Verdict::Go) if leaver.action == ActionKind::Delete => users.subjects[at as usize].exists = false,
            _ => {}
        });
        for (head, off) in idle.into_iter().filter(|(head, _)| self.met[*head as usize] == NONE) {
            if off {
                kept.insert(head);
            } else if doubts {
                doubted.insert(head);
            }
        }
    }

    pub(super) fn remove_groups(&self, findings: &mut Findings) {
        let kind = ObjectKind::Group;
        let mut leavers = Vec::new();
        for head in self.unmet(kind).filter(|_| self.whole(kind)) {
            match self.head(head).mark {
                LinkMark::Gone => findings.decide(Decision::plain(kind, NONE, head, Act::Unlink, removal_goal()), self.head(head)),
                _ => leavers.push(Leaver { subject: NONE, head, action: ActionKind::Delete, reason: LEFT }),
            }
        }
        let judgement = self.judge(kind, &leavers, self.recall.last_groups);
        self.carry_out(kind, leavers, judgement, findings, |_, _| {});
    }

    /// Whether who was not met is certainly not in scope: every name in scope was seen, if not every entry.
    pub(super) fn whole(&self, kind: ObjectKind) -> bool {
        self.scope(kind).ids_complete
    }

    fn judge(&self, kind: ObjectKind, leavers: &[Leaver], last_complete: Option<u32>) -> Judgement {
        let ids: Vec<SourceId> = leavers.iter().map(|l| self.head(l.head).source()).collect();
        let removals: Vec<_> = ids.iter().zip(leavers).map(|(id, l)| (id, l.action)).collect();
        let coverage = self.scope(kind);
        let numbers = Numbers {
            linked: self.index.count(kind),
            seen: coverage.seen,
            last_complete,
            coverage,
            unmet: self.unmet(kind).count() as u32,
        };
        let leave = Leave { approvals: &self.recall.approvals, now: self.recall.now };
        guard::judge(kind, &removals, &numbers, &self.config.guards, &leave, self.coverage.problem.as_deref())
    }

    fn carry_out(
        &self,
        kind: ObjectKind,
        leavers: Vec<Leaver>,
        judgement: Judgement,
        findings: &mut Findings,
        mut tell: impl FnMut(&Leaver, &Verdict),
    ) {
        for (leaver, verdict) in leavers.into_iter().zip(judgement.verdicts) {
            tell(&leaver, &verdict);
            let link = self.head(leaver.head);
            let goal = removal_goal();
            if let Some(setback) = self.recall.in_force(hash::object(kind, &link.source()), goal) {
                findings.wait(ObjectRef { kind, source_id: link.source(), name: setback.name.clone(), dn: String::new() }, setback.next_at);
                continue;
            }
            let act = Act::Remove { action: leaver.action, reason: leaver.reason, verdict };
            findings.decide(Decision::plain(kind, leaver.subject, leaver.head, act, goal), link);
        }
        if let Some((guard, sentence)) = judgement.closed {
            findings.closed.insert(kind, (guard, sentence, self.unmet(kind).next().is_some()));
        }
    }
}
