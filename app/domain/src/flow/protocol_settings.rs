//! Protocol Settings: Federation Info, Outbound Provisioning. Without a summary: what is empty follows a default, and is best read
//! beside its field.

use crate::form::{Check, FieldSpec, Fields};
use crate::model::server_settings::{ProcessSetting, ProtocolSettings, Retention, default_entity_id};
use crate::problem::Problems;
use crate::text::url;
use crate::wizard::{Catalog, Flow, Tab, no_create, no_delete, no_keys, no_nested};

/// The task.
pub const FLOW: Flow<ProtocolSettings> = Flow {
    title: |_| "Protocol Settings".into(),
    tabs: &[
        Tab::plain("federation-info", "Federation Info", federation_fields, federation_read, federation_write)
            .intro("How browsers and partners reach this server, and the name it goes by. Both are in the SAML metadata.")
            .holds(&["base_url", "entity_id"]),
        Tab::plain("outbound-provisioning", "Outbound Provisioning", provisioning_fields, provisioning_read, provisioning_write)
            .intro("How often channels run that have no frequency of their own, and how long it is kept what their cycles did.")
            .holds(&["frequency_secs", "keep_changed_days", "keep_quiet_days", "keep_newest"]),
    ],
    nested: no_nested,
    keys: no_keys,
    create: no_create,
    delete: no_delete,
};

fn federation_fields(settings: &ProtocolSettings, catalog: &Catalog) -> Vec<FieldSpec> {
    let federation = settings.federation(&catalog.server);
    let clear = if url::is_clear(&federation.base_url) {
        "People's passwords cross the network in clear text at this address. Use https:// outside a test."
    } else {
        ""
    };
    let (from, default) = match &catalog.server.base_url {
        ProcessSetting { value, set_by } if set_by.is_empty() => ("the address this server listens on", value),
        ProcessSetting { value, .. } => ("public_url", value),
    };
    vec![
        FieldSpec::text("base_url", "Base URL")
            .checked(Check::Text(512))
            .warning(clear)
            .help(format!("For example https://sso.example.com. Left empty, it is {from}: {default}")),
        FieldSpec::text("entity_id", "SAML 2.0 Entity ID").checked(Check::Text(1024)).help(format!(
            "The name partners know this server by; they must be told of a change. Left empty, it is {}",
            default_entity_id(&federation.base_url)
        )),
    ]
}

fn federation_read(settings: &ProtocolSettings) -> Fields {
    Fields::new().with("base_url", &settings.base_url).with("entity_id", &settings.entity_id)
}

fn federation_write(settings: &mut ProtocolSettings, fields: &Fields, _: &Catalog) -> Problems {
    settings.base_url = fields.text("base_url");
    settings.entity_id = fields.text("entity_id");
    let mut problems = Problems::none();
    if !settings.base_url.is_empty()
        && let Err(why) = url::check_origin(settings.base_url.trim_end_matches('/'))
    {
        problems.add("base_url", why);
    }
    if settings.entity_id.contains(char::is_whitespace) {
        problems.add("entity_id", "An entity ID has no blanks in it. Use an address or a name such as urn:example:idp.");
    }
    problems
}

fn provisioning_fields(_: &ProtocolSettings, catalog: &Catalog) -> Vec<FieldSpec> {
    let server = &catalog.server;
    let by = |set_by: &str| if set_by.is_empty() { "the default".to_owned() } else { format!("set by {set_by}") };
    let frequency = server.frequency_secs.value;
    let off = if server.provisioner_mode.value == "OFF" {
        "provisioner.mode is OFF: this server runs no cycles, whatever is set here."
    } else {
        ""
    };
    let frequency = FieldSpec::number("frequency_secs", "Synchronization Frequency", "seconds", 5, 604_800).warning(off).help(format!(
        "From the beginning of one cycle to that of the next. Left empty, it is provisioner.frequency_secs: {frequency} seconds, {}. \
             Whether this server provisions at all is provisioner.mode: {}, {}.",
        by(&server.frequency_secs.set_by),
        server.provisioner_mode.value,
        by(&server.provisioner_mode.set_by),
    ));
    let Retention { changed_days, quiet_days, newest } = Retention::default();
    vec![
        frequency,
        FieldSpec::number("keep_changed_days", "Keep Cycles with Changes", "days", 1, 3_650).help(format!(
            "Cycles that changed something or did not succeed, with every object they touched. Left empty, {changed_days} days."
        )),
        FieldSpec::number("keep_quiet_days", "Keep Cycles without Changes", "days", 1, 3_650)
            .help(format!("Cycles that found nothing to do, of which a channel may have one a minute. Left empty, {quiet_days} day.")),
        FieldSpec::number("keep_newest", "Always Keep the Newest", "cycles", 1, 10_000)
            .help(format!("Of each channel so many stay, however old they are. Left empty, {newest}.")),
    ]
}

fn provisioning_read(settings: &ProtocolSettings) -> Fields {
    let number = |n: Option<u32>| n.map_or_else(String::new, |n| n.to_string());
    Fields::new()
        .with("frequency_secs", number(settings.frequency_secs))
        .with("keep_changed_days", number(settings.keep_changed_days))
        .with("keep_quiet_days", number(settings.keep_quiet_days))
        .with("keep_newest", number(settings.keep_newest))
}

fn provisioning_write(settings: &mut ProtocolSettings, fields: &Fields, _: &Catalog) -> Problems {
    settings.frequency_secs = fields.text("frequency_secs").parse().ok();
    settings.keep_changed_days = fields.text("keep_changed_days").parse().ok();
    settings.keep_quiet_days = fields.text("keep_quiet_days").parse().ok();
    settings.keep_newest = fields.text("keep_newest").parse().ok();
    Problems::none()
}
