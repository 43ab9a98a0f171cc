//! For whoever watches the server: is the process alive, can it serve.

use super::AppState;
use crate::ports::chain;
use axum::extract::State;
use axum::http::StatusCode;

/// `GET /healthz`: the process answers.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers, the worker is at work, and the server is not being stopped.
pub async fn ready(State(state): State<AppState>) -> (StatusCode, &'static str) {
    if state.stop.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    if !state.service.is_worker_alive() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the worker ended by a fault; restart the server\n");
    }
    let answer = async { state.store.read().await?.ping().await };
    match answer.await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(error = %chain(&error), "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}
