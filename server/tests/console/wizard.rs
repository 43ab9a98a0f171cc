//! The wizards, by form posts alone.

use crate::browser::{Answer, Browser};
use crate::form::Form;
use crate::house::House;

/// The tab a wizard shows now.
pub struct Wizard {
    pub at: String,
}

impl Wizard {
    pub async fn begin(browser: &mut Browser, path: &str) -> Self {
        let answer = browser.post(path, &[]).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        Self { at: answer.location().to_owned() }
    }

    pub fn tab(&self) -> &str {
        self.at.rsplit('/').next().unwrap()
    }

    pub async fn form(&self, browser: &mut Browser) -> Form {
        Form::of(&browser.page(&self.at).await, "/wizard/")
    }

    /// Fills in and presses a button of the page; answers what the server said.
    pub async fn press(&mut self, browser: &mut Browser, nav: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = self.form(browser).await;
        assert!(form.buttons.iter().any(|b| b == nav), "no button {nav} on {}: {:?}", self.at, form.buttons);
        fields.iter().for_each(|(name, value)| form.fill(name, value));
        let mut pairs: Vec<_> = form.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        pairs.push(("nav", nav));
        let answer = browser.post(&form.action, &pairs).await;
        assert_eq!(answer.status, 303, "{nav} on {}: {}", self.at, answer.body);
        self.at = answer.location().to_owned();
        answer
    }

    /// The same, and the tab that must follow.
    pub async fn to(&mut self, browser: &mut Browser, nav: &str, fields: &[(&str, &str)], tab: &str) {
        self.press(browser, nav, fields).await;
        if self.tab() != tab {
            panic!("{nav} leads to {} and not to {tab}: {}", self.at, browser.page(&self.at).await);
        }
    }
}

pub const SECRET: &str = "hunter2-hunter2";
pub const TOKEN: &str = "token-token-token";

pub async fn make_data_store(browser: &mut Browser) {
    let mut wizard = Wizard::begin(browser, "/data-stores/new").await;
    assert_eq!(wizard.tab(), "data-store-type");
    wizard.to(browser, "next", &[("name", "AD")], "ldap-configuration").await;
    let fields = [("hostnames", "127.0.0.1:1"), ("tls", "none"), ("user_dn", "CN=svc,DC=example,DC=com"), ("password", SECRET)];
    wizard.to(browser, "next", &fields, "summary").await;
    wizard.press(browser, "save", &[]).await;
    assert_eq!(wizard.at, "/data-stores");
}

const GROUP: &str = "CN=AWS,OU=Groups,DC=example,DC=com";

/// A connection to AWS with one channel, from nothing.
pub async fn make_connection(house: &House, b: &mut Browser) {
    make_data_store(b).await;
    let mut w = Wizard::begin(b, "/sp-connections/new").await;
    w.to(b, "next", &[("connector", "aws-iam-identity-center")], "connection-type").await;
    w.to(b, "next", &[], "general-info").await;
    w.to(b, "next", &[], "outbound-provisioning").await;
    w.to(b, "open:configure", &[], "target").await;
    w.to(b, "next", &[("scim_url", "http://127.0.0.1:1/t/scim/v2/"), ("access_token", TOKEN)], "manage-channels").await;
    w.to(b, "create", &[], "channel-info").await;
    w.to(b, "next", &[("name", "People")], "source").await;
    let store = house.service.list_data_stores(&crate::command_line::LOCAL).await.unwrap()[0].0.id.to_string();
    w.to(b, "next", &[("data_store", &store)], "source-settings").await;
    w.to(b, "next", &[], "source-location").await;
    w.to(b, "next", &[("base_dn", "DC=example,DC=com"), ("users.group_dn", GROUP)], "attribute-mapping").await;
    w.to(b, "next", &[("map.userName", "mail")], "guards").await;
    w.to(b, "next", &[], "activation-summary").await;
    let summary = b.page(&w.at).await;
    assert!(summary.contains(GROUP) && summary.contains("People"), "{summary}");
    w.press(b, "save", &[]).await;
    assert_eq!(w.at, "/sp-connections");
}

#[tokio::test]
async fn from_a_data_store_to_a_saved_connection() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    make_connection(&house, &mut b).await;
    assert!(b.page("/data-stores").await.contains("127.0.0.1:1"));

    let channels = b.page("/channels").await;
    assert!(channels.contains("People") && channels.contains("provisioner.mode is OFF"), "{channels}");
    for path in ["/", "/channels", "/data-stores", "/sp-connections"] {
        assert_no_secret(&b.page(path).await);
    }
    let edit = edit_of(&b.page("/sp-connections").await);
    let edit = Wizard::begin(&mut b, &edit).await;
    assert_no_secret(&b.page(&edit.at).await);
    let store = house.service.list_connections(&crate::command_line::LOCAL).await.unwrap();
    assert_eq!(store[0].provisioning.channels[0].location.users.group_dn, GROUP);
    house.stop().await;
}

fn edit_of(page: &str) -> String {
    Form::of(page, "/sp-connections/").action
}

fn assert_no_secret(page: &str) {
    assert!(!page.contains(SECRET) && !page.contains(TOKEN), "a secret is in the page: {page}");
}

#[tokio::test]
async fn what_was_typed_wrong_is_kept_and_the_secret_is_not_shown() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    let mut w = Wizard::begin(&mut b, "/data-stores/new").await;
    w.to(&mut b, "next", &[("name", "")], "data-store-type").await;
    assert!(b.page(&w.at).await.contains("Enter the Name."));
    w.to(&mut b, "next", &[("name", "AD")], "ldap-configuration").await;
    let wrong = [("hostnames", "bad host:99999"), ("connection_timeout_ms", "soon"), ("user_dn", "CN=svc & <co>"), ("password", SECRET)];
    w.to(&mut b, "next", &wrong, "ldap-configuration").await;
    let page = b.page(&w.at).await;
    assert_no_secret(&page);
    assert!(page.contains("whole number from 100 to 120000"), "{page}");
    let form = Form::of(&page, "/wizard/");
    for (name, value) in &wrong[..3] {
        assert_eq!(form.get(name), Some(*value), "{name}");
    }
    assert_eq!(form.get("password"), Some(""));
    let right = [("hostnames", "ad.example.com"), ("connection_timeout_ms", "3000"), ("password", SECRET)];
    w.to(&mut b, "next", &right, "summary").await;
    assert_no_secret(&b.page(&w.at).await);
    w.press(&mut b, "save", &[]).await;
    assert_eq!(w.at, "/data-stores");
    house.stop().await;
}

#[tokio::test]
async fn a_draft_is_its_owners_and_waits() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    let mut w = Wizard::begin(&mut b, "/data-stores/new").await;
    w.to(&mut b, "next", &[("name", "Half done")], "ldap-configuration").await;
    assert!(b.page("/data-stores").await.contains("Half done"));
    let draft = w.at.split('/').nth(2).unwrap().to_owned();
    assert_eq!(b.post(&format!("/drafts/{draft}/resume"), &[]).await.location(), w.at);

    house.service.create_account("eve", &domain::secret::Secret::new("another password"), false).await.unwrap();
    let mut eve = house.visitor();
    eve.post("/sign-in", &[("username", "eve"), ("password", "another password")]).await;
    assert_eq!(eve.post(&w.at, &[("nav", "next")]).await.status, 404);
    assert!(!eve.get(&w.at).await.body.contains("Half done"));

    house.stop().await;
}

#[tokio::test]
async fn multipart_is_taken_and_nonsense_is_refused() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    let w = Wizard::begin(&mut b, "/data-stores/new").await;
    let own = ("sec-fetch-site", "same-origin");
    let part = |name: &str, extra: &str, value: &[u8]| {
        let head = format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"{extra}\r\n\r\n");
        [head.as_bytes(), value, b"\r\n"].concat()
    };
    let kind = ("content-type", "multipart/form-data; boundary=B");
    let whole = |parts: &[Vec<u8>]| [parts.concat().as_slice(), b"--B--\r\n"].concat();

    let body = whole(&[part("name", "", "Käse & AD".as_bytes()), part("type", "", b"ldap"), part("nav", "", b"next")]);
    let answer = b.send("POST", &w.at, &[own, kind], body.into()).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert!(answer.location().ends_with("/ldap-configuration"), "{}", answer.location());
    let form = Form::of(&b.page(&w.at).await, "/wizard/");
    assert_eq!(form.get("name"), Some("Käse & AD"));

    let binary = whole(&[part("file", "; filename=\"x.xml\"", &[0xff, 0xfe, 0x00])]);
    let answer = b.send("POST", &w.at, &[own, kind], binary.into()).await;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("neither a text file nor a certificate"));
    let cut = [part("name", "", b"x"), b"--B\r\nContent-Disp".to_vec()].concat();
    assert_eq!(b.send("POST", &w.at, &[own, kind], cut.into()).await.status, 400);
    assert_eq!(b.send("POST", &w.at, &[own, ("content-type", "application/json")], "{}".into()).await.status, 415);
    let long = format!("nav=next&name={}", "x".repeat(1_100_000));
    let form = ("content-type", "application/x-www-form-urlencoded");
    assert_eq!(b.send("POST", &w.at, &[own, form], long.into()).await.status, 413);
    assert_eq!(b.post(&w.at, &[("nav", "explode")]).await.status, 409);
    assert_eq!(b.post(&w.at.replace("data-store-type", "a%20b"), &[("nav", "next")]).await.status, 404);
    house.stop().await;
}
