//! A large directory with nothing to change: nothing is planned, nothing is kept, nothing needs loading. Time is measured by
//! `make bench`, not here.

use crate::fixture::{config, dn, group, person, with};
use crate::model::complete;
use domain::id::SourceId;
use domain::model::link::{LinkHead, ObjectKind};
use domain::model::source::{SourceEntry, SourceGroup};
use engine::{Answer, LinkChange, LinkIndex, Memory, Planned, Planner, Recorder};

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

    let id = |text: &str| domain::id::ConnectionId::parse(text).unwrap();
    let channel = domain::id::ChannelId::parse("h").unwrap();
    let mut recorder = Recorder::new(&config, id("c"), channel, &first, index, [], []);
    let mut heads = std::collections::HashMap::new();
    for (n, op) in first.ops.iter().enumerate() {
        let target = Some(domain::id::TargetId(format!("t{n}")));
        let settled = recorder.settle(op, Answer { target, ..Answer::of(domain::model::plan::Outcome::Done) }, 0);
        if let Some(LinkChange::Put(link)) = settled.link {
            heads.insert((link.head.kind, link.head.source_id.clone()), link.head);
        }
    }
    let heads: Vec<LinkHead> = heads.into_values().collect();
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
