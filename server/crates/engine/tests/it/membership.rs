//! Who is in a group at the target.

use crate::fixture::{channel, connector, dn, group, person, with};
use crate::model::{Channel, Directory, Target, complete};
use domain::id::SourceId;
use domain::model::channel::Guards;
use domain::model::link::ObjectKind;
use domain::model::plan::{Action, Guard, Plan};
use domain::model::sp_connection::ProvisioningOptions;
use engine::Config;

fn config(nested: bool, guards: Guards) -> Config {
    let mut channel = channel();
    channel.location.groups.nested = nested;
    channel.guards = guards;
    Config::new(&connector(), &ProvisioningOptions::default(), &channel).unwrap()
}

fn open() -> Guards {
    channel().guards
}

fn people(count: usize) -> Vec<domain::model::source::SourceEntry> {
    (1..=count).map(|n| with(person(&n.to_string(), &format!("P{n}")), "mail", &[&format!("p{n}@example.com")])).collect()
}

/// Members added to one group by a first plan.
fn added(config: &Config, directory: &Directory, group: &str) -> Vec<String> {
    let plan = Channel::default().plan(config, directory, &Target::default(), complete()).plan;
    members_of(&plan, group)
}

fn members_of(plan: &Plan, group: &str) -> Vec<String> {
    let ops = plan.ops.iter().filter(|op| op.object.source_id.0 == group);
    let members = ops.filter_map(|op| match &op.action {
        Action::AddMembers { members } => Some(members.iter().map(|m| m.0.clone()).collect()),
        _ => None,
    });
    members.collect::<Vec<_>>().pop().unwrap_or_default()
}

#[test]
fn nested_groups_are_flattened_only_when_ticked() {
    let at = |name: &str| format!("CN={name},OU=Groups,DC=example,DC=com");
    let helper = domain::model::source::SourceGroup { in_scope: false, ..group("h", "Helper", &[&dn("P3"), &at("Outer")]) };
    let groups = vec![group("o", "Outer", &[&dn("P1"), &at("Inner")]), group("i", "Inner", &[&dn("P2"), &dn("P1"), &at("Helper")]), helper];
    let directory = Directory { people: people(4), groups };
    let flat = config(true, open());
    assert_eq!(added(&flat, &directory, "o"), ["1", "2", "3"]);
    assert_eq!(added(&flat, &directory, "i"), ["1", "2", "3"], "a ring of groups is walked once");
    let plain = config(false, open());
    assert_eq!(added(&plain, &directory, "o"), ["1"]);
    let plan = Channel::default().plan(&plain, &directory, &Target::default(), complete()).plan;
    assert_eq!(plan.coverage.notes, ["2 groups have groups as members, whose people are left out: tick Nested Search to provision them."]);
    assert_eq!(plan.ops.iter().filter(|op| op.object.kind == ObjectKind::Group && matches!(op.action, Action::Create { .. })).count(), 2);
    assert_eq!(plan.coverage.groups.seen, 2, "a group read for the sake of others is not in scope");
}

#[test]
fn members_may_be_listed_by_source_id() {
    let directory = Directory { people: people(2), groups: vec![group("g", "G", &["2", &dn("P1"), "CN=Stranger,DC=x", "nobody"])] };
    assert_eq!(added(&config(true, open()), &directory, "g"), ["1", "2"]);
}

#[test]
fn a_group_that_would_lose_half_of_its_people_waits() {
    let config = config(true, Guards::default());
    let everybody: Vec<String> = (1..=20).map(|n| dn(&format!("P{n}"))).collect();
    let everybody: Vec<&str> = everybody.iter().map(String::as_str).collect();
    let mut directory = Directory { people: people(21), groups: vec![group("g", "Staff", &everybody)] };
    let (mut channel, mut target) = (Channel::default(), Target::default());
    channel.settle(&config, &directory, &mut target);
    directory.groups[0] = group("g", "Staff", &[&everybody[..9], &[&dn("P21")]].concat());
    let plan = channel.plan(&config, &directory, &target, complete()).plan;
    assert_eq!(
        plan.held.iter().map(|h| (h.guard, h.reason.as_str())).collect::<Vec<_>>(),
        [(Guard::GroupLoss, "Staff would lose 11 of 20 members: a loss of 55 %, and more than 50 % needs approval.")]
    );
    assert_eq!(members_of(&plan, "g"), ["21"], "who joins, joins");
    channel.approve(&plan);
    channel.run(&config, &directory, &mut target, complete(), &[]);
    assert_eq!(target.groups.values().next().unwrap().members.len(), 10);
}

#[test]
fn a_person_made_anew_is_in_their_groups_again() {
    let config = config(true, open());
    let directory = Directory { people: people(2), groups: vec![group("g", "G", &[&dn("P1"), &dn("P2")])] };
    let (mut channel, mut target) = (Channel::default(), Target::default());
    channel.settle(&config, &directory, &mut target);
    // Somebody deletes a user at the target, and the next change of that person finds it out.
    let gone = channel.links[&(ObjectKind::User, SourceId("1".into()))].head.target_id.0.clone();
    target.users.remove(&gone);
    target.groups.values_mut().for_each(|g| g.members.retain(|m| *m != gone));
    let mut changed = directory.clone();
    changed.people[0] = with(changed.people[0].clone(), "title", &["New"]);
    channel.settle(&config, &changed, &mut target);
    let anew = &channel.links[&(ObjectKind::User, SourceId("1".into()))].head.target_id.0;
    assert_ne!(*anew, gone);
    assert!(target.groups.values().all(|g| g.members.contains(anew) && g.members.len() == 2));
}

#[test]
fn who_is_held_stays_in_their_groups() {
    let config = config(true, Guards { max_removals: 0, max_removals_percent: 0, max_drop_percent: 100, ..Guards::default() });
    let mut directory = Directory { people: people(3), groups: vec![group("g", "G", &[&dn("P1"), &dn("P2"), &dn("P3")])] };
    let (mut channel, mut target) = (Channel::default(), Target::default());
    channel.settle(&config, &directory, &mut target);
    directory.people.remove(0);
    directory.groups[0] = group("g", "G", &[&dn("P3")]);
    channel.run(&config, &directory, &mut target, complete(), &[]);
    let first = &channel.links[&(ObjectKind::User, SourceId("1".into()))].head.target_id.0.clone();
    let group = target.groups.values().next().unwrap().clone();
    assert!(group.members.contains(first) && group.members.len() == 2, "P2 left the group, P1 is held: {group:?}");
    let plan = channel.plan(&config, &directory, &target, complete()).plan;
    channel.approve(&plan);
    channel.run(&config, &directory, &mut target, complete(), &[]);
    assert!(!target.users[first].active && target.groups.values().next().unwrap().members.len() == 1);
}
