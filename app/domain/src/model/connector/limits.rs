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
    /// Members that may be saved up.
    pub memberships_burst: u32,
    /// Whether they are counted for each group by itself.
    pub memberships_of: MembershipsOf,
    /// Requests a second that change something, all classes together; 0 is no limit.
    pub all_writes_per_second: f64,
    /// Those that may be saved up.
    pub all_writes_burst: u32,
    /// Requests a second that only read, all classes together; 0 is no limit.
    pub all_reads_per_second: f64,
    /// Those that may be saved up.
    pub all_reads_burst: u32,
    /// The rate of single operation classes, where it is another one.
    pub operations: BTreeMap<OperationClass, f64>,
    /// Operations of each class that may be saved up.
    pub burst: u32,
    /// What single operation classes may save up, where it is something else.
    pub bursts: BTreeMap<OperationClass, u32>,
    /// Most requests under way at once, whatever Max Threads says.
    pub max_concurrency: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            writes_per_second: 10.0,
            reads_per_second: 20.0,
            memberships_per_second: 0.0,
            memberships_burst: 1,
            memberships_of: MembershipsOf::Connection,
            all_writes_per_second: 0.0,
            all_writes_burst: 1,
            all_reads_per_second: 0.0,
            all_reads_burst: 1,
            operations: BTreeMap::new(),
            burst: 1,
            bursts: BTreeMap::new(),
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

    /// Requests of one operation class that may be saved up.
    pub fn burst_of(&self, class: OperationClass) -> u32 {
        self.bursts.get(&class).copied().unwrap_or(self.burst)
    }
}

/// For what a service counts memberships.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MembershipsOf {
    /// All groups together.
    Connection,
    /// Each group by itself.
    Group,
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

/// What to do when a call fails for a passing reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retry {
    /// Answers after which the same request is tried again, besides none at all. 403 counts only while the answer says that it is about a
    /// rate (`Retry-After`, or nothing left in `X-RateLimit-Remaining`).
    pub statuses: Vec<u16>,
    /// Tries within one call, the first included.
    pub attempts: u32,
    /// First pause; doubled each time, with full jitter. `Retry-After` wins.
    pub base_ms: u32,
    /// Longest pause.
    pub max_ms: u32,
}

impl Default for Retry {
    fn default() -> Self {
        Self { statuses: vec![408, 425, 429, 500, 502, 503, 504], attempts: 5, base_ms: 250, max_ms: 20_000 }
    }
}
