//! Client for SCIM 2.0 services (RFC 7643, RFC 7644), speaking each in the dialect its Connector describes.
//!
//! One [`Client`] belongs to one SP Connection: all its channels share its rate limiter, its token and its connections. It says what
//! the target answered, as data ([`Applied`]); what to do about it is decided elsewhere. It keeps no memory of objects.
//!
//! - Values are flat texts by the Connector's attribute names; references are already target ids here.
//! - A failure of one object is an [`Outcome`](domain::model::plan::Outcome); what stops a channel is a [`ScimError`] with a [`Kind`].
//! - A create whose outcome is not known is never sent again: it comes back as `Unknown`, and the caller looks the object up first.
//!
//! Writes to one group must come one after another; that is the caller's to see to.

mod auth;
mod client;
mod connection_test;
mod discovery;
mod error;
mod groups;
mod limit;
mod list;
mod meter;
mod pace;
mod path;
mod retry;
mod users;
mod wire;

use std::collections::BTreeMap;

use domain::id::TargetId;
use domain::model::plan::Outcome;

pub use auth::Auth;
pub use client::Client;
pub use discovery::ServiceProviderConfig;
pub use error::{Kind, ScimError};
pub use groups::Membership;
pub use meter::Tally;
pub use pace::{Slow, Slowed};

/// Values of an object by the Connector's attribute names; of a group `displayName` and `externalId`. An absent name is no value.
pub type Attributes = BTreeMap<String, String>;

/// Name of a group's name in [`Attributes`].
pub const DISPLAY_NAME: &str = "displayName";
/// Name of a group's external id in [`Attributes`].
pub const EXTERNAL_ID: &str = "externalId";

/// Whether this is the path of an attribute that can be written; the error is a clause.
pub fn check_path(path: &str) -> Result<(), String> {
    path::AttrPath::parse(path).map(drop)
}

/// One attribute to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The Connector's name.
    pub attribute: String,
    /// What the target is believed to have.
    pub from: Option<String>,
    /// What it shall have; `None` clears it.
    pub to: Option<String>,
}

/// What the target answered to one write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// In the words of the plan.
    pub outcome: Outcome,
    /// The object's id, when a create told it.
    pub id: Option<TargetId>,
    /// The target's id of the request, for its support.
    pub request_id: Option<String>,
}

/// A user or group as the target shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteObject {
    /// Its id.
    pub id: TargetId,
    /// Value of the match attribute (of a group: `displayName`); empty if it has none.
    pub match_value: String,
    /// What it has of the attributes the Connector knows.
    pub values: Attributes,
    /// `active`; a user without it counts as active.
    pub active: bool,
    /// Ids of a group's members, where the target tells them.
    pub members: Option<Vec<TargetId>>,
}
