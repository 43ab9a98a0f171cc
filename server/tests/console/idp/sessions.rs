//! Who is remembered, for whom, and how they sign off again.

use super::{ACS, ENTITY_ID, INGRID, Idp, Posted, Request, TOBIAS, arrive, fill, post, post_fields, refused};
use crate::browser::{Answer, Browser};
use crate::form::Form;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::model::credentials::VerificationCertificate;
use domain::model::idp_adapter::SessionState;
use domain::model::sp_metadata::{Binding, LogoutEndpoint};
use jiff::Timestamp;
use keys::{Made, SigningPair};
use saml::send::Parameter;

const SLO: &str = "https://us-east-1.signin.aws/platform/saml/logout";

/// Posts a request and answers what the way on shows.
async fn follow(b: &mut Browser, request: &Request) -> Answer {
    let answer = post(b, request).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let to = answer.location().to_owned();
    b.get(&to).await
}

fn asks(answer: &Answer) -> bool {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body.contains("name=\"password\"")
}

async fn remembering() -> Idp {
    let idp = Idp::open().await;
    idp.change_adapter(|adapter| adapter.form.session_state = SessionState::Globally).await;
    idp
}

#[tokio::test]
async fn nobody_is_remembered_unless_the_adapter_says_so() {
    let idp = Idp::open().await;
    let mut b = idp.house.visitor();
    assert_eq!(idp.sign_on(&mut b, &idp.request(), TOBIAS, &idp.password).await.status(), ["Success"]);
    assert!(asks(&follow(&mut b, &idp.request()).await), "Session State is None");

    for state in [SessionState::PerAdapter, SessionState::Globally] {
        idp.change_adapter(|adapter| adapter.form.session_state = state).await;
        let mut b = idp.house.visitor();
        let first = idp.sign_on(&mut b, &idp.request(), TOBIAS, &idp.password).await;
        let request = idp.request();
        let again = Posted::of(&follow(&mut b, &request).await.body);
        assert_eq!((again.status(), again.text("NameID")), (vec!["Success".to_owned()], TOBIAS.to_owned()));
        assert_eq!(again.attribute("Response", "InResponseTo").as_deref(), Some(request.id.as_str()));
        for same in [("AuthnStatement", "AuthnInstant"), ("AuthnStatement", "SessionIndex")] {
            assert_eq!(again.attribute(same.0, same.1), first.attribute(same.0, same.1), "{same:?}");
        }
        assert!(asks(&follow(&mut idp.house.visitor(), &idp.request()).await), "another browser is another person");
    }
    idp.stop().await;
}

#[tokio::test]
async fn a_session_does_only_where_it_may() {
    let idp = remembering().await;
    let mut b = idp.house.visitor();
    let first = idp.sign_on(&mut b, &idp.request(), TOBIAS, &idp.password).await;
    let cookie = b.cookies["towpath_sso"].clone();
    // Nobody is asked, and nobody needs to be.
    let passive = Posted::of(&follow(&mut b, &idp.request().with(" IsPassive=\"true\"", "")).await.body);
    assert_eq!(passive.status(), ["Success"]);
    // The service provider wants it proved once more.
    let forced = idp.request().with(" ForceAuthn=\"true\"", "");
    let page = arrive(&mut b, &forced).await;
    let again = Posted::of(&fill(&mut b, &page, TOBIAS, &idp.password).await.body);
    assert_eq!(again.attribute("Response", "InResponseTo").as_deref(), Some(forced.id.as_str()));
    assert!(again.attribute("AuthnStatement", "AuthnInstant") >= first.attribute("AuthnStatement", "AuthnInstant"));
    assert_ne!(b.cookies["towpath_sso"], cookie, "who knew the old cookie knows nothing");
    let mut thief = idp.house.visitor();
    thief.cookies.insert("towpath_sso".into(), cookie);
    assert!(asks(&follow(&mut thief, &idp.request()).await));
    // Somebody else is wanted than who is signed on.
    let subject = |name: &str| {
        format!("<saml:Subject xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"><saml:NameID>{name}</saml:NameID></saml:Subject>")
    };
    assert!(asks(&follow(&mut b, &idp.request().with("", &subject(INGRID))).await));
    let passive = follow(&mut b, &idp.request().with(" IsPassive=\"true\"", &subject(INGRID))).await;
    assert_eq!(Posted::of(&passive.body).status(), ["Responder", "NoPassive"]);
    let right = follow(&mut b, &idp.request().with("", &subject(TOBIAS))).await;
    assert_eq!(Posted::of(&right.body).status(), ["Success"]);
    // A request is answered once, by a session as well.
    let request = idp.request();
    let answer = post(&mut b, &request).await;
    let to = answer.location().to_owned();
    assert_eq!(b.get(&to).await.status, 200);
    refused(&b.get(&to).await, "saml-replay");
    // Somebody else takes the browser over.
    let page = arrive(&mut b, &idp.request().with(" ForceAuthn=\"true\"", "")).await;
    fill(&mut b, &page, INGRID, &idp.password).await;
    assert_eq!(Posted::of(&follow(&mut b, &idp.request()).await.body).text("NameID"), INGRID);
    // It ends without use.
    let mut tx = idp.house.store.begin().await.unwrap();
    assert!(tx.delete_expired_sso_sessions(server::clock::now() + 61 * 60_000).await.unwrap() >= 1);
    tx.commit().await.unwrap();
    assert!(asks(&follow(&mut b, &idp.request()).await));
    idp.stop().await;
}

#[tokio::test]
async fn a_username_is_remembered_on_request() {
    let idp = Idp::open().await;
    let mut b = idp.house.visitor();
    assert!(!arrive(&mut b, &idp.request()).await.contains("Remember my username"));
    idp.change_adapter(|adapter| {
        adapter.form.remember_username = true;
        adapter.form.login_title = "Canal <Works>".into();
        adapter.form.login_text = "Ask the lock keeper & be patient.".into();
    })
    .await;
    let page = arrive(&mut b, &idp.request()).await;
    for words in ["Remember my username", "Canal &lt;Works&gt;", "Ask the lock keeper &amp; be patient."] {
        assert!(page.contains(words), "{words} in {page}");
    }
    let mut form = Form::of(&page, "/idp/sign-on");
    for (name, value) in [("username", TOBIAS), ("password", &idp.password), ("remember", "on")] {
        form.fill(name, value);
    }
    let fields: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = b.post(&form.action, &fields).await;
    assert_eq!(Posted::of(&answer.body).status(), ["Success"]);
    let page = arrive(&mut b, &idp.request()).await;
    assert!(page.contains(&format!("value=\"{TOBIAS}\"")) && page.contains("checked"), "{page}");
    // Unticked it is forgotten.
    let mut form = Form::of(&page, "/idp/sign-on");
    form.fill("password", &idp.password);
    form.fill("remember", "");
    let fields: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    b.post(&form.action, &fields).await;
    assert!(!arrive(&mut b, &idp.request()).await.contains(TOBIAS));
    idp.stop().await;
}

/// The service provider's end of a logout.
struct Partner {
    key: Made,
}

impl Partner {
    /// With Single Logout in the connection.
    async fn of(idp: &Idp) -> Self {
        let subject = domain::model::signing_key::Subject { common_name: "sp.example".into(), ..Default::default() };
        let algorithm = domain::model::signing_key::KeyAlgorithm::EcP256;
        let key = keys::make(&subject, algorithm, server::clock::now(), 30).unwrap();
        let der = keys::read_certificates(key.certificate.as_bytes()).unwrap().remove(0);
        idp.change(|connection| {
            let sso = &mut connection.browser_sso;
            (sso.profiles.idp_slo, sso.profiles.sp_slo) = (true, true);
            sso.protocol.logout = vec![LogoutEndpoint { binding: Binding::HttpRedirect, url: SLO.into(), response_url: None }];
            let subject = "CN=sp.example".to_owned();
            let der = STANDARD.encode(der);
            connection.credentials.verification = vec![VerificationCertificate { der, subject, not_after: 0, ends_on: String::new() }];
        })
        .await;
        Self { key }
    }

    fn pair(&self) -> SigningPair {
        SigningPair::load(&self.key.private_key, &self.key.certificate).unwrap()
    }

    fn root(&self, idp: &Idp, element: &str, more: &str, inner: &str) -> String {
        let id = Request::default().id;
        let (now, to) =
            (Timestamp::from_second(Timestamp::now().as_second()).unwrap(), format!("http://{}/idp/SLO.saml2", idp.house.address));
        format!(
            "<samlp:{element} xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" \
             ID=\"{id}\" Version=\"2.0\" IssueInstant=\"{now}\" Destination=\"{to}\"{more}><saml:Issuer>{ENTITY_ID}</saml:Issuer>{inner}</samlp:{element}>"
        )
    }

    /// A request to sign somebody off, as an address.
    fn request(&self, idp: &Idp, name: &str, index: Option<&str>) -> String {
        let index = index.map(|index| format!("<samlp:SessionIndex>{index}</samlp:SessionIndex>")).unwrap_or_default();
        let xml = self.root(idp, "LogoutRequest", "", &format!("<saml:NameID>{name}</saml:NameID>{index}"));
        saml::send::redirect("/idp/SLO.saml2", Parameter::Request, &xml, Some("mine"), &self.pair()).unwrap()
    }

    /// The answer to a request, as an address.
    fn response(&self, idp: &Idp, request: &str, relay_state: &str, status: &str) -> String {
        let status = format!("<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:{status}\"/></samlp:Status>");
        let xml = self.root(idp, "LogoutResponse", &format!(" InResponseTo=\"{request}\""), &status);
        saml::send::redirect("/idp/SLO.saml2", Parameter::Response, &xml, Some(relay_state), &self.pair()).unwrap()
    }
}

/// The message in an address: its XML and its relay state.
fn message(address: &str) -> (String, String) {
    use std::io::Read as _;
    assert!(address.starts_with(SLO), "{address}");
    let pairs: Vec<(String, String)> = url::Url::parse(address).unwrap().query_pairs().into_owned().collect();
    let get = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default();
    let encoded = if get("SAMLRequest").is_empty() { get("SAMLResponse") } else { get("SAMLRequest") };
    let mut xml = String::new();
    flate2::read::DeflateDecoder::new(STANDARD.decode(encoded).unwrap().as_slice()).read_to_string(&mut xml).unwrap();
    assert!(!get("Signature").is_empty(), "logout messages are signed");
    (xml, get("RelayState"))
}

fn value(xml: &str, name: &str) -> String {
    xml.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_service_provider_signs_somebody_off() {
    let idp = remembering().await;
    let partner = Partner::of(&idp).await;
    let mut b = idp.house.visitor();
    let posted = idp.sign_on(&mut b, &idp.request(), TOBIAS, &idp.password).await;
    let index = posted.attribute("AuthnStatement", "SessionIndex").unwrap();
    // Not signed, or about another session.
    let unsigned = partner.root(&idp, "LogoutRequest", "", &format!("<saml:NameID>{TOBIAS}</saml:NameID>"));
    refused(&post_fields(&mut b, "/idp/SLO.saml2", &[("SAMLRequest", &STANDARD.encode(unsigned))]).await, "saml-signature");
    let answer = b.get(&partner.request(&idp, TOBIAS, Some("_another"))).await;
    assert!(message(answer.location()).0.contains("status:Success"));
    assert_eq!(Posted::of(&follow(&mut b, &idp.request()).await.body).status(), ["Success"], "still signed on");

    let request = partner.request(&idp, TOBIAS, Some(&index));
    let answer = b.get(&request).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let (xml, relay_state) = message(answer.location());
    assert!(xml.contains("LogoutResponse") && xml.contains("status:Success") && !xml.contains("PartialLogout"), "{xml}");
    assert_eq!(relay_state, "mine");
    assert!(asks(&follow(&mut b, &idp.request()).await), "signed off");
    refused(&b.get(&request).await, "saml-replay");
    // Without an index, from all sessions of this person.
    idp.sign_on(&mut b, &idp.request(), TOBIAS, &idp.password).await;
    b.get(&partner.request(&idp, TOBIAS, None)).await;
    assert!(asks(&follow(&mut b, &idp.request()).await));
    idp.change(|connection| connection.browser_sso.profiles.sp_slo = false).await;
    refused(&b.get(&partner.request(&idp, TOBIAS, None)).await, "saml-request");
    idp.change(|connection| connection.browser_sso.profiles.sp_slo = true).await;
    idp.change(|connection| connection.browser_sso.protocol.allow_redirect = false).await;
    refused(&b.get(&partner.request(&idp, TOBIAS, None)).await, "saml-request");
    idp.stop().await;
}

#[tokio::test]
async fn a_link_signs_off_here_and_at_the_service_provider() {
    let idp = remembering().await;
    let partner = Partner::of(&idp).await;
    let mut b = idp.house.visitor();
    idp.sign_on(&mut b, &idp.request(), TOBIAS, &idp.password).await;
    let start = |target: &str| {
        format!("/idp/startSLO.ping?TargetResource={}", url::form_urlencoded::byte_serialize(target.as_bytes()).collect::<String>())
    };
    let answer = b.get(&start(&format!("{ACS}/bye"))).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let (xml, relay_state) = message(answer.location());
    assert!(xml.contains("LogoutRequest") && xml.contains(TOBIAS) && xml.contains("SessionIndex"), "{xml}");
    assert!(asks(&follow(&mut b, &idp.request()).await), "signed off here already");

    let request = value(&xml, "ID");
    refused(&b.get(&partner.response(&idp, "_another", &relay_state, "Success")).await, "saml-request");
    refused(&b.get(&partner.response(&idp, &request, "another", "Success")).await, "saml-request");
    let answer = b.get(&partner.response(&idp, &request, &relay_state, "Success")).await;
    assert_eq!((answer.status, answer.location()), (303, format!("{ACS}/bye").as_str()));
    refused(&b.get(&partner.response(&idp, &request, &relay_state, "Success")).await, "saml-request");

    // A service provider that does not do it, and an address that is nobody's.
    idp.sign_on(&mut b, &idp.request(), TOBIAS, &idp.password).await;
    let answer = b.get(&start("https://evil.example/")).await;
    let (xml, relay_state) = message(answer.location());
    let answer = b.get(&partner.response(&idp, &value(&xml, "ID"), &relay_state, "Responder")).await;
    assert_eq!((answer.status, answer.location()), (200, ""));
    assert!(answer.body.contains("You may still be signed on"), "{}", answer.body);
    let answer = b.get(&start("https://evil.example/")).await;
    assert_eq!((answer.status, answer.location()), (200, ""), "nobody is led elsewhere");

    // An adapter's own Logout Path.
    idp.change(|connection| (connection.browser_sso.profiles.idp_slo, connection.browser_sso.profiles.sp_slo) = (false, false)).await;
    idp.change_adapter(|adapter| {
        (adapter.form.logout_path, adapter.form.logout_text) = ("/bye".into(), "Mind the lock.".into());
    })
    .await;
    idp.sign_on(&mut b, &idp.request(), TOBIAS, &idp.password).await;
    let answer = b.get("/ext/bye").await;
    assert!(answer.status == 200 && answer.body.contains("Mind the lock."), "{}", answer.body);
    assert!(asks(&follow(&mut b, &idp.request()).await));
    refused(&b.get("/ext/nothing").await, "sign-off-path");
    idp.change_adapter(|adapter| adapter.form.logout_redirect = "https://canal.example/".into()).await;
    assert_eq!(b.get("/ext/bye").await.location(), "https://canal.example/");
    idp.stop().await;
}
