//! What can be chosen about the emulator, above all where AWS's own behaviour is not confirmed.

use std::fmt;
use std::sync::Arc;

use super::throttle::Throttle;

/// Where the emulator takes the time from: Unix milliseconds.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// How the emulator behaves. [`Config::new`] is AWS as documented, without throttling.
#[derive(Clone)]
pub struct Config {
    /// The time, for `meta`, error bodies and throttling.
    pub clock: Clock,
    /// Fixes ids and the credentials drawn when none are given; `None` draws them from the system.
    pub seed: Option<u64>,
    /// Whether a store that is not loaded starts with automatic provisioning enabled. Without it there is neither an endpoint nor a
    /// token until [`super::Aws::enable_provisioning`], as in a new AWS account.
    pub provisioning: bool,
    /// The first tenant id in the URL; drawn when `None`. AWS changes it when provisioning is turned off and on again.
    pub tenant: Option<String>,
    /// The first access token; drawn when `None`.
    pub token: Option<String>,
    /// Which of AWS's two id shapes new objects get.
    pub id_shape: IdShape,
    /// How members may be removed. Only the value array is known to work at AWS.
    pub member_removal: MemberRemoval,
    /// How a membership change naming an unknown user is refused.
    pub unknown_member: UnknownMember,
    /// What error bodies say. AWS often sends only the generic sentence and keeps the reason for `CloudTrail`.
    pub detail: Detail,
    /// `active` of a user sent without it. AWS's samples show `false`.
    pub active_when_omitted: bool,
    /// With a cursor, at most this many objects on a page whatever `count` says: AWS may send short pages that are not the last.
    pub page_limit: Option<usize>,
    /// Request rates above which 429 is answered; `None` never throttles.
    pub throttle: Option<Throttle>,
    /// How many requests the log keeps.
    pub log_capacity: usize,
}

impl Config {
    /// AWS as documented, without throttling, taking the time from `clock` (Unix milliseconds).
    pub fn new(clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self {
            clock: Arc::new(clock),
            seed: None,
            provisioning: true,
            tenant: None,
            token: None,
            id_shape: IdShape::Plain,
            member_removal: MemberRemoval::ValueArray,
            unknown_member: UnknownMember::NotFound,
            detail: Detail::Precise,
            active_when_omitted: false,
            page_limit: None,
            throttle: None,
            log_capacity: 10_000,
        }
    }
}

impl fmt::Debug for Config {
    /// Leaves the token out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("seed", &self.seed)
            .field("tenant", &self.tenant)
            .field("id_shape", &self.id_shape)
            .field("member_removal", &self.member_removal)
            .field("unknown_member", &self.unknown_member)
            .field("throttle", &self.throttle)
            .finish_non_exhaustive()
    }
}

/// The two shapes of ids seen at AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdShape {
    /// `d468e4d8-c051-703d-dd84-28caf445f15e`, of newer identity stores.
    Plain,
    /// `9067729b3d-d468e4d8-…`, of older ones; the ten digits are the same for the whole store.
    Prefixed,
}

/// The forms of removing a member that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberRemoval {
    /// Only `{"op":"remove","path":"members","value":[{"value":"…"}]}`, the form used in production against AWS.
    ValueArray,
    /// Also RFC 7644's `members[value eq "…"]`.
    Either,
}

/// The answer to a membership change that names a user who does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownMember {
    /// 404 `ResourceNotFoundException`.
    NotFound,
    /// 400 `ValidationException`.
    Invalid,
}

/// How much an error body says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// The reason, in the words AWS uses in `CloudTrail`.
    Precise,
    /// Only AWS's generic sentence for every 400; the reason is in the request log.
    Generic,
}
