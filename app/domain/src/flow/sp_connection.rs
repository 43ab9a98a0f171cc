//! SP Connection: Connection Template, Connection Type, General Info, Outbound Provisioning, Activation & Summary.

use crate::form::{Check, Choice, FieldSpec, Fields};
use crate::model::sp_connection::{ConnectorRef, SpConnection};
use crate::problem::Problems;
use crate::view::Body;
use crate::wizard::{Catalog, Flow, Tab, Task, no_create, no_delete, task};

/// The task.
pub const FLOW: Flow<SpConnection> = Flow {
    title: |c| if c.general.name.is_empty() { "SP Connection".into() } else { format!("SP Connection: {}", c.general.name) },
    tabs: &[
        Tab::plain("connection-template", "Connection Template", template_fields, template_read, template_write)
            .intro("A template knows the service: its attributes, limits and the way it wants to be spoken to.")
            .holds(&["use_template", "connector"]),
        Tab::plain("connection-type", "Connection Type", type_fields, type_read, type_write)
            .intro("What this connection is for.")
            .holds(&["browser_sso_profiles", "outbound_provisioning", "removal"]),
        Tab::plain("general-info", "General Info", general_fields, general_read, general_write)
            .intro("How this connection is known, here and to the partner.")
            .holds(&["general"]),
        Tab::plain("outbound-provisioning", "Outbound Provisioning", |_, _| Vec::new(), |_| Fields::new(), provisioning_write)
            .when(|c| c.outbound_provisioning)
            .intro("Where people and groups are sent, and the channels that send them.")
            .body(provisioning_body)
            .tasks_in(&["provisioning"]),
        Tab::plain("activation-summary", "Activation & Summary", activation_fields, activation_read, activation_write)
            .body(|_, _| Body::Summary(Vec::new()))
            .holds(&["enabled"]),
    ],
    nested,
    keys: |_, tab| if tab == "outbound-provisioning" { vec!["configure".into()] } else { Vec::new() },
    create: no_create,
    delete: no_delete,
};

fn nested<'a>(connection: &'a mut SpConnection, tab: &str, key: &str) -> Option<Box<dyn Task + 'a>> {
    ((tab, key) == ("outbound-provisioning", "configure")).then(|| task(&super::provisioning::FLOW, &mut connection.provisioning))
}

fn template_fields(_: &SpConnection, catalog: &Catalog) -> Vec<FieldSpec> {
    let use_template = vec![Choice { value: "yes".into(), label: "Use a Template for this Connection".into() }];
    let templates = catalog.connectors.iter().map(|c| Choice { value: c.id.to_string(), label: c.template.clone() }).collect();
    vec![
        FieldSpec::radio("use_template", "Template", use_template).required(),
        FieldSpec::select("connector", "Connection Template", templates).required(),
    ]
}

fn template_read(connection: &SpConnection) -> Fields {
    let connector = connection.connector.as_ref().map_or("", |c| c.id.as_str());
    Fields::new().with("use_template", if connection.use_template { "yes" } else { "no" }).with("connector", connector)
}

fn template_write(connection: &mut SpConnection, fields: &Fields, catalog: &Catalog) -> Problems {
    let chosen = fields.get("connector");
    if connection.connector.as_ref().is_some_and(|c| c.id.as_str() == chosen) {
        return Problems::none();
    }
    let Some(connector) = catalog.connectors.iter().find(|c| c.id.as_str() == chosen) else {
        return if chosen.is_empty() {
            Problems::none()
        } else {
            Problems::at("connector", "This template is no longer installed; choose another.")
        };
    };
    if connection.connector.is_some() && !connection.provisioning.channels.is_empty() {
        return Problems::at(
            "connector",
            "The channels of this connection are made for its present template. Delete them first, or create another connection.",
        );
    }
    connection.use_template = true;
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
    Problems::none()
}

/// The name, or the name with the first free number.
fn free(name: &str, taken: &[String]) -> String {
    let is_free = |candidate: &String| !taken.contains(&candidate.to_lowercase());
    std::iter::once(name.to_owned()).chain((2..).map(|n| format!("{name} {n}"))).find(is_free).unwrap_or_default()
}

fn type_fields(_: &SpConnection, catalog: &Catalog) -> Vec<FieldSpec> {
    let kind = catalog.connector.as_ref().map_or("", |c| c.name.as_str());
    let help = if kind.is_empty() { String::new() } else { format!("Type: {kind}.") };
    vec![FieldSpec::checkbox("outbound_provisioning", "Outbound Provisioning").required().help(help)]
}

fn type_read(connection: &SpConnection) -> Fields {
    Fields::new().with_check("outbound_provisioning", connection.outbound_provisioning)
}

fn type_write(connection: &mut SpConnection, fields: &Fields, _: &Catalog) -> Problems {
    connection.outbound_provisioning = fields.is_checked("outbound_provisioning");
    Problems::none()
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

fn provisioning_write(_: &mut SpConnection, _: &Fields, _: &Catalog) -> Problems {
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

fn activation_fields(_: &SpConnection, _: &Catalog) -> Vec<FieldSpec> {
    vec![FieldSpec::checkbox("enabled", "Connection enabled").help("While a connection is not enabled, none of its channels runs.")]
}

fn activation_read(connection: &SpConnection) -> Fields {
    Fields::new().with_check("enabled", connection.enabled)
}

fn activation_write(connection: &mut SpConnection, fields: &Fields, _: &Catalog) -> Problems {
    connection.enabled = fields.is_checked("enabled");
    Problems::none()
}
