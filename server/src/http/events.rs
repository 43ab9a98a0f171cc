//! `GET /events/channels` and `GET /events/logs`: tell open pages that a channel's status, progress or state changed, or that something
//! was written to a log. What changed they ask for themselves. Administrators only; nothing is asked for while nobody listens.

use super::AppState;
use crate::auth::Administrator;
use crate::ports;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, Stream, StreamExt};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::watch;

/// Between two events to one browser.
const AT_LEAST_APART: Duration = Duration::from_millis(250);
/// After this the browser connects anew, and who signed off or was disabled meanwhile hears no more.
const LONGEST: Duration = Duration::from_secs(10 * 60);
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The events as long as the browser listens.
pub async fn channels(State(state): State<AppState>, Administrator(_): Administrator) -> impl IntoResponse {
    told(&state, state.events.clone())
}

/// The same of the log that a query names. To a query that follows nothing the answer is that there is nothing to come.
pub async fn log(State(state): State<AppState>, Administrator(_): Administrator, RawQuery(query): RawQuery) -> Response {
    match ports::followed(query.as_deref().unwrap_or_default()) {
        Some(log) => told(&state, log.written()).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

fn told<T: Send + Sync + 'static>(state: &AppState, events: watch::Receiver<T>) -> impl IntoResponse + use<T> {
    let over = state.stop.clone();
    let until = async move {
        tokio::select! {
            () = over.cancelled() => {}
            () = tokio::time::sleep(LONGEST) => {}
        }
    };
    let stream = changes(events).take_until(Box::pin(until));
    Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

/// One event at once, since something may have changed after the page was made, and then one after every change.
fn changes<T: Send + Sync + 'static>(mut events: watch::Receiver<T>) -> impl Stream<Item = Result<Event, Infallible>> {
    events.mark_changed();
    stream::unfold((events, false), |(mut events, told)| async move {
        if told {
            tokio::time::sleep(AT_LEAST_APART).await;
        }
        // Without a worker nothing changes any more.
        events.changed().await.ok()?;
        events.mark_unchanged();
        // Browsers drop an event without data.
        Some((Ok(Event::default().event("status").data("changed")), (events, true)))
    })
}
