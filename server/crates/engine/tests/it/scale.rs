//! A large directory with nothing to change: nothing is planned, nothing is kept, nothing needs loading. Time is measured by
//! `make bench`, not here.

use crate::fixture::{config, dn, group, person, with};
use crate::model::complete;
use domain::id::{ChannelId, ConnectionId, SourceId, TargetId};
use domain::model::link::{Link, LinkHead, ObjectKind};
use domain::model::plan::{Action, Outcome, Plan};
use domain::model::source::{SourceEntry, SourceGroup};
use engine::{Answer, Config, LinkChange, LinkIndex, Memory, Planned, Planner, Recorder};
use std::collections::HashMap;

const PEOPLE: usize = 20_000;
const GROUPS: usize = 200;

fn name(n: usize) -> String {
    format!("Person {n}")
}

fn entry(n: usize) -> SourceEntry {
    let entry = person(&format!("{n:08x}-0000-4000-8000-000000000000"), &name(n));
    let entry = with(entry, "mail", &[&format!("p{n}@example.com")]);
    with(entry, "manager", &[&dn(&name(n / 10))])
}

fn team(n: usize) -> SourceGroup {
    let members: Vec<String> = (n..PEOPLE).step_by(GROUPS).map(|p| dn(&name(p))).collect();
    let mut group = group(&format!("g{n}"), &format!("Team {n}"), &[]);
    group.members = members;
    group
}

/// The links after a plan all of which was done.
fn done(config: &Config, plan: &Plan, index: LinkIndex) -> Vec<Link> {
    let (connection, channel) = (ConnectionId::parse("c").unwrap(), ChannelId::parse("h").unwrap());
    let mut recorder = Recorder::new(config, connection, channel, plan, index, [], []);
    let mut links = HashMap::new();
    for (n, op) in plan.ops.iter().enumerate() {
        let target = Some(TargetId(format!("t{n}")));
        let settled = recorder.settle(op, Answer { target, ..Answer::of(Outcome::Done) }, 0);
        if let Some(LinkChange::Put(link)) = settled.link {
            links.insert((link.head.kind, link.head.source_id.clone()), *link);
        }
    }
    links.into_values().collect()
}

/// One join in a group of 50,000: one operation about one person, and of all that was written only the group's is loaded.
#[test]
fn one_person_joins_a_group_of_fifty_thousand() {
    const MEMBERS: usize = 50_000;
    let config = config();
    let people: Vec<SourceEntry> = (0..=MEMBERS).map(|n| with(entry(n), "manager", &[])).collect();
    let everybody = |members: usize| {
        let mut group = group("g", "Everybody", &[]);
        group.members = people[..members].iter().map(|person| person.dn.clone()).collect();
        group
    };
    let plan = |heads: Vec<LinkHead>, members: usize| {
        let mut planner = Planner::new(&config, LinkIndex::from_heads(heads), None, Memory::default());
        people.iter().for_each(|entry| planner.entry(entry));
        planner.group(&everybody(members));
        planner.finish(complete())
    };
    let Planned { plan: first, index } = plan(Vec::new(), MEMBERS).resolve(Default::default());
    let links = done(&config, &first, index);
    let heads: Vec<LinkHead> = links.iter().map(|link| link.head.clone()).collect();

    let unresolved = plan(heads, MEMBERS + 1);
    let group = (ObjectKind::Group, SourceId("g".into()));
    assert_eq!(unresolved.touched(), std::slice::from_ref(&group));
    let written = links.into_iter().find(|link| link.head.kind == ObjectKind::Group).unwrap().written;
    let second = unresolved.resolve([(group, written)].into()).plan;
    let [op] = &second.ops[..] else { panic!("{:?}", second.ops.len()) };
    assert_eq!(op.action, Action::AddMembers { members: vec![people[MEMBERS].id.clone()] });
    assert_eq!((second.unchanged_users, second.refreshed.len()), (MEMBERS as u32 + 1, 0));
}

#[test]
fn nothing_to_change_in_a_large_directory() {
    let config = config();
    let (people, groups): (Vec<_>, Vec<_>) = ((0..PEOPLE).map(entry).collect(), (0..GROUPS).map(team).collect());
    let plan = |heads: Vec<LinkHead>, changed: Option<usize>| {
        let mut planner = Planner::new(&config, LinkIndex::from_heads(heads), None, Memory::default());
        for (n, entry) in people.iter().enumerate() {
            match changed {
                Some(changed) if changed == n => planner.entry(&with(entry.clone(), "title", &["New"])),
                _ => planner.entry(entry),
            }
        }
        groups.iter().for_each(|group| planner.group(group));
        planner.finish(complete())
    };
    let Planned { plan: first, index } = plan(Vec::new(), None).resolve(Default::default());
    assert_eq!(first.ops.len(), 2 * PEOPLE + 2 * GROUPS, "each person with a manager, each group with members");

    let heads: Vec<LinkHead> = done(&config, &first, index).into_iter().map(|link| link.head).collect();
    assert_eq!(heads.len(), PEOPLE + GROUPS);

    let second = plan(heads.clone(), None);
    assert!(second.touched().is_empty());
    let second = second.resolve(Default::default()).plan;
    assert!(second.ops.is_empty() && second.refreshed.is_empty() && second.skipped.is_empty());
    assert_eq!((second.unchanged_users, second.unchanged_groups), (PEOPLE as u32, GROUPS as u32));
    assert_eq!((second.coverage.users.seen, second.coverage.groups.seen), (PEOPLE as u32, GROUPS as u32));

    let third = plan(heads, Some(77));
    assert_eq!(third.touched(), [(ObjectKind::User, SourceId(format!("{:08x}-0000-4000-8000-000000000000", 77)))]);
}
