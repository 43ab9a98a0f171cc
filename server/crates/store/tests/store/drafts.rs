//! Drafts.

use crate::peers::{Peers, Site};
use domain::id::DraftId;
use store::{Draft, StoreError};

fn draft(id: &str, owner: &str, target: &str) -> Draft {
    Draft {
        id: DraftId::parse(id).unwrap(),
        kind: "data_store".into(),
        target_id: target.into(),
        owner: owner.into(),
        base_version: 0,
        kept: false,
        path: "connection".into(),
        body: "{\"name\":\"\"}".into(),
        problems: "[]".into(),
        version: 1,
        updated_at: 10,
    }
}

#[tokio::test]
async fn drafts() {
    let peers = Peers::start();
    peers.check(a_draft_is_resumed_saved_and_thrown_away).await;
    peers.check(one_open_draft_per_owner_and_target).await;
    peers.check(a_second_post_in_between_is_noticed).await;
    peers.check(old_drafts_go_unless_kept).await;
}

async fn a_draft_is_resumed_saved_and_thrown_away(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    let mut first = draft("d1", "admin", "corp");
    tx.insert_draft(&first).await.unwrap();
    tx.insert_draft(&draft("d2", "admin", "lab")).await.unwrap();
    assert_eq!(tx.find_draft(&first.id).await.unwrap().as_ref(), Some(&first));
    assert_eq!(tx.find_draft_of("admin", "data_store", "corp").await.unwrap().as_ref(), Some(&first));
    assert_eq!(tx.find_draft_of("berta", "data_store", "corp").await.unwrap(), None);
    assert_eq!(tx.find_draft_of("admin", "sp_connection", "corp").await.unwrap(), None);

    first.kept = true;
    first.path = "connection/channel:c1/source".into();
    first.body = "{\"name\":\"Corp\"}".into();
    first.problems = "[{\"field\":\"name\"}]".into();
    first.base_version = 4;
    first.updated_at = 20;
    assert_eq!(tx.update_draft(&first).await.unwrap(), 2);
    first.version = 2;
    assert_eq!(tx.find_draft(&first.id).await.unwrap().as_ref(), Some(&first));
    let ids: Vec<_> = tx.list_drafts("admin").await.unwrap().into_iter().map(|d| d.id.to_string()).collect();
    assert_eq!(ids, ["d1", "d2"], "the latest first");

    tx.delete_draft(&first.id).await.unwrap();
    assert!(matches!(tx.update_draft(&first).await, Err(StoreError::Gone { .. })));
    tx.commit().await.unwrap();
    assert_eq!(site.store.read().await.unwrap().find_draft(&first.id).await.unwrap(), None);
}

async fn one_open_draft_per_owner_and_target(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    tx.insert_draft(&draft("d1", "admin", "corp")).await.unwrap();
    tx.insert_draft(&draft("d2", "berta", "corp")).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = site.store.begin().await.unwrap();
    assert!(matches!(tx.insert_draft(&draft("d3", "admin", "corp")).await, Err(StoreError::Taken { what: "draft" })));
    drop(tx);
    let mut tx = site.store.begin().await.unwrap();
    assert_eq!(tx.delete_drafts_of("data_store", "corp").await.unwrap(), 2);
    tx.commit().await.unwrap();
}

async fn a_second_post_in_between_is_noticed(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    let mine = draft("d1", "admin", "corp");
    tx.insert_draft(&mine).await.unwrap();
    tx.update_draft(&mine).await.unwrap();
    match tx.update_draft(&mine).await {
        Err(StoreError::Stale { by }) => assert_eq!(by, "admin"),
        other => panic!("{other:?}"),
    }
}

async fn old_drafts_go_unless_kept(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    for (id, kept, at) in [("old", false, 10), ("kept", true, 10), ("new", false, 30)] {
        tx.insert_draft(&Draft { kept, updated_at: at, ..draft(id, "admin", id) }).await.unwrap();
    }
    assert_eq!(tx.delete_old_drafts(30).await.unwrap(), 1);
    let ids: Vec<_> = tx.list_drafts("admin").await.unwrap().into_iter().map(|d| d.id.to_string()).collect();
    assert_eq!(ids, ["new", "kept"]);
}
