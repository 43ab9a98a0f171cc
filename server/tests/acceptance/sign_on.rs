//! People sign on with the passwords that a real directory keeps.

use crate::house::{ADMIN, House, Pairs};
use crate::sign_on_house::connect;
use crate::slapd::{self, Slapd};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::secret::Secret;
use service::sign_on::{Next, Start, Typed, Visitor};
use service::walk::Walk;
use store::{Page, SignOnQuery};

const ENTITY_ID: &str = "https://us-east-1.signin.aws.amazon.com/platform/saml/d-1234567890";

fn metadata() -> String {
    let format = "<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>";
    let acs = "<md:AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" \
               Location=\"https://us-east-1.signin.aws/platform/saml/acs/1\" index=\"0\" isDefault=\"true\"/>";
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{ENTITY_ID}\"><md:SPSSODescriptor \
         protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{format}{acs}</md:SPSSODescriptor></md:EntityDescriptor>"
    )
}

/// Everything between a directory and a service provider that people sign on to.
async fn configure(house: &House, fields: &Pairs, base_dn: &str) {
    let service = &house.service;
    let mut w = Walk::new(service, &ADMIN, service.new_data_store(&ADMIN).await.unwrap());
    w.press("next", &[("name", "Directory"), ("type", "ldap")]).await.unwrap();
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    w.press("next", &fields).await.unwrap();
    w.press("save", &[]).await.unwrap();
    let store = service.list_data_stores(&ADMIN).await.unwrap()[0].0.id.to_string();
    let mut w = Walk::new(service, &ADMIN, service.new_pcv(&ADMIN).await.unwrap());
    w.press("next", &[("name", "Passwords"), ("instance_id", "pcv"), ("type", "ldap")]).await.unwrap();
    w.press("next", &[("data_store", &store), ("base_dn", base_dn), ("filter", "mail=${username}")]).await.unwrap();
    w.press("save", &[]).await.unwrap();
    let pcv = service.list_pcvs(&ADMIN).await.unwrap()[0].pcv.id.to_string();
    let mut w = Walk::new(service, &ADMIN, service.new_idp_adapter(&ADMIN).await.unwrap());
    w.press("next", &[("name", "Form"), ("instance_id", "form"), ("type", "html_form")]).await.unwrap();
    w.press("row-add", &[]).await.unwrap();
    w.press("row-update:0", &[("rows.0.instance", &pcv)]).await.unwrap();
    w.press("next", &[]).await.unwrap();
    w.press("next", &[]).await.unwrap();
    w.press("next", &[("pseudonym.username", "on")]).await.unwrap();
    w.press("save", &[]).await.unwrap();
    let adapter = service.list_idp_adapters(&ADMIN).await.unwrap()[0].adapter.id.to_string();
    let mut w = Walk::new(service, &ADMIN, service.new_signing_key(&ADMIN).await.unwrap());
    w.press("next", &[("common_name", "sso.example.com"), ("algorithm", "rsa_2048")]).await.unwrap();
    w.press("save", &[]).await.unwrap();
    connect(service, &adapter, &metadata()).await;
}

/// What comes of a username and a password: who the service provider is told, or what the person reads with the reason in the list.
async fn sign_on(house: &House, username: &str, password: &str) -> Result<String, (String, String)> {
    let service = &house.service;
    let start = Start { partner: ENTITY_ID.to_owned(), ..Start::default() };
    let flow = service.start_sign_on(&start, "test").await.unwrap();
    let typed = Typed { username: username.to_owned(), password: Secret::new(password) };
    // Each from an address of its own, so that nobody waits for the others.
    let address = format!("test {username} {password}");
    match service.try_password(flow, &typed, &Visitor::new(address, None)).await.unwrap() {
        Next::Answer(answer) => {
            let encoded = &answer.form.fields.iter().find(|(name, _)| *name == "SAMLResponse").unwrap().1;
            let xml = String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap();
            let name = xml.split("<saml:NameID").nth(1).and_then(|rest| rest.split('>').nth(1)?.split('<').next());
            Ok(name.unwrap_or_else(|| panic!("nobody is named in {xml}")).to_owned())
        }
        Next::Ask(asking) => {
            let (rows, _) = service.list_sign_ons(&ADMIN, &SignOnQuery::default(), Page::first(1)).await.unwrap();
            Err((asking.problem.unwrap().to_owned(), rows[0].reason.clone()))
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passwords_of_openldap_sign_people_on() {
    let slapd = Slapd::start(40, 2);
    let content = slapd.content();
    let mut people = content.entries.iter().filter(|(_, entry)| entry.get("mail").is_some_and(|mails| mails[0].starts_with("u0000")));
    let (dn, entry) = people.next().unwrap();
    let mail = entry["mail"][0].clone();
    slapd.set(dn, "userPassword", &["corr3ct (horse)*"]);
    let folder = tempfile::tempdir().unwrap();
    let house = House::open_console(folder.path()).await;
    configure(&house, &slapd.fields(slapd.addr()), slapd::BASE).await;

    assert_eq!(sign_on(&house, &mail, "corr3ct (horse)*").await, Ok(mail.clone()));
    assert_eq!(sign_on(&house, &format!("  {} ", mail.to_uppercase()), "corr3ct (horse)*").await, Ok(mail.clone()), "as it is spelt there");
    let (told, why) = sign_on(&house, &mail, "wrong").await.unwrap_err();
    assert!(told.contains("recognize") && why.contains("Invalid credentials"), "{told} {why}");
    for stranger in ["*", "u0000*", "x)(mail=*", "nobody@example.com"] {
        let (same, why) = sign_on(&house, stranger, "corr3ct (horse)*").await.unwrap_err();
        assert_eq!((same, why.as_str()), (told.clone(), "Nobody has this username."), "{stranger}");
    }
    // OpenLDAP lets nobody in without a password, and is not asked.
    assert!(sign_on(&house, &mail, "").await.unwrap_err().0.contains("Enter your username"));
    house.stop().await;
}
