//! How people sign on at the emulated AWS: its side of SAML, and the access portal where they arrive.
//!
//! It is another party than the identity provider. All it knows of that one is the metadata that an administrator gave it, and all
//! it knows of people is who was provisioned; an answer counts only if both fit. Where AWS's own behaviour is not documented it is the
//! stricter one: no clock skew is forgiven, and a user name counts letter by letter.

mod check;
mod html;
mod metadata;
mod pages;
mod request;
mod routes;

use std::collections::VecDeque;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use super::{Aws, Inner};
pub use metadata::{ServiceProvider, describe, provider_of, read as read_idp_metadata};
pub(super) use routes::router;

/// Sign-ins that are remembered.
const MOST_SIGN_INS: usize = 500;
/// Requests whose answers are waited for.
const MOST_PENDING: usize = 1_000;
/// People who are signed in.
const MOST_SESSIONS: usize = 1_000;
/// Assertions that were used and would still be valid.
const MOST_SEEN: usize = 10_000;

/// What the emulated AWS was told about the identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityProvider {
    /// Its entity ID.
    pub entity_id: String,
    /// Where people are sent to sign on, by HTTP-Redirect.
    pub redirect_url: Option<String>,
    /// And by HTTP-POST.
    pub post_url: Option<String>,
    /// The certificates it signs with, as PEM.
    pub certificates: Vec<String>,
}

impl IdentityProvider {
    /// Where people are sent to sign on: by HTTP-Redirect if that goes.
    pub fn sign_in_url(&self) -> &str {
        self.redirect_url.as_deref().or(self.post_url.as_deref()).unwrap_or_default()
    }
}

/// Who began a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Began {
    /// The access portal, by a request.
    Portal,
    /// The identity provider, unasked.
    IdentityProvider,
}

/// One answer that arrived, and what was made of it: the event that `CloudTrail` calls `ExternalIdPDirectoryLogin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// When it came, Unix milliseconds.
    pub at_ms: i64,
    /// Whose sign-on it was, if that was proved.
    pub user_name: Option<String>,
    /// Who began it.
    pub began: Began,
    /// Why it was refused; `None` when somebody was signed in.
    pub refused: Option<String>,
}

/// Somebody who is signed in.
#[derive(Debug, Clone)]
struct Session {
    /// What the browser brings along.
    secret: String,
    user_name: String,
    ends_ms: i64,
    /// What it is shown with.
    facts: check::SignedOn,
}

/// A request whose answer is waited for.
#[derive(Debug, Clone)]
struct Pending {
    id: String,
    at_ms: i64,
    return_to: &'static str,
}

/// Everything about signing on that changes.
pub(super) struct Portal {
    rng: StdRng,
    /// Where the emulator is served, once it is.
    origin: Option<String>,
    pub kept: Kept,
    pending: VecDeque<Pending>,
    sessions: VecDeque<Session>,
    /// Assertions that were used, until when they would be valid.
    seen: VecDeque<(String, i64)>,
    sign_ins: VecDeque<SignIn>,
}

/// What is kept over a restart.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Kept {
    /// The id of the identity store, `d-` and ten digits.
    pub store_id: String,
    /// What the addresses for answers end in.
    pub acs_id: String,
    pub provider: Option<IdentityProvider>,
}

impl Portal {
    pub fn new(seed: Option<u64>, kept: Option<Kept>) -> Self {
        // A generator of its own: what it draws does not change the ids of users.
        let mut rng = match seed {
            Some(seed) => StdRng::seed_from_u64(!seed),
            None => rand::make_rng(),
        };
        let (store, acs_id) = (super::hex10(&mut rng), super::uuid(&mut rng));
        let kept = kept.unwrap_or_else(|| Kept { store_id: format!("d-{store}"), acs_id, provider: None });
        Self {
            rng,
            origin: None,
            kept,
            pending: VecDeque::new(),
            sessions: VecDeque::new(),
            seen: VecDeque::new(),
            sign_ins: VecDeque::new(),
        }
    }

    /// 64 random digits behind a letter, as an ID in XML begins.
    fn random(&mut self) -> String {
        format!("_{}", hex::encode(self.rng.random::<[u8; 32]>()))
    }

    fn push<T>(list: &mut VecDeque<T>, item: T, most: usize) {
        if list.len() == most {
            list.pop_front();
        }
        list.push_back(item);
    }

    fn service_provider(&self) -> Option<ServiceProvider> {
        let origin = self.origin.as_ref()?;
        let Kept { store_id, acs_id, .. } = &self.kept;
        Some(ServiceProvider {
            entity_id: format!("{origin}/platform/saml/{store_id}"),
            acs_urls: vec![
                format!("{origin}/platform/saml/acs/{acs_id}"),
                // As AWS has one more for IPv6 beside IPv4.
                format!("{}/platform/saml/acs/{acs_id}", origin.replace("127.0.0.1", "localhost")),
            ],
        })
    }
}

impl Aws {
    /// Says where the emulator is served, as `http://127.0.0.1:1234`. Without it there is no access portal.
    pub(super) fn set_origin(&self, origin: String) {
        self.lock().portal.origin = Some(origin);
    }

    /// The id of the identity store, `d-` and ten digits.
    pub fn store_id(&self) -> String {
        self.lock().portal.kept.store_id.clone()
    }

    /// Takes an identity store's id that was given out before, and what it was told of the identity provider.
    pub fn adopt_store(&self, store_id: &str, provider: Option<IdentityProvider>) {
        let mut inner = self.lock();
        inner.portal.kept = Kept { store_id: store_id.to_owned(), acs_id: store_id.to_owned(), provider };
        inner.state.touch();
    }

    /// The access portal, where people arrive; none while the emulator is not served.
    pub fn portal_url(&self) -> Option<String> {
        self.lock().portal.origin.as_ref().map(|origin| format!("{origin}{}", pages::START))
    }

    /// What the identity provider has to know of the emulated AWS; none while it is not served.
    pub fn service_provider(&self) -> Option<ServiceProvider> {
        self.lock().portal.service_provider()
    }

    /// What it was told about the identity provider.
    pub fn identity_provider(&self) -> Option<IdentityProvider> {
        self.lock().portal.kept.provider.clone()
    }

    /// Tells it, or takes it back.
    pub fn set_identity_provider(&self, provider: Option<IdentityProvider>) {
        let mut inner = self.lock();
        inner.portal.kept.provider = provider;
        inner.state.touch();
    }

    /// The last sign-ins, oldest first.
    pub fn sign_ins(&self) -> Vec<SignIn> {
        self.lock().portal.sign_ins.iter().cloned().collect()
    }
}

impl Inner {
    /// The person of a session, as the store knows them now; who is disabled or deleted is not signed in any longer.
    fn signed_in(&self, secret: &str, now_ms: i64) -> Option<(super::User, Session)> {
        let session = self.portal.sessions.iter().find(|session| session.secret == secret && now_ms < session.ends_ms)?;
        let user = self.exact_user(&session.user_name).filter(|user| user.active)?;
        Some((user, session.clone()))
    }

    /// The user whose name is this, letter by letter.
    fn exact_user(&self, user_name: &str) -> Option<super::User> {
        let key = self.state.user_by_name(user_name)?;
        self.state.user(key).map(|record| self.state.user_view(record)).filter(|user| user.user_name == user_name)
    }
}
