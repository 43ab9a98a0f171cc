//! Plans: the immutable list of what a cycle would do, each with its reason.

use super::link::{Digest, LinkMark, ObjectKind, Origin};
use crate::id::{ChannelId, SourceId, TargetId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Attribute values of an object by the connector's names.
pub type Values = BTreeMap<String, Value>;

/// One value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Text.
    Text(String),
    /// Another person of the same channel; sent as that person's target id.
    Ref(SourceId),
}

impl Value {
    /// For people.
    pub fn show(&self) -> &str {
        match self {
            Value::Text(text) => text,
            Value::Ref(id) => &id.0,
        }
    }
}

/// Which object an operation is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ObjectRef {
    /// User or group.
    pub kind: ObjectKind,
    /// Its anchor at the source.
    pub source_id: SourceId,
    /// What people call it: userName or displayName.
    pub name: String,
    /// Where it is in the directory; empty when it is no longer there.
    pub dn: String,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Op {
    /// About which object.
    pub object: ObjectRef,
    /// What to do.
    pub action: Action,
    /// Why, as a sentence: “mail changed”, “left the Group DN”.
    pub reason: String,
    /// The state of the link once this is done.
    pub after: After,
}

/// What a link looks like when its object's operations of this plan are done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct After {
    /// Hash of the canonical DN.
    #[serde(with = "digest")]
    pub dn_digest: Digest,
    /// Hash of the values.
    #[serde(with = "digest")]
    pub value_digest: Digest,
    /// Hashes of the unique keys.
    #[serde(with = "digests")]
    pub unique_digests: Vec<Digest>,
    /// All values as they will be, for the link's record and for PUT.
    pub values: Values,
    /// Whether the object will be active.
    pub active: bool,
    /// See [`LinkHead::left_at`](super::link::LinkHead::left_at).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_at: Option<i64>,
    /// Hash of all that the object shall become, membership included: a setback remembers it, so that another goal is tried at once.
    #[serde(default, with = "digest")]
    pub goal: Digest,
    /// Adopted groups, and groups of [`Plan::refreshed`]: which of our people it has before members are added or removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<SourceId>>,
}

/// What to do with an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum Action {
    /// Link an object that is already at the target; values are made equal by an Update in the same plan.
    Adopt {
        /// The object there.
        target: TargetId,
    },
    /// Create. `look_first`: an earlier create was begun and its outcome is not known.
    Create {
        /// Look the object up by its match value before creating it.
        look_first: bool,
    },
    /// Write changed values, rename included (users and groups).
    Update {
        /// What differs.
        changes: Vec<Change>,
    },
    /// Set active again.
    Enable,
    /// Set inactive.
    Disable,
    /// Delete at the target.
    Delete,
    /// Add members, by source id.
    AddMembers {
        /// The people to add.
        members: Vec<SourceId>,
    },
    /// Remove members, by source id and the target id the link had when planned.
    RemoveMembers {
        /// The people to remove.
        members: Vec<SourceId>,
    },
    /// Forget the link: the object is gone on both sides, or is no longer ours to keep.
    Unlink,
    /// Give the link to another channel of the connection, in whose scope the person is now; nothing is done at the target.
    HandOver {
        /// That channel.
        to: ChannelId,
    },
}

/// The kind of an action, for counts, approvals and rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// See [`Action::Adopt`].
    Adopt,
    /// See [`Action::Create`].
    Create,
    /// See [`Action::Update`].
    Update,
    /// See [`Action::Enable`].
    Enable,
    /// See [`Action::Disable`].
    Disable,
    /// See [`Action::Delete`].
    Delete,
    /// See [`Action::AddMembers`].
    AddMembers,
    /// See [`Action::RemoveMembers`].
    RemoveMembers,
    /// See [`Action::Unlink`].
    Unlink,
    /// See [`Action::HandOver`].
    HandOver,
}

impl ActionKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Adopt,
        Self::Create,
        Self::Update,
        Self::Enable,
        Self::Disable,
        Self::Delete,
        Self::AddMembers,
        Self::RemoveMembers,
        Self::Unlink,
        Self::HandOver,
    ];
    /// Id in rows and logs.
    pub fn id(self) -> &'static str {
        match self {
            Self::Adopt => "adopt",
            Self::Create => "create",
            Self::Update => "update",
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Delete => "delete",
            Self::AddMembers => "add_members",
            Self::RemoveMembers => "remove_members",
            Self::Unlink => "unlink",
            Self::HandOver => "hand_over",
        }
    }
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Adopt => "Adopt",
            Self::Create => "Create",
            Self::Update => "Update",
            Self::Enable => "Enable",
            Self::Disable => "Disable",
            Self::Delete => "Delete",
            Self::AddMembers => "Add members",
            Self::RemoveMembers => "Remove members",
            Self::Unlink => "Forget",
            Self::HandOver => "Hand over",
        }
    }
    /// The kind of an id.
    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|k| k.id() == id)
    }
    /// Whether it takes something away, and so needs complete scope ids and a guard's leave.
    pub fn is_removal(self) -> bool {
        matches!(self, Self::Disable | Self::Delete | Self::RemoveMembers)
    }
}

impl Action {
    /// Its kind.
    pub fn kind(&self) -> ActionKind {
        match self {
            Action::Adopt { .. } => ActionKind::Adopt,
            Action::Create { .. } => ActionKind::Create,
            Action::Update { .. } => ActionKind::Update,
            Action::Enable => ActionKind::Enable,
            Action::Disable => ActionKind::Disable,
            Action::Delete => ActionKind::Delete,
            Action::AddMembers { .. } => ActionKind::AddMembers,
            Action::RemoveMembers { .. } => ActionKind::RemoveMembers,
            Action::Unlink => ActionKind::Unlink,
            Action::HandOver { .. } => ActionKind::HandOver,
        }
    }
}

/// One attribute that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The connector's attribute.
    pub attribute: String,
    /// What was last written, or read at the target when adopted.
    pub from: Option<Value>,
    /// What it will be; `None` clears it.
    pub to: Option<Value>,
}

/// A source object left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// The object; `name` is its match value or, lacking one, its DN's first value.
    pub object: ObjectRef,
    /// A sentence that says what to mend.
    pub reason: String,
    /// Its own entry alone says so, so that it holds until the entry or the configuration changes.
    #[serde(default)]
    pub by_entry: bool,
}

/// What a read really saw of one kind of object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeCoverage {
    /// Every id in scope was seen; without it nothing is removed, ever.
    pub ids_complete: bool,
    /// Every object's attributes were read, not only those changed since a watermark.
    pub full: bool,
    /// Entries seen.
    pub seen: u32,
}

/// What a read really saw.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Users.
    pub users: ScopeCoverage,
    /// Groups, with their members.
    pub groups: ScopeCoverage,
    /// Why it is not complete, as a sentence.
    pub problem: Option<String>,
    /// Things worth telling that stopped nothing: referrals left out, groups not found.
    pub notes: Vec<String>,
}

/// Which guard said stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guard {
    /// Scope ids are not complete.
    IncompleteRead,
    /// The read found nobody.
    NobodyFound,
    /// Fewer than the last complete read, by too much.
    Drop,
    /// Too many disables and deletes.
    TooManyRemovals,
    /// A group would lose too many members.
    GroupLoss,
    /// A person rejected these removals.
    Rejected,
}

/// Removals that wait for a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// Which guard.
    pub guard: Guard,
    /// A sentence with the numbers.
    pub reason: String,
    /// What waits.
    pub ops: Vec<Op>,
}

/// The plan of one cycle.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// In the order they are applied (see [`Phase`]).
    pub ops: Vec<Op>,
    /// What a guard holds back.
    pub held: Vec<Held>,
    /// Source objects left out.
    pub skipped: Vec<Skipped>,
    /// Objects that differ but wait after a failure, with the time they are tried again (unix ms).
    pub waiting: Vec<(ObjectRef, i64)>,
    /// What the read saw.
    pub coverage: Coverage,
    /// Linked and unchanged.
    pub unchanged_users: u32,
    /// Linked and unchanged.
    pub unchanged_groups: u32,
    /// Links to write anew before the first operation, without a call: the DN changed, or members went with their objects.
    #[serde(default)]
    pub refreshed: Vec<Refresh>,
    /// Source objects whose place at the target is taken by an object that is not ours; each has its sentence in `skipped` too.
    #[serde(default)]
    pub blocked: Vec<Blocked>,
    /// Objects that no longer differ, or are no longer wanted: their setbacks are over.
    #[serde(default)]
    pub recovered: Vec<(ObjectKind, SourceId)>,
}

/// A link to write anew without a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refresh {
    /// The object.
    pub object: ObjectRef,
    /// What the link becomes. `values` is empty: what was written stays, and its digests are made again; `members` replaces them if given.
    pub after: After,
}

/// A source object whose place at the target is taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blocked {
    /// The object.
    pub object: ObjectRef,
    /// See [`After::goal`].
    #[serde(with = "digest")]
    pub goal: Digest,
    /// A sentence that says by what, and what to do.
    pub reason: String,
}

/// The order in which a plan is applied. If a user phase stops early, group phases do not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Adopt users.
    AdoptUsers,
    /// Create users.
    CreateUsers,
    /// Update and re-enable users.
    UpdateUsers,
    /// References to other users, once those exist.
    References,
    /// Adopt, create and rename groups.
    Groups,
    /// Add members.
    AddMembers,
    /// Remove members.
    RemoveMembers,
    /// Delete groups.
    DeleteGroups,
    /// Disable and delete users, forget links and give them away.
    RemoveUsers,
}

impl Op {
    /// When it is applied.
    pub fn phase(&self) -> Phase {
        match (self.object.kind, &self.action) {
            (ObjectKind::User, Action::Adopt { .. }) => Phase::AdoptUsers,
            (ObjectKind::User, Action::Create { .. }) => Phase::CreateUsers,
            (ObjectKind::User, Action::Update { changes }) if changes.iter().all(|c| matches!(c.to, Some(Value::Ref(_)))) => {
                Phase::References
            }
            (ObjectKind::User, Action::Update { .. } | Action::Enable) => Phase::UpdateUsers,
            (ObjectKind::User, _) => Phase::RemoveUsers,
            (ObjectKind::Group, Action::AddMembers { .. }) => Phase::AddMembers,
            (ObjectKind::Group, Action::RemoveMembers { .. }) => Phase::RemoveMembers,
            (ObjectKind::Group, Action::Delete | Action::Disable | Action::Unlink) => Phase::DeleteGroups,
            (ObjectKind::Group, _) => Phase::Groups,
        }
    }
}

/// What the target answered to one operation, as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "answer")]
pub enum Outcome {
    /// Done, or found to be so already.
    Done,
    /// 409: something with that key is there.
    Conflict {
        /// What it said.
        detail: String,
    },
    /// 404: the object is not there any more.
    Gone,
    /// Refused for a reason of the object's own.
    Rejected {
        /// HTTP status.
        status: u16,
        /// What it said.
        detail: String,
    },
    /// It may or may not have happened.
    Unknown {
        /// What was seen.
        detail: String,
    },
    /// Not begun: the cycle stopped before, or what it needs is not there.
    NotTried {
        /// Why.
        detail: String,
    },
    /// Waits for a person.
    Held,
}

impl Outcome {
    /// Id in rows and logs.
    pub fn id(&self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Conflict { .. } => "conflict",
            Outcome::Gone => "gone",
            Outcome::Rejected { .. } => "rejected",
            Outcome::Unknown { .. } => "unknown",
            Outcome::NotTried { .. } => "not_tried",
            Outcome::Held => "held",
        }
    }
    /// What it said, if anything.
    pub fn detail(&self) -> &str {
        match self {
            Outcome::Conflict { detail }
            | Outcome::Rejected { detail, .. }
            | Outcome::Unknown { detail }
            | Outcome::NotTried { detail } => detail,
            _ => "",
        }
    }
    /// Whether it did what was asked.
    pub fn is_done(&self) -> bool {
        matches!(self, Outcome::Done)
    }
}

/// A link's mark and origin after an outcome that changes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkFate {
    /// How it came to be.
    pub origin: Origin,
    /// What is wrong now.
    pub mark: LinkMark,
}

mod digest {
    use super::Digest;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(value: &Digest, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(value)
    }
    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Digest, D::Error> {
        let text = String::deserialize(d)?;
        Digest::parse(&text).ok_or_else(|| D::Error::custom("a digest is 32 hex digits"))
    }
}

mod digests {
    use super::Digest;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(value: &[Digest], s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(value.iter().map(ToString::to_string))
    }
    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Digest>, D::Error> {
        let texts = Vec::<String>::deserialize(d)?;
        texts.iter().map(|t| Digest::parse(t).ok_or_else(|| D::Error::custom("a digest is 32 hex digits"))).collect()
    }
}
