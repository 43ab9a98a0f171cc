//! Plans about one object: nobody else is touched, and what they do is what the cycle would have done.

use crate::fixture::person;
use crate::model::{Channel, Directory, HOUR, Target, complete};
use crate::properties::{check_converged, config_with, options, others, read, target_with, world};
use domain::id::SourceId;
use domain::model::channel::{ExistingObjects, Guards};
use domain::model::cycle::Approval;
use domain::model::link::ObjectKind;
use domain::model::plan::{Action, ActionKind, Guard, Op};
use domain::model::sp_connection::ProvisioningOptions;
use proptest::prelude::*;

const USER: ObjectKind = ObjectKind::User;

fn is_about(op: &Op, id: &SourceId) -> bool {
    let is_alone = |members: &[SourceId]| members == std::slice::from_ref(id);
    match &op.action {
        Action::AddMembers { members } | Action::RemoveMembers { members } => op.object.kind == ObjectKind::Group && is_alone(members),
        _ => op.object.kind == USER && op.object.source_id == *id,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn nobody_else_is_touched_and_the_rest_converges(
        worlds in prop::collection::vec(world(), 2..4),
        there in others(),
        options in options(),
        who in 0u8..12,
    ) {
        let config = config_with(options.clone(), ExistingObjects::Adopt, None);
        let mut target = target_with(&there);
        let mut channel = Channel { observe: true, now: HOUR, ..Channel::default() };
        let (last, before) = worlds.split_last().unwrap();
        for world in before {
            channel.run(&config, &read(world), &mut target, complete(), &[]);
            channel.now += HOUR;
        }
        let id = SourceId(format!("u{who}"));
        channel.about = Some((USER, id.clone(), None));
        let (links, others) = (channel.links.clone(), target.clone());
        for _ in 0..3 {
            let plan = channel.run(&config, &read(last), &mut target, complete(), &[]);
            prop_assert!(plan.ops.iter().all(|op| is_about(op, &id)), "{:#?}", plan.ops);
            prop_assert!(plan.held.iter().flat_map(|h| &h.ops).all(|op| is_about(op, &id)));
            prop_assert!(plan.skipped.iter().all(|s| s.object.source_id == id));
        }
        for ((kind, of), link) in &channel.links {
            let same = links.get(&(*kind, of.clone())) == Some(link);
            prop_assert!(same || *of == id || *kind == ObjectKind::Group, "the link of {of} changed");
        }
        let mine = channel.links.get(&(USER, id.clone())).or_else(|| links.get(&(USER, id.clone()))).map(|l| l.head.target_id.0.clone());
        for (target_id, thing) in &others.users {
            prop_assert!(Some(target_id) == mine.as_ref() || target.users.get(target_id) == Some(thing), "{target_id} was touched");
        }
        channel.about = None;
        channel.settle(&config, &read(last), &mut target);
        check_converged(last, &channel, &target, &options)?;
    }
}

fn provisioned(names: &[&str]) -> (Channel, Directory, Target) {
    let people = names.iter().map(|name| person(name, name)).collect();
    let directory = Directory { people, groups: Vec::new() };
    let (mut channel, mut target) = (Channel { now: HOUR, ..Channel::default() }, Target::default());
    channel.run(&config(None), &directory, &mut target, complete(), &[]);
    assert_eq!(channel.links.len(), names.len());
    (channel, directory, target)
}

fn config(guards: Option<Guards>) -> engine::Config {
    config_with(ProvisioningOptions::default(), ExistingObjects::Adopt, guards)
}

#[test]
fn who_left_is_disabled_alone() {
    let (mut channel, mut directory, mut target) = provisioned(&["ann", "bob", "eve"]);
    directory.people.retain(|p| p.id.0 == "ann");
    channel.about = Some((USER, SourceId("bob".into()), None));
    let plan = channel.run(&config(None), &directory, &mut target, complete(), &[]);
    let did: Vec<_> = plan.ops.iter().map(|op| (op.object.source_id.0.as_str(), op.action.kind())).collect();
    assert_eq!(did, [("bob", ActionKind::Disable)]);
    assert_eq!(target.users.values().filter(|u| u.active).count(), 2, "eve waits for the cycle");
}

#[test]
fn what_a_guard_holds_with_others_is_not_let_go_alone() {
    let (mut channel, mut directory, mut target) = provisioned(&["ann", "bob"]);
    directory.people.clear();
    let bob = SourceId("bob".into());
    channel.about = Some((USER, bob.clone(), Some(Guard::NobodyFound)));
    let plan = channel.run(&config(None), &directory, &mut target, complete(), &[]);
    assert_eq!((plan.ops.len(), plan.held.len(), plan.held[0].guard), (0, 1, Guard::NobodyFound));
    assert!(plan.held[0].reason.contains("Decide on the channel's page"), "{}", plan.held[0].reason);
    // A person's word counts, whichever it is.
    let say = |approved| Approval { kind: USER, source_id: bob.clone(), action: ActionKind::Disable, approved, expires_at: 99 * HOUR };
    channel.approvals = vec![say(false)];
    assert_eq!(channel.run(&config(None), &directory, &mut target, complete(), &[]).held[0].guard, Guard::Rejected);
    channel.approvals = vec![say(true)];
    assert_eq!(channel.run(&config(None), &directory, &mut target, complete(), &[]).ops.len(), 1);
}

#[test]
fn a_channel_that_lets_nobody_go_without_a_word_holds_one_too() {
    let (mut channel, mut directory, mut target) = provisioned(&["ann", "bob"]);
    directory.people.clear();
    channel.about = Some((USER, SourceId("bob".into()), None));
    let none = Guards { max_removals: 0, max_removals_percent: 0, ..Guards::default() };
    let plan = channel.run(&config(Some(none)), &directory, &mut target, complete(), &[]);
    assert_eq!((plan.ops.len(), plan.held[0].guard), (0, Guard::TooManyRemovals));
}

#[test]
fn two_who_share_a_key_are_both_left_out() {
    let (mut channel, mut directory, mut target) = provisioned(&["ann"]);
    let mut twin = person("twin", "twin");
    let other = person("other", "other");
    twin.attributes = other.attributes.clone();
    directory.people.extend([twin, other]);
    channel.about = Some((USER, SourceId("twin".into()), None));
    let plan = channel.run(&config(None), &directory, &mut target, complete(), &[]);
    assert_eq!(plan.ops, []);
    assert!(plan.skipped[0].reason.contains("is shared by 2 objects"), "{}", plan.skipped[0].reason);
}
