//! A connector, a channel and directory entries as the tests need them.

use domain::id::{ChannelId, ConnectorId, SourceId};
use domain::model::channel::{Channel, Guards, SourceSettings};
use domain::model::connector::{
    AttributeKind, Auth, Characters, Connector, Dialect, GroupRules, Limits, OptionDefaults, Retry, SCHEMA_VERSION, TargetAttribute,
};
use domain::model::data_store::LdapType;
use domain::model::mapping::MappingRow;
use domain::model::source::{Attributes, SourceEntry, SourceGroup};
use domain::model::sp_connection::ProvisioningOptions;
use engine::Config;
use std::collections::BTreeMap;

/// A connector with the AWS rules that matter to a plan.
pub fn connector() -> Connector {
    let attribute = |name: &str| TargetAttribute {
        name: name.into(),
        path: name.into(),
        required: false,
        unique: false,
        matching: false,
        kind: AttributeKind::Text,
        max_length: Some(64),
        characters: Characters::Aws,
        create_only: false,
        source: BTreeMap::new(),
        note: String::new(),
    };
    Connector {
        schema_version: SCHEMA_VERSION,
        id: ConnectorId::parse("aws").unwrap(),
        version: "1".into(),
        name: "AWS".into(),
        template: "AWS".into(),
        description: String::new(),
        proof: Default::default(),
        proven: String::new(),
        target: Vec::new(),
        auth: Auth::Choice,
        options: OptionDefaults { remove_action: Default::default(), group_name_source: false },
        attributes: vec![
            TargetAttribute {
                required: true,
                unique: true,
                matching: true,
                kind: AttributeKind::Email,
                characters: Characters::AwsNoSpace,
                ..attribute("userName")
            },
            TargetAttribute { required: true, ..attribute("displayName") },
            TargetAttribute { required: true, ..attribute("familyName") },
            TargetAttribute { unique: true, kind: AttributeKind::Email, ..attribute("workEmail") },
            TargetAttribute { unique: true, ..attribute("externalId") },
            attribute("title"),
            TargetAttribute { create_only: true, ..attribute("nickName") },
            TargetAttribute { kind: AttributeKind::Reference, ..attribute("manager") },
        ],
        groups: GroupRules { supported: true, nested: false, unique_name: true, external_id: true, members_readable: false },
        dialect: Dialect::default(),
        limits: Limits::default(),
        saml: None,
        retry: Retry::default(),
    }
}

pub fn row(field: &str, attribute: &str) -> MappingRow {
    MappingRow { attributes: vec![attribute.into()], ..MappingRow::empty(field) }
}

/// A channel on an Active Directory whose guards never close, unless told so.
pub fn channel() -> Channel {
    let mut channel = Channel::new(ChannelId::parse("people").unwrap());
    channel.source = SourceSettings::for_type(LdapType::ActiveDirectory);
    channel.location.groups.nested = true;
    channel.mapping = vec![
        row("userName", "mail"),
        row("displayName", "displayName"),
        row("familyName", "sn"),
        row("workEmail", "mail"),
        row("externalId", "objectGUID"),
        row("title", "title"),
        row("nickName", "sAMAccountName"),
        row("manager", "manager"),
    ];
    channel.guards = Guards { max_drop_percent: 100, max_removals: 1000, group_min_members: 1000, ..Guards::default() };
    channel
}

pub fn config() -> Config {
    Config::new(&connector(), &ProvisioningOptions::default(), &channel()).unwrap()
}

pub fn dn(name: &str) -> String {
    format!("CN={name},OU=People,DC=example,DC=com")
}

/// An enabled person with everything that is required.
pub fn person(id: &str, name: &str) -> SourceEntry {
    let mut attributes = Attributes::new();
    attributes.add("mail", [format!("{name}@example.com")]);
    attributes.add("displayName", [name]);
    attributes.add("sn", [name]);
    attributes.add("userAccountControl", ["512"]);
    SourceEntry { id: SourceId(id.into()), dn: dn(name), attributes }
}

/// The same entry with one attribute replaced; no values take it away.
pub fn with(mut entry: SourceEntry, attribute: &str, values: &[&str]) -> SourceEntry {
    let others = entry.attributes.iter().filter(|(name, _)| !name.eq_ignore_ascii_case(attribute));
    let mut attributes: Attributes = others.map(|(name, values)| (name, values.collect::<Vec<_>>())).collect();
    attributes.add(attribute, values);
    entry.attributes = attributes;
    entry
}

pub fn group(id: &str, name: &str, members: &[&str]) -> SourceGroup {
    SourceGroup {
        id: SourceId(id.into()),
        dn: format!("CN={name},OU=Groups,DC=example,DC=com"),
        attributes: [("cn", [name])].into_iter().collect(),
        members: members.iter().map(|m| (*m).to_owned()).collect(),
        in_scope: true,
    }
}
