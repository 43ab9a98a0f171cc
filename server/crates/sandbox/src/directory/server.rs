//! The listener and the handle that tests and the sandbox hold.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::error::DirectoryError;
use super::fault::{Counters, Fault, Faults, Operations};
use super::model::Directory;
use super::session::Session;

/// The directory behind a server; all clones are the same one.
#[derive(Clone, Debug)]
pub struct SharedDirectory(Arc<RwLock<Directory>>);

impl SharedDirectory {
    /// Looks at it. Nothing changes meanwhile.
    pub fn read<T>(&self, look: impl FnOnce(&Directory) -> T) -> T {
        look(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes it. Nobody sees it half changed.
    pub fn change<T>(&self, change: impl FnOnce(&mut Directory) -> T) -> T {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes it in several steps, all of them or, when one is refused, none.
    pub fn change_all<T, E>(&self, change: impl FnOnce(&mut Directory) -> Result<T, E>) -> Result<T, E> {
        self.change(|directory| {
            let mut changed = directory.clone();
            let done = change(&mut changed)?;
            *directory = changed;
            Ok(done)
        })
    }
}

/// A running directory server. It ends when this is dropped; [`stop`](Self::stop) also waits for it.
#[derive(Debug)]
pub struct DirectoryServer {
    addr: SocketAddr,
    context: Context,
    tasks: TaskTracker,
    ended: DropGuard,
}

/// What every connection shares.
#[derive(Clone, Debug)]
pub(super) struct Context {
    pub directory: SharedDirectory,
    pub faults: Arc<Faults>,
    pub counters: Arc<Counters>,
    pub ended: CancellationToken,
}

impl DirectoryServer {
    /// Serves a directory on an address; port 0 takes a free one.
    pub async fn start(directory: Directory, addr: SocketAddr) -> Result<Self, DirectoryError> {
        let listen = |source| DirectoryError::Listen { addr, source };
        let listener = TcpListener::bind(addr).await.map_err(listen)?;
        let addr = listener.local_addr().map_err(listen)?;
        let ended = CancellationToken::new();
        let context = Context {
            directory: SharedDirectory(Arc::new(RwLock::new(directory))),
            faults: Arc::default(),
            counters: Arc::default(),
            ended: ended.clone(),
        };
        let tasks = TaskTracker::new();
        tasks.spawn(accept(listener, context.clone(), tasks.clone()));
        tasks.close();
        Ok(Self { addr, context, tasks, ended: ended.drop_guard() })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `ldap://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("ldap://{}", self.addr)
    }

    /// What it serves, to look at and to change.
    pub fn directory(&self) -> SharedDirectory {
        self.context.directory.clone()
    }

    /// Misbehaves in this one way from now on.
    pub fn set_fault(&self, fault: Fault) {
        self.set_faults([fault]);
    }

    /// Misbehaves in these ways, and no others, from now on.
    pub fn set_faults(&self, faults: impl IntoIterator<Item = Fault>) {
        self.context.faults.replace(faults.into_iter().collect());
    }

    /// Behaves from now on.
    pub fn clear_faults(&self) {
        self.set_faults([]);
    }

    /// What was served so far.
    pub fn operations(&self) -> Operations {
        self.context.counters.snapshot()
    }

    /// Closes the port and every connection, and returns when that is done.
    pub async fn stop(self) {
        drop(self.ended);
        self.tasks.wait().await;
    }
}

async fn accept(listener: TcpListener, context: Context, tasks: TaskTracker) {
    loop {
        let accepted = tokio::select! {
            () = context.ended.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                Counters::add(&context.counters.connections, 1);
                if context.faults.has(Fault::RefuseConnections) {
                    continue;
                }
                // Answers are small and waited for; a failure to say so costs only time.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%peer, %error, "cannot set TCP_NODELAY");
                }
                tasks.spawn(Session::new(context.clone()).run(stream));
            }
            Err(error) => {
                // Mostly too many open files; connections that end make room.
                tracing::warn!(%error, "the sample directory cannot accept a connection");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}
