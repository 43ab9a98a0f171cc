//! `kill -9` at every boundary of a cycle, in the middle of requests, and at random moments. After a restart everything is as the
//! directory says; nobody was created twice, and nothing was deleted twice.

use crate::house::{Channel, House};
use crate::stage::Stage;
use crate::towpath::Towpath;
use domain::model::cycle::CycleState;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sandbox::aws::{Effect, Fault, LogEntry, On, Operation, When};
use sandbox::directory::Directory;
use server::worker::FailPoint;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// A company with a channel that deletes who leaves, before its first cycle.
async fn company(people: usize) -> (Stage, Channel) {
    let stage = Stage::new(Directory::generated(3, people, 3)).await;
    let Stage { directory, aws, folder, house } = stage;
    house.stop().await;
    let house = House::open_console(folder.path()).await;
    let stage = Stage { directory, aws, folder, house };
    let mut setup = stage.setup();
    setup.target.push(("remove_action", "delete".into()));
    let store = stage.data_store().await;
    let channel = stage.house.begin_channel(&store, &setup).await;
    (stage, channel)
}

/// Something of everything that a cycle does.
fn change(stage: &Stage, n: usize) {
    let newcomer = stage.hire("New", &format!("Comer{n}"), &format!("new.comer{n}"));
    stage.hire("Second", &format!("Comer{n}"), &format!("second.comer{n}"));
    let mut logins = stage.in_scope();
    logins.retain(|login| login.starts_with("user"));
    let promoted = stage.dn(&logins[n % logins.len()]);
    stage.change(|d| {
        d.set(&promoted, "title", &[&format!("Title {n}")]).unwrap();
        let group = d.add_group(&d.groups_unit(), &format!("Project {n}")).unwrap().as_name();
        d.add_member(&d.groups_group_dn(), &group).unwrap();
        d.add_member(&group, &newcomer).unwrap();
        d.add_member(&group, &promoted).unwrap();
    });
    // The one before last is closed, the last one gets another name, and loses somebody.
    if let Some(closed) = n.checked_sub(2) {
        let dn = stage.group_dn(&format!("Programme {closed}"));
        stage.change(|d| d.delete(&dn).unwrap());
    }
    if let Some(last) = n.checked_sub(1) {
        let dn = stage.group_dn(&format!("Project {last}"));
        stage.change(|d| {
            let member = d.entry(&dn).unwrap().members().into_iter().next().unwrap();
            d.remove_member(&dn, &member).unwrap();
            d.rename(&dn, &format!("Programme {last}")).unwrap();
        });
        stage.leave(&[format!("second.comer{last}")]);
    }
}

/// What was sent still arrives: waits until nothing does any more.
async fn calm(stage: &Stage) {
    let mut asked = u64::MAX;
    while asked != stage.aws.request_count() {
        asked = stage.aws.request_count();
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// Starts Towpath again as an administrator would, lets it come to rest, and asserts that all is well.
async fn recover(stage: Stage, channel: &Channel, after: &str) -> Stage {
    let Stage { directory, aws, folder, house: _ } = stage;
    let house = House::open(folder.path()).await;
    let stage = Stage { directory, aws, folder, house };
    if stage.house.run(channel).await.iter().any(|cycle| cycle.state == CycleState::Held) {
        // More left between two kills that got far than leave in one day.
        stage.house.approve(channel).await;
    }
    stage.house.converge(channel, 12).await;
    stage.check_state(after);
    nothing_twice(&stage, after);
    stage.house.run_idle(channel).await;
    let Stage { directory, aws, folder, house } = stage;
    house.stop().await;
    let house = House::open_console(folder.path()).await;
    Stage { directory, aws, folder, house }
}

/// Nobody was created while being there, and nothing deleted a second time.
fn nothing_twice(stage: &Stage, after: &str) {
    let log = stage.aws.request_log();
    assert!(log.len() < 10_000, "the log may have lost its beginning");
    let mut deletes: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in log.iter().filter(|e| e.method == "DELETE" && e.fault.is_none()) {
        *deletes.entry(&entry.path).or_default() += 1;
    }
    assert!(deletes.values().all(|count| *count == 1), "{after}: {deletes:?}");
    // A look whether something is still there, before it would be deleted again.
    let is_look = |e: &LogEntry| e.status == 404 && matches!(e.operation, Some(Operation::GetUser | Operation::GetGroup));
    let refused: Vec<_> = stage.refused_unprovoked().into_iter().filter(|e| !is_look(e)).collect();
    assert!(refused.is_empty(), "{after}: {refused:?}");
}

async fn close(stage: &mut Stage) -> std::path::PathBuf {
    let folder = stage.folder.path().to_owned();
    let console = House::open_console(tempfile::tempdir().unwrap().path()).await;
    std::mem::replace(&mut stage.house, console).stop().await;
    folder
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_every_boundary_of_a_cycle() {
    let (mut stage, channel) = company(40).await;
    // How often each is passed before the end: the first time, and again in the middle of things.
    let times = |point: FailPoint| match point {
        FailPoint::BeforeRequest | FailPoint::Answered => vec![1, 3, 5, 8],
        FailPoint::IntentsWritten | FailPoint::PhaseDone => vec![1, 2, 3, 4],
        _ => vec![1],
    };
    let mut n = 0;
    for point in FailPoint::ALL {
        for count in times(point) {
            if point == FailPoint::TargetRead {
                stage.house.service.reset_channel(&crate::house::ADMIN, &channel.id).await.unwrap();
            } else {
                change(&stage, n);
                n += 1;
            }
            let folder = close(&mut stage).await;
            let at = format!("{}:{count}", point.name());
            Towpath::start(&folder, Some(&at)).ended(&at).await;
            calm(&stage).await;
            stage = recover(stage, &channel, &at).await;
        }
    }
}

/// What was made under a name that was given up before anybody looked is found under that name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn renamed_or_gone_before_anybody_looks() {
    let (mut stage, channel) = company(12).await;
    let folder = close(&mut stage).await;
    Towpath::start(&folder, Some("cycle-ended")).ended("the first cycle").await;
    stage = recover(stage, &channel, "the first cycle").await;

    // Two people are made, and nothing is recorded of it: one then gets another address, and one leaves.
    let (renamed, gone) = (stage.hire("Maiden", "Name", "maiden.name"), stage.hire("Short", "Stay", "short.stay"));
    let folder = close(&mut stage).await;
    Towpath::start(&folder, Some("before-record")).ended("before-record").await;
    calm(&stage).await;
    let made = stage.aws.user("maiden.name@canal.example").unwrap();
    assert!(stage.aws.user("short.stay@canal.example").unwrap().active);
    stage.change(|d| {
        d.set(&renamed, "mail", &["married.name@canal.example"]).unwrap();
        d.remove_member(&d.users_group_dn(), &gone).unwrap();
    });
    stage = recover(stage, &channel, "a name that was given up").await;
    assert_eq!(stage.aws.user("married.name@canal.example").unwrap().id, made.id);
    assert_eq!(stage.aws.user("short.stay@canal.example"), None);

    // Killed again before anybody looked under the first name, and then gone.
    let twice = stage.hire("Twice", "Killed", "first.name");
    let folder = close(&mut stage).await;
    Towpath::start(&folder, Some("before-record")).ended("before-record").await;
    calm(&stage).await;
    assert!(stage.aws.user("first.name@canal.example").is_some());
    stage.change(|d| d.set(&twice, "mail", &["second.name@canal.example"]).unwrap());
    Towpath::start(&folder, Some("intents-written")).ended("intents-written").await;
    stage.change(|d| d.remove_member(&d.users_group_dn(), &twice).unwrap());
    recover(stage, &channel, "a name that was given up, and a second kill").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_target_answers() {
    let (mut stage, channel) = company(40).await;
    let operations = [
        Operation::CreateUser,
        Operation::PatchUser,
        Operation::CreateGroup,
        Operation::PatchGroup,
        Operation::DeleteGroup,
        Operation::DeleteUser,
    ];
    change(&stage, 0);
    change(&stage, 1);
    let folder = close(&mut stage).await;
    Towpath::start(&folder, Some("cycle-ended")).ended("the first cycle").await;
    stage = recover(stage, &channel, "the first cycle").await;
    for (n, (operation, effect)) in operations.into_iter().flat_map(|o| [(o, Effect::Hang), (o, Effect::HangAfterCommit)]).enumerate() {
        let at = format!("{operation:?}, {effect}");
        change(&stage, n + 2);
        let folder = close(&mut stage).await;
        stage.aws.set_faults(vec![Fault::new(On::Operation(operation), When::Nth(1), effect)]);
        let towpath = Towpath::start(&folder, None);
        let (begun, before) = (Instant::now(), stage.refused().len());
        while stage.refused().len() == before {
            assert!(begun.elapsed() < PATIENCE, "{at} was never asked for");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        towpath.kill();
        stage.aws.clear_faults();
        calm(&stage).await;
        stage = recover(stage, &channel, &at).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_two_hundred_random_moments() {
    let (mut stage, channel) = company(25).await;
    let folder = close(&mut stage).await;
    let mut rng = StdRng::seed_from_u64(9);
    // How long this machine takes until the first request.
    let begun = Instant::now();
    let towpath = Towpath::start(&folder, None);
    while stage.aws.request_count() == 0 {
        assert!(begun.elapsed() < PATIENCE, "nothing was ever asked for");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let starts_in = begun.elapsed().as_secs_f64();
    towpath.kill();
    let begun = Instant::now();
    let mut in_the_middle = 0;
    for n in 0..200 {
        change(&stage, n);
        let before = stage.aws.request_count();
        let towpath = Towpath::start(&folder, None);
        tokio::time::sleep(Duration::from_secs_f64(starts_in * rng.random_range(0.5..1.4))).await;
        let sent = stage.aws.request_count() - before;
        towpath.kill();
        in_the_middle += usize::from(sent > 0);
    }
    calm(&stage).await;
    eprintln!("200 kills in {:?}, a start takes {starts_in:.3} s, {in_the_middle} of them after requests", begun.elapsed());
    assert!(in_the_middle > 10, "only {in_the_middle} of 200 kills came after the first request");
    recover(stage, &channel, "200 kills").await;
}
