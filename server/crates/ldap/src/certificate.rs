//! What an administrator wants to know about a server's certificate.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::prelude::{ASN1Time, FromDer, GeneralName, X509Certificate};

/// The readable part of one X.509 certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Subject, as in `CN=dc1.example.com, O=Example`.
    pub subject: String,
    /// Issuer, in the same form.
    pub issuer: String,
    /// Host names and addresses it is for (subject alternative names).
    pub names: Vec<String>,
    /// Start of validity, seconds since 1970-01-01 UTC.
    pub not_before: i64,
    /// End of validity, seconds since 1970-01-01 UTC.
    pub not_after: i64,
}

impl CertificateFacts {
    /// Reads a DER certificate; `None` when it is not one.
    pub fn of_der(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let names = certificate
            .subject_alternative_name()
            .ok()
            .flatten()
            .map(|extension| extension.value.general_names.iter().filter_map(name_text).collect())
            .unwrap_or_default();
        Some(Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            names,
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
        })
    }

    /// Whether it names itself as its issuer.
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// The day validity starts, as `2026-11-23` (UTC).
    pub fn starts_on(&self) -> String {
        date(self.not_before)
    }

    /// The day validity ends, as `2026-11-23` (UTC).
    pub fn ends_on(&self) -> String {
        date(self.not_after)
    }

    /// The names it is for, to be read by a person.
    pub fn names_text(&self) -> String {
        if self.names.is_empty() { "no host name at all".into() } else { self.names.join(", ") }
    }
}

/// Every certificate in a PEM text, which may hold several; none for an empty text.
pub(crate) fn parse_pem(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    if pem.trim().is_empty() {
        return Ok(Vec::new());
    }
    let wrong =
        |why: &str| format!("The trusted CA cannot be used: {why}. Paste the certificate as PEM, from -----BEGIN CERTIFICATE----- on.");
    let all = CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<Vec<_>, _>>().map_err(|e| wrong(&e.to_string()))?;
    if all.is_empty() {
        return Err(wrong("there is no certificate in it"));
    }
    if all.iter().any(|der| CertificateFacts::of_der(der).is_none()) {
        return Err(wrong("it is not an X.509 certificate"));
    }
    Ok(all)
}

fn name_text(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match **bytes {
            [a, b, c, d] => Some(std::net::Ipv4Addr::new(a, b, c, d).to_string()),
            _ => <[u8; 16]>::try_from(*bytes).ok().map(|octets| std::net::Ipv6Addr::from(octets).to_string()),
        },
        _ => None,
    }
}

fn date(timestamp: i64) -> String {
    match ASN1Time::from_timestamp(timestamp) {
        Ok(time) => {
            let time = time.to_datetime();
            format!("{:04}-{:02}-{:02}", time.year(), u8::from(time.month()), time.day())
        }
        Err(_) => format!("{timestamp} s after 1970"),
    }
}
