//! LDAP messages on a byte stream: BER with a bounded size. Nesting is bounded by the decoder.

use std::io;

use bytes::{Buf, BytesMut};
use rasn_ldap::LdapMessage;
use tokio_util::codec::{Decoder, Encoder};

/// Larger than any request that makes sense, small enough to hold for every connection.
const LARGEST_REQUEST: usize = 1024 * 1024;
/// `SEQUENCE`, with which every message begins.
const SEQUENCE: u8 = 0x30;

/// Cuts the stream into messages.
#[derive(Debug)]
pub(super) struct Codec;

/// What cannot be read as LDAP, or a broken stream.
#[derive(Debug, thiserror::Error)]
pub(super) enum CodecError {
    #[error("the client sent what is no LDAP message: {0}")]
    Malformed(String),
    #[error("the connection broke")]
    Stream(#[source] io::Error),
}

impl From<io::Error> for CodecError {
    // Framed asks for this one: it is how the stream's own failures reach the caller.
    fn from(source: io::Error) -> Self {
        Self::Stream(source)
    }
}

impl Decoder for Codec {
    type Item = LdapMessage;
    type Error = CodecError;

    fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<LdapMessage>, CodecError> {
        let Some(length) = message_length(buffer)? else {
            return Ok(None);
        };
        if buffer.len() < length {
            buffer.reserve(length - buffer.len());
            return Ok(None);
        }
        let message = rasn::ber::decode(&buffer[..length]).map_err(|error| CodecError::Malformed(error.to_string()))?;
        buffer.advance(length);
        Ok(Some(message))
    }
}

/// Octets of the first message, header included; `None` while the header is incomplete.
fn message_length(buffer: &[u8]) -> Result<Option<usize>, CodecError> {
    let [tag, first, rest @ ..] = buffer else {
        return Ok(None);
    };
    if *tag != SEQUENCE {
        return Err(CodecError::Malformed(format!("it begins with octet {tag:#04x}")));
    }
    let (header, content) = match *first {
        short @ 0..=0x7f => (2, usize::from(short)),
        // RFC 4511 section 5.1 allows only the definite form.
        long @ 0x81..=0x84 => {
            let octets = usize::from(long & 0x7f);
            let Some(length) = rest.get(..octets) else {
                return Ok(None);
            };
            (2 + octets, length.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet)))
        }
        other => return Err(CodecError::Malformed(format!("its length begins with octet {other:#04x}"))),
    };
    if content > LARGEST_REQUEST {
        return Err(CodecError::Malformed(format!("it has {content} octets")));
    }
    Ok(Some(header + content))
}

impl Encoder<LdapMessage> for Codec {
    type Error = CodecError;

    fn encode(&mut self, message: LdapMessage, buffer: &mut BytesMut) -> Result<(), CodecError> {
        let octets = rasn::ber::encode(&message).map_err(|error| CodecError::Malformed(error.to_string()))?;
        buffer.extend_from_slice(&octets);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_or_no_message_is_refused_before_it_is_read() {
        for bad in [&[0x31, 0x00][..], &[0x30, 0x80], &[0x30, 0x85, 0, 0, 0, 0, 1], &[0x30, 0x83, 0x20, 0, 0], b"GET / HTTP/1.1\r\n"] {
            assert!(Codec.decode(&mut BytesMut::from(bad)).is_err(), "{bad:?}");
        }
        for short in [&[][..], &[0x30], &[0x30, 0x82, 0x01], &[0x30, 0x05, 0x02]] {
            assert!(Codec.decode(&mut BytesMut::from(short)).is_ok_and(|message| message.is_none()), "{short:?}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed_to_the_end_of_the_stack() {
        // A search whose filter is NOT, NOT, NOT ...
        let tlv = |tag: u8, content: &[u8]| {
            let mut octets = vec![tag, 0x83];
            octets.extend_from_slice(&(content.len() as u32).to_be_bytes()[1..]);
            octets.extend_from_slice(content);
            octets
        };
        let mut filter = vec![0x87, 1, b'x'];
        for _ in 0..5_000 {
            filter = tlv(0xa2, &filter);
        }
        let mut search = vec![4, 0, 10, 1, 0, 10, 1, 0, 2, 1, 0, 2, 1, 0, 1, 1, 0];
        search.extend(filter);
        search.extend([0x30, 0]);
        let mut message = vec![2, 1, 1];
        message.extend(tlv(0x63, &search));
        let message = tlv(0x30, &message);
        assert!(Codec.decode(&mut BytesMut::from(&message[..])).is_err());
    }
}
