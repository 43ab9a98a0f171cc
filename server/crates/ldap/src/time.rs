//! Times as directories write them: `GeneralizedTime` (RFC 4517 section 3.3.13), to the second.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// The second a time is in, since 1970; `None` for what is no time.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let digits = |at: usize, length: usize| date.get(at..at + length).and_then(number);
    let (year, month, day, hour) = (digits(0, 4)?, digits(4, 2)?, digits(6, 2)?, digits(8, 2)?);
    let (minute, rest) = two(rest);
    let (second, rest) = if minute.is_some() { two(rest) } else { (None, rest) };
    // A leap second is the last one of its minute.
    let second = second.unwrap_or(0).min(59);
    let narrow = |n: i64| i8::try_from(n).ok();
    let (year, minute) = (i16::try_from(year).ok()?, narrow(minute.unwrap_or(0))?);
    let local = DateTime::new(year, narrow(month)?, narrow(day)?, narrow(hour)?, minute, narrow(second)?, 0).ok()?;
    let zone = match rest.strip_prefix(['.', ',']) {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let offset = match (zone.get(..1)?, zone.get(1..)?) {
        ("Z", "") => 0,
        (sign @ ("+" | "-"), offset) => {
            let (hours, rest) = two(offset);
            let (minutes, rest) = two(rest);
            let seconds = hours? * 3600 + minutes.unwrap_or(0) * 60;
            if !rest.is_empty() {
                return None;
            }
            if sign == "-" { -seconds } else { seconds }
        }
        _ => return None,
    };
    let offset = Offset::from_seconds(i32::try_from(offset).ok()?).ok()?;
    Some(offset.to_timestamp(local).ok()?.as_second())
}

/// A second as directories write it.
pub(crate) fn write(second: i64) -> String {
    let second = Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
    second.strftime("%Y%m%d%H%M%SZ").to_string()
}

fn number(digits: &str) -> Option<i64> {
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

/// Two digits, if it begins with them, and the rest.
fn two(text: &str) -> (Option<i64>, &str) {
    match text.split_at_checked(2) {
        Some((digits, rest)) if number(digits).is_some() => (number(digits), rest),
        _ => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_spelling_is_read() {
        for (text, wanted) in [
            ("20261124123015Z", Some(1_795_523_415)),
            ("20261124123015.0Z", Some(1_795_523_415)),
            ("20261124123015,987Z", Some(1_795_523_415)),
            ("20261124143015+0200", Some(1_795_523_415)),
            ("20261124090015-0330", Some(1_795_523_415)),
            ("202611241230Z", Some(1_795_523_400)),
            ("2026112412Z", Some(1_795_521_600)),
            ("20261124123060Z", Some(1_795_523_459)),
            ("20261124123015", None),
            ("20261324123015Z", None),
            ("2026112412301xZ", None),
            ("20261124123015+0200Z", None),
            ("133456789012345678", None),
            ("", None),
        ] {
            assert_eq!(parse(text), wanted, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(second in 0i64..253_402_300_000) {
            prop_assert_eq!(parse(&write(second)), Some(second));
        }

        #[test]
        fn any_text_is_no_trouble(text in ".{0,24}|[0-9]{8,16}[.,+Zü-]{0,2}[0-9Z]{0,5}") {
            let _ = parse(&text);
        }
    }
}
