//! What becomes of people who leave: at once, some days later, or not at all; and of those who are protected.

use crate::fixture::{channel, connector, dn, group, person, with};
use crate::model::{Channel, Directory, HOUR, Target, complete};
use domain::model::channel::Guards;
use domain::model::link::ObjectKind;
use domain::model::plan::{Action, ActionKind, Guard, Plan};
use domain::model::sp_connection::{ProvisioningOptions, RemoveAction};
use engine::Config;

const DAY: i64 = 24 * HOUR;

fn config(remove_action: RemoveAction, protected: &[&str], guards: Option<Guards>) -> Config {
    let mut channel = channel();
    channel.protected = protected.iter().map(|&p| p.to_owned()).collect();
    channel.guards = guards.unwrap_or(channel.guards);
    let options = ProvisioningOptions { remove_action, delete_after_days: 7, ..ProvisioningOptions::default() };
    Config::new(&connector(), &options, &channel).unwrap()
}

fn later() -> Config {
    config(RemoveAction::DeleteLater, &[], None)
}

/// `p1` to `p{count}`, all of them in one group.
fn company(count: usize) -> Directory {
    let people = (1..=count).map(|n| with(person(&n.to_string(), &format!("P{n}")), "mail", &[&format!("p{n}@example.com")]));
    let members: Vec<String> = (1..=count).map(|n| dn(&format!("P{n}"))).collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    Directory { people: people.collect(), groups: vec![group("g", "Everybody", &members)] }
}

fn provisioned(config: &Config, count: usize) -> (Channel, Directory, Target) {
    let (mut channel, directory, mut target) = (Channel::default(), company(count), Target::default());
    channel.now = 1_000_000_000_000;
    channel.settle(config, &directory, &mut target);
    (channel, directory, target)
}

fn leave(directory: &mut Directory, id: &str) {
    directory.people.retain(|p| p.id.0 != id);
}

fn ops(plan: &Plan) -> Vec<(&str, ActionKind)> {
    plan.ops.iter().map(|op| (op.object.source_id.0.as_str(), op.action.kind())).collect()
}

fn reasons(plan: &Plan) -> Vec<(&str, &str)> {
    plan.skipped.iter().map(|s| (s.object.name.as_str(), s.reason.as_str())).collect()
}

#[test]
fn who_left_is_disabled_and_deleted_days_later() {
    let config = later();
    let (mut channel, mut directory, mut target) = provisioned(&config, 3);
    leave(&mut directory, "1");
    let left = channel.now;
    let plan = channel.run(&config, &directory, &mut target, complete(), &[]);
    assert_eq!(ops(&plan), [("g", ActionKind::RemoveMembers), ("1", ActionKind::Disable)]);
    let link = |channel: &Channel| channel.links.values().find(|l| l.head.source_id.0 == "1").cloned();
    assert_eq!(link(&channel).unwrap().head.left_at, Some(left));
    for passed in [0, DAY, 7 * DAY - 1] {
        channel.now = left + passed;
        let plan = channel.run(&config, &directory, &mut target, complete(), &[]);
        assert!(plan.ops.is_empty() && plan.refreshed.is_empty(), "{plan:#?}");
    }
    channel.now = left + 2 * DAY + HOUR;
    let plan = channel.plan(&config, &directory, &target, complete()).plan;
    assert_eq!(plan.coverage.notes, ["1 person who left is disabled and will be deleted, the first in 5 days."]);
    channel.now = left + 7 * DAY;
    let plan = channel.run(&config, &directory, &mut target, complete(), &[]);
    assert_eq!(ops(&plan), [("1", ActionKind::Delete)]);
    assert_eq!((link(&channel), target.users.len()), (None, 2));
    assert_eq!(channel.plan(&config, &directory, &target, complete()).plan.coverage.notes, Vec::<String>::new());
}

#[test]
fn who_comes_back_in_time_is_enabled_and_their_days_are_forgotten() {
    let config = later();
    let (mut channel, all, mut target) = provisioned(&config, 2);
    let mut without = all.clone();
    leave(&mut without, "1");
    channel.run(&config, &without, &mut target, complete(), &[]);
    channel.now += 6 * DAY;
    let plan = channel.run(&config, &all, &mut target, complete(), &[]);
    assert_eq!(ops(&plan), [("1", ActionKind::Enable), ("g", ActionKind::AddMembers)]);
    assert!(channel.links.values().all(|l| l.head.left_at.is_none()));
    // Who leaves again is given all of the days again.
    channel.now += DAY;
    channel.run(&config, &without, &mut target, complete(), &[]);
    channel.now += 6 * DAY;
    assert_eq!(ops(&channel.run(&config, &without, &mut target, complete(), &[])), []);
    channel.now += DAY;
    assert_eq!(ops(&channel.run(&config, &without, &mut target, complete(), &[])), [("1", ActionKind::Delete)]);
}

#[test]
fn who_is_back_and_cannot_be_enabled_is_not_deleted_for_that() {
    let (mut channel, all, mut target) = provisioned(&later(), 2);
    let mut without = all.clone();
    leave(&mut without, "1");
    channel.run(&later(), &without, &mut target, complete(), &[]);
    let off = ProvisioningOptions {
        remove_action: RemoveAction::DeleteLater,
        delete_after_days: 7,
        update_users: false,
        ..ProvisioningOptions::default()
    };
    let off = Config::new(&connector(), &off, &crate::fixture::channel()).unwrap();
    channel.now += 6 * DAY;
    channel.run(&off, &all, &mut target, complete(), &[]);
    assert!(channel.links.values().all(|l| l.head.left_at.is_none()));
    channel.now += 6 * DAY;
    assert!(channel.run(&off, &without, &mut target, complete(), &[]).ops.iter().all(|op| op.action.kind() != ActionKind::Delete));
}

#[test]
fn days_count_from_now_where_nothing_is_known_of_the_past() {
    let (mut channel, mut directory, mut target) = provisioned(&config(RemoveAction::Disable, &[], None), 2);
    leave(&mut directory, "1");
    channel.run(&config(RemoveAction::Disable, &[], None), &directory, &mut target, complete(), &[]);
    // As links are that were written before the date was kept.
    channel.links.values_mut().for_each(|l| l.head.left_at = None);
    channel.now += 100 * DAY;
    let begun = channel.now;
    let plan = channel.run(&later(), &directory, &mut target, complete(), &[]);
    assert_eq!((ops(&plan), plan.refreshed.len()), (vec![], 1));
    channel.now = begun + 7 * DAY - 1;
    assert_eq!(ops(&channel.run(&later(), &directory, &mut target, complete(), &[])), []);
    channel.now = begun + 7 * DAY;
    assert_eq!(ops(&channel.run(&later(), &directory, &mut target, complete(), &[])), [("1", ActionKind::Delete)]);
}

#[test]
fn who_is_disabled_in_the_directory_is_deleted_later_too_unless_kept_inactive() {
    let disable = |directory: &mut Directory| directory.people[0] = with(directory.people[0].clone(), "userAccountControl", &["514"]);
    let (mut channel, mut directory, mut target) = provisioned(&later(), 2);
    disable(&mut directory);
    assert_eq!(ops(&channel.run(&later(), &directory, &mut target, complete(), &[])), [("1", ActionKind::Disable)]);
    channel.now += 7 * DAY;
    let plan = channel.run(&later(), &directory, &mut target, complete(), &[]);
    assert_eq!(ops(&plan), [("g", ActionKind::RemoveMembers), ("1", ActionKind::Delete)]);

    let options = ProvisioningOptions {
        provision_disabled: true,
        remove_action: RemoveAction::DeleteLater,
        delete_after_days: 7,
        ..ProvisioningOptions::default()
    };
    let kept = Config::new(&connector(), &options, &crate::fixture::channel()).unwrap();
    let (mut channel, mut directory, mut target) = provisioned(&kept, 2);
    disable(&mut directory);
    assert_eq!(ops(&channel.run(&kept, &directory, &mut target, complete(), &[])), [("1", ActionKind::Disable)]);
    channel.now += 100 * DAY;
    assert_eq!(ops(&channel.run(&kept, &directory, &mut target, complete(), &[])), [], "kept, inactive, for as long as it is in scope");
    leave(&mut directory, "1");
    channel.run(&kept, &directory, &mut target, complete(), &[]);
    channel.now += 6 * DAY;
    assert_eq!(ops(&channel.run(&kept, &directory, &mut target, complete(), &[])), [], "its days count from when it left");
    channel.now += DAY;
    assert_eq!(ops(&channel.run(&kept, &directory, &mut target, complete(), &[])), [("1", ActionKind::Delete)]);
}

#[test]
fn the_guards_count_what_is_deleted_later() {
    let guards = Guards { max_drop_percent: 100, hold_when_empty: false, max_removals: 2, max_removals_percent: 0, ..Guards::default() };
    let config = config(RemoveAction::DeleteLater, &[], Some(guards));
    let (mut channel, mut directory, mut target) = provisioned(&config, 6);
    for id in ["1", "2", "3"] {
        leave(&mut directory, id);
    }
    let plan = channel.run(&config, &directory, &mut target, complete(), &[]);
    channel.approve(&plan);
    channel.run(&config, &directory, &mut target, complete(), &[]);
    assert_eq!(target.users.values().filter(|u| !u.active).count(), 3);
    channel.now += 7 * DAY;
    let plan = channel.run(&config, &directory, &mut target, complete(), &[]);
    assert_eq!((ops(&plan), plan.held[0].guard, plan.held[0].ops.len()), (vec![], Guard::TooManyRemovals, 3));
    assert_eq!(target.users.len(), 6);
    // Nor does a read that saw too little delete anybody whose day has come.
    let mut coverage = complete();
    coverage.users.ids_complete = false;
    assert_eq!(ops(&channel.run(&config, &directory, &mut target, coverage, &[])), []);
}

#[test]
fn nothing_leaves_them_as_they_are_and_says_so() {
    let config = config(RemoveAction::Nothing, &[], None);
    let (mut channel, mut directory, mut target) = provisioned(&config, 3);
    leave(&mut directory, "1");
    directory.people[0] = with(directory.people[0].clone(), "userAccountControl", &["514"]);
    let before = target.clone();
    let plan = channel.run(&config, &directory, &mut target, complete(), &[]);
    let stays = "Remove User Action is Nothing, so it stays as it is at the target.";
    assert_eq!(
        reasons(&plan),
        [
            ("p1@example.com", format!("Left the source location. {stays}").as_str()),
            ("p2@example.com", format!("Disabled in the directory. {stays}").as_str()),
        ]
    );
    assert_eq!((ops(&plan), &target.users, &target.groups), (vec![], &before.users, &before.groups));
}

#[test]
fn who_is_protected_is_never_disabled_deleted_or_taken_out_of_a_group() {
    for action in [RemoveAction::Disable, RemoveAction::Delete, RemoveAction::DeleteLater] {
        let config = config(action, &["P1@*", "p?@elsewhere.example"], None);
        let (mut channel, mut directory, mut target) = provisioned(&config, 4);
        let mut without = directory.clone();
        leave(&mut without, "1");
        leave(&mut without, "2");
        let plan = channel.plan(&config, &without, &target, complete()).plan;
        assert_eq!(
            reasons(&plan),
            [("p1@example.com", "Left the source location. Protected by ‘P1@*’, so it stays as it is at the target.")]
        );
        let leaving = plan.ops.iter().find_map(|op| match &op.action {
            Action::RemoveMembers { members } => Some(members.iter().map(|m| m.0.as_str()).collect::<Vec<_>>()),
            _ => None,
        });
        assert_eq!(leaving.unwrap(), ["2"]);
        assert!(plan.ops.iter().all(|op| op.object.source_id.0 != "1"), "{plan:#?}");

        // Still in scope, and out of a group.
        directory.groups[0].members.retain(|m| *m == dn("P4"));
        let plan = channel.run(&config, &directory, &mut target, complete(), &[]);
        assert_eq!(
            reasons(&plan),
            [(
                "p1@example.com",
                "No longer in the group Everybody in the directory. Protected by ‘P1@*’, so it stays a member at the target."
            )]
        );
        assert_eq!(target.groups["t5"].members.iter().collect::<Vec<_>>(), ["t1", "t4"]);
        let plan = channel.run(&config, &directory, &mut target, complete(), &[]);
        assert!(plan.ops.is_empty() && plan.refreshed.is_empty(), "{plan:#?}");

        // And the group itself.
        directory.groups.clear();
        let plan = channel.run(&config, &directory, &mut target, complete(), &[]);
        assert_eq!(ops(&plan), []);
        let said = "Left the source location. Members of it are protected (‘p1@example.com’), so it stays as it is at the target.";
        assert_eq!(reasons(&plan), [("Everybody", said)]);
        assert_eq!(channel.links.keys().filter(|(kind, _)| *kind == ObjectKind::Group).count(), 1);
    }
}

#[test]
fn an_approval_does_not_reach_who_is_protected() {
    let guards = Guards { max_drop_percent: 100, max_removals: 0, max_removals_percent: 0, ..Guards::default() };
    let free = config(RemoveAction::Delete, &[], Some(guards.clone()));
    let (mut channel, mut directory, mut target) = provisioned(&free, 2);
    leave(&mut directory, "1");
    let plan = channel.run(&free, &directory, &mut target, complete(), &[]);
    channel.approve(&plan);
    assert!(!channel.approvals.is_empty());
    let config = config(RemoveAction::Delete, &["p1@example.com"], Some(guards));
    assert_eq!(ops(&channel.run(&config, &directory, &mut target, complete(), &[])), []);
}

/// A group that is gone from the read with its people, and held: it still says who was in it. Whoever is made anew is not.
#[test]
fn who_comes_back_as_a_new_object_joins_the_groups_that_were_held() {
    let config = config(RemoveAction::Delete, &[], None);
    let (mut channel, directory, mut target) = provisioned(&config, 3);
    let mut gone = directory.clone();
    leave(&mut gone, "2");
    gone.groups.clear();
    let plan = channel.run(&config, &gone, &mut target, complete(), &[]);
    assert_eq!(plan.ops.iter().map(|op| op.action.kind()).collect::<Vec<_>>(), [ActionKind::Delete]);
    assert_eq!(plan.held.len(), 1, "the group");
    channel.settle(&config, &directory, &mut target);
    assert_eq!(target.groups.values().map(|group| group.members.len()).collect::<Vec<_>>(), [3]);
}
