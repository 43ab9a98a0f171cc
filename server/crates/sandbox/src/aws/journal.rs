//! The request log: a bounded ring of what was asked and how it was answered.

use std::collections::VecDeque;

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
    /// Why it was refused, or which fault struck.
    pub reason: Option<String>,
    /// The `x-amzn-RequestId` of the answer.
    pub request_id: String,
    /// Bytes of the request body.
    pub body_bytes: usize,
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

    pub fn entries(&self) -> Vec<LogEntry> {
        self.ring.iter().cloned().collect()
    }

    pub fn total(&self) -> u64 {
        self.total
    }

    pub fn clear(&mut self) {
        self.ring.clear();
    }
}
