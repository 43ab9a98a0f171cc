//! The log viewer, the level of one channel, and what must never be in a log.

use crate::browser::Browser;
use crate::company::{change, ready, user, wait_for, words};
use crate::house::House;
use crate::sandbox::Sandbox;
use http_body_util::BodyExt;
use hyper::body::Bytes;
use std::path::Path;
use std::time::{Duration, Instant};
use store::{Keys, Store};

const LOGS: [&str; 5] = ["server", "provisioner", "provisioner-audit", "admin", "audit"];
const TITLE: &str = "Zephyrwright";

/// The id of the only channel.
async fn channel(browser: &mut Browser) -> String {
    let page = browser.page("/channels").await;
    page.split("<tr id=\"channel-").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

async fn set_level(browser: &mut Browser, channel: &str, minutes: &str) {
    let answer = browser.post("/api/channels/log-level", &[("channel", channel), ("debug_minutes", minutes)]).await;
    assert!(answer.status < 400, "{} {}", answer.status, answer.body);
}

/// Keeps the job titles out of logs, as ticking Mask does.
async fn mask_titles(data_dir: &Path) {
    let keys = Keys::load_or_create(&data_dir.join("towpath.key")).unwrap();
    let store = Store::open(data_dir.join("towpath.db").to_str().unwrap(), keys).await.unwrap();
    let mut stored = store.read().await.unwrap().list_connections().await.unwrap().remove(0);
    let row = stored.value.provisioning.channels[0].mapping.iter_mut().find(|row| row.field == "title").unwrap();
    row.mask = true;
    let mut tx = store.begin().await.unwrap();
    tx.update_connection(&stored.value, stored.version, "admin", 1).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
}

/// Waits until a log says all of this, and answers it.
async fn written(data_dir: &Path, log: &str, says: &[&str]) -> String {
    let begun = Instant::now();
    loop {
        let text = std::fs::read_to_string(data_dir.join(format!("log/{log}.log"))).unwrap_or_default();
        let missing: Vec<_> = says.iter().filter(|part| !text.contains(**part)).collect();
        if missing.is_empty() {
            return text;
        }
        assert!(begun.elapsed() < Duration::from_secs(45), "{log}.log does not say {missing:?}: {text}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_channel_at_debug_tells_every_step_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]).await;
    ready(&sandbox).await;
    sandbox.stop().await;
    mask_titles(folder.path()).await;

    let sandbox = Sandbox::start(folder.path(), &[]).await;
    let mut browser = ready(&sandbox).await;
    let id = channel(&mut browser).await;
    let own = format!("/channels/{id}");
    let before = written(folder.path(), "provisioner", &["cycle ends"]).await;
    assert!(!before.contains("DEBUG"), "{before}");
    assert!(words(&browser.page(&own).await).contains("DEBUG for 15 minutes"));
    set_level(&mut browser, &id, "60").await;
    let page = words(&browser.page(&own).await);
    assert!(page.contains("Back to INFO now") && !page.contains("DEBUG for 15 minutes"), "{page}");
    written(folder.path(), "admin", &["log level set to DEBUG for 60 minutes"]).await;

    // Somebody comes, and what the service says of them repeats what is masked.
    let hire = [("given_name", "Jane"), ("family_name", "Doe"), ("mail", "jane.doe@canal.example"), ("title", TITLE)];
    change(&mut browser, "/sandbox/company/hire", &hire).await;
    wait_for(&mut browser, &own, &["1 created"]).await;
    assert_eq!(user(&sandbox.users().await, "jane.doe@canal.example")["title"], TITLE, "the service has it");
    let log = written(folder.path(), "provisioner", &["read the directory", "planned", "SCIM call", "directory search", "answered"]).await;
    let planned = log.lines().find(|line| line.contains("planned") && line.contains("Jane Doe")).unwrap();
    assert!(planned.contains("title: nothing -> ••••••") && planned.contains("jane.doe@canal.example"), "{planned}");
    assert!(planned.contains(&format!("channel={id}")), "{planned}");

    // A restart does not end it.
    sandbox.stop().await;
    let size = std::fs::metadata(folder.path().join("log/provisioner.log")).unwrap().len();
    let sandbox = Sandbox::start(folder.path(), &[]).await;
    let mut browser = ready(&sandbox).await;
    assert!(words(&browser.page(&own).await).contains("Back to INFO now"));
    browser.post("/api/channels/run", &[("channel", &id), ("full", "true")]).await;
    let begun = Instant::now();
    while !written(folder.path(), "provisioner", &[]).await.get(size as usize..).unwrap_or_default().contains("DEBUG") {
        assert!(begun.elapsed() < Duration::from_secs(45), "nothing at DEBUG after the restart");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    // Nobody finds a secret, nor what is masked: not in the files, nor on the pages.
    let mut secrets: Vec<_> =
        ["bind_password", "admin_password", "scim_token", "person_password"].map(|key| sandbox.get(key).to_owned()).to_vec();
    secrets.push(TITLE.to_owned());
    let mut pages = vec!["/channels".to_owned(), own.clone(), format!("{own}/cycles")];
    pages.extend(LOGS.map(|log| format!("/logs?log={log}")));
    pages.extend(
        browser
            .page(&format!("{own}/cycles?changed=1"))
            .await
            .split("href=\"/cycles/")
            .skip(1)
            .map(|rest| format!("/cycles/{}", &rest[..rest.find('"').unwrap()])),
    );
    assert!(pages.len() > 8, "{pages:?}");
    for page in pages {
        let text = browser.page(&page).await;
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{page} has {secret}");
        }
    }
    for entry in std::fs::read_dir(folder.path().join("log")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{} has {secret}", path.display());
        }
    }

    // By hand it ends at once.
    set_level(&mut browser, &id, "0").await;
    wait_for(&mut browser, &own, &["DEBUG for 15 minutes"]).await;
    sandbox.stop().await;
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::create_dir_all(folder.join("log")).unwrap();
    std::fs::write(folder.join("log").join(name), text).unwrap();
}

#[tokio::test]
async fn logs_are_searched_narrowed_and_paged_by_administrators_only() {
    let house = House::open_without_worker().await;
    let lines = |day: &str, from: usize, until: usize| -> String {
        let level = |n: usize| if n.is_multiple_of(50) { " WARN" } else { " INFO" };
        (from..until).map(|n| format!("{day}T10:00:00.{n:06}Z {} server: entry {n:03} <b>\n", level(n))).collect()
    };
    write(house.data_dir(), "server.2026-11-23.log", &lines("2026-11-23", 0, 150));
    write(house.data_dir(), "server.2026-11-24.log", &lines("2026-11-24", 150, 200));
    write(
        house.data_dir(),
        "audit-provisioner.2026-11-24.log",
        "2026-11-24T10:00:00.000Z| cy1| c1| CREATE_USER| s1| | false| rejected: no\n",
    );
    let mut browser = house.administrator().await;
    let page = browser.page("/logs").await;
    assert!(page.contains("entry 199 &lt;b&gt;") && page.contains("entry 100 ") && !page.contains("entry 099 "), "{}", words(&page));
    let older = page.split("href=\"/logs?").map(|rest| rest.split('"').next().unwrap()).find(|href| href.contains("before=")).unwrap();
    let older = browser.page(&format!("/logs?{}", older.replace("&amp;", "&"))).await;
    assert!(older.contains("entry 099 ") && older.contains("entry 000 ") && !older.contains("entry 100 "), "{}", words(&older));
    assert!(older.contains("Newest entries") && !older.contains("Search further back"), "{}", words(&older));
    let warnings = words(&browser.page("/logs?level=WARN").await);
    assert!(["000", "050", "100", "150"].iter().all(|n| warnings.contains(n)) && !warnings.contains("entry 199"), "{warnings}");
    assert!(words(&browser.page("/logs?q=ENTRY+042").await).contains("entry 042"));
    assert!(words(&browser.page("/logs?q=nobody").await).contains("No entry is like this."));
    let audit = browser.page("/logs?log=provisioner-audit&level=WARN").await;
    assert!(audit.contains("href=\"/cycles/cy1\"") && audit.contains("rejected: no"), "{}", words(&audit));
    assert!(words(&browser.page("/logs?log=admin").await).contains("Nothing was written to this log yet."));

    // It is followed where the newest are shown, and by nobody else.
    for (address, status) in [("?log=server", 200), ("?log=server&follow=0", 204), ("?log=server&before=2026-11-24.9", 204)] {
        let response = browser.open("GET", &format!("/events/logs{address}"), &[], Bytes::new()).await;
        assert_eq!(response.status(), status, "{address}");
    }
    let mut stranger = house.visitor();
    assert_eq!(stranger.get("/logs").await.status, 303);
    assert_eq!(stranger.get("/events/logs").await.status, 401);
    assert!(stranger.post("/api/logs/read", &[("query", "")]).await.body.contains("SignIn"));
    house.stop().await;
}

#[tokio::test]
async fn who_looks_at_a_log_is_told_when_it_grows() {
    let house = House::open_without_worker().await;
    let logs = server::telemetry::start(house.data_dir(), "info", "error").unwrap();
    let mut browser = house.administrator().await;
    let mut body = browser.open("GET", "/events/logs?log=admin", &[], Bytes::new()).await.into_body();
    let mut next = async || tokio::time::timeout(Duration::from_secs(5), body.frame()).await;
    assert!(next().await.is_ok(), "one at once");
    tracing::info!(target: "admin", "somebody changed something");
    assert!(next().await.is_ok(), "and one after it");
    drop(logs);
    wait_for(&mut browser, "/logs?log=admin", &["somebody changed something"]).await;
    house.stop().await;
}
