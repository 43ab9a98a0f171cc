//! How requests are written for a service.

use serde::{Deserialize, Serialize};

/// How requests are written for this service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dialect {
    /// How a user is changed.
    pub user_update: UpdateForm,
    /// How a group is renamed and its members changed.
    pub group_update: UpdateForm,
    /// Whether a PATCH says by path what it sets.
    pub patch_form: PatchForm,
    /// `active` as JSON boolean or as text.
    pub active: ActiveForm,
    /// How members are removed by PATCH.
    pub member_remove: MemberRemove,
    /// How lists are walked.
    pub paging: Paging,
    /// Objects asked for on a page.
    pub page_size: u32,
    /// Most members in one create or PATCH.
    pub members_per_request: u32,
    /// The match filter is sent; `false` walks the list instead.
    pub filter_supported: bool,
    /// Filter that finds an existing user, with `%s` for the value; empty: made from the matching attribute.
    pub match_filter: String,
    /// Path of users below the base URL.
    pub users_path: String,
    /// Path of groups below the base URL.
    pub groups_path: String,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            user_update: UpdateForm::Patch,
            group_update: UpdateForm::Patch,
            patch_form: PatchForm::Path,
            active: ActiveForm::Boolean,
            member_remove: MemberRemove::Filter,
            paging: Paging::Index,
            page_size: 100,
            members_per_request: 100,
            filter_supported: true,
            match_filter: String::new(),
            users_path: "/Users".into(),
            groups_path: "/Groups".into(),
        }
    }
}

/// PATCH or PUT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpdateForm {
    /// RFC 7644 section 3.5.2.
    Patch,
    /// RFC 7644 section 3.5.1: the whole object.
    Put,
}

/// How a PATCH says what it sets. What it removes is always named by a path (RFC 7644 section 3.5.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PatchForm {
    /// `{"op":"replace","path":"title","value":"x"}`, one operation an attribute.
    Path,
    /// `{"op":"replace","value":{"title":"x"}}`, one operation for all.
    NoPath,
}

/// How `active` is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActiveForm {
    /// `true`.
    Boolean,
    /// `"true"`.
    Text,
}

/// How members are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberRemove {
    /// `{"op":"remove","path":"members[value eq \"id\"]"}`, one operation a member (RFC 7644).
    Filter,
    /// `{"op":"remove","path":"members","value":[{"value":"id"}]}` (AWS).
    ValueArray,
}

/// How lists are walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paging {
    /// RFC 9865: `cursor`, `nextCursor`.
    Cursor,
    /// RFC 7644: `startIndex`, `count`.
    Index,
    /// One answer has everything.
    None,
}
