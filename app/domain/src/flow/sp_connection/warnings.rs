//! What a person should look at in a connection that is complete: it can be saved, and will disappoint somebody.

use crate::model::browser_sso::{AdapterMapping, SAML_SUBJECT, ValueSource};
use crate::model::channel::Channel;
use crate::model::sp_connection::SpConnection;
use crate::wizard::Catalog;

/// In sentences.
pub fn of(connection: &SpConnection, catalog: &Catalog) -> Vec<String> {
    let mut warnings = Vec::new();
    if !connection.browser_sso_profiles {
        return warnings;
    }
    let credentials = &connection.credentials;
    let key = catalog.signing_keys.iter().find(|key| Some(&key.id) == credentials.signing_key.as_ref());
    if let Some(key) = key.filter(|key| key.not_after <= catalog.now) {
        warnings.push(format!("The certificate of the signing key has ended ({}): the partner may refuse what it signs.", key.label));
    }
    let (ended, good): (Vec<_>, Vec<_>) = credentials.verification.iter().partition(|certificate| certificate.not_after <= catalog.now);
    if good.is_empty()
        && let Some(certificate) = ended.first()
    {
        warnings.push(format!(
            "The partner's certificate has ended ({}). Import its metadata again, or ask for the next one.",
            certificate.words()
        ));
    }
    if let Some(taken) = &connection.metadata.taken
        && taken.valid_until.is_some_and(|end| end <= catalog.now)
    {
        warnings.push(format!("The metadata of ‘{}’ is no longer valid by its own word. Import it again.", taken.entity_id));
    }
    warnings.extend(other_names(connection, catalog));
    warnings
}

/// Where people sign on under another name than they are provisioned under.
fn other_names(connection: &SpConnection, catalog: &Catalog) -> Vec<String> {
    let Some(connector) = catalog.connector.as_ref().filter(|_| connection.outbound_provisioning) else { return Vec::new() };
    let Some(saml) = connector.saml.as_ref().filter(|saml| !saml.subject.is_empty()) else { return Vec::new() };
    let mut warnings = Vec::new();
    for source in &connection.browser_sso.assertion.sources {
        let adapter = super::super::browser_sso::adapter_name(source, catalog);
        let Some(subject) = subject_of(source, catalog) else { continue };
        for channel in connection.provisioning.channels.iter().filter(|channel| channel.active) {
            let Some(provisioned) = provisioned_from(channel, &saml.subject) else { continue };
            if subject.as_ref().is_none_or(|subject| !subject.eq_ignore_ascii_case(&provisioned)) {
                let subject = subject.as_ref().map_or("a fixed text".to_owned(), |subject| format!("‘{subject}’"));
                warnings.push(format!(
                    "With ‘{adapter}’ the NameID comes from {subject}, and {} of the channel ‘{}’ from ‘{provisioned}’. {} lets in only people for whom the two are equal.",
                    saml.subject, channel.name, connector.name
                ));
            }
        }
    }
    warnings
}

/// The directory's attribute from which a subject comes: `Some(None)` for what is no attribute, `None` where it cannot be told.
fn subject_of(source: &AdapterMapping, catalog: &Catalog) -> Option<Option<String>> {
    let row = source.fulfillment_of(SAML_SUBJECT)?;
    match row.source {
        ValueSource::DataStore => Some(Some(row.value.clone())),
        ValueSource::Text => Some(None),
        ValueSource::Adapter if row.value.eq_ignore_ascii_case("username") => {
            // What was typed is what the validator's filter compares, where it compares one attribute.
            let adapter = source.adapter.as_ref().and_then(|id| catalog.idp_adapter(id))?;
            let filter = adapter.lookup.as_ref()?.filter.trim().trim_start_matches('(').trim_end_matches(')');
            let (attribute, value) = filter.split_once('=')?;
            let is_one = value == "${username}" && attribute.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            is_one.then(|| Some(attribute.to_owned()))
        }
        ValueSource::Adapter => Some(Some(row.value.clone())),
        ValueSource::Expression | ValueSource::None => None,
    }
}

/// The one attribute that a channel fills a field from; `None` where an expression or a default does.
fn provisioned_from(channel: &Channel, field: &str) -> Option<String> {
    let row = channel.mapping.iter().find(|row| row.field == field)?;
    match row.attributes.as_slice() {
        [attribute] if row.expression.trim().is_empty() => Some(attribute.clone()),
        _ => None,
    }
}
