//! Reads and console questions against the sample directory, which misbehaves on request.

#![expect(clippy::unwrap_used, reason = "a fixture that fails is a failed test")]

mod changes;
mod console;
mod credentials;
mod faults;
mod fixture;
mod scope;
