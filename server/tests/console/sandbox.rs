//! `towpath sandbox` as somebody who tries Towpath out starts it.

use crate::browser::Browser;
use crate::wizard::Wizard;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub struct Sandbox {
    child: Child,
    ready: serde_json::Value,
}

impl Sandbox {
    pub async fn start(data_dir: &Path, more: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_towpath"));
        command.args(["sandbox", "--json", "--data-dir"]).arg(data_dir).args(more).current_dir(data_dir);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = tokio::time::timeout(Duration::from_secs(60), lines.next_line()).await.unwrap().unwrap().unwrap();
        Self { child, ready: serde_json::from_str(&line).unwrap() }
    }

    pub fn get(&self, key: &str) -> &str {
        self.ready[key].as_str().unwrap_or_else(|| panic!("{key} is missing in {}", self.ready))
    }

    pub async fn administrator(&self) -> Browser {
        let mut browser = Browser::at(self.get("console_url").strip_prefix("http://").unwrap().parse().unwrap());
        let answer = browser.post("/sign-in", &[("username", self.get("admin_user")), ("password", self.get("admin_password"))]).await;
        assert_eq!(answer.location(), "/");
        browser
    }

    /// Users at the emulated AWS, which are fewer than a page holds.
    async fn people(&self) -> usize {
        self.users().await.len()
    }

    /// The same users, as the endpoint answers them.
    pub async fn users(&self) -> Vec<serde_json::Value> {
        let url = self.get("scim_url").strip_prefix("http://").unwrap();
        let (address, path) = url.split_once('/').unwrap();
        let token = format!("Bearer {}", self.get("scim_token"));
        let path = format!("/{path}Users?count=100");
        let answer = Browser::at(address.parse().unwrap()).send("GET", &path, &[("authorization", &token)], "".into()).await;
        let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        body["Resources"].as_array().unwrap().clone()
    }

    pub async fn stop(mut self) {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
        let status = tokio::time::timeout(Duration::from_secs(30), self.child.wait()).await.unwrap().unwrap();
        assert!(status.success(), "{status}");
    }
}

#[tokio::test]
async fn the_sample_people_arrive_and_everything_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]).await;
    for key in
        ["ldap_url", "bind_dn", "bind_password", "base_dn", "users_group_dn", "groups_group_dn", "person_username", "person_password"]
    {
        assert!(!sandbox.get(key).is_empty());
    }
    let mut browser = sandbox.administrator().await;
    let begun = Instant::now();
    loop {
        let page = browser.page("/channels").await;
        assert!(page.contains("Canal Works to AWS") && page.contains("Sandbox"), "{page}");
        if page.contains("Up to date") {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "not up to date after a minute: {page}");
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    assert!(sandbox.people().await > 40, "{} people", sandbox.people().await);
    let (before, people) = (sandbox.ready.clone(), sandbox.people().await);
    sandbox.stop().await;

    let again = Sandbox::start(folder.path(), &[]).await;
    for key in ["admin_password", "ldap_url", "scim_url", "scim_token", "bind_password"] {
        assert_eq!(again.ready[key], before[key], "{key}");
    }
    assert_eq!(again.people().await, people);
    let mut browser = again.administrator().await;
    for (page, name) in
        [("/data-stores", "Canal Works Directory"), ("/pcvs", "Canal Works Passwords"), ("/idp-adapters", "Canal Works Sign-On")]
    {
        let page = browser.page(page).await;
        assert_eq!(page.matches(&format!(">{name}<")).count(), 1, "made once, and kept: {page}");
    }
    again.stop().await;
}

#[tokio::test]
async fn a_saved_frequency_holds_for_the_pause_under_way() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]).await;
    let mut browser = sandbox.administrator().await;
    let begun = Instant::now();
    let channel = loop {
        let page = browser.page("/channels").await;
        if page.contains("Up to date") {
            break page.split("href=\"/channels/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "not up to date after a minute: {page}");
        tokio::time::sleep(Duration::from_millis(250)).await;
    };
    let channel = format!("/channels/{channel}");
    let before = browser.page(&channel).await.matches("href=\"/cycles/").count();
    let mut wizard = Wizard::begin(&mut browser, "/protocol-settings/edit").await;
    wizard.to(&mut browser, "next", &[], "outbound-provisioning").await;
    wizard.press(&mut browser, "save", &[("frequency_secs", "5")]).await;
    // By the frequency that held before, there would be at most one more in this time.
    let saved = Instant::now();
    loop {
        let page = browser.page(&channel).await;
        if page.matches("href=\"/cycles/").count() >= before + 3 {
            assert!(page.contains("5 seconds (global)"), "{page}");
            break;
        }
        assert!(saved.elapsed() < Duration::from_secs(45), "the saved frequency does not hold: {page}");
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn empty_means_nothing_is_configured() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &["--empty"]).await;
    let mut browser = sandbox.administrator().await;
    for page in ["/data-stores", "/pcvs", "/idp-adapters"] {
        assert!(!browser.page(page).await.contains("Canal Works"), "{page}");
    }
    assert!(!browser.page("/sp-connections").await.contains("AWS IAM Identity Center"));
    sandbox.stop().await;
}
