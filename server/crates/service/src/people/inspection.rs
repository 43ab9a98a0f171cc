//! Why one person or group is or is not at the target: a chain of checks from the Data Store to the target.

use domain::id::SourceId;
use domain::model::link::ObjectKind;
use domain::model::plan::{ObjectRef, Plan};
use domain::model::report::Report;
use engine::MappedRow;

/// About whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Whoever the directory knows by this: a user name, an e-mail address, a DN, an anchor.
    Named(String),
    /// This object of the directory.
    Object(ObjectKind, SourceId),
}

/// What follows from the checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// Not to be at the target, as things are, or nobody could be looked at.
    #[default]
    Out,
    /// At the target as the directory says.
    InSync,
    /// The next cycle writes it.
    WouldWrite,
    /// Something waits for a person.
    Held,
}

/// A group of the channel that lists somebody, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupOf {
    /// Its anchor.
    pub source_id: SourceId,
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub dn: String,
    /// The directory lists this person.
    pub listed: bool,
    /// The target was told of this person.
    pub written: bool,
}

/// What was found about one object.
#[derive(Clone, Debug, Default)]
pub struct Inspection {
    /// The checks in their order, as far as they could be made.
    pub checks: Report,
    /// The object, when it is one.
    pub object: Option<ObjectRef>,
    /// Others that are called so, by DN.
    pub others: Vec<String>,
    /// What the mapping makes of the entry.
    pub rows: Vec<MappedRow>,
    /// Groups of the channel, of a person.
    pub groups: Vec<GroupOf>,
    /// Of a group: how many people of the channel the directory lists, if it was read.
    pub members: Option<u32>,
    /// What the next cycle does about it.
    pub plan: Option<Plan>,
    /// What follows.
    pub end: End,
}

/// What came of writing one object.
#[derive(Clone, Debug)]
pub struct Synced {
    /// The cycle in which it is recorded.
    pub cycle: domain::id::CycleId,
    /// Operations done.
    pub done: u32,
    /// Operations that did not do what was asked.
    pub failed: u32,
    /// Why nothing could be done, or not all.
    pub problem: Option<String>,
}
