//! An emulator of AWS IAM Identity Center, in process and on loopback: its SCIM endpoint, and the [`portal`] where people sign on.
//!
//! It keeps the rules that AWS documents (developer guide, "SCIM profile and supported operations") and those that were only ever
//! seen live, so that a client which works here has met them all: no PUT of a group, no replacing of members, members never listed,
//! one page of 100 unless a cursor is asked for, a User-Agent on PATCH, error bodies with two schema keys and no `scimType`. Where AWS's
//! behaviour is not known, [`Config`] holds a switch, and the default is the likelier answer, or the stricter one.
//!
//! It is a server with state, not a mock: tests look at [`Aws::users`] and [`Aws::groups`], which know the memberships that the
//! protocol hides. [`Fault`]s make it fail on purpose, [`Aws::console`] is the administrator behind the client's back, and
//! [`Aws::refusals`] tells what a client did wrong. It must never be reachable from anywhere but the machine it runs on.
#![doc = include_str!("aws/rules.md")]

mod call;
mod config;
mod console;
mod discovery;
mod endpoint;
mod error;
mod fault;
mod filter;
mod group;
mod journal;
mod listing;
mod operation;
mod patch;
pub mod portal;
mod provisioning;
mod save;
mod schema;
mod server;
mod state;
mod throttle;
mod user;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value};
use uuid::Uuid;

pub use config::{
    AbsentMember, Clock, Config, Detail, ErrorKeys, FilterText, IdShape, MalformedId, MemberRemoval, MembersShown, Paging, UnknownMember,
    UserNameSpace,
};
pub use console::{Console, ConsoleError};
pub use fault::{Effect, Fault, On, RetryAfter, When};
pub use journal::LogEntry;
pub use operation::Operation;
pub use portal::{Began, IdentityProvider, ServiceProvider, SignIn};
pub use provisioning::{NewToken, Provisioning, Token};
pub use save::SaveError;
pub use server::AwsServer;
pub use throttle::{Scope, Throttle};

use fault::Faults;
use journal::Journal;
use portal::Portal;
use provisioning::{Access, Held};
use state::State;
use throttle::Buckets;

/// The emulated identity store: cheap to clone, all clones are the same store.
#[derive(Clone)]
pub struct Aws {
    shared: Arc<Shared>,
}

struct Shared {
    config: Config,
    /// What is added to the configuration's clock.
    clock_offset_ms: AtomicI64,
    inner: Mutex<Inner>,
}

/// Everything that changes, behind one lock: operations are pure computation, so it is never held across an await.
struct Inner {
    state: State,
    access: Access,
    rng: StdRng,
    id_prefix: String,
    faults: Faults,
    buckets: Buckets,
    journal: Journal,
    portal: Portal,
}

/// A user as the store holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// The id AWS gave it.
    pub id: String,
    /// `userName`, as sent.
    pub user_name: String,
    /// `externalId`, if any.
    pub external_id: Option<String>,
    /// `active`.
    pub active: bool,
    /// Everything that was sent and kept, by SCIM attribute name.
    pub attributes: Map<String, Value>,
    /// Ids of the groups it is a member of, oldest group first.
    pub groups: Vec<String>,
    /// Unix milliseconds.
    pub created_ms: i64,
    /// Unix milliseconds.
    pub modified_ms: i64,
}

/// A group as the store holds it, with the members that the protocol never shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The id AWS gave it.
    pub id: String,
    /// `displayName`.
    pub display_name: String,
    /// `externalId`, if any.
    pub external_id: Option<String>,
    /// Its members, oldest user first.
    pub members: Vec<Member>,
    /// Unix milliseconds.
    pub created_ms: i64,
    /// Unix milliseconds.
    pub modified_ms: i64,
}

/// One member of a [`Group`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The user's id.
    pub id: String,
    /// The user's `userName`.
    pub user_name: String,
}

impl Aws {
    /// An empty store. Provisioning is enabled unless [`Config::provisioning`] says otherwise.
    pub fn new(config: Config) -> Self {
        let state = State::new(config.case_sensitive);
        Self::with_state(config, state, None)
    }

    fn with_state(config: Config, state: State, kept: Option<save::Kept>) -> Self {
        let mut rng = match config.seed {
            Some(seed) => StdRng::seed_from_u64(seed),
            None => rand::make_rng(),
        };
        let clock_offset_ms = kept.as_ref().map_or(0, |kept| kept.clock_offset_ms);
        let portal = Portal::new(config.seed, kept.as_ref().and_then(|kept| kept.portal.clone()));
        let now_ms = (config.clock)().saturating_add(clock_offset_ms);
        // Drawn also where they are not needed, so that the ids of a seed do not depend on it.
        let (tenant, secret) = (provisioning::new_tenant(&mut rng), provisioning::new_secret(&mut rng));
        let (id_prefix, token_id) = (hex10(&mut rng), uuid(&mut rng));
        let (mut access, id_prefix) = match kept {
            Some(kept) => (kept.access, kept.id_prefix),
            None if config.provisioning => {
                (Access { tenant: Some(tenant), tokens: vec![Held::new(token_id.clone(), secret, now_ms)] }, id_prefix)
            }
            None => (Access::default(), id_prefix),
        };
        if let Some(tenant) = &mut access.tenant {
            if let Some(given) = &config.tenant {
                tenant.clone_from(given);
            }
            if let Some(given) = &config.token
                && !access.tokens.iter().any(|held| held.secret.expose() == given)
            {
                access.tokens = vec![Held::new(token_id, given.clone(), now_ms)];
            }
        }
        let inner = Inner {
            state,
            access,
            faults: Faults::default(),
            buckets: Buckets::default(),
            journal: Journal::new(config.log_capacity),
            portal,
            id_prefix,
            rng,
        };
        Self { shared: Arc::new(Shared { config, clock_offset_ms: AtomicI64::new(clock_offset_ms), inner: Mutex::new(inner) }) }
    }

    /// The tenant id that is the first segment of every path; empty while provisioning is not enabled.
    pub fn tenant(&self) -> String {
        self.lock().access.tenant.clone().unwrap_or_default()
    }

    /// The newest access token, to send as `Authorization: Bearer`; empty when there is none. The console shows a token only
    /// once; this is for those who start the emulator.
    pub fn token(&self) -> String {
        self.lock().access.tokens.last().map(|held| held.secret.expose().to_owned()).unwrap_or_default()
    }

    /// The path of the endpoint below the address it is served at, with the trailing slash that the AWS console shows; empty
    /// while provisioning is not enabled.
    pub fn base_path(&self) -> String {
        self.lock().access.base_path()
    }

    /// The emulator's now: the configuration's clock, moved by [`Aws::advance_clock`]. Unix milliseconds.
    pub fn now_ms(&self) -> i64 {
        (self.shared.config.clock)().saturating_add(self.clock_offset_ms())
    }

    /// Moves the emulator's clock, for making tokens expire and throttles recover; negative moves it back. It goes on from there, also
    /// after a restart.
    pub fn advance_clock(&self, ms: i64) {
        self.set_clock_offset(self.clock_offset_ms().saturating_add(ms));
    }

    /// How far the emulator's clock is ahead of the configuration's.
    pub fn clock_offset_ms(&self) -> i64 {
        self.shared.clock_offset_ms.load(Ordering::Relaxed)
    }

    /// Sets how far the emulator's clock is ahead of the configuration's; 0 makes them the same again.
    pub fn set_clock_offset(&self, ms: i64) {
        self.shared.clock_offset_ms.store(ms, Ordering::Relaxed);
        self.lock().state.touch();
    }

    /// The endpoint and the access portal as a router, to be served alone or nested. Nested under a server that is not [`AwsServer`], the faults that close a
    /// connection show as a body that breaks off instead.
    pub fn router(&self) -> axum::Router {
        endpoint::router(self.clone())
    }

    /// All users, oldest first.
    pub fn users(&self) -> Vec<User> {
        let inner = self.lock();
        inner.state.users().map(|(_, record)| inner.state.user_view(record)).collect()
    }

    /// All groups with their members, oldest first.
    pub fn groups(&self) -> Vec<Group> {
        let inner = self.lock();
        inner.state.groups().map(|(_, record)| inner.state.group_view(record)).collect()
    }

    /// The user with this `userName`, compared without case.
    pub fn user(&self, user_name: &str) -> Option<User> {
        let inner = self.lock();
        let key = inner.state.user_by_name(user_name)?;
        inner.state.user(key).map(|record| inner.state.user_view(record))
    }

    /// The group with this `displayName`, compared without case.
    pub fn group(&self, display_name: &str) -> Option<Group> {
        let inner = self.lock();
        let key = inner.state.group_by_name(display_name)?;
        inner.state.group(key).map(|record| inner.state.group_view(record))
    }

    /// A number that grows with every change of users, groups, memberships, tokens, the identity source or the clock; for deciding when to [`Aws::save`].
    pub fn revision(&self) -> u64 {
        self.lock().state.revision()
    }

    /// What an administrator can do to users and groups in the AWS console, behind the provisioning client's back.
    pub fn console(&self) -> Console<'_> {
        Console::new(self)
    }

    /// The last requests, oldest first; at most [`Config::log_capacity`] of them.
    pub fn request_log(&self) -> Vec<LogEntry> {
        self.requests(|_| true)
    }

    /// Those of the last requests that are wanted, oldest first.
    pub fn requests(&self, wanted: impl Fn(&LogEntry) -> bool) -> Vec<LogEntry> {
        self.lock().journal.entries(wanted)
    }

    /// The last requests that a rule refused, oldest first: a client that knows AWS has none. What only a [`Fault`] refused is not among them.
    pub fn refusals(&self) -> Vec<LogEntry> {
        self.requests(LogEntry::is_refused)
    }

    /// How many requests have come in since the start, whatever the log still holds.
    pub fn request_count(&self) -> u64 {
        self.lock().journal.total()
    }

    /// Empties the log; [`Aws::request_count`] keeps counting.
    pub fn clear_request_log(&self) {
        self.lock().journal.clear();
    }

    /// Replaces all fault rules. Counting starts anew, and a token refused by [`Effect::Unauthorized`] is good again.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.lock().faults = Faults::new(faults);
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.set_faults(Vec::new());
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic in another request cannot leave half an operation behind: commits are the last step of each.
        self.shared.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Aws {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Aws").field("tenant", &self.tenant()).finish_non_exhaustive()
    }
}

impl Inner {
    fn new_id(&mut self, shape: IdShape) -> String {
        loop {
            let id = match shape {
                IdShape::Plain => uuid(&mut self.rng),
                IdShape::Prefixed => format!("{}-{}", self.id_prefix, uuid(&mut self.rng)),
            };
            // With a fixed seed a store that was saved and loaded draws the same ids again.
            if !self.state.has_id(&id) {
                return id;
            }
        }
    }
}

fn uuid(rng: &mut StdRng) -> String {
    uuid::Builder::from_random_bytes(rng.random::<[u8; 16]>()).into_uuid().to_string()
}

fn hex10(rng: &mut StdRng) -> String {
    hex::encode(rng.random::<[u8; 5]>())
}

/// The id of one request, as sent in `x-amzn-RequestId`.
fn request_id(rng: &mut StdRng) -> Uuid {
    uuid::Builder::from_random_bytes(rng.random::<[u8; 16]>()).into_uuid()
}
