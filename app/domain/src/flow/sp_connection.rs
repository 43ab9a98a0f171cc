//! SP Connection: Connection Template, Connection Type, Connection Options, Import Metadata, General Info, Browser SSO,
//! Credentials, Outbound Provisioning, Activation & Summary.

mod import;
mod template;
mod types;
mod warnings;

use crate::form::{Check, FieldSpec, Fields};
use crate::model::around::Around;
use crate::model::credentials::Wanted;
use crate::model::sp_connection::SpConnection;
use crate::problem::Problems;
use crate::view::Body;
use crate::wizard::{Catalog, Flow, Tab, Task, no_create, no_delete, task};

const SSO: &str = "browser-sso";
const CREDENTIALS: &str = "credentials";
const PROVISIONING: &str = "outbound-provisioning";

/// The task.
pub const FLOW: Flow<SpConnection> = Flow {
    title: |c| if c.general.name.is_empty() { "SP Connection".into() } else { format!("SP Connection: {}", c.general.name) },
    tabs: &[
        Tab::plain("connection-template", "Connection Template", template::fields, template::read, template::write)
            .intro("A template knows the service: its attributes, limits and the way it wants to be spoken to.")
            .holds(&["use_template", "connector"]),
        Tab::plain("connection-type", "Connection Type", types::fields, types::read, types::write)
            .intro("What this connection is for. More can be added later.")
            .holds(&["browser_sso_profiles", "outbound_provisioning", "removal"]),
        Tab::plain("connection-options", "Connection Options", types::option_fields, types::option_read, |_, _, _| Problems::none())
            .when(|c| c.browser_sso_profiles)
            .intro("What people do at the partner."),
        Tab::plain("import-metadata", "Import Metadata", import::fields, import::read, import::write)
            .when(|c| c.browser_sso_profiles)
            .intro("The partner's metadata says its name, where people are sent and with what its messages are verified. It can be left out, and imported again at any time.")
            .holds(&["metadata"])
            .actions(&[("test", "Load Metadata")]),
        Tab::plain("general-info", "General Info", general_fields, general_read, general_write)
            .intro("How this connection is known, here and to the partner.")
            .holds(&["general"]),
        Tab::plain(SSO, "Browser SSO", |_, _| Vec::new(), |_| Fields::new(), no_write)
            .when(|c| c.browser_sso_profiles)
            .intro("How people sign on at the partner with what they sign on with here.")
            .body(|c, _| super::browser_sso::body(&c.browser_sso))
            .tasks_in(&["browser_sso"]),
        Tab::plain(CREDENTIALS, "Credentials", |_, _| Vec::new(), |_| Fields::new(), no_write)
            .when(|c| c.browser_sso_profiles)
            .intro("With which key messages are signed here, and with which certificates those of the partner are verified.")
            .body(|c, catalog| super::credentials::body(&c.credentials, catalog))
            .tasks_in(&["credentials"]),
        Tab::plain(PROVISIONING, "Outbound Provisioning", |_, _| Vec::new(), |_| Fields::new(), no_write)
            .when(|c| c.outbound_provisioning)
            .intro("Where people and groups are sent, and the channels that send them.")
            .body(provisioning_body)
            .tasks_in(&["provisioning"]),
        Tab::plain("activation-summary", "Activation & Summary", activation_fields, activation_read, activation_write)
            .body(|_, _| Body::Summary(Vec::new()))
            .holds(&["enabled"]),
    ],
    nested,
    keys: |_, tab| if matches!(tab, SSO | CREDENTIALS | PROVISIONING) { vec!["configure".into()] } else { Vec::new() },
    create: no_create,
    delete: no_delete,
};

fn nested<'a>(connection: &'a mut SpConnection, tab: &str, key: &str) -> Option<Box<dyn Task + 'a>> {
    match (tab, key) {
        (SSO, "configure") => Some(task(&super::browser_sso::FLOW, &mut connection.browser_sso)),
        (CREDENTIALS, "configure") => {
            let sso = &connection.browser_sso;
            let wanted = Wanted { messages: sso.profiles.has_requests(), signatures: sso.wants_signatures() };
            connection.credentials.wanted = Around(wanted);
            Some(task(&super::credentials::FLOW, &mut connection.credentials))
        }
        (PROVISIONING, "configure") => Some(task(&super::provisioning::FLOW, &mut connection.provisioning)),
        _ => None,
    }
}

fn general_fields(_: &SpConnection, _: &Catalog) -> Vec<FieldSpec> {
    vec![
        FieldSpec::text("entity_id", "Partner's Entity ID (Connection ID)")
            .required()
            .help("Unique. For a connection that only provisions, any text."),
        FieldSpec::text("name", "Connection Name").required().checked(Check::Text(128)),
        FieldSpec::text("base_url", "Base URL").checked(Check::Url),
        FieldSpec::text("company", "Company").section("Contact"),
        FieldSpec::text("contact_name", "Contact Name").section("Contact"),
        FieldSpec::text("contact_number", "Contact Number").section("Contact"),
        FieldSpec::text("contact_email", "Contact Email").checked(Check::Email).section("Contact"),
    ]
}

fn general_read(connection: &SpConnection) -> Fields {
    let general = &connection.general;
    Fields::new()
        .with("entity_id", &general.entity_id)
        .with("name", &general.name)
        .with("base_url", &general.base_url)
        .with("company", &general.company)
        .with("contact_name", &general.contact_name)
        .with("contact_number", &general.contact_number)
        .with("contact_email", &general.contact_email)
}

fn general_write(connection: &mut SpConnection, fields: &Fields, catalog: &Catalog) -> Problems {
    let general = &mut connection.general;
    general.entity_id = fields.text("entity_id");
    general.name = fields.text("name");
    general.base_url = fields.text("base_url");
    general.company = fields.text("company");
    general.contact_name = fields.text("contact_name");
    general.contact_number = fields.text("contact_number");
    general.contact_email = fields.text("contact_email");
    let mut problems = Problems::none();
    if catalog.taken_entity_ids.contains(&general.entity_id.to_lowercase()) {
        problems.add("entity_id", "Another connection already has this entity ID; each must be unique.");
    }
    if catalog.taken_names.contains(&general.name.to_lowercase()) {
        problems.add("name", format!("Another connection is already named ‘{}’; choose another name.", general.name));
    }
    problems
}

fn no_write(_: &mut SpConnection, _: &Fields, _: &Catalog) -> Problems {
    Problems::none()
}

fn provisioning_body(connection: &SpConnection, _: &Catalog) -> Body {
    let target = &connection.provisioning.target;
    let channels = &connection.provisioning.channels;
    let mut rows = Vec::new();
    if !target.url().is_empty() {
        rows.push(("Target".to_owned(), target.url().to_owned()));
    }
    for channel in channels {
        let state = if channel.active { "Active" } else { "Inactive" };
        rows.push(("Channel".to_owned(), format!("{} ({state})", channel.name)));
    }
    Body::Nested { key: "configure".into(), label: "Configure Provisioning".into(), rows }
}

fn activation_fields(connection: &SpConnection, catalog: &Catalog) -> Vec<FieldSpec> {
    let mut fields = vec![
        FieldSpec::checkbox("enabled", "Connection enabled")
            .help("While a connection is not enabled, none of its channels runs and nobody signs on with it."),
    ];
    let warnings = warnings::of(connection, catalog);
    fields.extend(
        warnings.into_iter().enumerate().map(|(at, warning)| FieldSpec::fixed(format!("warning.{at}"), "Look at this").warning(warning)),
    );
    fields
}

fn activation_read(connection: &SpConnection) -> Fields {
    Fields::new().with_check("enabled", connection.enabled)
}

fn activation_write(connection: &mut SpConnection, fields: &Fields, _: &Catalog) -> Problems {
    connection.enabled = fields.is_checked("enabled");
    Problems::none()
}
