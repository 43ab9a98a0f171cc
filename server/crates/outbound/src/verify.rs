//! Server certificates: the platform's verdict, extended by certificates an administrator imported, with the reason kept.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, OtherError, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use rustls_platform_verifier::Verifier;

use crate::{CertificateFacts, TlsReason};

/// A refused certificate, with what is needed to explain it. Travels inside `rustls::Error`.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) reason: TlsReason,
    pub(crate) certificate: Option<CertificateFacts>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "certificate refused: {:?}", self.reason)
    }
}

impl std::error::Error for Refused {}

/// TLS 1.2 and newer, aws-lc-rs, platform CAs plus `extra`.
pub(crate) fn client_config(extra: Vec<CertificateDer<'static>>) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    // `extra` was checked before, so an error here means that the machine has no CAs at all. The client is still useful for
    // http on loopback, and for https the message "not signed by a trusted CA" is then the truth.
    let platform = match Verifier::new_with_extra_roots(extra.clone(), provider.clone()) {
        Ok(verifier) => Some(verifier),
        Err(error) => {
            tracing::warn!(%error, "this machine has no trusted CAs; https will be refused until ca-certificates is installed");
            None
        }
    };
    let verifier = Explaining { platform, extra, provider: provider.clone() };
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous() // Only the name of the method: the verifier below refuses everything the platform refuses.
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

#[derive(Debug)]
struct Explaining {
    platform: Option<Verifier>,
    extra: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl Explaining {
    /// An imported certificate that is the server's own: there is no chain to check, only the name and the dates. Administrators
    /// import these for self-signed servers, and webpki refuses them when they also say that they are a CA.
    fn verify_imported(
        &self,
        end_entity: &CertificateDer<'_>,
        server_name: &ServerName<'_>,
        now: UnixTime,
    ) -> Option<Result<ServerCertVerified, rustls::Error>> {
        if !self.extra.iter().any(|imported| imported.as_ref() == end_entity.as_ref()) {
            return None;
        }
        let facts = CertificateFacts::from_der(end_entity)?;
        let now = i64::try_from(now.as_secs()).ok()?;
        Some(if now > facts.not_after {
            Err(CertificateError::Expired.into())
        } else if now < facts.not_before {
            Err(CertificateError::NotValidYet.into())
        } else {
            ParsedCertificate::try_from(end_entity)
                .and_then(|parsed| verify_server_name(&parsed, server_name))
                .map(|()| ServerCertVerified::assertion())
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
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verdict = match &self.platform {
            Some(platform) => platform.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now),
            None => Err(CertificateError::UnknownIssuer.into()),
        };
        let verdict = match verdict {
            Err(error) => self.verify_imported(end_entity, server_name, now).unwrap_or(Err(error)),
            ok => ok,
        };
        verdict.map_err(|error| {
            let refused = Refused { reason: reason(&error), certificate: CertificateFacts::from_der(end_entity) };
            CertificateError::Other(OtherError(Arc::new(refused))).into()
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn reason(error: &rustls::Error) -> TlsReason {
    let rustls::Error::InvalidCertificate(error) = error else {
        return TlsReason::Unusable(error.to_string());
    };
    match error {
        CertificateError::UnknownIssuer => TlsReason::UntrustedIssuer,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsReason::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsReason::NotYetValid,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => TlsReason::WrongHostName,
        CertificateError::Revoked => TlsReason::Revoked,
        CertificateError::BadSignature => {
            TlsReason::Unusable("its signature does not match the trusted CA of the same name; the CA was probably renewed".to_owned())
        }
        // webpki says so of a self-signed server certificate that is also a CA; for a person that is an untrusted issuer.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => TlsReason::UntrustedIssuer,
        other => TlsReason::Unusable(other.to_string()),
    }
}

/// Explains a TLS error; see [`Refused`] for the part about certificates.
pub(crate) fn explain(error: &rustls::Error) -> (TlsReason, Option<Box<CertificateFacts>>) {
    use rustls::{AlertDescription, Error};
    let handshake = |why: &str| (TlsReason::Handshake(why.to_owned()), None);
    match error {
        Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) => match inner.downcast_ref::<Refused>() {
            Some(refused) => (refused.reason.clone(), refused.certificate.clone().map(Box::new)),
            None => (reason(error), None),
        },
        Error::InvalidCertificate(_) => (reason(error), None),
        Error::InvalidMessage(_) => {
            handshake("what answers on this port does not speak TLS; check the port, and whether the URL should begin with http://")
        }
        Error::AlertReceived(AlertDescription::ProtocolVersion) | Error::PeerIncompatible(_) => {
            handshake("the server offers nothing newer than TLS 1.1, or no cipher in common; it must allow TLS 1.2")
        }
        Error::AlertReceived(AlertDescription::HandshakeFailure) => {
            handshake("the server found no cipher in common, or wants a client certificate, which Towpath does not send")
        }
        Error::AlertReceived(AlertDescription::CertificateRequired) => {
            handshake("the server wants a client certificate, which Towpath does not send")
        }
        Error::AlertReceived(AlertDescription::UnrecognisedName) => handshake("the server does not know this host name"),
        other => handshake(&other.to_string()),
    }
}
