//! What became of sign-ons: a line in `audit.log`, and a row for the console. Strangers can make sign-ons fail as often as they like,
//! so failures are noted so many a second and no more, and the oldest rows go.

use super::{Turned, Visitor};
use crate::{Result, Service, new_id};
use domain::actor::Actor;
use domain::id::ConnectionId;
use domain::model::sp_connection::SpConnection;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use store::{Page, SignOn, SignOnQuery};

/// Target of lines of `audit.log`; the message is the whole line.
pub const AUDIT: &str = "audit";

/// Failures that are noted at once ...
const BURST: f64 = 200.0;
/// ... and in each second after that.
const PER_SECOND: f64 = 20.0;
/// Rows that are kept, and for how long.
const KEPT: u32 = 100_000;
const KEPT_MS: i64 = 90 * 24 * 60 * 60_000;
/// The oldest are removed each time so many were added.
const PRUNED_EVERY: u32 = 1_000;
/// Longest text of a row.
const LONGEST: usize = 1_000;

/// What is wanted of this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// That somebody is signed on.
    SignOn,
    /// That somebody is signed off.
    SignOff,
}

impl Event {
    /// Its name in logs and rows.
    pub fn id(self) -> &'static str {
        match self {
            Event::SignOn => "SSO",
            Event::SignOff => "SLO",
        }
    }
}

/// How many failures were noted lately.
#[derive(Debug)]
pub(crate) struct Notes {
    left: Mutex<(f64, i64)>,
    rows: AtomicU32,
}

impl Default for Notes {
    fn default() -> Self {
        Self { left: Mutex::new((BURST, 0)), rows: AtomicU32::new(0) }
    }
}

impl Notes {
    fn admits(&self, now: i64) -> bool {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = now.saturating_sub(left.1).max(0) as f64 / 1000.0;
        let tokens = (left.0 + seconds * PER_SECOND).min(BURST);
        let admitted = tokens >= 1.0;
        *left = (if admitted { tokens - 1.0 } else { tokens }, now);
        admitted
    }
}

/// What became of one.
#[derive(Debug)]
pub(crate) struct Note<'a> {
    pub tracking: &'a str,
    pub event: Event,
    pub connection: Option<&'a SpConnection>,
    /// What it called itself, where there is no connection.
    pub partner: &'a str,
    pub adapter: &'a str,
    pub person: &'a str,
    pub visitor: &'a Visitor,
    pub code: &'a str,
    /// Empty: it was done.
    pub reason: &'a str,
}

impl Note<'_> {
    pub(crate) fn row(&self, now: i64) -> SignOn {
        let short = |text: &str| -> String { text.chars().filter(|c| !c.is_control()).take(LONGEST).collect() };
        SignOn {
            id: new_id(),
            at: now,
            tracking: self.tracking.to_owned(),
            event: self.event.id().to_owned(),
            is_success: self.reason.is_empty(),
            connection_id: self.connection.map(|connection| connection.id.clone()),
            connection: short(self.connection.map_or(self.partner, |connection| &connection.general.name)),
            adapter: self.adapter.to_owned(),
            person: short(self.person),
            address: self.visitor.address.clone(),
            protocol: "SAML20".to_owned(),
            code: self.code.to_owned(),
            reason: short(self.reason),
            took_ms: i64::try_from(self.visitor.begun.elapsed().as_millis()).unwrap_or(i64::MAX),
        }
    }
}

/// The line of a row: time, trackingid, event, subject, ip, app, connectionid, protocol, host, role, status, adapterid, description,
/// responsetime.
pub(crate) fn line(row: &SignOn, entity_id: &str, host: &str) {
    let clean = |text: &str| text.replace(['|', '\n', '\r'], " ");
    let at = time(row.at);
    let status = if row.is_success { "success" } else { "failure" };
    let description = if row.reason.is_empty() { row.code.clone() } else { format!("{}: {}", row.code, row.reason) };
    tracing::info!(
        target: AUDIT,
        "{at}| {}| {}| {}| {}| {}| {}| {}| {}| IdP| {status}| {}| {}| {}",
        row.tracking,
        row.event,
        clean(&row.person),
        row.address,
        clean(&row.connection),
        clean(entity_id),
        row.protocol,
        clean(host),
        clean(&row.adapter),
        clean(&description),
        row.took_ms
    );
}

fn time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map(|at| format!("{at:.3}")).unwrap_or_default()
}

impl Service {
    /// Notes what was not done, or was done without anything else to keep with it. That it cannot be noted fails nothing.
    pub(crate) async fn note(&self, note: &Note<'_>) {
        let now = self.now();
        let row = note.row(now);
        if !row.is_success && !self.notes.admits(now) {
            return;
        }
        line(&row, note.connection.map_or(note.partner, |connection| &connection.general.entity_id), &self.defaults().base_url.value);
        if let Err(error) = self.keep(&row).await {
            tracing::error!(error = %crate::error::chain(&error), "a sign-on could not be noted");
        }
    }

    async fn keep(&self, row: &SignOn) -> store::Result<()> {
        let mut tx = self.store.record().await?;
        tx.insert_sign_on(row).await?;
        self.prune_in(&mut tx).await?;
        tx.commit().await
    }

    /// Removes the oldest rows every now and then.
    pub(crate) async fn prune_in(&self, tx: &mut store::Tx) -> store::Result<()> {
        if self.notes.rows.fetch_add(1, Ordering::Relaxed) % PRUNED_EVERY == PRUNED_EVERY - 1 {
            tx.prune_sign_ons(self.now() - KEPT_MS, KEPT).await?;
        }
        Ok(())
    }

    /// Removes rows that are too old.
    pub async fn forget_old_sign_ons(&self) -> Result<u64> {
        let mut tx = self.store.begin_record().await?;
        let gone = tx.prune_sign_ons(self.now() - KEPT_MS, KEPT).await?;
        tx.commit().await?;
        Ok(gone)
    }

    /// Notes a sign-on or a logout that ended with a page. `flow`: where it led, as far as that is known; `partner`: who sent it, by
    /// its own word.
    pub async fn note_turned(
        &self,
        turned: &Turned,
        tracking: &str,
        event: Event,
        connection: Option<&ConnectionId>,
        partner: Option<&str>,
        visitor: &Visitor,
    ) {
        let (code, why) = match turned {
            Turned::Rejected { .. } => return,
            Turned::Refused { code, why, .. } => (*code, why.clone()),
            Turned::Failed(error) => ("sign-on-fault", crate::error::chain(error)),
        };
        let found = async {
            let mut conn = self.store.read().await?;
            match (connection, partner) {
                (Some(id), _) => conn.find_connection(id).await,
                (None, Some(partner)) => conn.find_connection_by_entity_id(partner).await,
                (None, None) => Ok(None),
            }
        };
        let found = found.await.ok().flatten().map(|stored| stored.value);
        let (partner, connection) = (partner.unwrap_or_default(), found.as_ref());
        self.note(&Note { tracking, event, connection, partner, adapter: "", person: "", visitor, code, reason: &why }).await;
    }

    /// What became of sign-ons, newest first: those that a query asks for, and how many there are.
    pub async fn list_sign_ons(&self, actor: &Actor, query: &SignOnQuery, page: Page) -> Result<(Vec<SignOn>, u64)> {
        self.require(actor)?;
        Ok(self.store.read().await?.list_sign_ons(query, page).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_noted_so_often_and_no_more() {
        let notes = Notes::default();
        assert_eq!((0..1_000).filter(|_| notes.admits(1_000)).count(), 200);
        assert_eq!((0..1_000).filter(|_| notes.admits(2_000)).count(), 20);
    }
}
