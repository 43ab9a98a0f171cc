//! What a person is called between an identity provider and a service provider.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::secret::Secret;

/// The format of a name that one service provider knows a person by, always, and no other does.
pub const PERSISTENT_NAME_ID: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
/// The format of a name that is good for one session.
pub const TRANSIENT_NAME_ID: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";

/// Fewest bytes of a secret that names are made with.
pub const SHORTEST_SECRET: usize = 32;

/// A name of a person, with what is meant by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameId {
    /// The name.
    pub value: String,
    /// Of which format; not stated: unspecified.
    pub format: Option<String>,
    /// In whose book of names: the identity provider's.
    pub name_qualifier: Option<String>,
    /// And for which service provider.
    pub sp_name_qualifier: Option<String>,
}

/// Why no name was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The secret could be guessed, and with it who is who.
    #[error("the secret that names are made with has fewer than {SHORTEST_SECRET} bytes")]
    ShortSecret,
    /// Everybody without a key of their own would go by the same name.
    #[error("there is nothing by which the person is told from others")]
    NoPerson,
}

/// A secret that names are made with: who has it can tell who is behind one. Prints nothing of it.
pub struct NameSecret(hmac::Key);

impl std::fmt::Debug for NameSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NameSecret(..)")
    }
}

impl NameSecret {
    /// Of a secret text. It is to be kept: with another, everybody gets another name everywhere.
    pub fn new(secret: &Secret) -> Result<Self, NameError> {
        match secret.expose().len() < SHORTEST_SECRET {
            true => Err(NameError::ShortSecret),
            false => Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes()))),
        }
    }

    /// The pseudonym of a person at a service provider: always the same, and nothing that another service provider could compare.
    /// `person`: what the person is told from others by, which must not change when their name does.
    pub fn pseudonym(&self, idp: &str, sp: &str, person: &str) -> Result<NameId, NameError> {
        let value = self.derive(&["pseudonym", idp, sp, person], person)?;
        Ok(named(value, PERSISTENT_NAME_ID, idp, sp))
    }

    /// A name for one session: another for each `session`, and nothing that two of them could be compared by.
    pub fn transient(&self, idp: &str, sp: &str, person: &str, session: &str) -> Result<NameId, NameError> {
        let value = self.derive(&["transient", idp, sp, person, session], person)?;
        Ok(named(value, TRANSIENT_NAME_ID, idp, sp))
    }

    /// The parts with their lengths, so that no two lists of parts are the same octets.
    fn derive(&self, parts: &[&str], person: &str) -> Result<String, NameError> {
        if person.is_empty() {
            return Err(NameError::NoPerson);
        }
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        // It begins with a sign that is no digit, as some want it.
        Ok(format!("_{}", URL_SAFE_NO_PAD.encode(context.sign())))
    }
}

fn named(value: String, format: &str, idp: &str, sp: &str) -> NameId {
    NameId { value, format: Some(format.to_owned()), name_qualifier: Some(idp.to_owned()), sp_name_qualifier: Some(sp.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_name_is_the_same_for_the_same_and_another_for_any_other() {
        let secret = |letter: &str| NameSecret::new(&Secret::new(letter.repeat(32))).unwrap();
        let a = secret("a");
        let name = a.pseudonym("idp", "sp", "ada").unwrap();
        assert_eq!(name, a.pseudonym("idp", "sp", "ada").unwrap());
        assert_eq!((name.name_qualifier.as_deref(), name.sp_name_qualifier.as_deref()), (Some("idp"), Some("sp")));
        assert_eq!(name.format.as_deref(), Some(PERSISTENT_NAME_ID));
        let others = [
            Ok(name),
            a.pseudonym("idp", "sp", "bob"),
            a.pseudonym("idp", "sp2", "ada"),
            a.pseudonym("idp2", "sp", "ada"),
            a.pseudonym("idp", "spa", "da"),
            secret("b").pseudonym("idp", "sp", "ada"),
            a.transient("idp", "sp", "ada", ""),
            a.transient("idp", "sp", "ada", "1"),
            a.transient("idp", "sp", "ada", "2"),
            a.transient("idp", "sp", "ada1", ""),
        ];
        let values: BTreeSet<_> = others.into_iter().map(|name| name.unwrap().value).collect();
        assert_eq!(values.len(), 10);
        // What the standard lets a name have is 256 characters.
        assert!(values.iter().all(|value| value.len() == 44 && !value.contains("ada")));
    }

    #[test]
    fn no_name_is_made_of_too_little() {
        assert_eq!(NameSecret::new(&Secret::new("a".repeat(31))).unwrap_err(), NameError::ShortSecret);
        let secret = NameSecret::new(&Secret::new("a".repeat(32))).unwrap();
        assert_eq!(secret.pseudonym("idp", "sp", ""), Err(NameError::NoPerson));
        assert_eq!(secret.transient("idp", "sp", "", "x"), Err(NameError::NoPerson));
        assert_eq!(format!("{secret:?}"), "NameSecret(..)");
    }
}
