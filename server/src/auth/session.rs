//! Sessions in the store. The table has a hash of each session's id: who reads the database cannot take over a session.

use async_trait::async_trait;
use domain::id::AccountId;
use sha2::{Digest, Sha256};
use std::fmt;
use store::Store;
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Expiry, SessionManagerLayer, SessionStore};

/// A session ends after so long without a request.
const IDLE_MINUTES: i64 = 60;

/// The layer that gives every request its session. `Secure` exactly when browsers come by https: a plain-http sign-in on a
/// loopback or a test network would otherwise fail in silence.
pub fn layer(store: Store, clock: service::Clock, https: bool) -> SessionManagerLayer<Sessions> {
    SessionManagerLayer::new(Sessions { store, clock })
        .with_name("towpath")
        .with_secure(https)
        .with_same_site(tower_sessions::cookie::SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(tower_sessions::cookie::time::Duration::minutes(IDLE_MINUTES)))
}

/// The session store.
#[derive(Clone)]
pub struct Sessions {
    store: Store,
    clock: service::Clock,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let mut tx = self.store.begin_record().await.map_err(backend)?;
        loop {
            let (key, account, data, expires) = columns(record)?;
            if tx.create_session(&key, account.as_ref(), &data, expires).await.map_err(backend)? {
                return tx.commit().await.map_err(backend);
            }
            record.id = Id::default();
        }
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let (key, account, data, expires) = columns(record)?;
        let mut tx = self.store.begin_record().await.map_err(backend)?;
        // Signed off, or ended by a new password, while the request ran: it stays so.
        if tx.load_session(&key, (self.clock)()).await.map_err(backend)?.is_none() {
            return Ok(());
        }
        tx.save_session(&key, account.as_ref(), &data, expires).await.map_err(backend)?;
        tx.commit().await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let now = (self.clock)();
        let data = self.store.read().await.map_err(backend)?.load_session(&key_of(id), now).await.map_err(backend)?;
        let Some(data) = data else { return Ok(None) };
        let (data, expires): (_, i64) = serde_json::from_str(&data).map_err(|e| Error::Decode(e.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp(expires / 1000).map_err(|e| Error::Decode(e.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let mut tx = self.store.begin_record().await.map_err(backend)?;
        tx.delete_session(&key_of(id)).await.map_err(backend)?;
        tx.commit().await.map_err(backend)
    }
}

fn key_of(id: &Id) -> String {
    hex::encode(Sha256::digest(id.0.to_le_bytes()))
}

fn columns(record: &Record) -> Result<(String, Option<AccountId>, String, i64)> {
    let expires = record.expiry_date.unix_timestamp() * 1000;
    let account = record.data.get(super::ACCOUNT).and_then(|v| v.as_str()).and_then(|id| AccountId::parse(id).ok());
    let data = serde_json::to_string(&(&record.data, expires)).map_err(|e| Error::Encode(e.to_string()))?;
    Ok((key_of(&record.id), account, data, expires))
}

fn backend(error: store::StoreError) -> Error {
    tracing::error!(error = %crate::ports::chain(&error), "sessions");
    Error::Backend(error.to_string())
}
