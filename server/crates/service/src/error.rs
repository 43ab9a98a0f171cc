//! What a use case can answer instead of a result.

use domain::problem::Problems;
use store::StoreError;

/// What a use case can answer instead of a result.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// What was typed has problems.
    #[error("some entries have problems: {}", sentences(.0))]
    Invalid(Problems),
    /// There is no such object.
    #[error("there is no such object")]
    NotFound,
    /// The draft was saved or thrown away, in another window or before.
    #[error("the draft is not there any more")]
    Closed {
        /// What is remembered of it.
        closed: Box<store::ClosedDraft>,
        /// The tab that has what was typed after it was saved.
        kept: Option<crate::drafts::Next>,
    },
    /// Somebody else changed it meanwhile.
    #[error("{who} changed it meanwhile")]
    Conflict {
        /// Who.
        who: String,
    },
    /// It cannot be done now; a sentence says why and what to do.
    #[error("{why}")]
    Refused {
        /// The sentence.
        why: String,
    },
    /// It cannot be deleted because something uses it; a sentence says what.
    #[error("{why}")]
    InUse {
        /// The sentence.
        why: String,
    },
    /// The actor may not do this.
    #[error("the account may not do this")]
    Forbidden,
    /// The store failed.
    #[error("the database failed")]
    Store(#[source] StoreError),
    /// A secret could not be opened or sealed.
    #[error("a stored secret could not be opened")]
    Seal(#[source] store::SealError),
    /// Something failed that should not.
    #[error("{what}")]
    Broken {
        /// What.
        what: String,
    },
}

impl ServiceError {
    /// A refusal with its sentence.
    pub fn refused(why: impl Into<String>) -> Self {
        Self::Refused { why: why.into() }
    }
    /// Something that should not happen.
    pub fn broken(what: impl Into<String>) -> Self {
        Self::Broken { what: what.into() }
    }
}

/// An error with its causes, outermost first.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn sentences(problems: &Problems) -> String {
    problems.0.iter().map(|p| p.message.as_str()).collect::<Vec<_>>().join(" ")
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stale { by } => Self::Conflict { who: by },
            StoreError::Gone { .. } => Self::NotFound,
            StoreError::Taken { what } => Self::Invalid(match what {
                "name" => Problems::at("name", "This name is already taken; choose another."),
                "entity_id" => Problems::at("entity_id", "Another connection already has this entity ID; each must be unique."),
                "instance_id" => Problems::at("instance_id", "This Instance ID is already taken; choose another."),
                "logout_path" => Problems::at("logout_path", "Another IdP Adapter already has this Logout Path; each must be unique."),
                other => Problems::at("", format!("This {other} is already taken.")),
            }),
            other => Self::Store(other),
        }
    }
}

impl From<store::SealError> for ServiceError {
    fn from(error: store::SealError) -> Self {
        Self::Seal(error)
    }
}
