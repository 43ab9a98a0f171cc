//! The emulator on a real port, where connections can break.

use std::io;
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

/// Sends and reads until the other side ends the connection; the error says when that was a reset.
async fn until_ended(server: &AwsServer, request: &str) -> (String, io::Result<()>) {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut bytes)).await;
    let end = read.expect("the connection must be closed").map(|_| ());
    (String::from_utf8(bytes).unwrap(), end)
}

/// The same where the other side must close in order.
async fn until_closed(server: &AwsServer, request: &str) -> String {
    let (answer, end) = until_ended(server, request).await;
    end.expect("closed and not reset");
    answer
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
        (server.request_log()[0].status, server.request_log()[0].fault, server.request_log()[0].reason.as_deref()),
        (0, Some(Effect::CloseBeforeCommit), None)
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
    assert_eq!(reason.as_deref(), Some("Duplicate UserName"), "the log still says why");
    let again = create(&server, "ann@example.com").replace("Host:", "Connection: close\r\nHost:");
    assert!(until_closed(&server, &again).await.starts_with("HTTP/1.1 409 "));
    server.stop().await;
}

#[tokio::test]
async fn a_reset_is_no_close() {
    let api = Api::new();
    let server = start(&api).await;
    for (effect, users) in [(Effect::ResetBeforeCommit, 0), (Effect::ResetAfterCommit, 1)] {
        server.set_faults(vec![Fault::new(On::Writes, When::Nth(1), effect)]);
        let (answer, end) = until_ended(&server, &create(&server, "ann@example.com")).await;
        assert_eq!((answer.as_str(), end.unwrap_err().kind()), ("", io::ErrorKind::ConnectionReset));
        assert_eq!(server.users().len(), users, "{effect}");
        let entry = server.request_log().pop().unwrap();
        assert_eq!((entry.status, entry.fault, entry.reason), (0, Some(effect), None));
    }
    // The rule struck once, and other connections are as they were.
    let request = create(&server, "bo@example.com").replace("Host:", "Connection: close\r\nHost:");
    assert!(until_closed(&server, &request).await.starts_with("HTTP/1.1 201 "));
    server.stop().await;
}

#[tokio::test]
async fn a_request_may_be_done_and_never_answered() {
    let api = Api::new();
    let server = start(&api).await;
    server.set_faults(vec![Fault::new(On::Writes, When::First(2), Effect::HangAfterCommit)]);
    let mut streams = Vec::new();
    for (name, reason) in [("ann@example.com", None), ("ANN@example.com", Some("Duplicate UserName"))] {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        let logged = server.request_count();
        stream.write_all(create(&server, name).as_bytes()).await.unwrap();
        while server.request_count() == logged {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(server.users().len(), 1);
        let entry = server.request_log().pop().unwrap();
        assert_eq!((entry.status, entry.fault, entry.reason.as_deref()), (0, Some(Effect::HangAfterCommit), reason));
        streams.push(stream);
    }
    // Nothing came, and nothing comes until the server ends.
    for stream in &streams {
        assert_eq!(stream.try_read(&mut [0; 1]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
    tokio::time::timeout(Duration::from_secs(10), server.stop()).await.expect("stop must not wait for it");
    for mut stream in streams {
        assert!(matches!(stream.read(&mut [0; 1]).await, Ok(0) | Err(_)));
    }
}

#[tokio::test]
async fn a_slow_body_arrives_whole() {
    let api = Api::new();
    let server = start(&api).await;
    server.set_faults(vec![Fault::new(On::Any, When::Always, Effect::SlowBody { bytes: 40, every_ms: 2 })]);
    let request = create(&server, "ann@example.com").replace("Host:", "Connection: close\r\nHost:");
    let answer = until_closed(&server, &request).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
    assert!(serde_json::from_str::<serde_json::Value>(body).is_ok(), "{body}");
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
