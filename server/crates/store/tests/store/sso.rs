//! People who signed on: their sessions, answered messages, logouts, and what became of sign-ons.

use crate::peers::{Peers, Site};
use domain::id::ConnectionId;
use store::{Page, SignOn, SignOnQuery, SsoSession, SsoVisit};

#[tokio::test]
async fn sso() {
    let peers = Peers::start();
    peers.check(a_message_is_answered_once).await;
    peers.check(sessions_are_found_moved_and_end).await;
    peers.check(a_logout_is_taken_once).await;
    peers.check(sign_ons_are_listed_and_pruned).await;
}

async fn a_message_is_answered_once(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    assert!(tx.insert_answered_message("m1", 100).await.unwrap());
    assert!(!tx.insert_answered_message("m1", 200).await.unwrap());
    assert!(tx.is_message_answered("m1").await.unwrap() && !tx.is_message_answered("m2").await.unwrap());
    assert_eq!(tx.delete_expired_messages(99).await.unwrap(), 0);
    assert_eq!(tx.delete_expired_messages(100).await.unwrap(), 1);
    assert!(!tx.is_message_answered("m1").await.unwrap());
}

fn session(id: &str, browser: &str, scope: Option<&str>) -> SsoSession {
    SsoSession {
        id: id.into(),
        browser: browser.into(),
        adapter_id: "form".into(),
        scope: scope.map(str::to_owned),
        username: "ada".into(),
        given: "[]".into(),
        authn_at: 1,
        idle_ms: 10,
        expires_at: 50,
        ends_at: 100,
    }
}

async fn sessions_are_found_moved_and_end(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    let (one, two) = (session("s1", "b1", Some("")), session("s2", "b1", None));
    tx.insert_sso_session(&one).await.unwrap();
    tx.insert_sso_session(&two).await.unwrap();
    assert_eq!(tx.list_sso_sessions("b1", 49).await.unwrap(), [one.clone(), two.clone()]);
    assert!(tx.list_sso_sessions("b1", 50).await.unwrap().is_empty() && tx.list_sso_sessions("b2", 1).await.unwrap().is_empty());
    let visit = |session: &str, connection: &str, index: &str| SsoVisit {
        session_id: session.into(),
        connection_id: connection.into(),
        session_index: index.into(),
        name: "ada@x".into(),
        name_id: "{}".into(),
    };
    tx.put_sso_visit(&visit("s1", "c1", "i0")).await.unwrap();
    tx.put_sso_visit(&visit("s1", "c1", "i1")).await.unwrap();
    tx.put_sso_visit(&visit("s1", "c2", "i2")).await.unwrap();
    assert_eq!(tx.list_sso_visits("s1").await.unwrap(), [visit("s1", "c1", "i1"), visit("s1", "c2", "i2")]);
    tx.move_sso_visits("s1", "s2").await.unwrap();
    tx.move_sso_sessions("b1", "b2").await.unwrap();
    tx.touch_sso_session("s2", 70).await.unwrap();
    tx.delete_sso_session("s1").await.unwrap();
    let c1 = ConnectionId::parse("c1").unwrap();
    assert_eq!(tx.find_sso_visits(&c1, "ada@x").await.unwrap(), [visit("s2", "c1", "i1")]);
    assert!(tx.find_sso_visits(&c1, "ADA@x").await.unwrap().is_empty());
    assert_eq!(tx.list_sso_sessions("b2", 69).await.unwrap(), [SsoSession { browser: "b2".into(), expires_at: 70, ..two }]);
    assert_eq!(tx.delete_expired_sso_sessions(70).await.unwrap(), 1);
    assert!(tx.find_sso_visits(&c1, "ada@x").await.unwrap().is_empty(), "visits go with their session");
}

async fn a_logout_is_taken_once(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    tx.insert_sso_logout("l1", "one", 100).await.unwrap();
    assert_eq!(tx.take_sso_logout("l1", 100).await.unwrap(), None, "it is too late");
    assert_eq!(tx.take_sso_logout("l1", 99).await.unwrap().as_deref(), Some("one"));
    assert_eq!(tx.take_sso_logout("l1", 99).await.unwrap(), None);
}

async fn sign_ons_are_listed_and_pruned(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    let c1 = ConnectionId::parse("c1").unwrap();
    for at in 0..10 {
        let sign_on = SignOn {
            id: format!("s{at}"),
            at,
            is_success: at % 2 == 0,
            connection_id: (at < 5).then(|| c1.clone()),
            person: if at == 3 { "Ada_L%".into() } else { format!("Bob{at}") },
            took_ms: 7,
            ..SignOn::default()
        };
        tx.insert_sign_on(&sign_on).await.unwrap();
    }
    let ids = |(rows, total): (Vec<SignOn>, u64)| (rows.into_iter().map(|row| row.id).collect::<Vec<_>>(), total);
    let all = SignOnQuery::default();
    assert_eq!(ids(tx.list_sign_ons(&all, Page { offset: 8, limit: 5 }).await.unwrap()), (vec!["s1".into(), "s0".into()], 10));
    let failed = SignOnQuery { is_success: Some(false), connection: Some(c1), ..all.clone() };
    assert_eq!(ids(tx.list_sign_ons(&failed, Page::first(5)).await.unwrap()), (vec!["s3".into(), "s1".into()], 2));
    for (person, found) in [("ada_l%", 1), ("a_a", 0), ("%", 1), ("BOB", 9)] {
        let query = SignOnQuery { person: person.into(), ..all.clone() };
        assert_eq!(tx.list_sign_ons(&query, Page::first(1)).await.unwrap().1, found, "{person}");
    }
    assert_eq!(tx.prune_sign_ons(2, 100).await.unwrap(), 2);
    assert_eq!(tx.prune_sign_ons(0, 3).await.unwrap(), 5);
    assert_eq!(ids(tx.list_sign_ons(&all, Page::first(5)).await.unwrap()), (vec!["s9".into(), "s8".into(), "s7".into()], 3));
}
