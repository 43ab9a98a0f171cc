//! The request log: a bounded ring of what was asked and how it was answered.

use std::collections::VecDeque;
use std::fmt;

use super::fault::Effect;
use super::operation::Operation;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// 1 for the first request since the start.
    pub number: u64,
    /// When it came in, Unix milliseconds.
    pub at_ms: i64,
    /// The HTTP method.
    pub method: String,
    /// The path below the base URL, or the whole path when it was not below it.
    pub path: String,
    /// The query as sent, without the question mark.
    pub query: String,
    /// What was asked, if it is an operation AWS has and the request got that far.
    pub operation: Option<Operation>,
    /// The status answered; 0 when a fault closed the connection or let it hang.
    pub status: u16,
    /// Why the emulator refused it, in `CloudTrail`'s words where they are known; `None` when it did not. The body may have said less, and
    /// with a [`LogEntry::fault`] the client may have been told something else or nothing.
    pub reason: Option<String>,
    /// The fault that struck.
    pub fault: Option<Effect>,
    /// The `User-Agent` as sent.
    pub user_agent: Option<String>,
    /// The `x-amzn-RequestId` of the answer.
    pub request_id: String,
    /// Bytes of the request body.
    pub body_bytes: usize,
}

impl LogEntry {
    /// Whether a rule of the emulator refused it, and not (only) a fault.
    pub fn is_refused(&self) -> bool {
        self.reason.is_some()
    }

    /// The exception that `CloudTrail` names for the status answered; `None` for success and for no answer.
    pub fn exception(&self) -> Option<&'static str> {
        match self.status {
            401 => Some("UnauthorizedException"),
            402 => Some("ServiceQuotaExceededException"),
            403 => Some("AccessDeniedException"),
            404 => Some("ResourceNotFoundException"),
            409 => Some("ConflictException"),
            429 => Some("ThrottlingException"),
            500.. => Some("InternalServerError"),
            400 | 413 | 415 => Some("ValidationException"),
            _ => None,
        }
    }
}

impl fmt::Display for LogEntry {
    /// One line, for the message of a test that did not want it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, method, path, status, .. } = self;
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        write!(f, "#{number} {method} {path}{query}: ")?;
        if *status == 0 {
            f.write_str("no answer")?
        } else {
            write!(f, "{status}")?
        }
        if let Some(reason) = &self.reason {
            write!(f, ", {reason}")?;
        }
        if let Some(fault) = &self.fault {
            write!(f, " ({fault})")?;
        }
        Ok(())
    }
}

/// The last so many entries.
#[derive(Debug)]
pub(super) struct Journal {
    capacity: usize,
    total: u64,
    ring: VecDeque<LogEntry>,
}

impl Journal {
    pub fn new(capacity: usize) -> Self {
        Self { capacity, total: 0, ring: VecDeque::new() }
    }

    /// Keeps `entry`, numbering it and dropping the oldest when full.
    pub fn push(&mut self, mut entry: LogEntry) {
        self.total += 1;
        entry.number = self.total;
        if self.capacity == 0 {
            return;
        }
        if self.ring.len() == self.capacity {
            self.ring.pop_front();
        }
        self.ring.push_back(entry);
    }

    pub fn entries(&self, wanted: impl Fn(&LogEntry) -> bool) -> Vec<LogEntry> {
        self.ring.iter().filter(|entry| wanted(entry)).cloned().collect()
    }

    pub fn total(&self) -> u64 {
        self.total
    }

    pub fn clear(&mut self) {
        self.ring.clear();
    }
}
