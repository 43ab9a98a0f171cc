//! The AWS emulator from outside, rule by rule: requests in, answers and remaining state out.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected must fail there")]

mod api;
mod clock;
mod connections;
mod console;
mod faults;
mod groups;
mod listing;
mod log;
mod portal;
mod properties;
mod protocol;
mod provisioning;
mod rules;
mod saving;
mod unconfirmed;
mod users;
