//! SP Connections: what is prefilled, asked about, and warned of.

use super::{catalog, filled, go, new_connection, press, sso_connection};
use crate::form::reading;
use crate::id::{ChannelId, IdpAdapterId};
use crate::model::browser_sso::{AttributeNameFormat, ContractAttribute, MappingMethod, SAML_SUBJECT, SubjectFormat, ValueSource};
use crate::model::channel::Channel;
use crate::model::credentials::VerificationCertificate;
use crate::model::mapping::MappingRow;
use crate::model::sp_connection::{ConnectorRef, SpConnection};
use crate::view::{StepView, TabState};
use crate::wizard::Catalog;
use crate::wizard::draft::{Draft, DraftBody, Nav, NoWorld};
use crate::wizard::path::Path;

fn connection(draft: &mut Draft) -> &mut SpConnection {
    match &mut draft.body {
        DraftBody::SpConnection(connection) => connection,
        other => panic!("{other:?}"),
    }
}

fn look(draft: &mut Draft, path: &str) -> StepView {
    draft.view("d", &Path::parse(path).unwrap(), catalog(), &NoWorld)
}

fn titles(draft: &mut Draft, path: &str) -> Vec<String> {
    look(draft, path).tabs.into_iter().map(|tab| tab.title).collect()
}

#[test]
fn tabs_appear_with_the_types() {
    let mut draft = new_connection();
    let mut at = draft.first_path();
    go(&mut draft, &mut at, "next", &[("connector", "aws")], "connection-type");
    assert_eq!(
        titles(&mut draft, "connection-type"),
        ["Connection Template", "Connection Type", "General Info", "Outbound Provisioning", "Activation & Summary"]
    );
    go(&mut draft, &mut at, "next", &[("browser_sso", "on")], "connection-options");
    assert_eq!(
        titles(&mut draft, "connection-type"),
        [
            "Connection Template",
            "Connection Type",
            "Connection Options",
            "Import Metadata",
            "General Info",
            "Browser SSO",
            "Credentials",
            "Outbound Provisioning",
            "Activation & Summary"
        ]
    );
    let made = connection(&mut draft);
    assert_eq!(made.browser_sso.assertion.subject_format, SubjectFormat::EmailAddress, "as the template says");
    assert!(made.browser_sso.profiles.idp_sso && made.browser_sso.profiles.sp_sso);
    // Without a template nobody is provisioned, and the partner is entered by hand.
    let mut draft = new_connection();
    let mut at = draft.first_path();
    go(&mut draft, &mut at, "next", &[("use_template", "no")], "connection-type");
    go(&mut draft, &mut at, "next", &[], "connection-type");
    assert!(look(&mut draft, "connection-type").problems.has("browser_sso"));
    go(&mut draft, &mut at, "next", &[("browser_sso", "on")], "connection-options");
    assert!(!titles(&mut draft, "connection-type").contains(&"Outbound Provisioning".to_owned()));
}

/// A tab with a task inside says that it is complete when the task is, and not before.
#[test]
fn a_tab_is_no_further_than_the_task_inside_it() {
    let mut draft = new_connection();
    let mut at = draft.first_path();
    go(&mut draft, &mut at, "next", &[("connector", "aws")], "connection-type");
    go(&mut draft, &mut at, "next", &[], "general-info");
    go(&mut draft, &mut at, "next", &[], "outbound-provisioning");
    let state =
        |draft: &mut Draft, path: &str| look(draft, path).tabs.into_iter().find(|tab| tab.id == "outbound-provisioning").unwrap().state;
    go(&mut draft, &mut at, "next", &[], "activation-summary");
    assert_eq!(state(&mut draft, "activation-summary"), TabState::Incomplete, "its target lacks an address");
    go(&mut draft, &mut at, "previous", &[], "outbound-provisioning");
    go(&mut draft, &mut at, "open:configure", &[], "outbound-provisioning/configure/target");
    let target = [("scim_url", "https://scim.example.com/t/scim/v2/"), ("access_token", "sealed")];
    go(&mut draft, &mut at, "next", &target, "outbound-provisioning/configure/manage-channels");
    assert_eq!(state(&mut draft, "activation-summary"), TabState::Complete);
    press(&mut draft, &at, "create", &[]);
    assert_eq!(state(&mut draft, "activation-summary"), TabState::Incomplete, "its new channel lacks everything");
}

#[test]
fn a_refused_file_is_said_where_it_was_chosen_and_the_next_post_forgets_it() {
    let mut draft = new_connection();
    let at = draft.first_path();
    let mut fields = filled(&mut draft, &at, &[("connector", "aws")]);
    reading::put::<()>(&mut fields, "metadata_file", Err("This is a photograph.".into()));
    draft.post(&at, &Nav::Next, &fields, catalog(), &NoWorld, "x");
    let view = look(&mut draft, "connection-template");
    assert_eq!(view.problems.of("metadata_file").collect::<Vec<_>>(), ["This is a photograph."]);
    assert!(view.fields.iter().any(|f| f.spec.name == "connector" && f.value == "aws"), "what was chosen beside it is kept");
    let mut at = at;
    go(&mut draft, &mut at, "next", &[], "connection-type");
}

#[test]
fn a_type_with_something_set_up_goes_only_when_a_person_agrees() {
    let mut draft = sso_connection();
    let path = Path::root("connection-type");
    assert!(look(&mut draft, "connection-type").fields.iter().all(|f| f.spec.name != "remove_browser_sso"));
    press(&mut draft, &path, "next", &[("browser_sso", "")]);
    let view = look(&mut draft, "connection-type");
    assert!(view.problems.has("remove_browser_sso"), "{:?}", view.problems);
    press(&mut draft, &path, "next", &[("remove_browser_sso", "on")]);
    let made = connection(&mut draft);
    assert!(made.removal.browser_sso && !made.browser_sso.assertion.sources.is_empty(), "until Save it is there");
    made.forget_removed();
    assert!(made.browser_sso.assertion.sources.is_empty() && made.credentials.signing_key.is_none());
    // Who thinks better of it loses nothing, and is asked again the next time.
    let mut draft = sso_connection();
    press(&mut draft, &path, "next", &[("browser_sso", "")]);
    press(&mut draft, &path, "next", &[("remove_browser_sso", "on")]);
    press(&mut draft, &path, "next", &[("browser_sso", "on")]);
    press(&mut draft, &path, "next", &[("browser_sso", "")]);
    assert!(look(&mut draft, "connection-type").problems.has("remove_browser_sso"));
}

const MAPPING: &str = "browser-sso/configure/assertion-creation/configure/authentication-source-mapping/m1";

#[test]
fn an_adapter_that_does_not_know_the_subject_gets_a_look_up() {
    let mut draft = sso_connection();
    connection(&mut draft).browser_sso.assertion.extended =
        vec![ContractAttribute { name: "https://aws.example/AccessControl:mail".into(), format: AttributeNameFormat::Uri }];
    let at = Path::parse(&format!("{MAPPING}/adapter-instance")).unwrap();
    press(&mut draft, &at, "next", &[("adapter", "ad")]);
    let source = &connection(&mut draft).browser_sso.assertion.sources[0];
    assert_eq!((source.method, source.lookup.filter.as_str()), (MappingMethod::DataStore, "mail=${username}"));
    let subject = source.fulfillment_of(SAML_SUBJECT).unwrap();
    assert_eq!((subject.source, subject.value.as_str()), (ValueSource::DataStore, "mail"));
    assert_eq!(source.fulfillment[1].source, ValueSource::None, "nothing is guessed that nobody gives");
    // One that passes it on needs none.
    let mut draft = sso_connection();
    press(&mut draft, &at, "next", &[("adapter", "list")]);
    let source = &connection(&mut draft).browser_sso.assertion.sources[0];
    assert_eq!(source.method, MappingMethod::Adapter);
    assert_eq!(source.fulfillment[0].value, "mail");
    press(&mut draft, &at.at("attribute-contract-fulfillment"), "next", &[("value.SAML_SUBJECT", "upn")]);
    let view = look(&mut draft, &format!("{MAPPING}/attribute-contract-fulfillment"));
    assert!(view.problems.of("value.SAML_SUBJECT").any(|p| p.contains("it passes on username, mail")), "{:?}", view.problems);
}

#[test]
fn a_renamed_attribute_keeps_its_source() {
    let mut draft = sso_connection();
    let at = Path::parse("browser-sso/configure/assertion-creation/configure/attribute-contract").unwrap();
    press(&mut draft, &at, "row-add", &[]);
    press(&mut draft, &at, "row-update:0", &[("rows.0.name", "SAML_AUTHN_CTX")]);
    assert!(look(&mut draft, &at.to_string()).problems.has("rows.0.name"), "reserved");
    press(&mut draft, &at, "row-update:0", &[("rows.0.name", "mail")]);
    let fulfillment = &mut connection(&mut draft).browser_sso.assertion.sources[0].fulfillment;
    (fulfillment[1].source, fulfillment[1].value) = (ValueSource::Text, "kept".into());
    press(&mut draft, &at, "row-edit:0", &[]);
    press(&mut draft, &at, "row-update:0", &[("rows.0.name", "email")]);
    let row = &connection(&mut draft).browser_sso.assertion.sources[0].fulfillment[1];
    assert_eq!((row.attribute.as_str(), row.value.as_str()), ("email", "kept"));
    press(&mut draft, &at, "row-delete:0", &[]);
    assert_eq!(connection(&mut draft).browser_sso.assertion.sources[0].fulfillment.len(), 1);
}

#[test]
fn one_address_is_always_the_default() {
    let mut draft = sso_connection();
    let at = Path::parse("browser-sso/configure/protocol-settings/configure/assertion-consumer-service-url").unwrap();
    for (row, url) in ["https://sp.example/a", "https://sp.example/b", "https://sp.example/c"].into_iter().enumerate() {
        press(&mut draft, &at, "row-add", &[]);
        press(&mut draft, &at, &format!("row-update:{row}"), &[(&format!("rows.{row}.url"), url)]);
    }
    let defaults = |draft: &mut Draft| {
        let consumers = &connection(draft).browser_sso.protocol.consumers;
        consumers.iter().map(|row| (row.index, row.is_default)).collect::<Vec<_>>()
    };
    assert_eq!(defaults(&mut draft), [(0, true), (1, false), (2, false)]);
    press(&mut draft, &at, "row-edit:2", &[]);
    press(&mut draft, &at, "row-update:2", &[("rows.2.default", "on")]);
    assert_eq!(defaults(&mut draft), [(0, false), (1, false), (2, true)]);
    press(&mut draft, &at, "row-delete:2", &[]);
    assert_eq!(defaults(&mut draft), [(0, true), (1, false)]);
    press(&mut draft, &at, "row-edit:1", &[]);
    press(&mut draft, &at, "row-update:1", &[("rows.1.index", "0"), ("rows.1.url", "https://sp.example/a")]);
    let view = look(&mut draft, &at.to_string());
    assert!(view.problems.has("rows.1.index") && view.problems.has("rows.1.url"), "{:?}", view.problems);
}

fn warnings(draft: &mut Draft, catalog: &Catalog) -> Vec<String> {
    let view = draft.view("d", &Path::root("activation-summary"), catalog, &NoWorld);
    view.fields.into_iter().map(|f| f.spec.warning).filter(|warning| !warning.is_empty()).collect()
}

#[test]
fn what_will_disappoint_is_said_on_the_last_tab() {
    let mut draft = sso_connection();
    assert_eq!(warnings(&mut draft, catalog()), Vec::<String>::new());
    let made = connection(&mut draft);
    made.connector = Some(ConnectorRef { id: crate::id::ConnectorId::parse("aws").unwrap(), version: "1".into() });
    made.outbound_provisioning = true;
    let mut channel = Channel::new(ChannelId::parse("ch").unwrap());
    channel.name = "People".into();
    channel.mapping = vec![MappingRow { attributes: vec!["userPrincipalName".into()], ..MappingRow::empty("userName") }];
    made.provisioning.channels = vec![channel];
    let source = &mut made.browser_sso.assertion.sources[0];
    source.adapter = Some(IdpAdapterId::parse("ad").unwrap());
    // What was typed is compared with mail, so the name is that.
    (source.fulfillment[0].source, source.fulfillment[0].value) = (ValueSource::Adapter, "username".into());
    made.credentials.signing_key = Some(crate::id::SigningKeyId::parse("ds1").unwrap());
    made.credentials.verification =
        vec![VerificationCertificate { der: "AA".into(), subject: "CN=sp".into(), not_after: 50, ends_on: "1970-01-01".into() }];
    let found = warnings(&mut draft, catalog());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("from ‘mail’, and userName of the channel ‘People’ from ‘userPrincipalName’"), "{found:?}");
    connection(&mut draft).provisioning.channels[0].mapping[0].attributes = vec!["Mail".into()];
    assert!(warnings(&mut draft, catalog()).is_empty());
    let later = Catalog { now: 60, ..catalog().clone() };
    assert!(warnings(&mut draft, &later)[0].contains("The partner's certificate has ended"));
    let later = Catalog { now: 200, ..catalog().clone() };
    assert!(warnings(&mut draft, &later)[0].contains("certificate of the signing key has ended"));
}
