//! Credentials, routes, bodies, errors, discovery, throttling and the request log.

use axum::body::Body;
use sandbox::aws::{Effect, Fault, On, Operation, RetryAfter, Scope, Throttle, When};
use serde_json::{Value, json};

use crate::api::{Api, ENTERPRISE, ERROR, PATCH, encode, group, user, values};

#[tokio::test]
async fn the_error_body_is_that_of_aws() {
    let api = Api::new();
    let reply = api.get("/Users/none").await.expect(404);
    let request_id = reply.headers["x-amzn-requestid"].to_str().unwrap().to_owned();
    assert_eq!(
        reply.body,
        json!({
            "schema": [ERROR],
            "schemas": [ERROR],
            "detail": "USER does not exist.",
            "status": "404",
            "exceptionRequestId": request_id,
            "timeStamp": "2026-03-01 10:20:30.456",
        })
    );
    assert_eq!(reply.headers["content-type"], "application/json");
    assert!(reply.headers.get("retry-after").is_none());
    let logged = &api.aws.request_log()[0];
    assert_eq!((logged.status, &logged.request_id, logged.operation), (404, &request_id, Some(Operation::GetUser)));
}

#[tokio::test]
async fn every_answer_has_a_request_id() {
    let api = Api::new();
    let id = api.add_group("G").await;
    let ok = api.get("/Groups").await.expect(200);
    let gone = api.delete(&format!("/Groups/{id}")).await.expect(204);
    assert!(ok.headers.contains_key("x-amzn-requestid") && gone.headers.contains_key("x-amzn-requestid"));
    assert_ne!(ok.headers["x-amzn-requestid"], gone.headers["x-amzn-requestid"]);
    assert_eq!(ok.headers["content-type"], "application/json");
}

#[tokio::test]
async fn wrong_credentials_and_wrong_tenants_are_401() {
    let api = Api::new();
    for value in [None, Some("Bearer wrong"), Some("Basic abc"), Some("wrong")] {
        let mut request = api.request("GET", "/Users", None);
        match value {
            Some(value) => request.headers_mut().insert("authorization", value.parse().unwrap()),
            None => request.headers_mut().remove("authorization"),
        };
        let reply = api.send(request).await.expect(401);
        assert_eq!((&reply.body["status"], &reply.body["schemas"]), (&json!("401"), &json!([ERROR])));
    }
    for path in ["/other-tenant/scim/v2/Users", "/Users", "/"] {
        let mut request = api.request("GET", "/Users", None);
        *request.uri_mut() = path.parse().unwrap();
        api.send(request).await.expect(401);
    }
    let mut request = api.request("GET", "/ServiceProviderConfig", None);
    request.headers_mut().remove("authorization");
    api.send(request).await.expect(401);
}

#[tokio::test]
async fn given_credentials_are_used() {
    let api = Api::with(|config| {
        config.tenant = Some("t1".into());
        config.token = Some("secret-token".into());
    });
    assert_eq!((api.aws.base_path().as_str(), api.aws.token().as_str()), ("/t1/scim/v2/", "secret-token"));
    api.get("/Users").await.expect(200);
    assert!(!format!("{:?}", api.aws).contains("secret-token"));
}

#[tokio::test]
async fn a_patch_needs_a_user_agent() {
    let api = Api::new();
    let path = format!("/Users/{}", api.add_user("ann@example.com").await);
    let operations = json!({ "schemas": [PATCH], "Operations": [{ "op": "replace", "path": "title", "value": "x" }] });
    let mut request = api.request("PATCH", &path, Some(operations));
    request.headers_mut().remove("user-agent");
    api.send(request).await.refused(403, "User-Agent");
    assert_eq!(api.stored("ann@example.com")["title"], Value::Null);
    let mut request = api.request("PATCH", &path, Some(json!({})));
    request.headers_mut().insert("user-agent", "".parse().unwrap());
    api.send(request).await.refused(403, "User-Agent");
    for (method, path, body, status) in [
        ("GET", path.as_str(), None, 200),
        ("PUT", path.as_str(), Some(user("ann@example.com")), 200),
        ("POST", "/Groups", Some(group("G")), 201),
        ("DELETE", path.as_str(), None, 204),
    ] {
        let mut request = api.request(method, path, body);
        request.headers_mut().remove("user-agent");
        api.send(request).await.expect(status);
    }
}

#[tokio::test]
async fn what_aws_does_not_have_is_refused() {
    let api = Api::new();
    let id = api.add_group("G").await;
    for (method, path) in [
        ("PUT", format!("/Groups/{id}")),
        ("PUT", "/Users".into()),
        ("DELETE", "/Groups".into()),
        ("POST", "/ServiceProviderConfig".into()),
        ("POST", format!("/Groups/{id}")),
        ("POST", "/Users/none".into()),
        ("PATCH", "/Users".into()),
        ("PUT", "/Schemas".into()),
        ("OPTIONS", "/Users".into()),
    ] {
        api.send(api.request(method, &path, Some(group("G")))).await.refused(400, "not supported");
    }
    for (method, path) in [
        ("GET", "/Me"),
        ("POST", "/Bulk"),
        ("POST", "/.search"),
        ("POST", "/Users/.search"),
        ("GET", "/Users/"),
        ("GET", "//Users"),
        ("GET", "/users"),
        ("GET", "/Users/a/b"),
        ("GET", "/ResourceTypes/User"),
        ("GET", "/"),
    ] {
        api.send(api.request(method, path, Some(json!({})))).await.refused(404, "Resource does not exist.");
    }
    assert_eq!(api.aws.request_log()[1].operation, None);
}

#[tokio::test]
async fn bodies() {
    let api = Api::new();
    for text in ["", "{", "[]", "\"x\"", "{\"a\":1}}"] {
        let request = api.request("POST", "/Users", None).map(|_| Body::from(text));
        api.send(request).await.refused(400, "Invalid JSON from RequestBody");
    }
    for (content_type, status) in [("application/json", 201), ("Application/SCIM+JSON; charset=utf-8", 201), ("text/plain", 415), ("", 415)]
    {
        let mut request = api.request("POST", "/Groups", Some(group(&format!("G {content_type}"))));
        request.headers_mut().insert("content-type", content_type.parse().unwrap());
        api.send(request).await.expect(status);
    }
    let large = |padding: usize| user("ann@example.com").to_string() + &" ".repeat(padding);
    let fits = 1_048_576 - large(0).len();
    api.send(api.request("POST", "/Users", None).map(|_| Body::from(large(fits + 1)))).await.refused(413, "1048576");
    api.send(api.request("POST", "/Users", None).map(|_| Body::from(large(fits)))).await.expect(201);
}

#[tokio::test]
async fn the_service_provider_config_is_the_documented_one() {
    let api = Api::new();
    let mut config = api.get("/ServiceProviderConfig").await.expect(200).body;
    assert_eq!(config["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]));
    let scheme = config["authenticationSchemes"][0].take();
    assert_eq!((&scheme["type"], &scheme["primary"]), (&json!("oauthbearertoken"), &json!(true)));
    for (name, wanted) in [
        ("patch", json!({ "supported": true })),
        ("bulk", json!({ "supported": false, "maxOperations": 1, "maxPayloadSize": 1_048_576 })),
        // Although pages hold 100.
        ("filter", json!({ "supported": true, "maxResults": 50 })),
        ("changePassword", json!({ "supported": false })),
        ("sort", json!({ "supported": false })),
        ("etag", json!({ "supported": false })),
    ] {
        assert_eq!(config[name], wanted, "{name}");
    }
}

#[tokio::test]
async fn schemas_and_resource_types() {
    let api = Api::new();
    let schemas = api.get("/Schemas").await.expect(200);
    assert_eq!(schemas.listed("name"), ["User", "Group", "EnterpriseUser"]);
    for schema in schemas.body["Resources"].as_array().unwrap() {
        let one = api.get(&format!("/Schemas/{}", encode(schema["id"].as_str().unwrap()))).await.expect(200).body;
        assert_eq!(one, *schema);
    }
    let attributes = schemas.body["Resources"][0]["attributes"].as_array().unwrap();
    let required: Vec<_> = attributes.iter().filter(|it| it["required"] == true).map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(required, ["userName", "name", "displayName"]);
    assert_eq!(attributes[0]["uniqueness"], "server");
    assert!(attributes.iter().all(|it| it["name"] != "password" && it["name"] != "groups"));
    api.get("/Schemas/urn:none").await.refused(404, "Schema");

    let types = api.get("/ResourceTypes").await.expect(200);
    assert_eq!(types.listed("endpoint"), ["/Users", "/Groups"]);
    assert_eq!(types.body["Resources"][0]["schemaExtensions"], json!([{ "schema": ENTERPRISE, "required": false }]));
}

#[tokio::test]
async fn every_refusal_has_the_same_body() {
    let api = Api::with(|config| config.throttle = Some(Throttle { reads_per_second: 1.0, ..Throttle::aws() }));
    api.add_group("G").await;
    let mut replies = vec![api.post("/Users", json!({})).await, api.post("/Groups", group("G")).await];
    let mut anonymous = api.request("GET", "/Users", None);
    anonymous.headers_mut().remove("authorization");
    replies.push(api.send(anonymous).await);
    let mut nameless = api.request("PATCH", "/Users/x", Some(json!({})));
    nameless.headers_mut().remove("user-agent");
    replies.push(api.send(nameless).await);
    replies.push(api.get("/Users/x").await);
    replies.push(api.get("/Users/x").await);
    api.aws.set_faults(vec![Fault::new(On::Any, When::Always, Effect::Status { code: 500, retry_after: None })]);
    replies.push(api.get("/Groups").await);
    let statuses: Vec<_> = replies.iter().map(|reply| reply.status.as_u16()).collect();
    assert_eq!(statuses, [400, 409, 401, 403, 404, 429, 500]);
    for reply in replies {
        let mut keys: Vec<_> = reply.body.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["detail", "exceptionRequestId", "schema", "schemas", "status", "timeStamp"]);
        assert_eq!(reply.body["status"], reply.status.as_str(), "a string");
        assert_eq!(reply.body["exceptionRequestId"].as_str().unwrap(), reply.headers["x-amzn-requestid"].to_str().unwrap());
        assert_eq!((&reply.body["schema"], &reply.body["schemas"]), (&json!([ERROR]), &json!([ERROR])));
        assert_eq!(reply.body["timeStamp"], "2026-03-01 10:20:30.456");
        assert!(!reply.body["detail"].as_str().unwrap().is_empty());
    }
}

#[tokio::test]
async fn throttling_counts_each_operation_for_itself() {
    let api = Api::with(|config| config.throttle = Some(Throttle::aws()));
    for n in 0..25 {
        api.add_user(&format!("u{n}@example.com")).await;
    }
    let reply = api.post("/Users", user("more@example.com")).await;
    assert!(reply.headers.get("retry-after").is_none());
    reply.refused(429, "Rate exceeded");
    assert!(api.aws.user("more@example.com").is_none());
    api.add_group("G").await;
    for _ in 0..40 {
        api.get("/Users").await.expect(200);
    }
    api.get("/Users").await.expect(429);
    api.advance(40);
    api.post("/Users", user("more@example.com")).await.expect(201);
    api.post("/Users", user("again@example.com")).await.expect(429);
    api.advance(60_000);
    for n in 0..25 {
        api.add_user(&format!("v{n}@example.com")).await;
    }
    api.post("/Users", user("again@example.com")).await.expect(429);
}

#[tokio::test]
async fn every_operation_has_its_rate() {
    let api = Api::with(|config| config.throttle = Some(Throttle::aws()));
    let operations = [
        ("POST", "/Users", 25),
        ("PUT", "/Users/x", 25),
        ("PATCH", "/Users/x", 25),
        ("DELETE", "/Users/x", 25),
        ("POST", "/Groups", 25),
        ("PATCH", "/Groups/x", 25),
        ("DELETE", "/Groups/x", 25),
        ("GET", "/Users", 40),
        ("GET", "/Users/x", 40),
        ("GET", "/Groups", 40),
        ("GET", "/Groups/x", 40),
        ("GET", "/ServiceProviderConfig", 40),
        ("GET", "/Schemas", 40),
        ("GET", "/Schemas/x", 40),
        ("GET", "/ResourceTypes", 40),
    ];
    for (method, path, rate) in operations {
        // A request that is refused for another reason counts too.
        for _ in 0..rate {
            assert_ne!(api.send(api.request(method, path, Some(json!({})))).await.status, 429, "{method} {path}");
        }
        api.send(api.request(method, path, Some(json!({})))).await.refused(429, "Rate exceeded");
    }
    assert!(api.aws.refusals().iter().any(|entry| entry.reason.as_deref() == Some("Throttled: over 25 requests a second (PutUser)")));
    // Credentials come first, so a stranger cannot use up the rate.
    api.advance(1_000);
    let mut stranger = api.request("GET", "/Users", None);
    stranger.headers_mut().remove("authorization");
    api.send(stranger).await.expect(401);
    for _ in 0..40 {
        api.get("/Users").await.expect(200);
    }
}

#[tokio::test]
async fn the_older_limit_is_for_all_together() {
    let api = Api::with(|config| config.throttle = Some(Throttle::older_aws()));
    for n in 0..5 {
        api.add_user(&format!("u{n}@example.com")).await;
        api.add_group(&format!("G{n}")).await;
        api.get("/Users").await.expect(200);
        api.get("/Groups").await.expect(200);
    }
    api.get("/Schemas").await.expect(429);
    api.post("/Groups", group("H")).await.expect(429);
    api.advance(50);
    api.post("/Groups", group("H")).await.expect(201);
}

#[tokio::test]
async fn throttling_can_be_shared_and_announced() {
    let api = Api::with(|config| {
        config.throttle =
            Some(Throttle { writes_per_second: 2.0, scope: Scope::PerClass, retry_after: Some(RetryAfter::Seconds(3)), ..Throttle::aws() });
    });
    api.add_user("ann@example.com").await;
    api.add_group("G").await;
    let reply = api.post("/Groups", group("H")).await.expect(429);
    assert_eq!(reply.headers["retry-after"], "3");
    api.get("/Groups").await.expect(200);
}

#[tokio::test]
async fn membership_changes_have_their_own_budget() {
    let api = Api::with(|config| {
        config.throttle = Some(Throttle { writes_per_second: 1e6, memberships_per_second: Some(10.0), ..Throttle::aws() });
    });
    let mut ids = Vec::new();
    for n in 0..100 {
        ids.push(api.add_user(&format!("u{n}@example.com")).await);
    }
    let path = format!("/Groups/{}", api.add_group("G").await);
    let add = |ids: &[String]| json!([{ "op": "add", "path": "members", "value": values(ids) }]);
    api.patch(&path, add(&ids[..99])).await.expect(204);
    api.patch(&path, add(&ids[98..])).await.expect(429);
    assert_eq!(api.members("G").len(), 99, "nothing of a throttled request is done");
    assert!(api.aws.refusals()[0].reason.as_deref().unwrap().contains("membership"));
    api.advance(100);
    api.patch(&path, add(&ids[98..])).await.expect(204);
    // Members of a new group count, removals count, and other writes do not.
    let mut body = group("H");
    body["members"] = values(&ids[..2]);
    api.post("/Groups", body.clone()).await.expect(429);
    assert!(api.aws.group("H").is_none());
    api.patch(&path, json!([{ "op": "remove", "path": "members", "value": values(&ids[..1]) }])).await.expect(429);
    api.patch(&path, json!([{ "op": "replace", "path": "displayName", "value": "G2" }])).await.expect(204);
    api.advance(200);
    api.post("/Groups", body).await.expect(201);
    // What is refused for another reason costs nothing.
    api.advance(100);
    api.patch(&path, add(&["none".to_owned()])).await.expect(404);
    api.patch(&path, add(&ids[..1])).await.expect(204);
}

#[tokio::test]
async fn a_budget_that_is_worth_trying_takes_a_full_batch_each_second() {
    let api = Api::with(|config| {
        config.throttle = Some(Throttle { writes_per_second: 1e6, ..Throttle::aws().with_memberships(Throttle::TRIAL_MEMBERSHIPS) });
    });
    let mut ids = Vec::new();
    for n in 0..100 {
        ids.push(api.add_user(&format!("u{n}@example.com")).await);
    }
    let path = format!("/Groups/{}", api.add_group("G").await);
    let change = |op: &str| json!([{ "op": op, "path": "members", "value": values(&ids) }]);
    api.patch(&path, change("add")).await.expect(204);
    api.patch(&path, change("remove")).await.expect(429);
    api.advance(1_000);
    api.patch(&path, change("remove")).await.expect(204);
}

#[tokio::test]
async fn the_log_is_bounded_and_tells_what_happened() {
    let api = Api::with(|config| config.log_capacity = 2);
    api.add_user("ann@example.com").await;
    api.get("/Users?count=0").await.expect(400);
    api.get("/Users?count=5").await.expect(200);
    let log = api.aws.request_log();
    assert_eq!(log.iter().map(|entry| entry.number).collect::<Vec<_>>(), [2, 3]);
    assert_eq!((log[0].method.as_str(), log[0].path.as_str(), log[0].query.as_str(), log[0].status), ("GET", "/Users", "count=0", 400));
    assert!(log[0].reason.as_deref().unwrap().contains("count"));
    assert_eq!((log[1].operation, log[1].reason.as_deref(), log[1].body_bytes), (Some(Operation::ListUsers), None, 0));
    assert_eq!(api.aws.request_count(), 3);
    api.aws.clear_request_log();
    assert!(api.aws.request_log().is_empty());
    assert_eq!(api.aws.request_count(), 3);
    api.add_group("G").await;
    assert_eq!(api.aws.request_log()[0].body_bytes, group("G").to_string().len());
}

#[tokio::test]
async fn nested_it_works_the_same() {
    use tower::ServiceExt as _;
    let api = Api::new();
    let nested = axum::Router::new().nest("/aws", api.aws.router());
    let mut request = api.request("POST", "/Users", Some(user("ann@example.com")));
    *request.uri_mut() = format!("/aws{}Users", api.aws.base_path()).parse().unwrap();
    assert_eq!(nested.oneshot(request).await.unwrap().status(), 201);
    assert!(api.aws.user("ann@example.com").is_some());
}

#[tokio::test]
async fn a_seed_repeats_the_ids() {
    let ids = async |seed: u64| {
        let api = Api::with(|config| config.seed = Some(seed));
        (api.aws.token(), api.add_user("ann@example.com").await)
    };
    assert_eq!(ids(1).await, ids(1).await);
    assert_ne!(ids(1).await, ids(2).await);
}
