//! Secrets: text that cannot be printed or serialised, and its sealed form that can be stored.

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
