use std::time::Duration;

use outbound::{Client, HeaderValue, Method, OutboundError, Phase, Request, Settings, USER_AGENT, Url, header};

use crate::peer::{Peer, read_request, write};
use crate::{client, settings};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

fn get(peer: &Peer) -> Request {
    Request::new(Method::GET, &peer.url("/Users?filter=secret-name")).expect("url")
}

fn post(peer: &Peer) -> Request {
    Request::new(Method::POST, &peer.url("/Users")).expect("url").with_body("application/scim+json", "{}")
}

#[tokio::test]
async fn one_connection_serves_many_requests_and_each_names_towpath() {
    let peer = Peer::start(|mut stream, _| async move {
        while let Some(request) = read_request(&mut stream).await {
            let body = request.lines().find(|line| line.starts_with("user-agent")).unwrap_or("none").to_owned();
            write(&mut stream, &format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())).await;
        }
    })
    .await;
    let client = client();
    for _ in 0..5 {
        let answer = client.send(get(&peer)).await.expect("answer");
        assert_eq!(answer.body, format!("user-agent: {USER_AGENT}"));
    }
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn connection_close_servers_work_for_every_method() {
    let peer = Peer::start(|mut stream, _| async move {
        read_request(&mut stream).await;
        write(&mut stream, "HTTP/1.0 201 Created\r\nServer: wsgiref\r\n\r\n{\"id\":\"1\"}").await;
    })
    .await;
    let client = client();
    for _ in 0..10 {
        assert_eq!(client.send(post(&peer)).await.expect("post").body, "{\"id\":\"1\"}");
        assert_eq!(client.send(get(&peer)).await.expect("get").status, 201);
    }
}

#[tokio::test]
async fn a_connection_closed_between_requests_is_no_error() {
    // Keep-alive is promised, then the connection is dropped after one answer.
    let peer = Peer::start(|mut stream, _| async move {
        read_request(&mut stream).await;
        write(&mut stream, OK).await;
    })
    .await;
    let client = client();
    for _ in 0..20 {
        client.send(get(&peer)).await.expect("get");
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    client.send(post(&peer)).await.expect("post on a connection known to be closed");
}

#[tokio::test]
async fn a_get_swallowed_once_is_repeated_and_a_post_is_not() {
    let swallow_first = |mut stream: tokio::net::TcpStream, number: usize| async move {
        while read_request(&mut stream).await.is_some() {
            if number == 0 {
                return;
            }
            write(&mut stream, OK).await;
        }
    };
    let peer = Peer::start(swallow_first).await;
    assert_eq!(client().send(get(&peer)).await.expect("get").body, "ok");
    assert_eq!(peer.connections(), 2);

    let peer = Peer::start(swallow_first).await;
    let error = client().send(post(&peer)).await.expect_err("no answer");
    assert!(matches!(error, OutboundError::Reset { sent: true, .. }), "{error:?}");
    assert!(error.sent());
    assert!(error.to_string().contains("is not known"), "{error}");
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn refused_connections_and_unknown_hosts_were_not_sent() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("address");
    drop(listener);
    let refused = Request::new(Method::POST, &format!("http://{address}/")).expect("url");
    let error = client().send(refused).await.expect_err("refused");
    assert!(matches!(error, OutboundError::Connect { kind: std::io::ErrorKind::ConnectionRefused, .. }), "{error:?}");
    assert!(!error.sent());
    assert!(error.to_string().contains("refused the connection"), "{error}");

    let unknown = Request::new(Method::POST, "https://no-such-host.invalid/").expect("url");
    let error = client().send(unknown).await.expect_err("unknown");
    // Machines without any DNS server answer slowly; both are "not sent".
    assert!(matches!(error, OutboundError::Dns { .. } | OutboundError::TimeOut { phase: Phase::Connect, .. }), "{error:?}");
    assert!(!error.sent());
}

#[tokio::test]
async fn time_outs_say_whether_anything_was_sent() {
    // A TLS server that never speaks: the handshake hangs, nothing was written.
    let silent = Peer::start(|stream, _| async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        drop(stream);
    })
    .await;
    let url = format!("https://{}/", silent.address);
    let error = client().send(Request::new(Method::POST, &url).expect("url")).await.expect_err("hangs");
    assert!(matches!(error, OutboundError::TimeOut { phase: Phase::Connect, sent: false, .. }), "{error:?}");

    let error = client().send(post(&silent)).await.expect_err("hangs");
    assert!(matches!(error, OutboundError::TimeOut { phase: Phase::Answer, sent: true, .. }), "{error:?}");

    let half = Peer::start(|mut stream, _| async move {
        read_request(&mut stream).await;
        write(&mut stream, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await;
        tokio::time::sleep(Duration::from_secs(5)).await;
    })
    .await;
    let error = client().send(post(&half)).await.expect_err("hangs");
    assert!(matches!(error, OutboundError::TimeOut { phase: Phase::Body, sent: true, .. }), "{error:?}");
}

#[tokio::test]
async fn an_answer_that_breaks_off_was_sent() {
    let peer = Peer::start(|mut stream, _| async move {
        read_request(&mut stream).await;
        write(&mut stream, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await;
    })
    .await;
    let error = client().send(post(&peer)).await.expect_err("broken");
    assert!(error.sent(), "{error:?}");
}

#[tokio::test]
async fn redirects_are_refused_by_name() {
    let router = axum::Router::new()
        .fallback(|| async { (axum::http::StatusCode::FOUND, [("location", "https://user:pw@login.example.com/sso?ticket=hush")]) });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let url = format!("http://{}/", listener.local_addr().expect("address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let error = client().send(Request::new(Method::GET, &url).expect("url")).await.expect_err("redirect");
    assert!(matches!(&error, OutboundError::Redirect { status: 302, to, .. } if to.contains("login.example.com")), "{error:?}");
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(!text.contains("pw") && !text.contains("hush"), "{text}");
    }
}

#[tokio::test]
async fn large_answers_are_cut_with_and_without_a_length() {
    let router = axum::Router::new()
        .route("/known", axum::routing::get(|| async { vec![b'x'; 20_000] }))
        .route(
            "/endless",
            axum::routing::get(|| async {
                let (writer, reader) = tokio::io::duplex(1000);
                tokio::spawn(async move {
                    let mut writer = writer;
                    while tokio::io::AsyncWriteExt::write_all(&mut writer, &[b'x'; 1000]).await.is_ok() {}
                });
                axum::body::Body::new(Pipe(reader))
            }),
        )
        .route("/fits", axum::routing::get(|| async { vec![b'x'; 10_000] }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let base = format!("http://{}", listener.local_addr().expect("address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = client();
    for path in ["/known", "/endless"] {
        let error = client.send(Request::new(Method::GET, &format!("{base}{path}")).expect("url")).await.expect_err(path);
        assert!(matches!(error, OutboundError::TooLarge { limit: 10_000, .. }), "{error:?}");
    }
    let fits = client.send(Request::new(Method::GET, &format!("{base}/fits")).expect("url")).await.expect("fits");
    assert_eq!(fits.body.len(), 10_000);
}

/// A body without an end.
struct Pipe(tokio::io::DuplexStream);

impl axum::body::HttpBody for Pipe {
    type Data = outbound::Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
        let mut space = [0_u8; 500];
        let mut buffer = tokio::io::ReadBuf::new(&mut space);
        std::task::ready!(tokio::io::AsyncRead::poll_read(std::pin::Pin::new(&mut self.0), cx, &mut buffer))?;
        let data = outbound::Bytes::copy_from_slice(buffer.filled());
        std::task::Poll::Ready(Some(Ok(http_body::Frame::data(data))))
    }
}

#[tokio::test]
async fn plain_http_needs_permission_off_this_machine() {
    let elsewhere = || Request::new(Method::POST, "http://192.0.2.1/scim?x=hush").expect("url");
    let error = client().send(elsewhere()).await.expect_err("refused");
    assert!(matches!(error, OutboundError::PolicyRefused { .. }), "{error:?}");
    assert!(!error.sent());
    assert!(error.to_string().contains("Use https://"), "{error}");

    let allowed = Client::new(Settings { allow_plain_http: true, ..settings() }).expect("client");
    let error = allowed.send(elsewhere()).await.expect_err("nobody lives at a documentation address");
    assert!(matches!(error, OutboundError::Connect { .. } | OutboundError::TimeOut { phase: Phase::Connect, .. }), "{error:?}");
}

#[tokio::test]
async fn bad_urls_say_so() {
    for (url, word) in [("ldap://host/", "only https"), ("https://user:pw@host/", "user name or password")] {
        let error = client().send(Request::new(Method::GET, url).expect("parses")).await.expect_err(url);
        assert!(matches!(error, OutboundError::Url { .. }) && error.to_string().contains(word), "{error}");
        assert!(!format!("{error:?}").contains("pw"), "{error:?}");
    }
    let error = Request::new(Method::GET, "scim.example.com").expect_err("no scheme");
    assert!(error.to_string().contains("https://host/path"), "{error}");
}

#[tokio::test]
async fn what_is_not_http_is_explained() {
    let peer = Peer::start(|mut stream, _| async move {
        read_request(&mut stream).await;
        write(&mut stream, "SSH-2.0-OpenSSH_9.2\r\n\r\n").await;
    })
    .await;
    let error = client().send(post(&peer)).await.expect_err("not http");
    assert!(error.to_string().contains("not HTTP") && error.sent(), "{error}");
}

#[test]
fn nothing_secret_is_printed() {
    let request = Request::new(Method::POST, "https://host/Users?filter=hush")
        .expect("url")
        .secret_header(header::AUTHORIZATION, HeaderValue::from_static("Bearer hush"))
        .header(header::COOKIE, HeaderValue::from_static("hush"))
        .header(header::ACCEPT, HeaderValue::from_static("application/json"))
        .with_body("application/json", "hush");
    let text = format!("{request:?}");
    assert!(!text.contains("hush"), "{text}");
    assert!(text.contains("application/json"), "{text}");
    let with_proxy = Settings { proxy: Url::parse("http://u:hush@proxy:8080").ok(), ..settings() };
    assert!(!format!("{with_proxy:?}").contains("hush"));
}

#[tokio::test]
async fn a_probe_tells_how_far_it_came() {
    let peer = Peer::start(|mut stream, _| async move {
        read_request(&mut stream).await;
        write(&mut stream, "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n").await;
    })
    .await;
    let probe = client().probe(&Url::parse(&peer.url("/x?q=hush")).expect("url")).await;
    assert_eq!(probe.addresses, vec![peer.address.ip()]);
    assert_eq!(probe.connected, Some(peer.address));
    assert_eq!((probe.status, probe.tls), (Some(401), None));
    assert!(probe.failure.is_none(), "{:?}", probe.failure);
    assert!(!probe.url.contains("hush"));
}
