//! For whoever watches the server: is the process alive, can it serve.

use super::AppState;
use crate::ports::chain;
use axum::extract::State;
use axum::http::StatusCode;
use service::Trouble;
use std::borrow::Cow;

/// `GET /healthz`: the process answers.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers and can be written, the worker is at work, and the server is not being stopped. What is wrong
/// and does not keep it from serving is said with a 200.
pub async fn ready(State(state): State<AppState>) -> (StatusCode, Cow<'static, str>) {
    let not = |why: &'static str| (StatusCode::SERVICE_UNAVAILABLE, why.into());
    if state.stop.is_cancelled() {
        return not("stopping\n");
    }
    if !state.service.is_worker_alive() {
        return not("the worker ended by a fault; restart the server\n");
    }
    let answer = async { state.store.read().await?.ping().await };
    if let Err(error) = answer.await {
        tracing::warn!(error = %chain(&error), "not ready");
        return not("the database does not answer\n");
    }
    match state.service.trouble() {
        Some(Trouble::Database(sentence)) => (StatusCode::SERVICE_UNAVAILABLE, format!("degraded: {sentence}\n").into()),
        Some(Trouble::Clock(sentence)) => (StatusCode::OK, format!("ready, but degraded: {sentence}\n").into()),
        None => (StatusCode::OK, "ready\n".into()),
    }
}
