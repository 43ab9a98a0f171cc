//! How long to wait before the next try.

use std::time::Duration;

use domain::model::connector::Retry;
use jiff::fmt::rfc2822;
use outbound::{HeaderMap, header};

/// The longest `Retry-After` that is waited for; beyond it the next cycle is the retry.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Exponential backoff with full jitter: anything between nothing and `base * 2^(tries - 1)`, at most `max`. `tries` is at least 1.
pub(crate) fn backoff(retry: &Retry, tries: u32) -> Duration {
    let most = u64::from(retry.base_ms).saturating_mul(1_u64 << (tries - 1).min(20)).min(u64::from(retry.max_ms));
    Duration::from_millis(rand::random_range(0..=most))
}

/// `Retry-After` (RFC 9110 10.2.3) in seconds or as a date. A date is measured against the answer's own `Date`, because the clocks
/// of two machines differ; without one it is not used.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = rfc2822::parse(text).ok()?.timestamp();
    let now = rfc2822::parse(headers.get(header::DATE)?.to_str().ok()?).ok()?.timestamp();
    Some(Duration::from_secs(u64::try_from(until.as_second() - now.as_second()).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use outbound::HeaderValue;

    use super::*;

    #[test]
    fn backoff_grows_and_is_bounded() {
        let retry = Retry { attempts: 5, base_ms: 100, max_ms: 1_000, ..Retry::default() };
        for (tries, most) in [(1, 100), (2, 200), (4, 800), (5, 1_000), (60, 1_000)] {
            let waits: Vec<_> = (0..200).map(|_| backoff(&retry, tries).as_millis()).collect();
            assert!(waits.iter().all(|wait| *wait <= most), "{tries}");
            assert!(waits.iter().any(|wait| *wait > most / 2), "{tries}");
        }
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        for (after, date, expected) in [
            ("7", None, Some(7)),
            (" 0 ", None, Some(0)),
            ("Wed, 21 Oct 2026 07:28:30 GMT", Some("Wed, 21 Oct 2026 07:28:00 GMT"), Some(30)),
            ("Wed, 21 Oct 2026 07:27:00 GMT", Some("Wed, 21 Oct 2026 07:28:00 GMT"), Some(0)),
            ("Wed, 21 Oct 2026 07:28:30 GMT", None, None),
            ("soon", None, None),
            ("-1", None, None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(after));
            if let Some(date) = date {
                headers.insert(header::DATE, HeaderValue::from_static(date));
            }
            assert_eq!(retry_after(&headers), expected.map(Duration::from_secs), "{after}");
        }
    }
}
