//! Making one connection: address, TCP, TLS, and what was met on the way.

use crate::certificate::CertificateFacts;
use crate::connection::{Connection, Stream};
use crate::error::LdapError;
use crate::resolve::{Resolver, Server};
use crate::tls::{self, Trust};
use domain::model::data_store::{LdapSettings, TlsMode};
use domain::text::host::{HostPort, parse_hosts};
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// What was met while connecting, up to where it stopped; Test Connection shows it.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) connected: Option<SocketAddr>,
    pub(crate) start_tls_agreed: bool,
    pub(crate) tls: Option<TlsFacts>,
}

/// An encrypted connection as it came out.
#[derive(Debug)]
pub(crate) struct TlsFacts {
    pub(crate) version: &'static str,
    pub(crate) certificate: Option<CertificateFacts>,
}

/// Connects as a Data Store says.
pub(crate) struct Dialer {
    hosts: Vec<HostPort>,
    pub(crate) tls: TlsMode,
    srv_prefix: Option<String>,
    trust: Trust,
    /// Made when the first TLS connection is: reading the machine's CAs takes longer than a small cycle.
    config: OnceLock<Arc<ClientConfig>>,
    resolver: Resolver,
    connection_timeout: Duration,
    read_timeout: Duration,
}

impl Dialer {
    pub(crate) fn new(settings: &LdapSettings, name_server: Option<SocketAddr>) -> Result<Self, LdapError> {
        let config = |sentence| LdapError::Settings { sentence };
        let hosts = parse_hosts(&settings.hostnames).map_err(config)?;
        let srv_prefix = settings.use_dns_srv.then(|| match settings.tls {
            TlsMode::Ldaps => settings.ldaps_srv_prefix.clone(),
            _ => settings.srv_prefix.clone(),
        });
        if srv_prefix.is_some() && (hosts.len() != 1 || hosts[0].port.is_some()) {
            return Err(config("With Use DNS SRV Record, enter exactly one domain as Hostname, without a port.".into()));
        }
        // Zero would give up before anything can happen.
        let ms = |ms: u32| Duration::from_millis(u64::from(ms.max(1)));
        let connection_timeout = ms(settings.connection_timeout_ms);
        Ok(Self {
            hosts,
            tls: settings.tls,
            srv_prefix,
            trust: Trust::new(&settings.trusted_ca, settings.verify_hostname).map_err(config)?,
            config: OnceLock::new(),
            resolver: Resolver::new(Duration::from_millis(u64::from(settings.dns_ttl_ms)), connection_timeout, name_server),
            connection_timeout,
            read_timeout: ms(settings.read_timeout_ms),
        })
    }

    fn config(&self) -> Result<Arc<ClientConfig>, LdapError> {
        match self.config.get() {
            Some(config) => Ok(config.clone()),
            None => {
                let made = self.trust.client_config().map_err(|sentence| LdapError::Settings { sentence })?;
                Ok(self.config.get_or_init(|| made).clone())
            }
        }
    }

    /// The SRV record that is looked up, if any.
    pub(crate) fn srv_record(&self) -> Option<String> {
        self.srv_prefix.as_ref().map(|prefix| format!("{}.{}", prefix.trim_matches('.'), self.hosts[0].host))
    }

    /// The servers in the order to try them; never an empty list.
    pub(crate) async fn servers(&self) -> Result<Vec<Server>, LdapError> {
        match &self.srv_prefix {
            Some(prefix) => self.resolver.servers(prefix, &self.hosts[0].host).await,
            None => {
                let port = self.tls.default_port();
                Ok(self.hosts.iter().map(|h| Server { host: h.host.clone(), port: h.port.unwrap_or(port) }).collect())
            }
        }
    }

    /// Connects to one server, encrypted as `mode` says; not yet bound.
    pub(crate) async fn dial(&self, server: &Server, mode: TlsMode, trace: &mut Trace) -> Result<Connection, LdapError> {
        let started = Instant::now();
        let left = || self.connection_timeout.saturating_sub(started.elapsed());
        let late = |doing| LdapError::ConnectTimeout {
            server: server.to_string(),
            doing,
            ms: u32::try_from(self.connection_timeout.as_millis()).unwrap_or(u32::MAX),
        };
        let addresses = tokio::time::timeout(left(), self.resolver.addresses(&server.host));
        trace.addresses = addresses.await.map_err(|_| late("its name was looked up"))??;
        let tcp = self.tcp(server, trace, left, late).await?;
        let tcp = match mode {
            TlsMode::None => return Ok(Connection::new(Stream::Plain(tcp), server.clone(), self.read_timeout)),
            TlsMode::Ldaps => tcp,
            TlsMode::StartTls => {
                let connection = Connection::new(Stream::Plain(tcp), server.clone(), left().min(self.read_timeout));
                let tcp = tokio::time::timeout(left(), connection.start_tls()).await.map_err(|_| late("StartTLS was asked for"))??;
                trace.start_tls_agreed = true;
                tcp
            }
        };
        let name = ServerName::try_from(server.host.trim_end_matches('.').to_owned()).map_err(|_| LdapError::Settings {
            sentence: format!("‘{}’ cannot be the name in a certificate. Enter the server's host name.", server.host),
        })?;
        let handshake = TlsConnector::from(self.config()?).connect(name, tcp);
        let stream = match tokio::time::timeout(left(), handshake).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                return Err(match tls::explain(&error, &server.host) {
                    Some(problem) => LdapError::Tls { server: server.to_string(), problem: Box::new(problem) },
                    None => LdapError::Connect { server: server.to_string(), source: error },
                });
            }
            Err(_) => return Err(late("TLS was agreed on")),
        };
        let session = stream.get_ref().1;
        trace.tls = Some(TlsFacts {
            version: match session.protocol_version() {
                Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3",
                _ => "TLS 1.2",
            },
            certificate: session.peer_certificates().and_then(|all| all.first()).and_then(|der| CertificateFacts::of_der(der)),
        });
        Ok(Connection::new(Stream::Tls(Box::new(stream)), server.clone(), self.read_timeout))
    }

    /// Tries each address; none may use up the time of those after it.
    async fn tcp(
        &self,
        server: &Server,
        trace: &mut Trace,
        left: impl Fn() -> Duration,
        late: impl Fn(&'static str) -> LdapError,
    ) -> Result<TcpStream, LdapError> {
        let mut last = None;
        let count = trace.addresses.len();
        for (at, address) in trace.addresses.iter().enumerate() {
            let address = SocketAddr::new(*address, server.port);
            let share = left() / u32::try_from(count - at).unwrap_or(1);
            match tokio::time::timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(tcp)) => {
                    trace.connected = Some(address);
                    // Requests are small and each is waited for; without this a page may wait for a delayed acknowledgement.
                    let _ = tcp.set_nodelay(true);
                    return Ok(tcp);
                }
                Ok(Err(source)) => last = Some(LdapError::Connect { server: server.to_string(), source }),
                Err(_) => last = last.or(Some(late("a connection was made"))),
            }
        }
        Err(last.unwrap_or_else(|| late("a connection was made")))
    }
}
