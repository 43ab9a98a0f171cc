//! Stable hashes. They are stored, so a change here makes every object of every channel look changed once.
//!
//! `SipHash` 1-3 with 128 bits and a fixed key: fast, the same on every machine, and far from colliding by accident. It guards
//! against change, not against an attacker who may choose values: such a person can only hide a change of their own entry.

use domain::id::SourceId;
use domain::model::link::{Digest, ObjectKind};
use siphasher::sip128::{Hasher128, SipHasher13};
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// Mixes texts so that no two lists of texts look alike.
pub(crate) struct Mixer(SipHasher13);

impl Mixer {
    pub(crate) fn new(purpose: &str) -> Self {
        let mut mixer = Self(SipHasher13::new());
        mixer.text(purpose);
        mixer
    }

    pub(crate) fn text(&mut self, text: &str) {
        // By length first, in one byte order everywhere: `Hasher::write_u64` would use the machine's own.
        self.0.write(&(text.len() as u64).to_le_bytes());
        self.0.write(text.as_bytes());
    }

    pub(crate) fn number(&mut self, number: u128) {
        self.0.write(&number.to_le_bytes());
    }

    pub(crate) fn finish(&self) -> Digest {
        Digest(self.0.finish128().as_u128())
    }

    /// Half of it, for the two halves of a value digest.
    pub(crate) fn half(&self) -> u64 {
        self.finish().0 as u64
    }
}

/// The key of an object in maps.
pub(crate) fn object(kind: ObjectKind, id: &SourceId) -> u128 {
    let mut mixer = Mixer::new(kind.id());
    mixer.text(&id.0);
    mixer.finish().0
}

/// Hash of a DN in its canonical spelling. A value that is no DN is taken as it is, without case: some directories keep source
/// ids where others keep DNs.
pub(crate) fn dn(text: &str) -> Digest {
    let mut mixer = Mixer::new("dn");
    let mut plain = String::new();
    match domain::text::dn::write_plain(text, &mut plain) {
        true => mixer.text(&plain),
        false => mixer.text(&domain::text::dn::canonical(text).unwrap_or_else(|_| text.trim().to_lowercase())),
    }
    mixer.finish()
}

/// Hash of one unique key, compared without case.
pub(crate) fn unique(attribute: &str, value: &str) -> Digest {
    let mut mixer = Mixer::new("unique");
    mixer.text(attribute);
    if value.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
        mixer.text(value);
    } else {
        mixer.text(&value.to_lowercase());
    }
    mixer.finish()
}

/// Hash of a set of members: a sum, so that no order is needed. Nobody is 0, which is also what a new link has.
pub(crate) fn members<'a>(ids: impl IntoIterator<Item = &'a str>) -> Digest {
    Digest(ids.into_iter().fold(0u128, |sum, id| sum.wrapping_add(member(id))))
}

/// What one member adds to the hash of the set.
pub(crate) fn member(id: &str) -> u128 {
    let mut mixer = Mixer::new("member");
    mixer.text(id);
    mixer.finish().0
}

/// Maps by keys that are hashes already.
pub(crate) type ByHash<K, V> = HashMap<K, V, BuildHasherDefault<AsIs>>;
/// Sets of keys that are hashes already.
pub(crate) type HashSetOf<K> = HashSet<K, BuildHasherDefault<AsIs>>;

/// Takes a hash as it is.
#[derive(Clone, Copy, Default)]
pub(crate) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }
    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
    fn write_u128(&mut self, number: u128) {
        self.0 = number as u64 ^ (number >> 64) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_stable_across_releases() {
        // Stored in every link: if these change, every object of every channel is written again.
        assert_eq!(unique("userName", "Ann@Example.com").to_string(), "386d988991f701efc951b1fac09ae783");
        assert_eq!(dn("CN=Ann, DC=Example").to_string(), "c62af333c62b481e700e678ec168187f");
        assert_eq!(members(["a", "b"]).to_string(), "0d6977b632abefbb5ca2d483c1b81e94");
    }

    #[test]
    fn what_is_the_same_hashes_the_same_and_nothing_else() {
        assert_eq!(unique("mail", "Ünal@x"), unique("mail", "ünal@x"));
        assert_ne!(unique("mail", "a"), unique("mai", "la"));
        assert_eq!(dn("cn=a,dc=x"), dn("CN=A , DC=X"));
        assert_eq!(members(["a", "b"]), members(["b", "a"]));
        assert_eq!(members([]), Digest::default());
        assert_ne!(object(ObjectKind::User, &SourceId("1".into())), object(ObjectKind::Group, &SourceId("1".into())));
    }
}
