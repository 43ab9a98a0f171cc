//! BER as LDAP uses it (RFC 4511 section 5.1): definite lengths, primitive strings.
//!
//! Reading borrows from the receive buffer and copies nothing; what it reads is hostile, so every length is checked against what is
//! there before anything is sliced, and nothing is allocated here at all.

/// Bytes that are not BER, or not the BER that LDAP prescribes at this place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Malformed(pub(crate) &'static str);

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTETS: u8 = 0x04;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// The header of the element at the start of `data`: its own length and that of the content. `None`: more bytes are needed.
#[inline]
pub(crate) fn header(data: &[u8]) -> Result<Option<(usize, usize)>, Malformed> {
    let [tag, rest @ ..] = data else { return Ok(None) };
    if tag & 0x1f == 0x1f {
        return Err(Malformed("a tag of several bytes"));
    }
    let Some(&first) = rest.first() else { return Ok(None) };
    if first < 0x80 {
        return Ok(Some((2, first as usize)));
    }
    let count = (first & 0x7f) as usize;
    if count == 0 || count > 4 {
        return Err(Malformed("a length of no size or of more than four bytes"));
    }
    let Some(bytes) = rest.get(1..1 + count) else { return Ok(None) };
    let length = bytes.iter().fold(0usize, |sum, b| (sum << 8) | *b as usize);
    Ok(Some((2 + count, length)))
}

/// Reads one element after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tag of the next element, if there is one.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next element: its tag and its content.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<(u8, &'a [u8]), Malformed> {
        const SHORT: Malformed = Malformed("an element that ends early");
        let (head, length) = header(self.0)?.ok_or(SHORT)?;
        let tag = self.0[0];
        let end = head.checked_add(length).ok_or(SHORT)?;
        let content = self.0.get(head..end).ok_or(SHORT)?;
        self.0 = &self.0[end..];
        Ok((tag, content))
    }

    /// The content of the next element, which must have this tag.
    #[inline]
    pub(crate) fn expect(&mut self, tag: u8) -> Result<&'a [u8], Malformed> {
        match self.next()? {
            (found, content) if found == tag => Ok(content),
            _ => Err(Malformed("an element of another kind than expected")),
        }
    }

    /// A reader of the content of the next element, which must have this tag.
    pub(crate) fn enter(&mut self, tag: u8) -> Result<Reader<'a>, Malformed> {
        self.expect(tag).map(Reader)
    }

    /// An INTEGER or ENUMERATED of at most four bytes, as all of LDAP's are.
    pub(crate) fn number(&mut self, tag: u8) -> Result<i32, Malformed> {
        let content = self.expect(tag)?;
        match content {
            [] => Err(Malformed("a number without digits")),
            [first, rest @ ..] if rest.len() <= 3 => Ok(rest.iter().fold(i32::from(*first as i8), |sum, b| (sum << 8) | i32::from(*b))),
            _ => Err(Malformed("a number of more than four bytes")),
        }
    }
}

/// Writes elements. Constructed ones are closed afterwards, so their length always takes four bytes, as Active Directory writes it.
#[derive(Debug, Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Begins a constructed element, writes its content and closes it.
    pub(crate) fn wrap(&mut self, tag: u8, content: impl FnOnce(&mut Self)) {
        let mark = self.begin(tag);
        content(self);
        self.end(mark);
    }

    /// Begins a constructed element; close it with [`Writer::end`].
    pub(crate) fn begin(&mut self, tag: u8) -> usize {
        self.0.extend_from_slice(&[tag, 0x84, 0, 0, 0, 0]);
        self.0.len()
    }

    pub(crate) fn end(&mut self, mark: usize) {
        let length = (self.0.len() - mark) as u32;
        self.0[mark - 4..mark].copy_from_slice(&length.to_be_bytes());
    }

    /// A primitive element.
    pub(crate) fn octets(&mut self, tag: u8, content: &[u8]) {
        self.0.push(tag);
        match content.len() {
            length @ 0..0x80 => self.0.push(length as u8),
            length @ 0x80..0x100 => self.0.extend_from_slice(&[0x81, length as u8]),
            length => {
                self.0.push(0x84);
                self.0.extend_from_slice(&(length as u32).to_be_bytes());
            }
        }
        self.0.extend_from_slice(content);
    }

    pub(crate) fn number(&mut self, tag: u8, value: i32) {
        let bytes = value.to_be_bytes();
        // The shortest form: drop leading bytes that only repeat the sign.
        let mut skip = 0;
        while skip < 3 && (bytes[skip] == 0 && bytes[skip + 1] < 0x80 || bytes[skip] == 0xff && bytes[skip + 1] >= 0x80) {
            skip += 1;
        }
        self.octets(tag, &bytes[skip..]);
    }

    pub(crate) fn boolean(&mut self, value: bool) {
        self.octets(BOOLEAN, &[if value { 0xff } else { 0 }]);
    }

    /// Elements written elsewhere.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back(value: i32) {
            let mut writer = Writer::new();
            writer.number(INTEGER, value);
            let bytes = writer.into_bytes();
            prop_assert!(bytes.len() <= 6);
            prop_assert_eq!(Reader::new(&bytes).number(INTEGER), Ok(value));
        }

        #[test]
        fn nested_octets_come_back(parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..5)) {
            let mut writer = Writer::new();
            writer.wrap(SEQUENCE, |w| parts.iter().for_each(|p| w.octets(OCTETS, p)));
            let bytes = writer.into_bytes();
            let mut reader = Reader::new(&bytes);
            let mut inner = reader.enter(SEQUENCE).unwrap();
            for part in &parts {
                prop_assert_eq!(inner.expect(OCTETS).unwrap(), &part[..]);
            }
            prop_assert!(inner.is_empty() && reader.is_empty());
        }

        #[test]
        fn hostile_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut reader = Reader::new(&bytes);
            while reader.next().is_ok() {}
            let _ = (header(&bytes), Reader::new(&bytes).number(INTEGER));
        }
    }

    #[test]
    fn a_length_beyond_the_data_is_refused() {
        assert!(Reader::new(&[0x04, 0x84, 0xff, 0xff, 0xff, 0xff, 1]).next().is_err());
        assert!(header(&[0x30, 0x80]).is_err(), "indefinite length");
        assert_eq!(header(&[0x30, 0x82, 1]), Ok(None));
    }
}
