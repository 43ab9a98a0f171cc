//! The wizards about the server itself: keys, settings, metadata.

use super::{go, press};
use crate::id::{ConnectionId, DataStoreId, IdpAdapterId, SigningKeyId};
use crate::model::browser_sso::AttributeLookup;
use crate::model::credentials::SigningAlgorithm;
use crate::model::server_settings::{MetadataExport, ProcessSetting, ProtocolSettings, ServerDefaults};
use crate::model::signing_key::NewSigningKey;
use crate::wizard::draft::{Draft, DraftBody, NoWorld, Reply};
use crate::wizard::path::Path;
use crate::wizard::{Catalog, ConnectionNameRef, IdpAdapterRef, SigningKeyRef};

pub fn new_key() -> Draft {
    let key = NewSigningKey::new(SigningKeyId::parse("k1").unwrap());
    Draft::new(DraftBody::SigningKey(Box::new(key)), true)
}

pub fn new_settings() -> Draft {
    Draft::new(DraftBody::ProtocolSettings(Box::default()), false)
}

pub fn new_export() -> Draft {
    Draft::new(DraftBody::MetadataExport(Box::default()), false)
}

/// What this crate's catalog for tests lacks.
pub fn complete(catalog: Catalog) -> Catalog {
    let key = SigningKeyRef {
        id: SigningKeyId::parse("ds1").unwrap(),
        label: "CN=sso, until 2029-11-23".into(),
        algorithm: SigningAlgorithm::RsaSha256,
        not_after: 100,
    };
    let connection = ConnectionNameRef { id: ConnectionId::parse("aws").unwrap(), name: "AWS".into(), entity_id: "urn:aws".into() };
    let server = ServerDefaults {
        base_url: ProcessSetting { value: "http://127.0.0.1:9999".into(), set_by: String::new() },
        frequency_secs: ProcessSetting { value: 60, set_by: "towpath.toml".into() },
        provisioner_mode: ProcessSetting { value: "STANDALONE".into(), set_by: String::new() },
    };
    let lookup = AttributeLookup {
        data_store: Some(DataStoreId::parse("ds1").unwrap()),
        base_dn: "DC=x".into(),
        filter: "mail=${username}".into(),
        ..AttributeLookup::default()
    };
    let adapter = |id: &str, contract: &[&str], lookup| IdpAdapterRef {
        id: IdpAdapterId::parse(id).unwrap(),
        name: id.to_uppercase(),
        contract: contract.iter().map(|&name| name.to_owned()).collect(),
        lookup,
    };
    let idp_adapters = vec![adapter("ad", &["username"], Some(lookup)), adapter("list", &["username", "mail"], None)];
    Catalog { signing_keys: vec![key], connections: vec![connection], idp_adapters, subject_source: "mail".into(), server, ..catalog }
}

fn problems(draft: &mut Draft, at: &str, name: &str) -> String {
    let view = draft.view("d", &Path::root(at), super::catalog(), &NoWorld);
    view.problems.of(name).collect()
}

#[test]
fn a_key_wants_a_name_and_a_country_of_two_letters() {
    let mut draft = new_key();
    let mut at = draft.first_path();
    go(&mut draft, &mut at, "next", &[("country", "Germany")], "create-certificate");
    assert!(problems(&mut draft, "create-certificate", "common_name").contains("Common Name"));
    for bad in ["Germany", "D", "D1", "Ü"] {
        press(&mut draft, &at, "next", &[("common_name", "sso"), ("country", bad)]);
        assert!(!problems(&mut draft, "create-certificate", "country").is_empty(), "{bad}");
    }
    go(&mut draft, &mut at, "next", &[("country", "de")], "summary");
    assert_eq!(press(&mut draft, &at, "save", &[]), Reply::Save);
}

#[test]
fn settings_that_are_empty_say_what_holds_instead() {
    let mut draft = new_settings();
    let mut at = draft.first_path();
    assert_eq!(at.to_string(), "federation-info");
    let view = draft.view("d", &at, super::catalog(), &NoWorld);
    assert!(view.fields[0].spec.help.contains("the address this server listens on: http://127.0.0.1:9999"), "{}", view.fields[0].spec.help);
    assert!(view.fields[1].spec.help.contains("http://127.0.0.1:9999/idp/metadata"), "{}", view.fields[1].spec.help);
    for bad in ["sso.example.com", "https://sso.example.com/idp", "ftp://x"] {
        press(&mut draft, &at, "next", &[("base_url", bad)]);
        assert!(!problems(&mut draft, "federation-info", "base_url").is_empty(), "{bad}");
    }
    press(&mut draft, &at, "next", &[("base_url", "http://sso.example.com")]);
    assert!(draft.view("d", &at, super::catalog(), &NoWorld).fields[0].spec.warning.contains("clear text"));
    press(&mut draft, &at, "next", &[("base_url", ""), ("entity_id", "urn: x")]);
    assert!(!problems(&mut draft, "federation-info", "entity_id").is_empty());
    go(&mut draft, &mut at, "next", &[("base_url", "https://sso.example.com/"), ("entity_id", "")], "outbound-provisioning");
    let help = draft.view("d", &at, super::catalog(), &NoWorld).fields[0].spec.help.clone();
    assert!(help.contains("60 seconds, set by towpath.toml") && help.contains("STANDALONE, the default"), "{help}");
    press(&mut draft, &at, "next", &[("frequency_secs", "4")]);
    assert!(!problems(&mut draft, "outbound-provisioning", "frequency_secs").is_empty());
    assert_eq!(press(&mut draft, &at, "save", &[("frequency_secs", "")]), Reply::Save);
    let DraftBody::ProtocolSettings(settings) = &draft.body else { panic!("another object") };
    assert_eq!(**settings, ProtocolSettings { base_url: "https://sso.example.com/".into(), ..ProtocolSettings::default() });
}

#[test]
fn metadata_can_be_exported_once_it_has_a_key() {
    let mut draft = new_export();
    let files = |draft: &mut Draft| draft.view("d", &Path::root("export-summary"), super::catalog(), &NoWorld).files;
    assert_eq!(files(&mut draft), []);
    let mut at = Path::root("metadata-mode");
    go(&mut draft, &mut at, "next", &[], "signing-key");
    go(&mut draft, &mut at, "next", &[], "signing-key");
    assert!(problems(&mut draft, "signing-key", "signing_key").contains("Choose"));
    at = Path::root("metadata-mode");
    go(&mut draft, &mut at, "next", &[("mode", "connection")], "connection-metadata");
    go(&mut draft, &mut at, "next", &[("connection", "aws")], "signing-key");
    go(&mut draft, &mut at, "next", &[("signing_key", "ds1")], "metadata-signing");
    go(&mut draft, &mut at, "next", &[("signature_key", "ds1")], "export-summary");
    assert_eq!(files(&mut draft).iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["metadata.xml"]);
    assert_eq!(press(&mut draft, &at, "save", &[]), Reply::Save);
    let DraftBody::MetadataExport(export) = &draft.body else { panic!("another object") };
    assert_ne!(**export, MetadataExport::default());
}
