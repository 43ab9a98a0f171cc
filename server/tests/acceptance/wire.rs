//! A small HTTP client for looking at targets.

use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::net::SocketAddr;
use tokio::net::TcpStream;

/// The status and text of a page of a console.
pub async fn page(addr: SocketAddr, path: &str) -> (StatusCode, String) {
    let (mut sender, connection) = http1::handshake(TokioIo::new(TcpStream::connect(addr).await.unwrap())).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = Request::builder().uri(path).header("host", addr.to_string()).body(Full::new(hyper::body::Bytes::new())).unwrap();
    let response = sender.send_request(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    drop(sender);
    let _ = connection.await;
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// Asks a SCIM server below `base`, such as `http://127.0.0.1:8080/scim/v2`; answers status and body, `Null` if it has none.
pub async fn ask(base: &str, token: &str, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
    let url = format!("{}{path}", base.trim_end_matches('/'));
    let rest = url.strip_prefix("http://").unwrap();
    let (authority, path) = rest.split_at(rest.find('/').unwrap());
    let (mut sender, connection) = http1::handshake(TokioIo::new(TcpStream::connect(authority).await.unwrap())).await.unwrap();
    let connection = tokio::spawn(connection);
    let bytes = body.map_or_else(Vec::new, |body| serde_json::to_vec(body).unwrap());
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", authority)
        .header("user-agent", "acceptance")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/scim+json")
        .body(Full::new(hyper::body::Bytes::from(bytes)))
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    drop(sender);
    let _ = connection.await;
    (status, if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() })
}
