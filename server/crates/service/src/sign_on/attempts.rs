//! Passwords that are tried, counted before they are: so many of them for one account and from one address, and then it waits.

use crate::{Result, Service};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::net::Ipv6Addr;
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

/// Failures that are kept in memory. Beyond that somebody is at work who has many addresses, and they are read when they are needed.
const MOST: usize = 100_000;
/// What keys begin with here; the console has others.
const KEYS: &str = "sso ";

/// Attempts that are under way, and those that failed.
#[derive(Default)]
pub(crate) struct Attempts {
    /// How many, by what failures are counted by.
    under_way: Mutex<HashMap<String, u32>>,
    failures: tokio::sync::Mutex<Failures>,
}

/// Failures as they are in the store. No other process writes any.
#[derive(Default)]
enum Failures {
    #[default]
    Unread,
    Kept(HashMap<String, LoginFailure>),
    TooMany,
}

impl Attempts {
    fn under_way(&self) -> MutexGuard<'_, HashMap<String, u32>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
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
    /// many as one after the other; each is under way or has ended, and never counted as both.
    pub(crate) async fn begin_attempt(&self, username: &str, address: &str) -> Result<Option<Attempt>> {
        let keys = counted(username, address);
        let mut known = self.attempts.failures.lock().await;
        let failures = self.failures_of(&mut known, &keys).await?;
        let has_failures = failures[..2].iter().any(Option::is_some);
        let attempt = Attempt { keys, has_failures, attempts: self.attempts.clone() };
        let mut all_under_way = self.attempts.under_way();
        let under_way = attempt.keys.each_ref().map(|(key, _)| {
            let count = all_under_way.entry(key.clone()).or_default();
            *count += 1;
            *count
        });
        drop(all_under_way);
        let now = self.now();
        let admits = |((&(_, free), failure), under_way): ((&(String, u32), &Option<LoginFailure>), u32)| {
            let count = failure.as_ref().filter(|failure| now - failure.first_at < MEMORY_MS).map_or(0, |failure| failure.count);
            // Whoever has waited has one attempt, and no more until it is known how it ended.
            failure.as_ref().is_none_or(|failure| failure.blocked_until <= now) && under_way <= free.saturating_sub(count).max(1)
        };
        let admitted = attempt.keys.iter().zip(&failures).zip(under_way).all(admits);
        // One that is refused is not under way any more before the next is judged.
        Ok(Some(attempt).filter(|_| admitted))
    }

    async fn failures_of(&self, failures: &mut Failures, keys: &Counted) -> Result<[Option<LoginFailure>; 3]> {
        if matches!(failures, Failures::Unread) {
            let all = self.store.read().await?.list_login_failures(KEYS).await?;
            *failures = match all.len() {
                0..=MOST => Failures::Kept(all.into_iter().map(|failure| (failure.key.clone(), failure)).collect()),
                _ => Failures::TooMany,
            };
        }
        if let Failures::Kept(kept) = failures {
            return Ok(keys.each_ref().map(|(key, _)| kept.get(key).cloned()));
        }
        let mut conn = self.store.read().await?;
        let mut found = [None, None, None];
        for (found, (key, _)) in found.iter_mut().zip(keys) {
            *found = conn.find_login_failure(key).await?;
        }
        Ok(found)
    }

    /// The attempt failed.
    pub(crate) async fn attempt_failed(&self, attempt: Attempt) -> Result<()> {
        let now = self.now();
        let mut failures = self.attempts.failures.lock().await;
        let mut noted = Vec::new();
        let mut tx = self.store.begin_record().await?;
        for (key, free) in &attempt.keys {
            let before = tx.find_login_failure(key).await?.filter(|failure| now - failure.first_at < MEMORY_MS);
            let count = before.as_ref().map_or(0, |failure| failure.count).saturating_add(1);
            let wait = count.checked_sub(*free).map_or(0, |over| (FIRST_WAIT_MS << over.min(10)).min(LONGEST_WAIT_MS));
            let first_at = before.map_or(now, |failure| failure.first_at);
            let blocked_until = if wait > 0 { now + wait } else { 0 };
            let failure = LoginFailure { key: key.clone(), count, first_at, blocked_until };
            tx.put_login_failure(&failure).await?;
            noted.push(failure);
        }
        tx.commit().await?;
        if let Failures::Kept(kept) = &mut *failures {
            kept.extend(noted.into_iter().map(|failure| (failure.key.clone(), failure)));
            if kept.len() > MOST {
                kept.retain(|_, failure| now - failure.first_at < MEMORY_MS || failure.blocked_until > now);
            }
            if kept.len() > MOST {
                *failures = Failures::TooMany;
            }
        }
        drop(attempt);
        drop(failures);
        Ok(())
    }

    /// The attempt succeeded, so the account's earlier failures are forgotten. Those of the address are not, or whoever has one account
    /// could try all others.
    pub(crate) async fn attempt_succeeded(&self, attempt: &Attempt) -> Result<()> {
        if !attempt.has_failures {
            return Ok(());
        }
        let mut failures = self.attempts.failures.lock().await;
        let mut tx = self.store.begin_record().await?;
        for (key, _) in &attempt.keys[..2] {
            tx.delete_login_failure(key).await?;
            if let Failures::Kept(kept) = &mut *failures {
                kept.remove(key);
            }
        }
        Ok(tx.commit().await?)
    }
}

/// What failures are counted by: the account at the address, the account, the address. Hashed, because people type passwords into the
/// wrong field.
fn counted(username: &str, address: &str) -> Counted {
    let account = username.to_lowercase();
    let address = &network(address);
    let key = |parts: &[&str]| {
        format!("{KEYS}{}", Sha256::digest(parts.join("\0").as_bytes()).iter().map(|b| format!("{b:02x}")).collect::<String>())
    };
    [
        (key(&["pair", &account, address]), FREE_PAIR),
        (key(&["account", &account]), FREE_ACCOUNT),
        (key(&["address", address]), FREE_ADDRESS),
    ]
}

/// Whoever has one IPv6 address has the other 2^64 of its network.
fn network(address: &str) -> String {
    match address.parse::<Ipv6Addr>() {
        Ok(v6) if v6.to_ipv4_mapped().is_none() => Ipv6Addr::from(u128::from(v6) & !u128::from(u64::MAX)).to_string(),
        _ => address.to_owned(),
    }
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
        assert_eq!(counted("ada", "2001:db8:0:1::7")[2], counted("bob", "2001:db8:0:1:9::1")[2], "one network is one address");
        assert_ne!(counted("ada", "2001:db8:0:1::7")[2], counted("ada", "2001:db8:0:2::7")[2]);
        assert!([pair, account, address].iter().all(|(key, _)| !key.contains("ada") && !key.contains("192")));
    }
}
