//! Drift is found, and repairing it makes the target as the directory says.

use crate::fixture::{group, person};
use crate::model::{Channel, Directory, HOUR, Target, complete};
use crate::properties::config_with;
use domain::id::SourceId;
use domain::model::channel::ExistingObjects;
use domain::model::link::ObjectKind;
use domain::model::sp_connection::ProvisioningOptions;
use domain::model::verification::{Difference, Drift, UnknownObject};
use engine::{Comparison, Config, LinkIndex, Observed};
use proptest::prelude::*;

fn config() -> Config {
    config_with(ProvisioningOptions::default(), ExistingObjects::Adopt, None)
}

fn compare(config: &Config, channel: &Channel, observed: Observed) -> (Vec<Drift>, Vec<UnknownObject>, u32) {
    let index = LinkIndex::from_heads(channel.links.values().map(|l| l.head.clone()));
    let mut comparison = Comparison::new(config, &index, observed);
    let drifts = channel.links.values().flat_map(|link| comparison.link(link)).collect();
    (drifts, comparison.unknown(), comparison.unverified_groups)
}

fn provisioned() -> (Channel, Directory, Target) {
    let names = ["ann", "bob", "eve"];
    let mut people: Vec<_> = names.iter().map(|name| person(name, name)).collect();
    people.sort_by(|a, b| a.id.cmp(&b.id));
    let team = group("team", "Team", &[&people[0].dn, &people[1].dn]);
    let directory = Directory { people, groups: vec![team] };
    let (mut channel, mut target) = (Channel { now: HOUR, ..Channel::default() }, Target::default());
    channel.run(&config(), &directory, &mut target, complete(), &[]);
    (channel, directory, target)
}

fn id_of(channel: &Channel, kind: ObjectKind, id: &str) -> String {
    channel.links[&(kind, SourceId(id.into()))].head.target_id.0.clone()
}

#[test]
fn nothing_differs_after_a_cycle() {
    let (channel, _, target) = provisioned();
    assert_eq!(compare(&config(), &channel, target.list(&config(), None)), (Vec::new(), Vec::new(), 0));
}

#[test]
fn every_kind_of_drift_is_found_and_mended() {
    let config = config();
    let (mut channel, directory, mut target) = provisioned();
    let before = target.clone();
    let (ann, bob, eve) =
        (id_of(&channel, ObjectKind::User, "ann"), id_of(&channel, ObjectKind::User, "bob"), id_of(&channel, ObjectKind::User, "eve"));
    let team = id_of(&channel, ObjectKind::Group, "team");
    target.users.remove(&ann);
    target.users.get_mut(&bob).unwrap().values.insert("displayName".into(), "Somebody".into());
    target.users.get_mut(&eve).unwrap().active = false;
    let members = &mut target.groups.get_mut(&team).unwrap().members;
    members.clear();
    members.insert(eve.clone());
    target.add(ObjectKind::User, "stranger", &[("userName", "stranger@example.com")]);
    let (drifts, unknown, unverified) = compare(&config, &channel, target.list(&config, None));
    assert_eq!((drifts.len(), unknown.len(), unverified), (4, 1, 0), "{drifts:#?}");
    assert_eq!((unknown[0].name.as_str(), unknown[0].active), ("stranger@example.com", true));
    for drift in &drifts {
        match (&drift.what, drift.source_id.0.as_str()) {
            (Difference::Missing, "ann") => {}
            (Difference::Changed { changes, active: true, active_differs: false }, "bob") => {
                assert_eq!((changes.len(), changes[0].to.as_ref().unwrap().show()), (1, "Somebody"));
            }
            (Difference::Changed { changes, active: false, active_differs: true }, "eve") => assert_eq!(changes, &[]),
            (Difference::Members { absent, extra, strangers: 0 }, "team") => {
                assert_eq!((absent.len(), extra), (2, &vec![SourceId("eve".into())]));
            }
            other => panic!("{other:?}"),
        }
        let link = channel.links.get_mut(&(drift.kind, drift.source_id.clone())).unwrap();
        config.mend(link, &drift.what);
    }
    target.users.remove("stranger");
    channel.settle(&config, &directory, &mut target);
    assert_eq!(compare(&config, &channel, target.list(&config, None)), (Vec::new(), Vec::new(), 0));
    let plain = |t: &Target| {
        t.users
            .values()
            .map(|u| (u.values["userName"].clone(), u.values["displayName"].clone(), u.active))
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(plain(&target), plain(&before));
    assert_eq!(target.groups[&team].members.len(), 2);
}

#[test]
fn members_that_a_service_never_tells_are_said_to_be_unverified() {
    let (channel, _, target) = provisioned();
    let mut observed = target.list(&config(), None);
    observed.groups.iter_mut().for_each(|group| group.members = None);
    assert_eq!(compare(&config(), &channel, observed), (Vec::new(), Vec::new(), 1));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever somebody does at the target to objects of ours, mending it brings the target back.
    #[test]
    fn mending_brings_the_target_back(hits in prop::collection::vec((0usize..3, 0u8..5), 1..6)) {
        let config = config();
        let (mut channel, directory, mut target) = provisioned();
        let names = ["ann", "bob", "eve"];
        let team = id_of(&channel, ObjectKind::Group, "team");
        for (who, what) in hits {
            let id = id_of(&channel, ObjectKind::User, names[who]);
            let group = target.groups.get_mut(&team).unwrap();
            match what {
                0 => { target.users.remove(&id); group.members.remove(&id); }
                1 => { group.members.remove(&id); }
                2 if target.users.contains_key(&id) => { group.members.insert(id); }
                3 => { if let Some(user) = target.users.get_mut(&id) { user.active = !user.active; } }
                _ => { if let Some(user) = target.users.get_mut(&id) { user.values.remove("displayName"); } }
            }
        }
        let (drifts, ..) = compare(&config, &channel, target.list(&config, None));
        for drift in drifts {
            config.mend(channel.links.get_mut(&(drift.kind, drift.source_id.clone())).unwrap(), &drift.what);
        }
        channel.settle(&config, &directory, &mut target);
        let (drifts, ..) = compare(&config, &channel, target.list(&config, None));
        prop_assert!(drifts.is_empty(), "{drifts:?}");
        prop_assert_eq!(target.users.values().filter(|u| u.active).count(), 3);
        prop_assert_eq!(target.groups[&team].members.len(), 2);
    }
}
