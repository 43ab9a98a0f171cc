//! Directories over LDAP: connect, test, bind, and read everything in a channel's scope.
//!
//! The protocol is spoken by this crate itself, because reading a directory is most of what an idle cycle does: entries are decoded from
//! the receive buffer straight into the form that the engine maps, with nothing in between. The decoder faces hostile bytes; it never
//! panics, and allocates no more than was received.
//!
//! It knows nothing of what becomes of the entries, decides nothing about removals, and never writes to a directory.
//!
//! - [`Directory`] is a Data Store at work: servers in order with fail-over, a few bound connections. [`Directories`] keeps some.
//! - [`Directory::read`] streams users and groups, or what changed, and ends with their Coverage.
//! - [`test()`] is Test Connection.
//! - [`Directory::check_credentials`] finds who signs on and checks the password.
//! - [`Directory::read_entry`], [`Directory::find_entries`], [`Directory::check_dn`] and [`Directory::list_attribute_names`] answer the console.

mod ber;
mod certificate;
mod connection;
mod credentials;
mod dial;
mod directories;
mod directory;
mod entry;
mod error;
mod filter;
mod guid;
mod lookup;
mod message;
mod meter;
mod names;
mod pool;
mod probe;
mod read;
mod referral;
mod resolve;
mod result_code;
mod root_dse;
mod search;
mod sync;
mod time;
mod tls;

pub use certificate::CertificateFacts;
pub use credentials::{Credentials, CredentialsError, CredentialsStep, PersonSearch};
pub use directories::Directories;
pub use directory::Directory;
pub use error::{Kind, LdapError};
pub use lookup::{DnCheck, DnField, FoundEntry};
pub use message::Answer;
pub use probe::test;
pub use read::InScope;
pub use read::{Batch, DEFAULT_PAGE_SIZE, ReadOutcome, ReadRequest, Since};
pub use root_dse::RootDse;
pub use tls::TlsProblem;
