//! Rate limits as token buckets: 25 writes and 40 reads a second per operation (AWS user guide, quotas).

use std::collections::HashMap;

use http::StatusCode;

use super::error::Refusal;
use super::fault::RetryAfter;
use super::operation::Operation;

/// Rates above which the emulator answers 429.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Throttle {
    /// Requests a second that change something. A bucket holds one second's worth.
    pub writes_per_second: f64,
    /// Requests a second that only read.
    pub reads_per_second: f64,
    /// What shares a bucket.
    pub scope: Scope,
    /// Membership changes a second, counted one by one inside a request. AWS has such a limit and does not publish it.
    pub memberships_per_second: Option<f64>,
    /// `None` sends no `Retry-After`.
    pub retry_after: Option<RetryAfter>,
}

impl Throttle {
    /// Membership changes a second that are worth trying a client with: a batch of 100 each second. AWS's own figure is not published;
    /// a client that only counts requests runs into this one on its first large group.
    pub const TRIAL_MEMBERSHIPS: f64 = 100.0;

    /// AWS's published limits, without `Retry-After` and without a membership limit.
    pub fn aws() -> Self {
        Self {
            writes_per_second: 25.0,
            reads_per_second: 40.0,
            scope: Scope::PerOperation,
            memberships_per_second: None,
            retry_after: None,
        }
    }

    /// AWS's older limit: 20 requests a second, whatever they are.
    pub fn older_aws() -> Self {
        Self { writes_per_second: 20.0, reads_per_second: 20.0, scope: Scope::Collective, ..Self::aws() }
    }

    /// The same with a limit of membership changes a second.
    pub fn with_memberships(self, per_second: f64) -> Self {
        Self { memberships_per_second: Some(per_second), ..self }
    }
}

/// What shares a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Each operation has its own, as AWS documents.
    PerOperation,
    /// All writes share one, and all reads another.
    PerClass,
    /// All requests share one, at the rate of writes.
    Collective,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Operation(Operation),
    Writes,
    Reads,
    Requests,
    Memberships,
}

/// The state of all buckets.
#[derive(Debug, Default)]
pub(super) struct Buckets(HashMap<Key, Bucket>);

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at_ms: i64,
}

impl Buckets {
    /// Takes one token for `operation`.
    pub fn take_request(&mut self, throttle: &Throttle, operation: Operation, now_ms: i64) -> Result<(), Refusal> {
        let (class, rate) =
            if operation.is_write() { (Key::Writes, throttle.writes_per_second) } else { (Key::Reads, throttle.reads_per_second) };
        let key = match throttle.scope {
            Scope::PerOperation => Key::Operation(operation),
            Scope::PerClass => class,
            Scope::Collective => Key::Requests,
        };
        let rate = if throttle.scope == Scope::Collective { throttle.writes_per_second } else { rate };
        if self.take(key, rate, 1.0, now_ms) {
            Ok(())
        } else {
            Err(throttled(throttle, format!("over {rate} requests a second ({operation:?})")))
        }
    }

    /// Takes one token for each of `changes`. A request of up to 100 changes must be able to pass at all, so a bucket holds at least that.
    pub fn take_memberships(&mut self, throttle: &Throttle, changes: usize, now_ms: i64) -> Result<(), Refusal> {
        let Some(rate) = throttle.memberships_per_second else { return Ok(()) };
        if self.take(Key::Memberships, rate, changes as f64, now_ms) {
            Ok(())
        } else {
            Err(throttled(throttle, format!("over {rate} membership changes a second")))
        }
    }

    fn take(&mut self, key: Key, rate: f64, amount: f64, now_ms: i64) -> bool {
        let size = if key == Key::Memberships { rate.max(100.0) } else { rate.max(1.0) };
        let bucket = self.0.entry(key).or_insert(Bucket { tokens: size, at_ms: now_ms });
        let passed_ms = now_ms.saturating_sub(bucket.at_ms).max(0);
        bucket.tokens = (bucket.tokens + passed_ms as f64 * rate / 1000.0).min(size);
        bucket.at_ms = now_ms;
        // Ten refills of a tenth add up to a hair less than one.
        let has = bucket.tokens + 1e-9 >= amount;
        if has {
            bucket.tokens -= amount;
        }
        has
    }
}

fn throttled(throttle: &Throttle, reason: String) -> Refusal {
    Refusal {
        status: StatusCode::TOO_MANY_REQUESTS,
        detail: "Rate exceeded".into(),
        reason: format!("Throttled: {reason}"),
        retry_after: throttle.retry_after,
    }
}
