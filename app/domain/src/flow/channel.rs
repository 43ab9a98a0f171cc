//! Channel: Channel Info, Source, Source Settings, Source Location, Attribute Mapping, Guards, Activation & Summary.

mod guards;

use crate::form::{Check, Choice, FieldSpec, Fields, choices};
use crate::id::DataStoreId;
use crate::model::channel::{ChangeAlgorithm, Channel, ExistingObjects, GuidType, Scope, SourceSettings, StatusAlgorithm};
use crate::model::connector::Connector;
use crate::model::data_store::LdapType;
use crate::model::mapping::MappingRow;
use crate::problem::Problems;
use crate::text::dn::Dn;
use crate::view::{Body, MappingView};
use crate::wizard::{Catalog, Flow, Tab, Task, no_create, no_delete, task};

/// What would follow from this draft, before it is saved.
const PREVIEW: (&str, &str) = ("preview", "Preview");

/// The task.
pub const FLOW: Flow<Channel> = Flow {
    title: |c| if c.name.is_empty() { "Channel".into() } else { format!("Channel: {}", c.name) },
    tabs: &[
        Tab::plain("channel-info", "Channel Info", info_fields, info_read, info_write)
            .holds(&["name", "max_threads", "timeout_secs", "frequency_secs", "existing"]),
        Tab::plain("source", "Source", source_fields, source_read, source_write).intro("The directory this channel reads.").holds(&["data_store", "prefilled_from"]),
        Tab::plain("source-settings", "Source Settings", settings_fields, settings_read, settings_write)
            .intro("How this kind of directory names things. The defaults fit the LDAP Type of the Data Store; usually just click Next.")
            .holds(&["source"]),
        Tab::plain("source-location", "Source Location", location_fields, location_read, location_write)
            .intro("Who is provisioned: the members of a group, or whoever a filter matches. Nothing above the Base DN is looked at.")
            .actions(&[("test", "Check in Directory"), PREVIEW])
            .holds(&["location"]),
        Tab::plain("attribute-mapping", "Attribute Mapping", mapping_fields, mapping_read, mapping_write)
            .intro("Which directory attribute fills each field of the service. Fields marked with * must be filled; Edit offers defaults, expressions and a try on a real entry.")
            .body(mapping_body)
            .actions(&[PREVIEW])
            .tasks_in(&["mapping"]),
        Tab::plain("guards", "Guards", guards::fields, guards::read, guards::write)
            .intro("A cycle that would take away more than these limits holds what it would take until somebody approves it; creates and updates go on. After a read that was not complete nothing is taken away, whatever is set here. Usually just click Next.")
            .actions(&[PREVIEW])
            .holds(&["guards", "protected"]),
        Tab::plain("activation-summary", "Activation & Summary", activation_fields, activation_read, activation_write)
            .body(|_, _| Body::Summary(Vec::new()))
            .actions(&[PREVIEW])
            .holds(&["active"]),
    ],
    nested,
    keys: |c, tab| if tab == "attribute-mapping" { c.mapping.iter().map(|r| r.field.clone()).collect() } else { Vec::new() },
    create: no_create,
    delete: no_delete,
};

fn nested<'a>(channel: &'a mut Channel, tab: &str, key: &str) -> Option<Box<dyn Task + 'a>> {
    if tab != "attribute-mapping" {
        return None;
    }
    let row = channel.mapping.iter_mut().find(|r| r.field == key)?;
    Some(task(&super::mapping_row::FLOW, row))
}

fn info_fields(_: &Channel, _: &Catalog) -> Vec<FieldSpec> {
    vec![
        FieldSpec::text("name", "Channel Name").required().checked(Check::Text(128)),
        FieldSpec::number("max_threads", "Max Threads", "", 1, 64)
            .required()
            .help("Requests to the target under way at once; the connector's own limit holds too."),
        FieldSpec::number("timeout_secs", "Timeout (secs)", "seconds", 1, 3600)
            .required()
            .help("How long each answer of the target is waited for. What is not answered by then is looked into in the next cycle."),
        FieldSpec::number("frequency_secs", "Synchronization Frequency", "seconds", 5, 604_800)
            .help("Seconds between cycles. Empty: the global frequency (60 seconds unless configured otherwise).")
            .section("Advanced")
            .advanced(),
        FieldSpec::select(
            "existing",
            "Existing objects at the target",
            choices(ExistingObjects::ALL, ExistingObjects::id, ExistingObjects::label),
        )
        .required()
        .help("Adopt: a user or group that is already there is linked and kept up to date. Leave and report: it is left alone.")
        .section("Advanced")
        .advanced(),
    ]
}

fn info_read(channel: &Channel) -> Fields {
    Fields::new()
        .with("name", &channel.name)
        .with("max_threads", channel.max_threads.to_string())
        .with("timeout_secs", channel.timeout_secs.to_string())
        .with("frequency_secs", channel.frequency_secs.map_or_else(String::new, |f| f.to_string()))
        .with("existing", channel.existing.id())
}

fn info_write(channel: &mut Channel, fields: &Fields, _: &Catalog) -> Problems {
    channel.name = fields.text("name");
    channel.max_threads = fields.number("max_threads", channel.max_threads);
    channel.timeout_secs = fields.number("timeout_secs", channel.timeout_secs);
    channel.frequency_secs = fields.text("frequency_secs").parse().ok();
    channel.existing = ExistingObjects::of(fields.get("existing")).unwrap_or(channel.existing);
    Problems::none()
}

fn source_fields(_: &Channel, catalog: &Catalog) -> Vec<FieldSpec> {
    let stores: Vec<_> = catalog.data_stores.iter().map(|d| Choice { value: d.id.to_string(), label: d.name.clone() }).collect();
    let help = if stores.is_empty() { "There is no Data Store yet. Save a draft, then create one under System > Data Stores." } else { "" };
    vec![FieldSpec::select("data_store", "Active Data Store", stores).required().help(help)]
}

fn source_read(channel: &Channel) -> Fields {
    Fields::new().with("data_store", channel.data_store.as_ref().map_or("", DataStoreId::as_str))
}

fn source_write(channel: &mut Channel, fields: &Fields, catalog: &Catalog) -> Problems {
    let chosen = DataStoreId::parse(fields.get("data_store")).ok();
    let Some(store) = chosen.and_then(|id| catalog.data_store(&id)) else { return Problems::none() };
    channel.data_store = Some(store.id.clone());
    if channel.prefilled_from != Some(store.ldap_type)
        && let Some(connector) = &catalog.connector
    {
        prefill(channel, connector, store.ldap_type);
    }
    Problems::none()
}

/// Source Settings and mapping as this kind of directory wants them; rows an administrator changed stay.
fn prefill(channel: &mut Channel, connector: &Connector, ldap_type: LdapType) {
    let before = channel.prefilled_from;
    channel.source = SourceSettings::for_type(ldap_type);
    let default_row = |attribute: &crate::model::connector::TargetAttribute, kind: LdapType| MappingRow {
        attributes: attribute.default_source(kind).map(str::to_owned).into_iter().collect(),
        create_only: attribute.create_only,
        ..MappingRow::empty(&attribute.name)
    };
    let old = std::mem::take(&mut channel.mapping);
    for attribute in &connector.attributes {
        let present = old.iter().find(|r| r.field == attribute.name);
        let touched = present.filter(|r| before.is_some_and(|kind| **r != default_row(attribute, kind)));
        channel.mapping.push(touched.cloned().unwrap_or_else(|| default_row(attribute, ldap_type)));
    }
    channel.prefilled_from = Some(ldap_type);
}

/// How the channel's kind of directory can tell changes, and what is chosen now.
fn algorithms(channel: &Channel, catalog: &Catalog) -> Vec<ChangeAlgorithm> {
    let store = channel.data_store.as_ref().and_then(|id| catalog.data_store(id));
    let is_offered = |one: &ChangeAlgorithm| *one == channel.source.change_algorithm || store.is_none_or(|s| one.fits(s.ldap_type));
    ChangeAlgorithm::ALL.iter().copied().filter(is_offered).collect()
}

fn settings_fields(channel: &Channel, catalog: &Catalog) -> Vec<FieldSpec> {
    const IDENTITY: &str = "Identity Attributes";
    const MEMBERSHIP: &str = "Group Membership Detection";
    const CHANGES: &str = "Change Detection";
    const ACCOUNT: &str = "Account Management";
    let source = &channel.source;
    let flag = source.status_algorithm == StatusAlgorithm::Flag && !source.status_attribute.is_empty();
    vec![
        FieldSpec::text("guid_attribute", "Entry GUID Attribute")
            .required()
            .checked(Check::Attribute)
            .section(IDENTITY)
            .help("Stays the same when an entry is renamed or moved."),
        FieldSpec::select("guid_type", "GUID Type", choices(GuidType::ALL, GuidType::id, GuidType::label)).required().section(IDENTITY),
        FieldSpec::text("member_of_attribute", "Member of Group Attribute")
            .checked(Check::Attribute)
            .section(MEMBERSHIP)
            .help("On the person; leave empty if the directory has none."),
        FieldSpec::text("member_attribute", "Group Member Attribute").required().checked(Check::Attribute).section(MEMBERSHIP),
        FieldSpec::text("user_class", "User objectClass").required().checked(Check::Attribute).section(CHANGES),
        FieldSpec::text("group_class", "Group objectClass").required().checked(Check::Attribute).section(CHANGES),
        FieldSpec::select(
            "change_algorithm",
            "Changed Users/Groups Algorithm",
            choices(&algorithms(channel, catalog), ChangeAlgorithm::id, ChangeAlgorithm::label),
        )
        .required()
        .section(CHANGES)
        .help("Between the daily comparisons of everything, a cycle reads who is in scope and the entries that changed. Everybody is read in every cycle while manager, memberOf or another attribute is mapped that can change although nothing is written to the entry."),
        FieldSpec::text("usn_attribute", "USN Attribute")
            .checked(Check::Attribute)
            .section(CHANGES)
            .required_if(source.change_algorithm == ChangeAlgorithm::ActiveDirectoryUsn),
        FieldSpec::text("timestamp_attribute", "Timestamp Attribute").required().checked(Check::Attribute).section(CHANGES),
        FieldSpec::text("status_attribute", "Account Status Attribute")
            .checked(Check::Attribute)
            .section(ACCOUNT)
            .help("Empty: everybody in scope is enabled."),
        FieldSpec::select(
            "status_algorithm",
            "Account Status Algorithm",
            choices(StatusAlgorithm::ALL, StatusAlgorithm::id, StatusAlgorithm::label),
        )
        .required()
        .section(ACCOUNT),
        FieldSpec::checkbox("default_enabled", "Default Status is Active").section(ACCOUNT).help("For people without the attribute."),
        FieldSpec::text("flag_value", "Flag Comparison Value").section(ACCOUNT).required_if(flag),
        FieldSpec::checkbox("flag_enabled", "Flag Comparison Status is Active")
            .section(ACCOUNT)
            .help("Ticked: people with that value are enabled. Not ticked: they are disabled."),
    ]
}

fn settings_read(channel: &Channel) -> Fields {
    let s = &channel.source;
    Fields::new()
        .with("guid_attribute", &s.guid_attribute)
        .with("guid_type", s.guid_type.id())
        .with("member_of_attribute", &s.member_of_attribute)
        .with("member_attribute", &s.member_attribute)
        .with("user_class", &s.user_class)
        .with("group_class", &s.group_class)
        .with("change_algorithm", s.change_algorithm.id())
        .with("usn_attribute", &s.usn_attribute)
        .with("timestamp_attribute", &s.timestamp_attribute)
        .with("status_attribute", &s.status_attribute)
        .with("status_algorithm", s.status_algorithm.id())
        .with_check("default_enabled", s.default_enabled)
        .with("flag_value", &s.flag_value)
        .with_check("flag_enabled", s.flag_enabled)
}

fn settings_write(channel: &mut Channel, fields: &Fields, catalog: &Catalog) -> Problems {
    let before = &channel.source;
    channel.source = SourceSettings {
        guid_attribute: fields.text("guid_attribute"),
        guid_type: GuidType::of(fields.get("guid_type")).unwrap_or(before.guid_type),
        member_of_attribute: fields.text("member_of_attribute"),
        member_attribute: fields.text("member_attribute"),
        user_class: fields.text("user_class"),
        group_class: fields.text("group_class"),
        change_algorithm: ChangeAlgorithm::of(fields.get("change_algorithm")).unwrap_or(before.change_algorithm),
        usn_attribute: fields.text("usn_attribute"),
        timestamp_attribute: fields.text("timestamp_attribute"),
        status_attribute: fields.text("status_attribute"),
        status_algorithm: StatusAlgorithm::of(fields.get("status_algorithm")).unwrap_or(before.status_algorithm),
        default_enabled: fields.is_checked("default_enabled"),
        flag_value: fields.text("flag_value"),
        flag_enabled: fields.is_checked("flag_enabled"),
    };
    let store = channel.data_store.as_ref().and_then(|id| catalog.data_store(id));
    let chosen = channel.source.change_algorithm;
    match store {
        Some(store) if !chosen.fits(store.ldap_type) => Problems::at(
            "change_algorithm",
            format!(
                "A directory of the LDAP Type {} does not tell changes by {}. Choose another one.",
                store.ldap_type.label(),
                chosen.label()
            ),
        ),
        _ => Problems::none(),
    }
}

fn location_fields(_: &Channel, catalog: &Catalog) -> Vec<FieldSpec> {
    let mut fields = vec![
        FieldSpec::text("base_dn", "Base DN").required().checked(Check::Dn).help("For example DC=example,DC=com."),
        FieldSpec::text("users.group_dn", "Group DN")
            .checked(Check::Dn)
            .section("Users")
            .help("The members of this group are provisioned."),
        FieldSpec::checkbox("users.nested", "Nested Search").section("Users").help("Members of groups inside that group too."),
        FieldSpec::text("users.filter", "Filter")
            .checked(Check::Filter)
            .section("Users")
            .help("Instead of a Group DN: an LDAP filter such as (department=Engineering)."),
    ];
    if catalog.connector.as_ref().is_none_or(|c| c.groups.supported) {
        fields.extend([
            FieldSpec::text("groups.group_dn", "Group DN")
                .checked(Check::Dn)
                .section("Groups")
                .help("The groups that are members of this group are provisioned. Leave both empty to provision no groups."),
            FieldSpec::checkbox("groups.include_group", "Include this group itself").section("Groups"),
            FieldSpec::checkbox("groups.nested", "Nested Search")
                .section("Groups")
                .help("Groups inside those groups too, and the people in nested groups count as members."),
            FieldSpec::text("groups.filter", "Filter")
                .checked(Check::Filter)
                .section("Groups")
                .help("Instead of a Group DN: an LDAP filter such as (cn=aws-*)."),
        ]);
    }
    fields
}

fn location_read(channel: &Channel) -> Fields {
    let location = &channel.location;
    Fields::new()
        .with("base_dn", &location.base_dn)
        .with("users.group_dn", &location.users.group_dn)
        .with_check("users.nested", location.users.nested)
        .with("users.filter", &location.users.filter)
        .with("groups.group_dn", &location.groups.group_dn)
        .with_check("groups.include_group", location.groups.include_group)
        .with_check("groups.nested", location.groups.nested)
        .with("groups.filter", &location.groups.filter)
}

fn location_write(channel: &mut Channel, fields: &Fields, _: &Catalog) -> Problems {
    let scope = |name: &str| Scope {
        group_dn: fields.text(&format!("{name}.group_dn")),
        nested: fields.is_checked(&format!("{name}.nested")),
        filter: fields.text(&format!("{name}.filter")),
        include_group: fields.is_checked(&format!("{name}.include_group")),
    };
    channel.location.base_dn = fields.text("base_dn");
    channel.location.users = scope("users");
    channel.location.groups = scope("groups");
    let mut problems = Problems::none();
    if channel.location.users.is_empty() {
        problems.add("users.group_dn", "Say who is provisioned: enter a Group DN or a Filter.");
    }
    for (name, scope) in [("users", &channel.location.users), ("groups", &channel.location.groups)] {
        if !scope.group_dn.is_empty() && !scope.filter.is_empty() {
            problems.add(format!("{name}.filter"), "Enter a Group DN or a Filter, not both.");
        }
        if scope.include_group && scope.group_dn.is_empty() {
            problems.add(format!("{name}.include_group"), "Enter the Group DN that is to be included.");
        }
        if let (Ok(base), Ok(group)) = (Dn::parse(&channel.location.base_dn), Dn::parse(&scope.group_dn)) {
            let first_rdn = group.as_str().split('=').next().unwrap_or_default().trim();
            if first_rdn.eq_ignore_ascii_case("ou") || first_rdn.eq_ignore_ascii_case("dc") || group.canonical() == base.canonical() {
                problems.add(
                    format!("{name}.group_dn"),
                    "This is the DN of a container, not of a group. Put it into Base DN and use a Filter, or enter a group's DN such as CN=AWS Users,OU=Groups,DC=example,DC=com.",
                );
            }
        }
    }
    problems
}

fn input_of(field: &str) -> String {
    format!("map.{field}")
}

/// Whether one plain source attribute says it all, so that it can be chosen on the tab itself.
fn is_plain(row: &MappingRow) -> bool {
    row.expression.is_empty() && row.attributes.len() <= 1
}

/// What must be mapped is said by [`mapping_write`], which knows the service that requires it.
fn mapping_fields(channel: &Channel, _: &Catalog) -> Vec<FieldSpec> {
    let plain = channel.mapping.iter().filter(|row| is_plain(row));
    plain.map(|row| FieldSpec::text(input_of(&row.field), &row.field).checked(Check::Attribute)).collect()
}

fn mapping_read(channel: &Channel) -> Fields {
    let plain = channel.mapping.iter().filter(|row| is_plain(row));
    plain.map(|row| (input_of(&row.field), row.attributes.first().cloned().unwrap_or_default())).collect()
}

fn mapping_write(channel: &mut Channel, fields: &Fields, catalog: &Catalog) -> Problems {
    let Some(connector) = &catalog.connector else { return Problems::at("", "Choose a Connection Template first.") };
    let posted: Vec<String> = fields.iter().map(|(name, _)| name.to_owned()).collect();
    for row in channel.mapping.iter_mut().filter(|row| is_plain(row)) {
        let input = input_of(&row.field);
        if posted.contains(&input) {
            row.attributes = Some(fields.text(&input)).filter(|a| !a.is_empty()).into_iter().collect();
        }
    }
    let mut problems = Problems::none();
    if channel.data_store.is_none() {
        problems.add("", "Choose the Active Data Store on the Source tab first.");
    }
    for attribute in connector.attributes.iter().filter(|a| a.required) {
        if !channel.mapping.iter().any(|row| row.field == attribute.name && row.is_mapped()) {
            problems.add(
                input_of(&attribute.name),
                format!("Choose the directory attribute for {}: {} requires it.", attribute.name, connector.name),
            );
        }
    }
    problems
}

fn mapping_body(channel: &Channel, catalog: &Catalog) -> Body {
    let store = channel.data_store.as_ref().and_then(|id| catalog.data_store(id));
    let ldap_type = store.map_or(LdapType::Generic, |d| d.ldap_type);
    let mut choices: Vec<String> = ldap_type.usual_attributes().iter().map(|&a| a.to_owned()).collect();
    if let Some(more) = store.and_then(|d| catalog.attributes.get(d.id.as_str())) {
        choices.extend(more.iter().filter(|a| !ldap_type.usual_attributes().iter().any(|u| u.eq_ignore_ascii_case(a))).cloned());
    }
    let view = |row: &MappingRow| {
        let attribute = catalog.connector.as_ref().and_then(|c| c.attribute(&row.field));
        let value = if is_plain(row) { row.attributes.first().cloned().unwrap_or_default() } else { String::new() };
        let mut choices = choices.clone();
        if !value.is_empty() && !choices.iter().any(|c| c == &value) {
            choices.insert(0, value.clone());
        }
        MappingView {
            field: row.field.clone(),
            required: attribute.is_some_and(|a| a.required),
            input: if is_plain(row) { input_of(&row.field) } else { String::new() },
            value,
            detail: detail(row),
            choices,
            note: attribute.map_or_else(String::new, |a| a.note.clone()),
        }
    };
    Body::Mapping(channel.mapping.iter().map(view).collect())
}

/// What a row does beyond taking one attribute as it is.
fn detail(row: &MappingRow) -> String {
    let mut parts = Vec::new();
    if !is_plain(row) {
        if row.expression.is_empty() {
            parts.push(row.attributes.join(", "));
        } else {
            parts.push(format!("Expression: {}", row.expression));
        }
    }
    if !row.default_value.is_empty() {
        parts.push(format!("default ‘{}’", row.default_value));
    }
    if row.create_only {
        parts.push("create only".into());
    }
    if row.trim {
        parts.push("trimmed".into());
    }
    if row.mask {
        parts.push("masked in logs".into());
    }
    if row.case != crate::model::mapping::CharacterCase::None {
        parts.push(row.case.label().to_lowercase());
    }
    if row.parser != crate::model::mapping::Parser::None {
        parts.push(row.parser.label().to_lowercase());
    }
    if is_plain(row) && !parts.is_empty() && !row.attributes.is_empty() {
        parts.insert(0, row.attributes[0].clone());
    }
    parts.join(", ")
}

fn activation_fields(_: &Channel, _: &Catalog) -> Vec<FieldSpec> {
    vec![
        FieldSpec::checkbox("active", "Channel active")
            .help("An active channel of an enabled connection runs its first cycle right after Save."),
    ]
}

fn activation_read(channel: &Channel) -> Fields {
    Fields::new().with_check("active", channel.active)
}

fn activation_write(channel: &mut Channel, fields: &Fields, _: &Catalog) -> Problems {
    channel.active = fields.is_checked("active");
    Problems::none()
}
