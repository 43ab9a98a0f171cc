//! `towpath` as a program, against a running server's socket and without one.

use crate::company;
use crate::house::{House, USER};
use crate::sandbox::Sandbox;
use domain::actor::Actor;
use std::path::Path;
use std::process::Output;
use tokio::process::Command;

pub const LOCAL: Actor = Actor::Local { uid: 0 };

async fn towpath(data_dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_towpath"))
        .args(args)
        .arg("--data-dir")
        .arg(data_dir)
        .env_clear()
        .current_dir(data_dir)
        .output()
        .await
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn channels_through_the_socket() {
    let house = House::open_without_worker().await;
    let out = towpath(house.data_dir(), &["channel", "list"]).await;
    assert_eq!((out.status.code(), text(&out.stdout)), (Some(0), "There is no channel yet.\n"), "{}", text(&out.stderr));
    let out = towpath(house.data_dir(), &["channel", "list", "--json"]).await;
    assert_eq!(text(&out.stdout), "[]\n");
    let out = towpath(house.data_dir(), &["channel", "pause", "No/such one"]).await;
    assert_eq!(out.status.code(), Some(1));
    assert_eq!(text(&out.stderr), "towpath: There is no channel ‘No/such one’. ‘towpath channel list’ shows all.\n");
    house.stop().await;
}

#[tokio::test]
async fn without_a_server_the_channels_say_so_and_accounts_work() {
    let folder = tempfile::tempdir().unwrap();
    let out = towpath(folder.path(), &["channel", "list"]).await;
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("no server is running on"), "{}", text(&out.stderr));
    let absent = ["admin", "reset-password", "eve", "--data-dir", "nowhere"];
    let out = Command::new(env!("CARGO_BIN_EXE_towpath")).args(absent).env_clear().current_dir(folder.path()).output().await.unwrap();
    assert_eq!(text(&out.stderr), "towpath: there is no data directory nowhere; name the server's with --data-dir.\n");
    let out = towpath(folder.path(), &["admin", "create", "eve", "--json"]).await;
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let made: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((made["username"].as_str(), made["password"].as_str().map(str::len)), (Some("eve"), Some(20)));
    let out = towpath(folder.path(), &["admin", "create", "eve"]).await;
    assert_eq!((out.status.code(), text(&out.stderr)), (Some(1), "towpath: There is already an account named eve.\n"));
}

#[tokio::test]
async fn a_password_is_reset_through_the_running_server() {
    let house = House::open_without_worker().await;
    let mut browser = house.administrator().await;
    let out = towpath(house.data_dir(), &["admin", "reset-password", USER]).await;
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let password = text(&out.stdout).lines().next().unwrap().strip_prefix("One-time password of admin: ").unwrap().to_owned();
    assert_eq!(browser.get("/channels").await.status, 303, "its sessions have ended");
    assert_eq!(browser.post("/sign-in", &[("username", USER), ("password", &password)]).await.location(), "/password");
    house.stop().await;
}

#[tokio::test]
async fn a_second_server_on_one_directory_is_refused() {
    let house = House::open_without_worker().await;
    let out = towpath(house.data_dir(), &["serve", "--listen", "127.0.0.1:0"]).await;
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("another Towpath (process"), "{}", text(&out.stderr));
    let socket = house.data_dir().join("towpath.sock");
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(socket.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(house.data_dir().join("towpath.db").metadata().unwrap().permissions().mode() & 0o077, 0);
    let folder = house.folder.path().to_owned();
    house.stop().await;
    assert!(!folder.join("towpath.sock").exists());
}

#[tokio::test]
async fn the_doctor_says_what_works_and_what_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]).await;
    let mut browser = company::ready(&sandbox).await;
    let data_dir = folder.path();
    let out = towpath(data_dir, &["doctor"]).await;
    let said = text(&out.stdout);
    assert_eq!(out.status.code(), Some(0), "{said}{}", text(&out.stderr));
    for part in
        ["Disk\n", "Database\n  ok      Answers", "Clock\n  ok", "Data Store ", "Target of ", "Nothing that was looked at has failed."]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    let answer = browser.post("/sandbox/aws/faults/refuse-token", &[("run", "on")]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let out = towpath(data_dir, &["doctor", "--json"]).await;
    assert_eq!(out.status.code(), Some(1), "{}", text(&out.stderr));
    let found: Vec<service::doctor::Examined> = serde_json::from_slice(&out.stdout).unwrap();
    let failed: Vec<_> = found.iter().filter(|examined| !examined.report.passed()).map(|examined| examined.subject.as_str()).collect();
    assert!(matches!(failed.as_slice(), [one] if one.starts_with("Target of ")), "{failed:?}");
    sandbox.stop().await;
}
