//! Signing keys: made, imported, rotated, exported, deleted. What uses one keeps it.

use crate::drafts::Next;
use crate::usage::{User, refuse_used};
use crate::{Result, Service, ServiceError, new_id};
use domain::actor::Actor;
use domain::id::SigningKeyId;
use domain::model::signing_key::{KeyPair, NewSigningKey, SigningKey};
use domain::secret::{Sealed, Secret};
use domain::wizard::draft::{Draft, DraftBody};
use keys::{CertificateFacts, Made, SigningPair};
use store::{Stored, seal};

/// A signing key for a person.
#[derive(Clone, Debug)]
pub struct SigningKeyGlance {
    /// Its id.
    pub id: SigningKeyId,
    /// The certificate in use.
    pub active: CertificateFacts,
    /// The next one, while the key is being rotated.
    pub next: Option<CertificateFacts>,
    /// What uses it.
    pub uses: Vec<User>,
}

impl Service {
    /// Begins a draft of a new signing key.
    pub async fn new_signing_key(&self, actor: &Actor) -> Result<Next> {
        self.require(actor)?;
        let id = SigningKeyId::parse(&new_id()).map_err(ServiceError::broken)?;
        let draft = Draft::new(DraftBody::SigningKey(Box::new(NewSigningKey::new(id.clone()))), true);
        self.begin(actor, draft, id.as_str(), 0).await
    }

    /// All signing keys, oldest first.
    pub async fn list_signing_keys(&self, actor: &Actor) -> Result<Vec<SigningKeyGlance>> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let keys = conn.list_signing_keys().await?;
        let mut glances = Vec::with_capacity(keys.len());
        for stored in keys {
            let uses = self.users_of_signing_key(&mut conn, &stored.value.id).await?;
            glances.push(glance(&stored.value, uses)?);
        }
        Ok(glances)
    }

    /// One signing key.
    pub async fn signing_key(&self, actor: &Actor, id: &SigningKeyId) -> Result<SigningKeyGlance> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let key = conn.find_signing_key(id).await?.ok_or(ServiceError::NotFound)?.value;
        let uses = self.users_of_signing_key(&mut conn, id).await?;
        glance(&key, uses)
    }

    /// The certificate in use, or the next one, in PEM.
    pub async fn signing_certificate(&self, actor: &Actor, id: &SigningKeyId, next: bool) -> Result<String> {
        self.require(actor)?;
        let key = self.store.read().await?.find_signing_key(id).await?.ok_or(ServiceError::NotFound)?.value;
        let pair = if next { key.next } else { Some(key.active) };
        Ok(pair.ok_or(ServiceError::NotFound)?.certificate)
    }

    /// Takes the key of a PKCS#12 file.
    pub async fn import_signing_key(&self, actor: &Actor, file: Vec<u8>, password: Secret) -> Result<SigningKeyId> {
        self.require(actor)?;
        let made = at_leisure(move || keys::import(&file, &password)).await?;
        let made = made.map_err(|error| match error {
            keys::ImportError::Unreadable(ref cause) => {
                tracing::info!(cause = %cause, "a PKCS#12 file could not be read");
                ServiceError::refused(error.to_string())
            }
            other => ServiceError::refused(other.to_string()),
        })?;
        let facts =
            CertificateFacts::of_pem(&made.certificate).ok_or_else(|| ServiceError::broken("a certificate just read cannot be read"))?;
        let id = SigningKeyId::parse(&new_id()).map_err(ServiceError::broken)?;
        let key = SigningKey { id: id.clone(), active: self.seal_pair(&id, made)?, next: None };
        let mut tx = self.store.begin().await?;
        for stored in tx.list_signing_keys().await? {
            let other = &stored.value;
            if [Some(&other.active), other.next.as_ref()].into_iter().flatten().any(|pair| pair.certificate == key.active.certificate) {
                return Err(ServiceError::refused(format!("The key of ‘{}’ is already here.", facts.subject)));
            }
        }
        tx.insert_signing_key(&key, &actor.to_string(), self.now()).await?;
        tx.commit().await?;
        tracing::info!(target: "admin", actor = %actor, kind = "signing_key", object = facts.subject, "imported");
        Ok(id)
    }

    /// Makes the next key and publishes its certificate beside the one in use.
    pub async fn rotate_signing_key(&self, actor: &Actor, id: &SigningKeyId) -> Result<()> {
        let stored = self.signing_key_to_change(actor, id).await?;
        if stored.value.next.is_some() {
            return Err(ServiceError::refused("This key is being rotated already. Activate its next certificate, or cancel the rotation."));
        }
        let (certificate, now) = (stored.value.active.certificate.clone(), self.now());
        let made = at_leisure(move || keys::make_like(&certificate, now)).await?.map_err(not_made)?;
        let next = Some(self.seal_pair(id, made)?);
        self.change_signing_key(actor, stored, |key| key.next = next, "rotation begun").await
    }

    /// From now on the next key signs; the one in use is gone.
    pub async fn activate_signing_key(&self, actor: &Actor, id: &SigningKeyId) -> Result<()> {
        let mut stored = self.signing_key_to_change(actor, id).await?;
        let next = stored.value.next.take().ok_or_else(|| ServiceError::refused("This key has no next certificate. Rotate it first."))?;
        self.change_signing_key(actor, stored, |key| key.active = next, "next certificate activated").await
    }

    /// Drops the next key.
    pub async fn cancel_key_rotation(&self, actor: &Actor, id: &SigningKeyId) -> Result<()> {
        let stored = self.signing_key_to_change(actor, id).await?;
        self.change_signing_key(actor, stored, |key| key.next = None, "rotation cancelled").await
    }

    /// Deletes a signing key that nothing uses.
    pub async fn delete_signing_key(&self, actor: &Actor, id: &SigningKeyId) -> Result<()> {
        self.require(actor)?;
        let mut tx = self.store.begin().await?;
        let key = tx.find_signing_key(id).await?.ok_or(ServiceError::NotFound)?.value;
        let subject = subject(&key);
        refuse_used(&subject, "key", &self.users_of_signing_key(&mut tx, id).await?)?;
        tx.delete_signing_key(id).await?;
        tx.commit().await?;
        tracing::info!(target: "admin", actor = %actor, kind = "signing_key", object = subject, "deleted");
        Ok(())
    }

    async fn signing_key_to_change(&self, actor: &Actor, id: &SigningKeyId) -> Result<Stored<SigningKey>> {
        self.require(actor)?;
        self.store.read().await?.find_signing_key(id).await?.ok_or(ServiceError::NotFound)
    }

    async fn change_signing_key(
        &self,
        actor: &Actor,
        mut stored: Stored<SigningKey>,
        change: impl FnOnce(&mut SigningKey),
        what: &'static str,
    ) -> Result<()> {
        change(&mut stored.value);
        let mut tx = self.store.begin().await?;
        tx.update_signing_key(&stored.value, stored.version, &actor.to_string(), self.now()).await?;
        tx.commit().await?;
        tracing::info!(target: "admin", actor = %actor, kind = "signing_key", object = subject(&stored.value), "{what}");
        Ok(())
    }

    /// Makes the key of a draft, ready to be stored.
    pub(crate) async fn make_signing_key(&self, new: &NewSigningKey) -> Result<SigningKey> {
        let (wanted, now) = (new.clone(), self.now());
        let made = at_leisure(move || keys::make(&wanted.subject, wanted.algorithm, now, wanted.validity_days)).await?;
        Ok(SigningKey { id: new.id.clone(), active: self.seal_pair(&new.id, made.map_err(not_made)?)?, next: None })
    }

    /// A private key is sealed for its own certificate, so that it opens wherever in the row that certificate stands.
    fn seal_pair(&self, id: &SigningKeyId, made: Made) -> Result<KeyPair> {
        let fingerprint = fingerprint(&made.certificate)?;
        let ciphertext = self.store.seal(&made.private_key, &seal::aad("signing_keys", id.as_str(), &fingerprint))?;
        Ok(KeyPair { certificate: made.certificate, private_key: Sealed { ciphertext, bound_to: fingerprint } })
    }

    /// The key in use, ready to sign.
    pub(crate) fn open_signing_key(&self, key: &SigningKey) -> Result<SigningPair> {
        let place = seal::aad("signing_keys", key.id.as_str(), &fingerprint(&key.active.certificate)?);
        let private_key = self.store.unseal(&key.active.private_key.ciphertext, &place)?;
        SigningPair::load(&private_key, &key.active.certificate).map_err(|error| ServiceError::broken(error.to_string()))
    }
}

/// What a list of keys to choose from shows of one.
pub(crate) fn label(key: &SigningKey) -> String {
    match CertificateFacts::of_pem(&key.active.certificate) {
        Some(facts) => format!("{} ({}, until {})", facts.subject, facts.algorithm, facts.ends_on()),
        None => key.id.to_string(),
    }
}

fn glance(key: &SigningKey, uses: Vec<User>) -> Result<SigningKeyGlance> {
    let facts = |pair: &KeyPair| {
        CertificateFacts::of_pem(&pair.certificate)
            .ok_or_else(|| ServiceError::broken(format!("a certificate of the key {} cannot be read", key.id)))
    };
    Ok(SigningKeyGlance { id: key.id.clone(), active: facts(&key.active)?, next: key.next.as_ref().map(facts).transpose()?, uses })
}

fn subject(key: &SigningKey) -> String {
    CertificateFacts::of_pem(&key.active.certificate).map_or_else(|| key.id.to_string(), |facts| facts.subject)
}

fn fingerprint(certificate: &str) -> Result<String> {
    let facts =
        CertificateFacts::of_pem(certificate).ok_or_else(|| ServiceError::broken("a certificate of a signing key cannot be read"))?;
    Ok(facts.fingerprint_id())
}

fn not_made(error: keys::MakeError) -> ServiceError {
    ServiceError::broken(crate::error::chain(&error))
}

/// Runs what takes a while, such as finding primes, where it holds up nobody.
async fn at_leisure<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| ServiceError::broken(format!("work on a key ended by a fault: {error}")))
}
