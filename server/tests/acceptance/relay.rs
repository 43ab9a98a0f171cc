//! Relays between Towpath and a counterpart: one that writes down HTTP requests, and one that breaks connections.

use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// One request.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub method: Method,
    pub path: String,
    /// `Null` when empty.
    pub body: Value,
}

impl Exchange {
    pub fn is_write(&self) -> bool {
        self.method != Method::GET
    }
}

/// Passes HTTP requests on to a server on loopback and writes them down.
pub struct Recorder {
    pub addr: SocketAddr,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
    task: AbortHandle,
}

impl Recorder {
    pub async fn start(to: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let exchanges = Arc::new(Mutex::new(Vec::new()));
        let log = exchanges.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let log = log.clone();
                let answer = service_fn(move |request| pass(request, to, log.clone()));
                tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
            }
        });
        Self { addr, exchanges, task: task.abort_handle() }
    }

    /// Everything asked since the last call.
    pub fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.exchanges.lock().unwrap())
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(
    request: Request<Incoming>,
    to: SocketAddr,
    log: Arc<Mutex<Vec<Exchange>>>,
) -> Result<Response<Full<hyper::body::Bytes>>, Failure> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(TcpStream::connect(to).await?)).await?;
    tokio::spawn(connection);
    let mut passed = Request::builder().method(head.method.clone()).uri(head.uri.path_and_query().map_or("/", |p| p.as_str()));
    for (name, value) in head.headers.iter().filter(|(name, _)| !["connection", "transfer-encoding"].contains(&name.as_str())) {
        passed = passed.header(name, value);
    }
    let answer = sender.send_request(passed.body(Full::new(body.clone()))?).await?;
    let (mut answered, content) = answer.into_parts();
    let content = content.collect().await?.to_bytes();
    log.lock().unwrap().push(Exchange {
        method: head.method,
        path: head.uri.to_string(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    });
    answered.headers.remove("transfer-encoding");
    answered.headers.remove("connection");
    answered.version = http::Version::HTTP_11;
    Ok(Response::from_parts(answered, Full::new(content)))
}

/// Passes bytes on to a server on loopback, and breaks each connection once the server has sent so many.
pub struct Breaker {
    pub addr: SocketAddr,
    after: Arc<Mutex<Option<usize>>>,
    /// The most bytes the server sent on one connection.
    carried: Arc<AtomicUsize>,
    task: AbortHandle,
}

impl Breaker {
    pub async fn start(to: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let after = Arc::new(Mutex::new(None));
        let carried = Arc::new(AtomicUsize::new(0));
        let (limit, most) = (after.clone(), carried.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(carry(stream, to, limit.clone(), most.clone()));
            }
        });
        Self { addr, after, carried, task: task.abort_handle() }
    }

    /// From now on connections break after so many bytes from the server; `None`: never.
    pub fn break_after(&self, bytes: Option<usize>) {
        *self.after.lock().unwrap() = bytes;
    }

    /// The most bytes that the server sent on one connection so far.
    pub fn carried(&self) -> usize {
        self.carried.load(Ordering::Relaxed)
    }
}

impl Drop for Breaker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(client: TcpStream, to: SocketAddr, limit: Arc<Mutex<Option<usize>>>, most: Arc<AtomicUsize>) -> std::io::Result<()> {
    let server = TcpStream::connect(to).await?;
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) = (client.into_split(), server.into_split());
    let up = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await.map(drop) });
    let (mut sent, mut buffer) = (0, vec![0; 4096]);
    loop {
        let count = from_server.read(&mut buffer).await?;
        let left = limit.lock().unwrap().map_or(usize::MAX, |most| most.saturating_sub(sent));
        to_client.write_all(&buffer[..count.min(left)]).await?;
        sent += count;
        most.fetch_max(sent, Ordering::Relaxed);
        if count == 0 || count > left {
            break;
        }
    }
    up.abort();
    to_client.shutdown().await
}
