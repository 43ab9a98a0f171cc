//! A newtype for each kind of id, so that a channel's id cannot be handed to what wants a connection's.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Accepts 1 to 64 characters of `[A-Za-z0-9._-]`: what is safe in a path, a log line and a file name.
            pub fn parse(text: &str) -> Result<Self, String> {
                check(text).map(|()| Self(text.to_owned()))
            }
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                check(&text).map(|()| Self(text))
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    )+};
}

ids! {
    /// A Data Store.
    DataStoreId,
    /// A Password Credential Validator. Not its Instance ID, which a person chooses.
    PcvId,
    /// An IdP Adapter. Not its Instance ID, which a person chooses.
    IdpAdapterId,
    /// An SP Connection.
    ConnectionId,
    /// A Channel of an SP Connection.
    ChannelId,
    /// A Connector, by the `id` in its TOML.
    ConnectorId,
    /// A Draft.
    DraftId,
    /// One Cycle of a channel.
    CycleId,
    /// A signing key.
    SigningKeyId,
    /// A trusted certificate authority.
    TrustedCaId,
    /// An administrator's account.
    AccountId,
}

fn check(text: &str) -> Result<(), String> {
    if text.is_empty() || text.len() > 64 {
        return Err("an id has 1 to 64 characters".into());
    }
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) {
        return Err("an id has only letters, digits, '.', '_' and '-'".into());
    }
    Ok(())
}

/// The anchor of a source object in its canonical text form (AD: objectGUID as lower-case text), stable over rename and move.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceId(pub String);

/// The id that the target gave to an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TargetId(pub String);

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for TargetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
