//! Whether an account may sign on, as Active Directory decides it, and the sub-code it gives when not (`data 775` in a refused bind).

use super::entry::Entry;

/// 1601-01-01, from where Active Directory counts in 100 nanoseconds, before 1970-01-01, in seconds.
const FILETIME_EPOCH: i64 = 11_644_473_600;
/// The domain's maximum age of a password, the default of a new domain.
const OLDEST_PASSWORD: i64 = 42 * 24 * 3600;
/// `ADS_UF_DONT_EXPIRE_PASSWD` of `userAccountControl`.
const PASSWORD_NEVER_EXPIRES: i64 = 0x1_0000;

/// A time (unix seconds) as Active Directory stores it.
pub(super) fn filetime(seconds: i64) -> String {
    ((seconds + FILETIME_EPOCH) * 10_000_000).to_string()
}

/// Why an account is refused at a time (unix seconds); `None` lets it in. A wrong password hides every other reason but a lock.
pub(super) fn refusal(account: &Entry, is_right: bool, now: i64) -> Option<&'static str> {
    let stored = |name: &str| account.stored(name).next().and_then(|text| text.parse::<i64>().ok());
    let passed = |filetime: i64| filetime / 10_000_000 - FILETIME_EPOCH < now;
    let expires = stored("accountExpires").filter(|at| *at != 0 && *at != i64::MAX);
    // Never set here means that nobody looked after it, not that it must be changed.
    let password_set = stored("pwdLastSet").filter(|_| account.account_control() & PASSWORD_NEVER_EXPIRES == 0);
    if stored("lockoutTime").is_some_and(|at| at != 0) {
        Some("775")
    } else if !is_right {
        Some("52e")
    } else if account.is_disabled() {
        Some("533")
    } else if expires.is_some_and(passed) {
        Some("701")
    } else if password_set == Some(0) {
        Some("773")
    } else if password_set.is_some_and(|at| passed(at + OLDEST_PASSWORD * 10_000_000)) {
        Some("532")
    } else {
        None
    }
}
