//! All channels at a glance: what an address asks for, and what each did within the last day.

use super::charts::{self, Colour, Series, Time};
use super::guide::urgency;
use super::words::{count, duration};
use super::{Ports, as_u32, refuse};
use app::error::AppError;
use app::routes::Page;
use app::views::channels::{ChoiceView, Dashboard, DashboardRow, ObjectsView, SparkView};
use app::views::{ChannelRow, Tone};
use domain::actor::Actor;
use domain::id::ChannelId;
use service::channels::ChannelGlance;
use std::collections::BTreeMap;
use store::{ObjectCounts, Spark};
use url::form_urlencoded;

const HOUR_MS: i64 = 60 * 60 * 1000;
/// Bars of a line: one an hour.
const HOURS: i64 = 24;

/// What an address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Asked {
    /// Part of a name.
    text: String,
    /// A word for how a channel stands, as in an address.
    status: String,
}

impl Asked {
    /// Reads the query of an address; what it does not know is as if it were not there.
    fn read(text: &str) -> Self {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(text.trim_start_matches('?').as_bytes()) {
            match &*name {
                "q" => asked.text = value.trim().to_owned(),
                "status" => asked.status = value.into_owned(),
                _ => {}
            }
        }
        asked
    }

    fn href(&self) -> String {
        let pairs = [("q", &self.text), ("status", &self.status)].into_iter().filter(|(_, value)| !value.is_empty());
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let page = Page::Channels.href();
        if text.is_empty() { page } else { format!("{page}?{text}") }
    }

    fn is_named(&self, row: &ChannelRow) -> bool {
        let text = self.text.to_lowercase();
        [&row.name, &row.connection_name, &row.data_store].into_iter().any(|name| name.to_lowercase().contains(&text))
    }
}

/// A state as it is in an address.
fn status_id(label: &str) -> String {
    label.to_lowercase().replace(' ', "-")
}

impl Ports {
    /// All channels, or those that an address asks for.
    pub(super) async fn channel_dashboard(&self, actor: &Actor, address: &str) -> Result<Dashboard, AppError> {
        let asked = Asked::read(address);
        let now = self.now();
        let glances = self.service.list_channels(actor).await.map_err(refuse)?;
        let time = last_day(now);
        let mut sparks: BTreeMap<ChannelId, Vec<Spark>> = BTreeMap::new();
        for spark in self.service.list_sparks(actor, time.from, time.span).await.map_err(refuse)? {
            sparks.entry(spark.channel.clone()).or_default().push(spark);
        }
        let all = as_u32(glances.len());
        let found: Vec<_> = glances.iter().map(|glance| (glance, self.row(glance, now))).filter(|(_, row)| asked.is_named(row)).collect();
        let states = states(&asked, found.iter().map(|(_, row)| row));
        let shown = found.into_iter().filter(|(_, row)| asked.status.is_empty() || status_id(&row.state.label) == asked.status);
        let rows: Vec<_> = shown.map(|(glance, row)| dashboard_row(glance, row, sparks.remove(&glance.channel.id), time, now)).collect();
        let counted = match as_u32(rows.len()) {
            n if n == all => count(all, "channel", "channels"),
            n => format!("{n} of {}", count(all, "channel", "channels")),
        };
        Ok(Dashboard { states, counted, is_empty: all == 0, rows, text: asked.text, state: asked.status })
    }
}

/// How many are in which state; what wants to be looked at first, after all of them.
fn states<'a>(asked: &Asked, rows: impl Iterator<Item = &'a ChannelRow>) -> Vec<ChoiceView> {
    let mut found: Vec<(&str, Tone, u32)> = Vec::new();
    let mut all = 0;
    for row in rows {
        all += 1;
        match found.iter_mut().find(|(label, ..)| *label == row.state.label) {
            // One word may have two colours: the worse one counts.
            Some((_, tone, n)) => {
                *n += 1;
                *tone = [*tone, row.state.tone].into_iter().min_by_key(|tone| urgency(*tone)).unwrap_or(row.state.tone);
            }
            None => found.push((&row.state.label, row.state.tone, 1)),
        }
    }
    // The one in force stays, so that it can be seen and left, when no channel is in it any more.
    let known = super::standing::STATES.iter().find(|label| status_id(label) == asked.status);
    if let Some(label) = known.filter(|label| !found.iter().any(|(of, ..)| of == *label)) {
        found.push((label, Tone::Quiet, 0));
    }
    found.sort_by_key(|(_, tone, _)| urgency(*tone));
    let choice = |label: &str, count, tone, status: String| ChoiceView {
        label: label.to_owned(),
        count: Some(count),
        tone,
        is_shown: status == asked.status,
        href: Asked { status, ..asked.clone() }.href(),
    };
    let each = found.into_iter().map(|(label, tone, n)| choice(label, n, Some(tone), status_id(label)));
    std::iter::once(choice("All", all, None, String::new())).chain(each).collect()
}

fn dashboard_row(glance: &ChannelGlance, row: ChannelRow, sparks: Option<Vec<Spark>>, time: Time, now: i64) -> DashboardRow {
    let running = glance.status.as_ref().and_then(|status| status.running.as_ref());
    DashboardRow {
        lag: lag(glance, now),
        people: objects(glance.users),
        groups: objects(glance.groups),
        queue: running.and_then(|running| Some(running.total?.saturating_sub(running.done))).unwrap_or(0),
        spark: spark(sparks.unwrap_or_default(), time),
        row,
    }
}

/// How people or groups stand.
pub(super) fn objects(counts: ObjectCounts) -> ObjectsView {
    ObjectsView { in_sync: counts.in_sync(), failed: counts.failing, skipped: counts.skipped }
}

/// Time since everybody in scope was last read to the end; empty: never.
pub(super) fn lag(glance: &ChannelGlance, now: i64) -> String {
    glance.state.last_complete_at.map_or_else(String::new, |at| duration(now - at))
}

/// The last hours, the present one among them.
fn last_day(now: i64) -> Time {
    let until = now - now.rem_euclid(HOUR_MS) + HOUR_MS;
    Time { from: until - HOURS * HOUR_MS, until, span: HOUR_MS, tick: HOUR_MS, label: |_| String::new() }
}

fn spark(sparks: Vec<Spark>, time: Time) -> SparkView {
    let sum = |of: fn(&Spark) -> i64| u32::try_from(sparks.iter().map(of).sum::<i64>()).unwrap_or(u32::MAX);
    let (done, failed) = (sum(|spark| spark.operations), sum(|spark| spark.failures));
    let words = match (done, failed) {
        (0, 0) => "Nothing to change".to_owned(),
        (done, 0) => count(done, "change", "changes"),
        (done, failed) => format!("{}, {failed} failed", count(done, "change", "changes")),
    };
    let values = |of: fn(&Spark) -> i64| sparks.iter().map(|spark| (spark.at, of(spark) as f64)).collect();
    let series = [
        Series { colour: Colour::Main, values: values(|spark| spark.operations) },
        Series { colour: Colour::Bad, values: values(|spark| spark.failures) },
    ];
    let svg = charts::spark(time, &series, &format!("{words} within the last day, by the hour"));
    SparkView { svg, words }
}
