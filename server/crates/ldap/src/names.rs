//! Sets of distinguished names, compared by their canonical spelling and kept small: a group may have a hundred thousand members.

use domain::text::dn::{canonical, write_plain};
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

/// What stands for a canonical name. Two names share one by accident once in 2^64 pairs of a set of 2^32 names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct DnKey(u128);

/// Makes keys; keys of different makers do not compare.
#[derive(Clone, Debug, Default)]
pub(crate) struct DnKeys {
    states: (RandomState, RandomState),
    scratch: String,
}

impl DnKeys {
    pub(crate) fn key(&mut self, dn: &str) -> DnKey {
        self.scratch.clear();
        if !write_plain(dn, &mut self.scratch) {
            // What is no distinguished name (a value of memberUid, a GUID) still equals itself.
            self.scratch = canonical(dn).unwrap_or_else(|_| dn.to_lowercase());
        }
        let hash = |state: &RandomState| {
            let mut hasher = state.build_hasher();
            hasher.write(self.scratch.as_bytes());
            u128::from(hasher.finish())
        };
        DnKey(hash(&self.states.0) << 64 | hash(&self.states.1))
    }
}

/// Whether names lie below (or are) one name.
#[derive(Clone, Debug)]
pub(crate) struct Below(String);

impl Below {
    pub(crate) fn new(base: &str) -> Self {
        Self(canonical(base).unwrap_or_else(|_| base.to_lowercase()))
    }

    pub(crate) fn holds(&self, dn: &str) -> bool {
        // The usual case without an allocation: the same spelling at the end, and no escape that could reach into it.
        let base = self.0.as_bytes();
        let bytes = dn.as_bytes();
        if bytes.len() > base.len() {
            let at = bytes.len() - base.len();
            if bytes[at..].eq_ignore_ascii_case(base) && bytes[at - 1] == b',' && !bytes[..at - 1].ends_with(b"\\") && !dn.contains('"') {
                return true;
            }
        }
        canonical(dn).is_ok_and(|dn| domain::text::dn::is_within(&dn, &self.0))
    }
}

/// Names in the order they were added, each once, each marked when it was found.
#[derive(Debug, Default)]
pub(crate) struct DnSet {
    keys: DnKeys,
    /// All names in one piece.
    text: String,
    ends: Vec<usize>,
    found: Vec<bool>,
    places: HashMap<DnKey, u32>,
    left: usize,
}

impl DnSet {
    /// Adds a name; `false` if it is there already.
    pub(crate) fn insert(&mut self, dn: &str) -> bool {
        let key = self.keys.key(dn);
        let place = self.ends.len() as u32;
        if *self.places.entry(key).or_insert(place) != place {
            return false;
        }
        self.text.push_str(dn);
        self.ends.push(self.text.len());
        self.found.push(false);
        self.left += 1;
        true
    }

    /// Marks a name as found; `true` the first time, `false` for one that is not in the set.
    pub(crate) fn find(&mut self, dn: &str) -> bool {
        let key = self.keys.key(dn);
        let Some(&place) = self.places.get(&key) else { return false };
        let first = !std::mem::replace(&mut self.found[place as usize], true);
        self.left -= usize::from(first);
        first
    }

    pub(crate) fn contains(&mut self, dn: &str) -> bool {
        let key = self.keys.key(dn);
        self.places.contains_key(&key)
    }

    /// How many were not found yet.
    pub(crate) fn left(&self) -> usize {
        self.left
    }

    /// Those not found yet.
    pub(crate) fn missing(&self) -> Vec<String> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let names = starts.zip(&self.ends).map(|(start, &end)| &self.text[start..end]);
        names.zip(&self.found).filter(|(_, found)| !**found).map(|(name, _)| name.to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_are_one() {
        let mut set = DnSet::default();
        assert!(set.insert("CN=Doe\\, Jane,DC=x"));
        assert!(set.insert("cn=plain,dc=x"));
        assert!(!set.insert("cn=doe\\2c jane, dc=X"));
        assert!(set.contains("CN=\"Doe, Jane\",DC=x") && !set.contains("cn=other,dc=x"));
        assert_eq!(set.left(), 2);
        assert!(set.find("CN=Plain,DC=X") && !set.find("cn=plain,dc=x") && !set.find("cn=none,dc=x"));
        assert_eq!(set.missing(), ["CN=Doe\\, Jane,DC=x"]);
    }

    #[test]
    fn below_is_about_whole_parts() {
        let below = Below::new("OU=People, DC=example,DC=com");
        assert!(below.holds("CN=a,OU=People,DC=example,DC=com"));
        assert!(below.holds("cn=a, ou=people , dc=Example,dc=com"));
        assert!(below.holds("ou=people,dc=example,dc=com"));
        assert!(!below.holds("CN=a,XOU=People,DC=example,DC=com"));
        assert!(!below.holds("CN=a\\,ou=people,dc=example,dc=com"));
        assert!(!below.holds("CN=a,DC=example,DC=com"));
    }

    proptest! {
        #[test]
        fn any_text_equals_itself(dn in ".{0,40}") {
            let mut keys = DnKeys::default();
            prop_assert_eq!(keys.key(&dn), keys.key(&dn));
        }

        #[test]
        fn below_agrees_with_the_canonical_comparison(dn in "((cn|ou)=[ab\\\\, ]{1,4},){0,2}(ou=p,)?dc=x") {
            let below = Below::new("ou=p,dc=x");
            if let Ok(canonical) = canonical(&dn) {
                prop_assert_eq!(below.holds(&dn), domain::text::dn::is_within(&canonical, "ou=p,dc=x"), "{}", dn);
            }
        }
    }
}
