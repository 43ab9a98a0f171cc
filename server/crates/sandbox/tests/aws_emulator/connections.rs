//! The emulator on a real port, where connections can break.

use std::time::Duration;

use sandbox::aws::{AwsServer, Effect, Fault, On, When};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::api::{Api, user};

async fn start(api: &Api) -> AwsServer {
    AwsServer::start(api.aws.clone(), "127.0.0.1:0".parse().unwrap()).await.unwrap()
}

/// The bytes of a `CreateUser`.
fn create(server: &AwsServer, user_name: &str) -> String {
    let body = user(user_name).to_string();
    format!(
        "POST {}Users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n{body}",
        server.base_path(),
        server.token(),
        body.len()
    )
}

/// Sends and reads until the other side closes; a reset counts as closed.
async fn until_closed(server: &AwsServer, request: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut bytes)).await;
    read.expect("the connection must be closed").ok();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn it_serves_several_requests_on_one_connection() {
    let api = Api::new();
    let server = start(&api).await;
    assert_eq!(server.base_url(), format!("http://{}/{}/scim/v2/", server.address(), server.tenant()));
    let last = create(&server, "bo@example.com").replace("Host:", "Connection: close\r\nHost:");
    let answer = until_closed(&server, &(create(&server, "ann@example.com") + &last)).await;
    assert_eq!(answer.matches("HTTP/1.1 201 Created").count(), 2, "{answer}");
    assert!(answer.contains("x-amzn-requestid: "));
    assert_eq!(server.users().len(), 2);
    server.stop().await;
}

#[tokio::test]
async fn close_before_commit_does_nothing_and_answers_nothing() {
    let api = Api::new();
    let server = start(&api).await;
    server.set_faults(vec![Fault::new(On::Writes, When::Nth(1), Effect::CloseBeforeCommit)]);
    assert_eq!(until_closed(&server, &create(&server, "ann@example.com")).await, "");
    assert!(server.users().is_empty());
    assert_eq!(
        (server.request_log()[0].status, server.request_log()[0].reason.as_deref()),
        (0, Some("fault: connection closed, nothing done"))
    );
    server.stop().await;
}

#[tokio::test]
async fn close_after_commit_does_it_and_answers_nothing() {
    let api = Api::new();
    let server = start(&api).await;
    server.set_faults(vec![Fault::new(On::Writes, When::Nth(1), Effect::CloseAfterCommit)]);
    assert_eq!(until_closed(&server, &create(&server, "ann@example.com")).await, "");
    assert_eq!(server.users().len(), 1);
    server.set_faults(vec![Fault::new(On::Writes, When::Nth(1), Effect::CloseAfterCommit)]);
    assert_eq!(until_closed(&server, &create(&server, "ann@example.com")).await, "");
    let reason = server.request_log()[1].reason.clone();
    assert_eq!(reason.as_deref(), Some("fault: done, but connection closed; Duplicate UserName"), "the log still says why");
    let again = create(&server, "ann@example.com").replace("Host:", "Connection: close\r\nHost:");
    assert!(until_closed(&server, &again).await.starts_with("HTTP/1.1 409 "));
    server.stop().await;
}

#[tokio::test]
async fn a_hanging_request_gets_no_answer_until_the_server_stops() {
    let api = Api::new();
    let server = start(&api).await;
    server.set_faults(vec![Fault::new(On::Any, When::Always, Effect::Hang)]);
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(create(&server, "ann@example.com").as_bytes()).await.unwrap();
    let mut byte = [0; 1];
    assert!(tokio::time::timeout(Duration::from_millis(200), stream.read(&mut byte)).await.is_err(), "no answer must come");
    assert_eq!(api.aws.request_count(), 1);
    let address = server.address();
    tokio::time::timeout(Duration::from_secs(10), server.stop()).await.expect("stop must not wait for it");
    assert!(matches!(stream.read(&mut byte).await, Ok(0) | Err(_)));
    assert!(api.aws.users().is_empty());
    assert!(TcpStream::connect(address).await.is_err(), "the port is closed");
}

#[tokio::test]
async fn it_only_listens_on_loopback() {
    let api = Api::new();
    let error = AwsServer::start(api.aws.clone(), "0.0.0.0:0".parse().unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("loopback"));
}
