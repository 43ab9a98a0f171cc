//! Cycles, what they touched, spilled plans.

use crate::peers::{Peers, Site};
use crate::samples::{channel_id, count, cycle, cycle_object, source, with_two_channels};
use domain::id::CycleId;
use domain::model::cycle::{Cycle, CycleState};
use domain::model::link::ObjectKind;
use domain::model::plan::{Action, After, Guard, ObjectRef, Op, Outcome};
use store::{CycleQuery, ObjectQuery, ObjectTally, Page, Prune, StoreError};

#[tokio::test]
async fn cycles() {
    let peers = Peers::start();
    peers.check(cycles_are_recorded_and_paged).await;
    peers.check(objects_are_paged_filtered_and_remembered).await;
    peers.check(names_are_found_whatever_their_case).await;
    peers.check(cycles_are_found_by_state_and_by_what_they_changed).await;
    peers.check(a_batch_is_recorded_whole_or_not_at_all).await;
    peers.check(cycles_left_behind_are_closed).await;
    peers.check(old_cycles_are_forgotten).await;
    peers.check(plans_are_spilled).await;
}

fn id(text: &str) -> CycleId {
    CycleId::parse(text).unwrap()
}

fn ids(cycles: &[Cycle]) -> Vec<&str> {
    cycles.iter().map(|c| c.id.as_str()).collect()
}

fn ended(mut cycle: Cycle, touched: bool) -> Cycle {
    cycle.state = CycleState::Succeeded;
    cycle.ended_at = Some(cycle.started_at + 5);
    cycle.counts = if touched { vec![count()] } else { Vec::new() };
    cycle
}

async fn cycles_are_recorded_and_paged(site: &Site) {
    with_two_channels(&site.store).await;
    let mut tx = site.store.begin().await.unwrap();
    for n in 1..=5 {
        let begun = cycle(&format!("c{n}"), "staff", 100 * n);
        tx.insert_cycle(&begun).await.unwrap();
        tx.update_cycle(&ended(begun, n % 2 == 0)).await.unwrap();
    }
    let mut failed = cycle("g1", "guests", 50);
    tx.insert_cycle(&failed).await.unwrap();
    failed.state = CycleState::Failed;
    failed.error = Some("The directory did not answer.".into());
    failed.held_reasons = vec![(Guard::Drop, "20 % fewer".into())];
    failed.coverage.problem = Some("incomplete".into());
    failed.coverage.users.seen = 7;
    tx.update_cycle(&failed).await.unwrap();
    assert!(matches!(tx.update_cycle(&cycle("absent", "staff", 1)).await, Err(StoreError::Gone { .. })));
    tx.commit().await.unwrap();

    let mut conn = site.store.read().await.unwrap();
    let staff = channel_id("staff");
    assert_eq!(conn.find_cycle(&id("g1")).await.unwrap(), Some(failed));
    assert_eq!(conn.find_cycle(&id("absent")).await.unwrap(), None);
    assert_eq!(ids(&conn.list_cycles(&staff, false, Page::first(2)).await.unwrap()), ["c5", "c4"]);
    assert_eq!(ids(&conn.list_cycles(&staff, false, Page { offset: 3, limit: 9 }).await.unwrap()), ["c2", "c1"]);
    assert_eq!(ids(&conn.list_cycles(&staff, true, Page::first(9)).await.unwrap()), ["c4", "c2"]);
    assert_eq!(ids(&conn.list_cycles(&channel_id("guests"), true, Page::first(9)).await.unwrap()), ["g1"]);
    let mut last = conn.list_last_cycles().await.unwrap();
    last.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(ids(&last), ["c5", "g1"]);
    drop(conn);

    site.sql("update cycles set body = '{}' where id = 'c5'").await;
    let error = site.store.read().await.unwrap().find_cycle(&id("c5")).await.unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { table: "cycles", id, .. } if id == "c5"), "{error:?}");
}

fn outcome(outcome: &str) -> ObjectQuery {
    ObjectQuery { outcome: outcome.into(), ..ObjectQuery::default() }
}

async fn names_are_found_whatever_their_case(site: &Site) {
    with_two_channels(&site.store).await;
    let mut object = cycle_object(0, "u1", Outcome::Done);
    object.name = "Jörg ÄRMEL 100 %".into();
    let mut tx = site.store.begin().await.unwrap();
    tx.insert_cycle(&cycle("c1", "staff", 1)).await.unwrap();
    tx.insert_cycle_objects(&id("c1"), &channel_id("staff"), &[object.clone(), cycle_object(1, "u2", Outcome::Done)]).await.unwrap();
    tx.commit().await.unwrap();
    for (text, found) in [("ärmel", 1), ("JÖRG", 1), ("0 %", 1), ("", 2), ("nobody", 0)] {
        let query = ObjectQuery { text: text.into(), ..ObjectQuery::default() };
        let mut conn = site.store.read().await.unwrap();
        assert_eq!(conn.list_cycle_objects(&id("c1"), &query, Page::first(9)).await.unwrap().len(), found, "{text}");
    }
    // As it was written before names had keys.
    site.sql("update cycle_objects set name_key = null").await;
    let query = ObjectQuery { text: "U2@EX".into(), ..ObjectQuery::default() };
    assert_eq!(site.store.read().await.unwrap().list_cycle_objects(&id("c1"), &query, Page::first(9)).await.unwrap().len(), 1);
}

async fn cycles_are_found_by_state_and_by_what_they_changed(site: &Site) {
    with_two_channels(&site.store).await;
    let staff = channel_id("staff");
    let mut tx = site.store.begin().await.unwrap();
    for n in 1..=4 {
        tx.insert_cycle(&ended(cycle(&format!("c{n}"), "staff", n), n % 2 == 0)).await.unwrap();
    }
    let mut failed = cycle("c5", "staff", 5);
    failed.state = CycleState::Failed;
    tx.insert_cycle(&failed).await.unwrap();
    tx.commit().await.unwrap();
    let all = CycleQuery::default();
    let changed = CycleQuery { changed: true, ..all };
    let failed = CycleQuery { state: Some(CycleState::Failed), ..all };
    let mut conn = site.store.read().await.unwrap();
    for (query, page, found, total) in [
        (all, Page { offset: 1, limit: 2 }, vec!["c4", "c3"], 5),
        (changed, Page::first(9), vec!["c4", "c2"], 2),
        (failed, Page::first(9), vec!["c5"], 1),
        (CycleQuery { changed: true, ..failed }, Page::first(9), vec![], 0),
    ] {
        let answer = conn.list_cycle_page(&staff, &query, page).await.unwrap();
        assert_eq!((ids(&answer.cycles), answer.total), (found, total), "{query:?}");
    }
    drop(conn);
    // As it was written before it was noted how much a cycle did.
    site.sql("update cycles set operations = null").await;
    let answer = site.store.read().await.unwrap().list_cycle_page(&staff, &changed, Page::first(9)).await.unwrap();
    assert_eq!(ids(&answer.cycles), ["c5", "c4", "c2"]);
}

async fn objects_are_paged_filtered_and_remembered(site: &Site) {
    with_two_channels(&site.store).await;
    let staff = channel_id("staff");
    let outcomes = [
        Outcome::Done,
        Outcome::Conflict { detail: "userName is taken".into() },
        Outcome::Gone,
        Outcome::Rejected { status: 400, detail: "bad".into() },
        Outcome::Unknown { detail: "time-out".into() },
        Outcome::NotTried { detail: "stopped".into() },
        Outcome::Held,
    ];
    let mut objects: Vec<_> = (0..).zip(&outcomes).map(|(n, o)| cycle_object(n, &format!("u{n}"), o.clone())).collect();
    objects[1].target_id = None;
    objects[1].request_id = Some("req-1".into());
    let mut tx = site.store.begin().await.unwrap();
    for (name, at) in [("c1", 1), ("c2", 2)] {
        tx.insert_cycle(&cycle(name, "staff", at)).await.unwrap();
    }
    tx.insert_cycle_objects(&id("c1"), &staff, &objects[..3]).await.unwrap();
    tx.insert_cycle_objects(&id("c1"), &staff, &objects[3..]).await.unwrap();
    let mut again = cycle_object(0, "u1", Outcome::Done);
    again.at = 9_000;
    tx.insert_cycle_objects(&id("c2"), &staff, std::slice::from_ref(&again)).await.unwrap();
    tx.insert_cycle_objects(&id("c2"), &staff, &[]).await.unwrap();
    tx.commit().await.unwrap();

    let mut conn = site.store.read().await.unwrap();
    assert_eq!(conn.list_cycle_objects(&id("c1"), &ObjectQuery::default(), Page::first(99)).await.unwrap(), objects);
    assert_eq!(conn.list_cycle_objects(&id("c1"), &ObjectQuery::default(), Page { offset: 2, limit: 2 }).await.unwrap(), objects[2..4]);
    assert_eq!(conn.list_cycle_objects(&id("c1"), &outcome("rejected"), Page::first(99)).await.unwrap(), objects[3..4]);
    assert_eq!(conn.list_cycle_objects(&id("c1"), &outcome("nonsense"), Page::first(99)).await.unwrap(), []);
    let both = ObjectQuery { text: "U3@".into(), action: "update".into(), ..outcome("rejected") };
    assert_eq!(conn.list_cycle_objects(&id("c1"), &both, Page::first(99)).await.unwrap(), objects[3..4]);
    let neither = ObjectQuery { action: "create".into(), ..ObjectQuery::default() };
    assert_eq!(conn.list_cycle_objects(&id("c1"), &neither, Page::first(99)).await.unwrap(), []);
    let counts = conn.count_cycle_objects(&id("c1"), "").await.unwrap();
    assert_eq!(counts.len(), outcomes.len());
    let one = |outcome: &str| ObjectTally { outcome: outcome.into(), action: "update".into(), count: 1 };
    assert!(counts.contains(&one("not_tried")));
    assert_eq!(conn.count_cycle_objects(&id("c1"), "u3@").await.unwrap(), [one("rejected")]);
    assert_eq!(conn.count_cycle_objects(&id("c1"), "%").await.unwrap(), [], "a text is no pattern");
    let history = conn.list_object_history(&staff, ObjectKind::User, &source("u1"), Page::first(9)).await.unwrap();
    assert_eq!(history.iter().map(|h| (h.cycle.as_str(), &h.object)).collect::<Vec<_>>(), [("c2", &again), ("c1", &objects[1])]);
    let earlier = conn.list_object_history(&staff, ObjectKind::User, &source("u1"), Page { offset: 1, limit: 9 }).await.unwrap();
    assert_eq!(earlier, history[1..]);
    assert!(conn.list_object_history(&staff, ObjectKind::Group, &source("u1"), Page::first(9)).await.unwrap().is_empty());
}

async fn a_batch_is_recorded_whole_or_not_at_all(site: &Site) {
    with_two_channels(&site.store).await;
    let mut tx = site.store.begin().await.unwrap();
    tx.insert_cycle(&cycle("c1", "staff", 1)).await.unwrap();
    tx.commit().await.unwrap();

    let many: Vec<_> = (0..2_500).map(|n| cycle_object(n, &format!("u{n}"), Outcome::Done)).collect();
    let mut tx = site.store.begin().await.unwrap();
    tx.insert_cycle_objects(&id("c1"), &channel_id("staff"), &many).await.unwrap();
    let error = tx.insert_cycle_objects(&id("c1"), &channel_id("staff"), &many[2_499..]).await.unwrap_err();
    assert!(matches!(error, StoreError::Failed { .. }), "{error:?}");
    drop(tx);
    let mut conn = site.store.read().await.unwrap();
    assert_eq!(conn.count_cycle_objects(&id("c1"), "").await.unwrap(), []);
    drop(conn);

    let mut tx = site.store.begin().await.unwrap();
    tx.insert_cycle_objects(&id("c1"), &channel_id("staff"), &many).await.unwrap();
    tx.commit().await.unwrap();
    let mut conn = site.store.read().await.unwrap();
    let all = ObjectTally { outcome: "done".into(), action: "update".into(), count: 2_500 };
    assert_eq!(conn.count_cycle_objects(&id("c1"), "").await.unwrap(), [all]);
}

async fn cycles_left_behind_are_closed(site: &Site) {
    with_two_channels(&site.store).await;
    let mut tx = site.store.begin().await.unwrap();
    tx.insert_cycle(&cycle("c1", "staff", 1)).await.unwrap();
    tx.insert_cycle(&cycle("c2", "staff", 2)).await.unwrap();
    tx.update_cycle(&ended(cycle("c2", "staff", 2), false)).await.unwrap();
    let closed = tx.close_running_cycles("Towpath was stopped.", 50).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ids(&closed), ["c1"]);
    let mut conn = site.store.read().await.unwrap();
    let found = conn.find_cycle(&id("c1")).await.unwrap().unwrap();
    assert_eq!((found.state, found.ended_at, found.error.as_deref()), (CycleState::Stopped, Some(50), Some("Towpath was stopped.")));
    assert_eq!(conn.find_cycle(&id("c2")).await.unwrap().unwrap().state, CycleState::Succeeded);
    drop(conn);
    let mut tx = site.store.begin().await.unwrap();
    assert!(tx.close_running_cycles("again", 60).await.unwrap().is_empty());
}

async fn old_cycles_are_forgotten(site: &Site) {
    with_two_channels(&site.store).await;
    let staff = channel_id("staff");
    let mut tx = site.store.begin().await.unwrap();
    // Odd ones found nothing to do.
    for n in 1..=8 {
        let begun = cycle(&format!("c{n}"), "staff", n);
        tx.insert_cycle(&begun).await.unwrap();
        if n != 1 {
            tx.update_cycle(&ended(begun, n % 2 == 0)).await.unwrap();
        }
        tx.insert_cycle_objects(&id(&format!("c{n}")), &staff, &[cycle_object(0, "u1", Outcome::Done)]).await.unwrap();
    }
    tx.insert_cycle(&ended(cycle("g1", "guests", 1), true)).await.unwrap();
    tx.update_channel_state(&staff, 9, |state| state.held_cycle = Some(id("c3"))).await.unwrap();
    let prune = Prune { notable_before: 4, quiet_before: 100, keep: 2 };
    assert_eq!(tx.prune_cycles(&staff, prune).await.unwrap(), 2);
    tx.commit().await.unwrap();

    let mut conn = site.store.read().await.unwrap();
    let left = conn.list_cycles(&staff, false, Page::first(99)).await.unwrap();
    assert_eq!(ids(&left), ["c8", "c7", "c6", "c4", "c3", "c1"], "c1 is under way, c3 has what is held, c7 is one of the newest two");
    let history = conn.list_object_history(&staff, ObjectKind::User, &source("u1"), Page::first(99)).await.unwrap();
    assert_eq!(history.len(), 6, "objects went with their cycles");
    assert!(conn.find_cycle(&id("g1")).await.unwrap().is_some(), "another channel's");
}

async fn plans_are_spilled(site: &Site) {
    with_two_channels(&site.store).await;
    let op = |n: u32| Op {
        object: ObjectRef { kind: ObjectKind::Group, source_id: source(&n.to_string()), name: format!("n{n}"), dn: String::new() },
        action: Action::AddMembers { members: vec![source("u1")] },
        reason: "joined".into(),
        after: After::default(),
    };
    let ops: Vec<Op> = (0..1_500).map(op).collect();
    let mut tx = site.store.begin().await.unwrap();
    tx.insert_cycle(&cycle("c1", "staff", 1)).await.unwrap();
    tx.insert_plan_ops(&id("c1"), 0, &ops[..1_000]).await.unwrap();
    tx.insert_plan_ops(&id("c1"), 1_000, &ops[1_000..]).await.unwrap();
    let part = tx.list_plan_ops(&id("c1"), 999, 3).await.unwrap();
    assert_eq!(part, [(999, op(999)), (1_000, op(1_000)), (1_001, op(1_001))]);
    assert_eq!(tx.list_plan_ops(&id("c1"), 1_500, 3).await.unwrap(), []);
    assert_eq!(tx.delete_plan_ops(&id("c1")).await.unwrap(), 1_500);
    tx.commit().await.unwrap();
}
