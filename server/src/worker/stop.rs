//! Why a cycle ends before its plan is carried out.

use std::error::Error;

/// Why a cycle ends early, in a sentence for the administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) kind: StopKind,
    pub(crate) sentence: String,
}

/// What follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StopKind {
    /// Somebody stopped it: Pause, a switch, a shutdown.
    Cancelled,
    /// Credentials or configuration were refused: nothing changes by trying again.
    Refused,
    /// It may go well later.
    Failed,
    /// The database could not be read or written.
    Database,
}

impl Stop {
    pub(crate) fn cancelled() -> Self {
        Self { kind: StopKind::Cancelled, sentence: "Stopped. What was begun was finished and recorded.".into() }
    }
    pub(crate) fn refused(sentence: impl Into<String>) -> Self {
        Self { kind: StopKind::Refused, sentence: sentence.into() }
    }
    pub(crate) fn failed(sentence: impl Into<String>) -> Self {
        Self { kind: StopKind::Failed, sentence: sentence.into() }
    }
    /// The database failed; the log has the cause.
    pub(crate) fn store(error: &store::StoreError) -> Self {
        tracing::error!(target: crate::telemetry::PROVISIONER, error = error as &dyn Error, "the database failed during a cycle");
        Self { kind: StopKind::Database, sentence: database(error) }
    }
}

/// What a failure of the database means for the administrator.
pub(crate) fn database(error: &store::StoreError) -> String {
    match error {
        store::StoreError::Full { .. } | store::StoreError::Locked { .. } => format!("Nothing is provisioned: {error}."),
        error => format!("The database failed: {error}. The log has the details."),
    }
}
