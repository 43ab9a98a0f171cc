//! People sign on at a service provider: its requests in, its answers out, through the real router and against the sample directory.

mod adapters;
mod contract;
mod form;
mod requests;
mod rotation;
mod sessions;
mod watching;

use crate::browser::{Answer, Browser};
use crate::form::Form;
use crate::house::House;
use crate::sp_metadata::aws;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::model::idp_adapter::IdpAdapter;
use domain::model::sp_connection::SpConnection;
use jiff::Timestamp;
use roxmltree::Document;
use sandbox::directory::{DirectoryServer, sample};
use service::walk::Walk;
use std::process::Command;
use url::form_urlencoded::Serializer;

const LOCAL: domain::actor::Actor = crate::command_line::LOCAL;
pub const ENTITY_ID: &str = "https://us-east-1.signin.aws.amazon.com/platform/saml/d-1234567890";
pub const ACS: &str = "https://us-east-1.sso.signin.aws/platform/saml/acs/4455422d84a27c9f";
const OTHER_ACS: &str = "https://us-east-1.signin.aws/platform/saml/acs/4455422d84a27c9f";
const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
pub const TOBIAS: &str = "tobias.okafor@canal.example";
const INGRID: &str = "ingrid.sorensen@canal.example";

/// A house with everything that signing on needs.
pub struct Idp {
    pub house: House,
    pub directory: DirectoryServer,
    pub password: String,
}

impl Idp {
    pub async fn open() -> Self {
        let house = House::open_without_worker().await;
        let directory = DirectoryServer::start(sample(1), "127.0.0.1:0".parse().unwrap()).await.unwrap();
        let (user_dn, bind_password, password) =
            directory.directory().read(|d| (d.bind_dn(), d.bind_password(), d.person_password().to_owned()));
        let service = &house.service;
        let mut w = Walk::new(service, &LOCAL, service.new_data_store(&LOCAL).await.unwrap());
        w.press("next", &[("name", "Canal AD"), ("type", "ldap")]).await.unwrap();
        let hosts = directory.addr().to_string();
        let fields = [("hostnames", hosts.as_str()), ("tls", "none"), ("user_dn", &user_dn), ("password", &bind_password)];
        w.press("next", &fields).await.unwrap();
        w.press("save", &[]).await.unwrap();
        let store = service.list_data_stores(&LOCAL).await.unwrap()[0].0.id.to_string();
        let mut w = Walk::new(service, &LOCAL, service.new_pcv(&LOCAL).await.unwrap());
        w.press("next", &[("name", "AD"), ("instance_id", "adPCV"), ("type", "ldap")]).await.unwrap();
        let fields = [("data_store", store.as_str()), ("base_dn", "DC=canal,DC=example"), ("filter", "mail=${username}")];
        w.press("next", &fields).await.unwrap();
        w.press("save", &[]).await.unwrap();
        let pcv = service.list_pcvs(&LOCAL).await.unwrap()[0].pcv.id.to_string();
        let mut w = Walk::new(service, &LOCAL, service.new_idp_adapter(&LOCAL).await.unwrap());
        w.press("next", &[("name", "Form"), ("instance_id", "form1"), ("type", "html_form")]).await.unwrap();
        w.press("row-add", &[]).await.unwrap();
        w.press("row-update:0", &[("rows.0.instance", &pcv)]).await.unwrap();
        w.press("next", &[]).await.unwrap();
        w.press("next", &[]).await.unwrap();
        w.press("next", &[("pseudonym.username", "on")]).await.unwrap();
        w.press("save", &[]).await.unwrap();
        let mut w = Walk::new(service, &LOCAL, service.new_signing_key(&LOCAL).await.unwrap());
        w.press("next", &[("common_name", "sso.canal.example"), ("algorithm", "rsa_2048")]).await.unwrap();
        w.press("save", &[]).await.unwrap();
        connection(&house).await;
        Self { house, directory, password }
    }

    pub async fn stop(self) {
        self.house.stop().await;
    }

    /// Changes the saved connection.
    pub async fn change(&self, change: impl FnOnce(&mut SpConnection)) {
        let mut tx = self.house.store.begin().await.unwrap();
        let mut stored = tx.find_connection_by_entity_id(ENTITY_ID).await.unwrap().unwrap();
        change(&mut stored.value);
        tx.update_connection(&stored.value, stored.version, "test", 0).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Changes the saved adapter.
    pub async fn change_adapter(&self, change: impl FnOnce(&mut IdpAdapter)) {
        let mut tx = self.house.store.begin().await.unwrap();
        let mut stored = tx.list_idp_adapters().await.unwrap().remove(0);
        change(&mut stored.value);
        tx.update_idp_adapter(&stored.value, stored.version, "test", 0).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub fn sso_url(&self) -> String {
        format!("http://{}/idp/SSO.saml2", self.house.address)
    }

    /// A request of the service provider.
    pub fn request(&self) -> Request {
        Request { destination: Some(self.sso_url()), ..Request::default() }
    }

    /// Signs somebody on for a request; answers what the browser then posts to the service provider.
    pub async fn sign_on(&self, b: &mut Browser, request: &Request, username: &str, password: &str) -> Posted {
        let page = arrive(b, request).await;
        Posted::of(&fill(b, &page, username, password).await.body)
    }

    /// The certificate that signs.
    pub async fn certificate(&self) -> String {
        let key = self.house.service.list_signing_keys(&LOCAL).await.unwrap()[0].id.clone();
        self.house.service.signing_certificate(&LOCAL, &key, false).await.unwrap()
    }
}

/// The guide's connection with both types, as template and metadata make it.
async fn connection(house: &House) {
    let service = &house.service;
    let adapter = service.list_idp_adapters(&LOCAL).await.unwrap()[0].adapter.id.to_string();
    let key = service.list_signing_keys(&LOCAL).await.unwrap()[0].id.to_string();
    let mut w = Walk::new(service, &LOCAL, service.new_connection(&LOCAL).await.unwrap());
    let metadata = aws();
    w.press("next", &[("use_template", "yes"), ("connector", "aws-iam-identity-center"), ("metadata_file", &metadata)]).await.unwrap();
    w.press("next", &[("browser_sso", "on"), ("outbound_provisioning", "")]).await.unwrap();
    for _ in 0..3 {
        w.press("next", &[]).await.unwrap();
    }
    w.press("open:configure", &[]).await.unwrap();
    w.press("next", &[]).await.unwrap();
    w.press("next", &[]).await.unwrap();
    w.press("open:configure", &[]).await.unwrap();
    w.press("next", &[]).await.unwrap();
    w.press("next", &[]).await.unwrap();
    w.press("create", &[]).await.unwrap();
    w.press("next", &[("adapter", &adapter)]).await.unwrap();
    for _ in 0..3 {
        w.press("done", &[]).await.unwrap();
    }
    w.press("next", &[]).await.unwrap();
    w.press("open:configure", &[]).await.unwrap();
    w.press("next", &[("signing_key", &key)]).await.unwrap();
    w.press("done", &[]).await.unwrap();
    w.press("save", &[]).await.unwrap();
}

/// A request to sign on.
#[derive(Clone, Debug)]
pub struct Request {
    pub id: String,
    pub issuer: String,
    pub destination: Option<String>,
    /// Seconds from now.
    pub issued_in: i64,
    /// More attributes of the element, and more elements behind the issuer.
    pub more: String,
    pub inner: String,
    pub relay_state: Option<String>,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            id: format!("_{}", uuid::Uuid::new_v4().simple()),
            issuer: ENTITY_ID.to_owned(),
            destination: None,
            issued_in: 0,
            more: String::new(),
            inner: String::new(),
            relay_state: Some("where-to".to_owned()),
        }
    }
}

impl Request {
    pub fn xml(&self) -> String {
        let issued = Timestamp::now().as_second() + self.issued_in;
        let issued = Timestamp::from_second(issued).unwrap();
        let destination = self.destination.as_ref().map(|url| format!(" Destination=\"{url}\"")).unwrap_or_default();
        format!(
            "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"{}\" Version=\"2.0\" IssueInstant=\"{issued}\"\
             {destination}{}><saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{}</saml:Issuer>{}</samlp:AuthnRequest>",
            self.id, self.more, self.issuer, self.inner
        )
    }

    pub fn with(mut self, more: &str, inner: &str) -> Self {
        self.more = more.to_owned();
        self.inner = inner.to_owned();
        self
    }
}

/// What a service provider's form posts, from its own page.
pub async fn post(b: &mut Browser, request: &Request) -> Answer {
    let encoded = STANDARD.encode(request.xml());
    let mut fields = vec![("SAMLRequest", encoded.as_str())];
    fields.extend(request.relay_state.as_deref().map(|state| ("RelayState", state)));
    post_fields(b, "/idp/SSO.saml2", &fields).await
}

pub async fn post_fields(b: &mut Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body = Serializer::new(String::new()).extend_pairs(fields).finish();
    // As browsers do with another site's post: no cookies that are `Lax`.
    let cookies = std::mem::take(&mut b.cookies);
    let headers = [
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://us-east-1.signin.aws"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let answer = b.send("POST", path, &headers, body.into()).await;
    assert!(b.cookies.is_empty(), "another site's post sets no cookie: {:?}", b.cookies);
    b.cookies = cookies;
    answer
}

/// Posts a request and goes where it leads: the sign-on page.
pub async fn arrive(b: &mut Browser, request: &Request) -> String {
    let answer = post(b, request).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    b.page(answer.location()).await
}

/// Fills the sign-on form of a page in.
pub async fn fill(b: &mut Browser, page: &str, username: &str, password: &str) -> Answer {
    let mut form = Form::of(page, "/idp/sign-on");
    form.fill("username", username);
    form.fill("password", password);
    let fields: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    b.post(&form.action, &fields).await
}

/// An answer on its way to the service provider.
#[derive(Debug)]
pub struct Posted {
    pub action: String,
    pub xml: String,
    pub relay_state: Option<String>,
}

impl Posted {
    /// Out of the page that carries it.
    pub fn of(page: &str) -> Self {
        let form = Form::of(page, "https://");
        let encoded = form.get("SAMLResponse").unwrap_or_else(|| panic!("no answer in {page}"));
        let xml = String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap();
        Self { action: form.action.clone(), xml, relay_state: form.get("RelayState").map(str::to_owned) }
    }

    /// The codes of its status, without what they all begin with.
    pub fn status(&self) -> Vec<String> {
        let document = Document::parse(&self.xml).unwrap();
        let codes = document.descendants().filter(|node| node.has_tag_name((SAMLP, "StatusCode")));
        codes.map(|node| node.attribute("Value").unwrap().rsplit(':').next().unwrap().to_owned()).collect()
    }

    /// The text of an element of the assertion.
    pub fn text(&self, element: &str) -> String {
        let document = Document::parse(&self.xml).unwrap();
        let assertion = document.descendants().find(|node| node.has_tag_name((SAML, "Assertion"))).expect("an assertion");
        let found = assertion.descendants().find(|node| node.has_tag_name((SAML, element)));
        found.unwrap_or_else(|| panic!("no {element} in {}", self.xml)).text().unwrap_or_default().to_owned()
    }

    /// An attribute of the first element of this name.
    pub fn attribute(&self, element: &str, name: &str) -> Option<String> {
        let document = Document::parse(&self.xml).unwrap();
        let found = document.descendants().find(|node| node.tag_name().name() == element);
        found.and_then(|node| node.attribute(name)).map(str::to_owned)
    }

    /// What is said of the person: names and values.
    pub fn said(&self) -> Vec<(String, Vec<String>)> {
        let document = Document::parse(&self.xml).unwrap();
        let attributes = document.descendants().filter(|node| node.has_tag_name((SAML, "Attribute")));
        let of = |node: roxmltree::Node<'_, '_>| {
            let values = node.children().map(|value| value.text().unwrap_or_default().to_owned());
            (node.attribute("Name").unwrap().to_owned(), values.collect())
        };
        attributes.map(of).collect()
    }

    /// How many signatures are in it, each of which Debian's xmlsec1 must verify.
    pub fn signatures(&self, certificate: &str) -> usize {
        let folder = tempfile::tempdir().unwrap();
        let (document, pem) = (folder.path().join("response.xml"), folder.path().join("certificate.pem"));
        std::fs::write(&document, &self.xml).unwrap();
        std::fs::write(&pem, certificate).unwrap();
        let parsed = Document::parse(&self.xml).unwrap();
        let signed = parsed.descendants().filter(|node| node.has_tag_name((DSIG, "Signature"))).map(|node| node.parent().unwrap());
        let ids: Vec<_> = signed.map(|node| node.attribute("ID").unwrap().to_owned()).collect();
        for id in &ids {
            let mut command = Command::new("xmlsec1");
            command.args(["--verify", "--id-attr:ID", &format!("{SAMLP}:Response"), "--id-attr:ID", &format!("{SAML}:Assertion")]);
            command.args(["--enabled-key-data", "key-name,rsa,ecdsa", "--node-xpath"]);
            command.arg(format!("//*[@ID='{id}']/*[local-name()='Signature']")).arg("--pubkey-cert-pem").args([&pem, &document]);
            let output = command.output().unwrap_or_else(|error| panic!("these tests need Debian's package xmlsec1: {error}"));
            assert!(output.status.success(), "{}\n{}", String::from_utf8_lossy(&output.stderr), self.xml);
        }
        ids.len()
    }
}

const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

/// A page that refuses, with its code and nothing that the log has.
pub fn refused(answer: &Answer, code: &str) {
    assert!((400..500).contains(&answer.status), "{} {}", answer.status, answer.body);
    assert!(answer.body.contains(&format!("<code>{code} ")), "{code} in {}", answer.body);
    for secret in ["Canal AD", "connection", "certificate", "DC=", "stack", "adPCV"] {
        assert!(!answer.body.contains(secret), "{secret} is told: {}", answer.body);
    }
    assert!(!answer.body.contains("SAMLResponse"), "{}", answer.body);
}
