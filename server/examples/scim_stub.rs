//! A SCIM service without limits that keeps nothing, for `make bench`: every list is empty, every write is done.
//!
//! Each answer takes `MILLIS` (default 0: as fast as it can), which is the time a service needs for what it does not do here.
//! `GET /_seen` answers how many requests came since the last such question, the microseconds from the first to the last answer, and the
//! bytes of their bodies.
//!
//! `scim_stub PORT [MILLIS]`

use anyhow::{Context, Result};
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

static REQUESTS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);
static CREATED: AtomicU64 = AtomicU64::new(0);
/// Microseconds since the start, of the first and the last answer; 0 is none.
static FIRST: AtomicU64 = AtomicU64::new(0);
static LAST: AtomicU64 = AtomicU64::new(0);

const EMPTY: &[u8] =
    br#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"startIndex":1,"itemsPerPage":0,"Resources":[]}"#;

#[tokio::main]
async fn main() -> Result<()> {
    let port: u16 = std::env::args().nth(1).context("PORT")?.parse()?;
    let takes = Duration::from_millis(std::env::args().nth(2).map_or(Ok(0), |millis| millis.parse()).context("MILLIS")?);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    writeln!(std::io::stdout(), "ready")?;
    let begun = Instant::now();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, begun, takes));
            // A client that goes away ends its connection, which is no error of anybody's.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(request: Request<Incoming>, begun: Instant, takes: Duration) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.uri().path() == "/_seen" {
        let [requests, first, last, bytes] = [&REQUESTS, &FIRST, &LAST, &BYTES].map(|counter| counter.swap(0, Ordering::Relaxed));
        return Ok(json(StatusCode::OK, format!("{requests} {} {bytes}", last.saturating_sub(first)).into()));
    }
    let method = request.method().clone();
    // The body is taken in, as a service would.
    let length = request.into_body().collect().await.map_or(0, |body| body.to_bytes().len());
    BYTES.fetch_add(length as u64, Ordering::Relaxed);
    if !takes.is_zero() {
        tokio::time::sleep(takes).await;
    }
    let response = match method {
        Method::POST => {
            let id = CREATED.fetch_add(1, Ordering::Relaxed);
            json(StatusCode::CREATED, format!(r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"{id:08}"}}"#).into())
        }
        Method::GET => json(StatusCode::OK, Bytes::from_static(EMPTY)),
        _ => {
            let mut response = Response::new(Full::default());
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        }
    };
    let at = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX).max(1);
    REQUESTS.fetch_add(1, Ordering::Relaxed);
    let _ = FIRST.compare_exchange(0, at, Ordering::Relaxed, Ordering::Relaxed);
    LAST.fetch_max(at, Ordering::Relaxed);
    Ok(response)
}

fn json(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, http::HeaderValue::from_static("application/scim+json"));
    response
}
