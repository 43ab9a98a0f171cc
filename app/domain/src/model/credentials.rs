//! Credentials of an SP Connection: the key that signs what is sent to the partner, and the certificates that verify what comes.

use super::around::Around;
use super::data_store::choices;
use crate::id::SigningKeyId;
use serde::{Deserialize, Serialize};

/// What *Configure Credentials* holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Credentials {
    /// Signing Certificate.
    pub signing_key: Option<SigningKeyId>,
    /// Signing Algorithm.
    pub algorithm: SigningAlgorithm,
    /// Include the certificate in the signature's `KeyInfo` element.
    pub include_certificate: bool,
    /// Signature verification: what any of them verifies is the partner's. While the partner changes its key there are two.
    pub verification: Vec<VerificationCertificate>,
    /// What Browser SSO wants of them, which decides what is asked.
    #[serde(skip)]
    pub wanted: Around<Wanted>,
}

/// What Browser SSO wants of the credentials.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// The partner sends messages that it may sign.
    pub messages: bool,
    /// Messages without a good signature are refused.
    pub signatures: bool,
}

choices! {
    /// How messages are signed; the kind of key decides which of them it can do.
    #[derive(Default)]
    SigningAlgorithm {
        /// Every RSA key.
        #[default]
        RsaSha256 = "rsa_sha256", "RSA SHA256";
        /// EC keys on P-256.
        EcdsaSha256 = "ecdsa_sha256", "ECDSA SHA256";
        /// EC keys on P-384.
        EcdsaSha384 = "ecdsa_sha384", "ECDSA SHA384";
    }
}

/// A certificate of the partner, with what people read of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationCertificate {
    /// DER in base64, on one line.
    pub der: String,
    /// Its subject.
    pub subject: String,
    /// End of validity (unix ms).
    pub not_after: i64,
    /// The day validity ends, as `2026-11-23`.
    pub ends_on: String,
}

impl VerificationCertificate {
    /// A short name of it that no other certificate has: the end of its signature.
    pub fn tail(&self) -> &str {
        self.der.get(self.der.len().saturating_sub(24)..).unwrap_or(&self.der)
    }
    /// Subject and end of validity, on one line.
    pub fn words(&self) -> String {
        format!("{} (until {})", self.subject, self.ends_on)
    }
}
