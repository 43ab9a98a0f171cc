//! Signatures of others over octets: which algorithms count, and which certificates.

use super::verify::SignatureFault;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::x509::SubjectPublicKeyInfo;

/// How a service provider may sign. What is not here does not count: SHA-1, and all that needs no private key, such as HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    RsaSha256,
    RsaSha384,
    RsaSha512,
    /// On P-256.
    EcdsaSha256,
    /// On P-384.
    EcdsaSha384,
}

/// How an ECDSA signature is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// In XML: both numbers, one behind the other.
    Xml,
    /// In an address, where implementations differ: as in XML, or in ASN.1.
    Query,
}

impl Algorithm {
    /// By its identifier (RFC 9231, 2.3).
    pub(crate) fn of(identifier: &str) -> Option<Self> {
        Some(match identifier {
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256" => Algorithm::RsaSha256,
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384" => Algorithm::RsaSha384,
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" => Algorithm::RsaSha512,
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256" => Algorithm::EcdsaSha256,
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384" => Algorithm::EcdsaSha384,
            _ => return None,
        })
    }

    /// Which of the certificates (DER) verifies a signature over octets. Only these count, never one that the message brings along,
    /// and their dates do not: whoever configured them decides how long they are trusted.
    pub(crate) fn verify(self, octets: &[u8], signature: &[u8], form: Form, certificates: &[Vec<u8>]) -> Result<usize, SignatureFault> {
        let mut fitting = 0;
        for (at, certificate) in certificates.iter().enumerate() {
            let Ok((_, certificate)) = X509Certificate::from_der(certificate) else { continue };
            let key = certificate.public_key();
            if !self.takes(key) {
                continue;
            }
            fitting += 1;
            let is_good = |algorithm: &'static dyn VerificationAlgorithm| {
                UnparsedPublicKey::new(algorithm, key.subject_public_key.data.as_ref()).verify(octets, signature).is_ok()
            };
            if self.forms(form).iter().any(|algorithm| is_good(*algorithm)) {
                return Ok(at);
            }
        }
        match fitting {
            0 => Err(SignatureFault::OtherKind),
            _ => Err(SignatureFault::Value),
        }
    }

    /// Whether a key is of the kind that signs in this way.
    fn takes(self, key: &SubjectPublicKeyInfo<'_>) -> bool {
        let kind = key.algorithm.algorithm.to_id_string();
        let curve = key.algorithm.parameters.as_ref().and_then(|curve| curve.as_oid().ok()).map(|curve| curve.to_id_string());
        match self {
            Algorithm::RsaSha256 | Algorithm::RsaSha384 | Algorithm::RsaSha512 => kind == "1.2.840.113549.1.1.1",
            Algorithm::EcdsaSha256 => kind == "1.2.840.10045.2.1" && curve.as_deref() == Some("1.2.840.10045.3.1.7"),
            Algorithm::EcdsaSha384 => kind == "1.2.840.10045.2.1" && curve.as_deref() == Some("1.3.132.0.34"),
        }
    }

    fn forms(self, form: Form) -> &'static [&'static dyn VerificationAlgorithm] {
        match (self, form) {
            (Algorithm::RsaSha256, _) => &[&RSA_PKCS1_2048_8192_SHA256],
            (Algorithm::RsaSha384, _) => &[&RSA_PKCS1_2048_8192_SHA384],
            (Algorithm::RsaSha512, _) => &[&RSA_PKCS1_2048_8192_SHA512],
            (Algorithm::EcdsaSha256, Form::Xml) => &[&ECDSA_P256_SHA256_FIXED],
            (Algorithm::EcdsaSha256, Form::Query) => &[&ECDSA_P256_SHA256_FIXED, &ECDSA_P256_SHA256_ASN1],
            (Algorithm::EcdsaSha384, Form::Xml) => &[&ECDSA_P384_SHA384_FIXED],
            (Algorithm::EcdsaSha384, Form::Query) => &[&ECDSA_P384_SHA384_FIXED, &ECDSA_P384_SHA384_ASN1],
        }
    }
}
