//! LDAP Content Synchronization (RFC 4533), the part that a client which polls needs: the request, and what comes back.

use crate::ber::{BOOLEAN, ENUMERATED, Malformed, OCTETS, Reader, SEQUENCE, SET, Writer};
use crate::message::Message;

/// Sync Request Control, section 2.2.
pub(crate) const REQUEST: &str = "1.3.6.1.4.1.4203.1.9.1.1";
/// Sync State Control, section 2.3.
const STATE: &str = "1.3.6.1.4.1.4203.1.9.1.2";
/// Sync Done Control, section 2.4.
const DONE: &str = "1.3.6.1.4.1.4203.1.9.1.3";
/// Sync Info Message, section 2.5.
const INFO: &[u8] = b"1.3.6.1.4.1.4203.1.9.1.4";
/// Poll for changes, and do not wait for more.
const REFRESH_ONLY: i32 = 1;

/// The value of the request's control; an empty cookie asks for everything.
pub(crate) fn request(cookie: &[u8]) -> Vec<u8> {
    let mut value = Writer::new();
    value.wrap(SEQUENCE, |w| {
        w.number(ENUMERATED, REFRESH_ONLY);
        if !cookie.is_empty() {
            w.octets(OCTETS, cookie);
        }
    });
    value.into_bytes()
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It is there and did not change; only its name is told.
    Present,
    /// It is new to the content, or may have changed.
    Changed,
    /// It left the content; only its name is told.
    Deleted,
}

/// What is told at an entry; `None` without the control.
pub(crate) fn state(message: &Message<'_>) -> Result<Option<State>, Malformed> {
    let Some(value) = message.control(STATE)? else { return Ok(None) };
    let mut value = Reader::new(value).enter(SEQUENCE)?;
    Ok(Some(match value.number(ENUMERATED)? {
        0 => State::Present,
        1 | 2 => State::Changed,
        3 => State::Deleted,
        _ => return Err(Malformed("a state of an entry that nobody defined")),
    }))
}

/// The cookie at the end; `None` without the control or without a cookie.
pub(crate) fn done<'a>(message: &Message<'a>) -> Result<Option<&'a [u8]>, Malformed> {
    let Some(value) = message.control(DONE)? else { return Ok(None) };
    if value.is_empty() {
        return Ok(None);
    }
    cookie(&mut Reader::new(value).enter(SEQUENCE)?)
}

/// The cookie of a message between entries: a new one, or the end of a phase in which entries that are there, or that are gone, were
/// named. Which they are is not looked at: who is in scope is read for itself in every cycle.
pub(crate) fn info<'a>(message: &Message<'a>) -> Result<Option<&'a [u8]>, Malformed> {
    let (name, value) = message.intermediate()?;
    if name != INFO {
        return Ok(None);
    }
    let mut value = Reader::new(value);
    match value.next()? {
        (0x80, cookie) => Ok(Some(cookie)),
        // The end of the delete phase, and of the present phase.
        (0xa1 | 0xa2, content) => cookie(&mut Reader::new(content)),
        // Sets of names that are there or gone.
        (0xa3, content) => {
            let mut content = Reader::new(content);
            let cookie = cookie(&mut content)?;
            if content.peek() == Some(BOOLEAN) {
                content.next()?;
            }
            content.enter(SET)?;
            Ok(cookie)
        }
        _ => Err(Malformed("news of a synchronization that nobody defined")),
    }
}

fn cookie<'a>(content: &mut Reader<'a>) -> Result<Option<&'a [u8]>, Malformed> {
    if content.peek() == Some(OCTETS) { content.expect(OCTETS).map(Some) } else { Ok(None) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{CONTROLS, INTERMEDIATE, message};

    fn with_control(oid: &str, value: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut content = Writer::new();
        content.wrap(SEQUENCE, value);
        let content = content.into_bytes();
        let controls = |w: &mut Writer| {
            w.wrap(CONTROLS, |w| {
                w.wrap(SEQUENCE, |w| {
                    w.octets(OCTETS, oid.as_bytes());
                    w.octets(OCTETS, &content);
                });
            });
        };
        message(1, |w| w.octets(crate::message::DONE, b""), controls)
    }

    fn told(value: &[u8]) -> Vec<u8> {
        let op = |w: &mut Writer| {
            w.wrap(INTERMEDIATE, |w| {
                w.octets(0x80, INFO);
                w.octets(0x81, value);
            });
        };
        message(1, op, |_| ())
    }

    #[test]
    fn a_request_has_a_cookie_or_asks_for_everything() {
        assert_eq!(request(b""), [0x30, 0x84, 0, 0, 0, 3, 0x0a, 1, 1]);
        assert_eq!(request(b"ab"), [0x30, 0x84, 0, 0, 0, 7, 0x0a, 1, 1, 4, 2, b'a', b'b']);
    }

    #[test]
    fn states_and_the_end_are_read() {
        for (number, wanted) in [(0, State::Present), (1, State::Changed), (2, State::Changed), (3, State::Deleted)] {
            let frame = with_control(STATE, |w| {
                w.number(ENUMERATED, number);
                w.octets(OCTETS, &[7; 16]);
            });
            assert_eq!(state(&Message::parse(&frame).unwrap()), Ok(Some(wanted)));
        }
        let frame = with_control(STATE, |w| w.number(ENUMERATED, 9));
        assert!(state(&Message::parse(&frame).unwrap()).is_err());
        let frame = with_control(DONE, |w| w.octets(OCTETS, b"cookie"));
        assert_eq!(done(&Message::parse(&frame).unwrap()), Ok(Some(&b"cookie"[..])));
        let frame = with_control(DONE, |w| w.boolean(true));
        assert_eq!(done(&Message::parse(&frame).unwrap()), Ok(None));
        assert_eq!(state(&Message::parse(&frame).unwrap()), Ok(None));
    }

    #[test]
    fn every_message_between_entries_is_read() {
        let phase = |tag: u8, with: bool| {
            let mut value = Writer::new();
            value.wrap(tag, |w| {
                if with {
                    w.octets(OCTETS, b"c");
                }
                w.boolean(false);
            });
            value.into_bytes()
        };
        let mut set = Writer::new();
        set.wrap(0xa3, |w| {
            w.octets(OCTETS, b"c");
            w.boolean(true);
            w.wrap(SET, |w| w.octets(OCTETS, &[7; 16]));
        });
        for (value, wanted) in [
            (vec![0x80, 1, b'c'], Ok(Some(&b"c"[..]))),
            (phase(0xa1, true), Ok(Some(&b"c"[..]))),
            (phase(0xa1, false), Ok(None)),
            (phase(0xa2, true), Ok(Some(&b"c"[..]))),
            (set.into_bytes(), Ok(Some(&b"c"[..]))),
        ] {
            assert_eq!(info(&Message::parse(&told(&value)).unwrap()), wanted);
        }
        assert!(info(&Message::parse(&told(&[0xa9, 0])).unwrap()).is_err());
        assert!(info(&Message::parse(&told(&[])).unwrap()).is_err());
    }
}
