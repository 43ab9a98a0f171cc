//! The metadata of this identity provider: exported from a draft, and served as it was saved.

use crate::drafts::Next;
use crate::{Result, Service, ServiceError};
use domain::actor::Actor;
use domain::id::{ConnectionId, DraftId, SigningKeyId};
use domain::model::server_settings::{Federation, MetadataExport, MetadataMode};
use domain::model::sp_connection::SpConnection;
use domain::model::sp_metadata::{EMAIL_NAME_ID, UNSPECIFIED_NAME_ID};
use domain::wizard::draft::{Draft, DraftBody};
use keys::CertificateFacts;
use saml::IdpMetadata;
use store::{Conn, ServerSettings as _};

/// Partners look again after a day.
const CACHE_MINUTES: u32 = 1440;

/// Metadata Export as it is.
#[derive(Clone, Debug)]
pub struct MetadataGlance {
    /// What was chosen last.
    pub export: MetadataExport,
    /// What is in force.
    pub federation: Federation,
    /// The signing key, in words; `None` when none is chosen, or it is gone.
    pub signing_key: Option<String>,
    /// What signs the file, in words.
    pub signature_key: Option<String>,
}

/// A file to be downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// What is in it.
    pub text: String,
}

impl Service {
    /// Metadata Export.
    pub async fn metadata_export(&self, actor: &Actor) -> Result<MetadataGlance> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let export = conn.find_server_settings::<MetadataExport>().await?.value;
        let federation = self.federation(&mut conn).await?;
        let mut label = async |id: &Option<SigningKeyId>| -> Result<Option<String>> {
            let Some(id) = id else { return Ok(None) };
            Ok(conn.find_signing_key(id).await?.map(|stored| crate::signing_keys::label(&stored.value)))
        };
        let (signing_key, signature_key) = (label(&export.signing_key).await?, label(&export.signature_key).await?);
        Ok(MetadataGlance { export, federation, signing_key, signature_key })
    }

    /// Begins a draft of Metadata Export, or goes on with the open one.
    pub async fn edit_metadata_export(&self, actor: &Actor) -> Result<Next> {
        self.require(actor)?;
        let stored = self.store.read().await?.find_server_settings::<MetadataExport>().await?;
        // The first time the tabs are walked in order; later it begins with the summary.
        let draft = Draft::new(DraftBody::MetadataExport(Box::new(stored.value)), stored.version == 0);
        self.begin(actor, draft, MetadataExport::ID, stored.version).await
    }

    /// A file made of what is in a draft.
    pub async fn draft_file(&self, actor: &Actor, id: &DraftId, name: &str) -> Result<Download> {
        let (draft, problems) = self.checked_draft(actor, id).await?;
        let DraftBody::MetadataExport(export) = &draft.body else { return Err(ServiceError::NotFound) };
        if name != domain::flow::metadata_export::FILE {
            return Err(ServiceError::NotFound);
        }
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let mut conn = self.store.read().await?;
        let connection = match (&export.mode, &export.connection) {
            (MetadataMode::Connection, Some(id)) => Some(connection_of(&mut conn, id).await?),
            _ => None,
        };
        let text = self.write_metadata(&mut conn, export, connection.as_ref()).await?;
        let text = text.ok_or_else(|| ServiceError::refused("The chosen key is not there any more. Choose another one."))?;
        tracing::info!(target: "admin", actor = %actor, kind = "metadata_export", "exported");
        Ok(Download { name: name.to_owned(), media_type: "application/samlmetadata+xml", text })
    }

    /// The metadata for the partner of one connection, as it is served to that partner once the connection is enabled.
    pub async fn connection_metadata(&self, actor: &Actor, id: &ConnectionId) -> Result<Download> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let connection = conn.find_connection(id).await?.ok_or(ServiceError::NotFound)?.value;
        let export = conn.find_server_settings::<MetadataExport>().await?.value;
        let text = self.write_metadata(&mut conn, &export, Some(&connection)).await?.ok_or_else(|| {
            ServiceError::refused("There is no metadata yet: choose the Signing Key on System > Metadata Export and save it there once.")
        })?;
        let name = connection.general.name;
        tracing::info!(target: "admin", actor = %actor, kind = "sp_connection", object = name, "metadata exported");
        Ok(Download { name, media_type: "application/samlmetadata+xml", text })
    }

    /// The metadata for everybody, or for the partner of an entity ID; `None` where there is none. Nobody has to be signed on: it
    /// holds what partners are meant to know.
    pub async fn public_metadata(&self, partner: Option<&str>) -> Result<Option<String>> {
        let mut conn = self.store.read().await?;
        let export = conn.find_server_settings::<MetadataExport>().await?.value;
        let connection = match partner {
            Some(entity_id) => {
                let found = conn.find_connection_by_entity_id(entity_id).await?.map(|stored| stored.value);
                let Some(found) = found.filter(|connection| connection.enabled) else { return Ok(None) };
                Some(found)
            }
            None => None,
        };
        self.write_metadata(&mut conn, &export, connection.as_ref()).await
    }

    async fn write_metadata(&self, conn: &mut Conn, export: &MetadataExport, connection: Option<&SpConnection>) -> Result<Option<String>> {
        let Some(id) = &export.signing_key else { return Ok(None) };
        let Some(key) = conn.find_signing_key(id).await?.map(|stored| stored.value) else { return Ok(None) };
        let federation = self.federation(conn).await?;
        let mut certificates = Vec::new();
        for pair in [Some(&key.active), key.next.as_ref()].into_iter().flatten() {
            certificates.extend(keys::read_certificates(pair.certificate.as_bytes()).map_err(ServiceError::broken)?);
        }
        let facts: Vec<_> = certificates.iter().filter_map(|der| CertificateFacts::of_der(der)).collect();
        let metadata = IdpMetadata {
            id: format!("_{}", crate::new_id()),
            sso_url: federation.sso_url(),
            slo_url: Some(federation.slo_url()),
            entity_id: federation.entity_id,
            name_id_formats: self.name_id_formats(connection),
            signing_certificates: certificates,
            want_authn_requests_signed: false,
            // What it says of the keys is true no longer than their certificates.
            valid_until: facts.iter().map(|facts| facts.not_after).max(),
            cache_minutes: Some(CACHE_MINUTES),
        };
        let signer = match &export.signature_key {
            Some(id) => {
                let Some(key) = conn.find_signing_key(id).await? else { return Ok(None) };
                Some(self.open_signing_key(&key.value)?)
            }
            None => None,
        };
        let written = metadata.write(signer.as_ref()).map_err(|error| ServiceError::broken(crate::error::chain(&error)))?;
        Ok(Some(written))
    }

    /// What a partner's connector takes, else what any may.
    fn name_id_formats(&self, connection: Option<&SpConnection>) -> Vec<String> {
        let connectors = self.connectors();
        let connector = connection.and_then(|c| c.connector.as_ref()).and_then(|reference| connectors.find(reference));
        match connector.and_then(|connector| connector.saml.as_ref()) {
            Some(saml) if !saml.name_id_formats.is_empty() => saml.name_id_formats.clone(),
            _ => vec![EMAIL_NAME_ID.to_owned(), UNSPECIFIED_NAME_ID.to_owned()],
        }
    }
}

async fn connection_of(conn: &mut Conn, id: &ConnectionId) -> Result<SpConnection> {
    let found = conn.find_connection(id).await?.map(|stored| stored.value);
    found.ok_or_else(|| ServiceError::refused("The chosen connection is not there any more. Choose another one."))
}
