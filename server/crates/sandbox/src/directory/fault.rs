//! Faults on request, and the count of what was served.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// A way in which the directory misbehaves. The root DSE answers in spite of those that concern searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Connections are closed as soon as they are made, open ones at their next request.
    RefuseConnections,
    /// The connection breaks, without an answer, once a search has sent so many entries, counted over all its pages.
    DropAfter {
        /// Entries still sent.
        entries: u64,
    },
    /// Searches succeed and find nothing: what a reader without rights sees, and the most dangerous lie of all.
    EmptySearches,
    /// Searches fail once they have sent so many entries, counted over all their pages. Those entries arrive.
    FailSearch {
        /// The answer.
        with: SearchFailure,
        /// Entries still sent.
        after_entries: u64,
    },
    /// Every page after the first is refused.
    RefuseCookie,
    /// Every answer waits so long.
    Delay(Duration),
    /// Every search is refused for want of rights.
    InsufficientRights,
}

/// How a search fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchFailure {
    /// Code 1.
    OperationsError,
    /// Code 3.
    TimeLimitExceeded,
    /// Code 4.
    SizeLimitExceeded,
    /// Code 11.
    AdminLimitExceeded,
    /// Code 51.
    Busy,
    /// Code 52.
    Unavailable,
}

/// How many of each were served since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operations {
    /// Connections accepted.
    pub connections: u64,
    /// Binds, refused ones too.
    pub binds: u64,
    /// Searches, each page counted, the root DSE too.
    pub searches: u64,
    /// Entries sent.
    pub entries: u64,
    /// Requests of any other kind.
    pub others: u64,
}

impl Operations {
    /// Requests of every kind.
    pub fn total(&self) -> u64 {
        self.binds + self.searches + self.others
    }
}

/// The faults in force.
#[derive(Debug, Default)]
pub(super) struct Faults(RwLock<Vec<Fault>>);

impl Faults {
    pub fn replace(&self, faults: Vec<Fault>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    /// The first thing that a fault in force says.
    pub fn find<T>(&self, pick: impl FnMut(&Fault) -> Option<T>) -> Option<T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).iter().find_map(pick)
    }

    pub fn has(&self, fault: Fault) -> bool {
        self.find(|known| (*known == fault).then_some(())).is_some()
    }
}

/// Counts, without a lock.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub connections: AtomicU64,
    pub binds: AtomicU64,
    pub searches: AtomicU64,
    pub entries: AtomicU64,
    pub others: AtomicU64,
}

impl Counters {
    pub fn add(counter: &AtomicU64, count: u64) {
        counter.fetch_add(count, Ordering::Relaxed);
    }

    pub fn snapshot(&self) -> Operations {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Operations {
            connections: read(&self.connections),
            binds: read(&self.binds),
            searches: read(&self.searches),
            entries: read(&self.entries),
            others: read(&self.others),
        }
    }
}
