//! Automatic provisioning as the console's Settings page switches it: the endpoint with its tenant, and the access tokens
//! (user guide, "Provision an external identity provider" and "Rotate an access token").

use domain::secret::Secret;
use rand::RngExt;
use rand::rngs::StdRng;

use super::console::ConsoleError;
use super::{Aws, hex10, uuid};

/// Most tokens at a time. The user guide only says that there is a maximum; that it is two is what administrators report.
const MAX_TOKENS: usize = 2;

/// A token is good for one year.
const TOKEN_LIFE_MS: i64 = 365 * 24 * 60 * 60 * 1000;

/// What the console shows while automatic provisioning is enabled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provisioning {
    /// The tenant id that is the first segment of every path.
    pub tenant: String,
    /// The path of the endpoint, with the trailing slash that the console shows.
    pub base_path: String,
    /// The access tokens, oldest first.
    pub tokens: Vec<Token>,
}

/// An access token as the console lists it: without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// For [`Aws::delete_token`].
    pub id: String,
    /// Unix milliseconds.
    pub created_ms: i64,
    /// Unix milliseconds; refused from then on.
    pub expires_ms: i64,
    /// Unix milliseconds of the last request it was accepted for.
    pub last_used_ms: Option<i64>,
}

/// A token that was just made: the only time the console shows its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// For [`Aws::delete_token`].
    pub id: String,
    /// To send as `Authorization: Bearer`.
    pub secret: Secret,
    /// Unix milliseconds.
    pub expires_ms: i64,
}

/// A token with its secret, which the store needs to recognise it.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub token: Token,
    pub secret: Secret,
}

/// Who may send requests, and where to.
#[derive(Debug, Clone, Default)]
pub(super) struct Access {
    /// `None` while provisioning is not enabled.
    pub tenant: Option<String>,
    /// Oldest first.
    pub tokens: Vec<Held>,
}

impl Held {
    /// A token that is made now.
    pub fn new(id: String, secret: String, now_ms: i64) -> Self {
        let expires_ms = now_ms.saturating_add(TOKEN_LIFE_MS);
        Self { token: Token { id, created_ms: now_ms, expires_ms, last_used_ms: None }, secret: Secret::new(secret) }
    }

    fn shown_once(&self) -> NewToken {
        NewToken { id: self.token.id.clone(), secret: self.secret.clone(), expires_ms: self.token.expires_ms }
    }
}

impl Access {
    /// The path of the endpoint; empty while there is none.
    pub fn base_path(&self) -> String {
        self.tenant.as_ref().map(|tenant| format!("/{tenant}/scim/v2/")).unwrap_or_default()
    }

    /// Lets a request with this bearer token in, or says for the log why not.
    pub fn admit(&mut self, secret: Option<&str>, now_ms: i64) -> Result<(), String> {
        let Some(secret) = secret else { return Err("No bearer token was sent.".into()) };
        match self.tokens.iter_mut().find(|held| held.secret.expose() == secret) {
            None => Err("The bearer token is wrong, or was deleted.".into()),
            Some(held) if held.token.expires_ms <= now_ms => Err(format!("The access token {} has expired.", held.token.id)),
            Some(held) => {
                held.token.last_used_ms = Some(now_ms);
                Ok(())
            }
        }
    }

    fn add_token(&mut self, rng: &mut StdRng, now_ms: i64) -> NewToken {
        let held = Held::new(uuid(rng), new_secret(rng), now_ms);
        let shown = held.shown_once();
        self.tokens.push(held);
        shown
    }
}

/// The administrator's side of provisioning.
impl Aws {
    /// The endpoint and its tokens; `None` while automatic provisioning is not enabled.
    pub fn provisioning(&self) -> Option<Provisioning> {
        let inner = self.lock();
        let access = &inner.access;
        let tokens = access.tokens.iter().map(|held| held.token.clone()).collect();
        Some(Provisioning { tenant: access.tenant.clone()?, base_path: access.base_path(), tokens })
    }

    /// Enables automatic provisioning: a new tenant and a first token. Users and groups are those that were there.
    pub fn enable_provisioning(&self) -> Result<NewToken, ConsoleError> {
        let now_ms = self.now_ms();
        let mut guard = self.lock();
        let inner = &mut *guard;
        if inner.access.tenant.is_some() {
            return Err(ConsoleError::AlreadyEnabled);
        }
        inner.access.tenant = Some(new_tenant(&mut inner.rng));
        inner.state.touch();
        Ok(inner.access.add_token(&mut inner.rng, now_ms))
    }

    /// Disables automatic provisioning: the endpoint is gone and its tokens are void. Users, groups and their ids stay.
    pub fn disable_provisioning(&self) -> Result<(), ConsoleError> {
        let mut inner = self.lock();
        if inner.access.tenant.is_none() {
            return Err(ConsoleError::NotEnabled);
        }
        inner.access = Access::default();
        inner.state.touch();
        Ok(())
    }

    /// The tokens, oldest first, also those that have expired; none while provisioning is not enabled.
    pub fn tokens(&self) -> Vec<Token> {
        self.lock().access.tokens.iter().map(|held| held.token.clone()).collect()
    }

    /// Makes another token. There may be two at a time, so that one can be replaced while it is in use.
    pub fn create_token(&self) -> Result<NewToken, ConsoleError> {
        let now_ms = self.now_ms();
        let mut guard = self.lock();
        let inner = &mut *guard;
        if inner.access.tenant.is_none() {
            return Err(ConsoleError::NotEnabled);
        }
        if inner.access.tokens.len() >= MAX_TOKENS {
            return Err(ConsoleError::TooManyTokens);
        }
        inner.state.touch();
        Ok(inner.access.add_token(&mut inner.rng, now_ms))
    }

    /// Deletes a token, which is refused from now on.
    pub fn delete_token(&self, id: &str) -> Result<(), ConsoleError> {
        let mut inner = self.lock();
        let before = inner.access.tokens.len();
        inner.access.tokens.retain(|held| held.token.id != id);
        if inner.access.tokens.len() == before {
            return Err(ConsoleError::NoToken(id.to_owned()));
        }
        inner.state.touch();
        Ok(())
    }
}

pub(super) fn new_tenant(rng: &mut StdRng) -> String {
    format!("{}-{}", hex10(rng), uuid(rng))
}

pub(super) fn new_secret(rng: &mut StdRng) -> String {
    hex::encode(rng.random::<[u8; 32]>())
}
