//! What a person wants to know about a server's certificate.

use x509_parser::prelude::{ASN1Time, FromDer, GeneralName, X509Certificate};

/// The readable part of one X.509 certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Subject, as in `CN=scim.example.com, O=Example`.
    pub subject: String,
    /// Issuer, in the same form.
    pub issuer: String,
    /// Host names and addresses the certificate is for (subject alternative names).
    pub names: Vec<String>,
    /// Start of validity, seconds since 1970-01-01 UTC.
    pub not_before: i64,
    /// End of validity, seconds since 1970-01-01 UTC.
    pub not_after: i64,
}

impl CertificateFacts {
    /// Reads a DER certificate; `None` when it is not one.
    pub fn from_der(der: &[u8]) -> Option<Self> {
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

    /// Whether the certificate names itself as its issuer.
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// The day validity starts, as `2026-11-23` (UTC).
    pub fn not_before_date(&self) -> String {
        date(self.not_before)
    }

    /// The day validity ends, as `2026-11-23` (UTC).
    pub fn not_after_date(&self) -> String {
        date(self.not_after)
    }
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
