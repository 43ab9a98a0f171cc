//! Texts with a grammar: parsed once, then trusted. No `regex`: it costs half a megabyte of wasm.

pub mod dn;
pub mod email;
pub mod filter;
pub mod host;
pub mod pattern;
pub mod url;
