//! Sessions of the console, and failed sign-ins. What is in a session is the server's business; here it is text.

use crate::{Conn, Result, StoreError, Tx};
use domain::id::AccountId;
use sqlx::FromRow;

/// Failed sign-ins by one key (a username, an address). The policy is the caller's. Times are unix milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginFailure {
    /// What is throttled.
    pub key: String,
    /// Failures since `first_at`.
    pub count: u32,
    /// The first of them.
    pub first_at: i64,
    /// No try before this.
    pub blocked_until: i64,
}

#[derive(FromRow)]
struct FailureRow {
    key: String,
    count: i64,
    first_at: i64,
    blocked_until: i64,
}

impl TryFrom<FailureRow> for LoginFailure {
    type Error = StoreError;
    fn try_from(row: FailureRow) -> Result<Self> {
        let count = u32::try_from(row.count).map_err(|e| StoreError::corrupt("login_failures", &row.key, e))?;
        Ok(Self { key: row.key, count, first_at: row.first_at, blocked_until: row.blocked_until })
    }
}

impl Conn {
    /// The data of a session that has not expired.
    pub async fn load_session(&mut self, id: &str, now: i64) -> Result<Option<String>> {
        let found =
            fetch_optional!(self, "read a session", (String,), "select data from sessions where id = $1 and expires_at > $2", id, now)?;
        Ok(found.map(|(data,)| data))
    }

    /// Failed sign-ins of a key.
    pub async fn find_login_failure(&mut self, key: &str) -> Result<Option<LoginFailure>> {
        fetch_optional!(self, "read failed sign-ins", FailureRow, "select * from login_failures where key = $1", key)?
            .map(LoginFailure::try_from)
            .transpose()
    }

    /// Failed sign-ins whose keys begin so.
    pub async fn list_login_failures(&mut self, begin: &str) -> Result<Vec<LoginFailure>> {
        let rows = fetch_all!(
            self,
            "read failed sign-ins",
            FailureRow,
            "select * from login_failures where substr(key, 1, length($1)) = $1 order by key",
            begin
        )?;
        rows.into_iter().map(LoginFailure::try_from).collect()
    }
}

impl Tx {
    /// A new session; `false` when the id is taken, so that the caller makes another.
    pub async fn create_session(&mut self, id: &str, account: Option<&AccountId>, data: &str, expires_at: i64) -> Result<bool> {
        let touched = execute!(
            self,
            "begin a session",
            "insert into sessions (id, account_id, data, expires_at) values ($1, $2, $3, $4) on conflict (id) do nothing",
            id,
            account.map(AccountId::as_str),
            data,
            expires_at,
        )?;
        Ok(touched > 0)
    }

    /// Writes a session, new or not.
    pub async fn save_session(&mut self, id: &str, account: Option<&AccountId>, data: &str, expires_at: i64) -> Result<()> {
        execute!(
            self,
            "save a session",
            "insert into sessions (id, account_id, data, expires_at) values ($1, $2, $3, $4) \
             on conflict (id) do update set account_id = excluded.account_id, data = excluded.data, expires_at = excluded.expires_at",
            id,
            account.map(AccountId::as_str),
            data,
            expires_at,
        )?;
        Ok(())
    }

    /// Ends a session.
    pub async fn delete_session(&mut self, id: &str) -> Result<()> {
        execute!(self, "end a session", "delete from sessions where id = $1", id)?;
        Ok(())
    }

    /// Ends every session of an account, as a new password must.
    pub async fn delete_sessions_of(&mut self, account: &AccountId) -> Result<u64> {
        execute!(self, "end sessions", "delete from sessions where account_id = $1", account.as_str())
    }

    /// Removes what has expired.
    pub async fn delete_expired_sessions(&mut self, now: i64) -> Result<u64> {
        execute!(self, "remove expired sessions", "delete from sessions where expires_at <= $1", now)
    }

    /// Writes the failed sign-ins of a key.
    pub async fn put_login_failure(&mut self, failure: &LoginFailure) -> Result<()> {
        execute!(
            self,
            "note a failed sign-in",
            "insert into login_failures (key, count, first_at, blocked_until) values ($1, $2, $3, $4) \
             on conflict (key) do update set count = excluded.count, first_at = excluded.first_at, blocked_until = excluded.blocked_until",
            failure.key.as_str(),
            i64::from(failure.count),
            failure.first_at,
            failure.blocked_until,
        )?;
        Ok(())
    }

    /// Forgets the failed sign-ins of a key.
    pub async fn delete_login_failure(&mut self, key: &str) -> Result<()> {
        execute!(self, "forget failed sign-ins", "delete from login_failures where key = $1", key)?;
        Ok(())
    }

    /// Forgets what began before `before` and blocks nobody at `now`.
    pub async fn delete_old_login_failures(&mut self, before: i64, now: i64) -> Result<u64> {
        execute!(self, "forget failed sign-ins", "delete from login_failures where first_at < $1 and blocked_until <= $2", before, now)
    }
}
