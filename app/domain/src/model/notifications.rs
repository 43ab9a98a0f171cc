//! Notifications: whom Towpath tells, by which way, when a channel needs a person or something is about to end.

use super::data_store::choices;
use crate::secret::Sealed;
use serde::{Deserialize, Serialize};

/// Notifications: stored, one for the whole server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notifications {
    /// Tell when removals are held.
    pub held: bool,
    /// Tell when a channel fails, or this machine keeps it from working.
    pub failing: bool,
    /// How long a channel must fail before it is told: what passes by itself is nobody's business.
    pub failing_after_mins: u32,
    /// Tell when a token, a key or a trusted CA is near its end.
    pub ending: bool,
    /// Tell too when what was told is over.
    pub over: bool,
    /// By e-mail.
    pub email: Email,
    /// By a call of another service.
    pub webhook: Webhook,
}

impl Default for Notifications {
    fn default() -> Self {
        Self {
            held: true,
            failing: true,
            failing_after_mins: 10,
            ending: true,
            over: true,
            email: Email::default(),
            webhook: Webhook::default(),
        }
    }
}

/// How e-mail is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Email {
    /// It is.
    pub enabled: bool,
    /// Host name or address of the mail server (RFC 6409 submission, or a relay).
    pub host: String,
    /// Its port; `None`: the usual one of [`Self::security`].
    pub port: Option<u16>,
    /// How the connection is protected.
    pub security: MailSecurity,
    /// Who submits; empty: nobody signs on there.
    pub username: String,
    /// With which password.
    pub password: Option<Sealed>,
    /// Sender's address.
    pub from: String,
    /// Addresses of those who are told.
    pub to: Vec<String>,
    /// A private authority whose certificates are trusted besides the platform's (PEM).
    pub trusted_ca: String,
}

impl Email {
    /// Where the password goes: a change of it asks for the password again.
    pub fn place(&self) -> String {
        format!("{}:{}|{}", self.host.to_lowercase(), self.port(), self.security.id())
    }
    /// The port in force.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.security {
            MailSecurity::Tls => 465,
            MailSecurity::StartTls => 587,
            MailSecurity::None => 25,
        })
    }
}

choices! {
    /// Encryption of a connection to a mail server.
    MailSecurity {
        /// A plain connection that is upgraded before anything else (RFC 3207); a server that cannot is refused.
        StartTls = "starttls", "StartTLS";
        /// TLS from the first byte (RFC 8314).
        Tls = "tls", "TLS";
        /// Readable on the way.
        None = "none", "None (plain text)";
    }
}

#[expect(clippy::derivable_impls, reason = "the order of the choices is that of the screen")]
impl Default for MailSecurity {
    fn default() -> Self {
        MailSecurity::StartTls
    }
}

/// How another service is called: a POST of JSON, signed as the Standard Webhooks specification says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Webhook {
    /// It is.
    pub enabled: bool,
    /// Where to; https, or http on this machine.
    pub url: String,
    /// What the calls are signed with.
    pub secret: Option<Sealed>,
    /// A private authority whose certificates are trusted besides the platform's (PEM).
    pub trusted_ca: String,
}

choices! {
    /// What is told.
    Event {
        /// Removals are held by a guard.
        Held = "channel.held", "Held";
        /// A channel fails, or this machine keeps it from working.
        Failing = "channel.failing", "Failing";
        /// A token, a key or a trusted CA is near its end.
        Ending = "credential.ending", "Near its end";
        /// What was told is over.
        Over = "over", "Over";
        /// Somebody tried whether it works.
        Test = "test", "Test";
    }
}

choices! {
    /// A way by which people are told.
    Way {
        /// By e-mail.
        Email = "email", "E-mail";
        /// By a call of another service.
        Webhook = "webhook", "Webhook";
    }
}

impl Notifications {
    /// The ways that are in use.
    pub fn ways(&self) -> Vec<Way> {
        let email = self.email.enabled.then_some(Way::Email);
        email.into_iter().chain(self.webhook.enabled.then_some(Way::Webhook)).collect()
    }
}

/// Something that people should know of, for as long as it lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What it is about, the same as long as it lasts: `held:<channel>`, `ending:<what>`.
    pub key: String,
    /// Which of the events it is.
    pub event: Event,
    /// One line: what is how.
    pub title: String,
    /// What happened and what to do, in sentences.
    pub text: String,
    /// Path of the console's page where it can be looked at.
    pub page: String,
}

/// What is told, once, by one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its id; a receiver that meets it twice takes it once.
    pub id: String,
    /// By which way.
    pub way: Way,
    /// What of.
    pub event: Event,
    /// What it is about: [`Condition::key`].
    pub key: String,
    /// One line.
    pub title: String,
    /// Sentences.
    pub text: String,
    /// Path of a page.
    pub page: String,
    /// When it came up (unix ms).
    pub created_at: i64,
    /// When it was delivered (unix ms).
    pub sent_at: Option<i64>,
    /// Tries so far.
    pub attempts: u32,
    /// When it is tried next (unix ms); `None`: not again.
    pub next_at: Option<i64>,
    /// Why the last try failed.
    pub error: String,
}
