//! Signing off at service providers that nobody here wrote, whoever begins, and where one of two does not take part.

use crate::browser::Answer;
use crate::sign_on_house::{Idp, Person, ServiceProvider, said};
use crate::sign_on_service_providers::{PASSWORD, company};
use crate::slapd::{BASE, Slapd};
use domain::model::idp_adapter::SessionState;
use domain::model::sp_metadata::Binding;
use serde_json::json;

async fn open() -> (Slapd, Idp, String) {
    let (slapd, mail) = company();
    let idp = Idp::open(&slapd.fields(slapd.addr()), BASE).await;
    idp.change_adapter(|adapter| adapter.form.session_state = SessionState::Globally).await;
    (slapd, idp, mail)
}

/// With Single Logout among the SAML Profiles, by one binding where the service provider has several.
async fn connect(idp: &Idp, sp: &ServiceProvider, by: Option<Binding>) {
    idp.connect(sp).await;
    idp.change(sp, |connection| {
        let sso = &mut connection.browser_sso;
        (sso.profiles.idp_slo, sso.profiles.sp_slo) = (true, true);
        assert!(
            !sso.protocol.logout.is_empty() && !connection.credentials.verification.is_empty(),
            "the metadata says where and by which key"
        );
        sso.protocol.logout.retain(|endpoint| by.is_none_or(|by| endpoint.binding == by));
    })
    .await;
}

/// Whether the service provider takes somebody for signed on.
async fn is_signed_on(person: &mut Person, sp: &ServiceProvider) -> bool {
    said(&person.get(&format!("{}/", sp.url)).await)["name_id"].is_string()
}

/// Whether this server asks who it is.
fn asks(answer: &Answer) -> bool {
    answer.body.contains("name=\"password\"")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_libraries_sign_off_whoever_begins() {
    let (_slapd, idp, mail) = open().await;
    for (library, by, binding) in [
        ("python3-saml", Binding::HttpRedirect, "redirect"),
        ("pysaml2", Binding::HttpRedirect, "redirect"),
        ("pysaml2", Binding::HttpPost, "post"),
    ] {
        let sp = ServiceProvider::start(library, true);
        connect(&idp, &sp, Some(by)).await;
        let what = format!("{library} {binding}");
        let mut person = Person::default();

        // The service provider begins.
        let page = person.get(&sp.login("redirect")).await;
        person.sign_on(&idp, &page, &mail, PASSWORD).await;
        assert!(is_signed_on(&mut person, &sp).await, "{what}");
        let begun = person.get(&format!("{}/logout?binding={binding}", sp.url)).await;
        let told = said(&person.go_on(begun).await);
        assert_eq!(told, json!({"ok": true, "codes": ["Success"], "relay_state": "bye"}), "{what}");
        assert!(!is_signed_on(&mut person, &sp).await, "{what}");
        assert!(asks(&person.get(&sp.login("redirect")).await), "{what}: signed off here too");

        // This server begins.
        let page = person.get(&idp.link(&sp)).await;
        person.sign_on(&idp, &page, &mail, PASSWORD).await;
        assert!(is_signed_on(&mut person, &sp).await, "{what}");
        let begun = person.get(&idp.url("/idp/startSLO.ping")).await;
        let end = person.go_on(begun).await;
        assert!(end.body.contains("You are signed off.") && !end.body.contains("may still be"), "{what}: {}", end.body);
        assert!(!is_signed_on(&mut person, &sp).await, "{what}");
        assert!(asks(&person.get(&sp.login("redirect")).await), "{what}");
    }
    idp.house.stop().await;
}

/// Somebody who is signed on at two service providers.
async fn at_both(idp: &Idp, one: &ServiceProvider, other: &ServiceProvider, mail: &str) -> Person {
    let mut person = Person::default();
    let page = person.get(&one.login("redirect")).await;
    person.sign_on(idp, &page, mail, PASSWORD).await;
    // Nobody is asked again.
    let page = person.get(&other.login("redirect")).await;
    assert!(!asks(&page), "{}", page.body);
    person.go_on(page).await;
    assert!(is_signed_on(&mut person, one).await && is_signed_on(&mut person, other).await);
    person
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_refuses_makes_it_partial() {
    let (_slapd, idp, mail) = open().await;
    let good = ServiceProvider::start("python3-saml", true);
    let bad = ServiceProvider::start_with("pysaml2", "{\"sign\": true, \"logout\": \"refuse\"}");
    connect(&idp, &good, None).await;
    connect(&idp, &bad, None).await;

    let mut person = at_both(&idp, &good, &bad, &mail).await;
    let begun = person.get(&idp.url("/idp/startSLO.ping")).await;
    let end = person.go_on(begun).await;
    assert!(end.body.contains("You may still be signed on"), "{}", end.body);
    assert!(!is_signed_on(&mut person, &good).await && is_signed_on(&mut person, &bad).await);
    assert!(asks(&person.get(&good.login("redirect")).await), "signed off here");

    // The other one begins, and is told.
    let mut person = at_both(&idp, &good, &bad, &mail).await;
    let begun = person.get(&format!("{}/logout", good.url)).await;
    let told = said(&person.go_on(begun).await);
    assert_eq!(told["codes"], json!(["Success", "PartialLogout"]), "{told}");
    assert!(!is_signed_on(&mut person, &good).await);
    // The one that refuses others may begin itself.
    let mut person = at_both(&idp, &good, &bad, &mail).await;
    let begun = person.get(&format!("{}/logout?binding=post", bad.url)).await;
    let told = said(&person.go_on(begun).await);
    assert_eq!(told["codes"], json!(["Success"]), "{told}");
    assert!(!is_signed_on(&mut person, &good).await);
    idp.house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_does_not_answer_keeps_nobody_else_from_being_told() {
    let (_slapd, idp, mail) = open().await;
    let good = ServiceProvider::start("python3-saml", true);
    let silent = ServiceProvider::start_with("pysaml2", "{\"sign\": true, \"logout\": \"silent\"}");
    connect(&idp, &good, None).await;
    connect(&idp, &silent, None).await;

    let mut person = at_both(&idp, &good, &silent, &mail).await;
    let begun = person.get(&idp.url("/idp/startSLO.ping")).await;
    let stuck = said(&person.go_on(begun).await);
    assert_eq!(stuck, json!({"silent": true}));
    // Whoever comes back is signed off from the rest, and told that it is not all.
    let again = person.get(&idp.url("/idp/startSLO.ping")).await;
    let end = person.go_on(again).await;
    assert!(end.body.contains("You may still be signed on"), "{}", end.body);
    assert!(!is_signed_on(&mut person, &good).await && is_signed_on(&mut person, &silent).await);
    // Once is enough.
    let again = person.get(&idp.url("/idp/startSLO.ping")).await;
    assert!(again.body.contains("You are signed off.") && !again.body.contains("may still be"), "{}", again.body);

    // The service provider that began is told in the end.
    let mut person = at_both(&idp, &good, &silent, &mail).await;
    let begun = person.get(&format!("{}/logout", good.url)).await;
    assert_eq!(said(&person.go_on(begun).await), json!({"silent": true}));
    let again = person.get(&idp.url("/idp/startSLO.ping")).await;
    let told = said(&person.go_on(again).await);
    assert_eq!(told["codes"], json!(["Success", "PartialLogout"]), "{told}");
    idp.house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_touched_signs_nobody_off() {
    let (_slapd, idp, mail) = open().await;
    for (library, by, binding) in [("python3-saml", Binding::HttpRedirect, "redirect"), ("pysaml2", Binding::HttpPost, "post")] {
        let sp = ServiceProvider::start(library, true);
        connect(&idp, &sp, Some(by)).await;
        let mut person = Person::default();
        let page = person.get(&sp.login("redirect")).await;
        person.sign_on(&idp, &page, &mail, PASSWORD).await;
        // What the service provider would send, without going there; then with one letter changed.
        let from_sp = person.sent(&format!("{}/logout?binding={binding}", sp.url)).await.touched();
        let refused = person.take(from_sp).await;
        assert!(refused.status == 400 && refused.body.contains("<code>saml-"), "{library}: {} {}", refused.status, refused.body);
        assert!(!asks(&person.get(&sp.login("redirect")).await), "{library}: still signed on here");
        // And what this server sends there.
        let from_us = person.sent(&idp.url("/idp/startSLO.ping")).await.touched();
        let refused = said(&person.take(from_us).await);
        assert!(refused["refused"].is_string(), "{library}: {refused}");
        assert!(is_signed_on(&mut person, &sp).await, "{library}");
    }
    idp.house.stop().await;
}
