//! Channel state, intents, setbacks, approvals, skipped, reset.

use crate::peers::{Peers, Site};
use crate::samples::{channel_id, cycle, link, source, with_two_channels};
use domain::model::cycle::{Approval, ChannelState, Intent, Setback};
use domain::model::link::{Digest, ObjectKind};
use domain::model::plan::{ActionKind, ObjectRef, Skipped};
use store::{Page, StoreError};

#[tokio::test]
async fn run_state() {
    let peers = Peers::start();
    peers.check(a_pause_and_the_end_of_a_cycle_do_not_undo_each_other).await;
    peers.check(intents_are_noted_and_settled).await;
    peers.check(setbacks_grow_and_go).await;
    peers.check(approvals_hold_until_used_or_expired).await;
    peers.check(skipped_writes_only_differences).await;
    peers.check(a_reset_forgets_one_channel).await;
}

fn intent(id: &str, begun_at: i64) -> Intent {
    Intent { kind: ObjectKind::User, source_id: source(id), match_value: format!("{id}@example.com"), begun_at }
}

fn setback(id: &str, attempts: u32) -> Setback {
    Setback {
        kind: ObjectKind::User,
        source_id: source(id),
        name: id.into(),
        attempts,
        next_at: 100 * i64::from(attempts),
        action: ActionKind::Create,
        detail: "The target says: e-mail is not valid".into(),
        value_digest: Digest(u128::from(attempts)),
    }
}

fn approval(id: &str, action: ActionKind, approved: bool, expires_at: i64) -> Approval {
    Approval { kind: ObjectKind::User, source_id: source(id), action, approved, expires_at }
}

fn skipped(id: &str, dn: &str, reason: &str) -> Skipped {
    let object = ObjectRef { kind: ObjectKind::User, source_id: source(id), name: id.into(), dn: dn.into() };
    Skipped { object, reason: reason.into(), by_entry: false }
}

async fn a_pause_and_the_end_of_a_cycle_do_not_undo_each_other(site: &Site) {
    with_two_channels(&site.store).await;
    let staff = channel_id("staff");
    let mut conn = site.store.read().await.unwrap();
    let unborn = ChannelState { must_observe: true, ..ChannelState::default() };
    assert_eq!(conn.find_channel_state(&staff).await.unwrap(), unborn);
    assert!(conn.list_channel_states().await.unwrap().is_empty());
    drop(conn);

    // Two tasks at once, each of which changes what is its own.
    let ticks = 20;
    let pause = {
        let (store, staff) = (site.store.clone(), staff.clone());
        tokio::spawn(async move {
            for n in 1..=ticks {
                let mut tx = store.begin().await.unwrap();
                tx.update_channel_state(&staff, n, |s| s.paused_at = Some(s.paused_at.unwrap_or(0) + 1)).await.unwrap();
                tx.commit().await.unwrap();
            }
        })
    };
    for n in 1..=ticks {
        let mut tx = site.store.begin().await.unwrap();
        tx.update_channel_state(&staff, n, |s| s.last_complete_users = Some(s.last_complete_users.unwrap_or(0) + 1)).await.unwrap();
        tx.commit().await.unwrap();
    }
    pause.await.unwrap();
    let state = site.store.read().await.unwrap().find_channel_state(&staff).await.unwrap();
    assert_eq!((state.paused_at, state.last_complete_users, state.must_observe), (Some(ticks), Some(20), true));

    site.sql("update channel_state set body = '{'").await;
    let error = site.store.read().await.unwrap().find_channel_state(&staff).await.unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { table: "channel_state", id, .. } if id == "staff"), "{error:?}");
}

async fn intents_are_noted_and_settled(site: &Site) {
    with_two_channels(&site.store).await;
    let staff = channel_id("staff");
    let mut tx = site.store.begin().await.unwrap();
    tx.put_intents(&staff, &[intent("u2", 2), intent("u1", 1), intent("u2", 3)]).await.unwrap();
    tx.put_intents(&channel_id("guests"), &[intent("u1", 9)]).await.unwrap();
    assert_eq!(tx.list_intents(&staff).await.unwrap(), [intent("u1", 1), intent("u2", 3)]);
    tx.put_intents(&staff, &[intent("u1", 7)]).await.unwrap();
    assert_eq!(tx.list_intents(&staff).await.unwrap(), [intent("u2", 3), intent("u1", 7)]);
    assert_eq!(tx.delete_intents(&staff, &[(ObjectKind::User, source("u1")), (ObjectKind::Group, source("u2"))]).await.unwrap(), 1);
    assert_eq!(tx.list_intents(&staff).await.unwrap(), [intent("u2", 3)]);
    assert_eq!(tx.list_intents(&channel_id("guests")).await.unwrap(), [intent("u1", 9)]);
    tx.commit().await.unwrap();
}

async fn setbacks_grow_and_go(site: &Site) {
    with_two_channels(&site.store).await;
    let staff = channel_id("staff");
    let mut tx = site.store.begin().await.unwrap();
    tx.put_setbacks(&staff, &[setback("u1", 1), setback("u2", 2)]).await.unwrap();
    tx.put_setbacks(&staff, &[setback("u1", 3)]).await.unwrap();
    assert_eq!(tx.list_setbacks(&staff).await.unwrap(), [setback("u2", 2), setback("u1", 3)]);
    assert_eq!(tx.delete_setbacks(&staff, &[(ObjectKind::User, source("u1"))]).await.unwrap(), 1);
    assert_eq!(tx.list_setbacks(&staff).await.unwrap(), [setback("u2", 2)]);
    assert_eq!(tx.list_setbacks(&channel_id("guests")).await.unwrap(), []);
    tx.commit().await.unwrap();
}

async fn approvals_hold_until_used_or_expired(site: &Site) {
    with_two_channels(&site.store).await;
    let staff = channel_id("staff");
    let mut tx = site.store.begin().await.unwrap();
    let disable = approval("u1", ActionKind::Disable, true, 100);
    let delete = approval("u1", ActionKind::Delete, false, 200);
    let refused = approval("u1", ActionKind::Disable, false, 50);
    tx.put_approvals(&staff, &[refused, disable.clone(), delete.clone()]).await.unwrap();
    assert_eq!(tx.list_approvals(&staff, 99).await.unwrap(), [delete.clone(), disable.clone()]);
    assert_eq!(tx.list_approvals(&staff, 100).await.unwrap(), std::slice::from_ref(&delete));
    assert_eq!(tx.delete_approvals(&staff, &[(ObjectKind::User, source("u1"), ActionKind::Delete)]).await.unwrap(), 1);
    assert_eq!(tx.list_approvals(&staff, 0).await.unwrap(), [disable]);
    assert_eq!(tx.delete_expired_approvals(99).await.unwrap(), 0);
    assert_eq!(tx.delete_expired_approvals(100).await.unwrap(), 1);
    tx.commit().await.unwrap();
}

async fn skipped_writes_only_differences(site: &Site) {
    with_two_channels(&site.store).await;
    let staff = channel_id("staff");
    let mut tx = site.store.begin().await.unwrap();
    tx.replace_skipped(&channel_id("guests"), &[skipped("u1", "CN=u1", "no mail")], 1).await.unwrap();
    let first = [
        skipped("u1", "CN=u1", "no mail"),
        skipped("u2", "CN=u2", "no mail"),
        skipped("", "CN=x", "no objectGUID"),
        skipped("", "CN=y", "no objectGUID"),
    ];
    assert_eq!(tx.replace_skipped(&staff, &first, 10).await.unwrap(), 4);
    assert_eq!(tx.replace_skipped(&staff, &first, 20).await.unwrap(), 0, "nothing differs, nothing is written");

    let mut renamed = skipped("u1", "CN=u1", "no mail");
    renamed.object.name = "zoe".into();
    let second = [renamed.clone(), skipped("u2", "CN=u2", "two mails"), skipped("", "CN=x", "no objectGUID")];
    assert_eq!(tx.replace_skipped(&staff, &second, 30).await.unwrap(), 3);
    let listed = tx.list_skipped(&staff, Page::first(10)).await.unwrap();
    let shown: Vec<_> = listed.iter().map(|s| (s.skipped.clone(), s.since)).collect();
    assert_eq!(
        shown,
        [(skipped("", "CN=x", "no objectGUID"), 10), (skipped("u2", "CN=u2", "two mails"), 30), (renamed, 10)],
        "the time belongs to the reason"
    );
    assert_eq!(tx.list_skipped(&staff, Page { offset: 1, limit: 1 }).await.unwrap(), [listed[1].clone()]);
    assert_eq!(tx.count_skipped(&staff).await.unwrap(), 3);
    assert_eq!(tx.replace_skipped(&staff, &[], 40).await.unwrap(), 3);
    assert_eq!((tx.count_skipped(&staff).await.unwrap(), tx.count_skipped(&channel_id("guests")).await.unwrap()), (0, 1));
}

async fn a_reset_forgets_one_channel(site: &Site) {
    with_two_channels(&site.store).await;
    let mut tx = site.store.begin().await.unwrap();
    for name in ["staff", "guests"] {
        let id = channel_id(name);
        tx.put_links(&[link(name, ObjectKind::User, name, name)]).await.unwrap();
        tx.put_intents(&id, &[intent("u1", 1)]).await.unwrap();
        tx.put_setbacks(&id, &[setback("u1", 1)]).await.unwrap();
        tx.put_approvals(&id, &[approval("u1", ActionKind::Delete, true, 100)]).await.unwrap();
        tx.replace_skipped(&id, &[skipped("u1", "CN=u1", "no mail")], 1).await.unwrap();
        tx.insert_cycle(&cycle(&format!("c-{name}"), name, 1)).await.unwrap();
        tx.update_channel_state(&id, 1, |s| {
            s.must_observe = false;
            s.paused = true;
        })
        .await
        .unwrap();
    }
    let state = tx.reset_channel(&channel_id("staff"), 5).await.unwrap();
    assert!(state.must_observe && state.paused);
    tx.commit().await.unwrap();

    let mut conn = site.store.read().await.unwrap();
    for (name, left) in [("staff", 0), ("guests", 1)] {
        let id = channel_id(name);
        assert_eq!(conn.load_link_heads(&id).await.unwrap().len(), left, "{name}");
        assert_eq!(conn.list_intents(&id).await.unwrap().len(), left);
        assert_eq!(conn.list_setbacks(&id).await.unwrap().len(), left);
        assert_eq!(conn.list_approvals(&id, 0).await.unwrap().len(), left);
        assert_eq!(conn.list_skipped(&id, Page::first(9)).await.unwrap().len(), left);
        assert_eq!(conn.list_cycles(&id, false, Page::first(9)).await.unwrap().len(), 1, "history stays");
        assert_eq!(conn.find_channel_state(&id).await.unwrap().must_observe, left == 0);
    }
}
