//! Guards: when removals wait for a person.

use domain::id::SourceId;
use domain::model::channel::Guards;
use domain::model::cycle::Approval;
use domain::model::link::ObjectKind;
use domain::model::plan::{ActionKind, Guard, Plan, ScopeCoverage};

/// Whether one removal flows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Go,
    Held(Guard),
}

/// What the guards say of all removals of one kind of object.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    /// For each removal asked about, in that order.
    pub(crate) verdicts: Vec<Verdict>,
    /// The guard that holds all that nobody approved, and its sentence.
    pub(crate) closed: Option<(Guard, String)>,
}

impl Judgement {
    /// Whether the read itself is in doubt, so that who was not seen may well be there.
    pub(crate) fn doubts_the_read(&self) -> bool {
        matches!(self.closed, Some((Guard::IncompleteRead | Guard::NobodyFound | Guard::Drop, _)))
    }
}

/// The numbers the guards look at.
pub(crate) struct Numbers {
    pub(crate) linked: u32,
    pub(crate) seen: u32,
    pub(crate) last_complete: Option<u32>,
    pub(crate) coverage: ScopeCoverage,
    /// Links that were not met.
    pub(crate) unmet: u32,
}

/// Judges the disables and deletes of one kind of object.
pub(crate) fn judge(
    kind: ObjectKind,
    removals: &[(&SourceId, ActionKind)],
    numbers: &Numbers,
    guards: &Guards,
    leave: &Leave<'_>,
    problem: Option<&str>,
) -> Judgement {
    let people = |count: u32| match (kind, count) {
        (ObjectKind::User, 0) => "nobody at all".to_owned(),
        (ObjectKind::Group, 0) => "no groups at all".to_owned(),
        (ObjectKind::User, 1) => "1 person".to_owned(),
        (ObjectKind::User, _) => format!("{count} people"),
        (ObjectKind::Group, 1) => "1 group".to_owned(),
        (ObjectKind::Group, _) => format!("{count} groups"),
    };
    if !numbers.coverage.ids_complete {
        let why = problem.map_or_else(String::new, |p| format!(": {}", p.trim_end_matches(['.', ' '])));
        let stay = match numbers.unmet {
            0 => String::new(),
            unmet => format!(" Not seen in it, and left as they are: {}.", people(unmet)),
        };
        let closed = Some((Guard::IncompleteRead, format!("The directory was not read completely{why}. Nothing is removed.{stay}")));
        return Judgement { verdicts: vec![Verdict::Held(Guard::IncompleteRead); removals.len()], closed };
    }
    let asked: Vec<Option<bool>> = removals.iter().map(|(id, action)| leave.of(kind, id, *action)).collect();
    let unasked = asked.iter().filter(|a| a.is_none()).count() as u32;
    let closed = closed(&people, unasked, numbers, guards);
    let verdicts = asked
        .iter()
        .map(|leave| match (leave, &closed) {
            (Some(false), _) => Verdict::Held(Guard::Rejected),
            (None, Some((guard, _))) => Verdict::Held(*guard),
            (Some(true), _) | (None, None) => Verdict::Go,
        })
        .collect();
    Judgement { verdicts, closed }
}

fn closed(people: &dyn Fn(u32) -> String, removals: u32, numbers: &Numbers, guards: &Guards) -> Option<(Guard, String)> {
    let Numbers { linked, seen, last_complete, .. } = *numbers;
    if seen == 0 && linked > 0 && guards.hold_when_empty {
        let sentence = format!(
            "The directory read found {}, and {} linked. Check the Source Location; approve if this is meant.",
            people(0),
            are(people(linked), linked)
        );
        return Some((Guard::NobodyFound, sentence));
    }
    if let Some(last) = last_complete.filter(|&last| seen < last) {
        let drop = u64::from(last - seen) * 100;
        if drop > u64::from(last) * u64::from(guards.max_drop_percent) {
            let sentence = format!(
                "Only {} found, {last} at the last complete read: a drop of {} %, and the limit is {} %.",
                were(people(seen), seen),
                drop / u64::from(last),
                guards.max_drop_percent
            );
            return Some((Guard::Drop, sentence));
        }
    }
    let limit = (u64::from(linked) * u64::from(guards.max_removals_percent) / 100).max(u64::from(guards.max_removals));
    if u64::from(removals) > limit {
        let sentence =
            format!("{removals} of {} would be disabled or deleted; the limit is {limit} at once, and more need approval.", people(linked));
        return Some((Guard::TooManyRemovals, sentence));
    }
    None
}

/// Whether a group would lose too many members; the sentence says so.
pub(crate) fn group_loss(name: &str, before: usize, leaving: usize, guards: &Guards) -> Option<String> {
    let (before, leaving) = (before as u64, leaving as u64);
    let too_many = before >= u64::from(guards.group_min_members) && leaving * 100 > before * u64::from(guards.group_max_loss_percent);
    too_many.then(|| {
        let (share, limit) = (leaving * 100 / before.max(1), guards.group_max_loss_percent);
        format!("{name} would lose {leaving} of {before} members: a loss of {share} %, and more than {limit} % needs approval.")
    })
}

/// What people said about removals, as far as it has not expired.
pub(crate) struct Leave<'a> {
    pub(crate) approvals: &'a [Approval],
    pub(crate) now: i64,
}

impl Leave<'_> {
    /// `Some(true)`: approved. A refusal outweighs an approval.
    pub(crate) fn of(&self, kind: ObjectKind, id: &SourceId, action: ActionKind) -> Option<bool> {
        let about = |a: &&Approval| a.kind == kind && a.action == action && a.expires_at > self.now && a.source_id == *id;
        self.approvals.iter().filter(about).map(|a| a.approved).reduce(|a, b| a && b)
    }
}

/// The counts to remember as those of the last complete read: (users, groups). They stand still while removals are held, so that a
/// drop that was held once is not forgotten in the next cycle.
pub fn last_complete(plan: &Plan, before: (Option<u32>, Option<u32>)) -> (Option<u32>, Option<u32>) {
    let next = |kind: ObjectKind, coverage: ScopeCoverage, before: Option<u32>| {
        let held = plan.held.iter().flat_map(|h| &h.ops).any(|op| op.object.kind == kind && op.action.kind() != ActionKind::RemoveMembers);
        if held || !coverage.ids_complete { before } else { Some(coverage.seen) }
    };
    (next(ObjectKind::User, plan.coverage.users, before.0), next(ObjectKind::Group, plan.coverage.groups, before.1))
}

fn are(what: String, count: u32) -> String {
    if count == 1 { format!("{what} is") } else { format!("{what} are") }
}

fn were(what: String, count: u32) -> String {
    if count == 1 { format!("{what} was") } else { format!("{what} were") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(linked: u32, seen: u32, last: Option<u32>, removals: u32, expect: Option<Guard>) {
        let numbers =
            Numbers { linked, seen, last_complete: last, unmet: 0, coverage: ScopeCoverage { ids_complete: true, full: true, seen } };
        let got = closed(&|n| format!("{n} people"), removals, &numbers, &Guards::default());
        assert_eq!(got.as_ref().map(|c| c.0), expect, "{linked} {seen} {last:?} {removals} {got:?}");
    }

    #[test]
    fn the_limits_are_where_they_say() {
        check(0, 0, None, 0, None);
        check(1, 0, None, 1, Some(Guard::NobodyFound));
        check(100, 80, Some(100), 0, None);
        check(100, 79, Some(100), 0, Some(Guard::Drop));
        check(100, 100, None, 10, None);
        check(100, 100, None, 11, Some(Guard::TooManyRemovals));
        check(1000, 1000, Some(900), 50, None);
        check(1000, 1000, Some(1000), 51, Some(Guard::TooManyRemovals));
    }

    #[test]
    fn a_channel_has_limits_of_its_own() {
        let got = |guards: Guards, seen: u32, removals: u32| {
            let coverage = ScopeCoverage { ids_complete: true, full: true, seen };
            let numbers = Numbers { linked: 100, seen, last_complete: Some(100), unmet: 0, coverage };
            closed(&|n| format!("{n} people"), removals, &numbers, &guards)
        };
        let guards = |f: fn(&mut Guards)| {
            let mut guards = Guards::default();
            f(&mut guards);
            guards
        };
        let (which, sentence) = got(guards(|g| g.max_drop_percent = 5), 94, 0).unwrap();
        assert_eq!(which, Guard::Drop);
        assert_eq!(sentence, "Only 94 people were found, 100 at the last complete read: a drop of 6 %, and the limit is 5 %.");
        assert!(got(guards(|g| g.max_drop_percent = 100), 1, 0).is_none());
        let (which, sentence) = got(guards(|g| (g.max_removals, g.max_removals_percent) = (0, 0)), 100, 1).unwrap();
        assert_eq!(which, Guard::TooManyRemovals);
        assert_eq!(sentence, "1 of 100 people would be disabled or deleted; the limit is 0 at once, and more need approval.");
        assert!(got(guards(|g| g.max_removals = 60), 100, 60).is_none());
        assert!(got(guards(|g| g.max_removals_percent = 100), 100, 100).is_none());
        // Without the guard for nobody at all the others still look.
        assert_eq!(got(guards(|g| g.hold_when_empty = false), 0, 100).unwrap().0, Guard::Drop);
        assert_eq!(got(guards(|g| (g.hold_when_empty, g.max_drop_percent) = (false, 100)), 0, 100).unwrap().0, Guard::TooManyRemovals);
    }

    #[test]
    fn a_small_group_may_lose_everybody() {
        let guards = Guards::default();
        assert!(group_loss("g", 19, 19, &guards).is_none());
        assert!(group_loss("g", 20, 10, &guards).is_none());
        assert_eq!(
            group_loss("g", 20, 11, &guards).unwrap(),
            "g would lose 11 of 20 members: a loss of 55 %, and more than 50 % needs approval."
        );
    }
}
