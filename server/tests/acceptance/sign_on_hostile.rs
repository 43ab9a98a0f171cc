//! Requests that a service provider signed, and what a stranger makes of them: none leads to the sign-on form.

use crate::browser::Answer;
use crate::form::Form;
use crate::sign_on_house::{Idp, Person, ServiceProvider};
use crate::sign_on_service_providers::company;
use crate::slapd::{BASE, Slapd};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::model::signing_key::{KeyAlgorithm, Subject};
use keys::SigningPair;
use saml::send::{Parameter, redirect};
use saml::signature::sign;
use saml::xml::Namespace::{Saml, Samlp};
use saml::xml::write::Element;

/// The form, or a refusal with a code that tells nothing.
fn is_refused(answer: &Answer, what: &str) {
    assert!((400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.body);
    assert!(!answer.body.contains("name=\"password\"") && !answer.body.contains("SAMLResponse"), "{what}: {}", answer.body);
    assert!(answer.body.contains("<code>saml-"), "{what}: {}", answer.body);
}

async fn open() -> (Slapd, Idp, ServiceProvider) {
    let (slapd, _) = company();
    let idp = Idp::open(&slapd.fields(slapd.addr()), BASE).await;
    let sp = ServiceProvider::start("pysaml2", true);
    idp.connect(&sp).await;
    (slapd, idp, sp)
}

/// A signed request as the service provider's page posts it.
async fn posted(person: &mut Person, sp: &ServiceProvider) -> String {
    let page = person.get(&sp.login("post")).await.body;
    String::from_utf8(STANDARD.decode(Form::of(&page, "http").get("SAMLRequest").unwrap()).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_request_that_was_touched_leads_nowhere() {
    let (_slapd, idp, sp) = open().await;
    let mut person = Person::default();
    let sso = idp.url("/idp/SSO.saml2");
    let good = posted(&mut person, &sp).await;
    let (from, to) =
        (good.find("<ns2:Signature").or(good.find("<ns1:Signature")).unwrap(), good.rfind("Signature>").unwrap() + "Signature>".len());
    let signature = &good[from..to];
    let bare = good.replace(signature, "");
    let body = bare[bare.find('<').unwrap()..].split_once("?>").map_or(bare.as_str(), |(_, body)| body).trim().to_owned();
    let root_end = good.rfind("</").unwrap();
    let id = good.split(" ID=\"").nth(1).unwrap().split('"').next().unwrap();
    let evil_acs = good.replace("/acs\"", "/evil\"");
    assert_ne!(evil_acs, good, "{good}");
    let with = |inside: &str| format!("{}{inside}{}", &good[..root_end], &good[root_end..]);
    let extensions =
        |inside: &str| format!("<samlp:Extensions xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">{inside}</samlp:Extensions>");
    // The genuine request inside a forged one, whose root the signature does not cover.
    let wrapped = |document: &str| {
        let end = document.rfind("</").unwrap();
        let forged = document.replace(&format!("ID=\"{id}\""), "ID=\"_forged\"");
        let end = end + forged.len() - document.len();
        let inner = good.split_once("?>").map_or(good.as_str(), |(_, inner)| inner);
        format!("{}{}{}", &forged[..end], extensions(inner), &forged[end..])
    };
    let made =
        keys::make(&Subject { common_name: "x".into(), ..Subject::default() }, KeyAlgorithm::Rsa2048, server::clock::now(), 30).unwrap();
    let stranger = SigningPair::load(&made.private_key, &made.certificate).unwrap();
    let own = |name: &str| {
        Element::new(Samlp, "AuthnRequest")
            .with("ID", name)
            .with("Version", "2.0")
            .with(
                "IssueInstant",
                jiff::Timestamp::from_millisecond(server::clock::now()).unwrap().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            )
            .with("Destination", sso.as_str())
            .child(Element::new(Saml, "Issuer").text(sp.entity_id()))
    };
    let resigned = sign(own("_a1"), 1, &stranger).unwrap().document().unwrap();
    let bomb = format!("<!DOCTYPE r [<!ENTITY a \"{}\">]>{body}", "x".repeat(100));
    let laughs = "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;\">]>";
    let wide = (0..5_000).map(|n| format!(" a{n}=\"\"")).collect::<String>();
    let cases = [
        ("the address for the answer changed", evil_acs),
        ("the signature stripped", bare.clone()),
        ("an element more", with(&extensions("<x xmlns=\"urn:x\"/>"))),
        ("wrapped in another", wrapped(&bare)),
        ("wrapped in another that has the signature", wrapped(&good)),
        ("the signature twice", good.replace(signature, &format!("{signature}{signature}"))),
        ("signed again by somebody else", resigned),
        ("not signed at all", own("_a2").document().unwrap()),
        ("a document type", good.replace("<?xml version='1.0' encoding='UTF-8'?>", "").replacen('<', "<!DOCTYPE x []><", 1)),
        ("an entity", bomb),
        ("entities in entities", format!("{laughs}{}", body.replace(&sp.entity_id(), "&c;"))),
        ("an external entity", format!("<!DOCTYPE l [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>{}", body.replace(&sp.entity_id(), "&a;"))),
        ("deep", "<a>".repeat(50_000)),
        ("wide", format!("<a{wide}/>")),
        ("long", format!("<a>{}</a>", "x".repeat(100_000))),
        ("an instruction", format!("<?php evil?>{body}")),
        ("half of it", good[..good.len() / 2].to_owned()),
        ("nothing", String::new()),
    ];
    for (what, document) in &cases {
        let answer = person.post(&sso, &[("SAMLRequest", &STANDARD.encode(document))]).await;
        is_refused(&answer, what);
    }
    let encoded = STANDARD.encode(&good);
    is_refused(&person.post(&sso, &[("SAMLRequest", &encoded), ("SAMLRequest", &encoded)]).await, "two requests");
    is_refused(&person.post(&sso, &[("SAMLRequest", "###")]).await, "no base64");
    // What was refused used nothing up.
    let page = person.post(&sso, &[("SAMLRequest", &encoded)]).await;
    assert!(page.body.contains("name=\"password\""), "{} {}", page.status, page.body);
    idp.house.stop().await;
}

/// A document with more in it: behind its Issuer, or at its end.
fn put(document: &str, behind_issuer: &str, at_end: &str) -> String {
    let issuer = document.find("Issuer>").unwrap() + "Issuer>".len();
    let end = document.rfind("</").unwrap();
    format!("{}{behind_issuer}{}{at_end}{}", &document[..issuer], &document[issuer..end], &document[end..])
}

/// The eight ways of signature wrapping (XSW1 to XSW8), as they are for a request: the signed one is somewhere in a forged one, which
/// has its signature or has not, and another ID or the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_request_inside_of_a_forged_one_signs_nothing() {
    let (_slapd, idp, sp) = open().await;
    let mut person = Person::default();
    let sso = idp.url("/idp/SSO.saml2");
    let good = posted(&mut person, &sp).await;
    let good = good.split_once("?>").map_or(good.as_str(), |(_, body)| body).trim();
    let (from, to) =
        (good.find("<ns2:Signature").or(good.find("<ns1:Signature")).unwrap(), good.rfind("Signature>").unwrap() + "Signature>".len());
    let signature = &good[from..to];
    // What was signed, once the signature is taken out.
    let bare = good.replace(signature, "");
    let id = good.split(" ID=\"").nth(1).unwrap().split('"').next().unwrap();
    let in_signature = |inside: &str| {
        let end = signature.rfind("</").unwrap();
        format!("{}{inside}{}", &signature[..end], &signature[end..])
    };
    let extensions =
        |inside: &str| format!("<samlp:Extensions xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">{inside}</samlp:Extensions>");
    let object = |inside: &str| format!("<ds:Object xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{inside}</ds:Object>");
    for forged_id in ["_forged", id] {
        let forged = bare.replace(&format!("ID=\"{id}\""), &format!("ID=\"{forged_id}\"")).replace("/acs\"", "/evil\"");
        assert_ne!(forged, bare);
        let another = bare.replace(&format!("ID=\"{id}\""), "ID=\"_another\"").replace("/acs\"", "/evil\"");
        let cases = [
            ("XSW1", put(&forged, &in_signature(&bare), "")),
            ("XSW2", put(&forged, &format!("{bare}{signature}"), "")),
            ("XSW3", put(&forged, &format!("{another}{good}"), "")),
            ("XSW4", put(&forged, "", &put(&another, "", good))),
            ("XSW5", put(&forged, signature, &bare)),
            ("XSW6", put(&forged, "", &in_signature(&put(&another, "", &bare)))),
            ("XSW7", put(&forged, signature, &extensions(&bare))),
            ("XSW8", put(&forged, &in_signature(&object(&bare)), "")),
        ];
        for (what, document) in &cases {
            let answer = person.post(&sso, &[("SAMLRequest", &STANDARD.encode(document))]).await;
            is_refused(&answer, &format!("{what} with the ID {forged_id}"));
        }
    }
    // What they were made of is good.
    let page = person.post(&sso, &[("SAMLRequest", &STANDARD.encode(good))]).await;
    assert!(page.body.contains("name=\"password\""), "{} {}", page.status, page.body);
    idp.house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_address_that_was_touched_leads_nowhere() {
    let (_slapd, idp, sp) = open().await;
    let mut person = Person::default();
    // As the library makes it; its page is an empty one that leads on.
    let made =
        keys::make(&Subject { common_name: "x".into(), ..Subject::default() }, KeyAlgorithm::Rsa2048, server::clock::now(), 30).unwrap();
    let stranger = SigningPair::load(&made.private_key, &made.certificate).unwrap();
    let own = SigningPair::load(
        &domain::secret::Secret::new(std::fs::read_to_string(sp.folder.path().join("key.pem")).unwrap()),
        &std::fs::read_to_string(sp.folder.path().join("certificate.pem")).unwrap(),
    )
    .unwrap();
    let sso = idp.url("/idp/SSO.saml2");
    let mut count = 0;
    let mut request = |key: &SigningPair| {
        count += 1;
        let now = jiff::Timestamp::from_millisecond(server::clock::now()).unwrap().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let document = Element::new(Samlp, "AuthnRequest")
            .with("ID", format!("_q{count}"))
            .with("Version", "2.0")
            .with("IssueInstant", now)
            .with("Destination", sso.as_str())
            .child(Element::new(Saml, "Issuer").text(sp.entity_id()))
            .document()
            .unwrap();
        redirect(&sso, Parameter::Request, &document, Some("here"), key).unwrap()
    };
    let strip = |address: &str, name: &str| {
        let (head, query) = address.split_once('?').unwrap();
        let kept: Vec<_> = query.split('&').filter(|pair| !pair.starts_with(name)).collect();
        format!("{head}?{}", kept.join("&"))
    };
    let cases = [
        ("signed by somebody else", request(&stranger)),
        ("another relay state", request(&own).replace("RelayState=here", "RelayState=there")),
        ("without the relay state", strip(&request(&own), "RelayState")),
        ("without the signature", strip(&request(&own), "Signature")),
        ("without signature and algorithm", strip(&strip(&request(&own), "Signature"), "SigAlg")),
        ("by SHA-1", request(&own).replace("2001%2F04%2Fxmldsig-more%23rsa-sha256", "2000%2F09%2Fxmldsig%23rsa-sha1")),
        ("by HMAC", request(&own).replace("rsa-sha256", "hmac-sha256")),
        ("two requests", request(&own).replace("&RelayState", "&SAMLRequest=x&RelayState")),
        // 50 MB of one letter.
        ("a bomb", format!("{sso}?SAMLRequest={}", bomb())),
    ];
    for (what, address) in &cases {
        is_refused(&person.get(address).await, what);
    }
    let good = request(&own);
    let page = person.get(&good).await;
    assert!(page.body.contains("name=\"password\""), "{} {}", page.status, page.body);
    idp.house.stop().await;
}

/// Deflated, in base64, for an address.
fn bomb() -> String {
    // A block of 258 letters again and again, as deflate writes it: `saml` compresses what it is given.
    let document = Element::new(Samlp, "AuthnRequest").child(Element::new(Saml, "Issuer").text("a".repeat(8_000_000))).document().unwrap();
    let address = saml::send::redirect_unsigned("http://x/", Parameter::Request, &document, None).unwrap();
    address.split_once("SAMLRequest=").unwrap().1.to_owned()
}
