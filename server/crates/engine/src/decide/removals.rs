//! Who left, and whether the guards let them go.

use super::{Act, Decision, Desk, Findings};
use crate::config::removal_goal;
use crate::guard::{self, Judgement, Leave, Numbers, Verdict};
use crate::hash::{self, HashSetOf};
use crate::index::{Head, NONE};
use crate::map::DISABLED;
use crate::planner::{Side, Standing};
use domain::id::{ChannelId, SourceId};
use domain::model::link::{Digest, LinkMark, ObjectKind};
use domain::model::plan::{ActionKind, ObjectRef, Skipped};
use domain::model::sp_connection::RemoveAction;

/// A removal that is asked for.
struct Leaver {
    subject: u32,
    head: u32,
    action: ActionKind,
    reason: &'static str,
}

/// What is wanted of somebody who left, or is disabled in the directory.
enum Wish {
    /// To be taken away, as far as the guards let it.
    Act(ActionKind),
    /// To stay at the target as they are, for this reason.
    Stay(String),
    /// Inactive already, and nothing more; `true`: from now on the days to the deletion count.
    Rest { begins: bool },
}

pub(crate) const LEFT: &str = "Left the source location.";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl Desk<'_> {
    pub(super) fn remove_users(&self, users: &mut Side, findings: &mut Findings, kept: &mut HashSetOf<u32>, doubted: &mut HashSetOf<u32>) {
        let kind = ObjectKind::User;
        let mut leavers = Vec::new();
        let mut idle = Vec::new();
        let mut moving: Vec<(u32, ChannelId, Option<ActionKind>)> = Vec::new();
        let mut ask = |head: u32, subject: u32, is_kept: bool, reason: &'static str, findings: &mut Findings| {
            let link = self.head(head);
            if link.mark == LinkMark::Gone {
                findings.decide(Decision::plain(kind, subject, head, Act::Unlink, removal_goal()), link);
                return;
            }
            let wish = self.wish(link, is_kept);
            if subject == NONE
                && let Some(to) = self.recall.claimant(&link.source())
            {
                let action = if let Wish::Act(action) = wish { Some(action) } else { None };
                moving.push((head, to.clone(), action));
                return;
            }
            match wish {
                Wish::Act(action) => leavers.push(Leaver { subject, head, action, reason }),
                Wish::Stay(why) => {
                    let object = ObjectRef { kind, source_id: link.source(), name: link.source_id.to_string(), dn: String::new() };
                    findings.skipped.push(Skipped { object, reason: format!("{reason} {why}"), by_entry: false });
                    idle.push((head, true));
                }
                Wish::Rest { begins } => {
                    if begins {
                        findings.decide(Decision::plain(kind, subject, head, Act::Refresh, Digest::default()), link);
                    }
                    idle.push((head, false));
                }
            }
        };
        for (at, subject) in users.subjects.iter_mut().enumerate() {
            let linked = subject.head != NONE;
            match subject.standing {
                Standing::Disabled if linked => {
                    subject.exists = self.is_live(subject.head);
                    ask(subject.head, at as u32, false, DISABLED, findings);
                }
                // Kept, but inactive: Provision Disabled Users.
                Standing::Wanted if linked && !subject.active && self.is_live(subject.head) && self.head(subject.head).active => {
                    ask(subject.head, at as u32, true, DISABLED, findings);
                }
                Standing::LeftOut if linked => subject.exists = self.is_live(subject.head),
                _ => {}
            }
            // Who is back has not left: whenever they leave again, their days count from then.
            if linked && subject.standing != Standing::Disabled && self.head(subject.head).left_at != 0 && self.is_live(subject.head) {
                let decision = Decision::plain(kind, at as u32, subject.head, Act::Refresh, Digest::default());
                findings.decide(decision, self.head(subject.head));
            }
        }
        for head in self.unmet(kind) {
            if self.has_left(head) {
                ask(head, NONE, false, LEFT, findings);
            } else {
                kept.insert(head);
            }
        }
        let mut judgement = self.judge(kind, &leavers, self.recall.last_users);
        let doubts = judgement.doubts_the_read();
        if doubts {
            // They may well be in scope: whoever would be taken away waits like everybody else.
            for (head, _, action) in moving {
                match action {
                    Some(action) => leavers.push(Leaver { subject: NONE, head, action, reason: LEFT }),
                    None => idle.push((head, false)),
                }
            }
            judgement = self.judge(kind, &leavers, self.recall.last_users);
        } else {
            for (head, to, _) in moving {
                findings.decide(Decision::plain(kind, NONE, head, Act::HandOver { to }, removal_goal()), self.head(head));
            }
        }
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

    /// What is to become of somebody who left, or is disabled in the directory and `is_kept`, inactive, all the same.
    fn wish(&self, link: &Head, is_kept: bool) -> Wish {
        let options = &self.config.options;
        let disable = link.active.then_some(ActionKind::Disable);
        let action = match options.remove_action {
            RemoveAction::Delete if !is_kept => Some(ActionKind::Delete),
            RemoveAction::DeleteLater if !is_kept && !link.active => match self.is_due(link) {
                Some(true) => Some(ActionKind::Delete),
                Some(false) => None,
                None => return Wish::Rest { begins: true },
            },
            _ => disable,
        };
        let Some(action) = action else { return Wish::Rest { begins: false } };
        let why = match self.recall.protected(&link.source()) {
            Some(protected) => format!("Protected by ‘{}’", protected.pattern),
            None if !options.remove_users => "User Disable / Delete is off".into(),
            None if options.remove_action == RemoveAction::Nothing => "Remove User Action is Nothing".into(),
            None => return Wish::Act(action),
        };
        Wish::Stay(format!("{why}, so it stays as it is at the target."))
    }

    /// Whether somebody inactive has been so for the days after which they are deleted; `None`: it is not known since when.
    fn is_due(&self, link: &Head) -> Option<bool> {
        let days = i64::from(self.config.options.delete_after_days);
        (link.left_at != 0).then(|| self.recall.now.saturating_sub(link.left_at) >= days * DAY_MS)
    }

    /// How many wait to be deleted, and when the next is: a sentence, if there is anybody.
    pub(super) fn waiting_to_be_deleted(&self, users: &Side) -> Option<String> {
        let options = &self.config.options;
        if options.remove_action != RemoveAction::DeleteLater || !options.remove_users || !self.whole(ObjectKind::User) {
            return None;
        }
        let is_out = |at: u32| match users.subjects.get(self.met[at as usize] as usize) {
            Some(subject) => subject.standing == Standing::Disabled,
            None => true,
        };
        let heads = self.index.heads.iter().enumerate().filter(|(at, head)| {
            let waits = head.kind == ObjectKind::User && head.mark != LinkMark::Gone && !head.active && self.is_due(head) != Some(true);
            waits && is_out(*at as u32) && self.recall.protected(&head.source()).is_none()
        });
        let since: Vec<i64> = heads.map(|(_, head)| if head.left_at == 0 { self.recall.now } else { head.left_at }).collect();
        let first = *since.iter().min()?;
        let left = i64::from(options.delete_after_days) * DAY_MS - self.recall.now.saturating_sub(first);
        let days = left.div_euclid(DAY_MS) + i64::from(left.rem_euclid(DAY_MS) > 0);
        let (who, verb) = if since.len() == 1 { ("1 person".to_owned(), "is") } else { (format!("{} people", since.len()), "are") };
        let when = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
        Some(format!("{who} who left {verb} disabled and will be deleted, the first in {when}."))
    }

    pub(super) fn remove_groups(&self, findings: &mut Findings) {
        let kind = ObjectKind::Group;
        let mut leavers = Vec::new();
        for head in self.unmet(kind).filter(|head| self.has_left(*head)) {
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
        self.about.is_none() && self.scope(kind).ids_complete
    }

    /// Whether somebody who was not met is certainly not in scope. Of a plan about one object that is said of that one alone.
    fn has_left(&self, head: u32) -> bool {
        let link = self.head(head);
        match self.about {
            Some(about) => {
                about.is(hash::object(link.kind, &link.source())) && (link.kind == ObjectKind::User || self.scope(link.kind).ids_complete)
            }
            None => self.whole(link.kind),
        }
    }

    /// Whether all there is to say of an object has been seen.
    pub(super) fn is_settled(&self, kind: ObjectKind, object: u128) -> bool {
        self.about.map_or_else(|| self.whole(kind), |about| about.is(object))
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
        if let Some(about) = self.about {
            return about.judge(&removals, numbers.linked, &self.config.guards, &leave);
        }
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
