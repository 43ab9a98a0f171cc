//! What every request and every response goes through: an id and a span for the log, and the headers that keep a page to itself.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use std::time::Instant;
use tracing::Instrument;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request an id, under which the log has what happened in it. Queries are not logged: they may hold names.
pub async fn trace(request: Request, next: Next) -> Response {
    let id = uuid::Uuid::new_v4().simple().to_string();
    let span = tracing::info_span!("request", id, method = %request.method(), path = request.uri().path());
    let method = request.method().as_str().to_owned();
    // Whoever looks at a log would make it grow by looking, and look again because it grew.
    let is_looking = request.uri().path().starts_with("/api/logs/");
    async move {
        let begun = Instant::now();
        let mut response = next.run(request).await;
        let (status, took) = (response.status().as_u16(), begun.elapsed());
        crate::metrics::answered(&method, status, took);
        let took_ms = took.as_millis();
        if response.status().is_server_error() {
            tracing::warn!(status, took_ms, "answered");
        } else if !is_looking {
            tracing::debug!(status, took_ms, "answered");
        }
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        response
    }
    .instrument(span)
    .await
}

/// Sets what is not set yet. Pages bring a Content-Security-Policy of their own, with the nonce of their scripts.
pub async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // Not `no-referrer`: without JavaScript, server functions lead back to the page by it.
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
