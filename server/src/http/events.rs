//! `GET /events/channels`: tells open pages that a channel's status, progress or state changed. What changed they ask for themselves.

use super::AppState;
use crate::auth::Administrator;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
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
    let over = state.stop.clone();
    let until = async move {
        tokio::select! {
            () = over.cancelled() => {}
            () = tokio::time::sleep(LONGEST) => {}
        }
    };
    let stream = changes(state.events.clone()).take_until(Box::pin(until));
    Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

/// One event at once, since something may have changed after the page was made, and then one after every change.
fn changes(mut events: watch::Receiver<u64>) -> impl Stream<Item = Result<Event, Infallible>> {
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
