//! Binary anchors in their canonical text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;

/// Writes sixteen octets as Microsoft writes a GUID, in lower case: the first three fields are little-endian (MS-DTYP 2.3.4.2).
/// Anything else becomes base64.
pub(crate) fn write_guid(octets: &[u8], out: &mut String) {
    let Ok(b) = <[u8; 16]>::try_from(octets) else { return write_base64(octets, out) };
    const ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    for (at, from) in ORDER.into_iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        // Writing to a String cannot fail.
        let _ = write!(out, "{:02x}", b[from]);
    }
}

/// Writes octets as base64.
pub(crate) fn write_base64(octets: &[u8], out: &mut String) {
    STANDARD.encode_string(octets, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_written_as_microsoft_writes_it() {
        let mut out = String::new();
        let octets = [0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff];
        write_guid(&octets, &mut out);
        assert_eq!(out, "00112233-4455-6677-8899-aabbccddeeff");
        out.clear();
        write_guid(&[1, 2, 3], &mut out);
        assert_eq!(out, "AQID");
    }
}
