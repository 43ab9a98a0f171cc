//! Who acts. Every use case takes one, so that authorisation cannot be forgotten; only authentication hands one out.

use crate::id::AccountId;
use std::fmt;

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A signed-on administrator.
    Person {
        /// The account.
        account: AccountId,
        /// Its user name, for logs and pages.
        name: String,
        /// The password must be changed before anything else is done.
        must_change: bool,
    },
    /// The command line on this machine, through the socket, as this user id.
    Local {
        /// Unix user id of the peer.
        uid: u32,
    },
    /// A monitoring system, which reads figures and does nothing else.
    Monitor,
}

impl Actor {
    /// Whether it may administer: not while a password change is owed.
    pub fn may_administer(&self) -> bool {
        match self {
            Actor::Person { must_change, .. } => !must_change,
            Actor::Local { .. } => true,
            Actor::Monitor => false,
        }
    }

    /// Whether it may read figures about how channels stand.
    pub fn may_read_figures(&self) -> bool {
        matches!(self, Actor::Monitor) || self.may_administer()
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::Person { name, .. } => f.write_str(name),
            Actor::Local { uid } => write!(f, "local:{uid}"),
            Actor::Monitor => f.write_str("monitor"),
        }
    }
}
