//! SP Connections that become others: a copy with its channels, a file to take elsewhere, and a draft made of such a file.
//!
//! None of them carries a secret, and none runs by itself: what is made is a draft whose secrets are asked for and whose channels are
//! inactive, since the original may still be running with the same service.

use crate::drafts::Next;
use crate::metadata::Download;
use crate::{Result, Service, ServiceError, new_id};
use domain::actor::Actor;
use domain::id::{ChannelId, ConnectionId, DataStoreId, DraftId, IdpAdapterId, SigningKeyId, TrustedCaId};
use domain::model::signing_key::SigningKey;
use domain::model::sp_connection::{MetadataChange, SpConnection};
use domain::wizard::draft::{Draft, DraftBody};
use keys::CertificateFacts;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::Conn;

/// What the file says it is.
const FORMAT: &str = "towpath-sp-connection";
/// Version of the file's shape. It goes up with the version of the stored body.
pub const FORMAT_VERSION: u32 = 1;

/// The file, as far as every version of it is alike.
#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    format: String,
    #[serde(default)]
    version: Option<u32>,
}

#[derive(Serialize, Deserialize)]
struct File {
    format: String,
    version: u32,
    /// Names of secrets that were left out.
    #[serde(default)]
    secrets: Vec<String>,
    /// What the connection refers to, so that the same can be found elsewhere.
    #[serde(default)]
    references: Vec<Reference>,
    connection: SpConnection,
}

/// An object that a connection refers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Reference {
    kind: ReferenceKind,
    id: String,
    name: String,
    /// Of a certificate; names of certificates may be alike.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    fingerprint: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReferenceKind {
    DataStore,
    IdpAdapter,
    SigningKey,
    TrustedCa,
}

impl ReferenceKind {
    fn label(self) -> &'static str {
        match self {
            Self::DataStore => "Data Store",
            Self::IdpAdapter => "IdP Adapter",
            Self::SigningKey => "Signing Certificate",
            Self::TrustedCa => "Trusted CA",
        }
    }
}

impl Service {
    /// Begins a draft of a copy.
    pub async fn copy_connection(&self, actor: &Actor, id: &ConnectionId) -> Result<Next> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let mut connection = conn.find_connection(id).await?.ok_or(ServiceError::NotFound)?.value;
        let original = connection.general.name.clone();
        connection.general.name = format!("Copy of {original}");
        connection.general.entity_id.push_str("-copy");
        let mut notes = vec![format!("This is a copy of ‘{original}’. Nothing is stored until you save it.")];
        self.make_new(&mut conn, &mut connection, &mut notes).await?;
        drop(conn);
        self.begin_new(actor, connection, notes, "copied").await
    }

    /// A connection as a file, without its secrets.
    pub async fn export_connection(&self, actor: &Actor, id: &ConnectionId) -> Result<Download> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let mut connection = conn.find_connection(id).await?.ok_or(ServiceError::NotFound)?.value;
        let secrets = std::mem::take(&mut connection.provisioning.target.secrets).into_keys().collect();
        let known = known_objects(&mut conn).await?;
        let mut references = BTreeSet::new();
        visit(&mut connection, &mut |kind, id| {
            if let Some(found) = id.and_then(|id| known.iter().find(|object| object.kind == kind && object.id == id)) {
                references.insert(found.clone());
            }
            None
        });
        let name = connection.general.name.clone();
        let references = references.into_iter().collect();
        let file = File { format: FORMAT.to_owned(), version: FORMAT_VERSION, secrets, references, connection };
        let text =
            serde_json::to_string_pretty(&file).map_err(|e| ServiceError::broken(format!("a connection could not be written: {e}")))?;
        tracing::info!(target: "admin", actor = %actor, kind = "sp_connection", object = name, "exported");
        Ok(Download { name, media_type: "application/json", text })
    }

    /// Begins a draft of what is in such a file.
    pub async fn import_connection(&self, actor: &Actor, text: &str) -> Result<Next> {
        self.require(actor)?;
        let File { mut connection, references, .. } = read(text)?;
        let mut notes = vec!["This was read from a file. Nothing is stored until you save it.".to_owned()];
        let mut conn = self.store.read().await?;
        let known = known_objects(&mut conn).await?;
        let mut missing = BTreeSet::new();
        visit(&mut connection, &mut |kind, id| {
            let id = id?;
            let meant = references.iter().find(|reference| reference.kind == kind && reference.id == id);
            let here = known.iter().filter(|object| object.kind == kind).find(|object| match meant {
                // The same id elsewhere may be another object: the name, or what it certifies, decides.
                Some(meant) if meant.fingerprint.is_empty() => object.name.to_lowercase() == meant.name.to_lowercase(),
                Some(meant) => object.fingerprint == meant.fingerprint,
                None => object.id == id,
            });
            if here.is_none() {
                missing.insert((kind, meant.map_or(id, |meant| meant.name.as_str()).to_owned()));
            }
            Some(here.map(|object| object.id.clone()))
        });
        for (kind, name) in missing {
            notes.push(format!("The {} ‘{name}’ is not here: choose another one, or leave it out.", kind.label()));
        }
        if let Some(reference) = &connection.connector
            && self.connectors().find(reference).is_none()
        {
            return Err(ServiceError::refused(format!(
                "This connection is made from the connector {}, which is not installed here. Install it first, then import the connection.",
                reference.id
            )));
        }
        self.make_new(&mut conn, &mut connection, &mut notes).await?;
        drop(conn);
        self.begin_new(actor, connection, notes, "imported").await
    }

    /// Begins a draft of a connection, or goes on with the open one, that takes what its partner says of itself now: of a file, or of
    /// what is at an address. What that changes is said in the draft; nothing is stored until it is saved.
    pub async fn update_with_metadata(&self, actor: &Actor, id: &ConnectionId, file: Vec<u8>, address: &str) -> Result<Next> {
        self.require(actor)?;
        let connection = self.store.read().await?.find_connection(id).await?.ok_or(ServiceError::NotFound)?.value;
        if !connection.browser_sso_profiles {
            return Err(ServiceError::refused("This connection has no Browser SSO, which is what a partner's metadata is about."));
        }
        let wanted = &connection.general.entity_id;
        let (read, from) = match (file.is_empty(), address.trim()) {
            (true, "") => return Err(ServiceError::refused("Choose a file, or enter the address of the metadata.")),
            (true, address) => (self.sp_metadata_at(address, wanted).await?, address),
            (false, _) => (self.sp_metadata_of(file, wanted).await?, ""),
        };
        let metadata = read.map_err(ServiceError::refused)?;
        let Next::Tab(draft, path) = self.edit_connection(actor, id).await? else { return Err(ServiceError::NotFound) };
        let change = |draft: &mut Draft| {
            let DraftBody::SpConnection(connection) = &mut draft.body else { return };
            connection.metadata.url = from.to_owned();
            let changes = connection.take_metadata(&metadata, from);
            draft.notes = changes.iter().map(changed).collect();
            let heading = match changes.is_empty() {
                true => "The metadata says what is here already: nothing changes.",
                false => "The metadata changes what follows. Nothing is stored until you save it.",
            };
            draft.notes.insert(0, heading.to_owned());
        };
        self.change_draft(actor, &draft, change).await?;
        self.keep_draft(&draft).await?;
        Ok(Next::Tab(draft, path))
    }

    /// Makes a connection one that does not exist yet, and says what that changed.
    async fn make_new(&self, conn: &mut Conn, connection: &mut SpConnection, notes: &mut Vec<String>) -> Result<()> {
        connection.id = ConnectionId::parse(&new_id()).map_err(ServiceError::broken)?;
        let (name, entity_id) = (connection.general.name.clone(), connection.general.entity_id.clone());
        connection.general.name = first_free(conn, Unique::Name, &name).await?;
        connection.general.entity_id = first_free(conn, Unique::EntityId, &entity_id).await?;
        if connection.general.name != name || connection.general.entity_id != entity_id {
            notes.push("Its name or its Connection ID was taken and has got a number: look at General Info.".to_owned());
        }
        let channels = &mut connection.provisioning.channels;
        for channel in channels.iter_mut() {
            channel.id = ChannelId::parse(&new_id()).map_err(ServiceError::broken)?;
            channel.active = false;
        }
        if !channels.is_empty() {
            notes.push("Its channels are inactive, so that nothing runs twice. Activate each of them when it should run.".to_owned());
        }
        connection.provisioning.target.secrets.clear();
        if connection.outbound_provisioning {
            notes.push("Secrets were left out: enter them on the Target tab.".to_owned());
        }
        connection.removal = Default::default();
        Ok(())
    }

    /// Begins a draft that its owner finds in the list.
    async fn begin_new(&self, actor: &Actor, connection: SpConnection, notes: Vec<String>, what: &'static str) -> Result<Next> {
        let (id, name) = (connection.id.clone(), connection.general.name.clone());
        let mut draft = Draft::new(DraftBody::SpConnection(Box::new(connection)), true);
        draft.notes = notes;
        let next = self.begin(actor, draft, id.as_str(), 0).await?;
        if let Next::Tab(draft, _) = &next {
            self.keep_draft(draft).await?;
        }
        tracing::info!(target: "admin", actor = %actor, kind = "sp_connection", object = name, "{what} into a draft");
        Ok(next)
    }

    pub(crate) async fn keep_draft(&self, id: &DraftId) -> Result<()> {
        let mut tx = self.store.begin().await?;
        if let Some(mut row) = tx.find_draft(id).await? {
            row.kept = true;
            tx.update_draft(&row).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// A change in words.
fn changed(change: &MetadataChange) -> String {
    let MetadataChange { what, before, after } = change;
    match (before.as_str(), after.as_str()) {
        ("", after) => format!("{what}: {after} (new)"),
        (before, "") => format!("{what}: {before} is taken away"),
        (before, after) => format!("{what}: {after} (was {before})"),
    }
}

/// Reads a file, and says in words what it is if it is none of these.
fn read(text: &str) -> Result<File> {
    let no_export = || ServiceError::refused("This file is no SP Connection that Towpath exported. Choose a file made by Export.");
    let text = text.trim_start_matches('\u{feff}');
    let head: Head = serde_json::from_str(text).map_err(|_| no_export())?;
    if head.format != FORMAT {
        return Err(no_export());
    }
    match head.version {
        Some(FORMAT_VERSION) => {}
        Some(version) => {
            return Err(ServiceError::refused(format!(
                "This file has format version {version}, and this Towpath reads version {FORMAT_VERSION}. Import it with the version of Towpath \
                 that it was exported from, or a newer one."
            )));
        }
        None => return Err(no_export()),
    }
    let file: File = serde_json::from_str(text).map_err(|error| {
        ServiceError::refused(format!("This file was changed or cut off: line {} is not as it must be ({error}).", error.line()))
    })?;
    // PostgreSQL keeps no such character, and no form lets one in.
    if text.contains("\\u0000") {
        return Err(ServiceError::refused("This file holds a character (NUL) that no name or value can have."));
    }
    Ok(file)
}

/// Every object that a connection may refer to.
async fn known_objects(conn: &mut Conn) -> Result<Vec<Reference>> {
    use ReferenceKind::{DataStore, IdpAdapter, TrustedCa};
    let of = |kind, id: &str, name: String, fingerprint: String| Reference { kind, id: id.to_owned(), name, fingerprint };
    let mut known = Vec::new();
    known.extend(conn.list_data_store_names().await?.into_iter().map(|(id, name)| of(DataStore, id.as_str(), name, String::new())));
    let adapters = conn.list_idp_adapters().await?.into_iter().map(|stored| stored.value);
    known.extend(adapters.map(|adapter| of(IdpAdapter, adapter.id.as_str(), adapter.name, String::new())));
    let keys = conn.list_signing_keys().await?;
    known.extend(keys.into_iter().filter_map(|stored| key_reference(&stored.value)));
    for ca in conn.list_trusted_cas().await? {
        let name = CertificateFacts::of_pem(&ca.certificate).map(|facts| facts.subject).unwrap_or_default();
        known.push(of(TrustedCa, ca.id.as_str(), name, ca.fingerprint));
    }
    Ok(known)
}

fn key_reference(key: &SigningKey) -> Option<Reference> {
    let facts = CertificateFacts::of_pem(&key.active.certificate)?;
    let (name, fingerprint) = (facts.subject.clone(), facts.fingerprint_id());
    Some(Reference { kind: ReferenceKind::SigningKey, id: key.id.to_string(), name, fingerprint })
}

/// Told what a connection refers to by its id; what it answers is put there instead, if anything.
type Visitor<'v> = dyn FnMut(ReferenceKind, Option<&str>) -> Option<Option<String>> + 'v;

/// Calls `f` with everything a connection refers to; what it answers is put there instead.
fn visit(connection: &mut SpConnection, f: &mut Visitor<'_>) {
    fn one<I: ToString>(kind: ReferenceKind, place: &mut Option<I>, parse: fn(&str) -> Result<I, String>, f: &mut Visitor<'_>) {
        let id = place.as_ref().map(ToString::to_string);
        if let Some(other) = f(kind, id.as_deref()) {
            *place = other.and_then(|id| parse(&id).ok());
        }
    }
    use ReferenceKind::{DataStore, IdpAdapter, SigningKey, TrustedCa};
    one(TrustedCa, &mut connection.provisioning.target.trusted_ca_id, TrustedCaId::parse, f);
    for channel in &mut connection.provisioning.channels {
        one(DataStore, &mut channel.data_store, DataStoreId::parse, f);
    }
    for source in &mut connection.browser_sso.assertion.sources {
        one(IdpAdapter, &mut source.adapter, IdpAdapterId::parse, f);
        one(DataStore, &mut source.lookup.data_store, DataStoreId::parse, f);
    }
    one(SigningKey, &mut connection.credentials.signing_key, SigningKeyId::parse, f);
}

/// What no two connections have in common.
#[derive(Clone, Copy)]
enum Unique {
    Name,
    EntityId,
}

/// The text itself, or with the first number behind it that no other connection has.
async fn first_free(conn: &mut Conn, what: Unique, text: &str) -> Result<String> {
    let mut candidate = text.to_owned();
    let mut number = 1u32;
    loop {
        let is_taken = match what {
            Unique::Name => conn.is_connection_name_taken(&candidate).await?,
            Unique::EntityId => conn.is_entity_id_taken(&candidate).await?,
        };
        if !is_taken {
            return Ok(candidate);
        }
        number += 1;
        candidate = match what {
            Unique::Name => format!("{text} {number}"),
            Unique::EntityId => format!("{text}-{number}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(connection: &SpConnection) -> serde_json::Value {
        let file = File { format: FORMAT.into(), version: 1, secrets: vec![], references: vec![], connection: connection.clone() };
        serde_json::to_value(file).unwrap()
    }

    fn refusal(value: &serde_json::Value) -> String {
        read(&value.to_string()).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_file_says_what_it_is_or_is_refused() {
        let connection = SpConnection::new(ConnectionId::parse("c1").unwrap());
        let good = file(&connection);
        assert_eq!(read(&format!("\u{feff}{good}")).unwrap().connection, connection);
        let changed = |key: &str, value: serde_json::Value| {
            let mut other = good.clone();
            other[key] = value;
            refusal(&other)
        };
        assert!(changed("version", 7.into()).contains("format version 7, and this Towpath reads version 1"));
        assert!(changed("version", "1".into()).contains("no SP Connection"));
        assert!(changed("format", "other".into()).contains("no SP Connection"));
        assert!(changed("connection", 7.into()).contains("changed or cut off: line 1"));
        assert!(refusal(&serde_json::json!({"a": 1})).contains("no SP Connection"));
        assert!(read("<xml/>").err().unwrap().to_string().contains("no SP Connection"));
        let mut nul = good.clone();
        nul["connection"]["general"]["name"] = "a\u{0}b".into();
        assert!(refusal(&nul).contains("NUL"));
    }
}
