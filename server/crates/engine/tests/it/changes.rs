//! Cycles that read changes alone do what cycles do that read everything.

use crate::fixture;
use crate::model::{Channel, HOUR, complete};
use crate::properties::{World, check_converged, fault, options, others, read, target_with, world};
use domain::model::channel::Guards;
use domain::model::sp_connection::ProvisioningOptions;
use engine::Config;
use proptest::prelude::*;

/// Nobody refers to anybody, since then changes alone are never enough.
fn config(options: ProvisioningOptions, guards: Option<Guards>) -> Config {
    let mut channel = fixture::channel();
    channel.mapping.retain(|row| row.field != "manager");
    channel.guards = guards.unwrap_or(channel.guards);
    let config = Config::new(&fixture::connector(), &options, &channel).unwrap();
    assert!(config.entries_stand_alone());
    config
}

fn alone(mut world: World) -> World {
    world.people.values_mut().for_each(|p| p.manager = None);
    world
}

#[test]
fn whoever_refers_to_others_does_not_stand_alone() {
    assert!(!fixture::config().entries_stand_alone());
    assert_eq!(fixture::config().reads_of_others(), Some("manager"));
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 4000, ..ProptestConfig::default() })]

    /// Whatever happened before, whatever failed, and however often the directory changed meanwhile: the plan is the same.
    #[test]
    fn changes_alone_give_the_plan_of_everything(
        worlds in prop::collection::vec((world(), prop::collection::vec(fault(), 0..6)), 1..7),
        others in others(), options in options(), held in any::<bool>(), whole in prop::collection::vec(prop::bool::weighted(0.9), 7),
    ) {
        let config = config(options, held.then(Guards::default));
        let mut target = target_with(&others);
        let mut channel = Channel { observe: true, reads_changes: true, ..Channel::default() };
        for (at, (world, faults)) in worlds.into_iter().enumerate() {
            let directory = read(&alone(world));
            let mut coverage = complete();
            coverage.users.ids_complete = whole[at];
            for faults in [&faults[..], &[]] {
                channel.now += HOUR;
                let everything = Channel { reads_changes: false, ..channel.clone() }.plan(&config, &directory, &target, coverage.clone()).plan;
                let mut plan = channel.run(&config, &directory, &mut target, coverage.clone(), faults);
                plan.coverage.users.full = true;
                prop_assert_eq!(plan, everything);
            }
        }
    }

    /// It converges, is quiet then, and reads changes alone by then.
    #[test]
    fn changes_alone_converge(
        worlds in prop::collection::vec((world(), prop::collection::vec(fault(), 0..8)), 1..5), others in others(), options in options(),
    ) {
        let config = config(options.clone(), None);
        let mut target = target_with(&others);
        let mut channel = Channel { observe: true, reads_changes: true, ..Channel::default() };
        for (world, faults) in worlds {
            let world = alone(world);
            let directory = read(&world);
            channel.now += HOUR;
            channel.run(&config, &directory, &mut target, complete(), &faults);
            channel.settle(&config, &directory, &mut target);
            check_converged(&world, &channel, &target, &options)?;
            let calls = target.calls;
            let plan = channel.run(&config, &directory, &mut target, complete(), &[]);
            prop_assert!(plan.ops.is_empty() && plan.refreshed.is_empty(), "{:#?}", plan);
            prop_assert_eq!(target.calls, calls);
            prop_assert!(channel.links.is_empty() || !plan.coverage.users.full, "{:#?}", channel.changes);
        }
    }
}
