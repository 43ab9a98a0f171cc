//! Times, durations and counts in words.

use app::views::{StateView, TimeView, Tone};
use domain::model::signing_key::WARNING_DAYS;
use jiff::Timestamp;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A time (unix ms) as people say it now.
pub fn time(at: i64, now: i64) -> TimeView {
    let stamp = Timestamp::from_millisecond(at).unwrap_or_default();
    let distance = (now - at).unsigned_abs().min(i64::MAX as u64) as i64;
    let span = match distance {
        d if d < SECOND => None,
        d if d < MINUTE => Some(format!("{} s", d / SECOND)),
        d if d < HOUR => Some(format!("{} min", d / MINUTE)),
        d if d < DAY => Some(format!("{} h", d / HOUR)),
        _ => None,
    };
    let words = match span {
        None if distance < SECOND => "now".to_owned(),
        None => stamp.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Some(span) if at > now => format!("in {span}"),
        Some(span) => format!("{span} ago"),
    };
    TimeView { exact: stamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(), words }
}

/// The same where there is little room: from yesterday on the day alone.
pub fn day(at: i64, now: i64) -> TimeView {
    let time = time(at, now);
    if (now - at).abs() < DAY { time } else { TimeView { words: date(at), ..time } }
}

/// When something happened (unix ms), as people say it now.
pub fn past(at: i64, now: i64) -> TimeView {
    let time = time(at, now);
    TimeView { words: if time.words == "now" { "just now".to_owned() } else { time.words }, ..time }
}

/// The time of day (unix ms) as `22:58:03.123`.
pub fn time_of_day(at: i64) -> String {
    Timestamp::from_millisecond(at).unwrap_or_default().strftime("%H:%M:%S%.3f").to_string()
}

/// The day of a time (unix ms), as `2026-11-23`.
pub fn date(at: i64) -> String {
    Timestamp::from_millisecond(at).unwrap_or_default().strftime("%Y-%m-%d").to_string()
}

/// When a certificate ends, as `2029-11-23, in 3 years`, and how it is with it.
pub fn expiry(not_before: i64, not_after: i64, now: i64) -> (String, StateView) {
    let days = (not_after - now) / DAY;
    let distance = span(days.unsigned_abs());
    let state = |label: &str, tone, sentence: &str| StateView { label: label.to_owned(), tone, sentence: sentence.to_owned() };
    let (words, state) = match () {
        () if not_after <= now => {
            (format!("{distance} ago"), state("Expired", Tone::Bad, "Partners may refuse what is signed. Rotate the key."))
        }
        () if not_before > now => (format!("in {distance}"), state("Not valid yet", Tone::Warning, "Its validity has not begun.")),
        () if days < WARNING_DAYS => (
            format!("in {distance}"),
            state("Expires soon", Tone::Warning, "Rotate the key and give partners the next certificate in time."),
        ),
        () => (format!("in {distance}"), state("Valid", Tone::Good, "")),
    };
    (format!("{}, {words}", date(not_after)), state)
}

/// Days in the unit people use for so many, rounded.
fn span(days: u64) -> String {
    let days = u32::try_from(days).unwrap_or(u32::MAX);
    match days {
        0..=90 => count(days, "day", "days"),
        91..=729 => count((days + 15) / 30, "month", "months"),
        _ => count((days.saturating_add(182)) / 365, "year", "years"),
    }
}

/// How long something took (ms): `0.3 s`, `12 s`, `3 min 5 s`, `1 h 2 min`.
pub fn duration(ms: i64) -> String {
    let ms = ms.max(0);
    match ms {
        _ if ms < 10 * SECOND => format!("{}.{} s", ms / SECOND, ms % SECOND / 100),
        _ if ms < MINUTE => format!("{} s", ms / SECOND),
        _ if ms < HOUR => format!("{} min {} s", ms / MINUTE, ms % MINUTE / SECOND),
        _ => format!("{} h {} min", ms / HOUR, ms % HOUR / MINUTE),
    }
}

/// `1 user`, `12 users`.
pub fn count(n: u32, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// `a`, `a and b`, `a, b and c`.
pub fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// With a full stop, unless it ends in one already.
pub fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        let now = 1_795_474_726_000; // 2026-11-23 22:58:46 UTC
        let words = |at: i64| time(at, now).words;
        assert_eq!(words(now), "now");
        assert_eq!(words(now - 12 * SECOND), "12 s ago");
        assert_eq!(words(now + 48 * SECOND), "in 48 s");
        assert_eq!(words(now - 61 * SECOND), "1 min ago");
        assert_eq!(words(now - 3 * HOUR), "3 h ago");
        assert_eq!(words(now - 30 * HOUR), "2026-11-22 16:58 UTC");
        assert_eq!(time(now, now).exact, "2026-11-23T22:58:46Z");
        assert_eq!(time_of_day(now + 123), "22:58:46.123");
        assert_eq!((day(now - 30 * HOUR, now).words.as_str(), day(now - 3 * HOUR, now).words.as_str()), ("2026-11-22", "3 h ago"));
        assert_eq!(words(i64::MAX), "1970-01-01 00:00 UTC");
    }

    #[test]
    fn certificates_warn_before_they_end() {
        let now = 1_795_474_726_000;
        let check = |from: i64, to: i64| {
            let (words, state) = expiry(now + from * DAY, now + to * DAY, now);
            (words, state.label, state.tone)
        };
        let is = |found: (String, String, Tone), words: &str, label: &str, tone| {
            assert_eq!((found.0.as_str(), found.1.as_str(), found.2), (words, label, tone))
        };
        is(check(-1, 1095), "2029-11-22, in 3 years", "Valid", Tone::Good);
        is(check(-1, 60), "2027-01-22, in 60 days", "Valid", Tone::Good);
        is(check(-1, 59), "2027-01-21, in 59 days", "Expires soon", Tone::Warning);
        is(check(-1, 0), "2026-11-23, 0 days ago", "Expired", Tone::Bad);
        is(check(-900, -400), "2025-10-19, 13 months ago", "Expired", Tone::Bad);
        is(check(1, 1), "2026-11-24, in 1 day", "Not valid yet", Tone::Warning);
    }

    #[test]
    fn durations_and_counts() {
        for (ms, words) in [(-5, "0.0 s"), (340, "0.3 s"), (12_700, "12 s"), (185_000, "3 min 5 s"), (3_725_000, "1 h 2 min")] {
            assert_eq!(duration(ms), words);
        }
        assert_eq!(count(1, "user", "users"), "1 user");
        assert_eq!(count(0, "user", "users"), "0 users");
        let parts = |n: usize| list(&["a", "b", "c"][..n].iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!((parts(0), parts(1), parts(2), parts(3)), (String::new(), "a".into(), "a and b".into(), "a, b and c".into()));
    }
}
