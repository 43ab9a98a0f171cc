//! Sessions of people who signed on: whoever proved who they are need not prove it again for a while, where their adapter says so; and
//! who was told of them is known when they sign off.

use super::{Turned, Visitor, Way, random_id};
use crate::Service;
use domain::id::ConnectionId;
use domain::model::idp_adapter::{IdpAdapter, SessionState};
use sha2::{Digest as _, Sha256};
use store::SsoSession;

const MINUTE_MS: i64 = 60_000;

/// Somebody who proved who they are, now or earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proved {
    /// As they typed it.
    pub username: String,
    /// What the validator said of them.
    pub given: Vec<(String, Vec<String>)>,
    /// When.
    pub at: i64,
    /// The session that remembers it.
    pub session: Option<SsoSession>,
}

impl Service {
    /// The session of this browser that does for one of the ways, and which one.
    pub(crate) async fn session_for<'w>(&self, ways: &'w [Way], visitor: &Visitor) -> Result<Option<(&'w Way, Proved)>, Turned> {
        let Some(browser) = &visitor.browser else { return Ok(None) };
        let sessions = self.store.read().await?.list_sso_sessions(&hashed(browser), self.now()).await?;
        for way in ways {
            let Some(scope) = scope_of(&way.adapter) else { continue };
            if let Some(session) = sessions.iter().find(|session| session.scope.as_ref() == Some(&scope)) {
                let Ok(given) = serde_json::from_str(&session.given) else { continue };
                let (username, at) = (session.username.clone(), session.authn_at);
                return Ok(Some((way, Proved { username, given, at, session: Some(session.clone()) })));
            }
        }
        Ok(None)
    }

    /// Begins the session of somebody who just proved who they are. Answers it with the browser's new cookie: the old one is worth
    /// nothing any more, whoever knew it.
    pub(crate) fn new_session(&self, adapter: &IdpAdapter, proved: &Proved) -> (SsoSession, String) {
        let browser = uuid::Uuid::new_v4().simple().to_string();
        let form = &adapter.form;
        let now = self.now();
        let ends_at = now.saturating_add(i64::from(form.session_max_timeout_mins.max(1)) * MINUTE_MS);
        let idle_ms = i64::from(form.session_timeout_mins.max(1)) * MINUTE_MS;
        let scope = scope_of(adapter);
        let session = SsoSession {
            id: random_id(),
            browser: hashed(&browser),
            adapter_id: adapter.id.to_string(),
            // Nobody signs on by it, so nobody uses it, and it is there to be signed off until its end.
            expires_at: if scope.is_some() { now.saturating_add(idle_ms).min(ends_at) } else { ends_at },
            scope,
            username: proved.username.clone(),
            given: serde_json::to_string(&proved.given).unwrap_or_default(),
            authn_at: proved.at,
            idle_ms,
            ends_at,
        };
        (session, browser)
    }

    /// When a session that is used now ends.
    pub(crate) fn renewed(&self, session: &SsoSession) -> i64 {
        self.now().saturating_add(session.idle_ms).min(session.ends_at)
    }
}

/// For whom sessions of an adapter hold; none: for nobody.
fn scope_of(adapter: &IdpAdapter) -> Option<String> {
    match adapter.form.session_state {
        SessionState::Globally => Some(String::new()),
        SessionState::PerAdapter => Some(adapter.id.to_string()),
        SessionState::None => None,
    }
}

/// What a browser is called in the store.
pub(crate) fn hashed(browser: &str) -> String {
    hex(browser.as_bytes())
}

/// What a session is called at a service provider: the same whenever it is told of it, and nothing that two could compare.
pub(crate) fn index_of(session: &str, connection: &ConnectionId) -> String {
    format!("_{}", &hex(format!("{session}\0{connection}").as_bytes())[..40])
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
