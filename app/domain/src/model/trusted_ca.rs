//! Certificate authorities that connections may trust besides the machine's own.

use crate::id::TrustedCaId;
use serde::{Deserialize, Serialize};

/// A certificate authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedCa {
    /// Given when it is imported.
    pub id: TrustedCaId,
    /// SHA-256 of its certificate.
    pub fingerprint: String,
    /// Its certificate, PEM.
    pub certificate: String,
}
