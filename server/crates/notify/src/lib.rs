//! Tells people and services what happened: e-mail by SMTP, and webhooks. The only crate that names lettre; webhooks go through
//! `outbound`.
//!
//! It sends one message once, and answers whether it was taken. What is to be told, to whom, and when it is tried again is decided
//! elsewhere.

mod mail;
mod webhook;

pub use mail::send as send_mail;
pub use webhook::{SHORTEST_SECRET, call};

use domain::model::notifications::Event;

/// A message, for people and for services.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its id, the same when it is sent again.
    pub id: String,
    /// What of.
    pub event: Event,
    /// What it is about, the same as long as it lasts.
    pub key: String,
    /// One line.
    pub title: String,
    /// Sentences.
    pub text: String,
    /// Where it can be looked at.
    pub url: String,
    /// Which server tells: its address.
    pub server: String,
    /// When it came up (unix ms).
    pub at: i64,
}

/// Why a message was not taken, as a sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// What is configured cannot be used.
    #[error("{0}")]
    Settings(String),
    /// The mail server cannot be reached, or refused.
    #[error("{sentence}")]
    Mail {
        /// What happened.
        sentence: String,
        /// The library's own words.
        #[source]
        source: lettre::transport::smtp::Error,
    },
    /// The service cannot be reached.
    #[error("The service cannot be called: {0}")]
    Call(#[source] outbound::OutboundError),
    /// The service answered something else than a success.
    #[error("The service answered {status}{said}")]
    Refused {
        /// Status.
        status: u16,
        /// The beginning of its answer, with a colon before it.
        said: String,
    },
}
