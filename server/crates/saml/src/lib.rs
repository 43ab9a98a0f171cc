//! SAML 2.0 messages: what a service provider says of itself is read, what this identity provider says of itself is written and
//! signed.
//!
//! Pure but for signing, which needs randomness for some keys: no I/O, no clock, no database. Texts that come from elsewhere are
//! read with bounded work ([`xml::bounds`]); texts that are written are canonical XML from the start ([`xml::write`]), so that a
//! signature is over exactly what is sent.

pub mod idp_metadata;
pub mod metadata;
pub mod signature;
pub mod xml;

pub use idp_metadata::IdpMetadata;
pub use metadata::{MetadataError, read_sp_metadata};
