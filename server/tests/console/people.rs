//! The list of people and groups: searched, filtered and cut into pages by its address.

use crate::asked::Asked;
use crate::house::House;
use domain::id::{ChannelId, ConnectionId, ConnectorId, SourceId, TargetId};
use domain::model::channel::Channel;
use domain::model::cycle::Setback;
use domain::model::link::{Digest, Link, LinkHead, LinkMark, ObjectKind, Origin, Written};
use domain::model::plan::{ActionKind, ObjectRef, Skipped, Value};
use domain::model::sp_connection::{ConnectorRef, SpConnection};
use store::{Keys, Store};

fn channel_id() -> ChannelId {
    ChannelId::parse("staff").unwrap()
}

fn connection() -> SpConnection {
    let mut connection = SpConnection::new(ConnectionId::parse("aws").unwrap());
    connection.connector = Some(ConnectorRef { id: ConnectorId::parse("scim-2.0").unwrap(), version: "1.0.0".into() });
    connection.outbound_provisioning = true;
    connection.general.name = "AWS".into();
    connection.general.entity_id = "https://aws.example.com".into();
    for (id, name) in [("staff", "Staff"), ("guests", "Guests")] {
        let mut channel = Channel::new(ChannelId::parse(id).unwrap());
        channel.name = name.into();
        connection.provisioning.channels.push(channel);
    }
    connection
}

fn link(at: usize) -> Link {
    let id = format!("id-{at:06}");
    let name = format!("person{at:06}@example.com");
    Link {
        connection: ConnectionId::parse("aws").unwrap(),
        channel: channel_id(),
        head: LinkHead {
            kind: ObjectKind::User,
            source_id: SourceId(id.clone()),
            target_id: TargetId(format!("t-{at:06}")),
            dn_digest: Digest(at as u128),
            value_digest: Digest(at as u128),
            unique_digests: vec![Digest(at as u128)],
            members_digest: Digest(0),
            member_count: 0,
            active: at % 10 != 9,
            origin: Origin::Created,
            mark: LinkMark::Good,
            left_at: None,
        },
        dn: format!("CN=Person {at:06},OU=People,DC=example,DC=com"),
        written: Written { values: [("userName".to_owned(), Value::Text(name.clone()))].into(), members: Vec::new() },
        name,
    }
}

/// People into the database of a running server: of each hundred one failed, ten are disabled; some more are left out.
async fn fill(house: &House, many: usize) {
    let file = house.data_dir().join("towpath.db");
    let store = Store::open(file.to_str().unwrap(), Keys::from_bytes([7; 32])).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.insert_connection(&connection(), "admin", 1).await.unwrap();
    let links: Vec<_> = (0..many).map(link).collect();
    tx.put_links(&links).await.unwrap();
    let setback = |link: &Link| Setback {
        kind: ObjectKind::User,
        source_id: link.head.source_id.clone(),
        name: link.name.clone(),
        attempts: 2,
        next_at: i64::MAX,
        action: ActionKind::Update,
        detail: format!("The target refused it (HTTP 400): {} is not good.", link.name),
        value_digest: Digest(1),
    };
    tx.put_setbacks(&channel_id(), &links.iter().step_by(100).map(setback).collect::<Vec<_>>()).await.unwrap();
    let skipped = |at: usize| {
        let object = ObjectRef {
            kind: ObjectKind::User,
            source_id: SourceId(format!("left-{at}")),
            name: format!("<Left> out {at}"),
            dn: format!("CN=Left {at},DC=x"),
        };
        Skipped { object, reason: "userName has no value: mail is empty in the directory.".into(), by_entry: true }
    };
    tx.replace_skipped(&channel_id(), &(0..3).map(skipped).collect::<Vec<_>>(), 5).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
}

/// Names on a page, in order.
fn names(page: &str) -> Vec<String> {
    page.split("class=\"object__name\"").skip(1).map(|rest| rest.split(['>', '<']).nth(1).unwrap().to_owned()).collect()
}

/// Where a link of this label leads.
fn way(page: &str, label: &str) -> Option<String> {
    let before = page.split(&format!(">{label}</a>")).next().filter(|before| before.len() < page.len())?;
    let href = before.rsplit("href=\"").next()?.split('"').next()?;
    Some(href.replace("&amp;", "&"))
}

#[tokio::test]
async fn many_people_are_a_part_at_a_time() {
    let house = House::open_without_worker().await;
    let mut browser = house.administrator().await;
    let empty = browser.page("/people").await;
    assert!(empty.contains("Nobody yet") && !empty.split("id=\"main\"").nth(1).unwrap().contains("role=\"search\""), "{empty}");
    fill(&house, 3_000).await;

    let asked = Asked::count();
    let second = way(&browser.page("/people?channel=staff").await, "Next page").unwrap();
    for address in [
        "/people",
        "/people?order=descending",
        "/people?channel=staff",
        "/people?channel=staff&state=in_sync",
        "/people?state=disabled",
        "/people?q=PERSON",
        second.as_str(),
    ] {
        let before = asked.so_far();
        let page = browser.page(address).await;
        let (statements, rows) = (asked.so_far().0 - before.0, asked.so_far().1 - before.1);
        assert_eq!(names(&page).len(), 50, "{address}");
        assert!((5..=14).contains(&statements) && rows <= 51 + 20, "{address}: {statements} statements, {rows} rows");
    }
    house.stop().await;
}

#[tokio::test]
async fn the_address_says_who_is_listed() {
    let house = House::open_without_worker().await;
    let mut browser = house.administrator().await;
    fill(&house, 120).await;
    let person = |at: usize| format!("person{at:06}@example.com");

    let first = browser.page("/people").await;
    assert_eq!(names(&first)[..4], ["&lt;Left&gt; out 0".to_owned(), "&lt;Left&gt; out 1".into(), "&lt;Left&gt; out 2".into(), person(0)]);
    assert!(first.contains("123 people and groups") && first.contains("Failed (2)") && first.contains("Skipped (3)"), "{first}");
    assert!(first.contains("userName has no value: mail is empty") && first.contains("HTTP 400"), "{first}");
    let second = browser.page(&way(&first, "Next page").unwrap()).await;
    assert_eq!(names(&second)[0], person(47));
    let third = browser.page(&way(&second, "Next page").unwrap()).await;
    assert_eq!((names(&third).len(), way(&third, "Next page")), (23, None));
    let back = browser.page(&way(&third, "Previous page").unwrap()).await;
    assert_eq!(names(&back), names(&second));
    assert_eq!(way(&browser.page(&way(&back, "Previous page").unwrap()).await, "Previous page"), None);

    let failed = browser.page("/people?channel=staff&state=failed").await;
    assert_eq!(names(&failed), [person(0), person(100)]);
    assert!(failed.contains("People and Groups of Staff") && failed.contains("2 people and groups"), "{failed}");
    let guests = browser.page("/people?channel=guests").await;
    assert!(guests.contains("Nobody yet"), "{guests}");
    for (query, who) in [("q=T-000007", person(7)), ("q=cn%3Dperson+000008%2C", person(8)), ("q=person000009%40EXAMPLE", person(9))] {
        assert_eq!(names(&browser.page(&format!("/people?{query}")).await), [who], "{query}");
    }
    let same = "userName+has+no+value%3A+mail+is+empty+in+the+directory.";
    assert_eq!(names(&browser.page(&format!("/people?reason={same}")).await).len(), 3);
    let general = "The+target+refused+it+%28HTTP+%E2%80%A6%29%3A+%E2%80%A6+is+not+good.";
    assert_eq!(names(&browser.page(&format!("/people?reason={general}&order=descending")).await), [person(100), person(0)]);
    let none = browser.page("/people?q=%3Cscript%3E").await;
    assert!(none.contains("Nobody is like this") && none.contains("Show all") && !none.contains("<script>\""), "{none}");
    assert_eq!(browser.get("/people?channel=nothing").await.status, 404);
    assert_eq!(house.visitor().get("/people").await.status, 303);
    house.stop().await;
}
