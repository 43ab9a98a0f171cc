//! Watches how channels stand and what is about to end, and has people told of it.

use crate::ports::{chain, standing};
use domain::actor::Actor;
use domain::model::notifications::{Condition, Event};
use service::channels::ChannelGlance;
use service::{Clock, Service};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// After a change so long is waited for others: a cycle makes many.
const SETTLES: Duration = Duration::from_secs(3);
/// What ends does so without any event; it is looked for this often at least.
const AT_LEAST: Duration = Duration::from_secs(60 * 60);
/// What could not be looked at is looked at again after this.
const AGAIN: Duration = Duration::from_secs(60);

/// Watches until told to stop. Nothing is read while nobody is told of anything but the one row that says so.
pub async fn keep(service: Service, mut events: watch::Receiver<u64>, provisions: bool, clock: Clock, stop: CancellationToken) {
    loop {
        let wait = match look(&service, provisions, clock).await {
            Ok(next) => {
                let until = next.map(|at| Duration::from_millis(u64::try_from(at - clock()).unwrap_or(0)));
                until.map_or(AT_LEAST, |until| until.clamp(SETTLES, AT_LEAST))
            }
            Err(error) => {
                tracing::warn!(error = %chain(&error), "what people should be told of could not be looked at; trying again in a minute");
                AGAIN
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
            changed = events.changed() => {
                if changed.is_err() {
                    // No worker runs, so nothing changes by itself.
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = tokio::time::sleep(wait) => {}
                    }
                } else {
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = tokio::time::sleep(SETTLES) => {}
                    }
                    events.mark_unchanged();
                }
            }
        }
    }
}

/// Looks once, delivers what is due, and answers when to look again at the latest.
async fn look(service: &Service, provisions: bool, clock: Clock) -> service::Result<Option<i64>> {
    let (mut found, mut open) = (Vec::new(), Vec::new());
    if service.is_anybody_told().await? {
        let channels = service.list_figures(&Actor::Monitor).await?;
        // While a cycle runs nobody knows yet how the channel will stand.
        let is_open = |glance: &&ChannelGlance| glance.status.as_ref().is_some_and(|status| status.running.is_some());
        open.extend(channels.iter().filter(is_open).map(|glance| glance.channel.id.clone()));
        let settled = channels.iter().filter(|glance| !is_open(glance));
        found.extend(settled.filter_map(|glance| condition(glance, provisions, clock())));
        found.extend(service.ending_conditions().await?);
    }
    let look_again = service.note_conditions(found, &open).await?;
    let next_delivery = service.deliver_notices().await?;
    Ok(look_again.into_iter().chain(next_delivery).min())
}

/// What people should know of a channel.
fn condition(glance: &ChannelGlance, provisions: bool, now: i64) -> Option<Condition> {
    let state = standing::of_channel(glance, glance.last.as_ref(), provisions, now);
    let (event, kind) = match state.label.as_str() {
        "Held" => (Event::Held, "held"),
        "Failing" | "Degraded" => (Event::Failing, "failing"),
        _ => return None,
    };
    let (channel, connection) = (&glance.channel.name, &glance.channel.connection_name);
    Some(Condition {
        key: format!("{kind}:{}", glance.channel.id),
        event,
        title: format!("{}: channel {channel} of {connection}", state.label),
        text: state.sentence,
        page: format!("/channels/{}", glance.channel.id),
    })
}
