//! A small directory that looks like Active Directory, in process, spoken to by LDAP over loopback.
//!
//! It serves two ends: `towpath sandbox` shows it as the sample company, and tests use it as the one fake directory, with
//! [`Fault`]s. It is a server with state: a search answers from the entries, back-links are computed, update sequence numbers move
//! as a domain controller moves them. What real clients trip over is kept on purpose: at most 1000 entries a page, values above
//! 1500 only in ranges, binary GUIDs, continuation references at the domain root, a membership change that touches the group alone.
//!
//! It knows no TLS, no writes by LDAP and no replication, and it keeps passwords as plain text because it has to show them. It must
//! never be reachable from anywhere but the machine it runs on.

mod account;
mod attribute;
mod bin;
mod change;
mod codec;
mod entry;
mod error;
mod fault;
mod filter;
mod generate;
mod guid;
mod model;
mod root_dse;
mod sample;
mod save;
mod search;
mod selection;
mod server;
mod session;
mod view;

pub use bin::DeletedPerson;
pub use change::NewPerson;
pub use error::DirectoryError;
pub use fault::{Fault, Operations, SearchFailure};
pub use guid::Guid;
pub use model::{Clock, Directory};
pub use sample::sample;
pub use server::{DirectoryServer, SharedDirectory};
pub use view::{EntryView, Kind};

/// A page holds at most so many entries, and so does the answer to a search without pages (`MaxPageSize` of the default query policy).
pub const MAX_PAGE_SIZE: usize = 1000;

/// An attribute is answered with at most so many values; the rest is asked for by range (`MaxValRange` of the default query policy).
pub const MAX_VALUE_RANGE: usize = 1500;
