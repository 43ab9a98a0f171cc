//! Configure Channels: Target and Manage Channels, opened by *Configure Provisioning*.

use crate::form::{Check, Choice, FieldSpec, Fields, choices};
use crate::id::{ChannelId, TrustedCaId};
use crate::model::channel::Channel;
use crate::model::connector::{TargetField, TargetFieldKind};
use crate::model::sp_connection::{GroupNameSource, Provisioning, RemoveAction};
use crate::problem::Problems;
use crate::secret::Sealed;
use crate::view::{Body, ListBody, ListRow};
use crate::wizard::{Catalog, Flow, Tab, Task, task};

const OPTIONS: &str = "Provisioning Options";

/// The task.
pub const FLOW: Flow<Provisioning> = Flow {
    title: |_| "Configure Channels".into(),
    tabs: &[
        Tab::plain("target", "Target", target_fields, target_read, target_write)
            .intro("The service that receives people and groups, and what may be done there.")
            .actions(&[("test", "Test Connection")])
            .holds(&["target"]),
        Tab::plain("manage-channels", "Manage Channels", |_, _| Vec::new(), |_| Fields::new(), channels_write)
            .intro("A channel reads one directory and feeds this target.")
            .body(channels_body)
            .tasks_in(&["channels"]),
    ],
    nested,
    keys: |p, tab| if tab == "manage-channels" { p.channels.iter().map(|c| c.id.to_string()).collect() } else { Vec::new() },
    create,
    delete: |p, tab, key| {
        if tab == "manage-channels" {
            p.channels.retain(|c| c.id.as_str() != key);
        }
    },
};

fn nested<'a>(provisioning: &'a mut Provisioning, tab: &str, key: &str) -> Option<Box<dyn Task + 'a>> {
    if tab != "manage-channels" {
        return None;
    }
    let channel = provisioning.channels.iter_mut().find(|c| c.id.as_str() == key)?;
    Some(task(&super::channel::FLOW, channel))
}

fn create(provisioning: &mut Provisioning, tab: &str, id: &str, _: &Catalog) -> Option<String> {
    if tab != "manage-channels" {
        return None;
    }
    let channel = Channel::new(ChannelId::parse(id).ok()?);
    provisioning.channels.push(channel);
    Some(id.to_owned())
}

/// A connector's field as a form field; `when` makes it required only while it is needed.
fn spec_of(field: &TargetField, provisioning: &Provisioning) -> FieldSpec {
    let target = &provisioning.target;
    let needed = field.when.as_ref().is_none_or(|(other, values)| target.settings.get(other).is_some_and(|v| values.contains(v)));
    let spec = match field.kind {
        TargetFieldKind::Text => FieldSpec::text(&field.name, &field.label),
        TargetFieldKind::Url => FieldSpec::text(&field.name, &field.label).checked(Check::Url),
        TargetFieldKind::Secret => FieldSpec::secret(&field.name, &field.label, target.secrets.contains_key(&field.name)),
        TargetFieldKind::Checkbox => FieldSpec::checkbox(&field.name, &field.label),
        TargetFieldKind::Number => FieldSpec::number(&field.name, &field.label, "", 0, u32::MAX),
        TargetFieldKind::Pem => FieldSpec::area(&field.name, &field.label, 6, Check::Pem),
        TargetFieldKind::Select => {
            let choices = field.choices.iter().map(|(value, label)| Choice { value: value.clone(), label: label.clone() }).collect();
            FieldSpec::select(&field.name, &field.label, choices)
        }
    };
    let spec = spec.required_if(field.required && needed).help(&field.help);
    if field.section.is_empty() { spec } else { spec.section(&field.section).advanced() }
}

fn target_fields(provisioning: &Provisioning, catalog: &Catalog) -> Vec<FieldSpec> {
    let Some(connector) = &catalog.connector else { return Vec::new() };
    let (first, last): (Vec<&TargetField>, Vec<&TargetField>) = connector.target.iter().partition(|f| f.section.is_empty());
    let mut fields: Vec<_> = first.iter().map(|f| spec_of(f, provisioning)).collect();
    if let Some(pasted) = first.iter().position(|f| f.kind == TargetFieldKind::Pem) {
        let stored_ca = catalog.trusted_ca_field(provisioning.target.trusted_ca_id.as_ref());
        fields.splice(pasted..pasted, stored_ca);
    }
    let options = &provisioning.target.options;
    let consequence = match options.remove_action {
        RemoveAction::Delete => {
            "Deleting at the target cannot be undone: a person who comes back is a new user there, without the access given before."
        }
        RemoveAction::Nothing => "People who leave keep the access they have at the target until somebody takes it away there.",
        RemoveAction::Disable | RemoveAction::DeleteLater => "",
    };
    fields.extend([
        FieldSpec::checkbox("create_users", "User Create").section(OPTIONS),
        FieldSpec::checkbox("update_users", "User Update").section(OPTIONS).help("Also needed to enable somebody again."),
        FieldSpec::checkbox("remove_users", "User Disable / Delete").section(OPTIONS),
        FieldSpec::checkbox("provision_disabled", "Provision Disabled Users")
            .section(OPTIONS)
            .help("People disabled in the directory are created as inactive users."),
        FieldSpec::radio("remove_action", "Remove User Action", choices(RemoveAction::ALL, RemoveAction::id, RemoveAction::label))
            .required()
            .section(OPTIONS)
            .warning(consequence)
            .help("For people who leave the source location, or are disabled or deleted in the directory."),
        FieldSpec::number("delete_after_days", "Days disabled before deletion", "days", 1, 3650)
            .required_if(options.remove_action == RemoveAction::DeleteLater)
            .section(OPTIONS)
            .help("For ‘Delete after some days disabled’: who comes back before is enabled again and keeps the access given before."),
    ]);
    if connector.options.group_name_source {
        let sources = choices(GroupNameSource::ALL, GroupNameSource::id, GroupNameSource::label);
        fields.push(FieldSpec::select("group_name_source", "Group Name Source", sources).required().section(OPTIONS));
    }
    fields.extend(last.into_iter().map(|f| spec_of(f, provisioning)));
    fields
}

fn target_read(provisioning: &Provisioning) -> Fields {
    let target = &provisioning.target;
    let options = &target.options;
    let settings: Fields = target.settings.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    settings
        .with("trusted_ca_id", target.trusted_ca_id.as_ref().map_or("", TrustedCaId::as_str))
        .with_check("create_users", options.create_users)
        .with_check("update_users", options.update_users)
        .with_check("remove_users", options.remove_users)
        .with_check("provision_disabled", options.provision_disabled)
        .with("remove_action", options.remove_action.id())
        .with("delete_after_days", options.delete_after_days.to_string())
        .with("group_name_source", options.group_name_source.id())
}

fn target_write(provisioning: &mut Provisioning, fields: &Fields, catalog: &Catalog) -> Problems {
    let Some(connector) = &catalog.connector else {
        return Problems::at("", "Choose a Connection Template first.");
    };
    let target = &mut provisioning.target;
    let mut problems = Problems::none();
    for field in connector.target.iter().filter(|f| f.kind != TargetFieldKind::Secret) {
        let value = match field.kind {
            TargetFieldKind::Checkbox => fields.is_checked(&field.name).to_string(),
            _ => fields.text(&field.name).replace("\r\n", "\n"),
        };
        if value.is_empty() {
            target.settings.remove(&field.name);
        } else {
            target.settings.insert(field.name.clone(), value);
        }
    }
    target.trusted_ca_id = TrustedCaId::parse(fields.get("trusted_ca_id")).ok();
    let place = target.place();
    for field in connector.target.iter().filter(|f| f.kind == TargetFieldKind::Secret) {
        match fields.get(&field.name) {
            "" => {
                if target.secrets.get(&field.name).is_some_and(|sealed| sealed.bound_to != place) {
                    problems.add(
                        &field.name,
                        format!("Enter the {} again: the address changed, and a stored secret is not sent to another place.", field.label),
                    );
                }
            }
            ciphertext => {
                target.secrets.insert(field.name.clone(), Sealed { ciphertext: ciphertext.to_owned(), bound_to: place.clone() });
            }
        }
    }
    let options = &mut target.options;
    options.create_users = fields.is_checked("create_users");
    options.update_users = fields.is_checked("update_users");
    options.remove_users = fields.is_checked("remove_users");
    options.provision_disabled = fields.is_checked("provision_disabled");
    options.remove_action = RemoveAction::of(fields.get("remove_action")).unwrap_or(options.remove_action);
    options.delete_after_days = fields.number("delete_after_days", options.delete_after_days);
    options.group_name_source = GroupNameSource::of(fields.get("group_name_source")).unwrap_or(options.group_name_source);
    problems
}

fn channels_write(provisioning: &mut Provisioning, _: &Fields, _: &Catalog) -> Problems {
    let mut problems = Problems::none();
    for (at, channel) in provisioning.channels.iter().enumerate() {
        let same = |other: &Channel| other.name.eq_ignore_ascii_case(&channel.name);
        if !channel.name.is_empty() && provisioning.channels[..at].iter().any(same) {
            problems.add("", format!("Two channels are named ‘{}’; rename one of them.", channel.name));
        }
    }
    problems
}

fn channels_body(provisioning: &Provisioning, catalog: &Catalog) -> Body {
    let row = |channel: &Channel| {
        let source = channel.data_store.as_ref().and_then(|id| catalog.data_store(id)).map_or("No Data Store", |d| d.name.as_str());
        let name = if channel.name.is_empty() { "(unnamed)" } else { &channel.name };
        let state = if channel.active { "Active" } else { "Inactive" };
        ListRow {
            key: channel.id.to_string(),
            cells: vec![name.to_owned(), source.to_owned(), channel.location.base_dn.clone(), state.to_owned()],
        }
    };
    Body::List(ListBody {
        columns: ["Channel", "Data Store", "Base DN", "Status"].map(str::to_owned).to_vec(),
        rows: provisioning.channels.iter().map(row).collect(),
        create: "Create".into(),
        empty: "No channel yet. Create one to choose who is provisioned.".into(),
    })
}
