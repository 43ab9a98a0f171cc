//! Messages of service providers that were answered, so that none is answered twice. Times are unix milliseconds.

use crate::{Conn, Result, Tx};

impl Conn {
    /// Whether a message was answered.
    pub async fn is_message_answered(&mut self, key: &str) -> Result<bool> {
        let found = fetch_optional!(self, "look for a message", (i64,), "select expires_at from answered_messages where key = $1", key)?;
        Ok(found.is_some())
    }
}

impl Tx {
    /// Notes that a message is answered; `false` when it was already.
    pub async fn insert_answered_message(&mut self, key: &str, expires_at: i64) -> Result<bool> {
        let touched = execute!(
            self,
            "note a message",
            "insert into answered_messages (key, expires_at) values ($1, $2) on conflict (key) do nothing",
            key,
            expires_at,
        )?;
        Ok(touched > 0)
    }

    /// Forgets messages that are refused by their age.
    pub async fn delete_expired_messages(&mut self, now: i64) -> Result<u64> {
        execute!(self, "forget messages", "delete from answered_messages where expires_at <= $1", now)
    }
}
