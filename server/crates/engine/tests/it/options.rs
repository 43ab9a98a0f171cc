//! Provisioning Options, ownership, and what the guards remember.

use crate::fixture::{channel, connector, group, person, with};
use crate::model::{Channel, Directory, Target, complete};
use domain::id::SourceId;
use domain::model::channel::Guards;
use domain::model::cycle::Approval;
use domain::model::link::ObjectKind;
use domain::model::plan::{ActionKind, Guard, Plan};
use domain::model::sp_connection::{ProvisioningOptions, RemoveAction};
use engine::{Config, LinkIndex, Memory, Observed, ObservedObject, Planner, last_complete};

fn config(options: ProvisioningOptions, guards: Option<Guards>) -> Config {
    let mut channel = channel();
    channel.guards = guards.unwrap_or(channel.guards);
    Config::new(&connector(), &options, &channel).unwrap()
}

fn people(count: usize) -> Directory {
    let people = (1..=count).map(|n| with(person(&n.to_string(), &format!("P{n}")), "mail", &[&format!("p{n}@example.com")]));
    Directory { people: people.collect(), groups: Vec::new() }
}

fn provisioned(count: usize) -> (Channel, Directory, Target) {
    let (mut channel, directory, mut target) = (Channel::default(), people(count), Target::default());
    channel.settle(&config(ProvisioningOptions::default(), None), &directory, &mut target);
    (channel, directory, target)
}

fn ops(plan: &Plan) -> Vec<(&str, ActionKind)> {
    plan.ops.iter().map(|op| (op.object.source_id.0.as_str(), op.action.kind())).collect()
}

fn reasons(plan: &Plan) -> Vec<(&str, &str)> {
    plan.skipped.iter().map(|s| (s.object.name.as_str(), s.reason.as_str())).collect()
}

#[test]
fn what_is_off_is_not_done_and_said() {
    let (channel, mut directory, target) = provisioned(4);
    directory.people[0] = with(directory.people[0].clone(), "title", &["New"]);
    directory.people[1] = with(directory.people[1].clone(), "userAccountControl", &["514"]);
    directory.people.remove(2);
    directory.people.push(person("new", "Newcomer"));
    let off = ProvisioningOptions { create_users: false, update_users: false, remove_users: false, ..ProvisioningOptions::default() };
    let plan = channel.plan(&config(off, None), &directory, &target, complete()).plan;
    assert_eq!(ops(&plan), []);
    let off = "User Disable / Delete is off, so it stays as it is at the target.";
    assert_eq!(
        reasons(&plan),
        [
            ("p2@example.com", format!("Disabled in the directory. {off}").as_str()),
            ("p3@example.com", format!("Left the source location. {off}").as_str()),
            ("Newcomer@example.com", "Not at the target yet, and User Create is off."),
        ]
    );
    assert_eq!(plan.unchanged_users, 2);
}

#[test]
fn who_comes_back_is_enabled_unless_updates_are_off() {
    let (mut channel, mut directory, mut target) = provisioned(2);
    let all = directory.clone();
    directory.people.remove(0);
    channel.settle(&config(ProvisioningOptions::default(), None), &directory, &mut target);
    let plan = channel.plan(&config(ProvisioningOptions::default(), None), &all, &target, complete()).plan;
    assert_eq!(ops(&plan), [("1", ActionKind::Enable)]);
    let off = ProvisioningOptions { update_users: false, ..ProvisioningOptions::default() };
    let plan = channel.plan(&config(off, None), &all, &target, complete()).plan;
    assert_eq!(ops(&plan), []);
    assert_eq!(reasons(&plan)[0].1, "Enabled and in the source location again, but User Update is off, so it stays inactive.");
}

#[test]
fn who_is_kept_disabled_is_never_deleted() {
    let options = ProvisioningOptions { provision_disabled: true, remove_action: RemoveAction::Delete, ..ProvisioningOptions::default() };
    let config = config(options, None);
    let (channel, mut directory, target) = provisioned(2);
    directory.people[0] = with(directory.people[0].clone(), "userAccountControl", &["514"]);
    directory.people[1].id = SourceId("other".into());
    directory.people[1] = with(with(directory.people[1].clone(), "userAccountControl", &["514"]), "mail", &["new@example.com"]);
    let plan = channel.plan(&config, &directory, &target, complete()).plan;
    assert_eq!(ops(&plan), [("other", ActionKind::Create), ("1", ActionKind::Disable), ("2", ActionKind::Delete)]);
    assert!(!plan.ops[0].after.active);
}

#[test]
fn a_drop_that_was_held_is_not_forgotten() {
    let config = config(ProvisioningOptions::default(), Some(Guards::default()));
    let (mut channel, mut directory, mut target) = provisioned(10);
    assert_eq!(channel.last.0, Some(10));
    directory.people.truncate(7);
    for _ in 0..3 {
        let plan = channel.run(&config, &directory, &mut target, complete(), &[]);
        assert_eq!(plan.held.iter().map(|h| (h.guard, h.ops.len())).collect::<Vec<_>>(), [(Guard::Drop, 3)]);
        assert_eq!(plan.held[0].reason, "Only 7 people were found, 10 at the last complete read: a drop of 30 %, and the limit is 20 %.");
        assert_eq!(channel.last.0, Some(10));
    }
    let plan = channel.plan(&config, &directory, &target, complete()).plan;
    channel.approve(&plan);
    let plan = channel.run(&config, &directory, &mut target, complete(), &[]);
    assert_eq!(plan.ops.len(), 3);
    assert_eq!((channel.last.0, last_complete(&plan, (None, None)).0), (Some(7), Some(7)));
}

#[test]
fn a_refusal_outweighs_an_approval_and_both_expire() {
    let config = config(ProvisioningOptions::default(), None);
    let (mut channel, mut directory, target) = provisioned(3);
    directory.people.remove(0);
    let say = |approved, expires_at| Approval {
        kind: ObjectKind::User,
        source_id: SourceId("1".into()),
        action: ActionKind::Disable,
        approved,
        expires_at,
    };
    channel.approvals = vec![say(true, channel.now + 2), say(false, channel.now + 1)];
    let plan = channel.plan(&config, &directory, &target, complete()).plan;
    assert_eq!((ops(&plan).len(), plan.held[0].guard, plan.held[0].ops.len()), (0, Guard::Rejected, 1));
    channel.now += 1;
    assert_eq!(ops(&channel.plan(&config, &directory, &target, complete()).plan), [("1", ActionKind::Disable)]);
}

#[test]
fn what_another_channel_keeps_is_left_to_it() {
    let config = config(ProvisioningOptions::default(), None);
    let there = ObservedObject { target: "t".into(), match_value: "P1@example.com".into(), elsewhere: true, ..ObservedObject::default() };
    let observed = Observed { complete: true, users: vec![there], groups: Vec::new() };
    let mut planner = Planner::new(&config, LinkIndex::default(), Some(observed), Memory::default());
    planner.entry(&people(1).people[0]);
    planner.group(&group("g", "G", &[&people(1).people[0].dn]));
    let plan = planner.finish(complete()).resolve(Default::default()).plan;
    assert_eq!(ops(&plan), [("g", ActionKind::Create)], "and the group is made without that person");
    assert_eq!(reasons(&plan)[0].1, "The object at the target with the userName ‘p1@example.com’ is kept by another channel.");
    assert_eq!(plan.blocked.len(), 1);
}

#[test]
fn a_key_goes_from_one_to_another_in_two_cycles() {
    let config = config(ProvisioningOptions::default(), None);
    let (mut channel, mut directory, mut target) = provisioned(2);
    directory.people[0] = with(directory.people[0].clone(), "mail", &["p2@example.com"]);
    directory.people[1] = with(directory.people[1].clone(), "mail", &["p3@example.com"]);
    let plan = channel.run(&config, &directory, &mut target, complete(), &[]);
    assert_eq!(ops(&plan), [("2", ActionKind::Update)]);
    assert_eq!(
        reasons(&plan),
        [(
            "p2@example.com",
            "The userName ‘p2@example.com’ is still used at the target by the object of source id ‘2’, which is not renamed or removed yet. \
             It is free in the cycle after that; where two exchange theirs, give one of them another one for a cycle."
        )]
    );
    let plan = channel.run(&config, &directory, &mut target, complete(), &[]);
    assert_eq!(ops(&plan), [("1", ActionKind::Update)]);
}
