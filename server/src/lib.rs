//! The server: configuration, entrances (console, command line, health), the worker, and their assembly by [`build`].

pub mod assets;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod help;
pub mod http;
mod metrics;
mod notifier;
pub mod ports;
pub mod sandbox;
pub mod serve;
pub mod socket;
pub mod telemetry;
pub mod worker;

pub use serve::{Server, build, build_by};
