//! Signing on at the access portal, with an identity provider that says exactly what it is told to.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::model::signing_key::{KeyAlgorithm, Subject as Named};
use keys::SigningPair;
use saml::attribute::{AWS_ACCESS_CONTROL, AWS_SESSION_DURATION};
use saml::response::Subject;
use saml::{Assertion, Attribute, NameId, Received, Response, Signing, Status};
use sandbox::aws::portal::{provider_of, read_idp_metadata};
use sandbox::aws::{Aws, AwsServer, Began, Config, IdentityProvider};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::api::{Api, NOW, user};

const IDP: &str = "https://idp.example/idp";
const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const ADA: &str = "ada@example.com";

struct Key {
    pair: SigningPair,
    pem: String,
}

fn key(algorithm: KeyAlgorithm) -> Key {
    let made = keys::make(&Named { common_name: "idp.example".into(), ..Named::default() }, algorithm, NOW, 365).unwrap();
    Key { pair: SigningPair::load(&made.private_key, &made.certificate).unwrap(), pem: made.certificate }
}

static FIRST: LazyLock<Key> = LazyLock::new(|| key(KeyAlgorithm::EcP256));
static NEXT: LazyLock<Key> = LazyLock::new(|| key(KeyAlgorithm::EcP384));
static STRANGER: LazyLock<Key> = LazyLock::new(|| key(KeyAlgorithm::EcP256));

struct Portal {
    server: AwsServer,
    cookie: String,
    made: u32,
}

struct Page {
    status: u16,
    location: String,
    cookie: String,
    body: String,
}

/// What an answer says, to be changed before it is signed.
struct Said {
    response: Response,
    assertion: Assertion,
}

/// What is done to an answer before it is signed.
type Change = fn(&mut Said);

impl Portal {
    async fn start() -> Self {
        let api = Api::new();
        api.add_user(ADA).await;
        let mut off = user("off@example.com");
        off["active"] = false.into();
        api.post("/Users", off).await.expect(201);
        api.patch(
            &format!("/Users/{}", api.aws.user(ADA).unwrap().id),
            serde_json::json!([{"op": "replace", "path": "active", "value": true}]),
        )
        .await;
        let server = AwsServer::start(api.aws.clone(), "127.0.0.1:0".parse().unwrap()).await.unwrap();
        server.set_identity_provider(Some(provider(&[&FIRST])));
        Self { server, cookie: String::new(), made: 0 }
    }

    fn aws(&self) -> &Aws {
        self.server.aws()
    }

    fn acs(&self) -> String {
        self.server.service_provider().unwrap().acs_urls[0].clone()
    }

    async fn send(&self, method: &str, address: &str, body: &str) -> Page {
        let (host, path) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let mut stream = TcpStream::connect(self.server.address()).await.unwrap();
        let request = format!(
            "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nCookie: other=1; aws_access_portal={}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.cookie,
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
        let cookie = header("set-cookie: aws_access_portal=").split(';').next().unwrap().to_owned();
        Page { status: head[9..12].parse().unwrap(), location: header("location: "), cookie, body: body.to_owned() }
    }

    async fn get(&self, path: &str) -> Page {
        self.send("GET", &format!("http://{}{path}", self.server.address()), "").await
    }

    fn said(&mut self, name: &str, request: Option<String>) -> Said {
        self.made += 1;
        let own = self.server.service_provider().unwrap();
        let response = Response {
            id: format!("_r{}", self.made),
            issuer: IDP.into(),
            destination: own.acs_urls[0].clone(),
            in_response_to: request,
            issued_at: self.aws().now_ms(),
        };
        let name_id = NameId { value: name.into(), format: Some(EMAIL.into()), name_qualifier: None, sp_name_qualifier: None };
        let assertion = Assertion {
            id: format!("_a{}", self.made),
            audience: own.entity_id,
            subject: Subject {
                name_id,
                authn_instant: self.aws().now_ms(),
                authn_context: "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport".into(),
                session_index: Some("_s".into()),
                session_not_on_or_after: None,
            },
            minutes_before: 1,
            minutes_after: 5,
            attributes: Vec::new(),
        };
        Said { response, assertion }
    }

    async fn deliver(&self, document: &str) -> Page {
        let value: String = STANDARD.encode(document).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        self.send("POST", &self.acs(), &format!("SAMLResponse={value}&RelayState=x")).await
    }

    /// Delivers, and follows to the portal.
    async fn signs_on(&mut self, said: &Said) -> String {
        let page = self.deliver(&said.signed(&FIRST)).await;
        assert_eq!(page.status, 303, "{}", page.body);
        self.cookie = page.cookie;
        self.get(&page.location).await.body
    }

    async fn refused(&self, document: &str, says: &str) {
        let page = self.deliver(document).await;
        assert_eq!((page.status, page.cookie.as_str()), (403, ""), "{says}: {}", page.body);
        let last = self.aws().sign_ins().pop().unwrap().refused.unwrap();
        assert!(last.contains(says), "expected {says:?}: {last}");
        assert!(page.body.contains("We couldn’t verify your sign-in credentials") && page.body.contains("What is wrong"), "{}", page.body);
    }
}

impl Said {
    fn signed(&self, key: &Key) -> String {
        self.response.success(&self.assertion, &Signing::both(&key.pair)).unwrap()
    }
}

fn provider(keys: &[&Key]) -> IdentityProvider {
    let certificates = keys.iter().map(|key| key.pem.clone()).collect();
    let provider = provider_of(IDP.into(), "https://idp.example/idp/SSO.saml2".into(), certificates).unwrap();
    IdentityProvider { post_url: Some("https://idp.example/idp/SSO.saml2".into()), ..provider }
}

#[tokio::test]
async fn it_begins_a_sign_on_and_shows_who_came_back() {
    let mut portal = Portal::start().await;
    assert!(portal.get("/start").await.body.contains("at your organisation’s identity provider, <strong>https://idp.example/idp</strong>"));
    let to = portal.get("/start/sign-in?to=settings").await;
    assert_eq!(to.status, 303);
    let query = to.location.strip_prefix("https://idp.example/idp/SSO.saml2?").unwrap();
    let request = Received::by_redirect(query).unwrap().authn_request(&[]).unwrap();
    let own = portal.server.service_provider().unwrap();
    assert_eq!(request.root.issuer, own.entity_id);
    assert_eq!(request.consumer, Some(saml::authn_request::WantedConsumer::Url(own.acs_urls[0].clone())));
    assert_eq!(request.name_id_policy.unwrap().format.as_deref(), Some(EMAIL));

    let mut said = portal.said(ADA, Some(request.root.id));
    said.assertion.attributes = vec![
        Attribute::uri(format!("{AWS_ACCESS_CONTROL}costCenter"), "R&D <17>"),
        Attribute::uri(AWS_SESSION_DURATION, "3600"),
        Attribute::basic("mail", "ada@work.example"),
    ];
    said.assertion.subject.session_not_on_or_after = Some(NOW + 3_600_000);
    let document = said.signed(&FIRST);
    let page = portal.deliver(&document).await;
    assert_eq!((page.status, page.location.as_str()), (303, "/start/settings"), "it comes back to where it began: {}", page.body);
    portal.cookie = page.cookie;
    let settings = portal.get("/start/settings").await.body;
    for shown in [
        "3600 seconds",
        "certificate 1 of 1",
        "This portal",
        " minutes</dd>",
        "<dt>costCenter</dt><dd>R&amp;D &lt;17&gt;</dd>",
        "ada@work.example",
    ] {
        assert!(settings.contains(shown), "{shown}: {settings}");
    }
    assert!(portal.get("/start").await.body.contains("<dt>Username</dt><dd>ada@example.com</dd>"));
    portal.refused(&document, "answers a request that this AWS did not send, or that was answered before").await;

    let out = portal.send("POST", &format!("http://{}/start/sign-out", portal.server.address()), "").await;
    assert_eq!(out.location, "/start?said=out");
    assert!(portal.get("/start?said=out").await.body.contains("You are signed out of this portal"));
    assert!(portal.get("/start/settings").await.body.contains(">Sign in</a>"));
    let journal: Vec<_> =
        portal.aws().sign_ins().into_iter().map(|sign_in| (sign_in.user_name, sign_in.began, sign_in.refused.is_none())).collect();
    assert_eq!(journal, [(Some(ADA.into()), Began::Portal, true), (Some(ADA.into()), Began::Portal, false)]);
}

#[tokio::test]
async fn the_request_goes_by_post_too() {
    let portal = Portal::start().await;
    let page = portal.get("/start/sign-in?by=post").await.body;
    assert!(page.contains("<form method=\"post\" action=\"https://idp.example/idp/SSO.saml2\">"), "{page}");
    let value = |name: &str| page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let received =
        Received::by_post([("SAMLRequest", value("SAMLRequest").as_str()), ("RelayState", value("RelayState").as_str())]).unwrap();
    assert_eq!(received.authn_request(&[]).unwrap().root.issuer, portal.server.service_provider().unwrap().entity_id);
}

#[tokio::test]
async fn an_identity_provider_may_begin_and_signs_with_either_key_while_it_changes() {
    let mut portal = Portal::start().await;
    let said = portal.said(ADA, None);
    assert!(portal.signs_on(&said).await.contains("Signed in as"));
    portal.refused(&said.signed(&FIRST), "was used before").await;
    let said = portal.said(ADA, None);
    portal.refused(&said.signed(&NEXT), "the kind of key").await;
    portal.server.set_identity_provider(Some(provider(&[&FIRST, &NEXT])));
    let page = portal.deliver(&said.signed(&NEXT)).await;
    assert_eq!(page.status, 303, "{}", page.body);
    portal.cookie = page.cookie;
    assert!(portal.get("/start/settings").await.body.contains("certificate 2 of 2"));
    // A signature over either is enough, and none is not.
    for (assertion, response) in [(true, false), (false, true)] {
        let said = portal.said(ADA, None);
        let document = said.response.success(&said.assertion, &Signing { assertion, response, ..Signing::both(&FIRST.pair) }).unwrap();
        assert_eq!(portal.deliver(&document).await.status, 303);
    }
    // The other address takes answers, too, that are meant for it.
    let mut said = portal.said(ADA, None);
    let other = portal.server.service_provider().unwrap().acs_urls[1].clone();
    said.response.destination.clone_from(&other);
    portal.refused(&said.signed(&FIRST), "the two have to be the same").await;
    let value = STANDARD.encode(said.signed(&FIRST)).replace('+', "%2B");
    assert_eq!(portal.send("POST", &other, &format!("SAMLResponse={value}")).await.status, 303);
}

#[tokio::test]
async fn only_who_is_provisioned_and_active_comes_in() {
    let mut portal = Portal::start().await;
    for (name, says) in [
        ("nobody@example.com", "No user with the user name ‘nobody@example.com’ is provisioned"),
        ("off@example.com", "The user ‘off@example.com’ is disabled"),
        ("Ada@example.com", "there is ‘ada@example.com’, and user names count letter by letter"),
        ("ada", "does not look like an e-mail address"),
    ] {
        let said = portal.said(name, None);
        portal.refused(&said.signed(&FIRST), says).await;
        assert_eq!(portal.aws().sign_ins().pop().unwrap().user_name.as_deref(), Some(name));
    }
    // Who is disabled later is out at once.
    let said = portal.said(ADA, None);
    assert!(portal.signs_on(&said).await.contains("Signed in as"));
    portal.aws().console().edit_user(ADA, serde_json::from_str("{\"active\": false}").unwrap()).unwrap();
    assert!(!portal.get("/start").await.body.contains("Signed in as"));
}

#[tokio::test]
async fn what_the_profile_asks_for_is_asked_for() {
    let mut portal = Portal::start().await;
    let changes: [(&str, Change); 11] = [
        ("no longer", |said| said.response.issued_at -= 300_000),
        ("not valid yet", |said| said.response.issued_at += 120_000),
        ("The assertion is for ‘urn:other’", |said| said.assertion.audience = "urn:other".into()),
        ("The issuer is ‘urn:other’", |said| said.response.issuer = "urn:other".into()),
        ("did not send", |said| said.response.in_response_to = Some("_other".into())),
        ("takes urn:oasis", |said| said.assertion.subject.name_id.format = None),
        ("has the format ‘urn:x’", |said| said.assertion.subject.name_id.format = Some("urn:x".into())),
        ("ended already", |said| said.assertion.subject.session_not_on_or_after = Some(NOW - 1_000)),
        ("exactly one plain value", |said| {
            let tag = Attribute::uri(format!("{AWS_ACCESS_CONTROL}a"), "1");
            said.assertion.attributes = vec![Attribute { values: vec!["1".into(), "2".into()], ..tag }];
        }),
        ("occurs twice", |said| said.assertion.attributes = vec![Attribute::uri(format!("{AWS_ACCESS_CONTROL}a"), "1"); 2]),
        ("51 attributes", |said| {
            said.assertion.attributes = (0..51).map(|n| Attribute::uri(format!("{AWS_ACCESS_CONTROL}{n}"), "1")).collect();
        }),
    ];
    for (says, change) in changes {
        let mut said = portal.said(ADA, None);
        change(&mut said);
        portal.refused(&said.signed(&FIRST), says).await;
    }
    let said = portal.said(ADA, None);
    let error = said.response.error(Status::AuthnFailed, Some("the password is wrong"), &Signing::both(&FIRST.pair)).unwrap();
    portal.refused(&error, "It says: Responder, AuthnFailed, ‘the password is wrong’").await;
    // The clock is the emulator's.
    let document = portal.said(ADA, None).signed(&FIRST);
    portal.aws().advance_clock(3_600_000);
    portal.refused(&document, "no longer").await;
}

#[tokio::test]
async fn forgeries_are_refused() {
    let mut portal = Portal::start().await;
    let said = portal.said(ADA, None);
    let good = said.signed(&FIRST);
    let assertion_only = said.response.success(&said.assertion, &Signing { response: false, ..Signing::both(&FIRST.pair) }).unwrap();
    let start = good.find("<saml:Assertion").unwrap();
    let end = good.find("</saml:Assertion>").unwrap() + "</saml:Assertion>".len();
    let strip = |text: &str| {
        let mut text = text.to_owned();
        while let (Some(from), Some(to)) = (text.find("<ds:Signature "), text.find("</ds:Signature>")) {
            text.replace_range(from..to + "</ds:Signature>".len(), "");
        }
        text
    };
    let evil = strip(&good[start..end]).replace(ADA, "off@example.com").replace("_a1", "_evil");
    let at = assertion_only.find("<saml:Assertion").unwrap();
    let beside = format!("{}{evil}{}", &assertion_only[..at], &assertion_only[at..]);
    let inside = assertion_only.replace("</samlp:Response>", &format!("<samlp:Extensions>{evil}</samlp:Extensions></samlp:Response>"));
    for (document, says) in [
        (good.replace(ADA, "bob@example.com"), "changed after it was signed"),
        (good.replace(IDP, "urn:evil"), "changed after it was signed"),
        (strip(&good), "Neither the response nor the assertion"),
        (said.signed(&STRANGER), "none of the known certificates"),
        (beside, "more than one assertion"),
        (inside, "more than one assertion"),
        (
            good.replace("<ds:KeyInfo>", "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"></ds:Signature><ds:KeyInfo>"),
            "somewhere inside",
        ),
        (good.replace("<samlp:Response ", "<!DOCTYPE x [<!ENTITY e \"x\">]><samlp:Response "), "DOCTYPE"),
        (good.replace("samlp:Response", "samlp:LogoutResponse"), "LogoutResponse"),
        ("<x>".repeat(100), "nested"),
        ("nonsense".to_owned(), "not well-formed"),
    ] {
        portal.refused(&document, says).await;
    }
    let empty = portal.send("POST", &portal.acs(), "").await;
    assert!(empty.status == 403 && empty.body.contains("no SAMLResponse"), "{}", empty.body);
    assert_eq!(portal.send("POST", &portal.acs().replace("/acs/", "/acs/x"), "").await.status, 404);
    let other = portal.acs().replace("127.0.0.1", "evil.example");
    assert_eq!(portal.send("POST", &other, "SAMLResponse=x").await.status, 403);
    assert_eq!(portal.deliver(&good).await.status, 303, "what was refused uses nothing up");
}

#[tokio::test]
async fn a_name_with_a_comment_in_it_is_read_whole() {
    let mut portal = Portal::start().await;
    let document = portal.said("ada@example.com.evil.example", None).signed(&FIRST);
    // The comment is no part of the canonical form, so the signature holds.
    let document = document.replace("ada@example.com.evil", "ada@example.com<!---->.evil");
    portal.refused(&document, "No user with the user name ‘ada@example.com.evil.example’").await;
}

#[tokio::test]
async fn what_it_knows_of_sign_on_is_kept() {
    let portal = Portal::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aws.json");
    portal.aws().save(&path).await.unwrap();
    let loaded = Aws::load(Config::new(|| NOW), &path).await.unwrap();
    assert_eq!((loaded.store_id(), loaded.identity_provider()), (portal.aws().store_id(), Some(provider(&[&FIRST]))));
    assert_eq!((loaded.portal_url(), loaded.service_provider()), (None, None), "it is not served yet");
    let server = AwsServer::start(loaded, "127.0.0.1:0".parse().unwrap()).await.unwrap();
    let own = server.service_provider().unwrap();
    let last = |url: &str| url.rsplit('/').next().unwrap().to_owned();
    assert_eq!(last(&own.acs_urls[0]), last(&portal.acs()));

    // Both sides read each other's files.
    let read = saml::read_sp_metadata(own.write().as_bytes()).unwrap().remove(0);
    assert_eq!(read.entity_id, own.entity_id);
    assert_eq!(read.assertion_consumers.iter().map(|consumer| consumer.url.clone()).collect::<Vec<_>>(), own.acs_urls);
    assert_eq!(read.default_consumer().unwrap().url, own.acs_urls[0]);
    assert!(read.want_assertions_signed && !read.authn_requests_signed);
    assert!(read_idp_metadata(&own.write()).unwrap_err().contains("a service provider"));
}

#[tokio::test]
async fn without_an_identity_provider_nothing_begins() {
    let portal = Portal::start().await;
    portal.server.set_identity_provider(None);
    let page = portal.get("/start").await;
    assert!(page.body.contains("No identity provider is known yet") && !page.body.contains(">Sign in</a>"), "{}", page.body);
    assert_eq!(portal.get("/start/sign-in").await.status, 409);
    assert_eq!(portal.get("/platform/saml/d-other").await.status, 404);
    let file = portal.get(&format!("/platform/saml/{}", portal.aws().store_id())).await;
    assert_eq!(file.body, portal.server.service_provider().unwrap().write());
}
