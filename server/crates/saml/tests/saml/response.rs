//! Answers, put to tools and service providers that nobody here wrote.

use crate::desk::{Desk, PROTOCOL};
use crate::forge::{IDP, Keys, NOW, P256, P384, RSA, STRANGER, idp};
use crate::service_provider::{ACS, ENTITY_ID, LIBRARIES, ServiceProviders};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::model::sp_metadata::EMAIL_NAME_ID;
use domain::secret::Secret;
use proptest::prelude::*;
use saml::attribute::{AWS_ACCESS_CONTROL, AWS_SESSION_DURATION, NameFormat};
use saml::name_id::NameSecret;
use saml::response::{IssueError, Subject};
use saml::send::{Parameter, PostForm, post_form};
use saml::signature::KeyInfo;
use saml::{Assertion, Attribute, NameId, Response, Signing, Status};
use serde_json::{Value, json};

const REQUEST: &str = "_request-1";
const NASTY: &str = "josé.o'neil+a&b<c>\"]]>@example.com";
const STRONG: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";

fn response(now: i64) -> Response {
    Response { id: "_r1".into(), issuer: IDP.into(), destination: ACS.into(), in_response_to: Some(REQUEST.into()), issued_at: now }
}

fn assertion(now: i64) -> Assertion {
    let groups = Attribute { values: vec!["R&D \"x\" <y> 😀".into(), "Büro".into(), String::new()], ..Attribute::basic("groups", "") };
    let mail = Attribute { friendly_name: Some("mail".into()), ..Attribute::uri("urn:oid:0.9.2342.19200300.100.1.3", "ada@example.com") };
    let tag = |name: &str, value: &str| Attribute::uri(format!("{AWS_ACCESS_CONTROL}{name}"), value);
    let unspecified = Attribute { name_format: NameFormat::Unspecified, ..Attribute::basic("plain", " a\r\n\tb ") };
    Assertion {
        id: "_a1".into(),
        audience: ENTITY_ID.into(),
        subject: Subject {
            name_id: NameId { value: NASTY.into(), format: Some(EMAIL_NAME_ID.into()), name_qualifier: None, sp_name_qualifier: None },
            authn_instant: now - 5_000,
            authn_context: STRONG.into(),
            session_index: Some("_s1".into()),
            session_not_on_or_after: Some(now + 3_600_000),
        },
        minutes_before: 1,
        minutes_after: 5,
        attributes: vec![groups, mail, tag("costCenter", "17"), Attribute::uri(AWS_SESSION_DURATION, "3600"), unspecified],
    }
}

fn signing(keys: &Keys, assertion: bool, response: bool) -> Signing<'_> {
    Signing { assertion, response, ..Signing::both(&keys.pair) }
}

/// The assertion by itself, as it stands in the response.
fn cut_out(document: &str) -> &str {
    let end = "</saml:Assertion>";
    &document[document.find("<saml:Assertion").unwrap()..document.find(end).unwrap() + end.len()]
}

fn ask(peers: &mut ServiceProviders, library: &str, document: &str, wants: (bool, bool), request: Option<&str>) -> Value {
    let more = json!({
        "message": STANDARD.encode(document), "request_id": request, "want_assertion_signed": wants.0, "want_response_signed": wants.1,
    });
    peers.ask(library, "response", more)
}

#[test]
fn it_is_valid_and_both_signatures_are_verified_by_xmlsec1() {
    let desk = Desk::new();
    for keys in [&*RSA, &P256, &P384] {
        let certificate = &keys.made.certificate;
        for (of_assertion, of_response) in [(true, true), (true, false), (false, true)] {
            for key_info in [KeyInfo::Certificate, KeyInfo::Nothing] {
                let signing = Signing { key_info, ..signing(keys, of_assertion, of_response) };
                let document = response(NOW).success(&assertion(NOW), &signing).unwrap();
                desk.validate(PROTOCOL, &document);
                assert_eq!(desk.canonical(&document).trim_end(), document.split_once('\n').unwrap().1.trim_end());
                assert_eq!(document.matches("<ds:Signature ").count(), usize::from(of_assertion) + usize::from(of_response));
                assert_eq!(document.contains("<ds:X509Certificate>"), key_info == KeyInfo::Certificate);
                let said = cut_out(&document);
                assert_eq!(desk.canonical(said).trim_end(), said, "it is the same by itself");
                assert_eq!(desk.verifies("samlp:Response", &document, certificate), of_response);
                assert_eq!(desk.verifies("saml:Assertion", said, certificate), of_assertion);
                assert!(!desk.verifies("samlp:Response", &document, &STRANGER.made.certificate));
                for (from, to) in [(ACS, "https://evil.example"), (">17<", ">18<"), (":Success", ":Requester"), ("josé", "jose")] {
                    assert!(document.contains(from));
                    assert!(!desk.verifies("samlp:Response", &document.replacen(from, to, 1), certificate), "{from}");
                }
                assert!(!desk.verifies("saml:Assertion", &said.replacen("josé", "jose", 1), certificate));
            }
        }
    }
}

#[test]
fn it_says_what_it_was_given() {
    let document = response(NOW).success(&assertion(NOW), &Signing::both(&P256.pair)).unwrap();
    for part in [
        "ID=\"_r1\" InResponseTo=\"_request-1\" IssueInstant=\"2026-11-23T22:58:46Z\" Version=\"2.0\"",
        "Destination=\"https://sp.example.com/acs\"",
        "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">",
        "InResponseTo=\"_request-1\" NotOnOrAfter=\"2026-11-23T23:03:46Z\" Recipient=\"https://sp.example.com/acs\"",
        "<saml:Conditions NotBefore=\"2026-11-23T22:57:46Z\" NotOnOrAfter=\"2026-11-23T23:03:46Z\">",
        "<saml:AudienceRestriction><saml:Audience>https://sp.example.com/metadata</saml:Audience></saml:AudienceRestriction>",
        "AuthnInstant=\"2026-11-23T22:58:41Z\" SessionIndex=\"_s1\" SessionNotOnOrAfter=\"2026-11-23T23:58:46Z\"",
        "<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef>",
        "Name=\"https://aws.amazon.com/SAML/Attributes/AccessControl:costCenter\" NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:uri\"><saml:AttributeValue>17</",
        "Name=\"https://aws.amazon.com/SAML/Attributes/SessionDuration\"",
        "<saml:NameID Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\">",
        "<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"></samlp:StatusCode></samlp:Status>",
    ] {
        assert!(document.contains(part), "{part} is not in {document}");
    }
    assert!(!document.contains("xsi:type"));
    let secret = NameSecret::new(&Secret::new("x".repeat(32))).unwrap();
    let mut bare = assertion(NOW);
    bare.attributes.clear();
    bare.subject.name_id = secret.pseudonym(IDP, ENTITY_ID, "7f3a").unwrap();
    (bare.subject.session_index, bare.subject.session_not_on_or_after) = (None, None);
    let unsolicited = Response { in_response_to: None, ..response(NOW) };
    let document = unsolicited.success(&bare, &Signing::both(&P256.pair)).unwrap();
    Desk::new().validate(PROTOCOL, &document);
    for absent in ["InResponseTo", "AttributeStatement", "SessionIndex", "SessionNotOnOrAfter"] {
        assert!(!document.contains(absent), "{absent}");
    }
    assert!(document.contains(&format!("NameQualifier=\"{IDP}\" SPNameQualifier=\"{ENTITY_ID}\">_")), "{document}");
    let form = post_form(ACS, Parameter::Response, &document, Some("a&b"));
    let fields = vec![("SAMLResponse", STANDARD.encode(&document)), ("RelayState", "a&b".to_owned())];
    assert_eq!(form, PostForm { action: ACS.into(), fields });
}

#[test]
fn service_providers_accept_it_exactly_if_what_they_want_is_signed() {
    let mut peers = ServiceProviders::start(STRANGER.made.private_key.expose(), &STRANGER.made.certificate, &idp(&RSA));
    let now = peers.now;
    for library in LIBRARIES {
        for signed in [(true, true), (true, false), (false, true)] {
            for wants in [(false, false), (true, false), (false, true), (true, true)] {
                let document = response(now).success(&assertion(now), &signing(&RSA, signed.0, signed.1)).unwrap();
                let said = ask(&mut peers, library, &document, wants, Some(REQUEST));
                let case = format!("{library}, signed {signed:?}, wants {wants:?}: {said}");
                if (wants.0 && !signed.0) || (wants.1 && !signed.1) {
                    assert!(said["refused"].is_string(), "{case}");
                    continue;
                }
                assert_eq!((said["name_id"].as_str(), said["format"].as_str()), (Some(NASTY), Some(EMAIL_NAME_ID)), "{case}");
                assert_eq!(said["session_index"].as_str(), Some("_s1"), "{case}");
                let attributes = &said["attributes"];
                assert_eq!(attributes["groups"][0], "R&D \"x\" <y> 😀", "{case}");
                assert_eq!(attributes["groups"][1], "Büro", "{case}");
                assert_eq!(attributes[format!("{AWS_ACCESS_CONTROL}costCenter")][0], "17", "{case}");
                assert_eq!(attributes[AWS_SESSION_DURATION][0], "3600", "{case}");
            }
        }
        // Without the certificate they take the one of the metadata.
        let without = Signing { key_info: KeyInfo::Nothing, ..Signing::both(&RSA.pair) };
        let document = response(now).success(&assertion(now), &without).unwrap();
        assert_eq!(ask(&mut peers, library, &document, (true, true), Some(REQUEST))["name_id"], NASTY, "{library}");
        // Nobody asked.
        let unsolicited = Response { in_response_to: None, ..response(now) };
        let document = unsolicited.success(&assertion(now), &Signing::both(&RSA.pair)).unwrap();
        assert_eq!(ask(&mut peers, library, &document, (true, true), None)["name_id"], NASTY, "{library}");
    }
}

#[test]
fn service_providers_refuse_what_was_tampered_with_or_is_not_for_them() {
    let mut peers = ServiceProviders::start(STRANGER.made.private_key.expose(), &STRANGER.made.certificate, &idp(&RSA));
    let now = peers.now;
    let good = response(now).success(&assertion(now), &Signing::both(&RSA.pair)).unwrap();
    let made = |response: Response, assertion: Assertion| response.success(&assertion, &Signing::both(&RSA.pair)).unwrap();
    let evil = cut_out(&good).replace("josé", "root").replace("_a1", "_evil");
    let mut refused = vec![
        ("name", good.replacen("josé", "root", 1)),
        ("attribute", good.replacen(">17<", ">18<", 1)),
        ("audience", good.replacen("<saml:Audience>https://sp", "<saml:Audience>https://ps", 1)),
        ("evil sibling before", good.replacen("<saml:Assertion", &format!("{evil}<saml:Assertion"), 1)),
        ("evil sibling behind", good.replacen("</samlp:Response>", &format!("{evil}</samlp:Response>"), 1)),
        ("no signature", {
            let mut bare = good.clone();
            while let Some(from) = bare.find("<ds:Signature ") {
                let to = bare.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
                bare.replace_range(from..to, "");
            }
            bare
        }),
        ("another key", response(now).success(&assertion(now), &Signing::both(&P256.pair)).unwrap()),
        ("another audience", made(response(now), Assertion { audience: "urn:other".into(), ..assertion(now) })),
        ("another address", made(Response { destination: "https://sp.example.com/other".into(), ..response(now) }, assertion(now))),
        ("an answer to another request", made(Response { in_response_to: Some("_other".into()), ..response(now) }, assertion(now))),
        ("too old", made(response(now - 3_600_000), assertion(now - 3_600_000))),
        ("too early", made(response(now + 3_600_000), assertion(now + 3_600_000))),
        ("another issuer", made(Response { issuer: "urn:other".into(), ..response(now) }, assertion(now))),
    ];
    let stranger = response(now).success(&assertion(now), &Signing::both(&STRANGER.pair)).unwrap();
    refused.push(("a stranger's key", stranger));
    for library in LIBRARIES {
        assert_eq!(ask(&mut peers, library, &good, (true, true), Some(REQUEST))["name_id"], NASTY, "{library}");
        for (what, document) in &refused {
            assert_ne!(*document, good, "{what}");
            let said = ask(&mut peers, library, document, (true, true), Some(REQUEST));
            assert!(said["refused"].is_string(), "{library}, {what}: {said}");
        }
    }
}

#[test]
fn errors_are_understood() {
    let desk = Desk::new();
    let mut peers = ServiceProviders::start(STRANGER.made.private_key.expose(), &STRANGER.made.certificate, &idp(&RSA));
    let now = peers.now;
    for (status, known) in [
        (Status::Requester, "Requester"),
        (Status::Responder, "Responder"),
        (Status::VersionMismatch, "VersionMismatch"),
        (Status::AuthnFailed, "AuthnFailed"),
        (Status::InvalidNameIdPolicy, "InvalidNameI"),
        (Status::NoPassive, "NoPassive"),
        (Status::NoAuthnContext, "NoAuthnContext"),
        (Status::RequestDenied, "RequestDenied"),
        (Status::RequestUnsupported, "RequestUnsupported"),
        (Status::UnsupportedBinding, "UnsupportedBinding"),
        (Status::UnknownPrincipal, "UnknownPrincipal"),
    ] {
        let document = response(now).error(status, Some("It does not go. <&>"), &signing(&RSA, true, false)).unwrap();
        desk.validate(PROTOCOL, &document);
        assert!(desk.verifies("samlp:Response", &document, &RSA.made.certificate), "{document}");
        assert!(document.contains(known) && !document.contains("Assertion"), "{document}");
        let (_, second) = status.codes();
        for library in LIBRARIES {
            let said = ask(&mut peers, library, &document, (false, false), Some(REQUEST));
            let why = said["refused"].as_str().unwrap();
            assert!(why.contains("It does not go. <&>"), "{library} {status:?}: {why}");
            // One of them names only the first code.
            assert!(why.contains(known) || (library == "python3-saml" && second.is_some()), "{library} {status:?}: {why}");
        }
    }
    let plain = response(now).error(Status::NoPassive, None, &Signing::both(&P256.pair)).unwrap();
    assert!(!plain.contains("StatusMessage"));
}

#[test]
fn what_cannot_be_said_is_named() {
    let issue = |change: fn(&mut Response, &mut Assertion)| {
        let (mut response, mut assertion) = (response(NOW), assertion(NOW));
        change(&mut response, &mut assertion);
        response.success(&assertion, &Signing::both(&P256.pair)).unwrap_err()
    };
    let text = |what: &str, character| IssueError::Text { what: what.into(), character };
    assert_eq!(issue(|_, a| a.attributes[0].values[1] = "a\u{0}b".into()), text("the attribute ‘groups’", '\0'));
    assert_eq!(
        issue(|_, a| a.attributes[1].friendly_name = Some("\u{1b}".into())),
        text("the attribute ‘urn:oid:0.9.2342.19200300.100.1.3’", '\u{1b}')
    );
    assert_eq!(issue(|_, a| a.attributes[0].name = "\u{fffe}".into()), text("the name of an attribute", '\u{fffe}'));
    assert_eq!(issue(|_, a| a.attributes[0].name = String::new()), IssueError::Empty("the name of an attribute".into()));
    assert_eq!(issue(|_, a| a.subject.name_id.value = "\u{1}".into()), text("the NameID", '\u{1}'));
    assert_eq!(issue(|_, a| a.subject.name_id.value = String::new()), IssueError::Empty("the NameID".into()));
    assert_eq!(issue(|_, a| a.subject.name_id.name_qualifier = Some("\u{1}".into())), text("the NameID's NameQualifier", '\u{1}'));
    assert_eq!(issue(|_, a| a.audience = String::new()), IssueError::Empty("the Entity ID of the service provider".into()));
    assert_eq!(issue(|r, _| r.destination = "\u{1}".into()), text("the address of the service provider", '\u{1}'));
    assert_eq!(issue(|r, _| r.issuer = String::new()), IssueError::Empty("the Entity ID of this server".into()));
    assert_eq!(issue(|r, a| a.id = r.id.clone()), IssueError::SameId);
    for id in ["", "1a", "a b", "ü", "a:b", "#"] {
        let response = Response { id: id.into(), ..response(NOW) };
        assert_eq!(response.success(&assertion(NOW), &Signing::both(&P256.pair)), Err(IssueError::Id(id.into())));
    }
    assert_eq!(issue(|r, _| r.issued_at = i64::MAX), IssueError::Time);
    assert_eq!(issue(|_, a| a.subject.session_not_on_or_after = Some(i64::MIN)), IssueError::Time);
    assert_eq!(response(NOW).success(&assertion(NOW), &signing(&P256, false, false)), Err(IssueError::Unsigned));
    let said = issue(|_, a| a.attributes[0].values[1] = "a\u{0}b".into()).to_string();
    assert_eq!(said, "the attribute ‘groups’ has the character U+0000 in it, which XML cannot hold");
    assert!(response(NOW).error(Status::Requester, Some("\0"), &Signing::both(&P256.pair)).is_err());
}

proptest! {
    /// What is written is read back, whatever the values are; or it is refused with the name of what XML cannot hold.
    #[test]
    fn what_is_written_is_read_back(name in "\\PC{1,12}|[\\t\\n\\r<>&'\"a]{1,8}", values in prop::collection::vec(any::<String>(), 0..4), attribute in "[^\0-\\x1f]{1,8}") {
        let mut said = assertion(NOW);
        said.subject.name_id.value = name.clone();
        said.attributes = vec![Attribute { values: values.clone(), ..Attribute::basic(attribute.clone(), "") }];
        let legal = |text: &str| text.chars().all(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..));
        match response(NOW).success(&said, &Signing::both(&P256.pair)) {
            Ok(document) => {
                let parsed = roxmltree::Document::parse(&document).unwrap();
                let texts = |name: &str| parsed.descendants().filter(|n| n.tag_name().name() == name).map(|n| n.text().unwrap_or_default().to_owned()).collect::<Vec<_>>();
                prop_assert_eq!(texts("NameID"), vec![name]);
                prop_assert_eq!(texts("AttributeValue"), values);
                let node = parsed.descendants().find(|n| n.tag_name().name() == "Attribute").unwrap();
                prop_assert_eq!(node.attribute("Name"), Some(attribute.as_str()));
            }
            Err(IssueError::Text { what, character }) => {
                prop_assert!(!legal(&character.to_string()));
                let named = what == "the NameID" || what == "the name of an attribute" || what.contains(&attribute);
                prop_assert!(named, "{}", what);
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }
}
