//! The only HTTP client of Towpath, and the only crate that names reqwest.
//!
//! Everything that leaves the process over HTTP goes through [`Client`], so the rules live in one place: https unless the host is
//! this machine or the administrator allowed plain http, the platform's CAs plus the imported ones, no redirects, a cap on size and
//! time, and an answer to the question a provisioner must ask after every failure: *was the request sent?*
//!
//! It knows nothing of SCIM. It retries nothing but a request that is safe to repeat on a connection the server had closed.

mod certificate;
mod classify;
mod client;
mod error;
mod probe;
mod resolve;
mod settings;
mod verify;

pub use certificate::CertificateFacts;
pub use client::{Client, Request, Response, USER_AGENT};
pub use error::{OutboundError, Phase, TlsReason};
pub use probe::{Probe, TlsFacts};
pub use settings::{Settings, SettingsError, redacted};

// What callers need to make requests, so that they agree on versions.
pub use bytes::Bytes;
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
pub use url::Url;
