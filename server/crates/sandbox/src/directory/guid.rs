//! The identity of an entry, which survives every rename and move.

use std::fmt;
use std::str::FromStr;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

/// An `objectGUID`: 16 octets as the directory sends them, the first three fields little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Guid([u8; 16]);

impl Guid {
    /// The GUID of the object made as number `serial` in a directory of this seed.
    pub(super) fn derive(seed: u64, serial: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&serial.to_le_bytes());
        let octets = StdRng::from_seed(key).random();
        Self(uuid::Builder::from_random_bytes(octets).into_uuid().to_bytes_le())
    }

    /// As on the wire and in a filter.
    pub fn octets(&self) -> &[u8; 16] {
        &self.0
    }

    /// The name by which the directory finds the entry wherever it is: `<GUID=...>` (MS-ADTS 3.1.1.3.1.2.4).
    pub fn as_name(&self) -> String {
        format!("<GUID={self}>")
    }

    /// From octets, when there are 16 of them.
    pub(super) fn from_octets(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(Self)
    }

    /// From the inside of `<GUID=...>`: the usual text, or 32 hexadecimal digits of the octets.
    pub(super) fn from_name(text: &str) -> Option<Self> {
        if text.len() == 32 {
            return hex::decode(text).ok().and_then(|octets| Self::from_octets(&octets));
        }
        text.parse().ok()
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Uuid::from_bytes_le(self.0).fmt(f)
    }
}

impl FromStr for Guid {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(Uuid::parse_str(text)?.to_bytes_le()))
    }
}
