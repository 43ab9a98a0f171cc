//! The request log.

use sandbox::aws::{Effect, Fault, LogEntry, On, Operation, RetryAfter, Throttle, When};
use serde_json::json;

use crate::api::{Api, NOW, group, user};

fn reasons(api: &Api) -> Vec<String> {
    api.aws.refusals().into_iter().filter_map(|entry| entry.reason).collect()
}

#[tokio::test]
async fn an_entry_says_everything() {
    let api = Api::new();
    api.add_group("G").await;
    api.advance(1_500);
    let mut request = api.request("POST", "/Groups?x=1", Some(group("g")));
    request.headers_mut().insert("user-agent", "towpath/1".parse().unwrap());
    let reply = api.send(request).await.expect(409);
    let entry = api.aws.request_log().pop().unwrap();
    let wanted = LogEntry {
        number: 2,
        at_ms: NOW + 1_500,
        method: "POST".into(),
        path: "/Groups".into(),
        query: "x=1".into(),
        operation: Some(Operation::CreateGroup),
        status: 409,
        reason: Some("Duplicate GroupDisplayName".into()),
        fault: None,
        user_agent: Some("towpath/1".into()),
        request_id: reply.headers["x-amzn-requestid"].to_str().unwrap().into(),
        body_bytes: group("g").to_string().len(),
    };
    assert_eq!(entry, wanted);
    assert_eq!(entry.to_string(), "#2 POST /Groups?x=1: 409, Duplicate GroupDisplayName");
    assert_eq!(reply.body["detail"], "Refused to create a new, duplicate resource.", "the body says less");
}

#[tokio::test]
async fn the_exception_goes_by_the_status() {
    let api = Api::with(|config| config.throttle = Some(Throttle { reads_per_second: 1.0, ..Throttle::aws() }));
    let status = |code: u16| Fault::new(On::Any, When::Nth(1), Effect::Status { code, retry_after: None });
    api.post("/Users", json!({})).await.expect(400);
    let mut anonymous = api.request("GET", "/Users", None);
    anonymous.headers_mut().remove("authorization");
    api.send(anonymous).await.expect(401);
    let mut nameless = api.request("PATCH", "/Users/none", Some(json!({})));
    nameless.headers_mut().remove("user-agent");
    api.send(nameless).await.expect(403);
    api.get("/Users/none").await.expect(404);
    api.get("/Users/none").await.expect(429);
    api.add_group("G").await;
    api.post("/Groups", group("G")).await.expect(409);
    api.aws.set_faults(vec![status(503)]);
    api.get("/Groups").await.expect(503);
    let named: Vec<_> = api.aws.request_log().iter().map(LogEntry::exception).collect();
    let wanted = [
        Some("ValidationException"),
        Some("UnauthorizedException"),
        Some("AccessDeniedException"),
        Some("ResourceNotFoundException"),
        Some("ThrottlingException"),
        None,
        Some("ConflictException"),
        Some("InternalServerError"),
    ];
    assert_eq!(named, wanted);
    assert_eq!(api.aws.request_log()[2].user_agent, None);
}

#[tokio::test]
async fn what_a_fault_did_is_no_refusal() {
    let api = Api::new();
    let faults = [
        Effect::Status { code: 400, retry_after: None },
        Effect::Status { code: 429, retry_after: Some(RetryAfter::Seconds(1)) },
        Effect::StatusAfterCommit { code: 500 },
    ];
    for (n, effect) in faults.into_iter().enumerate() {
        api.aws.set_faults(vec![Fault::new(On::Any, When::Nth(1), effect)]);
        assert!(api.post("/Users", user(&format!("u{n}@example.com"))).await.status.as_u16() >= 400);
        let entry = api.aws.request_log().pop().unwrap();
        assert_eq!((entry.fault, entry.is_refused()), (Some(effect), false));
    }
    api.aws.set_faults(vec![Fault::new(On::Any, When::Nth(1), Effect::Unauthorized)]);
    api.get("/Users").await.expect(401);
    api.get("/Users").await.expect(401);
    assert!(api.aws.requests(|entry| entry.status == 401).iter().all(|entry| entry.fault == Some(Effect::Unauthorized)));
    assert_eq!(reasons(&api), Vec::<String>::new());

    // A fault does not excuse what would have been refused anyway.
    api.aws.set_faults(vec![
        Fault::new(On::Writes, When::Nth(1), Effect::Delay { ms: 1 }),
        Fault::new(On::Writes, When::Nth(2), Effect::StatusAfterCommit { code: 200 }),
    ]);
    api.post("/Users", user("U2@example.com")).await.expect(409);
    api.post("/Users", json!([])).await.expect(400);
    assert_eq!(reasons(&api), ["Duplicate UserName", "Invalid JSON from RequestBody"]);
    assert!(api.aws.refusals().iter().all(|entry| entry.fault.is_some()));
}

#[tokio::test]
async fn requests_can_be_picked() {
    let api = Api::new();
    let id = api.add_user("ann@example.com").await;
    api.get(&format!("/Users/{id}")).await.expect(200);
    api.get("/Users?count=0").await.expect(400);
    api.add_group("G").await;
    let numbers = |wanted: fn(&LogEntry) -> bool| api.aws.requests(wanted).iter().map(|entry| entry.number).collect::<Vec<_>>();
    assert_eq!(numbers(|entry| entry.operation.is_some_and(Operation::is_write)), [1, 4]);
    assert_eq!(numbers(|entry| entry.path.starts_with("/Users")), [1, 2, 3]);
    assert_eq!(numbers(|entry| entry.status == 400), [3]);
    assert_eq!(numbers(LogEntry::is_refused), [3]);
}
