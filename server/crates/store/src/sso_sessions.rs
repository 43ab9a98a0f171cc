//! Sessions of people who signed on through this server, the service providers that were told of them, and logouts under way. Times
//! are unix milliseconds; what is in a text is the caller's business.

use crate::{Conn, Result, Tx};
use domain::id::ConnectionId;
use sqlx::FromRow;

/// Somebody who is signed on.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct SsoSession {
    /// Random.
    pub id: String,
    /// A hash of the browser's cookie.
    pub browser: String,
    /// The adapter that asked.
    pub adapter_id: String,
    /// For which adapters it holds: empty for all, else one's id; none: for nobody.
    pub scope: Option<String>,
    /// Who, as they typed it.
    pub username: String,
    /// What is known of them.
    pub given: String,
    /// When they proved who they are.
    pub authn_at: i64,
    /// It ends after so long without use.
    pub idle_ms: i64,
    /// It ends then, unless it is used.
    pub expires_at: i64,
    /// It ends then in any case.
    pub ends_at: i64,
}

/// A service provider that was told of a session.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct SsoVisit {
    /// The session.
    pub session_id: String,
    /// The connection.
    pub connection_id: String,
    /// What the session is called there.
    pub session_index: String,
    /// What the person is called there.
    pub name: String,
    /// The whole of the name.
    pub name_id: String,
}

impl Conn {
    /// The sessions of a browser that have not ended.
    pub async fn list_sso_sessions(&mut self, browser: &str, now: i64) -> Result<Vec<SsoSession>> {
        fetch_all!(
            self,
            "read the sessions of a browser",
            SsoSession,
            "select id, browser, adapter_id, scope, username, given, authn_at, idle_ms, expires_at, ends_at from sso_sessions \
             where browser = $1 and expires_at > $2 order by authn_at desc, id",
            browser,
            now
        )
    }

    /// Who was told of a session.
    pub async fn list_sso_visits(&mut self, session: &str) -> Result<Vec<SsoVisit>> {
        fetch_all!(
            self,
            "read where somebody was",
            SsoVisit,
            "select session_id, connection_id, session_index, name, name_id from sso_visits where session_id = $1 order by connection_id",
            session
        )
    }

    /// Who is called so at a service provider.
    pub async fn find_sso_visits(&mut self, connection: &ConnectionId, name: &str) -> Result<Vec<SsoVisit>> {
        fetch_all!(
            self,
            "look for a person at a service provider",
            SsoVisit,
            "select session_id, connection_id, session_index, name, name_id from sso_visits where connection_id = $1 and name = $2",
            connection.as_str(),
            name
        )
    }
}

impl Tx {
    /// Begins a session.
    pub async fn insert_sso_session(&mut self, session: &SsoSession) -> Result<()> {
        execute!(
            self,
            "begin a session",
            "insert into sso_sessions (id, browser, adapter_id, scope, username, given, authn_at, idle_ms, expires_at, ends_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            session.id.as_str(),
            session.browser.as_str(),
            session.adapter_id.as_str(),
            session.scope.as_deref(),
            session.username.as_str(),
            session.given.as_str(),
            session.authn_at,
            session.idle_ms,
            session.expires_at,
            session.ends_at,
        )?;
        Ok(())
    }

    /// The sessions of a browser go on under another name of it.
    pub async fn move_sso_sessions(&mut self, from: &str, to: &str) -> Result<()> {
        execute!(self, "rename a browser", "update sso_sessions set browser = $2 where browser = $1", from, to)?;
        Ok(())
    }

    /// Who was told of a session was told of another, which has none yet.
    pub async fn move_sso_visits(&mut self, from: &str, to: &str) -> Result<()> {
        execute!(self, "move where somebody was", "update sso_visits set session_id = $2 where session_id = $1", from, to)?;
        Ok(())
    }

    /// A session was used.
    pub async fn touch_sso_session(&mut self, id: &str, expires_at: i64) -> Result<()> {
        execute!(self, "note the use of a session", "update sso_sessions set expires_at = $2 where id = $1", id, expires_at)?;
        Ok(())
    }

    /// Notes who is told of a session, and as whom.
    pub async fn put_sso_visit(&mut self, visit: &SsoVisit) -> Result<()> {
        execute!(
            self,
            "note where somebody was",
            "insert into sso_visits (session_id, connection_id, session_index, name, name_id) values ($1, $2, $3, $4, $5) \
             on conflict (session_id, connection_id) do update set session_index = excluded.session_index, name = excluded.name, \
             name_id = excluded.name_id",
            visit.session_id.as_str(),
            visit.connection_id.as_str(),
            visit.session_index.as_str(),
            visit.name.as_str(),
            visit.name_id.as_str(),
        )?;
        Ok(())
    }

    /// Ends a session.
    pub async fn delete_sso_session(&mut self, id: &str) -> Result<()> {
        execute!(self, "end a session", "delete from sso_sessions where id = $1", id)?;
        Ok(())
    }

    /// Removes sessions and logouts that have ended.
    pub async fn delete_expired_sso_sessions(&mut self, now: i64) -> Result<u64> {
        let gone = execute!(self, "remove ended sessions", "delete from sso_sessions where expires_at <= $1", now)?;
        Ok(gone + execute!(self, "remove old logouts", "delete from sso_logouts where expires_at <= $1", now)?)
    }

    /// Keeps a logout while a service provider is asked.
    pub async fn insert_sso_logout(&mut self, id: &str, body: &str, expires_at: i64) -> Result<()> {
        execute!(self, "keep a logout", "insert into sso_logouts (id, body, expires_at) values ($1, $2, $3)", id, body, expires_at)?;
        Ok(())
    }

    /// Takes a logout that waits: it is not there any more after that.
    pub async fn take_sso_logout(&mut self, id: &str, now: i64) -> Result<Option<String>> {
        let found = fetch_optional!(
            self,
            "take a logout",
            (String,),
            "delete from sso_logouts where id = $1 and expires_at > $2 returning body",
            id,
            now
        )?;
        Ok(found.map(|(body,)| body))
    }
}
