//! The use cases: what a person at the console, or the command line, may do.
//!
//! Concrete functions that take an [`Actor`](domain::actor::Actor) and domain types, so that nothing can be done through one
//! entrance that is refused at another. Pages and their views are the server's; SQL is the store's; the cycle is the worker's,
//! reached through [`Runner`].

pub mod accounts;
mod catalog;
pub mod channels;
pub mod connections;
pub mod connectors;
pub mod data_stores;
pub mod doctor;
pub mod drafts;
pub mod error;
pub mod flaws;
pub mod idp_adapters;
pub mod meeting;
pub mod metadata;
pub mod notifications;
pub mod pcvs;
pub mod people;
pub mod preview;
pub mod reading;
pub mod runner;
mod saving;
pub mod search;
pub mod server_settings;
pub mod sign_on;
pub mod signing_keys;
pub mod targets;
pub mod testing;
pub mod trace;
pub mod transfer;
pub mod trusted_cas;
pub mod usage;
pub mod validation;
pub mod walk;
pub mod welcome;

pub use error::ServiceError;
pub use keys::CertificateFacts;
pub use runner::{Runner, Running, Status, Trouble};

use connectors::Connectors;
use domain::actor::Actor;
use domain::model::server_settings::ServerDefaults;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use store::Store;

/// What the functions of this crate answer.
pub type Result<T, E = ServiceError> = std::result::Result<T, E>;

/// The time, as unix milliseconds.
pub type Clock = fn() -> i64;

/// Every use case. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    pub(crate) store: Store,
    pub(crate) connectors: Arc<RwLock<Arc<Connectors>>>,
    pub(crate) connector_folder: Arc<OnceLock<PathBuf>>,
    pub(crate) refusals: connectors::Refusals,
    pub(crate) runner: Arc<OnceLock<Arc<dyn Runner>>>,
    pub(crate) clock: Clock,
    pub(crate) defaults: Arc<RwLock<ServerDefaults>>,
    pub(crate) notes: Arc<sign_on::Notes>,
    pub(crate) known: Arc<sign_on::Known>,
    pub(crate) attempts: Arc<sign_on::Attempts>,
    /// Those that people sign on with.
    pub(crate) directories: Arc<ldap::Directories>,
}

impl Service {
    /// The use cases over a store; [`Service::set_runner`] follows once the worker, which needs the service's readers, exists.
    pub fn new(store: Store, connectors: Connectors, clock: Clock) -> Self {
        Self {
            store,
            connectors: Arc::new(RwLock::new(Arc::new(connectors))),
            connector_folder: Arc::default(),
            refusals: connectors::Refusals::default(),
            runner: Arc::new(OnceLock::new()),
            clock,
            defaults: Arc::default(),
            notes: Arc::default(),
            known: Arc::default(),
            attempts: Arc::default(),
            directories: Arc::default(),
        }
    }

    /// Gives the worker's handle; the first one stays.
    pub fn set_runner(&self, runner: Arc<dyn Runner>) {
        let _ = self.runner.set(runner);
    }

    /// Whether the worker, if this server has one, is at work.
    pub fn is_worker_alive(&self) -> bool {
        self.runner().is_none_or(|runner| runner.is_alive())
    }

    /// What is wrong with the machine this server runs on, as far as its worker has met it.
    pub fn trouble(&self) -> Option<Trouble> {
        self.runner().and_then(|runner| runner.trouble())
    }

    /// The connectors installed now.
    pub fn connectors(&self) -> Arc<Connectors> {
        self.connectors.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn runner(&self) -> Option<&Arc<dyn Runner>> {
        self.runner.get()
    }

    pub(crate) fn now(&self) -> i64 {
        (self.clock)()
    }

    /// Refuses who may not administer.
    /// Whether an actor may read the logs: administrators may, since they hold what all of them did.
    pub fn may_read_logs(&self, actor: &Actor) -> Result<()> {
        self.require(actor)
    }

    pub(crate) fn require(&self, actor: &Actor) -> Result<()> {
        if actor.may_administer() { Ok(()) } else { Err(ServiceError::Forbidden) }
    }
}

/// The first certificate of a PEM text in DER.
pub fn certificate_der(pem: &str) -> Result<Vec<u8>> {
    let found = keys::read_certificates(pem.as_bytes()).map_err(ServiceError::broken)?;
    found.into_iter().next().ok_or(ServiceError::NotFound)
}

/// A new id: time-ordered, so that lists by id are lists by age.
pub fn new_id() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}
