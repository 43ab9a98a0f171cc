//! Failing on purpose: rules that say which requests fail, when, and how.

use std::fmt;

use rand::RngExt;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::error::timestamp;
use super::operation::Operation;

/// One rule. Rules are tried in order; the first that strikes decides.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Which requests it looks at.
    pub on: On,
    /// Only requests whose path, query or body contains this text; for making one object fail.
    pub naming: Option<String>,
    /// Which of them it strikes.
    pub when: When,
    /// What happens then.
    pub effect: Effect,
}

impl Fault {
    /// A rule without a text to look for.
    pub fn new(on: On, when: When, effect: Effect) -> Self {
        Self { on, naming: None, when, effect }
    }

    /// The same rule for only those requests that contain `text`.
    pub fn naming(self, text: impl Into<String>) -> Self {
        Self { naming: Some(text.into()), ..self }
    }
}

/// Which requests a rule looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum On {
    /// Every request, also those that are no operation.
    Any,
    /// Operations that only read.
    Reads,
    /// Operations that change something.
    Writes,
    /// One operation, which is a method and a kind of path.
    Operation(Operation),
}

/// Which of the requests looked at are struck.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum When {
    /// All.
    Always,
    /// Only the so-manieth, counting from 1.
    Nth(u64),
    /// The first so many.
    First(u64),
    /// All after the first so many.
    After(u64),
    /// Every so-manieth.
    Every(u64),
    /// Each with this probability between 0 and 1, the same sequence for the same seed.
    Chance {
        /// Between 0 and 1.
        probability: f64,
        /// Of this rule's own random numbers.
        seed: u64,
    },
}

/// What happens to a request that is struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// This status instead of the operation.
    Status {
        /// HTTP status.
        code: u16,
        /// `None` sends no `Retry-After`.
        retry_after: Option<RetryAfter>,
    },
    /// The operation is done, and yet this status is answered.
    StatusAfterCommit {
        /// HTTP status.
        code: u16,
    },
    /// The connection is closed without an answer, and nothing was done.
    CloseBeforeCommit,
    /// The operation is done, and the connection closed without an answer.
    CloseAfterCommit,
    /// The connection is reset (RST) without an answer, and nothing was done.
    ResetBeforeCommit,
    /// The operation is done, and the connection reset (RST) without an answer.
    ResetAfterCommit,
    /// No answer ever comes, and nothing was done.
    Hang,
    /// The operation is done, and no answer ever comes.
    HangAfterCommit,
    /// The operation is done, and the answer is JSON that breaks off.
    MalformedBody,
    /// The operation is done, and its answer trickles: the head at once, then so many bytes at a time.
    SlowBody {
        /// Bytes at a time.
        bytes: usize,
        /// Milliseconds before each of them.
        every_ms: u64,
    },
    /// 401 for this and all later requests, until the faults are set anew.
    Unauthorized,
    /// The operation is done after this many milliseconds.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
}

/// The two forms of a `Retry-After` header (RFC 9110 section 10.2.3). Whether AWS sends one, and which, is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// Seconds from now.
    Seconds(u32),
    /// An HTTP date this many seconds from the emulator's now.
    Date {
        /// Negative for a date that has passed.
        in_seconds: i64,
    },
}

impl RetryAfter {
    /// The text of the header.
    pub(super) fn text(self, now_ms: i64) -> String {
        match self {
            Self::Seconds(seconds) => seconds.to_string(),
            Self::Date { in_seconds } => http_date(now_ms.saturating_add(in_seconds.saturating_mul(1000))),
        }
    }
}

/// The date of an HTTP header (RFC 9110 section 5.6.7).
pub(super) fn http_date(ms: i64) -> String {
    timestamp(ms, "%a, %d %b %Y %H:%M:%S GMT")
}

impl Effect {
    /// Whether the operation is carried out although its answer fails.
    pub fn commits(self) -> bool {
        use Effect::*;
        match self {
            Status { .. } | CloseBeforeCommit | ResetBeforeCommit | Hang | Unauthorized => false,
            StatusAfterCommit { .. }
            | CloseAfterCommit
            | ResetAfterCommit
            | HangAfterCommit
            | MalformedBody
            | SlowBody { .. }
            | Delay { .. } => true,
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status { code, .. } => write!(f, "fault: status {code}"),
            Self::StatusAfterCommit { code } => write!(f, "fault: done, but status {code}"),
            Self::CloseBeforeCommit => f.write_str("fault: connection closed, nothing done"),
            Self::CloseAfterCommit => f.write_str("fault: done, but connection closed"),
            Self::ResetBeforeCommit => f.write_str("fault: connection reset, nothing done"),
            Self::ResetAfterCommit => f.write_str("fault: done, but connection reset"),
            Self::Hang => f.write_str("fault: no answer"),
            Self::HangAfterCommit => f.write_str("fault: done, but no answer"),
            Self::MalformedBody => f.write_str("fault: done, but the body breaks off"),
            Self::SlowBody { bytes, every_ms } => write!(f, "fault: answered {bytes} bytes every {every_ms} ms"),
            Self::Unauthorized => f.write_str("fault: token refused from now on"),
            Self::Delay { ms } => write!(f, "fault: answered after {ms} ms"),
        }
    }
}

/// The rules with their counters.
#[derive(Debug, Default)]
pub(super) struct Faults {
    rules: Vec<Rule>,
    /// Whether [`Effect::Unauthorized`] has struck.
    pub token_refused: bool,
}

#[derive(Debug)]
struct Rule {
    fault: Fault,
    seen: u64,
    rng: Option<StdRng>,
}

/// What a rule may look at in a request.
pub(super) struct Subject<'a> {
    pub operation: Option<Operation>,
    pub path: &'a str,
    pub query: &'a str,
    pub body: &'a [u8],
}

impl Faults {
    pub fn new(faults: Vec<Fault>) -> Self {
        let rules = faults.into_iter().map(|fault| {
            let rng = match fault.when {
                When::Chance { seed, .. } => Some(StdRng::seed_from_u64(seed)),
                _ => None,
            };
            Rule { fault, seen: 0, rng }
        });
        Self { rules: rules.collect(), token_refused: false }
    }

    /// The effect for this request, if a rule strikes. Every rule that looks at it counts it, also when an earlier one strikes.
    pub fn strike(&mut self, subject: &Subject<'_>) -> Option<Effect> {
        let mut effect = None;
        for rule in &mut self.rules {
            if rule.looks_at(subject) && rule.strikes() && effect.is_none() {
                effect = Some(rule.fault.effect);
            }
        }
        self.token_refused |= effect == Some(Effect::Unauthorized);
        effect
    }
}

impl Rule {
    fn looks_at(&self, subject: &Subject<'_>) -> bool {
        let on = match (&self.fault.on, subject.operation) {
            (On::Any, _) => true,
            (On::Reads, Some(operation)) => !operation.is_write(),
            (On::Writes, Some(operation)) => operation.is_write(),
            (On::Operation(wanted), Some(operation)) => *wanted == operation,
            (_, None) => false,
        };
        on && self.fault.naming.as_deref().is_none_or(|text| {
            let in_body = !text.is_empty() && subject.body.windows(text.len()).any(|window| window == text.as_bytes());
            in_body || subject.path.contains(text) || subject.query.contains(text)
        })
    }

    fn strikes(&mut self) -> bool {
        self.seen += 1;
        match self.fault.when {
            When::Always => true,
            When::Nth(n) => self.seen == n,
            When::First(n) => self.seen <= n,
            When::After(n) => self.seen > n,
            When::Every(n) => n > 0 && self.seen.is_multiple_of(n),
            When::Chance { probability, .. } => self.rng.as_mut().is_some_and(|rng| rng.random::<f64>() < probability),
        }
    }
}
