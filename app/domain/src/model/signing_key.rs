//! Keys this server signs with.

use super::data_store::choices;
use crate::id::SigningKeyId;
use crate::secret::Sealed;
use serde::{Deserialize, Serialize};

/// A signing key: what signs now, and, while it is being rotated, what will.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    /// Given when it is made.
    pub id: SigningKeyId,
    /// What signs.
    pub active: KeyPair,
    /// What will sign. Its certificate is published beside the active one, so that partners know it before it is used.
    pub next: Option<KeyPair>,
}

/// A private key with its certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPair {
    /// The certificate, PEM.
    pub certificate: String,
    /// The private key (PKCS#8, PEM), sealed; bound to the certificate's fingerprint.
    pub private_key: Sealed,
}

/// Whose certificate a new key gets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// CN.
    pub common_name: String,
    /// O.
    pub organization: String,
    /// OU.
    pub organizational_unit: String,
    /// L.
    pub city: String,
    /// ST.
    pub state: String,
    /// C, two letters.
    pub country: String,
}

/// A key to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSigningKey {
    /// Given when the draft is begun.
    pub id: SigningKeyId,
    /// Whose certificate.
    pub subject: Subject,
    /// How long the certificate is valid.
    pub validity_days: u32,
    /// What kind of key.
    pub algorithm: KeyAlgorithm,
}

impl NewSigningKey {
    /// With the usual choices: partners exchange certificates by hand, so one lasts three years.
    pub fn new(id: SigningKeyId) -> Self {
        Self { id, subject: Subject::default(), validity_days: 3 * 365, algorithm: KeyAlgorithm::Rsa2048 }
    }
}

choices! {
    /// Kinds of keys that can be made.
    KeyAlgorithm {
        /// Understood by every service provider.
        Rsa2048 = "rsa_2048", "RSA 2048";
        /// Longer, and slower to sign with.
        Rsa4096 = "rsa_4096", "RSA 4096";
        /// Shorter and faster; ask the partner first.
        EcP256 = "ec_p256", "EC P-256";
        /// Likewise.
        EcP384 = "ec_p384", "EC P-384";
    }
}

/// Before a certificate ends, this many days of warning.
pub const WARNING_DAYS: i64 = 60;
