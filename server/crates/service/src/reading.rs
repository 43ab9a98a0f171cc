//! What the server reads for a tab: the text of a chosen file, or what is at an address.

use crate::{Result, Service, ServiceError};
use domain::actor::Actor;
use domain::form::reading::{self, Readable, SIGN};
use domain::form::{FieldKind, FieldSpec, Fields, check_one};
use domain::id::DraftId;
use domain::model::credentials::VerificationCertificate;
use domain::model::sp_metadata::SpMetadata;
use domain::wizard::draft::{Draft, DraftBody, Nav};
use domain::wizard::path::Path;
use keys::CertificateFacts;
use outbound::{Client, Method, Request, Settings};
use saml::metadata::BOUNDS;
use std::time::Duration;

/// A partner's server that takes longer is asked another time.
const PATIENCE: Duration = Duration::from_secs(20);
/// Of the entities of a file, so many are named to choose from.
const NAMED: usize = 5;

impl Service {
    /// The fields of a post with their readings. What a form calls a reading is dropped: only this function makes them.
    pub(crate) async fn with_readings(&self, actor: &Actor, id: &DraftId, path: &Path, nav: &Nav, typed: &Fields) -> Result<Fields> {
        let mut fields: Fields = typed.iter().filter(|(name, _)| !name.contains(SIGN)).map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        if *nav == Nav::Cancel {
            return Ok(fields);
        }
        let (_, mut draft) = self.load(actor, id).await?;
        let catalog = self.catalog(&mut self.store.read().await?, &draft).await?;
        let wanted = entity_of(&draft);
        let (specs, held) = draft.asked(path, &catalog);
        let mut has_file = false;
        for spec in &specs {
            let Some(reads) = spec.reads else { continue };
            if matches!(spec.kind, FieldKind::File { .. } | FieldKind::TextArea { .. }) {
                let text = fields.get(&spec.name).to_owned();
                has_file |= !text.is_empty();
                if !text.trim().is_empty() {
                    self.read_into(&mut fields, &spec.name, reads.what, text.into_bytes(), &wanted).await?;
                }
                // What was pasted and cannot be read is shown again; a browser forgets files.
                if matches!(spec.kind, FieldKind::File { .. }) || reading::refusal(&fields, &spec.name).is_none() {
                    fields.remove(&spec.name);
                }
            } else if !has_file && is_wanted(spec, nav, held.get(&spec.name), &fields) {
                let address = fields.text(&spec.name);
                match self.fetch(&address).await {
                    Ok(bytes) => self.read_into(&mut fields, &spec.name, reads.what, bytes, &wanted).await?,
                    Err(sentence) => reading::put::<()>(&mut fields, &spec.name, Err(sentence)),
                }
            }
        }
        Ok(fields)
    }

    async fn read_into(&self, fields: &mut Fields, name: &str, what: Readable, bytes: Vec<u8>, wanted: &str) -> Result<()> {
        match what {
            Readable::SpMetadata => reading::put(fields, name, self.sp_metadata_of(bytes, wanted).await?),
            Readable::Certificates => reading::put(fields, name, verification_certificates(&bytes)),
        }
        Ok(())
    }

    /// The service provider that a metadata file describes; of several the one that is wanted. A refusal is a sentence for the person who
    /// chose the file.
    pub async fn sp_metadata_of(&self, file: Vec<u8>, wanted: &str) -> Result<Result<SpMetadata, String>> {
        let read = tokio::task::spawn_blocking(move || saml::read_sp_metadata(&file)).await;
        let read = read.map_err(|error| ServiceError::broken(format!("reading metadata ended by a fault: {error}")))?;
        let chosen = read.map_err(|error| error.to_string()).and_then(|providers| choose(providers, wanted));
        Ok(chosen.and_then(|metadata| self.in_force(metadata)))
    }

    /// The service provider that the metadata at an address describes.
    pub async fn sp_metadata_at(&self, address: &str, wanted: &str) -> Result<Result<SpMetadata, String>> {
        match self.fetch(address).await {
            Ok(bytes) => self.sp_metadata_of(bytes, wanted).await,
            Err(sentence) => Ok(Err(sentence)),
        }
    }

    fn in_force(&self, metadata: SpMetadata) -> Result<SpMetadata, String> {
        match metadata.valid_until {
            Some(end) if end <= self.now() => Err(format!(
                "The metadata of ‘{}’ says itself that it is no longer valid (validUntil). Ask the partner for newer metadata.",
                metadata.entity_id
            )),
            _ => Ok(metadata),
        }
    }

    /// What is at an address: over https, or from this machine; without redirects; no more than metadata may have.
    async fn fetch(&self, address: &str) -> Result<Vec<u8>, String> {
        let broken = |error: ServiceError| {
            tracing::warn!(error = %crate::error::chain(&error), "the stored Trusted CAs could not be read");
            "The stored Trusted CAs could not be read. Try again.".to_owned()
        };
        let mut conn = self.store.read().await.map_err(|error| broken(error.into()))?;
        let trusted_pem =
            conn.list_trusted_cas().await.map_err(|error| broken(error.into()))?.into_iter().map(|ca| ca.certificate).collect();
        drop(conn);
        let settings = Settings { trusted_pem, total_timeout: PATIENCE, max_response_bytes: BOUNDS.bytes, ..Settings::default() };
        let client = Client::new(settings).map_err(|error| error.to_string())?;
        let request = Request::new(Method::GET, address).map_err(|error| error.to_string())?;
        let answer = client.send(request).await.map_err(|error| match error {
            outbound::OutboundError::PolicyRefused { host } => {
                format!(
                    "Use https://: what comes from {host} in clear text could be changed on the way, and says whose signatures are good."
                )
            }
            other => other.to_string(),
        })?;
        match answer.status.as_u16() {
            200 => Ok(answer.body.to_vec()),
            status => Err(format!("The server at this address answered {status} and gave no metadata. Check the address.")),
        }
    }
}

/// Whether what is at an address should be read now: when it is asked for, and on the way on when it was not read before.
fn is_wanted(spec: &FieldSpec, nav: &Nav, held: &str, fields: &Fields) -> bool {
    let address = fields.text(&spec.name);
    let is_new = address != held || spec.reads.is_some_and(|reads| reads.is_due);
    let goes_on = *nav == Nav::Test || (is_new && matches!(nav, Nav::Next | Nav::Done | Nav::Save));
    goes_on && !address.is_empty() && check_one(spec, &address).is_ok()
}

fn entity_of(draft: &Draft) -> String {
    match &draft.body {
        DraftBody::SpConnection(connection) => connection.general.entity_id.clone(),
        _ => String::new(),
    }
}

/// The only one, or the one with the entity ID that the connection has.
fn choose(mut providers: Vec<SpMetadata>, wanted: &str) -> Result<SpMetadata, String> {
    if providers.len() == 1 {
        return Ok(providers.remove(0));
    }
    if let Some(at) = providers.iter().position(|provider| provider.entity_id == wanted) {
        return Ok(providers.swap_remove(at));
    }
    let named: Vec<_> = providers.iter().take(NAMED).map(|provider| format!("‘{}’", provider.entity_id)).collect();
    let more = if providers.len() > NAMED { " and others" } else { "" };
    Err(format!(
        "It describes {} service providers: {}{more}. Enter the Partner's Entity ID of the one that is meant on the tab General Info, and import it again.",
        providers.len(),
        named.join(", ")
    ))
}

/// The certificates of a file with what people read of them.
pub(crate) fn verification_certificates(file: &[u8]) -> Result<Vec<VerificationCertificate>, String> {
    use base64::Engine as _;
    let mut found = Vec::new();
    for der in keys::read_certificates(file)? {
        let facts = CertificateFacts::of_der(&der).ok_or("A certificate in it cannot be read.")?;
        found.push(VerificationCertificate {
            der: base64::engine::general_purpose::STANDARD.encode(&der),
            ends_on: facts.ends_on(),
            subject: facts.subject,
            not_after: facts.not_after,
        });
    }
    Ok(found)
}

/// A certificate in DER, the one file of a form that is no text, as the same certificate in PEM.
pub fn certificate_text(file: &[u8]) -> Option<String> {
    let found = keys::read_certificates(file).ok()?;
    Some(found.iter().map(|der| keys::pem(der)).collect())
}
