//! The server from outside: its real router on a free port, spoken to as a browser without JavaScript does, and its command line.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

mod asked;
mod browser;
mod browser_sso;
mod command_line;
mod company;
mod connection_list;
mod connectors;
mod dashboard;
mod ended_session;
mod events;
mod explain;
mod form;
mod guide;
mod house;
mod idp;
mod logs;
mod meeting;
mod metrics;
mod notifications;
mod origin;
mod pages;
mod passwords;
mod people;
mod sandbox;
mod sandbox_aws;
mod security;
mod settings;
mod sign_in;
mod sign_on;
mod sp_metadata;
mod transfer;
mod wizard;
