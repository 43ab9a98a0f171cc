//! Administrators' accounts: the first one, signing on, changing and resetting passwords.

use crate::{Result, Service, ServiceError, new_id};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use domain::actor::Actor;
use domain::id::AccountId;
use domain::secret::Secret;
use store::{Account, LoginFailure};

/// Name of the account made at the first start.
pub const FIRST_ADMIN: &str = "admin";
/// Fewest characters of a password.
pub const SHORTEST_PASSWORD: usize = 12;
/// Failures of one name from one address before it has to wait.
const FREE_FAILURES: u32 = 5;
/// Failures from one address, whatever the names.
const FREE_FAILURES_ADDRESS: u32 = 30;
const FIRST_WAIT_MS: i64 = 30_000;
const LONGEST_WAIT_MS: i64 = 15 * 60_000;
/// Failures older than this are forgotten.
const MEMORY_MS: i64 = 60 * 60_000;

/// Why somebody is not signed on.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Wrong name or password, or a disabled account: which of them is not told.
    #[error("the user name or password is wrong")]
    Bad,
    /// Too many failures: not before this time (unix ms).
    #[error("too many failed attempts")]
    Throttled {
        /// Not before (unix ms).
        until: i64,
    },
    /// Something failed.
    #[error("signing on failed")]
    Failed(#[source] ServiceError),
}

/// Why a password was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    /// The current password is wrong.
    #[error("the current password is wrong")]
    WrongCurrent,
    /// Too short.
    #[error("a password needs at least {SHORTEST_PASSWORD} characters")]
    Short,
    /// Longer than 1024 bytes.
    #[error("a password has at most 1024 bytes")]
    Long,
    /// The same as before.
    #[error("the new password is the same as the current one")]
    Same,
}

impl Service {
    /// Makes the first account if there is none; answers its one-time password, to be shown once.
    pub async fn ensure_first_admin(&self) -> Result<Option<Secret>> {
        if !self.store.read().await?.list_accounts().await?.is_empty() {
            return Ok(None);
        }
        let password = random_password()?;
        self.create_account(FIRST_ADMIN, &password, true).await?;
        Ok(Some(password))
    }

    /// Makes an account with a one-time password and answers that.
    pub async fn create_admin(&self, username: &str) -> Result<Secret> {
        let password = random_password()?;
        self.create_account(username, &password, true).await?;
        Ok(password)
    }

    /// Makes an account. `must_change`: the password is good for one sign-in only.
    pub async fn create_account(&self, username: &str, password: &Secret, must_change: bool) -> Result<AccountId> {
        let username = check_username(username)?;
        let id = AccountId::parse(&new_id()).map_err(ServiceError::broken)?;
        let now = self.now();
        let account = Account {
            id: id.clone(),
            username: username.to_owned(),
            password_hash: hash(password.clone()).await?,
            must_change,
            disabled: false,
            created_at: now,
            updated_at: now,
        };
        let mut tx = self.store.begin().await?;
        tx.insert_account(&account).await.map_err(|error| match error {
            store::StoreError::Taken { .. } => ServiceError::refused(format!("There is already an account named {username}.")),
            other => other.into(),
        })?;
        tx.commit().await?;
        Ok(id)
    }

    /// Gives an account a new one-time password, enables it and ends its sessions.
    pub async fn reset_password(&self, username: &str) -> Result<Secret> {
        let account = self.store.read().await?.find_account_by_username(username).await?;
        let Some(mut account) = account else {
            return Err(ServiceError::refused(format!(
                "There is no account named {username}. ‘towpath admin create {username}’ makes one."
            )));
        };
        let password = random_password()?;
        account.password_hash = hash(password.clone()).await?;
        account.must_change = true;
        account.disabled = false;
        account.updated_at = self.now();
        let mut tx = self.store.begin().await?;
        tx.update_account(&account).await?;
        tx.delete_sessions_of(&account.id).await?;
        tx.commit().await?;
        Ok(password)
    }

    /// Checks a name and password. Failures make the name at this address, and the address, wait.
    pub async fn sign_in(&self, username: &str, password: &Secret, address: &str) -> Result<Actor, SignInError> {
        let failed = SignInError::Failed;
        let now = self.now();
        let keys = [(format!("{address} {}", username.to_lowercase()), FREE_FAILURES), (address.to_owned(), FREE_FAILURES_ADDRESS)];
        let mut conn = self.store.read().await.map_err(|e| failed(e.into()))?;
        for (key, _) in &keys {
            let failure = conn.find_login_failure(key).await.map_err(|e| failed(e.into()))?;
            if let Some(until) = failure.map(|f| f.blocked_until).filter(|until| *until > now) {
                return Err(SignInError::Throttled { until });
            }
        }
        let account = conn.find_account_by_username(username).await.map_err(|e| failed(e.into()))?;
        drop(conn);
        // A hash is checked for unknown names too, so that the time taken does not tell which names exist.
        let hash = account.as_ref().map(|a| a.password_hash.clone());
        let right = verify(password.clone(), hash).await.map_err(failed)?;
        match account.filter(|a| right && !a.disabled) {
            Some(account) => {
                let mut tx = self.store.begin().await.map_err(|e| failed(e.into()))?;
                tx.delete_login_failure(&keys[0].0).await.map_err(|e| failed(e.into()))?;
                tx.commit().await.map_err(|e| failed(e.into()))?;
                Ok(Actor::Person { account: account.id, name: account.username, must_change: account.must_change })
            }
            None => {
                for (key, free) in &keys {
                    self.note_failure(key, *free, now).await.map_err(failed)?;
                }
                Err(SignInError::Bad)
            }
        }
    }

    async fn note_failure(&self, key: &str, free: u32, now: i64) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let before = tx.find_login_failure(key).await?.filter(|f| now - f.first_at < MEMORY_MS);
        let count = before.as_ref().map_or(0, |f| f.count) + 1;
        let wait = match count.checked_sub(free) {
            Some(over) => (FIRST_WAIT_MS << over.min(10)).min(LONGEST_WAIT_MS),
            None => 0,
        };
        let failure = LoginFailure {
            key: key.to_owned(),
            count,
            first_at: before.map_or(now, |f| f.first_at),
            blocked_until: if wait > 0 { now + wait } else { 0 },
        };
        tx.put_login_failure(&failure).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The account behind a session as an actor, as it is now; `None` when it is gone or disabled.
    pub async fn actor_of(&self, account: &AccountId) -> Result<Option<Actor>> {
        let account = self.store.read().await?.find_account(account).await?;
        Ok(account.filter(|a| !a.disabled).map(|a| Actor::Person { account: a.id, name: a.username, must_change: a.must_change }))
    }

    /// Changes one's own password. Other sessions of the account end; the caller renews its own.
    pub async fn change_password(&self, actor: &Actor, current: &Secret, new: &Secret) -> Result<Result<(), PasswordRefusal>> {
        let Actor::Person { account, .. } = actor else { return Err(ServiceError::Forbidden) };
        let Some(mut account) = self.store.read().await?.find_account(account).await? else { return Err(ServiceError::NotFound) };
        if !verify(current.clone(), Some(account.password_hash.clone())).await? {
            return Ok(Err(PasswordRefusal::WrongCurrent));
        }
        if new.expose().chars().count() < SHORTEST_PASSWORD {
            return Ok(Err(PasswordRefusal::Short));
        }
        if new.expose().len() > 1024 {
            return Ok(Err(PasswordRefusal::Long));
        }
        if new == current {
            return Ok(Err(PasswordRefusal::Same));
        }
        account.password_hash = hash(new.clone()).await?;
        account.must_change = false;
        account.updated_at = self.now();
        let mut tx = self.store.begin().await?;
        tx.update_account(&account).await?;
        tx.delete_sessions_of(&account.id).await?;
        tx.commit().await?;
        Ok(Ok(()))
    }
}

fn check_username(username: &str) -> Result<&str> {
    let good = |c: char| c.is_alphanumeric() || "._-@+".contains(c);
    if username.is_empty() || username.chars().count() > 64 || !username.chars().all(good) {
        return Err(ServiceError::refused("A user name has 1 to 64 letters, digits and . _ - @ +."));
    }
    Ok(username)
}

/// 20 characters without those that look alike: about 98 bits.
fn random_password() -> Result<Secret> {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0u8; 20];
    getrandom::fill(&mut bytes).map_err(|e| ServiceError::broken(format!("the system has no randomness: {e}")))?;
    Ok(Secret::new(bytes.iter().map(|b| char::from(ALPHABET[usize::from(b % 32)])).collect::<String>()))
}

/// The hash of a password, made with argon2id, in PHC text form.
pub(crate) async fn hash(password: Secret) -> Result<Secret> {
    let hashed = tokio::task::spawn_blocking(move || Argon2::default().hash_password(password.expose().as_bytes()).map(|h| h.to_string()));
    match hashed.await {
        Ok(Ok(text)) => Ok(Secret::new(text)),
        Ok(Err(error)) => Err(ServiceError::broken(format!("a password could not be hashed: {error}"))),
        Err(error) => Err(ServiceError::broken(format!("hashing a password stopped: {error}"))),
    }
}

/// Whether a password is the one of a hash. Takes as long without a hash.
pub(crate) async fn verify(password: Secret, hash: Option<Secret>) -> Result<bool> {
    /// Of a random text nobody knows; only the time it takes matters.
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let checked = tokio::task::spawn_blocking(move || {
        let known = hash.is_some();
        let text = hash.as_ref().map_or(NOBODY, Secret::expose);
        let parsed = PasswordHash::new(text)?;
        Ok::<bool, argon2::password_hash::phc::Error>(
            Argon2::default().verify_password(password.expose().as_bytes(), &parsed).is_ok() && known,
        )
    });
    match checked.await {
        Ok(Ok(right)) => Ok(right),
        Ok(Err(error)) => Err(ServiceError::broken(format!("a stored password hash cannot be read: {error}"))),
        Err(error) => Err(ServiceError::broken(format!("checking a password stopped: {error}"))),
    }
}
