//! Links.

use crate::peers::{Peers, Site};
use crate::samples::{channel_id, connection_id, link, source, with_two_channels};
use domain::id::{SourceId, TargetId};
use domain::model::link::{Digest, Link, LinkMark, ObjectKind, Origin};
use domain::model::plan::Value;
use std::collections::HashMap;
use std::time::Instant;
use store::{LinkRefusal, Refused, StoreError};

#[tokio::test]
async fn links() {
    let peers = Peers::start();
    peers.check(links_are_written_and_read_back).await;
    peers.check(odd_texts_come_back_as_they_were).await;
    peers.check(links_are_marked_and_deleted_for_their_channel_only).await;
    peers.check(links_are_given_to_another_channel).await;
    peers.check(what_stands_in_the_way_is_answered).await;
    peers.check(a_target_can_change_hands_in_one_transaction).await;
    peers.check(nothing_lasts_without_a_commit).await;
    peers.check(a_damaged_link_is_named).await;
    peers.check(many_links).await;
}

async fn put(site: &Site, links: &[Link]) -> Vec<LinkRefusal> {
    let mut tx = site.store.begin().await.unwrap();
    let refused = tx.put_links(links).await.unwrap();
    tx.commit().await.unwrap();
    refused
}

async fn links_are_written_and_read_back(site: &Site) {
    with_two_channels(&site.store).await;
    let user = link("staff", ObjectKind::User, "u1", "t1");
    let mut group = link("staff", ObjectKind::Group, "u1", "t2");
    group.head.unique_digests = Vec::new();
    group.head.members_digest = Digest(77);
    group.head.member_count = 2;
    group.head.active = false;
    group.head.origin = Origin::Adopted;
    group.head.mark = LinkMark::Stale;
    group.written.members = vec![source("u1"), source("u2")];
    group.head.left_at = Some(1_234_567_890_123);
    let guest = link("guests", ObjectKind::User, "u3", "t3");
    let old = Link { name: "old".into(), ..user.clone() };
    assert_eq!(put(site, &[old, user.clone(), group.clone(), guest.clone()]).await, []);

    let mut conn = site.store.read().await.unwrap();
    let mut heads = conn.load_link_heads(&channel_id("staff")).await.unwrap();
    heads.sort_by_key(|h| h.kind);
    assert_eq!(heads, [user.head.clone(), group.head.clone()]);
    assert_eq!(conn.find_link(&user.connection, ObjectKind::User, &source("u1")).await.unwrap().as_ref(), Some(&user));
    assert_eq!(conn.find_link(&user.connection, ObjectKind::Group, &source("u3")).await.unwrap(), None);
    assert_eq!(conn.find_link_by_target(&user.connection, &TargetId("t2".into())).await.unwrap().as_ref(), Some(&group));
    assert_eq!(conn.find_link_by_target(&connection_id("other"), &TargetId("t2".into())).await.unwrap(), None);

    let mut people = Vec::new();
    conn.each_linked_person(&channel_id("staff"), |id, name| people.push((id, name))).await.unwrap();
    assert_eq!(people, [("u1".to_owned(), user.name.clone())]);

    let wanted = [source("u1"), source("u2"), source("u3")];
    let names = conn.load_names(&channel_id("staff"), ObjectKind::User, &wanted).await.unwrap();
    assert_eq!(names.get(&source("u1")), Some(&user.name));
    let loaded = conn.load_links(&channel_id("staff"), ObjectKind::User, &wanted).await.unwrap();
    assert_eq!(loaded, std::slice::from_ref(&user), "not those of another channel");
    let foreign = conn.load_foreign_targets(&channel_id("staff"), ObjectKind::User, &wanted).await.unwrap();
    assert_eq!(foreign, HashMap::from([(source("u3"), TargetId("t3".into()))]));
    let counts = conn.list_standings().await.unwrap();
    let counts: Vec<_> = counts.iter().map(|c| (c.channel.as_str(), c.users.linked, c.groups.linked)).collect();
    assert_eq!(counts, [("guests", 1, 0), ("staff", 1, 1)]);
    drop(conn);

    let mut changed = user.clone();
    changed.head.target_id = TargetId("t1-again".into());
    changed.head.value_digest = Digest(5);
    changed.name = "renamed".into();
    changed.dn = String::new();
    changed.written.values.insert("manager".into(), Value::Ref(source("u3")));
    assert_eq!(put(site, std::slice::from_ref(&changed)).await, []);
    let found = site.store.read().await.unwrap().find_link(&user.connection, ObjectKind::User, &source("u1")).await.unwrap();
    assert_eq!(found, Some(changed));
}

async fn odd_texts_come_back_as_they_were(site: &Site) {
    with_two_channels(&site.store).await;
    let odd = ["a b  c", "ünïcödé 😀 ", "'\"\\ \u{1f}\u{1e}\t\n", "1:2,3", " "];
    let links: Vec<_> = odd.iter().enumerate().map(|(n, id)| link("staff", ObjectKind::User, id, &format!("{n} {id}"))).collect();
    assert_eq!(put(site, &links).await, []);
    let mut conn = site.store.read().await.unwrap();
    let mut heads = conn.load_link_heads(&channel_id("staff")).await.unwrap();
    heads.sort_by(|a, b| a.target_id.cmp(&b.target_id));
    assert_eq!(heads, links.iter().map(|l| l.head.clone()).collect::<Vec<_>>());
    for link in &links {
        let found = conn.find_link(&link.connection, ObjectKind::User, &link.head.source_id).await.unwrap();
        assert_eq!(found.as_ref(), Some(link));
    }
    drop(conn);

    // PostgreSQL has no NUL in text; one odd value must not stop a whole batch.
    let mut nul = link("staff", ObjectKind::User, "nul", "t-nul");
    nul.name = "a\0b".into();
    nul.written.values.insert("note".into(), Value::Text("a\0b".into()));
    assert_eq!(put(site, std::slice::from_ref(&nul)).await, []);
    let found = site.store.read().await.unwrap().find_link(&nul.connection, ObjectKind::User, &source("nul")).await.unwrap();
    nul.name = "a\u{fffd}b".into();
    assert_eq!(found, Some(nul), "the name is shown with a replacement, the written value is exact");
}

async fn links_are_marked_and_deleted_for_their_channel_only(site: &Site) {
    with_two_channels(&site.store).await;
    let links = ["u1", "u2", "u3"].map(|id| link("staff", ObjectKind::User, id, &format!("t-{id}")));
    put(site, &links).await;
    put(site, &[link("guests", ObjectKind::User, "g1", "t-g1")]).await;

    let staff = channel_id("staff");
    let user = |id: &str| (ObjectKind::User, source(id));
    let mut tx = site.store.begin().await.unwrap();
    let marks = [("u1", LinkMark::Stale), ("u1", LinkMark::Gone), ("u2", LinkMark::Stale), ("g1", LinkMark::Gone)];
    let marks = marks.map(|(id, mark)| (ObjectKind::User, source(id), mark));
    assert_eq!(tx.mark_links(&staff, &marks).await.unwrap(), 2);
    let mut heads = tx.load_link_heads(&staff).await.unwrap();
    heads.sort_by(|a, b| a.source_id.cmp(&b.source_id));
    assert_eq!(heads.iter().map(|h| h.mark).collect::<Vec<_>>(), [LinkMark::Gone, LinkMark::Stale, LinkMark::Good]);
    assert_eq!(tx.mark_links(&staff, &[(ObjectKind::User, source("u1"), LinkMark::Good)]).await.unwrap(), 1);

    assert_eq!(tx.delete_links(&staff, &[user("u1"), user("g1"), (ObjectKind::Group, source("u2"))]).await.unwrap(), 1);
    assert_eq!(tx.load_link_heads(&staff).await.unwrap().len(), 2);
    assert!(tx.find_link(&connection_id("aws"), ObjectKind::User, &source("g1")).await.unwrap().is_some());
    let names = tx.load_names(&staff, ObjectKind::User, &[source("u1"), source("u2")]).await.unwrap();
    assert_eq!(names.into_keys().collect::<Vec<_>>(), [source("u2")], "the record went with its link");
    assert_eq!(tx.delete_links(&staff, &[]).await.unwrap(), 0);
    tx.commit().await.unwrap();
}

async fn links_are_given_to_another_channel(site: &Site) {
    with_two_channels(&site.store).await;
    let (staff, guests) = (channel_id("staff"), channel_id("guests"));
    let links = ["u1", "u2"].map(|id| link("staff", ObjectKind::User, id, &format!("t-{id}")));
    put(site, &links).await;
    put(site, &[link("guests", ObjectKind::User, "g1", "t-g1")]).await;
    let mut tx = site.store.begin().await.unwrap();
    // Not what is another channel's already, and not to where there is no channel.
    let given = [(ObjectKind::User, source("u1")), (ObjectKind::User, source("g1"))];
    assert_eq!(tx.give_links(&staff, &given, &guests).await.unwrap(), 1);
    assert_eq!(tx.give_links(&staff, &[(ObjectKind::User, source("u2"))], &channel_id("nobody")).await.unwrap(), 0);
    let mine = tx.load_link_heads(&staff).await.unwrap();
    assert_eq!(mine.iter().map(|h| h.source_id.0.as_str()).collect::<Vec<_>>(), ["u2"]);
    let theirs = tx.find_link(&connection_id("aws"), ObjectKind::User, &source("u1")).await.unwrap().unwrap();
    assert_eq!(theirs, Link { channel: guests, ..links[0].clone() });
    tx.commit().await.unwrap();
}

async fn what_stands_in_the_way_is_answered(site: &Site) {
    with_two_channels(&site.store).await;
    put(site, &[link("staff", ObjectKind::User, "u1", "t1")]).await;
    let refused = put(
        site,
        &[
            link("guests", ObjectKind::User, "u1", "t9"),
            link("guests", ObjectKind::User, "u2", "t1"),
            link("guests", ObjectKind::User, "u3", "t3"),
            link("guests", ObjectKind::Group, "u4", "t3"),
            link("guests", ObjectKind::Group, "u1", "t5"),
        ],
    )
    .await;
    let linked = |by: &str, channel| Refused::TargetLinked { source_id: source(by), channel: channel_id(channel) };
    let refusal = |kind, id: &str, because| LinkRefusal { kind, source_id: source(id), because };
    assert_eq!(
        refused,
        [
            refusal(ObjectKind::User, "u1", Refused::OwnedBy(channel_id("staff"))),
            refusal(ObjectKind::User, "u2", linked("u1", "staff")),
            refusal(ObjectKind::Group, "u4", linked("u3", "guests")),
        ]
    );
    let mut conn = site.store.read().await.unwrap();
    let mut written: Vec<_> = conn.load_link_heads(&channel_id("guests")).await.unwrap().into_iter().map(|h| h.target_id.0).collect();
    written.sort();
    assert_eq!(written, ["t3", "t5"], "the others were written all the same");
    let kept = conn.find_link(&connection_id("aws"), ObjectKind::User, &source("u1")).await.unwrap();
    assert_eq!(kept, Some(link("staff", ObjectKind::User, "u1", "t1")));
}

async fn a_target_can_change_hands_in_one_transaction(site: &Site) {
    with_two_channels(&site.store).await;
    put(site, &[link("staff", ObjectKind::User, "old", "t1")]).await;
    let mut tx = site.store.begin().await.unwrap();
    tx.delete_links(&channel_id("staff"), &[(ObjectKind::User, source("old"))]).await.unwrap();
    assert_eq!(tx.put_links(&[link("staff", ObjectKind::User, "new", "t1")]).await.unwrap(), []);
    tx.commit().await.unwrap();
    let heads = site.store.read().await.unwrap().load_link_heads(&channel_id("staff")).await.unwrap();
    assert_eq!(heads.into_iter().map(|h| h.source_id.0).collect::<Vec<_>>(), ["new"]);
}

async fn nothing_lasts_without_a_commit(site: &Site) {
    with_two_channels(&site.store).await;
    let mut tx = site.store.begin().await.unwrap();
    tx.put_links(&[link("staff", ObjectKind::User, "u1", "t1")]).await.unwrap();
    assert_eq!(tx.load_link_heads(&channel_id("staff")).await.unwrap().len(), 1);
    let outside = site.store.read().await.unwrap().load_link_heads(&channel_id("staff")).await.unwrap();
    assert_eq!(outside, [], "a reader is neither blocked nor shown what is not committed");
    drop(tx);
    let mut tx = site.store.begin().await.unwrap();
    assert_eq!(tx.load_link_heads(&channel_id("staff")).await.unwrap(), []);
}

async fn a_damaged_link_is_named(site: &Site) {
    with_two_channels(&site.store).await;
    put(site, &[link("staff", ObjectKind::User, "u1", "t1")]).await;
    site.sql("update links set value_digest = 'xyz'").await;
    let mut conn = site.store.read().await.unwrap();
    let error = conn.load_link_heads(&channel_id("staff")).await.unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { table: "links", id, .. } if id.contains("u1")), "{error:?}");
    let error = conn.find_link(&connection_id("aws"), ObjectKind::User, &source("u1")).await.unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { table: "links", id, .. } if id == "user u1"), "{error:?}");
}

async fn many_links(site: &Site) {
    const MANY: u32 = 20_000;
    with_two_channels(&site.store).await;
    let links: Vec<Link> = (0..MANY)
        .map(|n| {
            let mut link = link("staff", ObjectKind::User, &format!("{n:08x}-0000-4000-8000-00000000"), &format!("target-{n}"));
            link.head.value_digest = Digest(u128::from(n) << 64);
            link
        })
        .collect();
    let begun = Instant::now();
    assert_eq!(put(site, &links).await, []);
    let written = begun.elapsed();

    let mut conn = site.store.read().await.unwrap();
    let begun = Instant::now();
    let heads = conn.load_link_heads(&channel_id("staff")).await.unwrap();
    let read = begun.elapsed();
    let by_id: HashMap<&SourceId, _> = heads.iter().map(|h| (&h.source_id, h)).collect();
    assert_eq!((heads.len(), by_id.len()), (links.len(), links.len()));
    assert!(links.iter().all(|l| by_id[&l.head.source_id] == &l.head));

    let ids: Vec<SourceId> = links.iter().step_by(4).map(|l| l.head.source_id.clone()).collect();
    let begun = Instant::now();
    let loaded = conn.load_links(&channel_id("staff"), ObjectKind::User, &ids).await.unwrap();
    let picked = begun.elapsed();
    let loaded: HashMap<&SourceId, _> = loaded.iter().map(|l| (&l.head.source_id, l)).collect();
    assert_eq!(loaded.len(), ids.len());
    assert!(links.iter().step_by(4).all(|l| loaded[&l.head.source_id] == l));
    eprintln!("{:?}: {MANY} links written in {written:?}, heads read in {read:?}, {} records picked in {picked:?}", site.store, ids.len());
}
