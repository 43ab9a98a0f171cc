//! Who refers to what: an object in use stays, and its page says who uses it.

use crate::{Result, Service, ServiceError};
use domain::id::{DataStoreId, IdpAdapterId, PcvId};
use store::{Conn, DataStoreUse};

/// Somebody who refers to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum User {
    /// A channel of an SP Connection.
    Channel(DataStoreUse),
    /// A Password Credential Validator.
    Pcv(PcvId, String),
    /// An IdP Adapter.
    IdpAdapter(IdpAdapterId, String),
}

impl User {
    /// Kind and name, in a sentence.
    fn words(&self) -> String {
        match self {
            Self::Channel(used) => format!("the channel ‘{}’ of ‘{}’", used.channel_name, used.connection_name),
            Self::Pcv(_, name) => format!("the Password Credential Validator ‘{name}’"),
            Self::IdpAdapter(_, name) => format!("the IdP Adapter ‘{name}’"),
        }
    }
}

impl Service {
    pub(crate) async fn users_of_data_store(&self, conn: &mut Conn, id: &DataStoreId) -> Result<Vec<User>> {
        let channels = conn.list_data_store_usage(id).await?.into_iter().map(User::Channel);
        let pcvs = conn.list_pcvs_of(id).await?.into_iter().map(|(id, name)| User::Pcv(id, name));
        Ok(channels.chain(pcvs).collect())
    }

    pub(crate) async fn users_of_pcv(&self, conn: &mut Conn, id: &PcvId) -> Result<Vec<User>> {
        Ok(conn.list_idp_adapters_of(id).await?.into_iter().map(|(id, name)| User::IdpAdapter(id, name)).collect())
    }
}

/// Refuses to delete what is used. `kind` is what should be chosen instead.
pub(crate) fn refuse_used(name: &str, kind: &str, users: &[User]) -> Result<()> {
    let Some(first) = users.first() else { return Ok(()) };
    let more = if users.len() > 1 { format!(" and {} more", users.len() - 1) } else { String::new() };
    Err(in_use(name, kind, &format!("{}{more}", first.words())))
}

/// The refusal to delete what is used.
pub(crate) fn in_use(name: &str, kind: &str, by: &str) -> ServiceError {
    ServiceError::refused(format!("‘{name}’ is used by {by}. Choose another {kind} there first."))
}
