//! What the filters do, as plain functions on text.

use unicode_normalization::UnicodeNormalization;

/// The text before the first `separator`; all of it when there is none.
pub(crate) fn before<'a>(text: &'a str, separator: &str) -> &'a str {
    text.split_once(separator).map_or(text, |(before, _)| before)
}

/// The text after the first `separator`; empty when there is none.
pub(crate) fn after<'a>(text: &'a str, separator: &str) -> &'a str {
    text.split_once(separator).map_or("", |(_, after)| after)
}

/// Characters `from..to`; negative positions count from the end, as in Python.
pub(crate) fn slice(text: &str, from: i64, to: Option<i64>) -> String {
    let (skip, take) = span(text.chars().count(), from, to);
    text.chars().skip(skip).take(take).collect()
}

/// How many to skip and to take of `length` things.
pub(crate) fn span(length: usize, from: i64, to: Option<i64>) -> (usize, usize) {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let place = |position: i64| {
        if position < 0 { position.saturating_add(length).max(0) } else { position.min(length) }
    };
    let from = place(from);
    let to = to.map_or(length, place);
    let count = |n: i64| usize::try_from(n).unwrap_or(0);
    (count(from), count(to - from))
}

/// The CN of a distinguished name (RFC 4514 escapes undone): of the first RDN that has one, else the value of the first RDN.
/// What is no DN comes back as it is.
pub(crate) fn cn_of_dn(dn: &str) -> String {
    let mut first = None;
    let mut rest = Some(dn);
    while let Some(part) = rest {
        let (rdn, next) = cut(part);
        rest = next;
        let Some((name, value)) = rdn.split_once('=') else { continue };
        if name.trim().eq_ignore_ascii_case("cn") {
            return unescape(value);
        }
        if first.is_none() {
            first = Some(value);
        }
    }
    first.map_or_else(|| dn.to_owned(), unescape)
}

/// Cuts at the first separator (`,`, `;` or `+`) that is neither escaped nor in quotes.
fn cut(text: &str) -> (&str, Option<&str>) {
    let mut escaped = false;
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ',' | ';' | '+' if !quoted => return (&text[..at], Some(&text[at + 1..])),
            _ => {}
        }
    }
    (text, None)
}

fn unescape(value: &str) -> String {
    let value = value.trim_start();
    // A trailing blank counts only when it is escaped.
    let trimmed = value.trim_end();
    let value = if trimmed.ends_with('\\') && trimmed.len() < value.len() { &value[..=trimmed.len()] } else { trimmed };
    let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        match tail {
            [a, b, tail @ ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                let digit = |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok()).unwrap_or(0);
                bytes.push(digit(*a) * 16 + digit(*b));
                rest = tail;
            }
            [c, tail @ ..] => {
                bytes.push(*c);
                rest = tail;
            }
            [] => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Latin, Greek and Cyrillic letters without their accents. Marks of other scripts carry the vowels, so they stay.
pub(crate) fn remove_accents(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.nfd().filter(|c| !matches!(c, '\u{300}'..='\u{36f}')) {
        match c {
            'ß' => plain.push_str("ss"),
            'ẞ' => plain.push_str("SS"),
            'æ' => plain.push_str("ae"),
            'Æ' => plain.push_str("AE"),
            'œ' => plain.push_str("oe"),
            'Œ' => plain.push_str("OE"),
            'þ' => plain.push_str("th"),
            'Þ' => plain.push_str("Th"),
            'ø' => plain.push('o'),
            'Ø' => plain.push('O'),
            'ł' => plain.push('l'),
            'Ł' => plain.push('L'),
            'đ' | 'ð' => plain.push('d'),
            'Đ' | 'Ð' => plain.push('D'),
            'ħ' => plain.push('h'),
            'Ħ' => plain.push('H'),
            'ı' => plain.push('i'),
            other => plain.push(other),
        }
    }
    // Hangul and the like were taken apart above.
    plain.nfc().collect()
}
