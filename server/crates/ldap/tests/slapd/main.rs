//! Against OpenLDAP's `slapd`, which nobody here wrote: encryption, names with escapes, limits, paging, referrals.

#![expect(clippy::unwrap_used, reason = "a fixture that fails is a failed test")]

mod changes;
mod credentials;
mod encryption;
mod reads;
mod server;
