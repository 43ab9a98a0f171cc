//! Who refers to what: an object in use stays, and its page says who uses it.

use crate::{Result, Service, ServiceError};
use domain::id::{ConnectionId, DataStoreId, IdpAdapterId, PcvId, SigningKeyId, TrustedCaId};
use domain::model::data_store::DataStore;
use domain::model::server_settings::{MetadataExport, MetadataMode};
use domain::model::sp_connection::SpConnection;
use store::{Conn, DataStoreUse, Stored};

/// Somebody who refers to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum User {
    /// A channel of an SP Connection.
    Channel(DataStoreUse),
    /// A Password Credential Validator.
    Pcv(PcvId, String),
    /// An IdP Adapter.
    IdpAdapter(IdpAdapterId, String),
    /// An SP Connection: its id, its name, and for what.
    Connection(ConnectionId, String, &'static str),
    /// A Data Store, for its Trusted CA.
    DataStore(DataStoreId, String),
    /// Metadata Export, and for what.
    MetadataExport(&'static str),
}

impl User {
    /// Kind and name, in a sentence.
    fn words(&self) -> String {
        match self {
            Self::Channel(used) => format!("the channel ‘{}’ of ‘{}’", used.channel_name, used.connection_name),
            Self::Pcv(_, name) => format!("the Password Credential Validator ‘{name}’"),
            Self::IdpAdapter(_, name) => format!("the IdP Adapter ‘{name}’"),
            Self::Connection(_, name, what) => format!("the SP Connection ‘{name}’ ({what})"),
            Self::DataStore(_, name) => format!("the Data Store ‘{name}’"),
            Self::MetadataExport(what) => format!("Metadata Export ({what})"),
        }
    }
}

impl Service {
    pub(crate) async fn users_of_data_store(&self, conn: &mut Conn, id: &DataStoreId) -> Result<Vec<User>> {
        let channels = conn.list_data_store_usage(id).await?.into_iter().map(User::Channel);
        let pcvs = conn.list_pcvs_of(id).await?.into_iter().map(|(id, name)| User::Pcv(id, name));
        let looks_up =
            |c: &SpConnection| c.browser_sso.assertion.sources.iter().any(|source| source.lookup.data_store.as_ref() == Some(id));
        let lookups = connections(conn, id.as_str(), "Attribute Sources & User Lookup", looks_up).await?;
        Ok(channels.chain(pcvs).chain(lookups).collect())
    }

    pub(crate) async fn users_of_pcv(&self, conn: &mut Conn, id: &PcvId) -> Result<Vec<User>> {
        Ok(conn.list_idp_adapters_of(id).await?.into_iter().map(|(id, name)| User::IdpAdapter(id, name)).collect())
    }

    pub(crate) async fn users_of_idp_adapter(&self, conn: &mut Conn, id: &IdpAdapterId) -> Result<Vec<User>> {
        connections(conn, id.as_str(), "Authentication Source Mapping", |c| asks(c, id)).await
    }

    /// How many connections use each of these adapters, in one look.
    pub(crate) async fn count_users_of_idp_adapters(&self, conn: &mut Conn, ids: &[&IdpAdapterId]) -> Result<Vec<u32>> {
        let named = conn.list_connections_naming_idp_adapters().await?;
        let count = |id: &&IdpAdapterId| named.iter().filter(|stored| asks(&stored.value, id)).count() as u32;
        Ok(ids.iter().map(count).collect())
    }

    pub(crate) async fn users_of_signing_key(&self, conn: &mut Conn, id: &SigningKeyId) -> Result<Vec<User>> {
        let export = conn.find_server_settings::<MetadataExport>().await?.value;
        let mut users = Vec::new();
        if export.signing_key.as_ref() == Some(id) {
            users.push(User::MetadataExport("Signing Key"));
        }
        if export.signature_key.as_ref() == Some(id) {
            users.push(User::MetadataExport("Metadata Signing"));
        }
        let signs = |c: &SpConnection| c.credentials.signing_key.as_ref() == Some(id);
        users.extend(connections(conn, id.as_str(), "Signing Certificate", signs).await?);
        Ok(users)
    }

    pub(crate) async fn users_of_trusted_ca(&self, conn: &mut Conn, id: &TrustedCaId) -> Result<Vec<User>> {
        let stores = conn.list_data_stores().await?;
        let named = conn.list_connections_naming(id.as_str()).await?;
        Ok(trusting(&stores, &named, id))
    }

    /// Who uses each of these CAs, in one look.
    pub(crate) async fn users_of_trusted_cas(&self, conn: &mut Conn, ids: &[&TrustedCaId]) -> Result<Vec<Vec<User>>> {
        let stores = conn.list_data_stores().await?;
        let named = conn.list_connections_naming_trusted_cas().await?;
        Ok(ids.iter().map(|id| trusting(&stores, &named, id)).collect())
    }

    pub(crate) async fn users_of_connection(&self, conn: &mut Conn, id: &ConnectionId) -> Result<Vec<User>> {
        let export = conn.find_server_settings::<MetadataExport>().await?.value;
        let is_for_it = export.mode == MetadataMode::Connection && export.connection.as_ref() == Some(id);
        Ok(if is_for_it { vec![User::MetadataExport("Metadata Mode")] } else { Vec::new() })
    }
}

/// Whether people sign on to a connection by an adapter.
fn asks(connection: &SpConnection, id: &IdpAdapterId) -> bool {
    connection.browser_sso.assertion.sources.iter().any(|source| source.adapter.as_ref() == Some(id))
}

/// Who of these trusts a CA.
fn trusting(stores: &[Stored<DataStore>], connections: &[Stored<SpConnection>], id: &TrustedCaId) -> Vec<User> {
    let stores = stores.iter().map(|stored| &stored.value).filter(|store| store.ldap.trusted_ca_id.as_ref() == Some(id));
    let connections = connections.iter().map(|stored| &stored.value);
    let connections = connections.filter(|connection| connection.provisioning.target.trusted_ca_id.as_ref() == Some(id));
    let stores = stores.map(|store| User::DataStore(store.id.clone(), store.name.clone()));
    stores.chain(connections.map(|c| User::Connection(c.id.clone(), c.general.name.clone(), "Target"))).collect()
}

/// The connections that really refer to the object of an id.
async fn connections(conn: &mut Conn, id: &str, what: &'static str, refers: impl Fn(&SpConnection) -> bool) -> Result<Vec<User>> {
    let named = conn.list_connections_naming(id).await?.into_iter().map(|stored| stored.value);
    Ok(named.filter(|c| refers(c)).map(|c| User::Connection(c.id, c.general.name, what)).collect())
}

/// Refuses to delete what is used. `kind` is what should be chosen instead.
pub(crate) fn refuse_used(name: &str, kind: &str, users: &[User]) -> Result<()> {
    let Some(first) = users.first() else { return Ok(()) };
    let more = if users.len() > 1 { format!(" and {} more", users.len() - 1) } else { String::new() };
    Err(in_use(name, kind, &format!("{}{more}", first.words())))
}

/// The refusal to delete what is used.
pub(crate) fn in_use(name: &str, kind: &str, by: &str) -> ServiceError {
    ServiceError::InUse { why: format!("‘{name}’ is used by {by}. Choose another {kind} there first.") }
}
