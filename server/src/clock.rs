//! The only place that asks the machine for the time.

use std::time::{SystemTime, UNIX_EPOCH};

/// Now, as unix milliseconds.
#[expect(clippy::disallowed_methods, reason = "everything else is handed this function or its result")]
pub fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}
