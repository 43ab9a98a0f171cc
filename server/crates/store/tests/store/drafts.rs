//! Drafts.

use crate::peers::{Peers, Site};
use domain::id::DraftId;
use store::{ClosedDraft, Draft, StoreError};

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
        base: "{\"name\":\"before\"}".into(),
        gone: None,
    }
}

#[tokio::test]
async fn drafts() {
    let peers = Peers::start();
    peers.check(a_draft_is_resumed_saved_and_thrown_away).await;
    peers.check(one_open_draft_per_owner_and_target).await;
    peers.check(a_second_post_in_between_is_noticed).await;
    peers.check(old_drafts_go_unless_kept).await;
    peers.check(who_deletes_an_object_takes_away_no_draft_of_others).await;
    peers.check(a_closed_draft_is_remembered_for_a_while).await;
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
    first.base = "{\"name\":\"Corp\"}".into();
    first.updated_at = 20;
    assert_eq!(tx.update_draft(&first).await.unwrap(), 2);
    first.version = 2;
    assert_eq!(tx.find_draft(&first.id).await.unwrap().as_ref(), Some(&first));
    let ids: Vec<_> = tx.list_drafts("admin").await.unwrap().into_iter().map(|d| d.id.to_string()).collect();
    assert_eq!(ids, ["d1", "d2"], "the latest first");

    tx.close_draft(&first, "Corp", true, 30).await.unwrap();
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
}

async fn who_deletes_an_object_takes_away_no_draft_of_others(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    for (id, owner, target) in [("d1", "admin", "corp"), ("d2", "berta", "corp"), ("d3", "berta", "lab")] {
        tx.insert_draft(&draft(id, owner, target)).await.unwrap();
    }
    assert_eq!(tx.note_deleted("data_store", "corp", "admin", 40).await.unwrap(), 1);
    assert_eq!(tx.find_draft_of("admin", "data_store", "corp").await.unwrap(), None);
    let gone = tx.list_drafts("berta").await.unwrap().into_iter().map(|d| (d.target_id, d.gone)).collect::<Vec<_>>();
    let noted = Some(("admin".to_owned(), 40));
    assert!(gone.contains(&("corp".to_owned(), noted)) && gone.contains(&("lab".to_owned(), None)), "{gone:?}");
}

async fn a_closed_draft_is_remembered_for_a_while(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    for (id, saved, at) in [("d1", true, 10), ("d2", false, 20)] {
        let draft = draft(id, "admin", id);
        tx.insert_draft(&draft).await.unwrap();
        tx.close_draft(&draft, "Corp", saved, at).await.unwrap();
        assert_eq!(tx.find_draft(&draft.id).await.unwrap(), None);
    }
    let found = tx.find_closed_draft(&DraftId::parse("d1").unwrap()).await.unwrap().unwrap();
    let wanted = ClosedDraft {
        id: DraftId::parse("d1").unwrap(),
        owner: "admin".into(),
        kind: "data_store".into(),
        target_id: "d1".into(),
        name: "Corp".into(),
        saved: true,
        closed_at: 10,
    };
    assert_eq!(found, wanted);
    assert_eq!(tx.delete_old_closed_drafts(20).await.unwrap(), 1);
    assert_eq!(tx.find_closed_draft(&found.id).await.unwrap(), None);
    assert!(!tx.find_closed_draft(&DraftId::parse("d2").unwrap()).await.unwrap().unwrap().saved);
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
