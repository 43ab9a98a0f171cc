//! Password Credential Validator: Type, Instance Configuration, Extended Contract, Summary.

use super::instance;
use crate::form::{Check, Choice, FieldSpec, Fields, choices};
use crate::id::DataStoreId;
use crate::model::pcv::{Condition, ErrorOverride, Pcv, PcvKind, SearchScope, SimpleUser};
use crate::problem::Problems;
use crate::secret::Hashed;
use crate::view::Body;
use crate::wizard::rows::{RowTable, TABLE};
use crate::wizard::{Catalog, Flow, Tab, no_create, no_delete, no_keys, no_nested};

/// The task.
pub const FLOW: Flow<Pcv> = Flow {
    title: |pcv| {
        if pcv.name.is_empty() { "Password Credential Validator".into() } else { format!("Password Credential Validator: {}", pcv.name) }
    },
    tabs: &[
        Tab::plain("type", "Type", type_fields, type_read, type_write)
            .intro("Name this validator. IdP Adapters refer to it by its Instance Name; the Instance ID stays the same for ever.")
            .holds(&["name", "instance_id", "kind"]),
        Tab::plain("instance-configuration", "Instance Configuration", ldap_fields, ldap_read, ldap_write)
            .when(|pcv| !is_simple(pcv))
            .intro("How the person who signs on is found in the directory. Then a bind as the entry that was found tells whether the password is right.")
            .rows(OVERRIDES)
            .actions(&[("manage:data_store", "Manage Data Stores")])
            .holds(&["ldap"]),
        Tab::plain("users", "Instance Configuration", no_fields, no_read, users_write)
            .when(is_simple)
            .intro("Who may sign on. Of a password only its hash is kept: it cannot be shown again, only replaced.")
            .rows(USERS)
            .holds(&["simple"]),
        Tab::plain("extended-contract", "Extended Contract", contract_fields, contract_read, no_write)
            .when(|pcv| !is_simple(pcv))
            .intro("Attributes this validator reads of the person besides those of the core contract. Adapters can pass them on.")
            .rows(EXTENDED)
            .holds(&["extended"]),
        Tab::plain("core-contract", "Extended Contract", contract_fields, contract_read, no_write)
            .when(is_simple)
            .intro("A list of users knows nothing of a person but the username, so there is nothing to add."),
        Tab::plain("summary", "Summary", trial_fields, no_read, no_write)
            .intro("Try it with a username and password of your own before you save. It uses what is entered here, saved or not.")
            .body(|_, _| Body::Summary(Vec::new()))
            .actions(&[("test", "Try it")]),
    ],
    nested: no_nested,
    keys: no_keys,
    create: no_create,
    delete: no_delete,
};

fn is_simple(pcv: &Pcv) -> bool {
    pcv.kind == Some(PcvKind::Simple)
}

fn no_fields(_: &Pcv, _: &Catalog) -> Vec<FieldSpec> {
    Vec::new()
}

fn no_read(_: &Pcv) -> Fields {
    Fields::new()
}

fn no_write(_: &mut Pcv, _: &Fields, _: &Catalog) -> Problems {
    Problems::none()
}

fn type_fields(_: &Pcv, catalog: &Catalog) -> Vec<FieldSpec> {
    instance::fields(choices(PcvKind::ALL, PcvKind::id, PcvKind::label), catalog)
}

fn type_read(pcv: &Pcv) -> Fields {
    instance::read(&pcv.name, &pcv.instance_id, pcv.kind.map(|kind| (kind.id(), kind.label())))
}

fn type_write(pcv: &mut Pcv, fields: &Fields, catalog: &Catalog) -> Problems {
    if !catalog.is_saved {
        pcv.kind = PcvKind::of(fields.get("type")).or(pcv.kind);
    }
    instance::write(&mut pcv.name, &mut pcv.instance_id, "Password Credential Validator", fields, catalog)
}

fn ldap_fields(pcv: &Pcv, catalog: &Catalog) -> Vec<FieldSpec> {
    let stores: Vec<_> = catalog.data_stores.iter().map(|d| Choice { value: d.id.to_string(), label: d.name.clone() }).collect();
    let help = if stores.is_empty() { "There is no Data Store yet. Manage Data Stores leads to where one is made, and back." } else { "" };
    let gone = match &pcv.ldap.data_store {
        Some(id) if catalog.data_store(id).is_none() => "The Data Store that was chosen here is not there any more.",
        _ => "",
    };
    vec![
        FieldSpec::select("data_store", "LDAP Datastore", stores).required().help(help).warning(gone),
        FieldSpec::text("base_dn", "Search Base").required().checked(Check::Dn).help("For example dc=mylab,dc=local. Nobody above it is found."),
        FieldSpec::text("filter", "Search Filter")
            .required()
            .checked(Check::Filter)
            .help("Must match exactly one person. ${username} is what was typed: mail=${username}, or for Active Directory sAMAccountName=${username}."),
        FieldSpec::radio("scope", "Scope of Search", choices(SearchScope::ALL, SearchScope::id, SearchScope::label))
            .required()
            .help("One Level: only directly below the Search Base. Subtree: everywhere below."),
        FieldSpec::checkbox("case_sensitive", "Case-Sensitive Matching")
            .help("For the Match Expressions of the Authentication Error Overrides. Directories compare usernames as they please."),
        FieldSpec::text("disabled_attribute", "Account Disabled Attribute")
            .section(ADVANCED)
            .advanced()
            .checked(Check::Attribute)
            .help("An attribute that is TRUE for accounts that may not sign on. Active Directory needs none: it refuses disabled accounts itself."),
        FieldSpec::checkbox("trim_username", "Trim Username Spaces For Search")
            .section(ADVANCED)
            .advanced()
            .help("Blanks around the typed username are not looked for."),
    ]
}

const ADVANCED: &str = "Advanced Fields";

fn ldap_read(pcv: &Pcv) -> Fields {
    let ldap = &pcv.ldap;
    Fields::new()
        .with("data_store", ldap.data_store.as_ref().map_or("", DataStoreId::as_str))
        .with("base_dn", &ldap.base_dn)
        .with("filter", &ldap.filter)
        .with("scope", ldap.scope.id())
        .with_check("case_sensitive", ldap.case_sensitive)
        .with("disabled_attribute", &ldap.disabled_attribute)
        .with_check("trim_username", ldap.trim_username)
}

fn ldap_write(pcv: &mut Pcv, fields: &Fields, _: &Catalog) -> Problems {
    let ldap = &mut pcv.ldap;
    ldap.data_store = DataStoreId::parse(fields.get("data_store")).ok();
    ldap.base_dn = fields.text("base_dn");
    ldap.filter = fields.text("filter");
    ldap.scope = SearchScope::of(fields.get("scope")).unwrap_or(ldap.scope);
    ldap.case_sensitive = fields.is_checked("case_sensitive");
    ldap.disabled_attribute = fields.text("disabled_attribute");
    ldap.trim_username = fields.is_checked("trim_username");
    if !ldap.filter.is_empty() && !ldap.filter.contains("${username}") {
        return Problems::at(
            "filter",
            "Say where the typed username goes: write ${username}, as in mail=${username}. Without it everybody would match.",
        );
    }
    Problems::none()
}

const OVERRIDES: RowTable<Pcv> = RowTable {
    name: "Authentication Error Overrides",
    empty: "None. What Active Directory and other common directories say when they refuse somebody is understood without.",
    count: |pcv| pcv.ldap.overrides.len(),
    fields: |_, _, _| {
        vec![
            FieldSpec::text("expression", "Match Expression").required().help("The directory's whole message; * stands for any text."),
            FieldSpec::select("condition", "Error", choices(Condition::ALL, Condition::id, Condition::label)).required(),
        ]
    },
    read: |pcv, at| {
        let row = pcv.ldap.overrides.get(at);
        Fields::new().with("expression", row.map_or("", |row| &row.expression)).with("condition", row.map_or("", |row| row.condition.id()))
    },
    write: |pcv, at, fields, _| {
        let Some(condition) = Condition::of(fields.get("condition")) else { return Problems::none() };
        put(&mut pcv.ldap.overrides, at, ErrorOverride { expression: fields.text("expression"), condition });
        Problems::none()
    },
    delete: |pcv, at| drop(pcv.ldap.overrides.remove(at)),
    swap: Some(|pcv, one, other| pcv.ldap.overrides.swap(one, other)),
    named_by: 0,
    is_below: false,
};

fn users_write(pcv: &mut Pcv, _: &Fields, _: &Catalog) -> Problems {
    if pcv.simple.users.is_empty() { Problems::at(TABLE, "Add at least one user.") } else { Problems::none() }
}

const USERS: RowTable<Pcv> = RowTable {
    name: "Users",
    empty: "No user yet.",
    count: |pcv| pcv.simple.users.len(),
    fields: |pcv, at, _| {
        let is_there = at < pcv.simple.users.len();
        vec![
            FieldSpec::text("username", "Username").required().checked(Check::Text(256)),
            FieldSpec::password("password", "Password", is_there).required(),
        ]
    },
    read: |pcv, at| Fields::new().with("username", pcv.simple.users.get(at).map_or("", |user| &user.name)),
    write: |pcv, at, fields, _| {
        let name = fields.text("username");
        let same = |user: &SimpleUser| user.name.to_lowercase() == name.to_lowercase();
        if pcv.simple.users.iter().enumerate().any(|(other, user)| other != at && same(user)) {
            return Problems::at("username", format!("There is already a user ‘{name}’ in this list."));
        }
        let hash = match fields.get("password") {
            "" => pcv.simple.users.get(at).map(|user| user.hash.clone()),
            phc => Some(Hashed::new(phc)),
        };
        if let Some(hash) = hash {
            put(&mut pcv.simple.users, at, SimpleUser { name, hash });
        }
        Problems::none()
    },
    delete: |pcv, at| drop(pcv.simple.users.remove(at)),
    swap: None,
    named_by: 0,
    is_below: false,
};

fn contract_fields(_: &Pcv, _: &Catalog) -> Vec<FieldSpec> {
    vec![FieldSpec::fixed("core", "Core Contract")]
}

fn contract_read(pcv: &Pcv) -> Fields {
    Fields::new().with("core", pcv.core().join("\n"))
}

const EXTENDED: RowTable<Pcv> = RowTable {
    name: "Extended Contract",
    empty: "Nothing is added to the core contract.",
    count: |pcv| pcv.extended.len(),
    fields: |_, _, _| vec![FieldSpec::text("attribute", "Attribute").required().checked(Check::Attribute)],
    read: |pcv, at| Fields::new().with("attribute", pcv.extended.get(at).map_or("", String::as_str)),
    write: |pcv, at, fields, _| {
        let name = fields.text("attribute");
        let others = pcv.extended.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, name)| name.as_str());
        if pcv.core().iter().copied().chain(others).any(|other| other.eq_ignore_ascii_case(&name)) {
            return Problems::at("attribute", format!("‘{name}’ is in the contract already."));
        }
        put(&mut pcv.extended, at, name);
        Problems::none()
    },
    delete: |pcv, at| drop(pcv.extended.remove(at)),
    swap: None,
    named_by: 0,
    is_below: true,
};

fn trial_fields(_: &Pcv, _: &Catalog) -> Vec<FieldSpec> {
    vec![
        FieldSpec::text("try_username", "Username").trial(),
        FieldSpec::secret("try_password", "Password", false).trial().help("Sent to the directory and forgotten."),
    ]
}

/// Replaces a row, or adds one.
pub(super) fn put<T>(rows: &mut Vec<T>, at: usize, row: T) {
    match rows.get_mut(at) {
        Some(old) => *old = row,
        None => rows.push(row),
    }
}
