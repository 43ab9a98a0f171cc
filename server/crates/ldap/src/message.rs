//! LDAP messages (RFC 4511 section 4): requests out, answers in. Answers borrow from the receive buffer.

use crate::ber::{ENUMERATED, INTEGER, Malformed, OCTETS, Reader, SEQUENCE, SET, Writer};
use crate::filter::EncodedFilter;
use crate::sync;
use std::str;

const UNBIND: u8 = 0x42;
pub(crate) const BIND: u8 = 0x60;
pub(crate) const SEARCH: u8 = 0x63;
const ABANDON: u8 = 0x50;
pub(crate) const EXTENDED: u8 = 0x77;
pub(crate) const CONTROLS: u8 = 0xa0;

pub(crate) const BIND_RESPONSE: u8 = 0x61;
pub(crate) const ENTRY: u8 = 0x64;
pub(crate) const DONE: u8 = 0x65;
pub(crate) const REFERENCE: u8 = 0x73;
pub(crate) const EXTENDED_RESPONSE: u8 = 0x78;
pub(crate) const INTERMEDIATE: u8 = 0x79;

/// Paged results, RFC 2696.
pub(crate) const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
/// Password policy, draft-behera-ldap-password-policy section 6: OpenLDAP, PingDirectory, 389 Directory Server and others.
const PASSWORD_POLICY: &str = "1.3.6.1.4.1.42.2.27.8.5.1";
/// The password has expired and may only be changed, draft-vchu-ldap-pwd-policy section 5.
const PASSWORD_EXPIRED: &str = "2.16.840.1.113730.3.4.4";
/// StartTLS, RFC 4511 section 4.14.
const START_TLS: &str = "1.3.6.1.4.1.1466.20037";

/// How deep a search goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Depth {
    /// The base entry alone.
    Base = 0,
    /// What lies immediately below the base entry.
    Level = 1,
    /// The base entry and all below it.
    Subtree = 2,
}

/// A search, apart from its paging.
#[derive(Clone, Debug)]
pub(crate) struct SearchRequest {
    pub(crate) base: String,
    pub(crate) depth: Depth,
    pub(crate) filter: EncodedFilter,
    /// Empty asks for none, not for all.
    pub(crate) attributes: Vec<String>,
    /// Most entries wanted; 0 for all.
    pub(crate) size_limit: i32,
}

/// The control that goes with a search.
pub(crate) enum With<'a> {
    Nothing,
    /// In pages of this size; the cookie of the page before.
    Pages(u32, &'a [u8]),
    /// What changed since this cookie.
    Sync(&'a [u8]),
}

pub(crate) fn message(id: i32, op: impl FnOnce(&mut Writer), controls: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut out = Writer::new();
    out.wrap(SEQUENCE, |w| {
        w.number(INTEGER, id);
        op(w);
        controls(w);
    });
    out.into_bytes()
}

pub(crate) fn bind(id: i32, name: &str, password: &str) -> Vec<u8> {
    message(id, |w| simple_bind(w, name, password), |_| ())
}

/// A bind that also asks what the directory's password policy has to say. Not critical: who has none leaves it out.
pub(crate) fn bind_asking_policy(id: i32, name: &str, password: &str) -> Vec<u8> {
    let controls = |w: &mut Writer| {
        w.wrap(CONTROLS, |w| w.wrap(SEQUENCE, |w| w.octets(OCTETS, PASSWORD_POLICY.as_bytes())));
    };
    message(id, |w| simple_bind(w, name, password), controls)
}

fn simple_bind(w: &mut Writer, name: &str, password: &str) {
    w.wrap(BIND, |w| {
        w.number(INTEGER, 3);
        w.octets(OCTETS, name.as_bytes());
        w.octets(0x80, password.as_bytes());
    });
}

pub(crate) fn unbind(id: i32) -> Vec<u8> {
    message(id, |w| w.octets(UNBIND, &[]), |_| ())
}

pub(crate) fn abandon(id: i32, what: i32) -> Vec<u8> {
    message(id, |w| w.number(ABANDON, what), |_| ())
}

pub(crate) fn start_tls(id: i32) -> Vec<u8> {
    message(id, |w| w.wrap(EXTENDED, |w| w.octets(0x80, START_TLS.as_bytes())), |_| ())
}

pub(crate) fn search(id: i32, request: &SearchRequest, with: With<'_>) -> Vec<u8> {
    let op = |w: &mut Writer| {
        w.wrap(SEARCH, |w| {
            w.octets(OCTETS, request.base.as_bytes());
            w.number(ENUMERATED, request.depth as i32);
            // Aliases are never followed: an alias would bring an entry in twice.
            w.number(ENUMERATED, 0);
            w.number(INTEGER, request.size_limit);
            w.number(INTEGER, 0);
            w.boolean(false);
            w.raw(request.filter.bytes());
            w.wrap(SEQUENCE, |w| match request.attributes.as_slice() {
                // RFC 4511 section 4.5.1.8: no names would mean every attribute.
                [] => w.octets(OCTETS, b"1.1"),
                names => names.iter().for_each(|n| w.octets(OCTETS, n.as_bytes())),
            });
        });
    };
    let controls = |w: &mut Writer| match with {
        With::Nothing => {}
        With::Pages(size, cookie) => {
            let mut value = Writer::new();
            value.wrap(SEQUENCE, |w| {
                w.number(INTEGER, size.min(i32::MAX as u32) as i32);
                w.octets(OCTETS, cookie);
            });
            // Not critical: a server without paging answers in one piece, or says what stopped it.
            control(w, PAGED_RESULTS, false, &value.into_bytes());
        }
        // Critical: a server without it would answer with everything.
        With::Sync(cookie) => control(w, sync::REQUEST, true, &sync::request(cookie)),
    };
    message(id, op, controls)
}

fn control(w: &mut Writer, oid: &str, is_critical: bool, value: &[u8]) {
    w.wrap(CONTROLS, |w| {
        w.wrap(SEQUENCE, |w| {
            w.octets(OCTETS, oid.as_bytes());
            if is_critical {
                w.boolean(true);
            }
            w.octets(OCTETS, value);
        });
    });
}

/// One answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'a> {
    pub(crate) id: i32,
    /// The tag of the operation.
    pub(crate) op: u8,
    content: &'a [u8],
    controls: Option<&'a [u8]>,
}

impl<'a> Message<'a> {
    /// Reads the envelope; `frame` is one whole message.
    #[inline]
    pub(crate) fn parse(frame: &'a [u8]) -> Result<Self, Malformed> {
        let mut inner = Reader::new(frame).enter(SEQUENCE)?;
        let id = inner.number(INTEGER)?;
        let (op, content) = inner.next()?;
        let controls = if inner.peek() == Some(CONTROLS) { Some(inner.expect(CONTROLS)?) } else { None };
        Ok(Self { id, op, content, controls })
    }

    /// The content of a [`ENTRY`].
    #[inline]
    pub(crate) fn entry(&self) -> Result<EntryView<'a>, Malformed> {
        let mut inner = Reader::new(self.content);
        let dn = str::from_utf8(inner.expect(OCTETS)?).map_err(|_| Malformed("a name that is not UTF-8"))?;
        Ok(EntryView { dn, attributes: inner.enter(SEQUENCE)? })
    }

    /// The URLs of a [`REFERENCE`].
    pub(crate) fn reference(&self) -> Result<Vec<String>, Malformed> {
        urls(Reader::new(self.content))
    }

    /// The result in any of the answers that end an operation.
    pub(crate) fn result(&self) -> Result<Answer, Malformed> {
        let mut inner = Reader::new(self.content);
        let code = inner.number(ENUMERATED)?;
        let text = |bytes| String::from_utf8_lossy(bytes).trim_matches(['\0', ' ', '\n', '\r']).to_owned();
        let matched = text(inner.expect(OCTETS)?);
        let message = text(inner.expect(OCTETS)?);
        let referral = if inner.peek() == Some(0xa3) { urls(inner.enter(0xa3)?)? } else { Vec::new() };
        Ok(Answer { code, matched, message, referral })
    }

    /// The cookie of the paged-results control; `None` without the control, empty on the last page.
    pub(crate) fn page_cookie(&self) -> Result<Option<&'a [u8]>, Malformed> {
        let Some(value) = self.control(PAGED_RESULTS)? else { return Ok(None) };
        let mut value = Reader::new(value).enter(SEQUENCE)?;
        value.number(INTEGER)?;
        value.expect(OCTETS).map(Some)
    }

    /// What a password policy has against the account that was bound.
    pub(crate) fn policy(&self) -> Result<Option<PolicyError>, Malformed> {
        if self.control(PASSWORD_EXPIRED)?.is_some() {
            return Ok(Some(PolicyError::ChangeAfterReset));
        }
        let Some(value) = self.control(PASSWORD_POLICY)? else { return Ok(None) };
        let mut value = Reader::new(value).enter(SEQUENCE)?;
        // How long the password is good for, which does not matter here.
        if value.peek() == Some(0xa0) {
            value.next()?;
        }
        if value.peek() != Some(0x81) {
            return Ok(None);
        }
        Ok(match value.expect(0x81)? {
            [0] => Some(PolicyError::PasswordExpired),
            [1] => Some(PolicyError::AccountLocked),
            [2] => Some(PolicyError::ChangeAfterReset),
            // The others are about a change of the password.
            _ => None,
        })
    }

    /// The name and the value of an [`INTERMEDIATE`]; both may be missing (RFC 4511 section 4.13).
    pub(crate) fn intermediate(&self) -> Result<(&'a [u8], &'a [u8]), Malformed> {
        let mut inner = Reader::new(self.content);
        let name = if inner.peek() == Some(0x80) { inner.expect(0x80)? } else { &[] };
        let value = if inner.peek() == Some(0x81) { inner.expect(0x81)? } else { &[] };
        Ok((name, value))
    }

    /// The value of a control, empty if it has none.
    pub(crate) fn control(&self, wanted: &str) -> Result<Option<&'a [u8]>, Malformed> {
        let Some(controls) = self.controls else { return Ok(None) };
        let mut list = Reader::new(controls);
        while !list.is_empty() {
            let mut control = list.enter(SEQUENCE)?;
            if control.expect(OCTETS)? != wanted.as_bytes() {
                continue;
            }
            if control.peek() == Some(crate::ber::BOOLEAN) {
                control.next()?;
            }
            return if control.is_empty() { Ok(Some(&[])) } else { control.expect(OCTETS).map(Some) };
        }
        Ok(None)
    }
}

/// Why a password policy does not let an account in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PolicyError {
    PasswordExpired,
    AccountLocked,
    ChangeAfterReset,
}

/// At most so many URLs of one referral are looked at.
const MOST_URLS: usize = 16;

fn urls(mut list: Reader<'_>) -> Result<Vec<String>, Malformed> {
    let mut out = Vec::new();
    while !list.is_empty() {
        let url = list.expect(OCTETS)?;
        if out.len() < MOST_URLS {
            out.push(String::from_utf8_lossy(url).into_owned());
        }
    }
    Ok(out)
}

/// How an operation ended (`LDAPResult`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The result code, 0 for success.
    pub code: i32,
    /// The part of a name that exists.
    pub matched: String,
    /// What the server says of it.
    pub message: String,
    /// Where to go instead.
    pub referral: Vec<String>,
}

impl Answer {
    /// The result with the server's own words, on one line: `invalidCredentials (49): 80090308: ...`.
    pub fn describe(&self) -> String {
        crate::result_code::describe(self)
    }
}

/// An entry as it came, not yet looked into.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EntryView<'a> {
    pub(crate) dn: &'a str,
    attributes: Reader<'a>,
}

impl<'a> EntryView<'a> {
    /// The next attribute: its description and its values.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<(&'a str, Values<'a>)>, Malformed> {
        if self.attributes.is_empty() {
            return Ok(None);
        }
        let mut attribute = self.attributes.enter(SEQUENCE)?;
        let name = str::from_utf8(attribute.expect(OCTETS)?).map_err(|_| Malformed("an attribute name that is not UTF-8"))?;
        Ok(Some((name, Values(attribute.enter(SET)?))))
    }
}

/// The values of one attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Values<'a>(Reader<'a>);

impl<'a> Values<'a> {
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<&'a [u8]>, Malformed> {
        if self.0.is_empty() { Ok(None) } else { self.0.expect(OCTETS).map(Some) }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An entry as a server sends it.
    pub(crate) fn entry_frame(id: i32, dn: &str, attributes: &[(&str, Vec<&[u8]>)]) -> Vec<u8> {
        let op = |w: &mut Writer| {
            w.wrap(ENTRY, |w| {
                w.octets(OCTETS, dn.as_bytes());
                w.wrap(SEQUENCE, |w| {
                    for (name, values) in attributes {
                        w.wrap(SEQUENCE, |w| {
                            w.octets(OCTETS, name.as_bytes());
                            w.wrap(SET, |w| values.iter().for_each(|v| w.octets(OCTETS, v)));
                        });
                    }
                });
            });
        };
        message(id, op, |_| ())
    }

    fn exhaust(frame: &[u8]) {
        let Ok(message) = Message::parse(frame) else { return };
        let _ = (message.result(), message.reference(), message.page_cookie(), message.policy(), message.intermediate());
        let _ = (sync::state(&message), sync::done(&message), sync::info(&message));
        if let Ok(mut entry) = message.entry() {
            while let Ok(Some((_, mut values))) = entry.next() {
                while let Ok(Some(_)) = values.next() {}
            }
        }
    }

    #[test]
    fn an_entry_is_read() {
        let frame = entry_frame(7, "cn=a,dc=x", &[("cn", vec![b"a"]), ("mail", vec![b"1", b"2"]), ("sn", vec![])]);
        let message = Message::parse(&frame).unwrap();
        assert_eq!((message.id, message.op), (7, ENTRY));
        let mut entry = message.entry().unwrap();
        assert_eq!(entry.dn, "cn=a,dc=x");
        let mut seen = Vec::new();
        while let Some((name, mut values)) = entry.next().unwrap() {
            let mut count = 0;
            while values.next().unwrap().is_some() {
                count += 1;
            }
            seen.push((name, count));
        }
        assert_eq!(seen, [("cn", 1), ("mail", 2), ("sn", 0)]);
    }

    #[test]
    fn a_page_cookie_is_found_behind_other_controls() {
        let control = |w: &mut Writer, oid: &str, critical: bool, value: &[u8]| {
            w.wrap(SEQUENCE, |w| {
                w.octets(OCTETS, oid.as_bytes());
                if critical {
                    w.boolean(true);
                }
                w.octets(OCTETS, value);
            });
        };
        let mut paged = Writer::new();
        paged.wrap(SEQUENCE, |w| {
            w.number(INTEGER, 0);
            w.octets(OCTETS, b"cookie");
        });
        let paged = paged.into_bytes();
        let done = |w: &mut Writer| {
            w.wrap(DONE, |w| {
                w.number(ENUMERATED, 0);
                w.octets(OCTETS, b"");
                w.octets(OCTETS, b"fine\0");
            });
        };
        let frame = message(1, done, |w| {
            w.wrap(CONTROLS, |w| {
                control(w, "1.2.3", false, b"x");
                control(w, PAGED_RESULTS, true, &paged);
            });
        });
        let message = Message::parse(&frame).unwrap();
        assert_eq!(message.page_cookie(), Ok(Some(&b"cookie"[..])));
        assert_eq!(message.result().unwrap().message, "fine");
    }

    #[test]
    fn a_password_policy_is_read() {
        let answer = |id: &str, value: Option<&[u8]>| {
            let frame = message(
                1,
                |w| {
                    w.wrap(BIND_RESPONSE, |w| {
                        w.number(ENUMERATED, 49);
                        w.octets(OCTETS, b"");
                        w.octets(OCTETS, b"");
                    });
                },
                |w| {
                    w.wrap(CONTROLS, |w| {
                        w.wrap(SEQUENCE, |w| {
                            w.octets(OCTETS, id.as_bytes());
                            if let Some(value) = value {
                                w.octets(OCTETS, value);
                            }
                        });
                    });
                },
            );
            Message::parse(&frame).unwrap().policy()
        };
        for (value, wanted) in [
            (&[0x30, 0x00][..], None),
            (&[0x30, 0x03, 0x81, 0x01, 0x00], Some(PolicyError::PasswordExpired)),
            (&[0x30, 0x03, 0x81, 0x01, 0x01], Some(PolicyError::AccountLocked)),
            (&[0x30, 0x03, 0x81, 0x01, 0x02], Some(PolicyError::ChangeAfterReset)),
            (&[0x30, 0x03, 0x81, 0x01, 0x06], None),
            // With a warning before it: two grace logins left.
            (&[0x30, 0x08, 0xa0, 0x03, 0x81, 0x01, 0x02, 0x81, 0x01, 0x00], Some(PolicyError::PasswordExpired)),
        ] {
            assert_eq!(answer(PASSWORD_POLICY, Some(value)), Ok(wanted), "{value:?}");
        }
        assert_eq!(answer(PASSWORD_EXPIRED, Some(b"0")), Ok(Some(PolicyError::ChangeAfterReset)));
        assert_eq!(answer("1.2.3", None), Ok(None));
    }

    proptest! {
        #[test]
        fn hostile_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            exhaust(&bytes);
        }

        /// Valid messages with bytes changed reach deeper than noise does.
        #[test]
        fn damaged_entries_never_panic(at in proptest::collection::vec((0usize..200, any::<u8>()), 1..6)) {
            let mut frame = entry_frame(1, "cn=Someone,ou=People,dc=example,dc=com", &[("cn", vec![b"Someone"]), ("member;range=0-1", vec![b"a", b"b"])]);
            for (place, byte) in at {
                let place = place % frame.len();
                frame[place] = byte;
            }
            exhaust(&frame);
        }
    }
}
