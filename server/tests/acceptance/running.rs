//! Pause, Resume, Run now, and a stop in the middle of a sync.

use crate::house::{ADMIN, House, says};
use crate::slapd::{Peer, free_port};
use crate::stage::{Stage, reaches};
use domain::model::cycle::CycleState;
use sandbox::aws::Operation;
use sandbox::directory::{Directory, sample};
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pause_resume_and_run_now() {
    let stage = Stage::new(sample(1)).await;
    let house = &stage.house;
    let store = stage.data_store().await;
    let channel = house.begin_channel(&store, &stage.setup()).await;
    reaches(&stage.aws, 10).await;
    house.service.pause_channel(&ADMIN, &channel.id).await.unwrap();
    let cycle = house.settled(&channel, None).await.pop().unwrap();
    assert_eq!(cycle.state, CycleState::Stopped, "{cycle:?}");
    let there = stage.aws.users().len();
    assert!(there < 40, "it did not stop in the middle: {there}");
    says(&House::refusal(house.service.run_channel(&ADMIN, &channel.id, false).await), &["paused", "Resume"]);
    // Saving does not undo it.
    house.edit_data_store(&[("password", stage.ldap_fields()[4].1.clone())]).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!((stage.aws.users().len(), house.newest(&channel).await.unwrap().id), (there, cycle.id.clone()));

    house.service.resume_channel(&ADMIN, &channel.id).await.unwrap();
    house.settled(&channel, Some(cycle)).await;
    stage.check("resumed");
    assert_eq!(stage.asked(Operation::CreateUser), stage.aws.users().len());
    assert_eq!(stage.refused(), Vec::new());

    stage.hire("New", "Comer", "new.comer");
    house.run_well(&channel).await;
    stage.check("run now");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_is_resumed_at_once_never_runs_twice_at_a_time() {
    let stage = Stage::new(Directory::generated(1, 40, 2)).await;
    let house = &stage.house;
    let store = stage.data_store().await;
    let channel = house.begin_channel(&store, &stage.setup()).await;
    for there in [5, 12, 20] {
        reaches(&stage.aws, there).await;
        house.service.pause_channel(&ADMIN, &channel.id).await.unwrap();
        house.service.resume_channel(&ADMIN, &channel.id).await.unwrap();
    }
    let cycles = house.settled(&channel, None).await;
    for pair in cycles.windows(2) {
        assert!(pair[0].ended_at.unwrap() <= pair[1].started_at, "{pair:?}");
    }
    stage.check("after all");
    assert_eq!(stage.asked(Operation::CreateUser), stage.aws.users().len(), "nobody was created twice");
    assert_eq!(stage.refused(), Vec::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_in_the_middle_of_a_sync_goes_on_after_the_restart() {
    let stage = Stage::new(Directory::generated(1, 60, 3)).await;
    let store = stage.data_store().await;
    let channel = stage.house.begin_channel(&store, &stage.setup()).await;
    reaches(&stage.aws, 15).await;
    let begun = Instant::now();
    let stage = stage.restart().await;
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let first = stage.house.detail(&channel).await.cycles.pop().unwrap();
    assert_eq!(first.state, CycleState::Stopped, "{first:?}");
    stage.house.settled(&channel, Some(first)).await;
    stage.check("after the restart");
    assert_eq!(stage.asked(Operation::CreateUser), stage.aws.users().len(), "nobody was created twice");
    assert_eq!(stage.refused(), Vec::new());
    stage.house.run_idle(&channel).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_on_postgresql() {
    // Directly below /tmp: PostgreSQL refuses to run as root, and the user it then runs as must reach the folder.
    let data = tempfile::Builder::new().prefix("towpath-acceptance-").tempdir_in("/tmp").unwrap();
    let port = free_port();
    let _peer = Peer::start("postgres.sh", &[data.path().join("postgres").display().to_string(), port.to_string()]).ended_by("INT");
    let url = format!("postgres://towpath@127.0.0.1:{port}/postgres");
    let stage = Stage::with(sample(2), |_| {}, Some(url.clone())).await;
    let channel = stage.configure().await;
    stage.check("the first cycle");
    let (leaver, newcomer) = (stage.in_scope().remove(0), stage.hire("New", "Comer", "new.comer"));
    stage.leave(&[leaver]);
    let group = stage.group_dn("Cloud Administrators");
    stage.change(|d| d.add_member(&group, &newcomer).unwrap());
    stage.house.run_well(&channel).await;
    stage.check("a join and a leave");
    stage.house.run_idle(&channel).await;

    let Stage { directory, aws, folder, house } = stage;
    house.stop().await;
    let house = House::open_on(folder.path(), Some(url)).await;
    let stage = Stage { directory, aws, folder, house };
    let last = stage.house.settled(&channel, None).await.pop().unwrap();
    assert_eq!((last.state, last.touched()), (CycleState::Succeeded, 0), "everything is remembered: {last:?}");
    stage.check("after a restart");
}
