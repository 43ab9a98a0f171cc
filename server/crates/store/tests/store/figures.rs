//! Figures over time, and how objects stand.

use crate::peers::{Peers, Site};
use crate::samples::{channel_id, count, cycle, link, source, with_two_channels};
use domain::model::cycle::{Calls, Count, CycleState, Setback};
use domain::model::link::{Digest, ObjectKind};
use domain::model::plan::{ActionKind, ObjectRef, Skipped};
use store::{Figures, ObjectCounts, Spark, Standing};

/// A span, as long as those that are kept.
const FIVE: i64 = 5 * 60_000;

#[tokio::test]
async fn figures() {
    let peers = Peers::start();
    peers.check(cycles_are_added_up_by_time).await;
    peers.check(objects_are_counted_by_how_they_stand).await;
}

async fn cycles_are_added_up_by_time(site: &Site) {
    with_two_channels(&site.store).await;
    let staff = channel_id("staff");
    let mut ended = Vec::new();
    for (n, at, took) in [(0, 0, 1_000), (1, 60_000, 3_000), (2, FIVE, 2_000), (3, 12 * FIVE, 500)] {
        let mut one = cycle(&format!("c{n}"), "staff", at);
        one.ended_at = Some(at + took);
        one.state = CycleState::Succeeded;
        ended.push(one);
    }
    ended[0].counts = vec![count(), Count { outcome: "rejected".into(), count: 2, ..count() }, Count { outcome: "held".into(), ..count() }];
    ended[0].calls = Some(Calls { count: 10, total_ms: 500, slow_ms: 90, waited_ms: 7 });
    ended[1].calls = Some(Calls { count: 1, total_ms: 40, slow_ms: 40, waited_ms: 0 });
    ended[2].state = CycleState::Failed;
    let mut tx = site.store.begin().await.unwrap();
    for one in &ended {
        tx.add_figures(&staff, &Figures::of(one)).await.unwrap();
    }
    tx.add_figures(&channel_id("guests"), &Figures::of(&ended[3])).await.unwrap();
    tx.commit().await.unwrap();

    let mut conn = site.store.read().await.unwrap();
    let first = Figures {
        at: 0,
        cycles: 2,
        broken: 0,
        operations: 3,
        failures: 2,
        took_ms: 4_000,
        longest_ms: 3_000,
        calls: 11,
        calls_ms: 540,
        slow_ms: 90,
    };
    let quiet = |at, took| Figures { at, cycles: 1, took_ms: took, longest_ms: took, ..Figures::default() };
    let broken = Figures { broken: 1, ..quiet(FIVE, 2_000) };
    let all = conn.list_figures(&staff, 0, FIVE).await.unwrap();
    assert_eq!(all, [first, broken, quiet(12 * FIVE, 500)]);
    assert_eq!(conn.list_figures(&staff, FIVE, FIVE).await.unwrap().len(), 2);
    let hours = conn.list_figures(&staff, 0, 12 * FIVE).await.unwrap();
    assert_eq!((hours.len(), hours[0].cycles, hours[0].took_ms, hours[0].longest_ms, hours[0].slow_ms), (2, 3, 6_000, 3_000, 90));

    let spark = |at, operations, failures| Spark { channel: staff.clone(), at, operations, failures };
    assert_eq!(conn.list_sparks(0, FIVE).await.unwrap(), [spark(0, 3, 2), spark(FIVE, 0, 1)], "what is quiet is left out");
    assert_eq!(conn.list_sparks(0, 12 * FIVE).await.unwrap(), [spark(0, 3, 3)]);
    assert_eq!(conn.list_sparks(2 * FIVE, FIVE).await.unwrap(), []);
    drop(conn);

    let mut tx = site.store.begin().await.unwrap();
    assert_eq!(tx.delete_old_figures(FIVE).await.unwrap(), 1);
    assert_eq!(tx.list_figures(&staff, 0, FIVE).await.unwrap().len(), 2);
}

async fn objects_are_counted_by_how_they_stand(site: &Site) {
    with_two_channels(&site.store).await;
    let staff = channel_id("staff");
    let links: Vec<_> = (0..3).map(|n| link("staff", ObjectKind::User, &format!("u{n}"), &format!("t{n}"))).collect();
    let setback = |id: &str| Setback {
        kind: ObjectKind::User,
        source_id: source(id),
        name: id.into(),
        attempts: 1,
        next_at: 1,
        action: ActionKind::Update,
        detail: "refused".into(),
        value_digest: Digest(1),
    };
    let object = ObjectRef { kind: ObjectKind::Group, source_id: source("g1"), name: "g1".into(), dn: "CN=g1".into() };
    let mut tx = site.store.begin().await.unwrap();
    tx.put_links(&links).await.unwrap();
    tx.put_links(&[link("guests", ObjectKind::User, "u9", "t9")]).await.unwrap();
    tx.put_setbacks(&staff, &[setback("u1"), setback("new")]).await.unwrap();
    tx.replace_skipped(&staff, &[Skipped { object, reason: "no name".into(), by_entry: true }], 1).await.unwrap();
    tx.commit().await.unwrap();

    let found = site.store.read().await.unwrap().list_standings().await.unwrap();
    let users = ObjectCounts { linked: 3, failing: 2, failing_linked: 1, skipped: 0 };
    assert_eq!(users.in_sync(), 2, "who could not be updated is not in sync; who is not there yet never was");
    let groups = ObjectCounts { skipped: 1, ..ObjectCounts::default() };
    let guests = ObjectCounts { linked: 1, ..ObjectCounts::default() };
    assert_eq!(
        found,
        [
            Standing { channel: channel_id("guests"), users: guests, groups: ObjectCounts::default() },
            Standing { channel: staff, users, groups },
        ]
    );
}
