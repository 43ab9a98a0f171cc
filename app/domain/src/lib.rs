//! The words of Towpath as types: ids, parsed texts, the model, form descriptions, wizard flows and their pure `step`.
//!
//! Compiled to wasm for the browser and natively for the server. It must never grow I/O, async, a clock or randomness: its
//! `Cargo.toml` is the proof that nothing of that kind reaches the browser.

pub mod actor;
pub mod flow;
pub mod form;
pub mod id;
pub mod model;
pub mod problem;
pub mod secret;
pub mod text;
pub mod view;
pub mod wizard;
