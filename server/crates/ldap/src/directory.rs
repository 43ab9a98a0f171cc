//! A Data Store at work: its servers in order, its bound connections, its limits.

use crate::connection::Connection;
use crate::dial::{Dialer, Trace};
use crate::error::LdapError;
use crate::pool::{IDLE, Lease, Pool};
use crate::referral::Referral;
use crate::resolve::Server;
use domain::model::data_store::{LdapSettings, TlsMode};
use domain::secret::Secret;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A server that failed is tried last for so long.
const AVOIDED: Duration = Duration::from_secs(30);

/// A directory that can be asked. Cheap to make (it connects when first used), cheap to keep.
pub struct Directory {
    pub(crate) settings: LdapSettings,
    dialer: Dialer,
    password: Secret,
    /// Bound as the account of the Data Store.
    service: Pool,
    /// Those that people's passwords are tried on. None of them ever does anything but bind.
    people: Pool,
    failed: Mutex<HashMap<Server, Instant>>,
}

impl std::fmt::Debug for Directory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Directory({})", self.settings.hostnames)
    }
}

impl Directory {
    /// A directory as configured, with the clear password of its User DN.
    ///
    /// # Errors
    /// [`LdapError::Settings`] when the settings cannot work: no host, an unreadable CA, a User DN without a password.
    pub fn new(settings: &LdapSettings, password: Option<&Secret>) -> Result<Self, LdapError> {
        Self::with_name_server(settings, password, None)
    }

    /// As [`Directory::new`], asking this DNS server for SRV records instead of the system's.
    ///
    /// # Errors
    /// As [`Directory::new`].
    pub fn with_name_server(
        settings: &LdapSettings,
        password: Option<&Secret>,
        name_server: Option<SocketAddr>,
    ) -> Result<Self, LdapError> {
        let dialer = Dialer::new(settings, name_server)?;
        let config = |sentence: &str| Err(LdapError::Settings { sentence: sentence.into() });
        if !settings.bind_anonymously {
            if settings.user_dn.trim().is_empty() {
                return config("Enter a User DN, or tick Bind Anonymously.");
            }
            // RFC 4513 section 5.1.2: a name with an empty password succeeds on many servers, as nobody.
            if password.is_none_or(Secret::is_empty) {
                return config("Enter the password of the User DN.");
            }
        }
        let password = password.filter(|_| !settings.bind_anonymously).cloned().unwrap_or_else(|| Secret::new(""));
        let pool = || Pool::new(settings.max_connections, Duration::from_millis(u64::from(settings.max_wait_ms)), IDLE);
        Ok(Self { settings: settings.clone(), dialer, password, service: pool(), people: pool(), failed: Mutex::default() })
    }

    pub(crate) fn dialer(&self) -> &Dialer {
        &self.dialer
    }

    fn failed(&self) -> MutexGuard<'_, HashMap<Server, Instant>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A bound connection for one operation; at most Maximum Connections at once.
    pub(crate) async fn lease(&self, fresh: bool) -> Result<Lease<'_>, LdapError> {
        let mut lease = self.service.lease(fresh).await?;
        if !lease.reused {
            lease.put(self.connect_to_any(true).await?);
        }
        Ok(lease)
    }

    /// A connection for a bind as a person and nothing else; at most Maximum Connections at once, besides those of the Data Store's
    /// account. It stays bound as whoever signed on last, so it never becomes one of those.
    pub(crate) async fn lease_for_person(&self, fresh: bool) -> Result<Lease<'_>, LdapError> {
        let mut lease = self.people.lease(fresh).await?;
        if !lease.reused {
            lease.put(self.connect_to_any(false).await?);
        }
        Ok(lease)
    }

    /// Connects to the first server that can be used, and binds there.
    async fn connect_to_any(&self, bound: bool) -> Result<Connection, LdapError> {
        let mut servers = self.dialer.servers().await?;
        {
            let mut failed = self.failed();
            failed.retain(|_, since| since.elapsed() < AVOIDED);
            // A stable sort: among those that failed, and among the others, the configured order stays.
            servers.sort_by_key(|s| failed.contains_key(s));
        }
        let mut tried = Vec::new();
        for server in &servers {
            let mut trace = Trace::default();
            let attempt = match bound {
                true => self.connect_to(server, self.dialer.tls, &mut trace).await,
                false => self.dialer.dial(server, self.dialer.tls, &mut trace).await,
            };
            match attempt {
                Ok(connection) => {
                    self.failed().remove(server);
                    return Ok(connection);
                }
                Err(error) if error.is_about_the_server() => {
                    tracing::info!(server = %server, error = %error, "a directory server cannot be used, the next one is tried");
                    self.avoid(server);
                    tried.push(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(if tried.len() == 1 { tried.remove(0) } else { LdapError::AllServers { tried } })
    }

    /// Tries a server last for a while.
    pub(crate) fn avoid(&self, server: &Server) {
        self.failed().insert(server.clone(), Instant::now());
    }

    pub(crate) async fn connect_to(&self, server: &Server, tls: TlsMode, trace: &mut Trace) -> Result<Connection, LdapError> {
        let mut connection = self.dialer.dial(server, tls, trace).await?;
        self.bind(&mut connection).await?;
        Ok(connection)
    }

    pub(crate) async fn bind(&self, connection: &mut Connection) -> Result<(), LdapError> {
        let name = if self.settings.bind_anonymously { "" } else { self.settings.user_dn.trim() };
        connection.bind(name, self.password.expose()).await
    }

    /// A connection to where a referral points, with the same credentials. It does not count against Maximum Connections: a read that
    /// holds the last one would wait for itself.
    pub(crate) async fn follow(&self, referral: &Referral) -> Result<Connection, LdapError> {
        self.connect_to(&referral.server, referral.tls, &mut Trace::default()).await
    }

    /// The servers as configured or found by DNS, in order: `host:port`.
    ///
    /// # Errors
    /// When DNS has no SRV record.
    pub async fn servers(&self) -> Result<Vec<String>, LdapError> {
        Ok(self.dialer.servers().await?.iter().map(ToString::to_string).collect())
    }
}
