//! The laws of the wizard, for every flow, and its walk through nested tasks.

mod connection;
mod laws;
mod merge;
mod server;
mod sign_on;

use super::draft::{Draft, DraftBody, Nav, NoWorld, Reply};
use super::path::Path;
use super::{Catalog, DataStoreRef, PcvRef};
use crate::form::{FieldKind, Fields};
use crate::id::{ConnectionId, DataStoreId, IdpAdapterId, PcvId};
use crate::model::browser_sso::AdapterMapping;
use crate::model::connector::{
    Auth, Connector, Dialect, GroupRules, Limits, OptionDefaults, Retry, SCHEMA_VERSION, SamlTemplate, TargetAttribute, TargetField,
    TargetFieldKind,
};
use crate::model::data_store::{DataStore, LdapSettings, LdapType};
use crate::model::idp_adapter::IdpAdapter;
use crate::model::pcv::Pcv;
use crate::model::sp_connection::SpConnection;
use crate::view::Body;
use std::sync::LazyLock;

fn attribute(name: &str, source: &str) -> TargetAttribute {
    TargetAttribute {
        name: name.into(),
        path: name.into(),
        required: true,
        unique: false,
        matching: name == "userName",
        kind: Default::default(),
        max_length: None,
        characters: Default::default(),
        create_only: false,
        source: [("*".to_owned(), source.to_owned())].into(),
        note: String::new(),
    }
}

fn connector() -> Connector {
    let field = |name: &str, kind| TargetField {
        name: name.into(),
        label: name.into(),
        kind,
        required: true,
        default: String::new(),
        help: String::new(),
        choices: Vec::new(),
        when: None,
        lifetime_days: None,
        sets: String::new(),
        section: String::new(),
    };
    Connector {
        schema_version: SCHEMA_VERSION,
        id: crate::id::ConnectorId::parse("aws").unwrap(),
        version: "1".into(),
        name: "AWS".into(),
        template: "AWS Template".into(),
        description: String::new(),
        proof: Default::default(),
        proven: String::new(),
        target: vec![field("scim_url", TargetFieldKind::Url), field("access_token", TargetFieldKind::Secret)],
        auth: Auth::Bearer { token: "access_token".into() },
        options: OptionDefaults { remove_action: Default::default(), group_name_source: false },
        attributes: vec![attribute("userName", ""), attribute("displayName", "displayName")],
        groups: GroupRules { supported: true, nested: false, unique_name: true, external_id: true, members_readable: false },
        dialect: Dialect::default(),
        limits: Limits::default(),
        retry: Retry::default(),
        saml: Some(saml_template()),
    }
}

/// The template of AWS.
fn saml_template() -> SamlTemplate {
    serde_json::from_value(serde_json::json!({
        "name_id_formats": ["urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"],
        "subject": "userName",
        "attribute_format": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
        "attribute_prefix": "https://aws.example/AccessControl:",
        "attribute_limit": 2,
    }))
    .unwrap()
}

/// Made once: the properties ask for it many thousand times.
fn catalog() -> &'static Catalog {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(new_catalog);
    &CATALOG
}

fn new_catalog() -> Catalog {
    let store = DataStoreRef { id: DataStoreId::parse("ds1").unwrap(), name: "AD".into(), ldap_type: LdapType::ActiveDirectory };
    let pcv = |id: &str, contract: &[&str]| PcvRef {
        id: PcvId::parse(id).unwrap(),
        name: id.to_uppercase(),
        contract: contract.iter().map(|&name| name.to_owned()).collect(),
    };
    server::complete(Catalog {
        connectors: vec![connector()],
        connector: Some(connector()),
        data_stores: vec![store],
        pcvs: vec![pcv("ad", &["DN", "username", "mail", "givenName"]), pcv("list", &["username"])],
        ..Catalog::default()
    })
}

fn new_pcv() -> Draft {
    Draft::new(DraftBody::Pcv(Box::new(Pcv::new(PcvId::parse("p1").unwrap()))), true)
}

fn new_adapter() -> Draft {
    Draft::new(DraftBody::IdpAdapter(Box::new(IdpAdapter::new(IdpAdapterId::parse("a1").unwrap()))), true)
}

fn new_connection() -> Draft {
    Draft::new(DraftBody::SpConnection(Box::new(SpConnection::new(ConnectionId::parse("c1").unwrap()))), true)
}

/// A connection to sign on, with one mapping that is begun.
fn sso_connection() -> Draft {
    let mut connection = SpConnection::new(ConnectionId::parse("c2").unwrap());
    connection.browser_sso_profiles = true;
    connection.browser_sso.profiles.sp_sso = true;
    connection.browser_sso.profiles.sp_slo = true;
    connection.browser_sso.assertion.sources.push(AdapterMapping::new("m1".into()));
    connection.browser_sso.assertion.align();
    Draft::new(DraftBody::SpConnection(Box::new(connection)), false)
}

fn new_store() -> Draft {
    let store =
        DataStore { id: DataStoreId::parse("ds1").unwrap(), name: String::new(), mask_values: false, ldap: LdapSettings::default() };
    Draft::new(DraftBody::DataStore(Box::new(store)), true)
}

/// What a browser posts of a page that is left as it is, with some fields changed.
fn filled(draft: &mut Draft, path: &Path, changes: &[(&str, &str)]) -> Fields {
    let asked = draft.inputs(path, catalog()).into_iter().filter(|f| f.spec.kind != FieldKind::Fixed);
    let mut fields: Fields = asked.map(|f| (f.spec.name, f.value)).collect();
    for (name, value) in changes {
        fields.set(*name, *value);
    }
    fields
}

fn press(draft: &mut Draft, path: &Path, nav: &str, changes: &[(&str, &str)]) -> Reply {
    let fields = filled(draft, path, changes);
    draft.post(path, &Nav::parse(nav).unwrap(), &fields, catalog(), &NoWorld, "ch-1")
}

fn go(draft: &mut Draft, path: &mut Path, nav: &str, changes: &[(&str, &str)], expected: &str) {
    match press(draft, path, nav, changes) {
        Reply::Show(next) => {
            assert_eq!(next.to_string(), expected, "{:?}", draft.view("d", &next, catalog(), &NoWorld).problems);
            *path = next;
        }
        other => panic!("{nav} on {path}: {other:?}"),
    }
}

#[test]
fn the_guide_walks_through() {
    let mut draft = new_connection();
    let mut at = draft.first_path();
    assert_eq!(at.to_string(), "connection-template");
    let d = &mut draft;
    go(d, &mut at, "next", &[], "connection-template");
    assert!(d.view("d", &at, catalog(), &NoWorld).problems.has("connector"));
    go(d, &mut at, "next", &[("connector", "aws")], "connection-type");
    go(d, &mut at, "next", &[("outbound_provisioning", "on")], "general-info");
    go(d, &mut at, "next", &[], "outbound-provisioning");
    go(d, &mut at, "open:configure", &[], "outbound-provisioning/configure/target");
    go(d, &mut at, "next", &[("scim_url", "https://scim.example.com/t/scim/v2/")], "outbound-provisioning/configure/target");
    let base = "outbound-provisioning/configure/manage-channels";
    go(d, &mut at, "next", &[("access_token", "sealed")], base);
    let channel = |tab: &str| format!("{base}/ch-1/{tab}");
    go(d, &mut at, "create", &[], &channel("channel-info"));
    go(d, &mut at, "next", &[("name", "People")], &channel("source"));
    go(d, &mut at, "next", &[("data_store", "ds1")], &channel("source-settings"));
    go(d, &mut at, "next", &[], &channel("source-location"));
    go(d, &mut at, "next", &[("base_dn", "DC=x")], &channel("source-location"));
    go(d, &mut at, "next", &[("users.group_dn", "CN=g,DC=x")], &channel("attribute-mapping"));
    go(d, &mut at, "open:userName", &[], &format!("{}/userName/specify-attribute-mapping", channel("attribute-mapping")));
    go(d, &mut at, "cancel", &[("attributes", "cn")], &channel("attribute-mapping"));
    go(d, &mut at, "next", &[], &channel("attribute-mapping"));
    go(d, &mut at, "next", &[("map.userName", "mail")], &channel("guards"));
    go(d, &mut at, "next", &[("max_drop_percent", "101")], &channel("guards"));
    go(d, &mut at, "next", &[("max_drop_percent", "")], &channel("guards"));
    let view = d.view("d", &at, catalog(), &NoWorld);
    assert!(view.problems.of("max_drop_percent").any(|p| p == "Enter the Largest drop."), "{:?}", view.problems);
    go(d, &mut at, "next", &[("protected", "svc-*\n*")], &channel("guards"));
    go(d, &mut at, "next", &[("max_drop_percent", "30"), ("protected", "svc-*")], &channel("activation-summary"));
    let Body::Summary(blocks) = d.view("d", &at, catalog(), &NoWorld).body else { panic!("no summary") };
    assert!(blocks.iter().any(|b| b.rows.contains(&("userName".to_owned(), "mail".to_owned()))), "{blocks:?}");
    assert!(blocks.iter().any(|b| b.rows.contains(&("Users: Group DN".to_owned(), "CN=g,DC=x".to_owned()))), "{blocks:?}");
    assert!(!blocks.iter().any(|b| b.path.ends_with("specify-attribute-mapping")), "each row is told once: {blocks:?}");
    assert_eq!(press(d, &at, "save", &[]), Reply::Save);
    go(d, &mut at, "done", &[], base);
    go(d, &mut at, "done", &[], "outbound-provisioning");
    go(d, &mut at, "next", &[], "activation-summary");
    assert_eq!(press(d, &at, "save", &[]), Reply::Save);
}

#[test]
fn cancel_restores_the_task_and_removes_a_new_one() {
    let mut draft = new_connection();
    let mut at = draft.first_path();
    let d = &mut draft;
    go(d, &mut at, "next", &[("connector", "aws")], "connection-type");
    at = Path::parse("outbound-provisioning/configure/manage-channels").unwrap();
    go(d, &mut at, "create", &[], "outbound-provisioning/configure/manage-channels/ch-1/channel-info");
    go(d, &mut at, "next", &[("name", "People")], "outbound-provisioning/configure/manage-channels/ch-1/source");
    go(d, &mut at, "cancel", &[], "outbound-provisioning/configure/manage-channels");
    assert!(d.view("d", &at, catalog(), &NoWorld).body.clone().eq(&d.view("d", &at, catalog(), &NoWorld).body));
    let Body::List(list) = d.view("d", &at, catalog(), &NoWorld).body else { panic!("no list") };
    assert!(list.rows.is_empty());
}

#[test]
fn a_number_that_is_none_is_kept_as_typed_and_shown_again() {
    let mut draft = new_store();
    let at = Path::root("ldap-configuration");
    press(&mut draft, &at, "next", &[("hostnames", "dc1"), ("user_dn", "cn=a"), ("password", "sealed"), ("read_timeout_ms", "soon")]);
    let view = draft.view("d", &at, catalog(), &NoWorld);
    let value = |name: &str| view.fields.iter().find(|f| f.spec.name == name).unwrap().value.clone();
    assert_eq!((value("read_timeout_ms"), value("hostnames"), value("password")), ("soon".into(), "dc1".into(), String::new()));
    assert!(view.problems.has("read_timeout_ms"));
}

#[test]
fn a_secret_typed_beside_a_wrong_number_is_kept_for_the_same_place_only() {
    let at = Path::root("ldap-configuration");
    let typed = [("hostnames", "dc1"), ("user_dn", "cn=a"), ("password", "sealed"), ("read_timeout_ms", "soon")];
    let mut draft = new_store();
    press(&mut draft, &at, "next", &typed);
    press(&mut draft, &at, "next", &[("read_timeout_ms", "3000")]);
    assert!(draft.view("d", &at, catalog(), &NoWorld).problems.is_empty());
    let mut draft = new_store();
    press(&mut draft, &at, "next", &typed);
    press(&mut draft, &at, "next", &[("hostnames", "evil"), ("read_timeout_ms", "3000")]);
    assert!(draft.view("d", &at, catalog(), &NoWorld).problems.has("password"));
}

#[test]
fn a_stored_password_is_not_sent_to_another_host() {
    let mut draft = new_store();
    let at = Path::root("ldap-configuration");
    press(&mut draft, &at, "next", &[("hostnames", "dc1"), ("user_dn", "cn=a"), ("password", "sealed")]);
    press(&mut draft, &at, "next", &[("hostnames", "evil")]);
    assert!(draft.view("d", &at, catalog(), &NoWorld).problems.has("password"));
    press(&mut draft, &at, "next", &[("hostnames", "dc1")]);
    assert!(draft.view("d", &at, catalog(), &NoWorld).problems.is_empty());
}
