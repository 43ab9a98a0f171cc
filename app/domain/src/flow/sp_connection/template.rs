//! Connection Template: what the connection is made from, with the partner's metadata where the template signs on.

use super::import;
use crate::form::{Choice, FieldSpec, Fields};
use crate::model::browser_sso::{IdentityMapping, SamlProfiles, SubjectFormat};
use crate::model::connector::{Connector, SamlTemplate};
use crate::model::sp_connection::{ConnectorRef, SpConnection};
use crate::problem::Problems;
use crate::wizard::Catalog;

/// What is asked.
pub fn fields(connection: &SpConnection, catalog: &Catalog) -> Vec<FieldSpec> {
    let choice = |value: &str, label: &str| Choice { value: value.into(), label: label.into() };
    let use_template = vec![choice("no", "Do not use a template for this connection"), choice("yes", "Use a Template for this Connection")];
    let templates = catalog.connectors.iter().map(|c| choice(c.id.as_str(), &c.template)).collect();
    let mut fields = vec![
        FieldSpec::radio("use_template", "Template", use_template)
            .required()
            .help("Without a template people can sign on at the partner, and nobody is provisioned there."),
        FieldSpec::select("connector", "Connection Template", templates).required_if(connection.use_template),
    ];
    if signs_on(catalog) {
        fields.extend(import::inputs(
            connection,
            "The file that the service lets you download. Without one, enter on the later tabs what it would say.",
            "It is read at once.",
        ));
    }
    fields
}

/// Whether there is a template of a service that people sign on to.
fn signs_on(catalog: &Catalog) -> bool {
    catalog.connectors.iter().any(|connector| connector.saml.is_some())
}

/// What is held.
pub fn read(connection: &SpConnection) -> Fields {
    let connector = connection.connector.as_ref().map_or("", |c| c.id.as_str());
    let fields = Fields::new().with("use_template", if connection.use_template { "yes" } else { "no" }).with("connector", connector);
    import::held(connection, fields)
}

/// Takes what was chosen, then the metadata: what the partner says of itself counts more than a template.
pub fn write(connection: &mut SpConnection, fields: &Fields, catalog: &Catalog) -> Problems {
    let mut problems = choose(connection, fields, catalog);
    if signs_on(catalog) {
        problems.extend(import::take(connection, fields));
    }
    problems
}

fn choose(connection: &mut SpConnection, fields: &Fields, catalog: &Catalog) -> Problems {
    let bound = "The channels of this connection are made for its present template. Delete them first, or create another connection.";
    let (use_template, id) = (fields.get("use_template") != "no", fields.get("connector"));
    if !use_template {
        if !connection.provisioning.channels.is_empty() {
            return Problems::at("use_template", bound);
        }
        connection.use_template = false;
        connection.outbound_provisioning = false;
        return Problems::none();
    }
    connection.use_template = true;
    if connection.connector.as_ref().is_some_and(|c| c.id.as_str() == id) {
        return Problems::none();
    }
    let Some(connector) = catalog.connectors.iter().find(|c| c.id.as_str() == id) else {
        return if id.is_empty() {
            Problems::none()
        } else {
            Problems::at("connector", "This template is no longer installed; choose another.")
        };
    };
    if connection.connector.is_some() && !connection.provisioning.channels.is_empty() {
        return Problems::at("connector", bound);
    }
    prefill(connection, connector, catalog);
    Problems::none()
}

fn prefill(connection: &mut SpConnection, connector: &Connector, catalog: &Catalog) {
    connection.connector = Some(ConnectorRef { id: connector.id.clone(), version: connector.version.clone() });
    connection.outbound_provisioning = true;
    if connection.general.name.is_empty() {
        connection.general.name = free(&connector.name, &catalog.taken_names);
    }
    if connection.general.entity_id.is_empty() {
        connection.general.entity_id = free(connector.id.as_str(), &catalog.taken_entity_ids);
    }
    let target = &mut connection.provisioning.target;
    target.settings = connector.target.iter().filter(|f| !f.default.is_empty()).map(|f| (f.name.clone(), f.default.clone())).collect();
    target.secrets.clear();
    target.options.remove_action = connector.options.remove_action;
    if let Some(saml) = &connector.saml {
        prefill_sso(connection, saml);
    }
}

fn prefill_sso(connection: &mut SpConnection, saml: &SamlTemplate) {
    let sso = &mut connection.browser_sso;
    sso.profiles = SamlProfiles { idp_sso: saml.idp_initiated, sp_sso: saml.sp_initiated, ..SamlProfiles::default() };
    if let Some(format) = saml.name_id_formats.iter().find_map(|format| SubjectFormat::of(format)) {
        sso.assertion.identity = IdentityMapping::Standard;
        sso.assertion.subject_format = format;
    }
    sso.protocol.sign_assertion = saml.sign_assertion;
    sso.protocol.sign_response = saml.sign_response;
    connection.credentials.algorithm = saml.algorithm;
}

/// The name, or the name with the first free number.
fn free(name: &str, taken: &[String]) -> String {
    let is_free = |candidate: &String| !taken.contains(&candidate.to_lowercase());
    std::iter::once(name.to_owned()).chain((2..).map(|n| format!("{name} {n}"))).find(is_free).unwrap_or_default()
}
