//! Verify: what is at the target compared with what Towpath wrote there.

use super::link::ObjectKind;
use super::plan::Change;
use crate::id::{SourceId, TargetId};
use serde::{Deserialize, Serialize};

/// What a comparison of a whole target found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// When it began (unix ms).
    pub started_at: i64,
    /// When it ended.
    pub ended_at: i64,
    /// People at the target.
    pub users: u32,
    /// Groups at the target.
    pub groups: u32,
    /// Links that were compared.
    pub compared: u32,
    /// Linked objects that are not as they were written, by kind and name.
    pub drifts: Vec<Drift>,
    /// Objects at the target that no channel of the connection keeps.
    pub unknown: Vec<UnknownObject>,
    /// Groups whose members the target does not tell.
    pub unverified_groups: u32,
    /// Why nothing could be compared, as a sentence.
    pub problem: Option<String>,
    /// When its differences were marked for repair (unix ms).
    #[serde(default)]
    pub repaired_at: Option<i64>,
}

/// One linked object that is not as it was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// User or group.
    pub kind: ObjectKind,
    /// Its anchor in the directory.
    pub source_id: SourceId,
    /// The object at the target.
    pub target_id: TargetId,
    /// What people call it.
    pub name: String,
    /// How it differs.
    pub what: Difference,
}

/// How an object differs from what was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// It is not there any more.
    Missing,
    /// Values differ (masked ones are dots), or whether it is active.
    Changed {
        /// From what was written to what is there.
        changes: Vec<Change>,
        /// Whether it is active there.
        active: bool,
        /// Whether that differs.
        active_differs: bool,
    },
    /// The members differ.
    Members {
        /// Written, and not there.
        absent: Vec<SourceId>,
        /// There, of ours, and never written.
        extra: Vec<SourceId>,
        /// There, and nobody's.
        strangers: u32,
    },
}

/// An object at the target that nobody keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownObject {
    /// User or group.
    pub kind: ObjectKind,
    /// Its id there.
    pub target_id: TargetId,
    /// What it is called there.
    pub name: String,
    /// Whether it is active.
    pub active: bool,
}

impl Verification {
    /// How many linked objects are missing, changed, or have other members.
    pub fn counts(&self) -> (u32, u32, u32) {
        self.drifts.iter().fold((0, 0, 0), |(missing, changed, members), drift| match drift.what {
            Difference::Missing => (missing + 1, changed, members),
            Difference::Changed { .. } => (missing, changed + 1, members),
            Difference::Members { .. } => (missing, changed, members + 1),
        })
    }
}
