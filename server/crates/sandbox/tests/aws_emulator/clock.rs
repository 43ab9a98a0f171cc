//! The clock that can be moved.

use sandbox::aws::{Aws, Config, Throttle};

use crate::api::{Api, NOW, user};

const DAY: i64 = 24 * 60 * 60 * 1000;

#[tokio::test]
async fn everything_goes_by_the_moved_clock() {
    let api = Api::with(|config| config.throttle = Some(Throttle { writes_per_second: 1.0, ..Throttle::aws() }));
    api.add_user("ann@example.com").await;
    api.post("/Users", user("bo@example.com")).await.expect(429);
    api.aws.advance_clock(1_000);
    let reply = api.post("/Users", user("bo@example.com")).await.expect(201);
    assert_eq!(reply.body["meta"]["created"], "2026-03-01T10:20:31Z");
    assert_eq!(api.get("/Users/none").await.expect(404).body["timeStamp"], "2026-03-01 10:20:31.456");
    assert_eq!(api.aws.request_log().pop().unwrap().at_ms, NOW + 1_000);

    // It goes on with the configuration's clock, and can be put right again.
    api.advance(500);
    assert_eq!(api.aws.now_ms(), NOW + 1_500);
    api.aws.advance_clock(365 * DAY);
    api.get("/Users").await.expect(401);
    api.aws.advance_clock(-DAY);
    api.get("/Users").await.expect(200);
    assert_eq!(api.aws.clock_offset_ms(), 364 * DAY + 1_000);
    api.aws.set_clock_offset(0);
    assert_eq!(api.aws.now_ms(), NOW + 500);
    // A throttle does not wait for a time that was taken back.
    api.post("/Users", user("cy@example.com")).await.expect(429);
    api.advance(1_000);
    api.post("/Users", user("cy@example.com")).await.expect(201);
}

#[tokio::test]
async fn a_moved_clock_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aws.json");
    let api = Api::new();
    let revision = api.aws.revision();
    api.aws.advance_clock(366 * DAY);
    assert!(api.aws.revision() > revision);
    let renewed = api.aws.create_token().unwrap();
    api.aws.save(&path).await.unwrap();
    let mut after = Api::new();
    after.aws = Aws::load(Config::new(|| NOW), &path).await.unwrap();
    assert_eq!(after.aws.now_ms(), NOW + 366 * DAY);
    let renewed = Api::request_as(&after.aws.base_path(), renewed.secret.expose(), "GET", "/Users", None);
    after.send(renewed).await.expect(200);
}
