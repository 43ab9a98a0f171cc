//! Requests to sign on, read: those of service providers that nobody here wrote, and every part of one.

use crate::desk::{Desk, PROTOCOL};
use crate::forge::{ACS, ISSUER, NOW, RSA, SSO, STRANGER, certificates, idp, post, read, request, signed};
use crate::service_provider::{self, ENTITY_ID, LIBRARIES, ServiceProviders};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::model::sp_metadata::{Binding, EMAIL_NAME_ID};
use saml::authn_request::{Comparison, NameIdPolicy, WantedConsumer, WantedContext, WantedSubject};
use saml::message::MessageKind;
use saml::{AuthnRequest, NameId, Received, Refusal, Signed};
use serde_json::{Value, json};

/// What came through the browser.
fn received(answer: &Value) -> Result<Received, Refusal> {
    match answer["form"].as_object() {
        Some(form) => Received::by_post(form.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap()))),
        None => Received::by_redirect(answer["query"].as_str().unwrap_or_else(|| panic!("{answer}"))),
    }
}

#[test]
fn requests_of_other_implementations_are_read_and_verified() {
    let mut peers = ServiceProviders::start(RSA.made.private_key.expose(), &RSA.made.certificate, &idp(&STRANGER));
    let classes = ["urn:oasis:names:tc:SAML:2.0:ac:classes:Password", "urn:oasis:names:tc:SAML:2.0:ac:classes:X509"];
    for library in LIBRARIES {
        for binding in ["post", "redirect"] {
            for sign in [true, false] {
                let state = "https://sp.example.com/a b?c=d&e=ü+1";
                let options =
                    json!({"format": EMAIL_NAME_ID, "is_passive": true, "force_authn": true, "classes": classes, "comparison": "minimum"});
                let what = json!({"binding": binding, "sign": sign, "relay_state": state, "options": options});
                let answer = peers.ask(library, "request", what);
                let case = format!("{library} {binding} {sign}: {answer}");
                let received = received(&answer).unwrap_or_else(|error| panic!("{case}: {error}"));
                assert_eq!((received.kind(), received.issuer()), (MessageKind::AuthnRequest, ENTITY_ID), "{case}");
                let read = received.authn_request(&certificates(&[&STRANGER, &RSA])).unwrap_or_else(|error| panic!("{case}: {error}"));
                assert_eq!(read.root.signed, if sign { Signed::By(1) } else { Signed::No }, "{case}");
                assert_eq!(Some(read.root.id.as_str()), answer["id"].as_str(), "{case}");
                assert_eq!(read.root.issuer, ENTITY_ID, "{case}");
                assert_eq!(read.root.destination.as_deref(), Some(SSO), "{case}");
                assert_eq!(read.root.relay_state.as_deref(), Some(state), "{case}");
                assert_eq!(read.root.version, "2.0", "{case}");
                assert!((read.root.issue_instant - peers.now).abs() < 600_000, "{case}: {}", read.root.issue_instant);
                assert_eq!(read.consumer, Some(WantedConsumer::Url(service_provider::ACS.into())), "{case}");
                assert_eq!(read.protocol_binding.as_deref(), Some(Binding::HttpPost.id()), "{case}");
                assert_eq!(read.name_id_policy.unwrap().format.as_deref(), Some(EMAIL_NAME_ID), "{case}");
                assert!(read.is_passive && read.force_authn, "{case}");
                let context = read.authn_context.unwrap();
                assert_eq!((context.comparison, context.classes), (Comparison::Minimum, classes.map(str::to_owned).to_vec()), "{case}");
                if sign {
                    let other = received.authn_request(&certificates(&[&STRANGER])).unwrap_err();
                    assert_eq!(other.code(), "saml-signature", "{case}: {other}");
                }
            }
        }
    }
}

#[test]
fn requests_of_other_implementations_signed_with_sha_1_are_refused() {
    let mut peers = ServiceProviders::start(RSA.made.private_key.expose(), &RSA.made.certificate, &idp(&STRANGER));
    let sha1 = json!({"algorithm": "http://www.w3.org/2000/09/xmldsig#rsa-sha1", "digest": "http://www.w3.org/2000/09/xmldsig#sha1"});
    for (library, binding) in [("python3-saml", "post"), ("python3-saml", "redirect"), ("pysaml2", "post"), ("pysaml2", "redirect")] {
        let answer = peers.ask(library, "request", json!({"binding": binding, "sign": true, "options": sha1}));
        let refusal = received(&answer).unwrap().authn_request(&certificates(&[&RSA])).unwrap_err();
        assert!(refusal.to_string().contains("xmldsig#rsa-sha1"), "{library} {binding}: {refusal}");
    }
}

#[test]
fn every_part_is_read() {
    let desk = Desk::new();
    let document = signed("_1", &RSA);
    desk.validate(PROTOCOL, &document);
    let whole = read(&document, &[&RSA]).unwrap();
    assert_eq!((whole.root.id.as_str(), whole.root.issuer.as_str(), whole.root.issue_instant), ("_1", ISSUER, NOW));
    assert_eq!((whole.root.binding, whole.root.relay_state.as_deref()), (Binding::HttpPost, Some("there")));
    assert_eq!(whole.root.signed, Signed::By(0));
    assert_eq!(whole.consumer, Some(WantedConsumer::Url(ACS.into())));
    let policy = NameIdPolicy { format: Some(EMAIL_NAME_ID.into()), sp_name_qualifier: None, allow_create: true };
    assert_eq!(whole.name_id_policy, Some(policy));
    assert_eq!((whole.force_authn, whole.is_passive, &whole.subject), (true, false, &None));
    let classes = vec!["urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport".to_owned()];
    assert_eq!(whole.authn_context, Some(WantedContext { comparison: Comparison::Exact, classes, has_declarations: false }));
    assert!(whole.root.signed.is_proved());

    let bare = "<p:AuthnRequest xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol' ID=' a ' Version='2.0' IssueInstant='2026-11-23T23:58:46.000+01:00'>\
                <Issuer xmlns='urn:oasis:names:tc:SAML:2.0:assertion'> https://sp.example.com<!-- -->/metadata\n</Issuer></p:AuthnRequest>";
    let bare = read(bare, &[&RSA]).unwrap();
    assert_eq!((bare.root.id.as_str(), bare.root.issuer.as_str(), bare.root.issue_instant), ("a", ISSUER, NOW));
    assert_eq!(bare.root.signed, Signed::No);
    assert_eq!((&bare.root.destination, &bare.consumer, &bare.name_id_policy, &bare.authn_context), (&None, &None, &None, &None));
    assert_eq!((bare.force_authn, bare.is_passive), (false, false));

    // A signature that nobody can check is not one, and is not taken for one.
    assert_eq!(read(&document, &[]).unwrap().root.signed, Signed::Unchecked);
    assert!(!Signed::Unchecked.is_proved());
}

/// With an element behind the issuer.
fn with(child: &str) -> Result<AuthnRequest, Refusal> {
    read(&request("_1").document().unwrap().replacen("<samlp:NameIDPolicy", &format!("{child}<samlp:NameIDPolicy"), 1), &[])
}

#[test]
fn a_subject_is_read() {
    let subject = |inner: &str| {
        with(&format!("<saml:Subject xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{inner}</saml:Subject>")).map(|read| read.subject)
    };
    let name =
        NameId { value: "ada@example.com".into(), format: Some("f".into()), name_qualifier: None, sp_name_qualifier: Some("q".into()) };
    let wanted = subject("<saml:NameID Format=\"f\" SPNameQualifier=\"q\">ada@<!-- .evil -->example.com</saml:NameID>").unwrap();
    assert_eq!(wanted, Some(WantedSubject::Name(name)));
    assert_eq!(subject("<saml:EncryptedID/>").unwrap(), Some(WantedSubject::Unreadable));
    assert!(subject("<saml:NameID> </saml:NameID>").unwrap_err().to_string().contains("NameID is empty"));
    assert!(subject("<saml:NameID>a</saml:NameID><saml:NameID>b</saml:NameID>").unwrap_err().to_string().contains("more than one NameID"));
}

#[test]
fn what_is_missing_or_means_nothing_is_said() {
    let document = request("_1").document().unwrap();
    let said = |from: &str, to: &str| {
        assert!(document.contains(from), "{from}");
        let refusal = read(&document.replacen(from, to, 1), &[]).unwrap_err();
        assert_eq!(refusal.code(), "saml-message", "{refusal}");
        refusal.to_string()
    };
    for (from, to, why) in [
        (" ID=\"_1\"", "", "it has no ID"),
        (" ID=\"_1\"", " ID=\"a b\"", "its ID is longer than 256 bytes or has blanks"),
        (" ID=\"_1\"", &format!(" ID=\"{}\"", "x".repeat(257)), "its ID is longer"),
        (" Version=\"2.0\"", "", "no Version"),
        (" IssueInstant=\"2026-11-23T22:58:46Z\"", "", "no IssueInstant"),
        ("2026-11-23T22:58:46Z", "yesterday", "IssueInstant ‘yesterday’ is not a time"),
        ("ForceAuthn=\"true\"", "ForceAuthn=\"TRUE\"", "ForceAuthn ‘TRUE’ is neither true nor false"),
        ("AllowCreate=\"1\"", "AllowCreate=\"2\"", "AllowCreate ‘2’"),
        ("Comparison=\"exact\"", "Comparison=\"any\"", "Comparison that does not exist"),
        ("AssertionConsumerServiceURL", "AssertionConsumerServiceIndex=\"1\" AssertionConsumerServiceURL", "both an Assertion"),
        (ACS, &"x".repeat(2049), "AssertionConsumerServiceURL is longer"),
        (ACS, "a&#10;b", "control characters"),
        (ISSUER, "", "Issuer is empty"),
        (ISSUER, &"x".repeat(1025), "Issuer is longer"),
        (
            "</saml:Issuer>",
            "</saml:Issuer><saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">b</saml:Issuer>",
            "more than one Issuer",
        ),
        ("<samlp:NameIDPolicy", "<samlp:NameIDPolicy></samlp:NameIDPolicy><samlp:NameIDPolicy", "more than one NameIDPolicy"),
    ] {
        assert!(said(from, to).contains(why), "{why}: {}", said(from, to));
    }
    let numbered = document.replace(&format!("AssertionConsumerServiceURL=\"{ACS}\""), "AssertionConsumerServiceIndex=\"N\"");
    assert_eq!(read(&numbered.replace("\"N\"", "\" 7 \""), &[]).unwrap().consumer, Some(WantedConsumer::Index(7)));
    assert!(read(&numbered.replace("\"N\"", "\"65536\""), &[]).unwrap_err().to_string().contains("number up to 65535"));
    let classes =
        "<saml:AuthnContextClassRef xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">a</saml:AuthnContextClassRef>".repeat(51);
    assert!(said("</samlp:RequestedAuthnContext>", &(classes + "</samlp:RequestedAuthnContext>")).contains("more than 50"));
    // Lines of a log stay lines.
    let forged = post(&document.replace(ISSUER, "a&#10;2026 INFO all is well"));
    assert!(!forged.unwrap_err().to_string().contains('\n'));
}

#[test]
fn what_is_no_such_message_is_refused() {
    let document = request("_1").document().unwrap();
    let encoded = STANDARD.encode(&document);
    let fields = |fields: &[(&str, &str)]| Received::by_post(fields.iter().copied()).unwrap_err();
    assert_eq!(fields(&[]), Refusal::Nothing);
    assert_eq!(fields(&[("RelayState", "x")]), Refusal::Nothing);
    assert_eq!(fields(&[("SAMLRequest", &encoded), ("SAMLRequest", &encoded)]), Refusal::Twice("SAMLRequest"));
    assert_eq!(fields(&[("SAMLRequest", &encoded), ("SAMLResponse", &encoded)]), Refusal::Twice("message"));
    assert_eq!(fields(&[("SAMLRequest", &encoded), ("RelayState", "a"), ("RelayState", "b")]), Refusal::Twice("RelayState"));
    assert_eq!(fields(&[("SAMLResponse", &encoded)]), Refusal::OtherMessage("AuthnRequest".into()), "a request is no response");
    assert!(fields(&[("SAMLRequest", &encoded), ("RelayState", &"x".repeat(4097))]).to_string().contains("RelayState"));
    assert!(fields(&[("SAMLRequest", "a*b")]).to_string().contains("base64"));
    assert!(fields(&[("SAMLRequest", &STANDARD.encode([0xff, 0xfe]))]).to_string().contains("UTF-8"));
    assert!(fields(&[("SAMLRequest", &STANDARD.encode("no"))]).to_string().contains("not well-formed"));
    let other = document.replace("AuthnRequest", "ArtifactResolve");
    assert!(fields(&[("SAMLRequest", &STANDARD.encode(other))]).to_string().contains("‘ArtifactResolve’"));
    let other = document.replace("SAML:2.0:protocol", "SAML:1.0:protocol");
    assert!(matches!(fields(&[("SAMLRequest", &STANDARD.encode(other))]), Refusal::OtherMessage(_)), "a prefix alone means nothing");

    // Line breaks, missing padding, a byte order mark: all seen in the wild.
    let lines: Vec<_> = encoded.trim_end_matches('=').as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let received =
        Received::by_post([("SAMLRequest", lines.join("\r\n").as_str()), ("RelayState", ""), ("other", "1"), ("other", "2")]).unwrap();
    assert_eq!((received.issuer(), received.relay_state(), received.binding()), (ISSUER, None, Binding::HttpPost));
    assert!(read(&format!("\u{feff}{document}"), &[]).is_ok());
    assert!(!format!("{received:?}").contains("AssertionConsumerService"), "{received:?}");
}
