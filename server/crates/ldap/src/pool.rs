//! Connections that are kept between operations: so many at once, and none that was idle for long.

use crate::connection::Connection;
use crate::error::LdapError;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Active Directory closes after 15 minutes, firewalls sooner; a connection idle for longer is not worth keeping.
pub(crate) const IDLE: Duration = Duration::from_secs(60);

/// Connections of one kind. What was taken out of a pool goes back to the same one, or is closed.
pub(crate) struct Pool {
    max: u32,
    wait: Duration,
    longest: Duration,
    permits: Semaphore,
    idle: Arc<Mutex<Idle>>,
}

#[derive(Default)]
struct Idle {
    connections: Vec<(Instant, Connection)>,
    /// A task is there that closes what was idle for too long.
    is_swept: bool,
}

impl Pool {
    /// At most `max` connections in use at once; who comes then waits for `wait`. One is closed that was idle for `longest`.
    pub(crate) fn new(max: u32, wait: Duration, longest: Duration) -> Self {
        let max = max.clamp(1, 10_000);
        Self { max, wait, longest, permits: Semaphore::new(max as usize), idle: Arc::default() }
    }

    /// Leave to use a connection: one that was kept, or none, and then [`Lease::put`] takes the new one.
    pub(crate) async fn lease(&self, fresh: bool) -> Result<Lease<'_>, LdapError> {
        let permit = tokio::time::timeout(self.wait, self.permits.acquire()).await;
        let ms = u32::try_from(self.wait.as_millis()).unwrap_or(u32::MAX);
        let permit = permit.ok().and_then(Result::ok).ok_or(LdapError::Busy { max: self.max, ms })?;
        let kept = (!fresh).then(|| self.kept()).flatten();
        Ok(Lease { reused: kept.is_some(), connection: kept, pool: self, _permit: permit })
    }

    /// An idle connection that is still good.
    fn kept(&self) -> Option<Connection> {
        let mut idle = lock(&self.idle);
        while let Some((since, connection)) = idle.connections.pop() {
            if since.elapsed() < self.longest && connection.is_reusable() {
                return Some(connection);
            }
        }
        None
    }

    fn keep(&self, connection: Connection) {
        let mut idle = lock(&self.idle);
        idle.connections.push((Instant::now(), connection));
        if !idle.is_swept
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            idle.is_swept = true;
            runtime.spawn(sweep(Arc::downgrade(&self.idle), self.longest));
        }
    }

    #[cfg(test)]
    fn count_idle(&self) -> usize {
        lock(&self.idle).connections.len()
    }
}

/// Closes what nobody uses, until there is nothing left to close.
async fn sweep(idle: std::sync::Weak<Mutex<Idle>>, longest: Duration) {
    loop {
        tokio::time::sleep(longest / 2).await;
        let Some(idle) = idle.upgrade() else { return };
        let (gone, is_over): (Vec<_>, _) = {
            let mut idle = lock(&idle);
            let gone = idle.connections.extract_if(.., |(since, connection)| since.elapsed() >= longest || !connection.is_reusable());
            let gone = gone.collect();
            idle.is_swept = !idle.connections.is_empty();
            (gone, !idle.is_swept)
        };
        for (_, connection) in gone {
            connection.unbind().await;
        }
        if is_over {
            return;
        }
    }
}

fn lock(idle: &Mutex<Idle>) -> MutexGuard<'_, Idle> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection in use; given back when dropped, if it is still good.
pub(crate) struct Lease<'a> {
    connection: Option<Connection>,
    pool: &'a Pool,
    /// It had been idle: it may have been closed in the meantime without our knowing.
    pub(crate) reused: bool,
    _permit: SemaphorePermit<'a>,
}

impl Lease<'_> {
    /// Takes a new connection, where none was kept.
    pub(crate) fn put(&mut self, connection: Connection) {
        self.connection = Some(connection);
    }
}

impl Deref for Lease<'_> {
    type Target = Connection;

    #[expect(clippy::expect_used, reason = "only drop takes the connection out, and who leases puts one in")]
    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("a lease holds its connection")
    }
}

impl DerefMut for Lease<'_> {
    #[expect(clippy::expect_used, reason = "only drop takes the connection out, and who leases puts one in")]
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("a lease holds its connection")
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take()
            && connection.is_reusable()
        {
            self.pool.keep(connection);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Stream;
    use crate::resolve::Server;
    use tokio::io::AsyncReadExt as _;
    use tokio::net::{TcpListener, TcpStream};

    async fn connected(listener: &TcpListener) -> (Connection, TcpStream) {
        let tcp = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let server = Server { host: "localhost".into(), port: 389 };
        let (theirs, _) = listener.accept().await.unwrap();
        (Connection::new(Stream::Plain(tcp), server, Duration::from_secs(5)), theirs)
    }

    #[tokio::test]
    async fn what_is_idle_for_too_long_is_closed_without_being_asked_for() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let pool = Pool::new(2, Duration::from_secs(5), Duration::from_millis(50));
        let (ours, mut theirs) = connected(&listener).await;
        let mut lease = pool.lease(false).await.unwrap();
        assert!(!lease.reused);
        lease.put(ours);
        drop(lease);
        // The other end hears an unbind, and then the end.
        let mut heard = Vec::new();
        theirs.read_to_end(&mut heard).await.unwrap();
        assert!(heard.ends_with(&[2, 1, 1, 0x42, 0]), "{heard:x?}");
        assert_eq!(pool.count_idle(), 0);
        // And the next one is swept too.
        let (ours, mut theirs) = connected(&listener).await;
        let mut lease = pool.lease(false).await.unwrap();
        assert!(!lease.reused);
        lease.put(ours);
        drop(lease);
        theirs.read_to_end(&mut heard).await.unwrap();
    }

    #[tokio::test]
    async fn one_is_used_again_and_no_more_than_so_many_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let pool = Pool::new(1, Duration::from_millis(20), Duration::from_secs(60));
        let (ours, theirs) = connected(&listener).await;
        let mut lease = pool.lease(false).await.unwrap();
        lease.put(ours);
        assert!(matches!(pool.lease(false).await.map(|_| ()), Err(LdapError::Busy { max: 1, ms: 20 })));
        drop(lease);
        let lease = pool.lease(false).await.unwrap();
        assert!(lease.reused);
        drop(lease);
        assert!(!pool.lease(true).await.unwrap().reused, "a fresh one is asked for");
        // One that the other end closed is not.
        drop(theirs);
        while pool.count_idle() > 0 {
            let lease = pool.lease(false).await.unwrap();
            if !lease.reused {
                break;
            }
            drop(lease);
            tokio::task::yield_now().await;
        }
        assert_eq!(pool.count_idle(), 0);
    }
}
