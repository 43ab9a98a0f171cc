//! LDAP filters from their text (RFC 4515) to the wire (RFC 4511 section 4.5.1.7).
//!
//! The text was checked where it was typed ([`domain::text::filter`]); this still refuses what it does not understand, because filters
//! are also put together here.

use crate::ber::{OCTETS, Writer};
use domain::text::filter::Filter;

const AND: u8 = 0xa0;
const OR: u8 = 0xa1;
const NOT: u8 = 0xa2;
const EQUALITY: u8 = 0xa3;
const SUBSTRINGS: u8 = 0xa4;
const GREATER: u8 = 0xa5;
const LESS: u8 = 0xa6;
const PRESENT: u8 = 0x87;
const APPROX: u8 = 0xa8;
const EXTENSIBLE: u8 = 0xa9;

/// A filter as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EncodedFilter(Vec<u8>);

impl EncodedFilter {
    /// Encodes; the error is a sentence for an administrator.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let filter = Filter::parse(text)?;
        let mut writer = Writer::new();
        let rest = one(filter.as_str(), &mut writer, 0)?;
        if rest.is_empty() { Ok(Self(writer.into_bytes())) } else { Err(not_understood(rest)) }
    }

    /// `(objectClass=*)`: whatever is there.
    pub(crate) fn anything() -> Self {
        let mut writer = Writer::new();
        writer.octets(PRESENT, b"objectClass");
        Self(writer.into_bytes())
    }

    /// Entries whose attribute has this very value.
    pub(crate) fn equals(attribute: &str, value: &str) -> Self {
        let mut writer = Writer::new();
        assertion(&mut writer, EQUALITY, attribute, value.as_bytes());
        Self(writer.into_bytes())
    }

    /// The same for a value that is no text.
    pub(crate) fn equals_octets(attribute: &str, value: &[u8]) -> Self {
        let mut writer = Writer::new();
        assertion(&mut writer, EQUALITY, attribute, value);
        Self(writer.into_bytes())
    }

    /// Entries that match all of these.
    pub(crate) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::join(AND, parts)
    }

    /// Entries that match one of these.
    pub(crate) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::join(OR, parts)
    }

    fn join(tag: u8, parts: impl IntoIterator<Item = Self>) -> Self {
        let mut writer = Writer::new();
        writer.wrap(tag, |w| parts.into_iter().for_each(|p| w.raw(&p.0)));
        Self(writer.into_bytes())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

fn not_understood(at: &str) -> String {
    format!("The filter is not understood near ‘{}’.", at.chars().take(40).collect::<String>())
}

/// Writes the filter at the start of `text`; returns what follows it.
fn one<'a>(text: &'a str, out: &mut Writer, depth: usize) -> Result<&'a str, String> {
    // Filter::parse bounds the depth as well; this keeps the recursion safe on its own.
    if depth > 64 {
        return Err("The filter is nested too deeply.".into());
    }
    let inner = text.strip_prefix('(').ok_or_else(|| not_understood(text))?;
    let (tag, mut rest) = match inner.as_bytes().first() {
        Some(b'&') => (AND, &inner[1..]),
        Some(b'|') => (OR, &inner[1..]),
        Some(b'!') => (NOT, &inner[1..]),
        _ => {
            // Parentheses inside values are escaped, so the first one closes.
            let end = inner.find(')').ok_or_else(|| not_understood(text))?;
            comparison(&inner[..end], out)?;
            return Ok(&inner[end + 1..]);
        }
    };
    let mark = out.begin(tag);
    if tag == NOT {
        rest = one(rest, out, depth + 1)?;
    } else {
        while rest.starts_with('(') {
            rest = one(rest, out, depth + 1)?;
        }
    }
    out.end(mark);
    rest.strip_prefix(')').ok_or_else(|| not_understood(rest))
}

fn comparison(text: &str, out: &mut Writer) -> Result<(), String> {
    let (left, value) = text.split_once('=').ok_or_else(|| not_understood(text))?;
    if let Some(rule) = left.strip_suffix(':') {
        return extensible(rule, value, out);
    }
    let (tag, attribute) = match left.as_bytes().last() {
        Some(b'>') => (GREATER, &left[..left.len() - 1]),
        Some(b'<') => (LESS, &left[..left.len() - 1]),
        Some(b'~') => (APPROX, &left[..left.len() - 1]),
        _ => (EQUALITY, left),
    };
    let attribute = attribute.trim();
    if tag != EQUALITY || !value.contains('*') {
        assertion(out, tag, attribute, &unescape(value)?);
        return Ok(());
    }
    if value == "*" {
        out.octets(PRESENT, attribute.as_bytes());
        return Ok(());
    }
    let parts: Vec<&str> = value.split('*').collect();
    let last = parts.len() - 1;
    let mark = out.begin(SUBSTRINGS);
    out.octets(OCTETS, attribute.as_bytes());
    let list = out.begin(crate::ber::SEQUENCE);
    for (at, part) in parts.iter().enumerate().filter(|(_, p)| !p.is_empty()) {
        // initial [0], any [1], final [2]
        let place = if at == 0 {
            0x80
        } else if at == last {
            0x82
        } else {
            0x81
        };
        out.octets(place, &unescape(part)?);
    }
    out.end(list);
    out.end(mark);
    Ok(())
}

fn assertion(out: &mut Writer, tag: u8, attribute: &str, value: &[u8]) {
    out.wrap(tag, |w| {
        w.octets(OCTETS, attribute.as_bytes());
        w.octets(OCTETS, value);
    });
}

/// `attr[:dn][:rule]:=value`.
fn extensible(left: &str, value: &str, out: &mut Writer) -> Result<(), String> {
    let mut pieces = left.split(':');
    let attribute = pieces.next().unwrap_or_default().trim();
    let (mut dn, mut rule) = (false, None);
    for piece in pieces {
        match piece {
            "dn" | "DN" => dn = true,
            _ if rule.is_none() && !piece.is_empty() => rule = Some(piece),
            _ => return Err(not_understood(left)),
        }
    }
    let value = unescape(value)?;
    out.wrap(EXTENSIBLE, |w| {
        if let Some(rule) = rule {
            w.octets(0x81, rule.as_bytes());
        }
        if !attribute.is_empty() {
            w.octets(0x82, attribute.as_bytes());
        }
        w.octets(0x83, &value);
        if dn {
            // DEFAULT FALSE, so it is sent only when true.
            w.octets(0x84, &[0xff]);
        }
    });
    Ok(())
}

fn unescape(value: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(value.len());
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let digit = |b: Option<u8>| b.and_then(|b| (b as char).to_digit(16));
        match (digit(bytes.next()), digit(bytes.next())) {
            // Two hex digits are below 256.
            (Some(high), Some(low)) => out.push((high * 16 + low) as u8),
            _ => return Err(format!("A ‘\\’ needs two hex digits after it, in ‘{value}’.")),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::text::filter::escape;
    use proptest::prelude::*;

    /// Back to text, so that the tests can be read.
    fn show(bytes: &[u8]) -> String {
        use crate::ber::{Reader, SEQUENCE};
        let text = |b: &[u8]| escape(&String::from_utf8_lossy(b));
        let (tag, content) = Reader::new(bytes).next().unwrap();
        let mut inner = Reader::new(content);
        let list = || {
            let mut out = String::new();
            let mut rest = content;
            while !rest.is_empty() {
                let (head, length) = crate::ber::header(rest).unwrap().unwrap();
                out += &show(&rest[..head + length]);
                rest = &rest[head + length..];
            }
            out
        };
        match tag {
            AND => format!("(&{})", list()),
            OR => format!("(|{})", list()),
            NOT => format!("(!{})", list()),
            PRESENT => format!("({}=*)", text(content)),
            SUBSTRINGS => {
                let mut out = format!("({}=", text(inner.expect(OCTETS).unwrap()));
                let mut parts = inner.enter(SEQUENCE).unwrap();
                let mut open = true;
                while !parts.is_empty() {
                    let (place, part) = parts.next().unwrap();
                    out += if place == 0x80 { "" } else { "*" };
                    out += &text(part);
                    open = place != 0x82;
                }
                out + if open { "*)" } else { ")" }
            }
            EXTENSIBLE => {
                let (mut rule, mut attribute, mut value, mut dn) = (String::new(), String::new(), String::new(), "");
                while !inner.is_empty() {
                    match inner.next().unwrap() {
                        (0x81, b) => rule = format!(":{}", text(b)),
                        (0x82, b) => attribute = text(b),
                        (0x83, b) => value = text(b),
                        (0x84, [0xff]) => dn = ":dn",
                        other => panic!("{other:?}"),
                    }
                }
                format!("({attribute}{dn}{rule}:={value})")
            }
            _ => {
                let sign = match tag {
                    EQUALITY => "=",
                    GREATER => ">=",
                    LESS => "<=",
                    APPROX => "~=",
                    other => panic!("{other:x}"),
                };
                let attribute = text(inner.expect(OCTETS).unwrap());
                format!("({attribute}{sign}{})", text(inner.expect(OCTETS).unwrap()))
            }
        }
    }

    #[test]
    fn filters_come_back_as_they_were_written() {
        for text in [
            "(objectClass=*)",
            "(&(objectCategory=person)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))",
            "(|(cn=a*)(cn=*b)(cn=a*b*c)(cn=*x*)(mail=ü@x))",
            "(cn=a\\2ab\\28c\\29\\5c)",
            "(whenChanged>=20260101000000.0Z)",
            "(&(a<=1)(b~=2))",
            "(ou:dn:=People)",
            "(cn:dn:2.5.13.5:=x)",
        ] {
            assert_eq!(show(EncodedFilter::parse(text).unwrap().bytes()), text);
        }
        assert_eq!(show(EncodedFilter::parse("mail=a@b").unwrap().bytes()), "(mail=a@b)");
    }

    #[test]
    fn octets_of_a_guid_are_sent_as_octets() {
        let filter = EncodedFilter::parse("(objectGUID=\\01\\ff\\00)").unwrap();
        assert!(filter.bytes().ends_with(&[OCTETS, 3, 1, 0xff, 0]));
    }

    proptest! {
        #[test]
        fn never_panics(text in "[()&|!=*:<>~\\\\a-z0-9 ü]{0,60}") {
            let _ = EncodedFilter::parse(&text);
        }

        #[test]
        fn any_value_comes_back(value in "[^\u{0}]{1,40}") {
            let text = format!("(cn={})", escape(&value));
            prop_assert_eq!(show(EncodedFilter::parse(&text).unwrap().bytes()), text);
            prop_assert_eq!(EncodedFilter::equals("cn", &value), EncodedFilter::parse(&format!("(cn={})", escape(&value))).unwrap());
        }
    }
}
