//! Passwords are checked by a bind against a domain controller and against OpenLDAP, and nothing that is typed is more than a text.

use crate::samba::{self, Samba};
use crate::sign_on_house::{Idp, Person, ServiceProvider};
use crate::sign_on_service_providers::company;
use crate::slapd::BASE;
use serde_json::json;

const ADMINISTRATOR: &str = "CN=Administrator,CN=Users,DC=example,DC=test";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_controller_checks_the_password() {
    let samba = Samba::start(5, 1);
    // One with a password that is known, and that is no service account of ours.
    samba.set(ADMINISTRATOR, "mail", &["root@example.com"]);
    let idp = Idp::open(&samba.fields(), samba::BASE).await;
    let sp = ServiceProvider::start("pysaml2", false);
    idp.connect(&sp).await;
    let mut person = Person::default();
    let page = person.get(&sp.login("redirect")).await;
    // A domain controller takes a bind with a name and no password for one of nobody, and says that it went well. Samba reads a
    // password up to the first NUL.
    for wrong in ["\0x", "admin-Secret-2", "admin-Secret-1\0"] {
        let again = person.fill(&idp, &page.body, "root@example.com", wrong).await;
        assert!(again.body.contains("role=\"alert\"") && !again.body.contains("SAMLResponse"), "{wrong:?}: {}", again.body);
    }
    let page = person.get(&sp.login("redirect")).await;
    let told = person.sign_on(&idp, &page, "ROOT@example.com", "admin-Secret-1").await;
    assert_eq!(told["name_id"], json!("root@example.com"), "as the directory spells it: {told}");
    idp.house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_typed_is_never_a_part_of_a_filter_or_a_name() {
    let (slapd, mail) = company();
    let idp = Idp::open(&slapd.fields(slapd.addr()), BASE).await;
    let sp = ServiceProvider::start("python3-saml", false);
    idp.connect(&sp).await;
    let name = mail.split('@').next().unwrap();
    let long = "a".repeat(2_000);
    let typed = [
        "*".to_owned(),
        format!("{name}*"),
        format!("*{}", &mail[1..]),
        format!("{mail})(objectClass=*"),
        "x)(|(mail=*".to_owned(),
        format!("x))(|(mail={mail}"),
        format!("{mail}\0"),
        format!("{mail})\0"),
        "\\2a".to_owned(),
        format!("{name}\\40example.com"),
        "&".to_owned(),
        "${username}".to_owned(),
        "(mail=*)".to_owned(),
        format!("cn=sync,{BASE}"),
        long,
        "\u{202e}\u{feff}".to_owned(),
    ];
    let mut shown = None;
    for username in typed {
        let mut person = Person::default();
        let page = person.get(&sp.login("redirect")).await;
        let answer = person.fill(&idp, &page.body, &username, "Lock & Weir 1").await;
        assert!(!answer.body.contains("SAMLResponse"), "{username:?} signed on: {}", answer.body);
        assert!(answer.body.contains("role=\"alert\""), "{username:?}: {} {}", answer.status, answer.body);
        let alert = answer.body.split("role=\"alert\"").nth(1).unwrap().split("</div>").next().unwrap().to_owned();
        // The sentence tells nothing of what was typed.
        assert_eq!(shown.get_or_insert(alert.clone()), &alert, "{username:?}");
    }
    // The same words with the mail address itself sign on.
    let mut person = Person::default();
    let page = person.get(&sp.login("redirect")).await;
    assert_eq!(person.sign_on(&idp, &page, &mail, "Lock & Weir 1").await["name_id"], json!(mail));
    idp.house.stop().await;
}
