//! A connection to sign on with, from nothing to saved, by form posts alone; and what it keeps others from losing.

use crate::browser::Browser;
use crate::house::House;
use crate::sp_metadata::{AWS, aws};
use crate::wizard::{Wizard, make_data_store};
use domain::model::browser_sso::{MappingMethod, ValueSource};
use domain::model::credentials::SigningAlgorithm;

const LOCAL: domain::actor::Actor = crate::command_line::LOCAL;

/// A Data Store, a validator, an adapter and a key; answers the ids of the last two.
async fn prepare(house: &House, b: &mut Browser) -> (String, String) {
    make_data_store(b).await;
    let store = house.service.list_data_stores(&LOCAL).await.unwrap()[0].0.id.to_string();
    let mut w = Wizard::begin(b, "/pcvs/new").await;
    w.to(b, "next", &[("name", "AD"), ("instance_id", "adPCV"), ("type", "ldap")], "instance-configuration").await;
    let fields = [("data_store", store.as_str()), ("base_dn", "DC=example,DC=com"), ("filter", "sAMAccountName=${username}")];
    w.to(b, "next", &fields, "extended-contract").await;
    w.press(b, "save", &[]).await;
    let pcv = house.service.list_pcvs(&LOCAL).await.unwrap()[0].pcv.id.to_string();
    let mut w = Wizard::begin(b, "/idp-adapters/new").await;
    w.to(b, "next", &[("name", "Form"), ("instance_id", "form1"), ("type", "html_form")], "idp-adapter").await;
    w.to(b, "row-add", &[], "idp-adapter").await;
    w.to(b, "row-update:0", &[("rows.0.instance", &pcv)], "idp-adapter").await;
    w.to(b, "next", &[], "extended-contract").await;
    w.to(b, "next", &[], "adapter-attributes").await;
    w.to(b, "next", &[("pseudonym.username", "on")], "adapter-contract-mapping").await;
    w.press(b, "save", &[]).await;
    let adapter = house.service.list_idp_adapters(&LOCAL).await.unwrap()[0].adapter.id.to_string();
    let mut w = Wizard::begin(b, "/signing-keys/new").await;
    w.to(b, "next", &[("common_name", "sso.example.com"), ("algorithm", "ec_p256")], "summary").await;
    w.press(b, "save", &[]).await;
    let key = house.service.list_signing_keys(&LOCAL).await.unwrap()[0].id.to_string();
    (adapter, key)
}

/// From nothing to the Summary of the connection. Everything that can be prefilled is left as it is.
async fn walk(b: &mut Browser, adapter: &str, key: &str) -> Wizard {
    let mut w = Wizard::begin(b, "/sp-connections/new").await;
    w.upload(b, "next", AWS, ("metadata_file", aws().as_bytes())).await;
    w.to(b, "next", &[("browser_sso", "on"), ("outbound_provisioning", "")], "connection-options").await;
    w.to(b, "next", &[], "import-metadata").await;
    w.to(b, "next", &[], "general-info").await;
    w.to(b, "next", &[], "browser-sso").await;
    w.to(b, "open:configure", &[], "saml-profiles").await;
    w.to(b, "next", &[], "assertion-lifetime").await;
    w.to(b, "next", &[], "assertion-creation").await;
    w.to(b, "open:configure", &[], "identity-mapping").await;
    w.to(b, "next", &[], "attribute-contract").await;
    w.to(b, "row-add", &[], "attribute-contract").await;
    let tag = "https://aws.amazon.com/SAML/Attributes/AccessControl:department";
    let row = [("rows.0.name", tag), ("rows.0.format", "urn:oasis:names:tc:SAML:2.0:attrname-format:uri")];
    w.to(b, "row-update:0", &row, "attribute-contract").await;
    w.to(b, "next", &[], "authentication-source-mapping").await;
    w.to(b, "next", &[], "authentication-source-mapping").await;
    assert!(b.page(&w.at).await.contains("Map at least one adapter instance"));
    w.to(b, "create", &[], "adapter-instance").await;
    w.to(b, "next", &[("adapter", adapter)], "mapping-method").await;
    w.to(b, "next", &[], "attribute-sources").await;
    let form = w.form(b).await;
    assert_eq!((form.get("filter"), form.get("attributes")), (Some("sAMAccountName=${username}"), Some("mail")));
    w.to(b, "next", &[("filter", "mail=${nickname}")], "attribute-sources").await;
    assert!(b.page(&w.at).await.contains("The adapter passes on no ‘nickname’; it passes on username."));
    let fields = [("filter", "sAMAccountName=${username}"), ("attributes", "mail\ndepartment")];
    w.to(b, "next", &fields, "attribute-contract-fulfillment").await;
    let form = w.form(b).await;
    assert_eq!((form.get("source.SAML_SUBJECT"), form.get("value.SAML_SUBJECT")), (Some("data_store"), Some("mail")));
    let (source, value) = (format!("source.{tag}"), format!("value.{tag}"));
    let wrong = [(source.as_str(), "expression"), (value.as_str(), "department ~")];
    w.to(b, "next", &wrong, "attribute-contract-fulfillment").await;
    assert!(b.page(&w.at).await.contains("expression"));
    let right = [(source.as_str(), "data_store"), (value.as_str(), "department")];
    w.to(b, "next", &right, "issuance-criteria").await;
    w.to(b, "row-add", &[], "issuance-criteria").await;
    let row = [
        ("rows.0.source", "data_store"),
        ("rows.0.attribute", "department"),
        ("rows.0.condition", "equal_no_case"),
        ("rows.0.value", "Sales"),
        ("rows.0.error", "Only Sales uses this."),
    ];
    w.to(b, "row-update:0", &row, "issuance-criteria").await;
    w.to(b, "next", &[], "summary").await;
    w.to(b, "done", &[], "authentication-source-mapping").await;
    let page = b.page(&w.at).await;
    assert!(page.contains("Form") && page.contains("Data Store: mail"), "{page}");
    w.to(b, "next", &[], "summary").await;
    w.to(b, "done", &[], "assertion-creation").await;
    w.to(b, "next", &[], "protocol-settings").await;
    w.to(b, "open:configure", &[], "assertion-consumer-service-url").await;
    assert!(b.page(&w.at).await.contains("https://eu-west-1.sso.signin.aws/platform/saml/acs/4455422d84a27c9f"));
    w.to(b, "next", &[], "allowable-saml-bindings").await;
    w.to(b, "next", &[], "signature-policy").await;
    w.to(b, "next", &[("sign_assertion", ""), ("sign_response", "")], "signature-policy").await;
    assert!(b.page(&w.at).await.contains("nobody takes an assertion that nothing signs"));
    w.to(b, "next", &[("sign_assertion", "on"), ("sign_response", "on")], "summary").await;
    w.to(b, "done", &[], "protocol-settings").await;
    w.to(b, "next", &[], "summary").await;
    w.to(b, "done", &[], "browser-sso").await;
    w.to(b, "next", &[], "credentials").await;
    w.to(b, "open:configure", &[], "digital-signature-settings").await;
    w.to(b, "next", &[("signing_key", key)], "digital-signature-settings").await;
    assert!(b.page(&w.at).await.contains("This key signs with ECDSA SHA256 and with nothing else"));
    w.to(b, "next", &[("algorithm", "ecdsa_sha256")], "signature-verification-settings").await;
    w.to(
        b,
        "next",
        &[("certificate_pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")],
        "signature-verification-settings",
    )
    .await;
    let page = b.page(&w.at).await;
    assert!(page.contains("cannot be read"), "{page}");
    assert!(w.form(b).await.get("certificate_pem").unwrap().contains("AAAA"), "what was pasted is shown again");
    w
}

#[tokio::test]
async fn a_connection_to_sign_on_with_is_made_and_kept() {
    let house = House::open_without_worker().await;
    let mut browser = house.administrator().await;
    let b = &mut browser;
    let (adapter, key) = prepare(&house, b).await;
    let mut w = walk(b, &adapter, &key).await;

    // The certificate of our own key does as the partner's.
    let key_id = domain::id::SigningKeyId::parse(&key).unwrap();
    let pem = house.service.signing_certificate(&LOCAL, &key_id, false).await.unwrap();
    let der = keys::read_certificates(pem.as_bytes()).unwrap().remove(0);
    // Windows and Java export DER, which is no text; a file cut off is neither that nor a certificate.
    let refused = w.upload(b, "next", &[("certificate_pem", "")], ("certificate_file", &der[..der.len() - 9])).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("neither a text file nor a certificate") && refused.body.contains("PEM or DER"), "{}", refused.body);
    w.upload(b, "next", &[("certificate_pem", "")], ("certificate_file", &der)).await;
    assert_eq!(w.tab(), "summary", "{}", b.page(&w.at).await);
    w.to(b, "previous", &[], "signature-verification-settings").await;
    assert!(b.page(&w.at).await.contains("CN=sso.example.com (until"));
    w.to(b, "next", &[("certificate_pem", &pem)], "summary").await;
    w.to(b, "done", &[], "credentials").await;
    w.to(b, "next", &[], "activation-summary").await;
    let page = b.page(&w.at).await;
    for words in ["Assertion Creation › Attribute Contract", "Data Store: mail", "equal to (case insensitive)", "Signature Policy"] {
        assert!(page.contains(words), "{words} in {page}");
    }
    w.press(b, "save", &[]).await;
    assert_eq!(w.at, "/sp-connections");

    let saved = house.service.list_connections(&LOCAL).await.unwrap().remove(0);
    let source = &saved.browser_sso.assertion.sources[0];
    assert_eq!((source.method, source.lookup.attributes.len()), (MappingMethod::DataStore, 2));
    assert_eq!(source.fulfillment[0].source, ValueSource::DataStore);
    assert_eq!(saved.credentials.algorithm, SigningAlgorithm::EcdsaSha256);
    assert_eq!(saved.credentials.verification.len(), 1, "the same certificate again is no second one");
    let default = saved.browser_sso.protocol.default_consumer().unwrap();
    assert_eq!((default.index, saved.browser_sso.protocol.consumers.len()), (1, 4));
    let other = "https://eu-west-1.signin.aws/platform/saml/acs/4455422d84a27c9f";
    assert_eq!(saved.browser_sso.protocol.consumer_for(Some(other), None).unwrap().index, 2);
    assert!(saved.browser_sso.protocol.consumer_for(Some("https://evil.example/"), Some(1)).is_none());

    // What it uses stays.
    let in_use = |result: Result<(), service::ServiceError>| matches!(result, Err(service::ServiceError::InUse { .. }));
    let adapter = house.service.list_idp_adapters(&LOCAL).await.unwrap()[0].adapter.id.clone();
    assert!(in_use(house.service.delete_idp_adapter(&LOCAL, &adapter).await));
    assert!(in_use(house.service.delete_signing_key(&LOCAL, &key_id).await));
    let store = house.service.list_data_stores(&LOCAL).await.unwrap()[0].0.id.clone();
    let (_, users) = house.service.data_store_usage(&LOCAL, &store).await.unwrap();
    assert!(users.iter().any(|user| matches!(user, service::usage::User::Connection(..))), "{users:?}");

    // Reopened, everything is there, and nothing has to be walked again.
    let mut w = Wizard::begin(b, &format!("/sp-connections/{}/edit", saved.id)).await;
    assert_eq!(w.tab(), "activation-summary");
    w.press(b, "save", &[]).await;
    assert_eq!(house.service.list_connections(&LOCAL).await.unwrap(), [saved]);
    house.stop().await;
}
