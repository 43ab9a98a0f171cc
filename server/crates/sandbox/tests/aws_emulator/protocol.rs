//! Credentials, routes, bodies, errors, discovery, throttling and the request log.

use axum::body::Body;
use sandbox::aws::{Detail, Operation, RetryAfter, Scope, Throttle};
use serde_json::{Value, json};

use crate::api::{Api, ERROR, PATCH, group, user, values};

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
    let mut request = api.request("GET", &path, None);
    request.headers_mut().remove("user-agent");
    api.send(request).await.expect(200);
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
        ("GET", "/"),
    ] {
        api.send(api.request(method, path, Some(json!({})))).await.refused(404, "");
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
async fn bodies_can_be_as_taciturn_as_the_real_ones() {
    let api = Api::with(|config| config.detail = Detail::Generic);
    api.filter("/Users", "title eq \"x\"").await.refused(400, "Request is unparsable, syntactically incorrect, or violates schema.");
    assert_eq!(api.aws.request_log()[0].reason.as_deref(), Some("Invalid Filter format"));
    let path = format!("/Groups/{}", api.add_group("G").await);
    api.patch(&path, json!([{ "op": "remove", "path": "members" }])).await.refused(400, "Replacing group memberships is not supported.");
}

#[tokio::test]
async fn discovery() {
    let api = Api::new();
    let config = api.get("/ServiceProviderConfig").await.expect(200).body;
    assert_eq!(
        (&config["patch"]["supported"], &config["bulk"]["supported"], &config["bulk"]["maxOperations"]),
        (&json!(true), &json!(false), &json!(1))
    );
    assert_eq!(config["filter"], json!({ "supported": true, "maxResults": 50 }));
    assert_eq!(config["authenticationSchemes"][0]["type"], "oauthbearertoken");

    let schemas = api.get("/Schemas").await.expect(200);
    assert_eq!(schemas.listed("name"), ["User", "Group", "EnterpriseUser"]);
    let one = api.get("/Schemas/urn%3Aietf%3Aparams%3Ascim%3Aschemas%3Acore%3A2.0%3AUser").await.expect(200).body;
    assert_eq!(one, schemas.body["Resources"][0]);
    let user_name = one["attributes"].as_array().unwrap().iter().find(|attribute| attribute["name"] == "userName").unwrap();
    assert_eq!((&user_name["required"], &user_name["uniqueness"]), (&json!(true), &json!("server")));
    api.get("/Schemas/urn:none").await.refused(404, "Schema");

    let types = api.get("/ResourceTypes").await.expect(200);
    assert_eq!(types.listed("endpoint"), ["/Users", "/Groups"]);
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
    api.advance(100);
    api.patch(&path, add(&ids[98..])).await.expect(204);
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
