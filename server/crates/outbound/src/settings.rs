//! The rules of one client, checked once when it is built.

use std::fmt;
use std::time::Duration;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use url::{Host, Url};

use crate::OutboundError;

/// How a [`Client`](crate::Client) behaves.
#[derive(Clone)]
pub struct Settings {
    /// Allows `http://` to other machines. Loopback is always allowed.
    pub allow_plain_http: bool,
    /// PEM texts of CAs (or single server certificates) trusted besides the platform's; each may hold several certificates.
    pub trusted_pem: Vec<String>,
    /// Time for name resolution, TCP and TLS together. Kept below nine tenths of `total_timeout`, so that a total time-out always
    /// means "sent".
    pub connect_timeout: Duration,
    /// Time for the whole request.
    pub total_timeout: Duration,
    /// The largest answer accepted, in bytes.
    pub max_response_bytes: usize,
    /// Proxy for every request. `None` means none: `HTTP_PROXY` and the like are not read.
    pub proxy: Option<Url>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow_plain_http: false,
            trusted_pem: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            total_timeout: Duration::from_secs(60),
            max_response_bytes: 4 * 1024 * 1024,
            proxy: None,
        }
    }
}

// By hand because a proxy URL may hold a password.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("allow_plain_http", &self.allow_plain_http)
            .field("trusted_pem", &self.trusted_pem.len())
            .field("connect_timeout", &self.connect_timeout)
            .field("total_timeout", &self.total_timeout)
            .field("max_response_bytes", &self.max_response_bytes)
            .field("proxy", &self.proxy.as_ref().map(redacted))
            .finish()
    }
}

/// Why a client cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A trusted certificate is not one.
    #[error("Trusted CA {position} is not a PEM certificate. It must begin with -----BEGIN CERTIFICATE-----.")]
    Certificate {
        /// 1-based position in `trusted_pem`.
        position: usize,
    },
    /// The proxy cannot be used.
    #[error("The proxy URL {url} cannot be used.")]
    Proxy {
        /// Without credentials.
        url: String,
    },
    /// The HTTP or TLS library refused to start.
    #[error("The HTTP client could not be started.")]
    Build {
        /// Its words.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Settings {
    /// Every certificate in `trusted_pem`.
    pub(crate) fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, SettingsError> {
        let mut all = Vec::new();
        for (index, pem) in self.trusted_pem.iter().enumerate() {
            let bad = || SettingsError::Certificate { position: index + 1 };
            let before = all.len();
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                let certificate = certificate.map_err(|_| bad())?;
                // The store is only asked whether it could take the certificate as an anchor.
                rustls::RootCertStore::empty().add(certificate.clone()).map_err(|_| bad())?;
                all.push(certificate);
            }
            if all.len() == before {
                return Err(bad());
            }
        }
        Ok(all)
    }

    /// Whether a request to `url` may be made at all.
    pub(crate) fn check(&self, url: &Url) -> Result<(), OutboundError> {
        let host = url.host().ok_or_else(|| OutboundError::Url { reason: format!("The URL {} has no host name.", redacted(url)) })?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OutboundError::Url {
                reason: format!("The URL {} holds a user name or password. Enter them in their own fields.", redacted(url)),
            });
        }
        match url.scheme() {
            "https" => Ok(()),
            "http" if self.allow_plain_http || is_loopback(&host) => Ok(()),
            "http" => Err(OutboundError::PolicyRefused { host: host.to_string() }),
            other => Err(OutboundError::Url { reason: format!("The URL begins with {other}:, but only https:// can be used.") }),
        }
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

/// A URL fit for logs and messages: no user name, password, query or fragment.
pub fn redacted(url: &Url) -> String {
    let mut shown = url.clone();
    // These fail only for URLs that cannot have the part in the first place.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.set_query(None);
    shown.set_fragment(None);
    let query = if url.query().is_some() { "?…" } else { "" };
    format!("{shown}{query}")
}

/// `host:port` for messages.
pub(crate) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port_or_known_default() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}
