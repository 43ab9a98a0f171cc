//! A house where people sign on, the service providers they sign on at, and a person with a browser.

use crate::browser::{Answer, Browser};
use crate::form::Form;
use crate::house::{ADMIN, House};
use crate::slapd::{Peer, free_port};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::model::idp_adapter::IdpAdapter;
use domain::model::signing_key::{KeyAlgorithm, Subject};
use domain::model::sp_connection::SpConnection;
use serde_json::Value;
use service::Service;
use service::walk::Walk;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use tempfile::TempDir;
use url::Url;
use url::form_urlencoded::Serializer;

/// A house with a directory, a validator of mail addresses, a form and a key.
pub struct Idp {
    pub house: House,
    _folder: TempDir,
}

impl Idp {
    /// With this Data Store and Search Base.
    pub async fn open(data_store: &[(&'static str, String)], base_dn: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let house = House::open_console(folder.path()).await;
        let store = house.data_store(data_store).await.to_string();
        let service = &house.service;
        let mut w = Walk::new(service, &ADMIN, service.new_pcv(&ADMIN).await.unwrap());
        w.press("next", &[("name", "Passwords"), ("instance_id", "passwords"), ("type", "ldap")]).await.unwrap();
        w.press("next", &[("data_store", &store), ("base_dn", base_dn), ("filter", "mail=${username}")]).await.unwrap();
        w.press("save", &[]).await.unwrap();
        let pcv = service.list_pcvs(&ADMIN).await.unwrap()[0].pcv.id.to_string();
        let mut w = Walk::new(service, &ADMIN, service.new_idp_adapter(&ADMIN).await.unwrap());
        w.press("next", &[("name", "Form"), ("instance_id", "form1"), ("type", "html_form")]).await.unwrap();
        w.press("row-add", &[]).await.unwrap();
        w.press("row-update:0", &[("rows.0.instance", &pcv)]).await.unwrap();
        w.press("next", &[]).await.unwrap();
        w.press("next", &[]).await.unwrap();
        w.press("next", &[("pseudonym.username", "on")]).await.unwrap();
        w.press("save", &[]).await.unwrap();
        let mut w = Walk::new(service, &ADMIN, service.new_signing_key(&ADMIN).await.unwrap());
        w.press("next", &[("common_name", "sso.example.com"), ("algorithm", "rsa_2048")]).await.unwrap();
        w.press("save", &[]).await.unwrap();
        let key = service.list_signing_keys(&ADMIN).await.unwrap()[0].id.to_string();
        let mut w = Walk::new(service, &ADMIN, service.edit_metadata_export(&ADMIN).await.unwrap());
        w.press("next", &[]).await.unwrap();
        w.press("next", &[("signing_key", &key)]).await.unwrap();
        w.press("next", &[]).await.unwrap();
        w.press("save", &[]).await.unwrap();
        Self { house, _folder: folder }
    }

    /// Makes a connection out of a service provider's metadata, as the template fills it in, and gives ours in return.
    pub async fn connect(&self, sp: &ServiceProvider) {
        let service = &self.house.service;
        let metadata = Person::default().get(&format!("{}/metadata", sp.url)).await.body;
        let adapter = service.list_idp_adapters(&ADMIN).await.unwrap()[0].adapter.id.to_string();
        connect(service, &adapter, &metadata).await;
        let ours = service.public_metadata(Some(&sp.entity_id())).await.unwrap().expect("metadata for the partner");
        std::fs::write(sp.folder.path().join("idp.xml"), ours).unwrap();
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.house.addr)
    }

    /// A link that signs on at a service provider.
    pub fn link(&self, sp: &ServiceProvider) -> String {
        let partner: String = url::form_urlencoded::byte_serialize(sp.entity_id().as_bytes()).collect();
        self.url(&format!("/idp/startSSO.ping?PartnerSpId={partner}"))
    }

    /// Changes the saved connection with a service provider.
    pub async fn change(&self, sp: &ServiceProvider, change: impl FnOnce(&mut SpConnection)) {
        let mut tx = self.house.store.begin().await.unwrap();
        let mut stored = tx.find_connection_by_entity_id(&sp.entity_id()).await.unwrap().unwrap();
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

    /// The certificate that signs, as PEM.
    pub async fn certificate(&self) -> String {
        let key = self.house.service.list_signing_keys(&ADMIN).await.unwrap()[0].id.clone();
        self.house.service.signing_certificate(&ADMIN, &key, false).await.unwrap()
    }
}

/// A service provider of `end2end/peers/saml_sp.sh`.
pub struct ServiceProvider {
    _peer: Peer,
    pub folder: TempDir,
    pub url: String,
}

impl ServiceProvider {
    pub fn start(library: &str, signs: bool) -> Self {
        Self::start_with(library, &format!("{{\"sign\": {signs}}}"))
    }

    /// With options of `saml_sp.sh`, in JSON.
    pub fn start_with(library: &str, options: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let subject = Subject { common_name: "sp.example.com".into(), ..Subject::default() };
        let made = keys::make(&subject, KeyAlgorithm::Rsa2048, server::clock::now(), 365).unwrap();
        write(&folder.path().join("key.pem"), made.private_key.expose());
        write(&folder.path().join("certificate.pem"), &made.certificate);
        let port = free_port();
        let folder_name = folder.path().display().to_string();
        let peer = Peer::start("saml_sp.sh", &[library.to_owned(), port.to_string(), folder_name, options.to_owned()]);
        Self { _peer: peer, folder, url: format!("http://127.0.0.1:{port}") }
    }

    pub fn entity_id(&self) -> String {
        format!("{}/metadata", self.url)
    }

    /// Where it begins a sign-on.
    pub fn login(&self, binding: &str) -> String {
        format!("{}/login?binding={binding}&relay=to%20here", self.url)
    }
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}

/// Somebody with a browser, who goes from one server to the other.
pub struct Person {
    from: Ipv4Addr,
    browsers: BTreeMap<SocketAddr, Browser>,
}

impl Default for Person {
    fn default() -> Self {
        Self::at(Ipv4Addr::LOCALHOST)
    }
}

impl Person {
    /// Somebody at another machine, as far as the server sees.
    pub fn at(from: Ipv4Addr) -> Self {
        Self { from, browsers: BTreeMap::new() }
    }

    async fn send(&mut self, method: &str, url: &str, body: String) -> Answer {
        let url = Url::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
        let address = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap()).parse().unwrap();
        let browser = self.browsers.entry(address).or_insert_with(|| Browser::from(self.from, address));
        let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        // Servers of one host are one site to a browser.
        let headers = [("sec-fetch-site", "same-site"), ("content-type", "application/x-www-form-urlencoded")];
        let headers = if path.starts_with("/idp/sign-on") { [("sec-fetch-site", "same-origin"), headers[1]] } else { headers };
        browser.send(method, &path, &headers, body.into()).await
    }

    /// Opens an address and goes wherever it leads.
    pub async fn get(&mut self, url: &str) -> Answer {
        let answer = self.send("GET", url, String::new()).await;
        self.arrive(url, answer).await
    }

    pub async fn post(&mut self, url: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.send("POST", url, Serializer::new(String::new()).extend_pairs(fields).finish()).await;
        self.arrive(url, answer).await
    }

    async fn arrive(&mut self, from: &str, mut answer: Answer) -> Answer {
        let mut at = Url::parse(from).unwrap();
        for _ in 0..10 {
            if !matches!(answer.status, 302 | 303) {
                return answer;
            }
            at = at.join(answer.location()).unwrap();
            answer = self.send("GET", at.as_str(), String::new()).await;
        }
        panic!("{from} leads round in a circle");
    }

    /// Presses the button of a form that leads elsewhere, with the fields it has.
    pub async fn press(&mut self, page: &str) -> Answer {
        let form = Form::of(page, "http");
        let fields: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post(&form.action, &fields).await
    }

    /// Presses the buttons of forms that take messages along, as the pages' scripts do, until there is none.
    pub async fn go_on(&mut self, mut answer: Answer) -> Answer {
        for _ in 0..10 {
            if !answer.body.contains("name=\"SAMLRe") {
                return answer;
            }
            answer = self.press(&answer.body).await;
        }
        panic!("messages without end: {}", answer.body);
    }

    /// Fills the sign-on form in.
    pub async fn fill(&mut self, idp: &Idp, page: &str, username: &str, password: &str) -> Answer {
        let mut form = Form::of(page, "/idp/sign-on");
        form.fill("username", username);
        form.fill("password", password);
        let fields: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post(&idp.url(&form.action), &fields).await
    }

    /// From the sign-on form to what the service provider says.
    pub async fn sign_on(&mut self, idp: &Idp, page: &Answer, username: &str, password: &str) -> Value {
        assert!(page.body.contains("name=\"password\""), "no sign-on form but {} {}", page.status, page.body);
        let sent = self.fill(idp, &page.body, username, password).await;
        assert!(sent.body.contains("SAMLResponse"), "{} {}", sent.status, sent.body);
        said(&self.press(&sent.body).await)
    }
}

/// What a service provider says.
pub fn said(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{} {}", answer.status, answer.body))
}

/// Makes a connection to sign on with from the AWS template: whom `metadata` tells of, by one adapter and the first signing key.
pub async fn connect(service: &Service, adapter: &str, metadata: &str) {
    let key = service.list_signing_keys(&ADMIN).await.unwrap()[0].id.to_string();
    let mut w = Walk::new(service, &ADMIN, service.new_connection(&ADMIN).await.unwrap());
    w.press("next", &[("use_template", "yes"), ("connector", "aws-iam-identity-center"), ("metadata_file", metadata)]).await.unwrap();
    w.press("next", &[("browser_sso", "on"), ("outbound_provisioning", "")]).await.unwrap();
    for _ in 0..3 {
        w.press("next", &[]).await.unwrap();
    }
    for _ in 0..2 {
        w.press("open:configure", &[]).await.unwrap();
        w.press("next", &[]).await.unwrap();
        w.press("next", &[]).await.unwrap();
    }
    w.press("create", &[]).await.unwrap();
    w.press("next", &[("adapter", adapter)]).await.unwrap();
    for _ in 0..3 {
        w.press("done", &[]).await.unwrap();
    }
    w.press("next", &[]).await.unwrap();
    w.press("open:configure", &[]).await.unwrap();
    w.press("next", &[("signing_key", &key)]).await.unwrap();
    w.press("done", &[]).await.unwrap();
    w.press("save", &[]).await.unwrap();
}

/// A message on its way, in an address or in a form.
pub struct Sent {
    to: String,
    fields: Option<Vec<(String, String)>>,
}

impl Sent {
    /// With another letter in what is signed.
    pub fn touched(mut self) -> Self {
        match &mut self.fields {
            None => {
                assert!(self.to.contains("RelayState="), "{}", self.to);
                self.to = self.to.replace("RelayState=", "RelayState=x");
            }
            Some(fields) => {
                let (_, message) = fields.iter_mut().find(|(name, _)| name.starts_with("SAMLRe")).unwrap();
                let xml = String::from_utf8(STANDARD.decode(&*message).unwrap()).unwrap();
                let touched = xml.replacen("example.com<", "example.net<", 1);
                assert_ne!(touched, xml);
                *message = STANDARD.encode(touched);
            }
        }
        self
    }
}

impl Person {
    /// What an address answers with, a message for somebody else, without going there.
    pub async fn sent(&mut self, url: &str) -> Sent {
        let answer = self.send("GET", url, String::new()).await;
        if matches!(answer.status, 302 | 303) {
            return Sent { to: answer.location().to_owned(), fields: None };
        }
        let form = Form::of(&answer.body, "http");
        Sent { to: form.action, fields: Some(form.fields) }
    }

    /// Goes there with it.
    pub async fn take(&mut self, sent: Sent) -> Answer {
        match sent.fields {
            None => self.get(&sent.to).await,
            Some(fields) => {
                let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                self.post(&sent.to, &fields).await
            }
        }
    }
}
