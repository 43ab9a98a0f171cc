//! New keys with self-signed certificates.

use crate::certificate::{CertificateFacts, labelled, pem};
use domain::model::signing_key::{KeyAlgorithm, Subject};
use domain::secret::Secret;
use rcgen::string::PrintableString;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, DnValue, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256,
    RsaKeySize, SerialNumber, date_time_ymd,
};
use std::time::Duration;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// A private key and its certificate, not kept anywhere yet.
#[derive(Clone, Debug)]
pub struct Made {
    /// PKCS#8 in PEM.
    pub private_key: Secret,
    /// PEM.
    pub certificate: String,
}

/// Why no key was made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// The validity is outside what a certificate can say.
    #[error("a certificate cannot be valid for this long")]
    Validity,
    /// The system gave no randomness, or the subject cannot be written.
    #[error("the key or its certificate could not be made")]
    Failed(#[source] rcgen::Error),
    /// The certificate to be continued cannot be read.
    #[error("the present certificate cannot be read")]
    Unreadable,
    /// The system gave no randomness.
    #[error("the system gives no random bytes for a serial number")]
    Random,
}

/// A new key with a certificate for a subject, valid from a time (unix ms) for some days. Takes a while for RSA: not for an async task.
pub fn make(subject: &Subject, algorithm: KeyAlgorithm, from: i64, days: u32) -> Result<Made, MakeError> {
    let mut name = DistinguishedName::new();
    for (kind, value) in [
        (DnType::CountryName, &subject.country),
        (DnType::StateOrProvinceName, &subject.state),
        (DnType::LocalityName, &subject.city),
        (DnType::OrganizationName, &subject.organization),
        (DnType::OrganizationalUnitName, &subject.organizational_unit),
        (DnType::CommonName, &subject.common_name),
    ] {
        match (&kind, value.as_str()) {
            (_, "") => {}
            // Two letters, and of a narrower kind of text than the others (RFC 5280, appendix A).
            (DnType::CountryName, country) => {
                let country = PrintableString::try_from(country.to_uppercase()).map_err(MakeError::Failed)?;
                name.push(kind, DnValue::PrintableString(country));
            }
            (_, value) => name.push(kind, value),
        }
    }
    make_named(name, algorithm, from, days)
}

/// A new key to follow a certificate: for the same subject, of the same kind, valid as long.
pub fn make_like(certificate: &str, from: i64) -> Result<Made, MakeError> {
    let der = crate::read_certificates(certificate.as_bytes()).map_err(|_| MakeError::Unreadable)?;
    let facts = der.first().and_then(|der| CertificateFacts::of_der(der)).ok_or(MakeError::Unreadable)?;
    let (_, parsed) = der.first().and_then(|der| X509Certificate::from_der(der).ok()).ok_or(MakeError::Unreadable)?;
    let mut name = DistinguishedName::new();
    for attribute in parsed.subject().iter_attributes() {
        let (Some(oid), Ok(value)) = (attribute.attr_type().iter(), attribute.as_str()) else { continue };
        name.push(DnType::from_oid(&oid.collect::<Vec<_>>()), value);
    }
    let algorithm = match facts.algorithm.as_str() {
        "EC P-256" => KeyAlgorithm::EcP256,
        "EC P-384" => KeyAlgorithm::EcP384,
        rsa => match rsa.strip_prefix("RSA ").and_then(|bits| bits.parse::<u32>().ok()) {
            Some(bits) if bits > 2048 => KeyAlgorithm::Rsa4096,
            _ => KeyAlgorithm::Rsa2048,
        },
    };
    let days = (facts.not_after - facts.not_before) / (24 * 60 * 60 * 1000);
    make_named(name, algorithm, from, u32::try_from(days.clamp(1, 36_500)).unwrap_or(1))
}

fn make_named(name: DistinguishedName, algorithm: KeyAlgorithm, from: i64, days: u32) -> Result<Made, MakeError> {
    let from = u64::try_from(from / 1000).map_err(|_| MakeError::Validity)?;
    // The last day that a certificate can name is in the year 9999; far below it is enough.
    let until =
        from.checked_add(u64::from(days) * 24 * 60 * 60).filter(|until| *until < 200 * 366 * 24 * 60 * 60).ok_or(MakeError::Validity)?;
    let key = match algorithm {
        KeyAlgorithm::Rsa2048 => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048),
        KeyAlgorithm::Rsa4096 => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_4096),
        KeyAlgorithm::EcP256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
        KeyAlgorithm::EcP384 => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384),
    }
    .map_err(MakeError::Failed)?;
    let epoch = date_time_ymd(1970, 1, 1);
    let mut params = CertificateParams::default();
    params.distinguished_name = name;
    params.not_before = epoch + Duration::from_secs(from);
    params.not_after = epoch + Duration::from_secs(until);
    params.serial_number = Some(serial()?);
    let certificate = params.self_signed(&key).map_err(MakeError::Failed)?;
    let mut der = zeroize::Zeroizing::new(key.serialize_der());
    let private_key = Secret::new(labelled("PRIVATE KEY", &der));
    zeroize::Zeroize::zeroize(&mut *der);
    Ok(Made { private_key, certificate: pem(certificate.der()) })
}

/// 16 random bytes, positive and not beginning with zero.
fn serial() -> Result<SerialNumber, MakeError> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| MakeError::Random)?;
    bytes[0] = bytes[0] & 0x3f | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}
