//! A Data Store at work: its servers in order, its bound connections, its limits.

use crate::connection::Connection;
use crate::dial::{Dialer, Trace};
use crate::error::LdapError;
use crate::referral::Referral;
use crate::resolve::Server;
use domain::model::data_store::{LdapSettings, TlsMode};
use domain::secret::Secret;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, SemaphorePermit};

/// A server that failed is tried last for so long.
const AVOIDED: Duration = Duration::from_secs(30);
/// Active Directory closes after 15 minutes, firewalls sooner; a connection idle for longer is not worth keeping.
const IDLE: Duration = Duration::from_secs(60);

/// A directory that can be asked. Cheap to make (it connects when first used), cheap to keep.
pub struct Directory {
    pub(crate) settings: LdapSettings,
    dialer: Dialer,
    password: Secret,
    permits: Semaphore,
    idle: Mutex<Vec<(Instant, Connection)>>,
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
        let permits = Semaphore::new(settings.max_connections.clamp(1, 10_000) as usize);
        Ok(Self { settings: settings.clone(), dialer, password, permits, idle: Mutex::default(), failed: Mutex::default() })
    }

    pub(crate) fn dialer(&self) -> &Dialer {
        &self.dialer
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(Instant, Connection)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self) -> MutexGuard<'_, HashMap<Server, Instant>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A bound connection for one operation; at most Maximum Connections at once.
    pub(crate) async fn lease(&self, fresh: bool) -> Result<Lease<'_>, LdapError> {
        let (max, ms) = (self.settings.max_connections.max(1), self.settings.max_wait_ms);
        let permit = tokio::time::timeout(Duration::from_millis(u64::from(ms)), self.permits.acquire()).await;
        let permit = permit.ok().and_then(Result::ok).ok_or(LdapError::Busy { max, ms })?;
        let kept = (!fresh).then(|| self.kept()).flatten();
        let (connection, reused) = match kept {
            Some(connection) => (connection, true),
            None => (self.connect().await?, false),
        };
        Ok(Lease { connection: Some(connection), directory: self, reused, _permit: permit })
    }

    /// An idle connection that is still good.
    fn kept(&self) -> Option<Connection> {
        let mut idle = self.idle();
        while let Some((since, connection)) = idle.pop() {
            if since.elapsed() < IDLE && connection.is_reusable() {
                return Some(connection);
            }
        }
        None
    }

    /// Connects and binds to the first server that can be used.
    async fn connect(&self) -> Result<Connection, LdapError> {
        self.connect_to_any(true).await
    }

    /// Connects to the first server that can be used, for a bind as somebody else. It does not count against Maximum Connections, and
    /// is not kept.
    pub(crate) async fn connect_unbound(&self) -> Result<Connection, LdapError> {
        self.connect_to_any(false).await
    }

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

/// A connection in use; given back when dropped, if it is still good.
pub(crate) struct Lease<'a> {
    connection: Option<Connection>,
    directory: &'a Directory,
    /// It had been idle: it may have been closed in the meantime without our knowing.
    pub(crate) reused: bool,
    _permit: SemaphorePermit<'a>,
}

impl Deref for Lease<'_> {
    type Target = Connection;

    #[expect(clippy::expect_used, reason = "only drop takes the connection out")]
    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("a lease holds its connection")
    }
}

impl DerefMut for Lease<'_> {
    #[expect(clippy::expect_used, reason = "only drop takes the connection out")]
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("a lease holds its connection")
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take()
            && connection.is_reusable()
        {
            self.directory.idle().push((Instant::now(), connection));
        }
    }
}
