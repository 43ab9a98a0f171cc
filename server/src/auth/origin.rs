//! Requests that another site's page made in the administrator's browser (CSRF).
//!
//! Every method that may change something must come from a page of this server: by `Sec-Fetch-Site` (all current browsers), else
//! by `Origin`. What sends neither is no browser; it carries no cookie by itself, but one that was given to it, so it is let
//! through only without a session cookie. Server functions check nothing of that kind themselves.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Refuses unsafe requests that do not come from this server's own pages.
pub async fn guard(request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) || is_own(request.headers()) {
        return next.run(request).await;
    }
    tracing::warn!(method = %request.method(), path = request.uri().path(), "refused a request that another site's page made");
    (StatusCode::FORBIDDEN, "This request did not come from a page of this console. Open the console itself and try again.").into_response()
}

fn is_own(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|v| v.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site") {
        // `none` is the person's own doing: a bookmark, the address bar.
        return matches!(site, "same-origin" | "none");
    }
    match text("origin") {
        Some(origin) => {
            let host = text(header::HOST.as_str()).unwrap_or_default();
            !host.is_empty() && origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
        }
        None => !headers.contains_key(header::COOKIE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_pages_may_post() {
        let check = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            pairs.iter().for_each(|(name, value)| drop(headers.insert(*name, value.parse().unwrap())));
            is_own(&headers)
        };
        let host = ("host", "towpath.example:9999");
        assert!(check(&[host, ("sec-fetch-site", "same-origin"), ("cookie", "a=b")]));
        assert!(check(&[host, ("origin", "https://towpath.example:9999"), ("cookie", "a=b")]));
        assert!(check(&[host]));
        assert!(!check(&[host, ("sec-fetch-site", "cross-site")]));
        assert!(!check(&[host, ("sec-fetch-site", "same-site"), ("origin", "https://towpath.example:9999")]));
        assert!(!check(&[host, ("origin", "https://evil.example")]));
        assert!(!check(&[host, ("origin", "null")]));
        assert!(!check(&[host, ("cookie", "a=b")]));
    }
}
