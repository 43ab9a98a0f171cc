//! What administrators see of sign-ons, and what would be said of somebody.

use super::{ENTITY_ID, INGRID, Idp, Request, TOBIAS, arrive, fill, post};
use domain::model::idp_adapter::IdpAdapter;
use store::{Page, SignOnQuery};

const LOCAL: domain::actor::Actor = crate::command_line::LOCAL;

#[tokio::test]
async fn every_sign_on_is_listed_with_how_it_went() {
    let idp = Idp::open().await;
    let mut admin = idp.house.administrator().await;
    assert!(admin.page("/sign-ons").await.contains("Nobody has signed on yet"));
    let mut b = idp.house.visitor();
    idp.sign_on(&mut b, &idp.request(), TOBIAS, &idp.password).await;
    let page = arrive(&mut b, &idp.request()).await;
    fill(&mut b, &page, "nobody@canal.example", "<b>wrong</b>").await;
    post(&mut b, &Request { issuer: "https://evil.example/<script>".replace(['<', '>'], "").to_owned(), ..idp.request() }).await;
    post(&mut b, &Request { issued_in: -900, ..idp.request() }).await;

    let page = admin.page("/sign-ons").await;
    for words in [
        "1 to 4 of 4",
        TOBIAS,
        "Signed on",
        "nobody@canal.example",
        "Nobody has this username. (sign-on-failed)",
        "for which there is no active connection",
        "(saml-issuer)",
        "https://evil.example/script",
        "(saml-time)",
        "form1, ",
        "127.0.0.1",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert!(!page.contains("wrong</b>") && !page.contains("wrong&lt;"), "a password is nowhere");
    let found = admin.page("/sign-ons?person=TOBIAS").await;
    assert!(found.contains("1 to 1 of 1") && found.contains(TOBIAS) && !found.contains("saml-time"), "{found}");
    let found = admin.page("/sign-ons?result=failure").await;
    assert!(found.contains("1 to 3 of 3") && !found.contains(TOBIAS), "{found}");
    let id = idp.house.service.list_connections(&LOCAL).await.unwrap()[0].id.clone();
    let found = admin.page(&format!("/sign-ons?connection={id}")).await;
    assert!(found.contains("1 to 3 of 3") && !found.contains("evil.example"), "{found}");
    assert!(admin.page("/sign-ons?person=%25").await.contains("No sign-on is like this"));
    assert_eq!(idp.house.visitor().get("/sign-ons").await.status, 303, "for administrators only");

    // What the adapter masks is masked.
    idp.change_adapter(|adapter| adapter.masked.extend([IdpAdapter::CORE.to_owned()])).await;
    idp.change(|connection| {
        let row = &mut connection.browser_sso.assertion.sources[0].fulfillment[0];
        (row.source, row.value) = (domain::model::browser_sso::ValueSource::Adapter, "username".into());
    })
    .await;
    idp.sign_on(&mut b, &idp.request(), INGRID, &idp.password).await;
    let page = arrive(&mut b, &idp.request()).await;
    fill(&mut b, &page, INGRID, "wrong").await;
    let (rows, total) = idp.house.service.list_sign_ons(&LOCAL, &SignOnQuery::default(), Page::first(10)).await.unwrap();
    assert_eq!(total, 6);
    assert!(rows[..2].iter().all(|row| row.person == "••••••"), "{rows:?}");
    let tracking: std::collections::BTreeSet<_> = rows.iter().map(|row| row.tracking.as_str()).collect();
    assert_eq!(tracking.len(), 6, "each has a name of its own");
    idp.stop().await;
}

#[tokio::test]
async fn strangers_cannot_fill_the_list() {
    let idp = Idp::open().await;
    let mut b = idp.house.visitor();
    for _ in 0..300 {
        let answer = b.get("/idp/SSO.saml2").await;
        assert!(matches!(answer.status, 400 | 429), "{}", answer.status);
    }
    let (_, total) = idp.house.service.list_sign_ons(&LOCAL, &SignOnQuery::default(), Page::first(1)).await.unwrap();
    assert!((200..300).contains(&total), "{total}");
    idp.stop().await;
}

#[tokio::test]
async fn an_assertion_is_tested_without_signing_anybody_on() {
    let idp = Idp::open().await;
    let mut admin = idp.house.administrator().await;
    let id = idp.house.service.list_connections(&LOCAL).await.unwrap()[0].id.clone();
    let list = admin.page("/sp-connections").await;
    assert!(list.contains("Test Assertion") && list.contains(&format!("/sp-connections/{id}/test")), "{list}");
    let here = format!("/sp-connections/{id}/test");
    let page = admin.page(&here).await;
    assert!(page.contains("name=\"username\"") && !page.contains("<pre"), "{page}");
    let page = admin.page(&format!("{here}?username={}", TOBIAS.to_uppercase())).await;
    for words in [TOBIAS, ENTITY_ID, "SAML_SUBJECT", "&lt;saml:NameID", "emailAddress", "Sent to", "https://us-east-1.sso.signin.aws/"] {
        assert!(page.contains(words), "{words} in {page}");
    }
    let message = page.split("<pre").nth(1).and_then(|rest| rest.split("</pre>").next()).unwrap();
    let values: Vec<_> = message.split("&lt;ds:SignatureValue&gt;").skip(1).map(|rest| rest.chars().next()).collect();
    assert_eq!(values, [Some('…'), Some('…')], "nobody can sign on with it: {message}");
    let page = admin.page(&format!("{here}?username=nobody")).await;
    assert!(page.contains("nobody below DC=canal,DC=example matches mail=${username}"), "{page}");
    assert!(admin.page(&format!("{here}?username=*")).await.contains("nobody below"));
    let (_, total) = idp.house.service.list_sign_ons(&LOCAL, &SignOnQuery::default(), Page::first(1)).await.unwrap();
    assert_eq!(total, 0, "nobody was signed on");
    assert_eq!(idp.house.visitor().get(&here).await.status, 303, "for administrators only");
    idp.stop().await;
}
