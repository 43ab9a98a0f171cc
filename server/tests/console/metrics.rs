//! `/metrics`: what it says, in the words of Prometheus, and to whom.

use crate::browser::Browser;
use crate::company;
use crate::house::House;
use crate::sandbox::Sandbox;
use domain::secret::Secret;
use std::io::Write;
use std::process::{Command, Stdio};

const TOKEN: &str = "a-token-that-nobody-guesses";

fn promtool(text: &str) {
    let mut tool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    tool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let said = tool.wait_with_output().unwrap();
    let words = format!("{}{}", String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(said.status.success() && words.trim().is_empty(), "promtool: {words}\n{text}");
}

/// The value of the one series whose name and labels have all of these.
fn value(text: &str, parts: &[&str]) -> f64 {
    let found: Vec<_> = text.lines().filter(|line| !line.starts_with('#') && parts.iter().all(|part| line.contains(part))).collect();
    assert_eq!(found.len(), 1, "{parts:?} in\n{text}");
    found[0].rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_figures_of_the_sample_channel_are_told_and_well_formed() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]).await;
    company::ready(&sandbox).await;
    let mut prometheus = Browser::at(sandbox.get("console_url").strip_prefix("http://").unwrap().parse().unwrap());
    let answer = prometheus.get("/metrics").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/plain; version=0.0.4; charset=utf-8"));
    let text = answer.body;
    promtool(&text);
    assert_eq!(value(&text, &["towpath_channel_state{", "state=\"up_to_date\""]), 1.0);
    assert_eq!(value(&text, &["towpath_channel_state{", "state=\"held\""]), 0.0);
    assert!(value(&text, &["towpath_channel_lag_seconds{"]) < 120.0);
    let people = value(&text, &["towpath_channel_objects{", "kind=\"user\""]);
    assert!(people > 20.0, "{people}");
    assert_eq!(value(&text, &["towpath_operations_total{", "kind=\"user\"", "action=\"create\"", "outcome=\"done\""]), people);
    let created = &["towpath_scim_request_duration_seconds_count{", "operation=\"create_user\"", "status=\"201\""];
    assert_eq!(value(&text, created), people, "one request a person");
    assert!(value(&text, &["towpath_cycles_total{", "state=\"succeeded\""]) >= 1.0);
    assert!(value(&text, &["towpath_ldap_operation_duration_seconds_count{", "operation=\"search\""]) >= 1.0);
    assert!(value(&text, &["towpath_ldap_operation_duration_seconds_count{", "operation=\"bind\""]) >= 1.0);
    assert!(value(&text, &["towpath_http_request_duration_seconds_count{", "method=\"POST\"", "status=\"303\""]) >= 1.0);
    assert!(value(&text, &["process_resident_memory_bytes"]) > 1e6);
    // Whatever is shown is explained.
    for line in text.lines().filter(|line| line.starts_with("towpath_")) {
        let name = line.split(['{', ' ']).next().unwrap();
        let name = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        assert!(text.contains(&format!("# HELP {name} ")), "{name} is not explained");
    }
}

#[tokio::test]
async fn strangers_see_no_figures() {
    let house = House::open_as(|config| config.metrics_token = Some(Secret::new(TOKEN))).await;
    let mut here = house.visitor();
    assert_eq!(here.get("/metrics").await.status, 200, "this machine");
    let from_elsewhere = ("x-forwarded-for", "192.0.2.7");
    let answer = here.send("GET", "/metrics", &[from_elsewhere], "".into()).await;
    assert!(answer.status == 403 && answer.body.contains("TOWPATH_METRICS_TOKEN"), "{}", answer.body);
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(here.send("GET", "/metrics", &[from_elsewhere, ("authorization", &bearer)], "".into()).await.status, 200);
    for wrong in ["Bearer a-token-that-nobody-guesseS", "Bearer ", "Basic YTpi"] {
        assert_eq!(here.send("GET", "/metrics", &[from_elsewhere, ("authorization", wrong)], "".into()).await.status, 403, "{wrong}");
    }
    house.stop().await;

    // Without a token nobody elsewhere gets in, whatever they bring; behind a proxy it is the proxy's word that counts.
    let house = House::open_as(|config| config.public_url.value = Some("http://127.0.0.1".into())).await;
    let mut here = house.visitor();
    assert_eq!(here.get("/metrics").await.status, 200);
    assert_eq!(here.send("GET", "/metrics", &[("x-forwarded-for", "127.0.0.1")], "".into()).await.status, 200);
    assert_eq!(here.send("GET", "/metrics", &[("x-forwarded-for", "127.0.0.1, 192.0.2.7")], "".into()).await.status, 403);
    assert_eq!(here.send("GET", "/metrics", &[("authorization", &bearer)], "".into()).await.status, 403);
    house.stop().await;
}

/// A dashboard that asks for a figure nobody tells shows an empty panel, and nobody knows why.
#[tokio::test]
async fn the_dashboard_asks_only_for_figures_that_are_told() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/grafana-dashboard.json")).unwrap();
    let dashboard: serde_json::Value = serde_json::from_str(&text).unwrap();
    let house = House::open().await;
    let told = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/metrics.rs")).unwrap();
    let process = house.visitor().get("/metrics").await.body;
    let mut asked = 0;
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            let expression = target["expr"].as_str().unwrap();
            for name in expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
                let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
                if name.starts_with("towpath_") {
                    asked += 1;
                    assert!(told.contains(&format!("(\"{base}\", Sort::")), "{} asks for {name}", panel["title"]);
                } else if name.starts_with("process_") {
                    assert!(process.contains(&format!("\n{name} ")), "{} asks for {name}", panel["title"]);
                }
            }
        }
    }
    assert!(asked > 20, "{asked}");
    house.stop().await;
}
