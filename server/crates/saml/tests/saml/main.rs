//! SAML's messages, with tools and service providers that nobody here wrote on the other side.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

mod answer;
mod authn_request;
mod check;
mod desk;
mod forge;
mod logout;
mod metadata;
mod mutations;
mod redirect;
mod response;
mod service_provider;
mod signatures;
