//! TLS to a directory: the platform's CAs and the Data Store's own, with the reason of a refusal kept for people.

use crate::certificate::{CertificateFacts, parse_pem};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use rustls_platform_verifier::Verifier;
use std::fmt;
use std::sync::Arc;

/// Why a TLS connection was not made, and what to try.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct TlsProblem {
    /// The whole sentence.
    pub sentence: String,
    /// The server's certificate, when it was seen.
    pub certificate: Option<CertificateFacts>,
}

/// Whom a Data Store trusts besides the platform.
#[derive(Debug)]
pub(crate) struct Trust {
    extra: Vec<CertificateDer<'static>>,
    verify_hostname: bool,
}

impl Trust {
    /// `Err` is a sentence about the PEM.
    pub(crate) fn new(trusted_ca: &str, verify_hostname: bool) -> Result<Self, String> {
        Ok(Self { extra: parse_pem(trusted_ca)?, verify_hostname })
    }

    /// TLS 1.2 and newer by aws-lc-rs.
    pub(crate) fn client_config(&self) -> Result<Arc<ClientConfig>, String> {
        let extra = self.extra.clone();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let chain = chain_verifier(&extra, &provider);
        let verifier = Explaining { chain, extra, verify_hostname: self.verify_hostname, provider: provider.clone() };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| format!("TLS cannot be used on this machine: {e}."))?
            .dangerous() // Only the name of the method: the verifier below refuses what the platform refuses.
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(Arc::new(config))
    }
}

/// The platform's verifier; on a machine without any CA, one with the Data Store's alone.
fn chain_verifier(extra: &[CertificateDer<'static>], provider: &Arc<CryptoProvider>) -> Option<Arc<dyn ServerCertVerifier>> {
    match Verifier::new_with_extra_roots(extra.iter().cloned(), provider.clone()) {
        Ok(verifier) => Some(Arc::new(verifier)),
        Err(error) => {
            tracing::warn!(%error, "the machine's trusted CAs cannot be read; only those of the Data Store count");
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(extra.iter().cloned());
            let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build().ok()?;
            Some(verifier)
        }
    }
}

/// A refused certificate, with what is needed to explain it. Travels inside `rustls::Error`.
#[derive(Debug)]
struct Refused {
    error: Error,
    certificate: Option<CertificateFacts>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("certificate refused")
    }
}

impl std::error::Error for Refused {}

#[derive(Debug)]
struct Explaining {
    chain: Option<Arc<dyn ServerCertVerifier>>,
    extra: Vec<CertificateDer<'static>>,
    verify_hostname: bool,
    provider: Arc<CryptoProvider>,
}

impl Explaining {
    /// A pasted certificate that is the server's own: there is no chain to check, only the dates and the name. Domain controllers
    /// with self-signed certificates are common, and webpki refuses those that also say that they are a CA.
    fn verify_pasted(&self, end_entity: &CertificateDer<'_>, name: &ServerName<'_>, now: UnixTime) -> Option<Result<(), Error>> {
        if !self.extra.iter().any(|pasted| pasted.as_ref() == end_entity.as_ref()) {
            return None;
        }
        let facts = CertificateFacts::of_der(end_entity)?;
        let now = i64::try_from(now.as_secs()).ok()?;
        Some(if now > facts.not_after {
            Err(CertificateError::Expired.into())
        } else if now < facts.not_before {
            Err(CertificateError::NotValidYet.into())
        } else {
            ParsedCertificate::try_from(end_entity).and_then(|parsed| verify_server_name(&parsed, name))
        })
    }
}

impl ServerCertVerifier for Explaining {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = match &self.chain {
            Some(chain) => chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now).map(|_| ()),
            None => Err(CertificateError::UnknownIssuer.into()),
        };
        let verdict = match verdict {
            Err(error) => self.verify_pasted(end_entity, server_name, now).unwrap_or(Err(error)),
            ok => ok,
        };
        match verdict {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            // The name is checked last, on a chain that was found good; so only the name is forgiven.
            Err(Error::InvalidCertificate(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }))
                if !self.verify_hostname =>
            {
                Ok(ServerCertVerified::assertion())
            }
            Err(error) => {
                let refused = Refused { error, certificate: CertificateFacts::of_der(end_entity) };
                Err(CertificateError::Other(OtherError(Arc::new(refused))).into())
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Explains a failed handshake with `host`; `None` when TLS was not the reason.
pub(crate) fn explain(error: &std::io::Error, host: &str) -> Option<TlsProblem> {
    use rustls::AlertDescription as Alert;
    let error = error.get_ref()?.downcast_ref::<Error>()?;
    let plain = |sentence: String| Some(TlsProblem { sentence, certificate: None });
    match error {
        Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) => match inner.downcast_ref::<Refused>() {
            Some(refused) => Some(TlsProblem {
                sentence: certificate_sentence(&refused.error, refused.certificate.as_ref(), host),
                certificate: refused.certificate.clone(),
            }),
            None => plain(certificate_sentence(error, None, host)),
        },
        Error::InvalidCertificate(_) => plain(certificate_sentence(error, None, host)),
        Error::InvalidMessage(_) => plain(
            "What answers there does not speak TLS. LDAPS usually is port 636; for port 389 choose StartTLS, or check the port.".into(),
        ),
        Error::AlertReceived(Alert::ProtocolVersion) | Error::PeerIncompatible(_) => {
            plain("The server offers nothing newer than TLS 1.1, or no cipher in common. Let it offer TLS 1.2 or 1.3.".into())
        }
        Error::AlertReceived(Alert::HandshakeFailure) => plain(
            "The server found no cipher in common, has no certificate, or wants a client certificate, which Towpath does not send.".into(),
        ),
        Error::AlertReceived(Alert::CertificateRequired) => {
            plain("The server wants a client certificate, which Towpath does not send.".into())
        }
        Error::AlertReceived(Alert::UnrecognisedName) => {
            plain("The server does not know this host name. Use the name it was installed with.".into())
        }
        other => plain(format!("The TLS handshake failed: {other}. Look into the directory server's log.")),
    }
}

fn certificate_sentence(error: &Error, certificate: Option<&CertificateFacts>, host: &str) -> String {
    let issuer = certificate.map_or("its issuer".to_owned(), |c| format!("‘{}’", c.issuer));
    let Error::InvalidCertificate(error) = error else {
        return format!("The certificate cannot be used: {error}.");
    };
    let untrusted = || match certificate {
        Some(c) if c.is_self_issued() => format!(
            "The certificate ‘{}’ is signed by itself and not trusted here. Paste it as PEM into Trusted CA, after comparing it with the server's.",
            c.subject
        ),
        _ => format!(
            "The certificate is signed by {issuer}, which is not trusted here. Paste the PEM certificate of that CA into Trusted CA."
        ),
    };
    match error {
        CertificateError::UnknownIssuer => untrusted(),
        // webpki says so of a self-signed server certificate that is also a CA; for a person that is an untrusted issuer.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => untrusted(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => format!(
            "The certificate expired on {}. Renew it on the directory server.",
            certificate.map_or("an earlier day".into(), CertificateFacts::ends_on)
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => format!(
            "The certificate is valid only from {}. Check the clocks of this machine and of the directory server.",
            certificate.map_or("a later day".into(), CertificateFacts::starts_on)
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => format!(
            "The certificate is not for ‘{host}’ but for {}. Enter one of those as Hostname, or give the server a certificate with this name.",
            certificate.map_or("other names".into(), CertificateFacts::names_text)
        ),
        CertificateError::Revoked => "The certificate was revoked. Renew it on the directory server.".into(),
        CertificateError::BadSignature => format!(
            "The certificate's signature does not match the trusted CA named {issuer}; that CA was probably renewed. Paste its new PEM certificate into Trusted CA."
        ),
        other => format!("The certificate cannot be used: {other}."),
    }
}
