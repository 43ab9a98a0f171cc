//! Directories that are used again and again, by their Data Store.

use crate::directory::Directory;
use crate::error::LdapError;
use domain::id::DataStoreId;
use domain::model::data_store::{DataStore, LdapSettings};
use domain::secret::Secret;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Open directories, each with the settings that it was opened with.
#[derive(Debug, Default)]
pub struct Directories(Mutex<HashMap<DataStoreId, (LdapSettings, Arc<Directory>)>>);

impl Directories {
    /// The directory of a Data Store, with its open connections and what it learnt of its servers; a new one when its settings changed.
    ///
    /// # Errors
    /// As [`Directory::new`].
    pub fn of(&self, store: &DataStore, password: Option<&Secret>) -> Result<Arc<Directory>, LdapError> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, directory)) = open.get(&store.id).filter(|(settings, _)| settings == &store.ldap) {
            return Ok(directory.clone());
        }
        let directory = Arc::new(Directory::new(&store.ldap, password)?);
        open.insert(store.id.clone(), (store.ldap.clone(), directory.clone()));
        Ok(directory)
    }
}
