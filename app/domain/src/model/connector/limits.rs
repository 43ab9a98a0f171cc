//! How fast requests may leave, and what happens when one fails.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Rates and sizes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Requests a second of each operation class that changes something, over all channels of a connection; 0 is no limit.
    pub writes_per_second: f64,
    /// Requests a second of each operation class that only reads; 0 is no limit.
    pub reads_per_second: f64,
    /// Members added or removed a second, counted one by one inside a request, besides the request itself; 0 is no limit known.
    pub memberships_per_second: f64,
    /// The rate of single operation classes, where it is another one.
    pub operations: BTreeMap<OperationClass, f64>,
    /// Operations that may be saved up.
    pub burst: u32,
    /// Most requests under way at once, whatever Max Threads says.
    pub max_concurrency: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            writes_per_second: 10.0,
            reads_per_second: 20.0,
            memberships_per_second: 0.0,
            operations: BTreeMap::new(),
            burst: 1,
            max_concurrency: 8,
        }
    }
}

impl Limits {
    /// Requests a second of one operation class; 0 is no limit.
    pub fn per_second(&self, class: OperationClass) -> f64 {
        let usual = if class.is_write() { self.writes_per_second } else { self.reads_per_second };
        self.operations.get(&class).copied().unwrap_or(usual)
    }
}

/// What shares a rate. Services count each of their operations by itself, so that one that is busy does not hold up another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationClass {
    /// Creating a user.
    CreateUser,
    /// Changing, enabling or disabling one.
    UpdateUser,
    /// Deleting one.
    DeleteUser,
    /// Creating a group.
    CreateGroup,
    /// Renaming one, or changing its external id.
    UpdateGroup,
    /// Deleting one.
    DeleteGroup,
    /// Adding or removing members of a group.
    ChangeMembers,
    /// Listing users, or finding one by filter.
    ListUsers,
    /// Reading one user.
    GetUser,
    /// Listing groups, or finding one by filter.
    ListGroups,
    /// Reading one group.
    GetGroup,
    /// Reading what the service says of itself.
    Discover,
}

impl OperationClass {
    /// Every class.
    pub const ALL: [Self; 12] = [
        Self::CreateUser,
        Self::UpdateUser,
        Self::DeleteUser,
        Self::CreateGroup,
        Self::UpdateGroup,
        Self::DeleteGroup,
        Self::ChangeMembers,
        Self::ListUsers,
        Self::GetUser,
        Self::ListGroups,
        Self::GetGroup,
        Self::Discover,
    ];

    /// Whether it changes something.
    pub fn is_write(self) -> bool {
        !matches!(self, Self::ListUsers | Self::GetUser | Self::ListGroups | Self::GetGroup | Self::Discover)
    }
}

/// What to do when a call fails for a passing reason (408, 425, 429, 5xx, network).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retry {
    /// Tries within one call, the first included.
    pub attempts: u32,
    /// First pause; doubled each time, with full jitter. `Retry-After` wins.
    pub base_ms: u32,
    /// Longest pause.
    pub max_ms: u32,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 5, base_ms: 250, max_ms: 20_000 }
    }
}
