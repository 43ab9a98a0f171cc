//! A machine that is not well: a full disk, a database that somebody else holds, a clock that jumps. It is said, nothing is lost, and
//! when it is over everything goes on by itself.

use crate::house::{House, move_clock, now, says};
use crate::stage::Stage;
use crate::towpath::Towpath;
use crate::wire::page;
use domain::model::cycle::CycleState;
use http::StatusCode;
use sandbox::aws::{Effect, Fault, On, Operation, When};
use sandbox::directory::Directory;
use service::Trouble;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const DAY_MS: i64 = 24 * 3_600_000;
const PATIENCE: Duration = Duration::from_secs(90);

/// Holds the database of a data folder, as a careless backup might.
struct Holder(Child);

impl Holder {
    fn lock(folder: &Path) -> Self {
        let script = "import sqlite3, sys\n\
                      held = sqlite3.connect(sys.argv[1], isolation_level=None)\n\
                      held.execute('BEGIN EXCLUSIVE')\n\
                      print('held', flush=True)\n\
                      sys.stdin.read()\n";
        let mut child = Command::new("python3")
            .args(["-c", script])
            .arg(folder.join("data/towpath.db"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "held");
        Self(child)
    }

    fn release(mut self) {
        drop(self.0.stdin.take().unwrap().flush());
        self.0.wait().unwrap();
    }
}

async fn trouble(house: &House, channel: &crate::house::Channel) -> Option<Trouble> {
    house.detail(channel).await.glance.status.and_then(|s| s.trouble)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_somebody_else_holds() {
    let stage = Stage::new(Directory::generated(1, 12, 1)).await;
    let (house, channel) = (&stage.house, stage.configure().await);
    assert_eq!(page(house.addr, "/readyz").await, (StatusCode::OK, "ready\n".into()));

    // It is taken when somebody was created and the answer is still on its way, so that it cannot be recorded.
    let slow = Effect::SlowBody { bytes: 40, every_ms: 100 };
    stage.aws.set_faults(vec![Fault::new(On::Operation(Operation::CreateUser), When::Always, slow)]);
    stage.hire("New", "Comer", "new.comer");
    let asked = stage.aws.request_count();
    house.service.run_channel(&crate::house::ADMIN, &channel.id, false).await.unwrap();
    let begun = Instant::now();
    while stage.aws.user("new.comer@canal.example").is_none() {
        assert!(begun.elapsed() < PATIENCE, "nobody was created");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let holder = Holder::lock(stage.folder.path());
    let sentence = loop {
        if let Some(Trouble::Database(sentence)) = trouble(house, &channel).await {
            break sentence;
        }
        assert!(begun.elapsed() < PATIENCE, "it was never said");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    says(&sentence, &["Nothing is provisioned", "another program keeps it locked"]);
    let (status, said) = page(house.addr, "/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    says(&said, &["degraded", "locked"]);
    assert_eq!(stage.aws.request_count(), asked + 1, "nothing more is sent whose outcome could not be kept");

    holder.release();
    stage.aws.clear_faults();
    house.converge(&channel, 4).await;
    stage.check("when it is free again");
    assert_eq!(trouble(house, &channel).await, None);
    assert_eq!(page(house.addr, "/readyz").await, (StatusCode::OK, "ready\n".into()));
    assert_eq!(stage.refused(), Vec::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full() {
    let stage = Stage::new(Directory::generated(1, 12, 1)).await;
    let channel = stage.configure().await;
    let Stage { directory, aws, folder, house } = stage;
    house.stop().await;
    let towpath = Towpath::start_every(folder.path(), 1, None);
    towpath.says("Up to date").await;
    let house = House::open_console(tempfile::tempdir().unwrap().path()).await;
    let stage = Stage { directory, aws, folder, house };

    // Before a cycle begins.
    towpath.take_disk(true);
    stage.hire("Early", "Bird", "early.bird");
    let asked = stage.aws.request_count();
    towpath.says("Degraded").await;
    says(&towpath.channel(&["show", "People"]), &["Nothing is provisioned", "its disk takes nothing more"]);
    let (status, said) = page(towpath.addr, "/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    says(&said, &["degraded", "disk"]);
    assert_eq!(stage.aws.request_count(), asked, "nothing is sent whose outcome could not be kept");
    towpath.take_disk(false);
    towpath.says("Up to date").await;
    stage.check("there is room again");

    // In the middle of one: people are created and it cannot be recorded.
    for n in 0..30 {
        stage.hire("Late", &format!("Bird{n}"), &format!("late.bird{n}"));
    }
    let slow = Fault::new(On::Operation(Operation::CreateUser), When::Always, Effect::Delay { ms: 200 });
    stage.aws.set_faults(vec![slow]);
    let before = stage.aws.users().len();
    crate::stage::reaches(&stage.aws, before + 3).await;
    towpath.take_disk(true);
    towpath.says("Degraded").await;
    stage.aws.clear_faults();
    assert!(stage.aws.users().len() < before + 30, "it stopped in the middle");
    towpath.take_disk(false);
    towpath.says("Up to date").await;
    assert_eq!(page(towpath.addr, "/readyz").await, (StatusCode::OK, "ready\n".into()));
    stage.check("there is room once more");
    assert_eq!(stage.refused(), Vec::new(), "nobody was created twice");
    towpath.kill();
    let Stage { directory, aws, folder, house: _ } = stage;
    let house = House::open(folder.path()).await;
    let stage = Stage { directory, aws, folder, house };
    assert_eq!(stage.house.run_well(&channel).await.touched(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_by_a_day_both_ways() {
    let stage = Stage::new(Directory::generated(1, 12, 1)).await;
    let (house, channel) = (&stage.house, stage.configure().await);
    let jumps = [(DAY_MS, "forward by 24 h"), (-DAY_MS, "back by 24 h"), (-DAY_MS, "back by 24 h"), (DAY_MS, "forward by 24 h")];
    for (n, (jump, words)) in jumps.into_iter().enumerate() {
        // Somebody waits for another try.
        let refused = stage.in_scope().remove(0);
        let dn = stage.dn(&refused);
        let refusal = Effect::Status { code: 400, retry_after: None };
        stage.aws.set_faults(vec![Fault::new(On::Operation(Operation::PatchUser), When::Nth(1), refusal)]);
        let title = format!("Title {}", now());
        stage.change(|d| d.set(&dn, "title", &[&title]).unwrap());
        assert_eq!(house.run(&channel).await.last().unwrap().state, CycleState::Partial);
        stage.aws.clear_faults();

        move_clock(jump);
        stage.hire("New", &format!("Comer {n}"), &format!("new.comer{n}"));
        let cycle = house.run(&channel).await.pop().unwrap();
        assert_eq!((cycle.state, cycle.waiting), (CycleState::Succeeded, 0), "{words}: {cycle:?}");
        stage.check(words);
        assert_eq!(house.newest(&channel).await.unwrap().id, cycle.id, "the newest cycle is the newest");
        assert!(cycle.ended_at.unwrap() >= cycle.started_at);
        let Some(Trouble::Clock(sentence)) = trouble(house, &channel).await else { panic!("{words}: nothing is said of it") };
        says(&sentence, &["clock", words]);
        let (status, said) = page(house.addr, "/readyz").await;
        assert_eq!(status, StatusCode::OK, "it serves all the same");
        says(&said, &["degraded", words]);
        let next_at = house.detail(&channel).await.glance.status.unwrap().next_at.unwrap();
        assert!((0..=8 * DAY_MS).contains(&(next_at - now())), "the next cycle is a period away");

        house.run_idle(&channel).await;
        house.run_idle(&channel).await;
        assert_eq!(trouble(house, &channel).await, None, "{words}: it is over");
    }
    assert_eq!(stage.refused_unprovoked(), Vec::new());
}
