//! Secrets: text that cannot be printed or serialised, and the sealed and the hashed form that can be stored.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A password or token in clear. Neither `Serialize` nor printable; only the server's adapters call [`Secret::expose`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text that was just typed or unsealed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// The clear text, for the one call that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A sealed secret as it is kept in a draft or an aggregate: ciphertext, and what it may be sent to.
///
/// `bound_to` is the place (hosts and TLS mode, or target URL) it was typed for. A change of that place asks for the secret
/// again, so that a stored password cannot be sent to another host.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Ciphertext made by the store; opaque here.
    pub ciphertext: String,
    /// The place it was typed for.
    pub bound_to: String,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(..)")
    }
}

/// The hash of a password that somebody signs on with, in PHC text form: it can be compared with, and not opened again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hashed(String);

impl Hashed {
    /// Wraps a hash in PHC text form.
    pub fn new(phc: impl Into<String>) -> Self {
        Self(phc.into())
    }
    /// The PHC text, for the one call that compares.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hashed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hashed(..)")
    }
}
