//! What is measured of conversations with services. The server says what the figures mean and shows them.

use domain::model::connector::OperationClass;
use domain::model::cycle::Calls;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// An operation class as the label of its figures: the name it has in a connector's file.
fn operation(class: OperationClass) -> &'static str {
    match class {
        OperationClass::CreateUser => "create_user",
        OperationClass::UpdateUser => "update_user",
        OperationClass::DeleteUser => "delete_user",
        OperationClass::CreateGroup => "create_group",
        OperationClass::UpdateGroup => "update_group",
        OperationClass::DeleteGroup => "delete_group",
        OperationClass::ChangeMembers => "change_members",
        OperationClass::ListUsers => "list_users",
        OperationClass::GetUser => "get_user",
        OperationClass::ListGroups => "list_groups",
        OperationClass::GetGroup => "get_group",
        OperationClass::Discover => "discover",
    }
}

/// A request was answered with this status; `None`: it was not answered.
pub(crate) fn answered(class: OperationClass, status: Option<u16>, time: Duration) {
    let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
    metrics::histogram!("towpath_scim_request_duration_seconds", "operation" => operation(class), "status" => status)
        .record(time.as_secs_f64());
}

/// A request waited so long until the limits of its service let it go.
pub(crate) fn waited(class: OperationClass, time: Duration) {
    metrics::histogram!("towpath_scim_rate_limit_wait_seconds", "operation" => operation(class)).record(time.as_secs_f64());
}

/// What one user of a client asked: how often, and how long answers took. Clones of a client share everything else.
#[derive(Debug, Default)]
pub struct Tally {
    counted: Mutex<Counted>,
}

/// Answers are counted by how long they took, four sorts an octave of microseconds: enough to tell the time that nineteen of twenty
/// kept within a tenth of it, in the same room for ten requests and for a million.
#[derive(Debug)]
struct Counted {
    sorts: [u32; SORTS],
    count: u32,
    total: Duration,
    waited: Duration,
}

const SORTS: usize = 128;

impl Default for Counted {
    fn default() -> Self {
        Self { sorts: [0; SORTS], count: 0, total: Duration::ZERO, waited: Duration::ZERO }
    }
}

impl Tally {
    pub(crate) fn answered(&self, time: Duration) {
        let mut counted = self.lock();
        let sort = (time.as_micros().max(1) as f64).log2() * 4.0;
        counted.sorts[(sort as usize).min(SORTS - 1)] += 1;
        counted.count += 1;
        counted.total += time;
    }

    pub(crate) fn waited(&self, time: Duration) {
        self.lock().waited += time;
    }

    /// In short; `None` when nothing was asked.
    pub fn calls(&self) -> Option<Calls> {
        let counted = self.lock();
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        (counted.count > 0).then(|| Calls {
            count: counted.count,
            total_ms: ms(counted.total),
            slow_ms: counted.slow_ms(),
            waited_ms: ms(counted.waited),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    /// The upper end of the sort that holds the slowest of nineteen in twenty.
    fn slow_ms(&self) -> u32 {
        let within = self.count - self.count / 20;
        let mut seen = 0;
        let sort = self.sorts.iter().position(|n| {
            seen += n;
            seen >= within
        });
        let micros = ((sort.unwrap_or(SORTS - 1) + 1) as f64 / 4.0).exp2();
        (micros / 1000.0).ceil() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_tells_the_mean_and_what_most_keep() {
        let tally = Tally::default();
        assert_eq!(tally.calls(), None);
        for _ in 0..95 {
            tally.answered(Duration::from_millis(40));
        }
        for _ in 0..5 {
            tally.answered(Duration::from_secs(2));
        }
        tally.waited(Duration::from_millis(70));
        let calls = tally.calls().expect("calls");
        assert_eq!((calls.count, calls.total_ms, calls.mean_ms(), calls.waited_ms), (100, 13_800, 138, 70));
        assert!((40..=48).contains(&calls.slow_ms), "{calls:?}");
        for _ in 0..2 {
            tally.answered(Duration::from_secs(2));
        }
        let slow = tally.calls().expect("calls").slow_ms;
        assert!((2_000..=2_400).contains(&slow), "{slow}");
        // Longer than any sort, and shorter.
        tally.answered(Duration::from_secs(100_000));
        tally.answered(Duration::ZERO);
    }
}
