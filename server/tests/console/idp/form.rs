//! The form: whose post it takes, what it says, and how often it may be tried.

use super::{INGRID, Idp, Posted, TOBIAS, arrive, fill, refused};
use crate::form::Form;
use sandbox::directory::Fault;

#[tokio::test]
async fn only_the_browser_that_was_shown_the_form_may_post_it() {
    let idp = Idp::open().await;
    let mut b = idp.house.visitor();
    let page = arrive(&mut b, &idp.request()).await;
    let mut stranger = idp.house.visitor();
    refused(&fill(&mut stranger, &page, TOBIAS, &idp.password).await, "sign-on-state");
    arrive(&mut stranger, &idp.request()).await;
    refused(&fill(&mut stranger, &page, TOBIAS, &idp.password).await, "sign-on-state");
    // Nor does the way to the form do in its place.
    let flow = {
        let answer = super::post(&mut b, &idp.request()).await;
        answer.location().split_once("flow=").unwrap().1.to_owned()
    };
    refused(&b.post("/idp/sign-on", &[("flow", &flow), ("username", TOBIAS), ("password", &idp.password)]).await, "sign-on-state");
    for damaged in ["", "AAAA", &flow[..flow.len() - 4]] {
        refused(&b.get(&format!("/idp/sign-on?flow={damaged}")).await, "sign-on-state");
    }
    let form = Form::of(&page, "/idp/sign-on");
    let body = format!("flow={}&username=a&password=b", form.get("flow").unwrap());
    let headers = [("sec-fetch-site", "cross-site"), ("content-type", "application/x-www-form-urlencoded")];
    refused(&b.send("POST", "/idp/sign-on", &headers, body.into()).await, "sign-on-state");
    // Two windows of one browser do not disturb each other.
    let other = arrive(&mut b, &idp.request()).await;
    assert_eq!(fill(&mut b, &page, TOBIAS, &idp.password).await.status, 200);
    assert_eq!(Posted::of(&fill(&mut b, &other, INGRID, &idp.password).await.body).text("NameID"), INGRID);
    idp.stop().await;
}

/// What the form says of a try.
async fn said(idp: &Idp, username: &str, password: &str) -> String {
    let mut b = idp.house.visitor();
    let page = arrive(&mut b, &idp.request()).await;
    let answer = fill(&mut b, &page, username, password).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(!answer.body.contains("SAMLResponse"), "{username} is signed on");
    let said = answer.body.split("role=\"alert\"").nth(1).and_then(|rest| rest.split('>').nth(1)?.split('<').next());
    said.unwrap_or_else(|| panic!("nothing is said: {}", answer.body)).to_owned()
}

#[tokio::test]
async fn a_stranger_does_not_learn_who_exists() {
    let idp = Idp::open().await;
    let right = idp.password.clone();
    let unknown = said(&idp, "nobody@canal.example", "x").await;
    assert!(unknown.contains("recognize the username or password"), "{unknown}");
    assert_eq!(said(&idp, TOBIAS, "not-the-password").await, unknown);
    assert_eq!(said(&idp, "tamsin.pendragon@canal.example", &right).await, unknown, "locked");
    for (username, password) in [
        ("*", right.as_str()),
        ("tobias.*", &right),
        ("x)(mail=*", &right),
        ("tobias.okafor@canal.example)(objectClass=*", &right),
        ("\\2a", &right),
        ("${username}", &right),
    ] {
        assert_eq!(said(&idp, username, password).await, unknown, "{username}");
    }
    for (username, password) in [("", right.as_str()), (TOBIAS, "")] {
        assert!(said(&idp, username, password).await.contains("Enter your username and your password."));
    }
    for (username, words) in [
        ("walter.steiner@canal.example", "Your account is disabled."),
        ("marta.kowalczyk@canal.example", "Your account has expired."),
        ("petra.hoffmann@canal.example", "Your password must be changed"),
        ("judith.abrahams@canal.example", "Your password has expired"),
    ] {
        let told = said(&idp, username, &right).await;
        assert!(told.contains(words), "{username}: {told}");
        assert_eq!(said(&idp, username, "wrong").await, unknown, "{username} is told only who has the password");
    }
    idp.directory.set_fault(Fault::RefuseConnections);
    assert!(said(&idp, TOBIAS, &right).await.contains("cannot be checked at the moment"));
    idp.directory.clear_faults();
    idp.stop().await;
}

#[tokio::test]
async fn wrong_passwords_run_out() {
    let idp = Idp::open().await;
    let mut b = idp.house.visitor();
    let request = idp.request();
    let mut page = arrive(&mut b, &request).await;
    for _ in 0..2 {
        let answer = fill(&mut b, &page, TOBIAS, "wrong").await;
        assert!(answer.body.contains("aria-describedby=\"problem\"") && !answer.body.contains("wrong\""), "{}", answer.body);
        page = answer.body;
    }
    assert!(page.contains(&format!("value=\"{TOBIAS}\"")), "the username is kept");
    let posted = Posted::of(&fill(&mut b, &page, TOBIAS, "wrong").await.body);
    assert_eq!(posted.status(), ["Responder", "AuthnFailed"], "Challenge Retries are over");
    assert_eq!(posted.attribute("Response", "InResponseTo").as_deref(), Some(request.id.as_str()));

    // The account waits at this address after five, whatever the password and the browser.
    for _ in 0..2 {
        said(&idp, TOBIAS, "wrong").await;
    }
    let told = said(&idp, TOBIAS, &idp.password).await;
    assert!(told.contains("Too many attempts failed"), "{told}");
    let told = said(&idp, &format!(" {} ", TOBIAS.to_uppercase()), &idp.password).await;
    assert!(told.contains("Too many attempts failed"), "{told}");
    // Somebody else at the same address does not.
    assert_eq!(idp.sign_on(&mut b, &idp.request(), INGRID, &idp.password).await.status(), ["Success"]);
    idp.stop().await;
}

#[tokio::test]
async fn who_goes_away_before_the_answer_has_tried_all_the_same() {
    let idp = Idp::open().await;
    idp.directory.set_fault(Fault::Delay(std::time::Duration::from_millis(100)));
    for _ in 0..5 {
        let mut b = idp.house.visitor();
        let page = arrive(&mut b, &idp.request()).await;
        let binds = idp.directory.operations().binds;
        let mut going = Box::pin(fill(&mut b, &page, INGRID, "wrong"));
        // Gone once the directory is asked.
        while idp.directory.operations().binds == binds {
            let _ = futures::poll!(&mut going);
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        drop(going);
    }
    // They count while they are under way, and once they have ended.
    assert!(said(&idp, INGRID, &idp.password).await.contains("Too many"));
    idp.directory.clear_faults();
    assert!(said(&idp, INGRID, &idp.password).await.contains("Too many"));
    idp.stop().await;
}

#[tokio::test]
async fn many_tries_at_once_count_as_many() {
    let idp = Idp::open().await;
    let tries = (0..12).map(|_| said(&idp, INGRID, "wrong"));
    let told = futures::future::join_all(tries).await;
    let waiting = told.iter().filter(|told| told.contains("Too many attempts failed")).count();
    assert_eq!(waiting, 7, "{told:?}");
    idp.stop().await;
}
