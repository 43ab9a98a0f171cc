//! IdP Adapter: Type, IdP Adapter, Extended Contract, Adapter Attributes, Adapter Contract Mapping, Summary.

use super::instance;
use super::pcv::put;
use crate::form::{Check, Choice, FieldSpec, Fields, choices};
use crate::id::PcvId;
use crate::model::idp_adapter::{AdapterKind, HtmlForm, IdpAdapter, SessionState};
use crate::problem::Problems;
use crate::view::{Body, GridRow, GridView};
use crate::wizard::rows::{RowTable, TABLE};
use crate::wizard::{Catalog, Flow, Tab, no_create, no_delete, no_keys, no_nested};

/// The task.
pub const FLOW: Flow<IdpAdapter> = Flow {
    title: |adapter| if adapter.name.is_empty() { "IdP Adapter".into() } else { format!("IdP Adapter: {}", adapter.name) },
    tabs: &[
        Tab::plain("type", "Type", type_fields, type_read, type_write)
            .intro("Name this way to sign on. The Instance ID stays the same for ever.")
            .holds(&["name", "instance_id", "kind"]),
        Tab::plain("idp-adapter", "IdP Adapter", form_fields, form_read, form_write)
            .intro("Who checks the password, and what the sign-on form does. Validators are asked in this order until one accepts.")
            .rows(VALIDATORS)
            .actions(&[("manage:pcv", "Manage Password Credential Validators")])
            .holds(&["validators", "form"]),
        Tab::plain("extended-contract", "Extended Contract", contract_fields, contract_read, |_, _, _| Problems::none())
            .intro("Attributes this adapter passes on besides the username. Each must be in the contract of one of its validators.")
            .rows(EXTENDED)
            .holds(&["extended"]),
        Tab::plain("adapter-attributes", "Adapter Attributes", attribute_fields, attribute_read, attribute_write)
            .intro("From the values of the attributes with Pseudonym an opaque name can be made that is always the same for one person.")
            .body(attribute_grid)
            .holds(&["unique_user_key", "pseudonym", "masked"]),
        Tab::plain("adapter-contract-mapping", "Adapter Contract Mapping", mapping_fields, mapping_read, |_, _, _| Problems::none()).intro(
            "Each attribute of the contract takes its value from the adapter, that is, from the validator that accepted the password.",
        ),
        Tab::summary("summary", "Summary"),
    ],
    nested: no_nested,
    keys: no_keys,
    create: no_create,
    delete: no_delete,
};

fn type_fields(_: &IdpAdapter, catalog: &Catalog) -> Vec<FieldSpec> {
    instance::fields(choices(AdapterKind::ALL, AdapterKind::id, AdapterKind::label), catalog)
}

fn type_read(adapter: &IdpAdapter) -> Fields {
    instance::read(&adapter.name, &adapter.instance_id, adapter.kind.map(|kind| (kind.id(), kind.label())))
}

fn type_write(adapter: &mut IdpAdapter, fields: &Fields, catalog: &Catalog) -> Problems {
    if !catalog.is_saved {
        adapter.kind = AdapterKind::of(fields.get("type")).or(adapter.kind);
    }
    instance::write(&mut adapter.name, &mut adapter.instance_id, "IdP Adapter", fields, catalog)
}

const VALIDATORS: RowTable<IdpAdapter> = RowTable {
    name: "Credential Validators",
    empty: "No validator yet: nobody could sign on.",
    count: |adapter| adapter.validators.len(),
    fields: |_, _, catalog| {
        let pcvs: Vec<_> = catalog.pcvs.iter().map(|p| Choice { value: p.id.to_string(), label: p.name.clone() }).collect();
        let help = if pcvs.is_empty() {
            "There is none yet. Manage Password Credential Validators leads to where one is made, and back."
        } else {
            ""
        };
        vec![FieldSpec::select("instance", "Password Credential Validator Instance", pcvs).required().help(help)]
    },
    read: |adapter, at| Fields::new().with("instance", adapter.validators.get(at).map_or("", PcvId::as_str)),
    write: |adapter, at, fields, _| {
        let Ok(id) = PcvId::parse(fields.get("instance")) else { return Problems::none() };
        if adapter.validators.iter().enumerate().any(|(other, pcv)| other != at && *pcv == id) {
            return Problems::at("instance", "This validator is in the list already.");
        }
        put(&mut adapter.validators, at, id);
        Problems::none()
    },
    delete: |adapter, at| drop(adapter.validators.remove(at)),
    swap: Some(|adapter, one, other| adapter.validators.swap(one, other)),
    named_by: 0,
    is_below: false,
};

const ADVANCED: &str = "Advanced Fields";
const REMEMBER: &str = "Sessions";

fn form_fields(_: &IdpAdapter, _: &Catalog) -> Vec<FieldSpec> {
    vec![
        FieldSpec::number("challenge_retries", "Challenge Retries", "attempts", 1, 100)
            .required()
            .help("After so many wrong passwords in a row the sign-on is given up and has to be begun anew."),
        FieldSpec::radio("session_state", "Session State", choices(SessionState::ALL, SessionState::id, SessionState::label))
            .required()
            .section(REMEMBER)
            .help("Whether somebody who has signed on is asked again: not by any adapter, not by this one, or every time."),
        FieldSpec::number("session_timeout_mins", "Session Timeout", "minutes", 1, 525_600)
            .required()
            .section(REMEMBER)
            .help("Without use."),
        FieldSpec::number("session_max_timeout_mins", "Session Max Timeout", "minutes", 1, 525_600)
            .required()
            .section(REMEMBER)
            .help("In any case."),
        FieldSpec::checkbox("remember_username", "Enable 'Remember My Username'")
            .section(REMEMBER)
            .help("The form offers to fill in the username the next time."),
        FieldSpec::text("login_title", "Sign-On Title").required().checked(Check::Text(128)).section(ADVANCED).advanced(),
        FieldSpec::area("login_text", "Sign-On Text", 3, Check::Text(2000))
            .section(ADVANCED)
            .advanced()
            .help("Above the fields of the form, for example whom to call for help."),
        FieldSpec::number("remember_username_days", "'Remember My Username' Lifetime", "days", 1, 3650)
            .required()
            .section(ADVANCED)
            .advanced(),
        FieldSpec::text("logout_path", "Logout Path")
            .checked(Check::Text(64))
            .section(ADVANCED)
            .advanced()
            .help("Becomes /ext/ and this, an address where people sign off. Empty: there is none."),
        FieldSpec::text("logout_redirect", "Logout Redirect")
            .checked(Check::Url)
            .section(ADVANCED)
            .advanced()
            .help("Where people are led after they signed off. Empty: they read the Logout Text."),
        FieldSpec::area("logout_text", "Logout Text", 2, Check::Text(2000)).section(ADVANCED).advanced(),
    ]
}

fn form_read(adapter: &IdpAdapter) -> Fields {
    let form = &adapter.form;
    Fields::new()
        .with("challenge_retries", form.challenge_retries.to_string())
        .with("session_state", form.session_state.id())
        .with("session_timeout_mins", form.session_timeout_mins.to_string())
        .with("session_max_timeout_mins", form.session_max_timeout_mins.to_string())
        .with_check("remember_username", form.remember_username)
        .with("login_title", &form.login_title)
        .with("login_text", &form.login_text)
        .with("remember_username_days", form.remember_username_days.to_string())
        .with("logout_path", &form.logout_path)
        .with("logout_redirect", &form.logout_redirect)
        .with("logout_text", &form.logout_text)
}

fn form_write(adapter: &mut IdpAdapter, fields: &Fields, catalog: &Catalog) -> Problems {
    let before = &adapter.form;
    let text = |name: &str| fields.get(name).trim().replace("\r\n", "\n");
    adapter.form = HtmlForm {
        challenge_retries: fields.number("challenge_retries", before.challenge_retries),
        session_state: SessionState::of(fields.get("session_state")).unwrap_or(before.session_state),
        session_timeout_mins: fields.number("session_timeout_mins", before.session_timeout_mins),
        session_max_timeout_mins: fields.number("session_max_timeout_mins", before.session_max_timeout_mins),
        remember_username: fields.is_checked("remember_username"),
        remember_username_days: fields.number("remember_username_days", before.remember_username_days),
        login_title: text("login_title"),
        login_text: text("login_text"),
        logout_path: text("logout_path"),
        logout_redirect: text("logout_redirect"),
        logout_text: text("logout_text"),
    };
    let form = &adapter.form;
    let mut problems = Problems::none();
    if adapter.validators.is_empty() {
        problems.add(TABLE, "Add a row to 'Credential Validators': without one nobody can sign on.");
    }
    if form.session_max_timeout_mins < form.session_timeout_mins {
        problems.add("session_max_timeout_mins", "The Session Max Timeout cannot be shorter than the Session Timeout.");
    }
    let path = form.logout_path();
    if !path.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/".contains(&b)) || path.contains("..") || path.contains("//") {
        problems.add("logout_path", "Use letters, digits, hyphens and slashes only, as in /signoff.");
    } else if !path.is_empty() && catalog.taken_logout_paths.contains(&path.to_lowercase()) {
        problems.add("logout_path", "Another IdP Adapter already has this Logout Path; each must be unique.");
    }
    problems
}

fn contract_fields(_: &IdpAdapter, _: &Catalog) -> Vec<FieldSpec> {
    vec![FieldSpec::fixed("core", "Core Contract")]
}

fn contract_read(_: &IdpAdapter) -> Fields {
    Fields::new().with("core", IdpAdapter::CORE)
}

const EXTENDED: RowTable<IdpAdapter> = RowTable {
    name: "Extended Contract",
    empty: "Nothing is added to the core contract.",
    count: |adapter| adapter.extended.len(),
    fields: |_, _, _| vec![FieldSpec::text("attribute", "Attribute").required().checked(Check::Attribute)],
    read: |adapter, at| Fields::new().with("attribute", adapter.extended.get(at).map_or("", String::as_str)),
    write: write_attribute,
    delete: |adapter, at| {
        adapter.extended.remove(at);
        adapter.forget_gone_attributes();
    },
    swap: None,
    named_by: 0,
    is_below: true,
};

fn write_attribute(adapter: &mut IdpAdapter, at: usize, fields: &Fields, catalog: &Catalog) -> Problems {
    let name = fields.text("attribute");
    let others = adapter.extended.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, name)| name.as_str());
    if std::iter::once(IdpAdapter::CORE).chain(others).any(|other| other.eq_ignore_ascii_case(&name)) {
        return Problems::at("attribute", format!("‘{name}’ is in the contract already."));
    }
    let mut offered: Vec<&str> = Vec::new();
    for contract in adapter.validators.iter().filter_map(|id| catalog.pcv(id)).map(|pcv| &pcv.contract) {
        offered.extend(contract.iter().map(String::as_str).filter(|name| *name != IdpAdapter::CORE));
    }
    offered.sort_unstable();
    offered.dedup();
    let Some(known) = offered.iter().find(|known| known.eq_ignore_ascii_case(&name)) else {
        let offered = if offered.is_empty() { "nothing besides the username".to_owned() } else { offered.join(", ") };
        return Problems::at(
            "attribute",
            format!(
                "No validator of this adapter gives ‘{name}’; they give {offered}. Add it to the Extended Contract of a validator first."
            ),
        );
    };
    put(&mut adapter.extended, at, (*known).to_owned());
    adapter.forget_gone_attributes();
    Problems::none()
}

/// The names of the boxes of an attribute.
fn pseudonym(attribute: &str) -> String {
    format!("pseudonym.{attribute}")
}

fn mask(attribute: &str) -> String {
    format!("mask.{attribute}")
}

fn attribute_fields(adapter: &IdpAdapter, _: &Catalog) -> Vec<FieldSpec> {
    let none = Choice { value: String::new(), label: "None".into() };
    let attributes = adapter.contract().into_iter().map(|name| Choice { value: name.into(), label: name.into() });
    let mut fields = vec![
        FieldSpec::select("unique_user_key", "Unique User Key Attribute", std::iter::once(none).chain(attributes).collect())
            .help("Tells sessions of one person from those of another. None: the username does."),
    ];
    for name in adapter.contract() {
        fields.push(FieldSpec::checkbox(pseudonym(name), "Pseudonym").section(name));
        fields.push(FieldSpec::checkbox(mask(name), "Mask Log Values").section(name));
    }
    fields
}

fn attribute_read(adapter: &IdpAdapter) -> Fields {
    let mut fields = Fields::new().with("unique_user_key", &adapter.unique_user_key);
    for name in adapter.contract() {
        fields = fields.with_check(pseudonym(name), adapter.pseudonym.contains(name)).with_check(mask(name), adapter.masked.contains(name));
    }
    fields
}

fn attribute_write(adapter: &mut IdpAdapter, fields: &Fields, _: &Catalog) -> Problems {
    let chosen = fields.get("unique_user_key");
    let contract: Vec<String> = adapter.contract().into_iter().map(str::to_owned).collect();
    if chosen.is_empty() || contract.iter().any(|name| name == chosen) {
        adapter.unique_user_key = chosen.to_owned();
    }
    let ticked = |box_of: fn(&str) -> String| contract.iter().filter(|name| fields.is_checked(&box_of(name))).cloned().collect();
    adapter.pseudonym = ticked(pseudonym);
    adapter.masked = ticked(mask);
    if adapter.pseudonym.is_empty() {
        return Problems::at(pseudonym(IdpAdapter::CORE), "Select Pseudonym for at least one attribute, usually username.");
    }
    Problems::none()
}

fn attribute_grid(adapter: &IdpAdapter, _: &Catalog) -> Body {
    let row = |name: &str| GridRow {
        name: name.to_owned(),
        boxes: vec![(pseudonym(name), adapter.pseudonym.contains(name)), (mask(name), adapter.masked.contains(name))],
    };
    Body::Grid(GridView {
        columns: ["Attribute", "Pseudonym", "Mask Log Values"].map(str::to_owned).to_vec(),
        rows: adapter.contract().into_iter().map(row).collect(),
    })
}

fn mapping_fields(adapter: &IdpAdapter, _: &Catalog) -> Vec<FieldSpec> {
    adapter.contract().into_iter().map(|name| FieldSpec::fixed(format!("from.{name}"), name)).collect()
}

fn mapping_read(adapter: &IdpAdapter) -> Fields {
    let mut fields = Fields::new();
    for name in adapter.contract() {
        fields.set(format!("from.{name}"), format!("Adapter: {name}"));
    }
    fields
}
