//! Metadata of service providers read from files of every kind, and this provider's own checked by tools nobody here wrote.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

mod files;
mod hostile;
mod own;
mod peers;
