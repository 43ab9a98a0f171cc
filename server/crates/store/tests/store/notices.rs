//! What lasts, and the messages about it.

use crate::peers::{Peers, Site};
use domain::model::notifications::{Condition, Event, Notice, Way};
use store::{Lasting, Page};

#[tokio::test]
async fn notices() {
    let peers = Peers::start();
    peers.check(a_condition_lasts_until_it_is_over).await;
    peers.check(notices_are_due_until_they_are_delivered).await;
}

fn lasting(key: &str, since: i64, told: bool) -> Lasting {
    let condition =
        Condition { key: key.into(), event: Event::Held, title: "t".into(), text: format!("about {key}"), page: "/channels/c".into() };
    Lasting { condition, since, told }
}

async fn a_condition_lasts_until_it_is_over(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    tx.put_condition(&lasting("held:b", 5, false)).await.unwrap();
    tx.put_condition(&lasting("held:a", 6, false)).await.unwrap();
    tx.put_condition(&lasting("held:b", 5, true)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        site.store.read().await.unwrap().list_conditions().await.unwrap(),
        [lasting("held:a", 6, false), lasting("held:b", 5, true)]
    );
    let mut tx = site.store.begin().await.unwrap();
    tx.delete_condition("held:a").await.unwrap();
    assert_eq!(tx.list_conditions().await.unwrap(), [lasting("held:b", 5, true)]);
}

fn notice(id: &str, created_at: i64, next_at: Option<i64>) -> Notice {
    Notice {
        id: id.into(),
        way: Way::Webhook,
        event: Event::Over,
        key: "held:a".into(),
        title: "Over".into(),
        text: "It is over.".into(),
        page: "/".into(),
        created_at,
        sent_at: None,
        attempts: 0,
        next_at,
        error: String::new(),
    }
}

async fn notices_are_due_until_they_are_delivered(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    assert_eq!(tx.next_due_notice().await.unwrap(), None);
    for notice in [notice("1", 10, Some(30)), notice("2", 20, Some(20)), notice("3", 30, None)] {
        tx.insert_notice(&notice).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut conn = site.store.read().await.unwrap();
    let ids = |notices: Vec<Notice>| notices.into_iter().map(|notice| notice.id).collect::<Vec<_>>().join(" ");
    assert_eq!(ids(conn.list_notices(Page::first(2)).await.unwrap()), "3 2");
    assert_eq!(ids(conn.list_due_notices(25, 9).await.unwrap()), "2");
    assert_eq!(ids(conn.list_due_notices(30, 9).await.unwrap()), "2 1");
    assert_eq!(conn.next_due_notice().await.unwrap(), Some(20));
    drop(conn);

    let mut tx = site.store.begin().await.unwrap();
    let delivered = Notice { sent_at: Some(40), attempts: 2, next_at: None, ..notice("2", 20, None) };
    tx.update_notice(&delivered).await.unwrap();
    assert!(tx.list_notices(Page::first(9)).await.unwrap().contains(&delivered));
    assert_eq!(ids(tx.list_due_notices(99, 9).await.unwrap()), "1");
    // What is still to be delivered stays, however old.
    assert_eq!(tx.delete_old_notices(25).await.unwrap(), 1);
    assert_eq!(ids(tx.list_notices(Page::first(9)).await.unwrap()), "3 1");
}
