//! A server that answers as one closure says, and keeps what it was asked.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// One request as it came in.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: Method,
    /// Path and query.
    pub target: String,
    pub headers: HeaderMap,
    pub text: String,
}

impl Seen {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    pub fn query(&self, name: &str) -> Option<String> {
        let query = self.target.split_once('?')?.1;
        url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

pub struct Mini {
    pub base: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Mini {
    pub async fn start<A>(answer: impl Fn(&Seen) -> A + Clone + Send + Sync + 'static) -> Self
    where
        A: IntoResponse,
    {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = seen.clone();
        let router = axum::Router::new().fallback(move |request: Request| {
            let (answer, kept) = (answer.clone(), kept.clone());
            async move {
                let (parts, body) = request.into_parts();
                let body: Bytes = axum::body::to_bytes(body, 10_000_000).await.expect("body");
                let one = Seen {
                    method: parts.method,
                    target: parts.uri.to_string(),
                    headers: parts.headers,
                    text: String::from_utf8(body.to_vec()).expect("text"),
                };
                kept.lock().expect("lock").push(one.clone());
                answer(&one).into_response()
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let base = format!("http://{}/scim", listener.local_addr().expect("address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base, seen }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("lock").clone()
    }
}

pub fn answer(status: u16, body: &Value) -> Response {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    (StatusCode::from_u16(status).expect("status"), [("content-type", "application/scim+json"), ("x-request-id", "req-7")], text)
        .into_response()
}

/// Users `from` to `to`, with a total.
pub fn users(from: u64, to: u64, total: Option<u64>) -> Value {
    let resources: Vec<_> = (from..to).map(|n| json!({"id": n.to_string(), "userName": format!("u{n}")})).collect();
    let mut page = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "Resources": resources});
    if let Some(total) = total {
        page["totalResults"] = json!(total);
    }
    page
}
