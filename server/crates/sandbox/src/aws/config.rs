//! What can be chosen about the emulator, above all where AWS's own behaviour is not confirmed.

use std::fmt;
use std::sync::Arc;

use super::schema::{Rules, Verb};
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
    /// The answer to an id in a path that no store could have given.
    pub malformed_id: MalformedId,
    /// The status for a PATCH without a `User-Agent`; that AWS blocks it is known, the status is not.
    pub missing_user_agent: u16,
    /// Whether bodies of any `Content-Type` are read, instead of `application/scim+json` and `application/json` only.
    pub any_content_type: bool,
    /// How members may be removed. Only the value array is known to work at AWS.
    pub member_removal: MemberRemoval,
    /// How a membership change naming an unknown user is refused.
    pub unknown_member: UnknownMember,
    /// The answer to removing a user who is no member.
    pub absent_member: AbsentMember,
    /// Where an empty list of members is shown.
    pub members_shown: MembersShown,
    /// What error bodies say. AWS often sends only the generic sentence and keeps the reason for `CloudTrail`.
    pub detail: Detail,
    /// Under which names error bodies name their schema.
    pub error_keys: ErrorKeys,
    /// `active` of a user sent without it. AWS's samples show `false`.
    pub active_when_omitted: bool,
    /// Where a `userName` may hold a space.
    pub user_name_space: UserNameSpace,
    /// Whether strings have a greatest length; documented for the Identity Store API, and not for SCIM.
    pub check_lengths: bool,
    /// Whether what Okta advises against is refused: `< > ; : %`, and addresses that lack a part. AWS's own pattern allows them.
    pub okta_rules: bool,
    /// Whether names and addresses that differ in case alone are different.
    pub case_sensitive: bool,
    /// Which filters are read.
    pub filter_text: FilterText,
    /// How lists are cut.
    pub paging: Paging,
    /// With a cursor, at most this many objects on a page whatever `count` says: AWS may send short pages that are not the last.
    pub page_limit: Option<usize>,
    /// Whether there are `/Schemas` and `/ResourceTypes`, which AWS added in February 2024.
    pub discovery: bool,
    /// Most users, AWS's quota. How SCIM refuses more is not known; the Identity Store API answers 402.
    pub max_users: usize,
    /// Most groups, AWS's quota.
    pub max_groups: usize,
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
            malformed_id: MalformedId::NotFound,
            missing_user_agent: 403,
            any_content_type: false,
            member_removal: MemberRemoval::ValueArray,
            unknown_member: UnknownMember::NotFound,
            absent_member: AbsentMember::Ignored,
            members_shown: MembersShown::InLists,
            detail: Detail::Precise,
            error_keys: ErrorKeys::Both,
            active_when_omitted: false,
            user_name_space: UserNameSpace::InPut,
            check_lengths: true,
            okta_rules: false,
            case_sensitive: false,
            filter_text: FilterText::Any,
            paging: Paging::Cursors,
            page_limit: None,
            discovery: true,
            max_users: 200_000,
            max_groups: 100_000,
            throttle: None,
            log_capacity: 10_000,
        }
    }

    /// What strings are held to in a body for `verb`.
    pub(super) fn rules(&self, verb: Verb) -> Rules {
        let user_name_space = match self.user_name_space {
            UserNameSpace::InPut => verb == Verb::Put,
            UserNameSpace::Never => false,
            UserNameSpace::Always => true,
        };
        Rules { user_name_space, lengths: self.check_lengths, okta: self.okta_rules }
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

/// The answer to an id in a path that has neither of the two shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MalformedId {
    /// 404, as for any other id that is not there.
    NotFound,
    /// 400, as the Identity Store API does.
    Invalid,
}

/// The answer to removing a user who is no member of the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbsentMember {
    /// 204: it is as it was asked for.
    Ignored,
    /// 404, and nothing of the request is done.
    NotFound,
}

/// Where a group is answered with an empty `members`. AWS's samples show it in lists only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MembersShown {
    /// Answers of `ListGroups`.
    InLists,
    /// Answers of `CreateGroup` and `GetGroup` too.
    Everywhere,
}

/// Under which names an error body names its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKeys {
    /// `schema` and `schemas`, as seen since 2022.
    Both,
    /// Only `schema`, as in older documentation.
    SchemaOnly,
}

/// Where a `userName` may hold a space: the developer guide's pages disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserNameSpace {
    /// Only in `PutUser`, as each page says for itself.
    InPut,
    /// Nowhere.
    Never,
    /// Everywhere.
    Always,
}

/// Which filters are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterText {
    /// All that have the form.
    Any,
    /// Only those of letters, digits and a few signs in ASCII: others were seen to be answered with 400 by AWS.
    Plain,
}

/// How lists are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paging {
    /// Pages of up to 100 with a cursor, and one page of up to 100 without.
    Cursors,
    /// One page of up to 50, and `cursor` is not known: AWS before 2025.
    OnePage,
}
