//! Links: the memory of what was written where.

use super::plan::Values;
use crate::id::{ChannelId, ConnectionId, SourceId, TargetId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A user or a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// A person.
    User,
    /// A group.
    Group,
}

impl ObjectKind {
    /// Id in rows and logs.
    pub fn id(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
        }
    }
    /// The kind of an id.
    pub fn of(id: &str) -> Option<Self> {
        match id {
            "user" => Some(Self::User),
            "group" => Some(Self::Group),
            _ => None,
        }
    }
}

/// A stable 128-bit hash, made by the engine, kept as 32 hex digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub u128);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl Digest {
    /// Reads the 32 hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        u128::from_str_radix(text, 16).ok().map(Self)
    }
}

/// How a link came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Towpath created the object.
    Created,
    /// It was there and was adopted.
    Adopted,
}

/// What is known to be wrong with a link; the planner acts on it in the next cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkMark {
    /// Nothing.
    #[default]
    Good,
    /// The target answered 404: match again or create.
    Gone,
    /// The outcome of the last write is not known, or it was refused half-way: write everything again.
    Stale,
}

/// What the planner needs of every link: small, loaded for all of a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkHead {
    /// User or group.
    pub kind: ObjectKind,
    /// The source object.
    pub source_id: SourceId,
    /// The target object.
    pub target_id: TargetId,
    /// Hash of the canonical DN when last seen.
    pub dn_digest: Digest,
    /// Hash of the values last written.
    pub value_digest: Digest,
    /// Hashes of the unique keys that the object has or may have, in the order of the attributes' names.
    pub unique_digests: Vec<Digest>,
    /// Groups: hash of the members last written.
    pub members_digest: Digest,
    /// Groups: how many members were last written.
    pub member_count: u32,
    /// Whether the object was last written as active.
    pub active: bool,
    /// People who left, or are disabled in the directory: when they were disabled for that (unix ms).
    pub left_at: Option<i64>,
    /// How it came to be.
    pub origin: Origin,
    /// What is wrong.
    pub mark: LinkMark,
}

/// What was last written, loaded only for the objects that changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Written {
    /// Attribute values by the connector's names.
    pub values: Values,
    /// Groups: source ids of the members.
    pub members: Vec<SourceId>,
}

/// A whole link, as the store keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The connection; unique with kind and source id, and with target id.
    pub connection: ConnectionId,
    /// The channel that owns it.
    pub channel: ChannelId,
    /// The head.
    pub head: LinkHead,
    /// The match value, for people: userName or displayName.
    pub name: String,
    /// The DN when last seen, for people.
    pub dn: String,
    /// What was written.
    pub written: Written,
}
