//! `GET /metrics`, for a Prometheus server.

use super::sign_in::address_of;
use super::{AppState, answer};
use crate::metrics;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::actor::Actor;
use std::net::SocketAddr;
use subtle::ConstantTimeEq;

/// All figures, for whoever asks from this machine or brings the token of `metrics.token`: they name channels and tell how many people
/// there are, which is nobody else's business.
pub async fn show(State(state): State<AppState>, ConnectInfo(peer): ConnectInfo<SocketAddr>, headers: HeaderMap) -> Response {
    let brought = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let is_known = match (&state.metrics_token, brought) {
        (Some(token), Some(brought)) => token.expose().as_bytes().ct_eq(brought.as_bytes()).into(),
        // What came through a proxy came from elsewhere, unless the proxy says that it did not.
        (_, None) => address_of(peer.ip(), &headers, state.behind_proxy).is_loopback() && !is_forwarded(&headers, state.behind_proxy),
        (None, Some(_)) => false,
    };
    if !is_known {
        let text = "Figures are shown to this machine, and to others with the token of metrics.token (TOWPATH_METRICS_TOKEN).\n";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    match state.service.list_figures(&Actor::Monitor).await {
        Ok(channels) => {
            let text = metrics::text(&channels, state.provisions, (state.clock)());
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
        }
        Err(error) => answer::broken(&error),
    }
}

/// A proxy that this server was not told of stands between.
fn is_forwarded(headers: &HeaderMap, behind_proxy: bool) -> bool {
    !behind_proxy && ["x-forwarded-for", "forwarded"].iter().any(|name| headers.contains_key(*name))
}
