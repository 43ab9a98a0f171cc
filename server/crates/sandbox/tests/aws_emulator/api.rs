//! A client that says exactly what it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use sandbox::aws::{Aws, Config};
use serde_json::{Value, json};
use tower::ServiceExt as _;

pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// 2026-03-01T10:20:30.456Z.
pub const NOW: i64 = 1_772_360_430_456;

pub struct Api {
    pub aws: Aws,
    clock: Arc<AtomicI64>,
}

#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// `Null` when empty.
    pub body: Value,
}

impl Api {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// With a changed configuration.
    pub fn with(change: impl FnOnce(&mut Config)) -> Self {
        let clock = Arc::new(AtomicI64::new(NOW));
        let hand = clock.clone();
        let mut config = Config::new(move || hand.load(Ordering::Relaxed));
        change(&mut config);
        Self { aws: Aws::new(config), clock }
    }

    pub fn advance(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::Relaxed);
    }

    /// A well-formed request in every respect but the given ones.
    pub fn request(&self, method: &str, path: &str, body: Option<Value>) -> Request<Body> {
        Self::request_as(&self.aws.base_path(), &self.aws.token(), method, path, body)
    }

    /// The same for another endpoint or token.
    pub fn request_as(base: &str, token: &str, method: &str, path: &str, body: Option<Value>) -> Request<Body> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", base.trim_end_matches('/')))
            .header("authorization", format!("Bearer {token}"))
            .header("user-agent", "test")
            .header("content-type", "application/scim+json");
        request.body(body.map_or_else(Body::empty, |body| Body::from(body.to_string()))).unwrap()
    }

    pub async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.aws.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Reply { status: parts.status, headers: parts.headers, body }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request("GET", path, None)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(self.request("POST", path, Some(body))).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(self.request("PUT", path, Some(body))).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send(self.request("DELETE", path, None)).await
    }

    /// PATCH with these operations.
    pub async fn patch(&self, path: &str, operations: Value) -> Reply {
        self.send(self.request("PATCH", path, Some(json!({ "schemas": [PATCH], "Operations": operations })))).await
    }

    /// Lists with a filter, percent-encoded.
    pub async fn filter(&self, path: &str, filter: &str) -> Reply {
        self.get(&format!("{path}?filter={}", encode(filter))).await
    }

    /// Creates a user by name and gives its id.
    pub async fn add_user(&self, user_name: &str) -> String {
        self.post("/Users", user(user_name)).await.expect(201).id()
    }

    /// Creates a group by name and gives its id.
    pub async fn add_group(&self, display_name: &str) -> String {
        self.post("/Groups", group(display_name)).await.expect(201).id()
    }

    /// The names of a group's members, from the store and not from the protocol.
    pub fn members(&self, display_name: &str) -> Vec<String> {
        self.aws.group(display_name).unwrap().members.into_iter().map(|member| member.user_name).collect()
    }

    /// The attributes of a user, from the store.
    pub fn stored(&self, user_name: &str) -> Value {
        Value::Object(self.aws.user(user_name).unwrap().attributes)
    }
}

impl Reply {
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    /// Refused with this status and a detail that contains `text`.
    #[track_caller]
    pub fn refused(self, status: u16, text: &str) {
        let reply = self.expect(status);
        let detail = reply.body["detail"].as_str().unwrap();
        assert!(detail.contains(text), "{detail:?} does not contain {text:?}");
    }

    pub fn id(&self) -> String {
        self.body["id"].as_str().unwrap().to_owned()
    }

    /// One member of each listed resource.
    pub fn listed(&self, name: &str) -> Vec<&str> {
        self.body["Resources"].as_array().unwrap().iter().map(|resource| resource[name].as_str().unwrap()).collect()
    }
}

/// The smallest user AWS takes.
pub fn user(user_name: &str) -> Value {
    json!({
        "schemas": [USER],
        "userName": user_name,
        "name": { "givenName": "Given", "familyName": "Family" },
        "displayName": "Given Family",
        "active": true,
    })
}

/// The smallest user with these attributes besides.
pub fn user_with(user_name: &str, more: Value) -> Value {
    let mut body = user(user_name);
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

pub fn group(display_name: &str) -> Value {
    json!({ "schemas": [GROUP], "displayName": display_name })
}

/// Members as AWS takes them.
pub fn values<S: AsRef<str>>(ids: &[S]) -> Value {
    ids.iter().map(|id| json!({ "value": id.as_ref() })).collect()
}

/// Percent-encodes everything but letters and digits.
pub fn encode(text: &str) -> String {
    text.bytes().map(|b| if b.is_ascii_alphanumeric() { (b as char).to_string() } else { format!("%{b:02X}") }).collect()
}
