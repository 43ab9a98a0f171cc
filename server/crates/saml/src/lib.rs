//! SAML 2.0 messages of an identity provider: what service providers say of themselves and what they ask for is read, what this
//! identity provider says is written and signed.
//!
//! Pure but for signing, which needs randomness for some keys: no I/O, no clock, no database. Texts that come from elsewhere are
//! read with bounded work ([`xml::bounds`]); texts that are written are canonical XML from the start ([`xml::write`]), so that a
//! signature is over exactly what is sent. Of a message that was signed, only the octets that the signature covers are read.
//!
//! The way of a request to sign on: [`Received::by_post`] or [`Received::by_redirect`] decode it, [`Received::issuer`] says which
//! [`ServiceProvider`] to look up, [`Received::authn_request`] verifies it with that one's certificates, [`check()`] says what to do
//! and what to remember so that it is done once, and [`Response`] with [`send::post_form`] is the answer. A [`Refusal`] is a
//! sentence for the log and a code for the page. Signing off goes the same way through [`logout`].
//!
//! [`Answer`] is the other side's part: how a service provider reads a [`Response`]. This server never does; the sandbox's access
//! portal is one, and tests are.

pub mod answer;
pub mod attribute;
pub mod authn_request;
pub mod check;
pub mod idp_metadata;
pub mod logout;
pub mod message;
pub mod metadata;
pub mod name_id;
pub mod refusal;
pub mod response;
pub mod send;
pub mod service_provider;
pub mod signature;
pub mod status;
pub mod xml;

pub use answer::{Answer, Told};
pub use attribute::Attribute;
pub use authn_request::AuthnRequest;
pub use check::{Here, Seen, Verdict, check};
pub use idp_metadata::IdpMetadata;
pub use message::{Received, Signed};
pub use metadata::{MetadataError, read_sp_metadata};
pub use name_id::NameId;
pub use refusal::Refusal;
pub use response::{Assertion, Response, Signing};
pub use service_provider::ServiceProvider;
pub use status::Status;
