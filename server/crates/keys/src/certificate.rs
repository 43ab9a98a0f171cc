//! Certificates, for people and for files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use sha2::{Digest as _, Sha256};
use x509_parser::objects::{oid_registry, oid2abbrev};
use x509_parser::prelude::{ASN1Time, AttributeTypeAndValue, FromDer as _, X509Certificate, X509Name};
use x509_parser::public_key::PublicKey;

/// Most certificates in one text.
const MOST: usize = 100;

/// The readable part of one X.509 certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Subject, as in `CN=sso.example.com, O=Example`.
    pub subject: String,
    /// Its common name; the whole subject where there is none.
    pub name: String,
    /// Issuer, in the form of the subject.
    pub issuer: String,
    /// Serial number: hexadecimal pairs with colons between.
    pub serial: String,
    /// SHA-256 of the certificate: upper-case hexadecimal pairs with colons between.
    pub fingerprint: String,
    /// Kind of key, as in `RSA 2048`.
    pub algorithm: String,
    /// Start of validity, unix ms.
    pub not_before: i64,
    /// End of validity, unix ms.
    pub not_after: i64,
    /// It says that it may issue other certificates.
    pub is_ca: bool,
}

impl CertificateFacts {
    /// Reads a DER certificate; `None` when it is not one.
    pub fn of_der(der: &[u8]) -> Option<Self> {
        let (rest, certificate) = X509Certificate::from_der(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let subject = distinguished_name(certificate.subject());
        let name = certificate.subject().iter_common_name().next().and_then(|cn| cn.as_str().ok());
        Some(Self {
            name: name.filter(|name| !name.is_empty()).unwrap_or(&subject).to_owned(),
            issuer: distinguished_name(certificate.issuer()),
            serial: certificate.raw_serial_as_string().to_uppercase(),
            fingerprint: pairs(&Sha256::digest(der)),
            algorithm: algorithm(&certificate),
            not_before: certificate.validity().not_before.timestamp().saturating_mul(1000),
            not_after: certificate.validity().not_after.timestamp().saturating_mul(1000),
            is_ca: certificate.is_ca(),
            subject,
        })
    }

    /// Reads the first certificate of a PEM text.
    pub fn of_pem(pem: &str) -> Option<Self> {
        CertificateDer::from_pem_slice(pem.as_bytes()).ok().and_then(|der| Self::of_der(&der))
    }

    /// The day validity ends, as `2026-11-23` (UTC).
    pub fn ends_on(&self) -> String {
        match ASN1Time::from_timestamp(self.not_after / 1000) {
            Ok(time) => {
                let time = time.to_datetime();
                format!("{:04}-{:02}-{:02}", time.year(), u8::from(time.month()), time.day())
            }
            Err(_) => "the end of time".to_owned(),
        }
    }

    /// The fingerprint without colons, for names.
    pub fn fingerprint_id(&self) -> String {
        self.fingerprint.replace(':', "").to_lowercase()
    }
}

/// A name as RFC 4514 writes it: the most particular part first.
fn distinguished_name(name: &X509Name<'_>) -> String {
    let parts: Vec<_> = name.iter_rdn().map(|rdn| rdn.iter().map(attribute).collect::<Vec<_>>().join("+")).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join(", ")
}

fn attribute(attribute: &AttributeTypeAndValue<'_>) -> String {
    let kind = attribute.attr_type();
    let kind = oid2abbrev(kind, oid_registry()).map_or_else(|_| kind.to_id_string(), str::to_owned);
    let Ok(value) = attribute.as_str() else { return format!("{kind}=#{}", hex::encode(attribute.as_slice())) };
    let mut text = format!("{kind}=");
    for (at, c) in value.char_indices() {
        if matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';') || (at == 0 && matches!(c, '#' | ' ')) {
            text.push('\\');
        }
        text.push(if c.is_control() { ' ' } else { c });
    }
    text
}

fn pairs(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

fn algorithm(certificate: &X509Certificate<'_>) -> String {
    let parsed = certificate.public_key().parsed();
    match parsed {
        Ok(PublicKey::RSA(key)) => format!("RSA {}", key.key_size()),
        Ok(PublicKey::EC(point)) => match point.key_size() {
            256 => "EC P-256".to_owned(),
            384 => "EC P-384".to_owned(),
            521 | 528 => "EC P-521".to_owned(),
            bits => format!("EC {bits}"),
        },
        Ok(PublicKey::DSA(_)) => "DSA".to_owned(),
        _ => match certificate.public_key().algorithm.algorithm.to_id_string().as_str() {
            "1.3.101.112" => "Ed25519".to_owned(),
            other => format!("key of kind {other}"),
        },
    }
}

/// A certificate in PEM, its text in lines of 64 characters (RFC 7468).
pub fn pem(der: &[u8]) -> String {
    labelled("CERTIFICATE", der)
}

pub(crate) fn labelled(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = String::with_capacity(text.len() + text.len() / 64 + 64);
    pem.push_str(&format!("-----BEGIN {label}-----\n"));
    for line in text.as_bytes().chunks(64) {
        // Base64 is ASCII.
        pem.push_str(std::str::from_utf8(line).unwrap_or_default());
        pem.push('\n');
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}

/// Every certificate of a file: PEM with one or several, or one in DER. Fails with a sentence for the person who chose it.
pub fn read_certificates(file: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    if file.iter().all(u8::is_ascii_whitespace) {
        return Err("Choose a file with a certificate, or paste one.".to_owned());
    }
    if file.windows(11).any(|part| part == b"PRIVATE KEY") {
        return Err("This holds a private key. Give only certificates (-----BEGIN CERTIFICATE-----).".to_owned());
    }
    if !file.windows(17).any(|part| part == b"BEGIN CERTIFICATE") {
        return match CertificateFacts::of_der(file) {
            Some(_) => Ok(vec![file.to_vec()]),
            None => Err("There is no certificate in it. Give one in PEM form (-----BEGIN CERTIFICATE-----) or in DER form.".to_owned()),
        };
    }
    let mut found: Vec<Vec<u8>> = Vec::new();
    for (at, certificate) in CertificateDer::pem_slice_iter(file).enumerate() {
        let unreadable =
            || format!("Certificate {} of this text cannot be read; copy it again, including its BEGIN and END lines.", at + 1);
        let der = certificate.map_err(|_| unreadable())?;
        CertificateFacts::of_der(&der).ok_or_else(unreadable)?;
        if found.len() == MOST {
            return Err(format!("There are more than {MOST} certificates in it. Give those that are needed."));
        }
        if !found.iter().any(|other| other.as_slice() == der.as_ref()) {
            found.push(der.to_vec());
        }
    }
    match found.is_empty() {
        true => Err("The certificate in it is cut off; copy it again, including its END line.".to_owned()),
        false => Ok(found),
    }
}
