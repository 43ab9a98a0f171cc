//! People sign on at service providers that nobody here wrote, over HTTP, with passwords that OpenLDAP checks.

use crate::desk::{Desk, METADATA, PROTOCOL};
use crate::form::Form;
use crate::sign_on_house::{Idp, Person, ServiceProvider, said};
use crate::slapd::{BASE, Slapd};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

/// What python3-saml says of itself that it wants, and what the template says of one that says nothing, as pysaml2.
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
pub const PASSWORD: &str = "Lock & Weir 1";

/// An OpenLDAP with somebody who has a password; answers the mail address.
pub fn company() -> (Slapd, String) {
    let slapd = Slapd::start(45, 2);
    let content = slapd.content();
    let person = content.entries.keys().find(|dn| content.is_person(dn) && content.value(dn, "mail").is_some()).unwrap().clone();
    slapd.set(&person, "userPassword", &[PASSWORD]);
    let mail = content.value(&person, "mail").unwrap().to_owned();
    (slapd, mail)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_libraries_take_what_is_sent_whoever_begins() {
    let (slapd, mail) = company();
    let idp = Idp::open(&slapd.fields(slapd.addr()), BASE).await;
    for (library, format) in [("python3-saml", UNSPECIFIED), ("pysaml2", EMAIL)] {
        for signs in [false, true] {
            let sp = ServiceProvider::start(library, signs);
            idp.connect(&sp).await;
            for binding in ["redirect", "post"] {
                let mut person = Person::default();
                let mut page = person.get(&sp.login(binding)).await;
                if binding == "post" {
                    page = person.press(&page.body).await;
                }
                let wrong = person.fill(&idp, &page.body, &mail, "wrong").await;
                assert!(wrong.body.contains("role=\"alert\""), "{}", wrong.body);
                let told = person.sign_on(&idp, &wrong, &mail, PASSWORD).await;
                let wanted = json!([mail, format, "to here"]);
                assert_eq!(json!([told["name_id"], told["format"], told["relay_state"]]), wanted, "{library}, {signs}, {binding}: {told}");
                assert!(told["session_index"].as_str().is_some_and(|index| !index.is_empty()), "{told}");
            }
            // Begun here, by a link.
            let mut person = Person::default();
            let link = format!("/idp/startSSO.ping?PartnerSpId={}&TargetResource=/wiki", encode(&sp.entity_id()));
            let page = person.get(&idp.url(&link)).await;
            let told = person.sign_on(&idp, &page, &mail, PASSWORD).await;
            assert_eq!(json!([told["name_id"], told["relay_state"]]), json!([mail, "/wiki"]), "{library}, {signs}: {told}");
        }
    }
    idp.house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_is_valid_and_signed_and_counts_once() {
    let (slapd, mail) = company();
    let idp = Idp::open(&slapd.fields(slapd.addr()), BASE).await;
    let sp = ServiceProvider::start("python3-saml", true);
    idp.connect(&sp).await;
    let desk = Desk::new();
    desk.validate(METADATA, &std::fs::read_to_string(sp.folder.path().join("idp.xml")).unwrap());

    let mut person = Person::default();
    let page = person.get(&sp.login("redirect")).await;
    let sent = person.fill(&idp, &page.body, &mail, PASSWORD).await;
    let form = Form::of(&sent.body, "http");
    let document = String::from_utf8(STANDARD.decode(form.get("SAMLResponse").unwrap()).unwrap()).unwrap();
    desk.validate(PROTOCOL, &document);
    let certificate = idp.certificate().await;
    assert!(desk.verifies("samlp:Response", &document, &certificate), "{document}");
    let assertion = &document[document.find("<saml:Assertion").unwrap()..document.find("</samlp:Response>").unwrap()];
    assert!(desk.verifies("saml:Assertion", assertion, &certificate), "{assertion}");
    assert!(!desk.verifies("samlp:Response", &document.replace(&mail, "root@example.com"), &certificate));

    // It is for this service provider, and for this request.
    let other = ServiceProvider::start("pysaml2", true);
    idp.connect(&other).await;
    let fields: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let elsewhere = said(&person.post(&format!("{}/acs", other.url), &fields).await);
    assert!(elsewhere["refused"].is_string(), "{elsewhere}");
    let mut posted = fields.clone();
    let forged = STANDARD.encode(document.replace(&mail, "root@example.com"));
    posted.iter_mut().filter(|(name, _)| *name == "SAMLResponse").for_each(|(_, value)| *value = &forged);
    assert!(said(&person.post(&form.action, &posted).await)["refused"].is_string());
    assert_eq!(said(&person.post(&form.action, &fields).await)["name_id"], json!(mail));
    assert!(said(&person.post(&form.action, &fields).await)["refused"].is_string(), "an answer that was used");
    idp.house.stop().await;
}

pub fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
