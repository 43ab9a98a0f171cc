//! People and groups, a row each, made of the tables that know of them.

use crate::peers::{Peers, Site};
use crate::samples::{channel_id, cycle, cycle_object, link, source, with_two_channels};
use domain::id::TargetId;
use domain::model::cycle::{Intent, Setback};
use domain::model::link::{Digest, LinkMark, ObjectKind};
use domain::model::object_list::{ListedObject, ObjectQuery, ObjectState, Part};
use domain::model::plan::{Action, ActionKind, After, ObjectRef, Op, Outcome, Skipped, Value};
use sqlx::{Connection as _, Row as _};

const USER: ObjectKind = ObjectKind::User;

#[tokio::test]
async fn objects() {
    let peers = Peers::start();
    peers.check(a_row_says_how_it_is).await;
    peers.check(a_list_goes_on_in_both_directions).await;
    peers.check(what_is_typed_is_found).await;
    peers.check(what_nobody_knows_of_has_no_row).await;
    peers.check(a_page_is_read_from_an_index).await;
    peers.check(many_are_noted_at_once).await;
}

fn setback(id: &str, action: ActionKind, detail: &str) -> Setback {
    Setback {
        kind: USER,
        source_id: source(id),
        name: format!("{id}@example.com"),
        attempts: 1,
        next_at: 99,
        action,
        detail: detail.into(),
        value_digest: Digest(1),
    }
}

fn skipped(id: &str, reason: &str) -> Skipped {
    let object = ObjectRef { kind: USER, source_id: source(id), name: format!("{id} Left"), dn: format!("CN={id},OU=left") };
    Skipped { object, reason: reason.into(), by_entry: true }
}

fn removal(id: &str) -> Op {
    let object = ObjectRef { kind: USER, source_id: source(id), name: id.into(), dn: String::new() };
    Op { object, action: Action::Disable, reason: "Left the source location.".into(), after: After::default() }
}

async fn row(site: &Site, id: &str) -> Option<ListedObject> {
    site.store.read().await.unwrap().find_object(&channel_id("staff"), USER, &source(id)).await.unwrap()
}

async fn state(site: &Site, id: &str) -> (ObjectState, String) {
    row(site, id).await.map(|row| (row.state, row.reason)).unwrap()
}

async fn a_row_says_how_it_is(site: &Site) {
    with_two_channels(&site.store).await;
    let staff = channel_id("staff");
    let mut away = link("staff", USER, "away", "t-away");
    away.head.active = false;
    let links = [away, link("staff", USER, "ann", "t-ann"), link("staff", USER, "bob", "t-bob"), link("staff", USER, "eve", "t-eve")];
    let mut tx = site.store.begin().await.unwrap();
    tx.put_links(&links).await.unwrap();
    tx.put_setbacks(&staff, &[setback("bob", ActionKind::Update, "HTTP 400"), setback("new", ActionKind::Create, "Refused")])
        .await
        .unwrap();
    tx.put_setbacks(&staff, &[setback("taken", ActionKind::Adopt, "Somebody is there")]).await.unwrap();
    tx.replace_skipped(&staff, &[skipped("shy", "mail has no value."), skipped("taken", "The userName ‘x’ is taken.")], 50).await.unwrap();
    let begun = Intent { kind: USER, source_id: source("begun"), match_value: "begun@x".into(), begun_at: 1 };
    tx.put_intents(&staff, &[begun]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(row(site, "begun").await, None, "what comes of a create is told, not that it begins");
    let before = cycle("c0", "staff", 0);
    let mut tx = site.store.begin().await.unwrap();
    tx.insert_cycle(&before).await.unwrap();
    let unknown = Outcome::Unknown { detail: "No answer".into() };
    tx.insert_cycle_objects(&before.id, &staff, &[cycle_object(0, "begun", unknown)]).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(state(site, "ann").await, (ObjectState::InSync, String::new()));
    assert_eq!(state(site, "away").await.0, ObjectState::Disabled);
    assert_eq!(state(site, "bob").await, (ObjectState::Failed, "HTTP 400".into()));
    assert_eq!(state(site, "new").await, (ObjectState::Failed, "Refused".into()));
    assert_eq!(state(site, "taken").await, (ObjectState::Skipped, "The userName ‘x’ is taken.".into()), "said as what is left out");
    assert_eq!(state(site, "begun").await.0, ObjectState::Pending);
    let shy = row(site, "shy").await.unwrap();
    assert_eq!((shy.name.as_str(), shy.dn.as_str(), shy.target_id, shy.at), ("shy Left", "CN=shy,OU=left", None, Some(50)));
    assert_eq!(row(site, "ann").await.unwrap().target_id, Some(TargetId("t-ann".into())));

    // Marks, and removals that are held, are seen; what is held no longer is not.
    let mut tx = site.store.begin().await.unwrap();
    tx.mark_links(&staff, &[(USER, source("ann"), LinkMark::Gone), (USER, source("away"), LinkMark::Stale)]).await.unwrap();
    let one = cycle("c1", "staff", 1);
    tx.insert_cycle(&one).await.unwrap();
    tx.insert_plan_ops(&one.id, 0, &[removal("eve")]).await.unwrap();
    tx.update_channel_state(&staff, 1, |state| state.held_cycle = Some(one.id.clone())).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((state(site, "ann").await.0, state(site, "away").await.0), (ObjectState::Pending, ObjectState::Pending));
    assert_eq!(state(site, "eve").await.0, ObjectState::Held);
    let mut tx = site.store.begin().await.unwrap();
    tx.update_channel_state(&staff, 2, |state| state.held_cycle = None).await.unwrap();
    tx.insert_cycle_objects(&one.id, &staff, &[cycle_object(0, "new", Outcome::Done)]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(state(site, "eve").await.0, ObjectState::InSync);
    let new = row(site, "new").await.unwrap();
    assert_eq!((new.at, new.dn.as_str()), (Some(1_000), "CN=new,DC=example,DC=com"), "known from what was done about it");

    let mut conn = site.store.read().await.unwrap();
    let mut counts = conn.count_objects(Some(&staff)).await.unwrap();
    counts.sort_by_key(|(state, _)| state.id());
    let expected = [(ObjectState::Failed, 2), (ObjectState::InSync, 1), (ObjectState::Pending, 3), (ObjectState::Skipped, 2)];
    assert_eq!(counts, expected);
    assert_eq!(conn.count_objects(Some(&channel_id("guests"))).await.unwrap(), []);
    let reasons = conn.list_object_reasons(None).await.unwrap();
    let told: Vec<_> = reasons.iter().map(|r| (r.reason.as_str(), r.count)).collect();
    assert_eq!(told, [("HTTP …", 1), ("Refused", 1), ("The userName ‘…’ is taken.", 1), ("mail has no value.", 1)]);
    drop(conn);

    let mut tx = site.store.begin().await.unwrap();
    tx.reset_channel(&staff, 3).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(row(site, "ann").await, None);
}

async fn page(site: &Site, query: &ObjectQuery, part: &Part) -> (Vec<String>, bool, bool, Vec<ListedObject>) {
    let page = site.store.read().await.unwrap().list_objects(query, part, 2).await.unwrap();
    (page.rows.iter().map(|row| row.place.source_id.0.clone()).collect(), page.has_before, page.has_after, page.rows)
}

async fn a_list_goes_on_in_both_directions(site: &Site) {
    with_two_channels(&site.store).await;
    // Several of one name, and the same person in two channels.
    let named = |channel: &str, id: &str, name: &str| {
        let mut link = link(channel, USER, id, &format!("t-{channel}-{id}"));
        link.name = name.into();
        link
    };
    let links = [
        named("staff", "1", "Ann"),
        named("staff", "2", "ann"),
        named("staff", "3", "Bob"),
        named("guests", "4", "ANN"),
        named("guests", "5", "zoe"),
        named("staff", "6", "Ünal"),
    ];
    let mut tx = site.store.begin().await.unwrap();
    tx.put_links(&links).await.unwrap();
    tx.put_setbacks(&channel_id("staff"), &[setback("3", ActionKind::Update, "no"), setback("6", ActionKind::Update, "no 1")])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let everything = ObjectQuery::default();
    let staff = ObjectQuery { channel: Some(channel_id("staff")), ..ObjectQuery::default() };
    let failed = ObjectQuery { state: Some(ObjectState::Failed), ..ObjectQuery::default() };
    let failed_staff = ObjectQuery { state: Some(ObjectState::Failed), ..staff.clone() };
    let named = ObjectQuery { text: "NN".into(), ..ObjectQuery::default() };
    let reason = ObjectQuery { reason: "no …".into(), ..failed.clone() };
    for (query, expected) in [
        (&everything, vec!["1", "2", "4", "3", "5", "6"]),
        (&staff, vec!["1", "2", "3", "6"]),
        (&failed, vec!["3", "6"]),
        (&failed_staff, vec!["3", "6"]),
        (&named, vec!["1", "2", "4"]),
        (&reason, vec!["6"]),
        (&ObjectQuery { kind: Some(ObjectKind::Group), ..everything.clone() }, vec![]),
    ] {
        // Where ü is sorted is the database's to say; that the list is whole and in one order is not.
        for descending in [false, true] {
            let query = ObjectQuery { descending, ..query.clone() };
            let (mut ids, mut firsts) = (Vec::new(), Vec::new());
            let mut part = Part::First;
            loop {
                let (found, before, after, rows) = page(site, &query, &part).await;
                assert_eq!(before, !ids.is_empty(), "{query:?}");
                assert_eq!(after, ids.len() + found.len() < expected.len(), "{query:?}");
                if !ids.is_empty() {
                    firsts.push((rows[0].place.clone(), ids[ids.len() - 2..].to_vec()));
                }
                ids.extend(found);
                match rows.last() {
                    Some(last) if after => part = Part::After(last.place.clone()),
                    _ => break,
                }
            }
            let mut sorted = ids.clone();
            sorted.sort();
            let mut wanted = expected.clone();
            wanted.sort_unstable();
            assert_eq!(sorted, wanted, "each once: {query:?}");
            for (first, two_before) in firsts {
                assert_eq!(page(site, &query, &Part::Before(first)).await.0, two_before, "back again: {query:?}");
            }
        }
    }
    let (ids, ..) = page(site, &everything, &Part::First).await;
    assert_eq!(ids, ["1", "2"]);
    let (ids, ..) = page(site, &ObjectQuery { descending: true, ..staff }, &Part::First).await;
    assert!(ids.contains(&"6".to_owned()), "{ids:?}");
}

async fn what_is_typed_is_found(site: &Site) {
    with_two_channels(&site.store).await;
    let mut one = link("staff", USER, "1", "906712ab-30f1");
    one.name = "jdoe".into();
    one.dn = "CN=Doe\\, Jane,OU=Großkunden,DC=x".into();
    one.written.values.insert("emails".into(), Value::Text("Jane.Doe@Example.com".into()));
    one.written.values.insert("displayName".into(), Value::Text("Jane % Doe".into()));
    one.written.values.insert("title".into(), Value::Text("Secret title".into()));
    let mut long = link("staff", USER, "2", "t2");
    long.name = "𝔏".repeat(600);
    long.dn = format!("CN={}", "𝔏".repeat(900));
    let mut tx = site.store.begin().await.unwrap();
    tx.put_links(&[one, long]).await.unwrap();
    tx.commit().await.unwrap();
    let found = async |text: &str| {
        let query = ObjectQuery { text: text.into(), ..ObjectQuery::default() };
        page(site, &query, &Part::First).await.0
    };
    for text in ["JDOE", "jane.doe@EXAMPLE", "ou=GROSSKUNDEN".replace("SS", "ß").as_str(), "906712AB", "e % d", "Doe\\, Jane"] {
        assert_eq!(found(text).await, ["1"], "{text}");
    }
    assert_eq!(found("𝔏𝔏").await, ["2"]);
    for text in ["secret", "%", "x'; drop table links; --"] {
        assert_eq!(found(text).await, if text == "%" { vec!["1"] } else { Vec::<&str>::new() }, "{text}");
    }
}

async fn what_nobody_knows_of_has_no_row(site: &Site) {
    with_two_channels(&site.store).await;
    let staff = channel_id("staff");
    let mut tx = site.store.begin().await.unwrap();
    tx.put_links(&[link("staff", USER, "ann", "t1")]).await.unwrap();
    tx.replace_skipped(&staff, &[skipped("shy", "no mail")], 1).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = site.store.begin().await.unwrap();
    tx.delete_links(&staff, &[(USER, source("ann"))]).await.unwrap();
    tx.replace_skipped(&staff, &[], 2).await.unwrap();
    drop(tx);
    assert!(row(site, "ann").await.is_some() && row(site, "shy").await.is_some(), "nothing was committed");
    let mut tx = site.store.begin().await.unwrap();
    tx.delete_links(&staff, &[(USER, source("ann"))]).await.unwrap();
    tx.replace_skipped(&staff, &[], 2).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((row(site, "ann").await, row(site, "shy").await), (None, None));
}

/// How the engine would read a part of the list.
async fn plan(site: &Site, query: &ObjectQuery, part: &Part) -> String {
    let channel = query.channel.as_ref().map_or("", |id| id.as_str());
    let state = query.state.map_or("", ObjectState::id);
    let pattern = if query.text.is_empty() { String::new() } else { format!("%{}%", query.text) };
    let place = match part {
        Part::First => None,
        Part::After(place) | Part::Before(place) => Some(place),
    };
    let sql = store::list_objects_sql(query, part);
    macro_rules! ask {
        ($connection:expr, $explain:literal, $at:literal) => {{
            let mut ask = sqlx::query(sqlx::AssertSqlSafe(format!(concat!($explain, " {}"), sql)))
                .bind(channel)
                .bind(state)
                .bind(&pattern)
                .bind(&query.reason)
                .bind("")
                .bind(51_i64);
            if let Some(place) = place {
                ask = ask.bind(&place.name_key).bind(place.kind.id()).bind(&place.source_id.0).bind(place.channel.as_str());
            }
            let rows = ask.fetch_all(&mut $connection).await.unwrap();
            rows.iter().map(|row| row.get::<String, _>($at)).collect::<Vec<_>>().join("\n")
        }};
    }
    if site.place.starts_with("postgres") {
        let mut connection = sqlx::PgConnection::connect(&site.place).await.unwrap();
        ask!(connection, "explain", 0)
    } else {
        let mut connection = sqlx::SqliteConnection::connect(&format!("sqlite://{}", site.place)).await.unwrap();
        ask!(connection, "explain query plan", 3)
    }
}

/// Whatever is asked for, the rows of a page come out of an index in their order: none is sorted, and the table is never gone through.
async fn a_page_is_read_from_an_index(site: &Site) {
    with_two_channels(&site.store).await;
    site.sql(
        "with recursive n (i) as (select 1 union all select i + 1 from n where i < 20000) \
         insert into channel_objects (channel_id, kind, source_id, target_id, name, dn, name_key, find_key, state, reason, reason_key, at) \
         select case i % 2 when 0 then 'staff' else 'guests' end, 'user', 's' || i, 't' || i, 'n' || (i * 7919 % 20000), '', \
         'n' || (i * 7919 % 20000), 'n' || i, case when i % 50 = 0 then 'failed' else 'in_sync' end, \
         case when i % 50 = 0 then 'HTTP 400' else '' end, case when i % 50 = 0 then 'HTTP …' else '' end, i from n",
    )
    .await;
    site.sql("analyze").await;
    let everything = ObjectQuery::default();
    let staff = ObjectQuery { channel: Some(channel_id("staff")), ..everything.clone() };
    let place = row_place(site).await;
    for (query, index) in [
        (everything.clone(), "by_name"),
        (staff.clone(), "by_name"),
        (ObjectQuery { state: Some(ObjectState::Failed), ..everything.clone() }, "by_state"),
        (ObjectQuery { state: Some(ObjectState::Failed), ..staff.clone() }, "by_state"),
        (ObjectQuery { state: Some(ObjectState::InSync), ..staff.clone() }, "by_state"),
        (ObjectQuery { state: Some(ObjectState::Failed), reason: "HTTP …".into(), ..everything.clone() }, "by_state"),
        (ObjectQuery { text: "n1".into(), ..everything.clone() }, "by_name"),
        (ObjectQuery { text: "n1".into(), ..staff.clone() }, "by_name"),
    ] {
        for descending in [false, true] {
            for part in [Part::First, Part::After(place.clone()), Part::Before(place.clone())] {
                let query = ObjectQuery { descending, ..query.clone() };
                let plan = plan(site, &query, &part).await;
                assert!(plan.contains(index), "{query:?} {part:?}: {plan}");
                for slow in ["Seq Scan", "Sort", "TEMP B-TREE", "SCAN channel_objects\n"] {
                    assert!(!format!("{plan}\n").contains(slow), "{query:?} {part:?}: {plan}");
                }
            }
        }
    }
}

async fn row_place(site: &Site) -> domain::model::object_list::Place {
    row(site, "s4000").await.unwrap().place
}

/// Rows are made in a few statements, however many there are: not one of them goes through the tables again.
async fn many_are_noted_at_once(site: &Site) {
    with_two_channels(&site.store).await;
    let staff = channel_id("staff");
    let links: Vec<_> = (0..5_000).map(|n| link("staff", USER, &format!("{n:05}"), &format!("t{n}"))).collect();
    let mut tx = site.store.begin().await.unwrap();
    tx.put_links(&links).await.unwrap();
    let one = cycle("c1", "staff", 1);
    tx.insert_cycle(&one).await.unwrap();
    let done: Vec<_> = (0..5_000).map(|n| cycle_object(n, &format!("{n:05}"), Outcome::Done)).collect();
    tx.insert_cycle_objects(&one.id, &staff, &done).await.unwrap();
    let begun = std::time::Instant::now();
    tx.commit().await.unwrap();
    eprintln!("{:?}: 5000 rows made in {:?}", site.store, begun.elapsed());
    let objects: Vec<_> = links.iter().map(|link| (USER, link.head.source_id.clone())).collect();
    let mut tx = site.store.begin().await.unwrap();
    tx.put_setbacks(&staff, &[setback("00007", ActionKind::Update, "no")]).await.unwrap();
    assert_eq!(tx.delete_links(&staff, &objects[..2_500]).await.unwrap(), 2_500);
    tx.commit().await.unwrap();
    let mut counts = site.store.read().await.unwrap().count_objects(None).await.unwrap();
    counts.sort_by_key(|(state, _)| state.id());
    assert_eq!(counts, [(ObjectState::Failed, 1), (ObjectState::InSync, 2_500)]);
}
