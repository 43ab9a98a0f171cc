//! One look at a server, step by step, for Test Connection: it says how far it came and what it saw on the way.

use std::net::{IpAddr, SocketAddr};

use http::Method;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use crate::resolve::lookup;
use crate::settings::{authority, redacted};
use crate::verify::explain;
use crate::{CertificateFacts, Client, OutboundError, Phase, Request};

/// What a probe found. Later fields stay empty when an earlier step failed; `failure` says why.
#[derive(Debug)]
pub struct Probe {
    /// The URL, without its query.
    pub url: String,
    /// The addresses its host name has.
    pub addresses: Vec<IpAddr>,
    /// The address that accepted a connection. Stays empty when a proxy is used.
    pub connected: Option<SocketAddr>,
    /// What TLS agreed on; empty for http and when a proxy is used.
    pub tls: Option<TlsFacts>,
    /// Status of a GET without credentials. 401 is a good sign here.
    pub status: Option<u16>,
    /// Where it stopped.
    pub failure: Option<OutboundError>,
}

/// A finished TLS handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFacts {
    /// `TLS 1.2` or `TLS 1.3`.
    pub version: &'static str,
    /// The server's certificate.
    pub certificate: Option<CertificateFacts>,
}

impl Client {
    /// Looks at `url` without credentials: name, connection, certificate, status.
    pub async fn probe(&self, url: &Url) -> Probe {
        let mut probe = Probe { url: redacted(url), addresses: Vec::new(), connected: None, tls: None, status: None, failure: None };
        probe.failure = self.look(url, &mut probe).await.err();
        probe
    }

    async fn look(&self, url: &Url, probe: &mut Probe) -> Result<(), OutboundError> {
        self.settings.check(url)?;
        if self.settings.proxy.is_none() {
            let host = authority(url);
            let limit = self.settings.connect_timeout;
            let late = OutboundError::TimeOut { host, phase: Phase::Connect, after: limit, sent: false };
            match tokio::time::timeout(limit, self.connect(url, probe)).await {
                Ok(done) => done?,
                Err(_) => return Err(late),
            }
        }
        let answer = self.send(Request::to(Method::GET, url.clone())).await?;
        probe.status = Some(answer.status.as_u16());
        Ok(())
    }

    async fn connect(&self, url: &Url, probe: &mut Probe) -> Result<(), OutboundError> {
        let port = url.port_or_known_default().unwrap_or(443);
        let found = match url.host() {
            Some(Host::Ipv4(ip)) => vec![SocketAddr::new(ip.into(), port)],
            Some(Host::Ipv6(ip)) => vec![SocketAddr::new(ip.into(), port)],
            Some(Host::Domain(name)) => {
                lookup(name, port).await.map_err(|failure| OutboundError::Dns { host: name.to_owned(), source: failure.source })?
            }
            None => Vec::new(),
        };
        probe.addresses = found.iter().map(SocketAddr::ip).collect();
        let refused =
            |source: std::io::Error| OutboundError::Connect { address: authority(url), kind: source.kind(), source: source.into() };
        let stream = TcpStream::connect(found.as_slice()).await.map_err(refused)?;
        probe.connected = stream.peer_addr().ok();
        if url.scheme() != "https" {
            return Ok(());
        }
        // URLs write IPv6 addresses in brackets, certificates do not.
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(host).map_err(|_| OutboundError::Url {
            reason: "The host name cannot be used for TLS. Use letters, digits, dots and hyphens.".to_owned(),
        })?;
        match TlsConnector::from(self.tls.clone()).connect(name, stream).await {
            Ok(stream) => {
                let (_, session) = stream.get_ref();
                probe.tls = Some(TlsFacts {
                    version: match session.protocol_version() {
                        Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3",
                        _ => "TLS 1.2",
                    },
                    certificate: session
                        .peer_certificates()
                        .and_then(|chain| chain.first())
                        .and_then(|certificate| CertificateFacts::from_der(certificate)),
                });
                Ok(())
            }
            Err(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                Some(tls) => {
                    let (reason, certificate) = explain(tls);
                    Err(OutboundError::Tls { host: authority(url), reason, certificate })
                }
                None => Err(refused(error)),
            },
        }
    }
}
