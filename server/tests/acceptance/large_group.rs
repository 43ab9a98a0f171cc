//! A group with more members than AWS takes in one request.

use crate::relay::{Exchange, Recorder};
use crate::stage::Stage;
use domain::model::cycle::CycleState;
use http::Method;
use sandbox::aws::{Config, Throttle};
use sandbox::directory::Directory;

/// How many members each PATCH of a group was about.
fn members_sent(exchanges: &[Exchange]) -> Vec<usize> {
    let patches = exchanges.iter().filter(|e| e.method == Method::PATCH && e.path.contains("/Groups/"));
    let members = |e: &Exchange| {
        let operations = e.body["Operations"].as_array().unwrap();
        operations
            .iter()
            .filter(|o| o["path"].as_str().is_some_and(|p| p.starts_with("members")))
            .map(|o| o["value"].as_array().map_or(1, Vec::len))
            .sum()
    };
    patches.map(members).filter(|count| *count > 0).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_of_250_arrives_a_hundred_at_a_time_within_the_limits_of_aws() {
    // One in fifty is disabled.
    let throttled = |config: &mut Config| config.throttle = Some(Throttle::aws());
    let stage = Stage::with(Directory::generated(1, 255, 0), throttled, None).await;
    let group = stage.change(|d| {
        let group = d.add_group(&d.groups_unit(), "Everybody").unwrap().as_name();
        d.add_member(&d.groups_group_dn(), &group).unwrap();
        for person in d.entry(&d.users_group_dn()).unwrap().members() {
            d.add_member(&group, &person).unwrap();
        }
        group
    });
    let relay = Recorder::start(stage.aws.address()).await;
    let mut setup = stage.setup();
    setup.target[0].1 = format!("http://{}{}", relay.addr, stage.aws.base_path());
    let channel = stage.configure_with(&setup).await;
    let house = &stage.house;
    let first = house.newest(&channel).await.unwrap();
    assert_eq!(first.state, CycleState::Succeeded);
    let took = first.ended_at.unwrap() - first.started_at;
    assert!(took < 25_000, "250 creates at 24.5 a second take 10 s, and this took {took} ms");
    stage.check("the first cycle");
    assert_eq!(stage.aws.group("Everybody").unwrap().members.len(), 250);
    let sent = relay.take();
    assert_eq!(members_sent(&sent), [100, 100, 50]);
    assert!(sent.iter().filter(|e| e.is_write()).count() == 250 + 1 + 3, "a create each, and the members");

    let newcomer = stage.hire("New", "Comer", "new.comer");
    stage.change(|d| d.add_member(&group, &newcomer).unwrap());
    house.run_well(&channel).await;
    stage.check("a join");
    assert_eq!(members_sent(&relay.take()), [1]);

    // Fewer than half, so that no guard asks.
    let leavers = stage.change(|d| {
        let leavers: Vec<String> = d.entry(&group).unwrap().members().into_iter().take(120).collect();
        for person in &leavers {
            d.remove_member(&group, person).unwrap();
        }
        leavers
    });
    house.run_well(&channel).await;
    stage.check("many leave the group");
    let sent = members_sent(&relay.take());
    assert!(sent.len() == 2 && sent.iter().all(|count| *count <= 100), "{sent:?}");

    // One who is there already comes back into the group, and one leaves it: a request each with one member, and nothing else.
    stage.change(|d| d.add_member(&group, &leavers[7]).unwrap());
    house.run_well(&channel).await;
    stage.check("one comes back");
    let sent = relay.take();
    assert_eq!((sent.len(), members_sent(&sent)), (1, vec![1]), "{sent:?}");
    stage.change(|d| d.remove_member(&group, &leavers[7]).unwrap());
    house.run_well(&channel).await;
    stage.check("one leaves again");
    let sent = relay.take();
    assert_eq!((sent.len(), members_sent(&sent)), (1, vec![1]), "{sent:?}");
    assert_eq!(stage.refused(), Vec::new(), "AWS never asked for patience");
}
