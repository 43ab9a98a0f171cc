//! What stops a channel or a call, with the sentence an administrator sees.

use outbound::OutboundError;

/// What a failure means for the channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It may work later, with nothing changed.
    Transient,
    /// The credentials are refused: stop at once.
    Auth,
    /// The target refuses this one request.
    Rejected,
    /// The configuration must be changed first.
    Config,
}

/// Why a call has no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum ScimError {
    /// The connection's settings cannot work.
    #[error("{reason}")]
    Config {
        /// A sentence.
        reason: String,
    },
    /// No answer. The sentence is that of the HTTP client.
    #[error(transparent)]
    Unreachable(OutboundError),
    /// 401 or 403.
    #[error("{}", refused_sentence(*status, detail))]
    Refused {
        /// HTTP status.
        status: u16,
        /// What the target said.
        detail: String,
        /// The target's id of the request.
        request_id: Option<String>,
    },
    /// The token endpoint gives no token.
    #[error("The Token Request Endpoint gave no token ({status}): {detail} Check Client ID, Client Secret and Scope on the Target tab.")]
    Token {
        /// HTTP status.
        status: u16,
        /// What it said, as a sentence.
        detail: String,
    },
    /// 408, 425, 429 or 5xx to every try.
    #[error("The target is too busy or out of order ({status}) and stayed so over several tries: {detail}")]
    Busy {
        /// HTTP status of the last try.
        status: u16,
        /// What the target said, as a sentence.
        detail: String,
        /// The target's id of the request.
        request_id: Option<String>,
    },
    /// Any other status that is no success.
    #[error("The target refused to {what} ({status}): {detail}")]
    Rejected {
        /// What was asked, as in `list users`.
        what: String,
        /// HTTP status.
        status: u16,
        /// What the target said, as a sentence.
        detail: String,
        /// The target's id of the request.
        request_id: Option<String>,
    },
    /// A success that makes no sense.
    #[error("The target answered the request to {what} in a way that cannot be used: {reason}")]
    Answer {
        /// What was asked.
        what: String,
        /// What is wrong with the answer, as a sentence.
        reason: String,
        /// The target's id of the request.
        request_id: Option<String>,
    },
    /// More than one object where one was looked for.
    #[error("{count} objects at the target have the {attribute} “{value}”. Remove all but one of them there.")]
    Ambiguous {
        /// The match attribute.
        attribute: String,
        /// The value.
        value: String,
        /// How many.
        count: usize,
    },
}

impl ScimError {
    /// What it means for the channel.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Config { .. } => Kind::Config,
            Self::Unreachable(error) if error.is_transient() => Kind::Transient,
            Self::Unreachable(_) => Kind::Config,
            Self::Refused { .. } | Self::Token { .. } => Kind::Auth,
            Self::Busy { .. } => Kind::Transient,
            Self::Rejected { .. } | Self::Answer { .. } | Self::Ambiguous { .. } => Kind::Rejected,
        }
    }

    /// The target's id of the request, for its support.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Refused { request_id, .. }
            | Self::Busy { request_id, .. }
            | Self::Rejected { request_id, .. }
            | Self::Answer { request_id, .. } => request_id.as_deref(),
            _ => None,
        }
    }

    pub(crate) fn config(reason: impl Into<String>) -> Self {
        Self::Config { reason: reason.into() }
    }
}

fn refused_sentence(status: u16, detail: &str) -> String {
    match status {
        401 => format!(
            "The target does not accept the credentials (401): {detail} The token may have expired, or the URL may belong to another tenant. Enter a new token on the Target tab."
        ),
        _ => format!(
            "The target accepts the credentials but does not allow this ({status}): {detail} Give them the right to provision users and groups there."
        ),
    }
}
