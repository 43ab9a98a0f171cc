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
}

impl Actor {
    /// Whether it may administer: not while a password change is owed.
    pub fn may_administer(&self) -> bool {
        !matches!(self, Actor::Person { must_change: true, .. })
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::Person { name, .. } => f.write_str(name),
            Actor::Local { uid } => write!(f, "local:{uid}"),
        }
    }
}
