//! The worker: one task a channel, activated by period or signal, at most one cycle of a channel at a time.
//!
//! An activation carries no work list: a cycle reads the channel's saved configuration and state, and what it found to do last
//! time means nothing to the next. There is no retry of a cycle inside a cycle; the next period is the retry.

mod apply;
mod board;
mod cycle;
mod driver;
mod fail_point;
mod inspect;
mod observe;
mod one;
mod prepare;
mod record;
mod runner;
mod stop;
mod target;
mod verify;

use crate::worker::board::Board;
use crate::worker::driver::Driver;
pub use crate::worker::fail_point::FailPoint;
pub(crate) use crate::worker::stop::{Stop, StopKind};
use domain::id::{ChannelId, ConnectionId};
use domain::model::connector::Connector;
use domain::model::data_store::DataStore;
use domain::model::sp_connection::{SpConnection, Target};
use domain::secret::Secret;
use ldap::{Directories, Directory, LdapError};
use service::{Clock, Runner, Service};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::Store;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

/// A stop waits this long for cycles to end between two operations; a killed cycle is harmless, the next one goes on from what was done.
const PATIENCE: Duration = Duration::from_secs(20);

/// Previews at once: each reads a directory in full and holds what it read.
const PREVIEWS: usize = 2;

/// What every cycle needs.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) store: Store,
    pub(crate) service: Service,
    pub(crate) clock: Clock,
    pub(crate) board: Arc<Board>,
    lanes: Arc<Mutex<HashMap<ConnectionId, Lane>>>,
    directories: Arc<Directories>,
    /// How many previews may be worked out at once.
    pub(crate) previews: Arc<Semaphore>,
    verifying: Arc<Mutex<HashSet<ChannelId>>>,
    turns: Arc<Mutex<HashMap<ChannelId, Arc<tokio::sync::Mutex<()>>>>>,
}

/// What the channels of one connection share.
#[derive(Clone)]
pub(crate) struct Lane {
    /// One channel writes at a time, so that two channels never race for one person.
    pub(crate) turn: Arc<Semaphore>,
    /// Rate, token and connections, over all channels and cycles.
    pub(crate) client: scim::Client,
    /// What the client was made from.
    made_from: [u8; 32],
}

impl Context {
    /// Channels whose targets are being verified.
    pub(crate) fn verifying(&self) -> MutexGuard<'_, HashSet<ChannelId>> {
        self.verifying.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is held by whoever writes objects of a channel: a cycle, or a person who has one object written.
    pub(crate) fn alone(&self, channel: &ChannelId) -> Arc<tokio::sync::Mutex<()>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner).entry(channel.clone()).or_default().clone()
    }

    pub(crate) fn now(&self) -> i64 {
        (self.clock)()
    }

    /// What the channels of this connection share; with a new client when its settings changed. What is only `tried` changes nothing for
    /// the channels that run.
    pub(crate) fn lane(
        &self,
        connection: &SpConnection,
        connector: &Connector,
        secrets: &BTreeMap<String, Secret>,
        tried: bool,
    ) -> Result<Lane, String> {
        let target = &connection.provisioning.target;
        let made_from = fingerprint(connector, target, secrets);
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(&connection.id).filter(|lane| lane.made_from == made_from) {
            return Ok(lane.clone());
        }
        let client = service::targets::client(connector, target, secrets)?;
        let turn = lanes.get(&connection.id).map_or_else(|| Arc::new(Semaphore::new(1)), |lane| lane.turn.clone());
        let lane = Lane { turn, client, made_from };
        if !tried {
            lanes.insert(connection.id.clone(), lane.clone());
        }
        Ok(lane)
    }

    /// What the target of a connection slowed down, as far as this process has talked with it.
    pub(crate) fn slowed(&self, connection: &ConnectionId) -> Vec<scim::Slowed> {
        let lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.get(connection).map(|lane| lane.client.slowed()).unwrap_or_default()
    }
}

impl Context {
    /// The directory of a Data Store, with its open connections and what it learnt of its servers; a new one when its settings changed.
    pub(crate) fn directory(&self, store: &DataStore, password: Option<&Secret>) -> Result<Arc<Directory>, LdapError> {
        self.directories.of(store, password)
    }
}

fn fingerprint(connector: &Connector, target: &Target, secrets: &BTreeMap<String, Secret>) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    };
    // A connector is plain data that serialises; were it not, an equal text would only keep an equal client.
    add(&serde_json::to_string(connector).unwrap_or_default());
    target.settings.iter().for_each(|(name, value)| {
        add(name);
        add(value);
    });
    secrets.iter().for_each(|(name, secret)| {
        add(name);
        add(secret.expose());
    });
    hash.finalize().into()
}

/// The running worker.
pub struct Worker {
    driver: Arc<Driver>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

/// Starts the worker: channels that are on begin with a cycle.
pub fn start(store: Store, service: Service, clock: Clock) -> Worker {
    let previews = Arc::new(Semaphore::new(PREVIEWS));
    let (lanes, directories) = (Arc::default(), Arc::default());
    let context = Context {
        store,
        service,
        clock,
        board: Arc::new(Board::new(clock)),
        lanes,
        directories,
        previews,
        verifying: Arc::default(),
        turns: Arc::default(),
    };
    let stop = CancellationToken::new();
    let driver = Arc::new(Driver::new(context, stop.clone()));
    let task = tokio::spawn(driver.clone().run());
    Worker { driver, stop, task }
}

impl Worker {
    /// Its handle for the use cases.
    pub fn runner(&self) -> Arc<dyn Runner> {
        self.driver.clone()
    }

    /// A number that changes whenever the status, progress or state of any channel did.
    pub fn events(&self) -> watch::Receiver<u64> {
        self.driver.board().events()
    }

    /// Stops: cycles end after the operations they have begun, or are left after a while.
    pub async fn stop(self) {
        self.stop.cancel();
        let abort = self.task.abort_handle();
        if tokio::time::timeout(PATIENCE, self.task).await.is_err() {
            tracing::warn!("cycles did not end in {} s and are left", PATIENCE.as_secs());
            abort.abort();
        }
    }
}
