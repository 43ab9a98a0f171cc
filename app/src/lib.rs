//! The console: pages and wizard for the browser, and the ports they are served through.
//!
//! Compiles to wasm32 with `hydrate` and natively with `ssr`; never both at once.

#[cfg(feature = "ssr")]
pub mod backend;
pub mod error;
pub mod routes;
pub mod views;
