//! Signing off, asked for and answered on both sides.

use crate::desk::{Desk, PROTOCOL};
use crate::forge::{IDP, Keys, NOW, P256, RSA, SLO, STRANGER, certificates, idp};
use crate::service_provider::{self, ENTITY_ID, ServiceProviders};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::model::sp_metadata::{Binding, EMAIL_NAME_ID, LogoutEndpoint};
use saml::logout::{LogoutMessage, LogoutOutcome, LogoutRequest, LogoutResponse, Outgoing, check_logout_request, check_logout_response};
use saml::message::MessageKind;
use saml::response::IssueError;
use saml::signature::sign;
use saml::xml::Namespace::{Saml, Samlp};
use saml::xml::write::Element;
use saml::{Here, NameId, Received, Refusal, ServiceProvider, Signed, Status};
use serde_json::{Value, json};

const NAME: &str = "josé+a&b@example.com";

fn name() -> NameId {
    NameId { value: NAME.into(), format: Some(EMAIL_NAME_ID.into()), name_qualifier: None, sp_name_qualifier: None }
}

fn endpoint(binding: Binding) -> LogoutEndpoint {
    LogoutEndpoint { binding, url: service_provider::SLO.into(), response_url: None }
}

fn message<'a>(id: &'a str, now: i64, endpoint: &'a LogoutEndpoint, keys: &'a Keys) -> LogoutMessage<'a> {
    LogoutMessage { id, issuer: IDP, endpoint, issued_at: now, relay_state: Some("a b+c&d"), key: &keys.pair }
}

fn sp() -> ServiceProvider {
    ServiceProvider { entity_id: ENTITY_ID.into(), certificates: certificates(&[&STRANGER]), ..ServiceProvider::default() }
}

fn here(now: i64) -> Here {
    Here { addresses: vec![SLO.into()], now, skew_ms: 60_000, lifetime_ms: 300_000 }
}

/// As `saml_sp.py` wants it.
fn carried(outgoing: &Outgoing) -> Value {
    match outgoing {
        Outgoing::Post(form) => {
            assert_eq!(form.action, service_provider::SLO);
            json!({"form": form.fields.iter().cloned().map(|(name, value)| (name.to_owned(), Value::from(value))).collect::<serde_json::Map<_, _>>()})
        }
        Outgoing::Redirect(address) => {
            let query = address.strip_prefix(&format!("{}?", service_provider::SLO)).unwrap();
            json!({"query": query})
        }
    }
}

fn received(answer: &Value) -> Received {
    match answer["form"].as_object() {
        Some(form) => Received::by_post(form.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap()))),
        None => Received::by_redirect(answer["query"].as_str().unwrap_or_else(|| panic!("{answer}"))),
    }
    .unwrap()
}

fn with(value: Value, more: Value) -> Value {
    let mut all = value;
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

/// What each library can do: python3-saml knows logout only by HTTP-Redirect.
const WAYS: [(&str, &str); 3] = [("python3-saml", "redirect"), ("pysaml2", "redirect"), ("pysaml2", "post")];

fn binding(name: &str) -> Binding {
    if name == "post" { Binding::HttpPost } else { Binding::HttpRedirect }
}

#[test]
fn a_service_provider_asks_and_is_answered() {
    let mut peers = ServiceProviders::start(STRANGER.made.private_key.expose(), &STRANGER.made.certificate, &idp(&RSA));
    for (library, by) in WAYS {
        let what =
            json!({"binding": by, "sign": true, "relay_state": "there", "name_id": NAME, "format": EMAIL_NAME_ID, "session_index": "_s1"});
        let asked = peers.ask(library, "logout_request", what);
        let received = received(&asked);
        assert_eq!((received.kind(), received.issuer(), received.binding()), (MessageKind::LogoutRequest, ENTITY_ID, binding(by)));
        let request = received.logout_request(&sp().certificates).unwrap();
        assert_eq!((request.root.signed, request.root.id.as_str()), (Signed::By(0), asked["id"].as_str().unwrap()), "{library} {by}");
        assert_eq!((request.name_id.value.as_str(), request.name_id.format.as_deref()), (NAME, Some(EMAIL_NAME_ID)), "{library} {by}");
        assert_eq!(
            (request.session_indexes.as_slice(), request.root.relay_state.as_deref()),
            (["_s1".to_owned()].as_slice(), Some("there"))
        );
        let seen = check_logout_request(&request, &sp(), &here(peers.now)).unwrap();
        assert!(seen.until > peers.now);
        assert_eq!(received.logout_request(&certificates(&[&P256, &RSA])).unwrap_err().code(), "saml-signature", "{library} {by}");

        let endpoint = endpoint(binding(by));
        let answer = |keys: &Keys, to: &str, status| carried(&message("_l2", peers.now, &endpoint, keys).response(to, status).unwrap());
        let good = answer(&RSA, &request.root.id, Status::Success);
        let bad = [
            answer(&P256, &request.root.id, Status::Success),
            answer(&RSA, "_other", Status::Success),
            answer(&RSA, &request.root.id, Status::Responder),
        ];
        let mut judge = |answer: Value| peers.ask(library, "read_logout_response", with(answer, json!({"request_id": request.root.id})));
        assert_eq!(judge(good), json!({"ok": true}), "{library} {by}");
        for (at, answer) in bad.into_iter().enumerate() {
            // One of them looks at no signature of an answer in an address.
            if (library, by, at) != ("pysaml2", "redirect", 0) {
                let said = judge(answer);
                assert!(said["refused"].is_string(), "{library} {by} {at}: {said}");
            }
        }
    }
}

#[test]
fn a_service_provider_is_asked_and_answers() {
    let mut peers = ServiceProviders::start(STRANGER.made.private_key.expose(), &STRANGER.made.certificate, &idp(&RSA));
    for (library, by) in WAYS {
        let endpoint = endpoint(binding(by));
        let asked = message("_l1", peers.now, &endpoint, &RSA).request(&name(), Some("_s1"), 5).unwrap();
        let answer =
            peers.ask(library, "read_logout_request", with(carried(&asked), json!({"sign": true, "binding": by, "relay_state": "back"})));
        assert!(answer["refused"].is_null(), "{library} {by}: {answer}");
        if library == "pysaml2" {
            assert_eq!(answer["name_id"], NAME);
        }
        let received = received(&answer);
        assert_eq!((received.kind(), received.issuer()), (MessageKind::LogoutResponse, ENTITY_ID));
        let response = received.logout_response(&sp().certificates).unwrap();
        let outcome = |sp: &ServiceProvider, request: &str| check_logout_response(&response, sp, &here(peers.now), request);
        assert_eq!(outcome(&sp(), "_l1"), Ok(LogoutOutcome::Done), "{library} {by}");
        assert_eq!(outcome(&sp(), "_l9"), Err(Refusal::OtherRequest(ENTITY_ID.into())));

        let forged = message("_l1", peers.now, &endpoint, &P256).request(&name(), None, 5).unwrap();
        let said = peers.ask(library, "read_logout_request", with(carried(&forged), json!({"sign": true, "binding": by})));
        // One of them takes messages in addresses without looking at their signature.
        assert!(said["refused"].is_string() || (library, by) == ("pysaml2", "redirect"), "{library} {by}: {said}");
    }
}

fn element(name: &'static str) -> Element {
    Element::new(Samlp, name)
        .with("ID", "_1")
        .with("Version", "2.0")
        .with("IssueInstant", "2026-11-23T22:58:46Z")
        .with("Destination", SLO)
        .child(Element::new(Saml, "Issuer").text(ENTITY_ID))
}

fn request() -> Element {
    element("LogoutRequest").child(Element::new(Saml, "NameID").text(NAME))
}

fn posted(element: Element, parameter: &str) -> Received {
    let document = sign(element, 1, &STRANGER.pair).unwrap().document().unwrap();
    Received::by_post([(parameter, STANDARD.encode(document).as_str())]).unwrap()
}

fn read_request(element: Element) -> Result<LogoutRequest, Refusal> {
    posted(element, "SAMLRequest").logout_request(&sp().certificates)
}

fn read_response(element: Element) -> Result<LogoutResponse, Refusal> {
    posted(element, "SAMLResponse").logout_response(&sp().certificates)
}

#[test]
fn nobody_is_signed_off_on_the_word_of_anybody() {
    let judge =
        |request: &LogoutRequest, sp: &ServiceProvider| check_logout_request(request, sp, &here(NOW)).map_err(|refusal| refusal.code());
    let good = read_request(request()).unwrap();
    assert!(judge(&good, &sp()).is_ok());
    let changed = |change: fn(&mut LogoutRequest)| {
        let mut request = good.clone();
        change(&mut request);
        judge(&request, &sp()).unwrap_err()
    };
    // Whatever the connection says of requests to sign on.
    assert!(!sp().requires_signed_requests);
    assert_eq!(changed(|r| r.root.signed = Signed::No), "saml-signature");
    assert_eq!(changed(|r| r.root.signed = Signed::Unchecked), "saml-signature");
    assert_eq!(changed(|r| r.root.issuer = "urn:other".into()), "saml-issuer");
    assert_eq!(changed(|r| r.root.destination = None), "saml-destination");
    assert_eq!(changed(|r| r.root.issue_instant -= 360_001), "saml-time");
    assert_eq!(changed(|r| r.root.version = "1.1".into()), "saml-request");
    assert_eq!(changed(|r| r.not_on_or_after = Some(NOW - 60_000)), "saml-time");
    let mut later = good.clone();
    later.not_on_or_after = Some(NOW - 59_999);
    assert!(judge(&later, &sp()).is_ok(), "clocks differ");

    let refused = |element: Element| read_request(element).unwrap_err().to_string();
    assert!(refused(element("LogoutRequest")).contains("no NameID"));
    assert!(refused(element("LogoutRequest").child(Element::new(Saml, "EncryptedID"))).contains("no NameID that can be read"));
    assert!(refused(request().child(Element::new(Saml, "NameID").text("b"))).contains("more than one NameID"));
    assert!(refused(request().all((0..101).map(|n| Element::new(Samlp, "SessionIndex").text(n.to_string())))).contains("more than 100"));
    assert!(refused(request().with("NotOnOrAfter", "soon")).contains("NotOnOrAfter ‘soon’"));
    // One message is not taken for another.
    let logout = posted(request(), "SAMLRequest");
    assert_eq!(logout.authn_request(&[]).unwrap_err(), Refusal::OtherMessage("LogoutRequest".into()));
    assert_eq!(logout.logout_response(&[]).unwrap_err(), Refusal::OtherMessage("LogoutRequest".into()));
    let document = request().document().unwrap();
    assert!(matches!(Received::by_post([("SAMLResponse", STANDARD.encode(document).as_str())]), Err(Refusal::OtherMessage(_))));
}

#[test]
fn how_it_went_is_understood() {
    let code = |value: &str| Element::new(Samlp, "StatusCode").with("Value", format!("urn:oasis:names:tc:SAML:2.0:status:{value}"));
    let response = |code: Element, message: Option<&str>| {
        let status = Element::new(Samlp, "Status").child(code).all(message.map(|text| Element::new(Samlp, "StatusMessage").text(text)));
        element("LogoutResponse").with("InResponseTo", "_l1").child(status)
    };
    let outcome = |element: Element| check_logout_response(&read_response(element).unwrap(), &sp(), &here(NOW), "_l1");
    assert_eq!(outcome(response(code("Success"), None)), Ok(LogoutOutcome::Done));
    assert_eq!(outcome(response(code("Success").child(code("PartialLogout")), None)), Ok(LogoutOutcome::Partial));
    let failed = outcome(response(code("Responder").child(code("Success")), Some("no\u{a0}way")));
    let Ok(LogoutOutcome::Failed(why)) = failed else { panic!("{failed:?}") };
    assert!(why.contains(":Responder, urn:") && why.ends_with("no\u{a0}way"), "{why}");
    let other = element("LogoutResponse").child(Element::new(Samlp, "Status").child(code("Success")));
    assert_eq!(outcome(other), Err(Refusal::OtherRequest(ENTITY_ID.into())));
    let mut unsigned = read_response(response(code("Success"), None)).unwrap();
    unsigned.root.signed = Signed::No;
    assert_eq!(check_logout_response(&unsigned, &sp(), &here(NOW), "_l1"), Err(Refusal::Unsigned(ENTITY_ID.into())));
    for (broken, why) in [
        (element("LogoutResponse"), "no Status"),
        (element("LogoutResponse").child(Element::new(Samlp, "Status")), "no StatusCode"),
        (element("LogoutResponse").child(Element::new(Samlp, "Status").child(Element::new(Samlp, "StatusCode"))), "no Value"),
    ] {
        let refusal = read_response(broken).unwrap_err();
        assert!(refusal.to_string().contains(why), "{refusal}");
    }
}

#[test]
fn what_is_sent_is_valid_and_goes_where_it_is_said() {
    let desk = Desk::new();
    let post = endpoint(Binding::HttpPost);
    let document = |outgoing: Outgoing| match outgoing {
        Outgoing::Post(form) => String::from_utf8(STANDARD.decode(&form.fields[0].1).unwrap()).unwrap(),
        Outgoing::Redirect(address) => panic!("{address}"),
    };
    let asked = document(message("_l1", NOW, &post, &P256).request(&name(), Some("_s1"), 5).unwrap());
    desk.validate(PROTOCOL, &asked);
    assert!(desk.verifies("samlp:LogoutRequest", &asked, &P256.made.certificate), "{asked}");
    assert!(asked.contains("NotOnOrAfter=\"2026-11-23T23:03:46Z\"") && asked.contains("<samlp:SessionIndex>_s1<"), "{asked}");
    for status in [Status::Success, Status::PartialLogout, Status::UnknownPrincipal] {
        let answered = document(message("_l2", NOW, &post, &P256).response("_q", status).unwrap());
        desk.validate(PROTOCOL, &answered);
        assert!(desk.verifies("samlp:LogoutResponse", &answered, &P256.made.certificate), "{answered}");
    }

    let elsewhere = LogoutEndpoint { response_url: Some("https://sp.example.com/done?a=b".into()), ..endpoint(Binding::HttpRedirect) };
    let sent = |outgoing| match outgoing {
        Ok(Outgoing::Redirect(address)) => address,
        other => panic!("{other:?}"),
    };
    let answer = sent(message("_l2", NOW, &elsewhere, &P256).response("_q", Status::Success));
    assert!(answer.starts_with("https://sp.example.com/done?a=b&SAMLResponse="), "{answer}");
    assert!(answer.contains("&RelayState=a+b%2Bc%26d&SigAlg="), "{answer}");
    let question = sent(message("_l1", NOW, &elsewhere, &P256).request(&name(), None, 5));
    assert!(question.starts_with("https://sp.example.com/slo?SAMLRequest="), "{question}");
    // What is written is read: as if this were the other side.
    let read = Received::by_redirect(question.split_once('?').unwrap().1).unwrap();
    let read = read.logout_request(&certificates(&[&P256])).unwrap();
    assert_eq!((read.root.signed, read.root.issuer.as_str(), read.name_id), (Signed::By(0), IDP, name()));
    assert_eq!(read.root.destination.as_deref(), Some(service_provider::SLO));
    let read = Received::by_redirect(answer.split_once('?').unwrap().1).unwrap().logout_response(&certificates(&[&P256])).unwrap();
    assert_eq!((read.root.destination.as_deref(), read.in_response_to.as_deref()), (Some("https://sp.example.com/done?a=b"), Some("_q")));

    for other in [Binding::Soap, Binding::HttpArtifact, Binding::Paos] {
        let endpoint = endpoint(other);
        assert_eq!(message("_l1", NOW, &endpoint, &P256).request(&name(), None, 5), Err(IssueError::Binding));
    }
    let illegal = NameId { value: "\u{1}".into(), ..name() };
    assert!(matches!(message("_l1", NOW, &post, &P256).request(&illegal, None, 5), Err(IssueError::Text { .. })));
    assert_eq!(message("1", NOW, &post, &P256).request(&name(), None, 5), Err(IssueError::Id("1".into())));
    // By HTTP-POST where both are offered.
    let both = ServiceProvider { logout: vec![endpoint(Binding::Soap), endpoint(Binding::HttpRedirect), post.clone()], ..sp() };
    assert_eq!(both.logout_endpoint(), Some(&post));
    let one = ServiceProvider { logout: vec![endpoint(Binding::Soap), endpoint(Binding::HttpRedirect)], ..sp() };
    assert_eq!(one.logout_endpoint(), Some(&endpoint(Binding::HttpRedirect)));
    assert_eq!(ServiceProvider { logout: vec![endpoint(Binding::Soap)], ..sp() }.logout_endpoint(), None);
}
