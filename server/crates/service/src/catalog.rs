//! What the tabs need to know of the rest of the world, put together for one draft.

use crate::connectors::with_settings;
use crate::{Result, Service};
use domain::form::Fields;
use domain::model::browser_sso::{AttributeLookup, ValueSource};
use domain::model::connector::{AttributeKind, Connector};
use domain::model::credentials::SigningAlgorithm;
use domain::model::idp_adapter::IdpAdapter;
use domain::model::signing_key::SigningKey;
use domain::model::sp_connection::SpConnection;
use domain::problem::Problems;
use domain::wizard::draft::{Draft, DraftBody, World};
use domain::wizard::path::Path;
use domain::wizard::{Catalog, ConnectionNameRef, DataStoreRef, IdpAdapterRef, PcvRef, SigningKeyRef, TrustedCaRef};
use keys::CertificateFacts;
use store::Conn;

impl Service {
    /// The catalog for a draft.
    pub(crate) async fn catalog(&self, conn: &mut Conn, draft: &Draft) -> Result<Catalog> {
        let data_stores = conn.list_data_stores().await?;
        let mut catalog = Catalog { connectors: self.connectors().offered(), is_saved: !draft.is_new, ..Catalog::default() };
        match &draft.body {
            DraftBody::DataStore(store) => {
                let others = data_stores.iter().filter(|other| other.value.id != store.id);
                catalog.taken_names = others.map(|other| other.value.name.to_lowercase()).collect();
            }
            DraftBody::Pcv(pcv) => {
                for other in conn.list_pcvs().await?.iter().filter(|other| other.value.id != pcv.id) {
                    catalog.taken_names.push(other.value.name.to_lowercase());
                    catalog.taken_instance_ids.push(other.value.instance_id.to_lowercase());
                }
            }
            DraftBody::IdpAdapter(adapter) => {
                for other in conn.list_idp_adapters().await?.iter().filter(|other| other.value.id != adapter.id) {
                    catalog.taken_names.push(other.value.name.to_lowercase());
                    catalog.taken_instance_ids.push(other.value.instance_id.to_lowercase());
                    catalog.taken_logout_paths.push(other.value.form.logout_path().to_lowercase());
                }
                let pcvs = conn.list_pcvs().await?.into_iter();
                catalog.pcvs = pcvs.map(|s| PcvRef { contract: s.value.contract(), id: s.value.id, name: s.value.name }).collect();
            }
            DraftBody::SigningKey(_) | DraftBody::ProtocolSettings(_) | DraftBody::Notifications(_) => catalog.server = self.defaults(),
            DraftBody::MetadataExport(_) => {
                catalog.signing_keys = signing_keys(conn).await?;
                let connections = conn.list_connection_names().await?.into_iter();
                catalog.connections = connections.map(|(id, name, entity_id)| ConnectionNameRef { id, name, entity_id }).collect();
            }
            DraftBody::SpConnection(connection) => {
                // As the Target tab sets it; while that cannot be used, as it is.
                let connectors = self.connectors();
                let plain = || connection.connector.as_ref().and_then(|reference| connectors.find(reference).cloned());
                catalog.connector = connectors.used_by(connection).unwrap_or_else(|_| plain());
                catalog.subject_source = subject_source(connection, catalog.connector.as_ref());
                catalog.idp_adapters = idp_adapters(conn).await?;
                catalog.signing_keys = signing_keys(conn).await?;
                catalog.now = self.now();
                // Their names alone: there may be thousands, and a tab is looked at often.
                for (id, name, entity_id) in conn.list_connection_names().await? {
                    if id != connection.id {
                        catalog.taken_names.push(name.to_lowercase());
                        catalog.taken_entity_ids.push(entity_id.to_lowercase());
                    }
                }
            }
        }
        for ca in conn.list_trusted_cas().await? {
            catalog.trusted_cas.push(TrustedCaRef { label: crate::trusted_cas::label(&ca), id: ca.id });
        }
        catalog.data_stores = data_stores
            .into_iter()
            .map(|s| DataStoreRef { id: s.value.id, name: s.value.name, ldap_type: s.value.ldap.ldap_type })
            .collect();
        Ok(catalog)
    }
}

async fn signing_keys(conn: &mut Conn) -> Result<Vec<SigningKeyRef>> {
    let keys = conn.list_signing_keys().await?.into_iter().map(|stored| stored.value);
    let as_ref = |key: SigningKey| {
        let facts = CertificateFacts::of_pem(&key.active.certificate);
        let algorithm = match facts.as_ref().map(|facts| facts.algorithm.as_str()) {
            Some("EC P-256") => SigningAlgorithm::EcdsaSha256,
            Some("EC P-384") => SigningAlgorithm::EcdsaSha384,
            _ => SigningAlgorithm::RsaSha256,
        };
        SigningKeyRef {
            label: crate::signing_keys::label(&key),
            algorithm,
            not_after: facts.map_or(0, |facts| facts.not_after),
            id: key.id,
        }
    };
    Ok(keys.map(as_ref).collect())
}

/// Every IdP Adapter, with how its first validator that asks a directory finds people there.
async fn idp_adapters(conn: &mut Conn) -> Result<Vec<IdpAdapterRef>> {
    let pcvs = conn.list_pcvs().await?;
    let lookup_of = |adapter: &IdpAdapter| {
        let pcvs = adapter.validators.iter().filter_map(|id| pcvs.iter().find(|pcv| &pcv.value.id == id));
        pcvs.map(|pcv| &pcv.value).find_map(|pcv| {
            let data_store = Some(pcv.data_store()?.clone());
            let ldap = &pcv.ldap;
            Some(AttributeLookup {
                data_store,
                base_dn: ldap.base_dn.clone(),
                scope: ldap.scope,
                filter: ldap.filter.clone(),
                attributes: Vec::new(),
            })
        })
    };
    let adapters = conn.list_idp_adapters().await?.into_iter().map(|stored| stored.value);
    let as_ref = |adapter: IdpAdapter| IdpAdapterRef {
        lookup: lookup_of(&adapter),
        contract: adapter.contract().into_iter().map(str::to_owned).collect(),
        id: adapter.id,
        name: adapter.name,
    };
    Ok(adapters.map(as_ref).collect())
}

/// The directory's attribute that feeds what the subject must be equal to: as mapped in the channels, else as is usual.
fn subject_source(connection: &SpConnection, connector: Option<&Connector>) -> String {
    let Some((connector, saml)) = connector.and_then(|connector| Some((connector, connector.saml.as_ref()?))) else { return String::new() };
    let Some(attribute) = connector.attribute(&saml.subject) else { return String::new() };
    let rows = connection.provisioning.channels.iter().flat_map(|channel| &channel.mapping).filter(|row| row.field == saml.subject);
    let mapped = rows.filter(|row| row.expression.trim().is_empty()).find_map(|row| row.attributes.first());
    match (mapped, attribute.kind) {
        (Some(mapped), _) => mapped.clone(),
        (None, AttributeKind::Email) => "mail".to_owned(),
        _ => String::new(),
    }
}

/// Rules that need more than the draft and the catalog: an expression's grammar, what is inside a certificate, what a connector can be
/// set to.
pub(crate) struct Rules {
    /// The connector of a connection, without what its Target tab sets.
    connector: Option<Connector>,
}

impl Service {
    /// The rules for a draft.
    pub(crate) fn rules(&self, draft: &Draft) -> Rules {
        let reference = match &draft.body {
            DraftBody::SpConnection(connection) => connection.connector.as_ref(),
            _ => None,
        };
        Rules { connector: reference.and_then(|reference| self.connectors().find(reference).cloned()) }
    }
}

impl World for Rules {
    fn problems(&self, path: &Path, fields: &Fields) -> Problems {
        let mut problems = Problems::none();
        let expression = fields.get("expression").trim();
        if path.tab() == "specify-attribute-mapping"
            && !expression.is_empty()
            && let Err(error) = expr::Expression::parse(expression)
        {
            problems.add("expression", error.to_string());
        }
        if path.tab() == "attribute-contract-fulfillment" {
            for (name, _) in fields.iter().filter(|(_, value)| *value == ValueSource::Expression.id()) {
                let Some(attribute) = name.strip_prefix("source.") else { continue };
                let field = format!("value.{attribute}");
                if let (false, Err(error)) = (fields.get(&field).trim().is_empty(), expr::Expression::parse(fields.get(&field).trim())) {
                    problems.add(field, error.to_string());
                }
            }
        }
        if path.tab() == "target"
            && let Some(connector) = &self.connector
        {
            let sets = connector.target.iter().filter(|field| !field.sets.is_empty());
            let settings = sets.map(|field| (field.name.clone(), fields.text(&field.name))).collect();
            for unusable in with_settings(connector, &settings).err().into_iter().flatten() {
                problems.add(&unusable.field, unusable.message);
            }
        }
        let pem = fields.get("trusted_ca").trim();
        if !pem.is_empty()
            && let Err(reason) = check_certificates(pem)
        {
            problems.add("trusted_ca", reason);
        }
        problems
    }
}

/// Whether every certificate of a PEM text can be read.
fn check_certificates(pem: &str) -> Result<(), String> {
    use rustls_pki_types::CertificateDer;
    use rustls_pki_types::pem::PemObject;
    for (at, certificate) in CertificateDer::pem_slice_iter(pem.as_bytes()).enumerate() {
        let unreadable =
            || format!("Certificate {} of this text cannot be read; copy it again, including its BEGIN and END lines.", at + 1);
        let der = certificate.map_err(|_| unreadable())?;
        x509_parser::parse_x509_certificate(&der).map_err(|_| unreadable())?;
    }
    Ok(())
}
