//! Every function of the store, on a new SQLite file and on a real PostgreSQL server.
//!
//! A test here is one area: it starts one PostgreSQL server and gives each of its checks a database of its own.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

mod accounts;
mod configuration;
mod connection_list;
mod cycles;
mod drafts;
mod figures;
mod links;
mod migrations;
mod notices;
mod objects;
mod opening;
mod peers;
mod run_state;
mod samples;
mod search;
mod server;
mod shapes;
mod sign_on;
mod sso;
