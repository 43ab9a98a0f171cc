//! Everything Towpath keeps: configuration, drafts, links, run state, history, accounts and sessions, on SQLite or PostgreSQL.
//!
//! The only crate that names sqlx. One SQL text serves both engines (see `migrations/README.md` and [`db`]'s macros); what
//! comes out is domain types. Secrets are sealed by [`seal`] before they get here and are never kept in clear.
//!
//! ```ignore
//! let store = Store::open(&place, keys).await?;
//! let found = store.read().await?.find_data_store(&id).await?;      // find_*, list_*, load_*, count_*
//! let mut tx = store.begin().await?;                                // those, and insert_*, update_*, put_*, delete_*
//! tx.put_links(&links).await?;
//! tx.insert_cycle_objects(&cycle, &channel, &objects).await?;
//! tx.commit().await?;                                               // all of it, or nothing
//! ```
//!
//! - Times are unix milliseconds and are handed in; the store has no clock.
//! - A [`Tx`] that is dropped rolls back. After an error, drop it: PostgreSQL refuses everything that follows.
//! - SQLite has one writer. Nothing slow (a remote call, a person) belongs between `begin` and `commit`.

#[macro_use]
pub mod db;

pub mod accounts;
pub mod answered_messages;
pub mod approvals;
mod batch;
mod body;
pub mod channels;
pub mod connection_list;
pub mod connectors;
pub mod cycles;
pub mod data_stores;
pub mod drafts;
pub mod error;
pub mod figures;
pub mod idp_adapters;
pub mod intents;
pub mod links;
mod migrations;
mod notices;
pub mod objects;
pub mod pcvs;
pub mod plan_ops;
pub mod seal;
pub mod search;
pub mod server_settings;
pub mod sessions;
pub mod setbacks;
pub mod settings;
pub mod sign_ons;
pub mod signing_keys;
pub mod skipped;
pub mod sp_connections;
pub mod sso_sessions;
pub mod standing;
pub mod tally;
pub mod trusted_cas;
pub mod verifications;

pub use accounts::Account;
pub use channels::{ChannelRow, DataStoreUse};
pub use connection_list::{ConnectionPage, ListedConnection};
pub use connectors::UploadedConnector;
pub use cycles::{CycleQuery, CyclesFound, HistoryEntry, ObjectQuery, ObjectTally, Prune};
pub use db::{Conn, Store, Tx};
pub use drafts::{ClosedDraft, Draft};
pub use error::StoreError;
pub use figures::{Figures, Spark};
pub use links::{LinkRefusal, Refused};
pub use notices::Lasting;
pub use objects::{ObjectPage, list_objects_sql};
pub use seal::{KeyError, Keys, SealError};
pub use search::Found;
pub use server_settings::ServerSettings;
pub use sessions::LoginFailure;
pub use sign_ons::{SignOn, SignOnQuery};
pub use skipped::SkippedSince;
pub use sso_sessions::{SsoSession, SsoVisit};
pub use standing::{ObjectCounts, Standing};
pub use tally::{SecretDate, Tally};

/// What the functions of this crate answer.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// An aggregate with what the store knows about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored<T> {
    /// The aggregate.
    pub value: T,
    /// Counts the saves; a save names the version it began from.
    pub version: i64,
    /// Who saved it last.
    pub updated_by: String,
    /// When (unix ms).
    pub updated_at: i64,
}

/// A part of a long list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Rows before it.
    pub offset: u32,
    /// Most rows in it.
    pub limit: u32,
}

impl Page {
    /// The first `limit` rows.
    pub fn first(limit: u32) -> Self {
        Self { offset: 0, limit }
    }
}
