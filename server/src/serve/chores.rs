//! What is forgotten in time: expired sessions, abandoned drafts, old failures to sign on, unused approvals, old cycles.

use crate::ports::chain;
use service::{Clock, Service};
use std::time::Duration;
use store::{Prune, Store};
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(60 * 60);
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Failures to sign on block nobody for longer than minutes; a day of them is kept for the curious.
const LOGIN_FAILURES_MS: i64 = DAY_MS;

/// Charts go back a week, and begin with a span that began before it.
const FIGURES_MS: i64 = 8 * DAY_MS;

/// Does all chores now and then every hour, until told to stop.
pub async fn keep(store: Store, service: Service, clock: Clock, stop: CancellationToken) {
    let mut hours = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            _ = hours.tick() => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = forget(&store, &service, clock()).await {
            tracing::error!(error = %chain(&error), "old entries could not be removed; trying again in an hour");
        }
        crate::metrics::settle();
        if let Err(error) = service.forget_old_notices().await {
            tracing::error!(error = %chain(&error), "old notices could not be removed; trying again in an hour");
        }
        if let Err(error) = service.forget_old_sign_ons().await {
            tracing::error!(error = %chain(&error), "old sign-ons could not be removed; trying again in an hour");
        }
        match service.forget_old_drafts().await {
            Ok(0) => {}
            Ok(gone) => tracing::info!(gone, "removed drafts that nobody kept"),
            Err(error) => tracing::error!(error = %chain(&error), "old drafts could not be removed; trying again in an hour"),
        }
    }
}

/// Each in a transaction of its own, so that nobody waits for all of it.
async fn forget(store: &Store, service: &Service, now: i64) -> store::Result<()> {
    let mut tx = store.begin_record().await?;
    tx.delete_expired_sessions(now).await?;
    tx.delete_old_login_failures(now - LOGIN_FAILURES_MS, now).await?;
    tx.delete_expired_approvals(now).await?;
    tx.delete_expired_messages(now).await?;
    tx.delete_expired_sso_sessions(now).await?;
    tx.delete_old_figures(now - FIGURES_MS).await?;
    tx.commit().await?;
    let mut conn = store.read().await?;
    let kept = service.retention(&mut conn).await?;
    let channels = conn.list_channels().await?;
    drop(conn);
    let before = |days: u32| now - i64::from(days) * DAY_MS;
    let prune = Prune { notable_before: before(kept.changed_days), quiet_before: before(kept.quiet_days), keep: kept.newest };
    for channel in channels {
        let mut tx = store.begin_record().await?;
        let gone = tx.prune_cycles(&channel.id, prune).await?;
        tx.commit().await?;
        if gone > 0 {
            tracing::debug!(channel_id = %channel.id, gone, "removed old cycles");
        }
    }
    Ok(())
}
