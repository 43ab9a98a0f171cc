//! What becomes of requests: those that are answered, and each that is refused.

use super::{ACS, EMAIL, ENTITY_ID, INGRID, Idp, OTHER_ACS, Posted, Request, TOBIAS, arrive, fill, post, post_fields, refused};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

#[tokio::test]
async fn a_request_becomes_a_signed_answer() {
    let idp = Idp::open().await;
    let mut b = idp.house.visitor();
    let request = idp.request();
    let page = arrive(&mut b, &request).await;
    for words in ["autocomplete=\"username\"", "autocomplete=\"current-password\"", "<label", "required"] {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert!(!page.contains("<script"), "the form needs no script");

    let answer = fill(&mut b, &page, &TOBIAS.to_uppercase(), &idp.password).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'nonce-") && !policy.contains("form-action"), "{policy}");
    assert_eq!(answer.header("cache-control"), "no-store");
    let posted = Posted::of(&answer.body);
    assert_eq!((posted.action.as_str(), posted.relay_state.as_deref()), (ACS, Some("where-to")));
    assert_eq!(posted.status(), ["Success"]);
    assert_eq!(posted.text("NameID"), TOBIAS, "as the directory spells it");
    assert_eq!(posted.attribute("NameID", "Format").as_deref(), Some(EMAIL));
    assert_eq!(posted.text("Audience"), ENTITY_ID);
    assert_eq!(posted.text("Issuer"), format!("http://{}/idp/metadata", idp.house.address));
    for (element, attribute, wanted) in [
        ("Response", "Destination", ACS),
        ("Response", "InResponseTo", request.id.as_str()),
        ("SubjectConfirmationData", "Recipient", ACS),
        ("SubjectConfirmationData", "InResponseTo", &request.id),
    ] {
        assert_eq!(posted.attribute(element, attribute).as_deref(), Some(wanted), "{element} {attribute}");
    }
    assert!(posted.text("AuthnContextClassRef").ends_with(":PasswordProtectedTransport"));
    let time = |name: &str| posted.attribute("Conditions", name).unwrap().parse::<Timestamp>().unwrap();
    let issued = posted.attribute("Assertion", "IssueInstant").unwrap().parse::<Timestamp>().unwrap();
    assert_eq!(issued.duration_since(time("NotBefore")).as_secs(), 300);
    assert_eq!(time("NotOnOrAfter").duration_since(issued).as_secs(), 300);
    assert_eq!(posted.signatures(&idp.certificate().await), 2, "assertion and response are signed");
    idp.stop().await;
}

#[tokio::test]
async fn answers_go_to_stored_addresses_only() {
    let idp = Idp::open().await;
    let mut b = idp.house.visitor();
    let by_url = idp.request().with(&format!(" AssertionConsumerServiceURL=\"{OTHER_ACS}\""), "");
    assert_eq!(idp.sign_on(&mut b, &by_url, TOBIAS, &idp.password).await.action, OTHER_ACS);
    let by_index = idp.request().with(" AssertionConsumerServiceIndex=\"3\"", "");
    let posted = idp.sign_on(&mut b, &by_index, TOBIAS, &idp.password).await;
    assert!(posted.action.starts_with("https://eu-west-1.sso.signin.aws/"), "{}", posted.action);
    for foreign in [
        " AssertionConsumerServiceURL=\"https://evil.example/acs\"",
        " AssertionConsumerServiceURL=\"https://us-east-1.sso.signin.aws/platform/saml/acs/4455422d84a27c9f/\"",
        " AssertionConsumerServiceIndex=\"9\"",
    ] {
        refused(&post(&mut b, &idp.request().with(foreign, "")).await, "saml-request");
    }
    // An address that is taken out while somebody looks for their password gets nothing either.
    let page = arrive(&mut b, &by_url.clone_anew()).await;
    idp.change(|connection| connection.browser_sso.protocol.consumers.retain(|consumer| consumer.url != OTHER_ACS)).await;
    refused(&fill(&mut b, &page, TOBIAS, &idp.password).await, "saml-request");
    idp.stop().await;
}

#[tokio::test]
async fn what_is_not_right_is_refused_with_a_code() {
    let idp = Idp::open().await;
    let mut b = idp.house.visitor();
    let good = || idp.request();
    for (what, request, code) in [
        ("unknown issuer", Request { issuer: "https://evil.example".into(), ..good() }, "saml-issuer"),
        ("wrong destination", Request { destination: Some("https://other.example/idp/SSO.saml2".into()), ..good() }, "saml-destination"),
        ("stale", Request { issued_in: -601, ..good() }, "saml-time"),
        ("of a time to come", Request { issued_in: 301, ..good() }, "saml-time"),
        ("no ID", Request { id: String::new(), ..good() }, "saml-message"),
        ("other version", good().with("", "<!DOCTYPE a>"), "saml-message"),
    ] {
        let answer = post(&mut b, &request).await;
        assert_eq!(answer.location(), "", "{what}");
        refused(&answer, code);
    }
    for (fields, code) in [
        (vec![], "saml-message"),
        (vec![("SAMLRequest", "%%%")], "saml-message"),
        (vec![("SAMLRequest", "YWJj"), ("SAMLRequest", "YWJj")], "saml-message"),
        (vec![("SAMLResponse", "YWJj")], "saml-message"),
    ] {
        refused(&post_fields(&mut b, "/idp/SSO.saml2", &fields).await, code);
    }
    refused(&b.get("/idp/SSO.saml2").await, "saml-message");
    refused(&b.get("/idp/SSO.saml2?SAMLRequest=AAAA").await, "saml-message");
    let long = "A".repeat(200 * 1024);
    refused(&post_fields(&mut b, "/idp/SSO.saml2", &[("SAMLRequest", &long)]).await, "saml-message");
    let longer = "A".repeat(400 * 1024);
    assert!((400..500).contains(&post_fields(&mut b, "/idp/SSO.saml2", &[("SAMLRequest", &longer)]).await.status));

    idp.change(|connection| connection.browser_sso.protocol.allow_post = false).await;
    refused(&post(&mut b, &good()).await, "saml-request");
    idp.change(|connection| (connection.browser_sso.protocol.allow_post, connection.browser_sso.profiles.sp_sso) = (true, false)).await;
    refused(&post(&mut b, &good()).await, "saml-request");
    idp.change(|connection| connection.browser_sso.protocol.require_signed_requests = true).await;
    idp.change(|connection| connection.browser_sso.profiles.sp_sso = true).await;
    refused(&post(&mut b, &good()).await, "saml-signature");
    idp.change(|connection| connection.enabled = false).await;
    refused(&post(&mut b, &good()).await, "saml-issuer");
    idp.stop().await;
}

#[tokio::test]
async fn a_request_is_answered_once() {
    let idp = Idp::open().await;
    let mut b = idp.house.visitor();
    let request = idp.request();
    let page = arrive(&mut b, &request).await;
    let again = arrive(&mut b, &request).await;
    assert_eq!(fill(&mut b, &page, TOBIAS, &idp.password).await.status, 200);
    refused(&fill(&mut b, &again, TOBIAS, &idp.password).await, "saml-replay");
    refused(&fill(&mut b, &page, TOBIAS, &idp.password).await, "saml-replay");
    refused(&post(&mut b, &request).await, "saml-replay");
    idp.stop().await;
}

#[tokio::test]
async fn a_signed_request_by_redirect_is_verified() {
    let idp = Idp::open().await;
    let mut b = idp.house.visitor();
    let made = |days| keys::make(&subject(), domain::model::signing_key::KeyAlgorithm::Rsa2048, server::clock::now(), days).unwrap();
    let (own, foreign) = (made(30), made(30));
    let der = keys::read_certificates(own.certificate.as_bytes()).unwrap().remove(0);
    idp.change(|connection| {
        connection.browser_sso.protocol.require_signed_requests = true;
        let certificate = domain::model::credentials::VerificationCertificate {
            der: STANDARD.encode(der),
            subject: "CN=sp".into(),
            not_after: 0,
            ends_on: String::new(),
        };
        connection.credentials.verification = vec![certificate];
    })
    .await;
    let address = |made: &keys::Made, request: &Request| {
        let pair = keys::SigningPair::load(&made.private_key, &made.certificate).unwrap();
        saml::send::redirect("/idp/SSO.saml2", saml::send::Parameter::Request, &request.xml(), Some("state & more"), &pair).unwrap()
    };
    let answer = b.get(&address(&own, &idp.request())).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let page = b.page(answer.location()).await;
    let posted = Posted::of(&fill(&mut b, &page, INGRID, &idp.password).await.body);
    assert_eq!((posted.text("NameID").as_str(), posted.relay_state.as_deref()), (INGRID, Some("state & more")));

    refused(&b.get(&address(&foreign, &idp.request())).await, "saml-signature");
    let changed = address(&own, &idp.request()).replace("RelayState=state", "RelayState=stale");
    refused(&b.get(&changed).await, "saml-signature");
    let mut nowhere = idp.request();
    nowhere.destination = None;
    refused(&b.get(&address(&own, &nowhere)).await, "saml-destination");
    idp.change(|connection| connection.browser_sso.protocol.allow_redirect = false).await;
    refused(&b.get(&address(&own, &idp.request())).await, "saml-request");
    idp.stop().await;
}

fn subject() -> domain::model::signing_key::Subject {
    domain::model::signing_key::Subject { common_name: "sp.example".into(), ..Default::default() }
}

#[tokio::test]
async fn what_cannot_be_met_is_answered_with_an_error() {
    let idp = Idp::open().await;
    let mut b = idp.house.visitor();
    let saml = "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"";
    let context = format!(
        "<samlp:RequestedAuthnContext><saml:AuthnContextClassRef {saml}>urn:oasis:names:tc:SAML:2.0:ac:classes:X509</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>"
    );
    let format = "<samlp:NameIDPolicy Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:transient\"/>";
    for (more, inner, status) in [
        ("", context.as_str(), ["Responder", "NoAuthnContext"]),
        ("", format, ["Requester", "InvalidNameIDPolicy"]),
        (" ForceAuthn=\"true\" IsPassive=\"true\"", "", ["Responder", "NoPassive"]),
    ] {
        let request = idp.request().with(more, inner);
        let posted = Posted::of(&post(&mut b, &request).await.body);
        assert_eq!(posted.status(), status);
        assert_eq!(posted.attribute("Response", "InResponseTo").as_deref(), Some(request.id.as_str()));
        assert_eq!(posted.signatures(&idp.certificate().await), 1);
        assert_eq!(posted.relay_state.as_deref(), Some("where-to"));
    }
    // Nobody is signed on, and nobody may be asked.
    let request = idp.request().with(" IsPassive=\"1\"", "");
    let answer = post(&mut b, &request).await;
    let posted = Posted::of(&b.page(answer.location()).await);
    assert_eq!(posted.status(), ["Responder", "NoPassive"]);

    let wanted = |name: &str| format!("<saml:Subject {saml}><saml:NameID>{name}</saml:NameID></saml:Subject>");
    let posted = idp.sign_on(&mut b, &idp.request().with("", &wanted(INGRID)), TOBIAS, &idp.password).await;
    assert_eq!(posted.status(), ["Responder", "UnknownPrincipal"], "somebody else signed on");
    let posted = idp.sign_on(&mut b, &idp.request().with("", &wanted(TOBIAS)), TOBIAS, &idp.password).await;
    assert_eq!(posted.status(), ["Success"]);
    // A name is read across a comment, and not up to it.
    let longer = wanted(&format!("{TOBIAS}<!-- -->.evil.example"));
    let posted = idp.sign_on(&mut b, &idp.request().with("", &longer), TOBIAS, &idp.password).await;
    assert_eq!(posted.status(), ["Responder", "UnknownPrincipal"]);
    let split = wanted(&TOBIAS.replace('@', "<!-- -->@"));
    let posted = idp.sign_on(&mut b, &idp.request().with("", &split), TOBIAS, &idp.password).await;
    assert_eq!(posted.status(), ["Success"]);
    idp.stop().await;
}

#[tokio::test]
async fn a_link_signs_on_without_a_request() {
    let idp = Idp::open().await;
    let mut b = idp.house.visitor();
    let query = |pairs: &[(&str, &str)]| {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        format!("/idp/startSSO.ping?{query}")
    };
    let answer = b.get(&query(&[("PartnerSpId", ENTITY_ID), ("TargetResource", "https://console.aws.amazon.com/")])).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let page = b.page(answer.location()).await;
    let posted = Posted::of(&fill(&mut b, &page, TOBIAS, &idp.password).await.body);
    assert_eq!((posted.action.as_str(), posted.relay_state.as_deref()), (ACS, Some("https://console.aws.amazon.com/")));
    assert_eq!(posted.attribute("Response", "InResponseTo"), None);
    assert_eq!(posted.text("NameID"), TOBIAS);
    refused(&b.get(&query(&[("PartnerSpId", "https://evil.example")])).await, "saml-issuer");
    refused(&b.get("/idp/startSSO.ping").await, "saml-issuer");
    refused(&b.get(&query(&[("PartnerSpId", ENTITY_ID), ("ACSIdx", "77")])).await, "saml-request");
    refused(&b.get(&query(&[("PartnerSpId", ENTITY_ID), ("TargetResource", &"x".repeat(5000))])).await, "saml-message");
    idp.change(|connection| connection.browser_sso.profiles.idp_sso = false).await;
    refused(&b.get(&query(&[("PartnerSpId", ENTITY_ID)])).await, "saml-request");
    idp.stop().await;
}

impl Request {
    /// The same with another ID.
    fn clone_anew(&self) -> Self {
        Self { id: Request::default().id, ..self.clone() }
    }
}
