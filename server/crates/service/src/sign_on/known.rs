//! What sign-ons read of the configuration, kept for a moment and no longer than until something of it is saved: a sign-on would
//! otherwise spend more on reading its connection, adapters, validators and keys again and again than on signing.

use super::partner::Partner;
use crate::{Result, Service, ServiceError};
use domain::id::{ConnectionId, DataStoreId, PcvId};
use domain::model::pcv::Pcv;
use ldap::Directory;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// What is saved here is seen at once. Another node of the same database is believed to save something so often.
const KEPT: Duration = Duration::from_secs(2);

/// What was read.
#[derive(Default)]
pub(crate) struct Known(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// Saves before it was read, and when.
    read: Option<(u64, Instant)>,
    partners: HashMap<ConnectionId, Arc<Partner>>,
    by_entity_id: HashMap<String, ConnectionId>,
    validators: HashMap<PcvId, Arc<Validator>>,
    directories: HashMap<DataStoreId, Arc<Directory>>,
}

/// A validator with the directory that it asks.
pub(crate) struct Validator {
    pub pcv: Pcv,
    /// None: it asks none.
    pub directory: Option<Arc<Directory>>,
}

impl Known {
    /// What was read after the last of so many saves.
    fn since(&self, saves: u64) -> MutexGuard<'_, Kept> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.read.is_none_or(|(known, at)| known != saves || at.elapsed() >= KEPT) {
            *kept = Kept { read: Some((saves, Instant::now())), ..Kept::default() };
        }
        kept
    }
}

impl Service {
    pub(crate) fn known_partner(&self, id: &ConnectionId) -> Option<Arc<Partner>> {
        self.known.since(self.store.saves()).partners.get(id).cloned()
    }

    pub(crate) fn known_partner_by_entity_id(&self, entity_id: &str) -> Option<Arc<Partner>> {
        let kept = self.known.since(self.store.saves());
        kept.partners.get(kept.by_entity_id.get(entity_id)?).cloned()
    }

    /// Keeps what was read after so many saves, unless there were more meanwhile.
    pub(crate) fn keep_partner(&self, saves: u64, partner: Partner) -> Arc<Partner> {
        let partner = Arc::new(partner);
        if saves == self.store.saves() {
            let mut kept = self.known.since(saves);
            kept.by_entity_id.insert(partner.connection.general.entity_id.clone(), partner.connection.id.clone());
            kept.partners.insert(partner.connection.id.clone(), partner.clone());
        }
        partner
    }

    /// The directory of a saved Data Store, with its open connections; or why it cannot be asked.
    pub(crate) async fn known_directory(&self, id: &DataStoreId) -> Result<Result<Arc<Directory>, String>> {
        let saves = self.store.saves();
        if let Some(directory) = self.known.since(saves).directories.get(id) {
            return Ok(Ok(directory.clone()));
        }
        let mut conn = self.store.read().await?;
        let (store, password) = match self.data_store_with_password(&mut conn, id).await {
            Ok(found) => found,
            Err(ServiceError::NotFound) => return Ok(Err("Its Data Store is not there any more.".to_owned())),
            Err(ServiceError::Refused { why }) => return Ok(Err(why)),
            Err(other) => return Err(other),
        };
        let directory = match self.directories.of(&store, password.as_ref()) {
            Ok(directory) => directory,
            Err(error) => return Ok(Err(error.to_string())),
        };
        if saves == self.store.saves() {
            self.known.since(saves).directories.insert(id.clone(), directory.clone());
        }
        Ok(Ok(directory))
    }

    /// A saved validator; or why it cannot be asked.
    pub(crate) async fn validator(&self, id: &PcvId) -> Result<Result<Arc<Validator>, String>> {
        let saves = self.store.saves();
        if let Some(validator) = self.known.since(saves).validators.get(id) {
            return Ok(Ok(validator.clone()));
        }
        let pcv = self.store.read().await?.find_pcv(id).await?.ok_or(ServiceError::NotFound)?.value;
        let directory = match self.directory_asked_by(&pcv).await? {
            Ok(directory) => directory,
            Err(why) => return Ok(Err(why)),
        };
        let validator = Arc::new(Validator { pcv, directory });
        if saves == self.store.saves() {
            self.known.since(saves).validators.insert(id.clone(), validator.clone());
        }
        Ok(Ok(validator))
    }
}
