//! Passwords that are tried, counted before they are: so many of them for one account and from one address, and then it waits.

use crate::{Result, Service};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::LoginFailure;

/// Failures of one account from one address, of one account from anywhere, and of one address with any account, before it waits.
const FREE_PAIR: u32 = 5;
const FREE_ACCOUNT: u32 = 10;
const FREE_ADDRESS: u32 = 60;
const FIRST_WAIT_MS: i64 = 30_000;
const LONGEST_WAIT_MS: i64 = 15 * 60_000;
/// Failures older than this are forgotten.
const MEMORY_MS: i64 = 60 * 60_000;

/// How many attempts are under way, by what failures are counted by.
#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<HashMap<String, u32>>);

impl Attempts {
    fn under_way(&self) -> MutexGuard<'_, HashMap<String, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is counted: a key, and its failures before it waits.
type Counted = [(String, u32); 3];

/// An attempt that is under way; over when it is dropped.
pub(crate) struct Attempt {
    keys: Counted,
    /// An account with earlier failures.
    has_failures: bool,
    attempts: Arc<Attempts>,
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let mut under_way = self.attempts.under_way();
        for (key, _) in &self.keys {
            if let Some(count) = under_way.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    under_way.remove(key);
                }
            }
        }
    }
}

impl Service {
    /// Begins an attempt, unless one of the keys has to wait. Those under way count as if they had failed, so that many at once are as
    /// many as one after the other.
    pub(crate) async fn begin_attempt(&self, username: &str, address: &str) -> Result<Option<Attempt>> {
        let mut attempt = Attempt { keys: counted(username, address), has_failures: false, attempts: self.attempts.clone() };
        let under_way = {
            let mut under_way = self.attempts.under_way();
            attempt.keys.each_ref().map(|(key, _)| {
                let count = under_way.entry(key.clone()).or_default();
                *count += 1;
                *count
            })
        };
        let now = self.now();
        let keys = attempt.keys.each_ref().map(|(key, _)| key.as_str());
        let failures = self.store.read().await?.list_login_failures(&keys).await?;
        for ((key, free), under_way) in attempt.keys.iter().zip(under_way) {
            let failure = failures.iter().find(|failure| failure.key == *key);
            if failure.is_some_and(|failure| failure.blocked_until > now) {
                return Ok(None);
            }
            let count = failure.filter(|failure| now - failure.first_at < MEMORY_MS).map_or(0, |failure| failure.count);
            // Whoever has waited has one attempt, and no more until it is known how it ended.
            if under_way > free.saturating_sub(count).max(1) {
                return Ok(None);
            }
        }
        attempt.has_failures = failures.iter().any(|failure| attempt.keys[..2].iter().any(|(key, _)| *key == failure.key));
        Ok(Some(attempt))
    }

    /// The attempt failed.
    pub(crate) async fn attempt_failed(&self, attempt: &Attempt) -> Result<()> {
        let now = self.now();
        let mut tx = self.store.begin_record().await?;
        for (key, free) in &attempt.keys {
            let before = tx.find_login_failure(key).await?.filter(|failure| now - failure.first_at < MEMORY_MS);
            let count = before.as_ref().map_or(0, |failure| failure.count).saturating_add(1);
            let wait = count.checked_sub(*free).map_or(0, |over| (FIRST_WAIT_MS << over.min(10)).min(LONGEST_WAIT_MS));
            let first_at = before.map_or(now, |failure| failure.first_at);
            let blocked_until = if wait > 0 { now + wait } else { 0 };
            tx.put_login_failure(&LoginFailure { key: key.clone(), count, first_at, blocked_until }).await?;
        }
        Ok(tx.commit().await?)
    }

    /// The attempt succeeded, so the account's earlier failures are forgotten. Those of the address are not, or whoever has one account
    /// could try all others.
    pub(crate) async fn attempt_succeeded(&self, attempt: &Attempt) -> Result<()> {
        if !attempt.has_failures {
            return Ok(());
        }
        let mut tx = self.store.begin_record().await?;
        for (key, _) in &attempt.keys[..2] {
            tx.delete_login_failure(key).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// What failures are counted by: the account at the address, the account, the address. Hashed, because people type passwords into the
/// wrong field.
fn counted(username: &str, address: &str) -> Counted {
    let account = username.to_lowercase();
    let key = |parts: &[&str]| {
        format!("sso {}", Sha256::digest(parts.join("\0").as_bytes()).iter().map(|b| format!("{b:02x}")).collect::<String>())
    };
    [
        (key(&["pair", &account, address]), FREE_PAIR),
        (key(&["account", &account]), FREE_ACCOUNT),
        (key(&["address", address]), FREE_ADDRESS),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_without_regard_to_capitals_and_without_the_name() {
        let [pair, account, address] = counted("Ada", "192.0.2.1");
        assert_eq!(pair, counted("ada", "192.0.2.1")[0]);
        assert_ne!(pair.0, counted("ada", "192.0.2.2")[0].0);
        assert_eq!(account, counted("ADA", "192.0.2.2")[1]);
        assert_ne!(account.0, address.0);
        assert!([pair, account, address].iter().all(|(key, _)| !key.contains("ada") && !key.contains("192")));
    }
}
