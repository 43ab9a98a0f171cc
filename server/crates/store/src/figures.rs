//! What cycles of channels did over time, added up in spans of five minutes. They outlive the cycles.

use crate::{Conn, Result, StoreError, Tx};
use domain::id::ChannelId;
use domain::model::cycle::{Cycle, CycleState};
use sqlx::FromRow;

/// Length of a span as it is kept.
pub const SPAN_MS: i64 = 5 * 60 * 1000;

/// What cycles of one channel did within a span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Figures {
    /// Begin of the span (unix ms).
    pub at: i64,
    /// Cycles that ended in it.
    pub cycles: i64,
    /// Those of them that could not be done as a whole.
    pub broken: i64,
    /// Operations that were done.
    pub operations: i64,
    /// Operations that were tried and not done.
    pub failures: i64,
    /// How long the cycles took, all together.
    pub took_ms: i64,
    /// How long the longest took.
    pub longest_ms: i64,
    /// Requests to the service.
    pub calls: i64,
    /// How long it took to answer, all together.
    pub calls_ms: i64,
    /// The time within which nineteen of twenty were answered, of the cycle with the longest.
    pub slow_ms: i64,
}

impl Figures {
    /// What one cycle adds.
    pub fn of(cycle: &Cycle) -> Self {
        let ended_at = cycle.ended_at.unwrap_or(cycle.started_at);
        let took_ms = (ended_at - cycle.started_at).max(0);
        let calls = cycle.calls.unwrap_or_default();
        Self {
            at: span(ended_at),
            cycles: 1,
            broken: i64::from(cycle.state == CycleState::Failed),
            operations: i64::from(cycle.done()),
            failures: i64::from(cycle.failed()),
            took_ms,
            longest_ms: took_ms,
            calls: i64::from(calls.count),
            calls_ms: i64::try_from(calls.total_ms).unwrap_or(i64::MAX),
            slow_ms: i64::from(calls.slow_ms),
        }
    }
}

/// Begin of the span that a time is in.
fn span(at: i64) -> i64 {
    at - at.rem_euclid(SPAN_MS)
}

/// What cycles of a channel did within a span of time, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spark {
    /// Which channel.
    pub channel: ChannelId,
    /// Begin of the span (unix ms).
    pub at: i64,
    /// Operations that were done.
    pub operations: i64,
    /// Operations that failed, and cycles that failed as a whole.
    pub failures: i64,
}

impl Conn {
    /// What a channel did since a time, in spans of a length that is a multiple of [`SPAN_MS`]. Spans without a cycle are absent.
    pub async fn list_figures(&mut self, channel: &ChannelId, since: i64, length_ms: i64) -> Result<Vec<Figures>> {
        fetch_all!(
            self,
            "read figures of a channel",
            Figures,
            "select at - at % $3 as at, cast(sum(cycles) as bigint) as cycles, cast(sum(broken) as bigint) as broken, \
             cast(sum(operations) as bigint) as operations, cast(sum(failures) as bigint) as failures, \
             cast(sum(took_ms) as bigint) as took_ms, max(longest_ms) as longest_ms, cast(sum(calls) as bigint) as calls, \
             cast(sum(calls_ms) as bigint) as calls_ms, max(slow_ms) as slow_ms from channel_figures \
             where channel_id = $1 and channel_figures.at >= $2 group by 1 order by 1",
            channel.as_str(),
            since,
            length_ms
        )
    }

    /// What all channels did since a time, in spans of a length. Spans in which nothing was done and nothing failed are absent.
    pub async fn list_sparks(&mut self, since: i64, length_ms: i64) -> Result<Vec<Spark>> {
        let rows = fetch_all!(
            self,
            "read figures of all channels",
            (String, i64, i64, i64),
            "select channel_id, at - at % $2 as span, cast(sum(operations) as bigint), cast(sum(failures + broken) as bigint) \
             from channel_figures where at >= $1 and operations + failures + broken > 0 group by 1, 2 order by 1, 2",
            since,
            length_ms
        )?;
        rows.into_iter()
            .map(|(channel, at, operations, failures)| {
                let channel = ChannelId::parse(&channel).map_err(|e| StoreError::corrupt("channel_figures", &channel, e))?;
                Ok(Spark { channel, at, operations, failures })
            })
            .collect()
    }
}

impl Tx {
    /// Adds what a cycle that ended did.
    pub async fn add_figures(&mut self, channel: &ChannelId, figures: &Figures) -> Result<()> {
        execute!(
            self,
            "add up figures of a channel",
            "insert into channel_figures (channel_id, at, cycles, broken, operations, failures, took_ms, longest_ms, calls, calls_ms, slow_ms) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (channel_id, at) do update set \
             cycles = channel_figures.cycles + excluded.cycles, broken = channel_figures.broken + excluded.broken, \
             operations = channel_figures.operations + excluded.operations, failures = channel_figures.failures + excluded.failures, \
             took_ms = channel_figures.took_ms + excluded.took_ms, \
             longest_ms = case when excluded.longest_ms > channel_figures.longest_ms then excluded.longest_ms else channel_figures.longest_ms end, \
             calls = channel_figures.calls + excluded.calls, calls_ms = channel_figures.calls_ms + excluded.calls_ms, \
             slow_ms = case when excluded.slow_ms > channel_figures.slow_ms then excluded.slow_ms else channel_figures.slow_ms end",
            channel.as_str(),
            figures.at,
            figures.cycles,
            figures.broken,
            figures.operations,
            figures.failures,
            figures.took_ms,
            figures.longest_ms,
            figures.calls,
            figures.calls_ms,
            figures.slow_ms
        )?;
        Ok(())
    }

    /// Forgets figures of spans that began before a time.
    pub async fn delete_old_figures(&mut self, before: i64) -> Result<u64> {
        execute!(self, "forget old figures", "delete from channel_figures where at < $1", before)
    }
}
