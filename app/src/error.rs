//! What the browser may see of an error. Small, without secrets and without anything that was typed: without JavaScript it
//! travels in a URL.

use crate::routes::Page;
use domain::id::{ConnectionId, DataStoreId, IdpAdapterId, PcvId, SigningKeyId, TrustedCaId};
use domain::problem::Problems;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// What the browser may see of an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum AppError {
    /// What was typed has problems.
    #[error("Some entries have problems.")]
    Invalid(Problems),
    /// There is no such object (any more).
    #[error("This is not there any more. It may have been deleted in another window.")]
    NotFound,
    /// The draft was saved or thrown away, here or in another window.
    #[error("{}", closed(*.saved, .when))]
    Closed {
        /// It was saved.
        saved: bool,
        /// When, in words.
        when: String,
        /// Where a post begins to change what was saved.
        edit: Option<String>,
        /// The tab with what was typed after that, when it is kept.
        kept: Option<String>,
    },
    /// Somebody else changed the object meanwhile.
    #[error("{who} changed this meanwhile. Reload the page to see the change.")]
    Conflict {
        /// Who, or what.
        who: String,
    },
    /// It cannot be done now, and this says why and what to do.
    #[error("{why}")]
    Refused {
        /// A sentence.
        why: String,
    },
    /// It cannot be deleted because something uses it, and this says what.
    #[error("{why}")]
    InUse {
        /// A sentence.
        why: String,
        /// Whose users are to be looked at.
        of: Used,
    },
    /// Nobody is signed on.
    #[error("Sign on first.")]
    SignIn,
    /// The account may not do this.
    #[error("Your account may not do this.")]
    Forbidden,
    /// A part of the server is not available now.
    #[error("This is not available at the moment. Try again shortly.")]
    Unavailable,
    /// Something failed that should not; the log has the rest under this code.
    #[error("Something went wrong on the server. The log has the details under code {code}.")]
    Internal {
        /// Found in `server.log`.
        code: String,
    },
    /// The browser could not talk to the server.
    #[error("The server could not be reached: {0}")]
    Transport(ServerFnErrorErr),
}

fn closed(saved: bool, when: &str) -> String {
    match saved {
        true => format!("This draft was saved already, {when}, here or in another window. Nothing was saved a second time."),
        false => format!("This draft was thrown away, {when}, here or in another window. What was saved before stays as it is."),
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(value: ServerFnErrorErr) -> Self {
        AppError::Transport(value)
    }
}

/// An object that is used, for a link to its users. An id and no address: errors come back in addresses, where anybody may write them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Used {
    /// A Data Store.
    DataStore(DataStoreId),
    /// A Password Credential Validator.
    Pcv(PcvId),
    /// An IdP Adapter.
    IdpAdapter(IdpAdapterId),
    /// An SP Connection.
    SpConnection(ConnectionId),
    /// A signing key.
    SigningKey(SigningKeyId),
    /// A trusted CA.
    TrustedCa(TrustedCaId),
}

impl Used {
    /// The page that lists its users.
    pub fn page(self) -> Page {
        match self {
            Used::DataStore(id) => Page::DataStoreUsage(id),
            Used::Pcv(id) => Page::PcvUsage(id),
            Used::IdpAdapter(id) => Page::IdpAdapterUsage(id),
            Used::SpConnection(id) => Page::SpConnectionUsage(id),
            Used::SigningKey(id) => Page::SigningKey(id),
            Used::TrustedCa(id) => Page::TrustedCaUsage(id),
        }
    }
}
