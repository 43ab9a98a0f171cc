//! Faults that still end in an answer.

use http::StatusCode;
use http_body_util::BodyExt as _;
use sandbox::aws::{Effect, Fault, On, Operation, RetryAfter, When};
use tower::ServiceExt as _;

use crate::api::{Api, user};

const DOWN: Effect = Effect::Status { code: 503, retry_after: None };

async fn statuses(api: &Api, times: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..times {
        statuses.push(api.get("/Users").await.status.as_u16());
    }
    statuses
}

#[tokio::test]
async fn rules_count_the_requests_they_look_at() {
    let cases = [
        (When::Always, [503, 503, 503, 503]),
        (When::Nth(2), [200, 503, 200, 200]),
        (When::First(2), [503, 503, 200, 200]),
        (When::After(2), [200, 200, 503, 503]),
        (When::Every(2), [200, 503, 200, 503]),
        (When::Chance { probability: 0.0, seed: 1 }, [200; 4]),
        (When::Chance { probability: 1.0, seed: 1 }, [503; 4]),
    ];
    for (when, wanted) in cases {
        let api = Api::new();
        api.aws.set_faults(vec![Fault::new(On::Operation(Operation::ListUsers), when, DOWN)]);
        api.add_user("ann@example.com").await;
        assert_eq!(statuses(&api, 4).await, wanted, "{when:?}");
        api.aws.clear_faults();
        assert_eq!(statuses(&api, 1).await, [200]);
    }
}

#[tokio::test]
async fn chance_repeats_with_its_seed() {
    let api = Api::new();
    let run = async |seed: u64| {
        api.aws.set_faults(vec![Fault::new(On::Reads, When::Chance { probability: 0.5, seed }, DOWN)]);
        statuses(&api, 64).await
    };
    let first = run(7).await;
    assert_eq!(first, run(7).await);
    assert_ne!(first, run(8).await);
    let struck = first.iter().filter(|status| **status == 503).count();
    assert!((16..=48).contains(&struck), "{struck} of 64");
}

#[tokio::test]
async fn a_status_comes_before_the_commit_and_may_say_when_to_retry() {
    let api = Api::new();
    let effect = Effect::Status { code: 429, retry_after: Some(RetryAfter::Seconds(2)) };
    api.aws.set_faults(vec![Fault::new(On::Writes, When::Nth(1), effect)]);
    api.get("/Users").await.expect(200);
    let reply = api.post("/Users", user("ann@example.com")).await.expect(429);
    assert_eq!(reply.headers["retry-after"], "2");
    assert_eq!(reply.body["status"], "429");
    assert!(api.aws.users().is_empty());
    let entry = &api.aws.request_log()[1];
    assert_eq!((entry.status, entry.fault, entry.reason.as_deref()), (429, Some(effect), None));
    api.post("/Users", user("ann@example.com")).await.expect(201);
}

#[tokio::test]
async fn a_status_after_the_commit_hides_what_was_done() {
    let api = Api::new();
    api.aws.set_faults(vec![Fault::new(On::Any, When::Nth(1), Effect::StatusAfterCommit { code: 500 })]);
    api.post("/Users", user("ann@example.com")).await.expect(500);
    api.post("/Users", user("ann@example.com")).await.expect(409);
}

#[tokio::test]
async fn one_object_can_be_made_to_fail() {
    let api = Api::new();
    api.aws.set_faults(vec![Fault::new(On::Operation(Operation::CreateUser), When::Always, DOWN).naming("bo@")]);
    api.add_user("ann@example.com").await;
    api.post("/Users", user("bo@example.com")).await.expect(503);
    api.add_user("cy@example.com").await;
}

#[tokio::test]
async fn the_first_rule_that_strikes_decides() {
    let api = Api::new();
    let rules = vec![
        Fault::new(On::Reads, When::Nth(2), DOWN),
        Fault::new(On::Any, When::First(3), Effect::Status { code: 500, retry_after: None }),
    ];
    api.aws.set_faults(rules);
    assert_eq!(statuses(&api, 4).await, [500, 503, 500, 200]);
}

#[tokio::test]
async fn unauthorized_lasts() {
    let api = Api::new();
    api.aws.set_faults(vec![Fault::new(On::Any, When::Nth(2), Effect::Unauthorized)]);
    assert_eq!(statuses(&api, 3).await, [200, 401, 401]);
    api.aws.clear_faults();
    assert_eq!(statuses(&api, 1).await, [200]);
}

#[tokio::test]
async fn a_malformed_body_breaks_off_after_the_commit() {
    let api = Api::new();
    api.aws.set_faults(vec![Fault::new(On::Writes, When::Always, Effect::MalformedBody)]);
    let raw = async |request: http::Request<axum::body::Body>| {
        let response = api.aws.router().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice::<serde_json::Value>(&bytes).is_ok(), bytes.is_empty())
    };
    assert_eq!(raw(api.request("POST", "/Users", Some(user("ann@example.com")))).await, (StatusCode::CREATED, false, false));
    let id = api.aws.user("ann@example.com").unwrap().id;
    assert_eq!(raw(api.request("DELETE", &format!("/Users/{id}"), None)).await, (StatusCode::OK, false, false));
    assert!(api.aws.users().is_empty());
}

#[tokio::test]
async fn a_delay_comes_before_the_commit() {
    let api = Api::new();
    api.aws.set_faults(vec![Fault::new(On::Any, When::Always, Effect::Delay { ms: 60 })]);
    let start = std::time::Instant::now();
    api.post("/Users", user("ann@example.com")).await.expect(201);
    assert!(start.elapsed().as_millis() >= 60);
}

#[tokio::test]
async fn when_to_retry_may_be_a_date() {
    let api = Api::new();
    for (in_seconds, date) in [(90, "Sun, 01 Mar 2026 10:22:00 GMT"), (-30, "Sun, 01 Mar 2026 10:20:00 GMT")] {
        let effect = Effect::Status { code: 503, retry_after: Some(RetryAfter::Date { in_seconds }) };
        api.aws.set_faults(vec![Fault::new(On::Any, When::Always, effect)]);
        let reply = api.get("/Users").await.expect(503);
        assert_eq!(reply.headers["retry-after"], date);
        assert_eq!(reply.headers["date"], "Sun, 01 Mar 2026 10:20:30 GMT", "both are from the same clock");
    }
}

#[tokio::test]
async fn a_slow_body_comes_in_pieces_after_the_commit() {
    let api = Api::new();
    api.aws.set_faults(vec![Fault::new(On::Writes, When::Always, Effect::SlowBody { bytes: 100, every_ms: 1 })]);
    let response = api.aws.router().oneshot(api.request("POST", "/Users", Some(user("ann@example.com")))).await.unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(api.aws.users().len(), 1);
    let length: usize = response.headers()["content-length"].to_str().unwrap().parse().unwrap();
    let (mut body, mut pieces) = (response.into_body(), Vec::new());
    while let Some(frame) = body.frame().await {
        pieces.push(frame.unwrap().into_data().unwrap());
    }
    assert_eq!(pieces.len(), length.div_ceil(100));
    assert!(pieces.iter().all(|piece| piece.len() <= 100));
    let whole: serde_json::Value = serde_json::from_slice(&pieces.concat()).unwrap();
    assert_eq!(whole["userName"], "ann@example.com");
    // What has no body has none slowly.
    let path = format!("/Users/{}", whole["id"].as_str().unwrap());
    api.delete(&path).await.expect(204);
}

#[test]
fn it_is_told_whether_an_effect_commits() {
    let commits = [
        Effect::StatusAfterCommit { code: 500 },
        Effect::CloseAfterCommit,
        Effect::ResetAfterCommit,
        Effect::HangAfterCommit,
        Effect::MalformedBody,
        Effect::SlowBody { bytes: 1, every_ms: 1 },
        Effect::Delay { ms: 1 },
    ];
    let does_nothing = [DOWN, Effect::CloseBeforeCommit, Effect::ResetBeforeCommit, Effect::Hang, Effect::Unauthorized];
    assert!(commits.into_iter().all(Effect::commits));
    assert!(!does_nothing.into_iter().any(Effect::commits));
}
