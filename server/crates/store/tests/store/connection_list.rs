//! The list of SP Connections, a page at a time.

use crate::peers::{Peers, Site};
use crate::samples::connection;
use domain::model::connection_list::{ConnectionQuery, Kind, Sort, Status};
use domain::model::sp_connection::SpConnection;
use store::Page;

#[tokio::test]
async fn connection_list() {
    let peers = Peers::start();
    peers.check(a_page_holds_what_was_asked_for).await;
    peers.check(what_is_typed_is_taken_as_it_is).await;
    peers.check(a_save_moves_a_connection).await;
    peers.check(very_long_names_are_kept).await;
}

async fn names(site: &Site, query: &ConnectionQuery) -> (Vec<String>, u64) {
    let page = site.store.read().await.unwrap().list_connection_page(query, Page { offset: 0, limit: 3 }).await.unwrap();
    (page.rows.into_iter().map(|row| row.connection.value.general.name).collect(), page.total)
}

fn searched(text: &str) -> ConnectionQuery {
    ConnectionQuery { text: text.into(), ..ConnectionQuery::default() }
}

/// Saved one after the other, the first at 10 ms.
async fn fill(site: &Site, connections: impl IntoIterator<Item = SpConnection>) {
    let mut tx = site.store.begin().await.unwrap();
    for (at, connection) in connections.into_iter().enumerate() {
        tx.insert_connection(&connection, "admin", 10 * (at as i64 + 1)).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn a_page_holds_what_was_asked_for(site: &Site) {
    let off = |mut connection: SpConnection| {
        connection.enabled = false;
        connection.outbound_provisioning = false;
        connection
    };
    let sso = |mut connection: SpConnection| {
        connection.browser_sso_profiles = true;
        connection
    };
    fill(
        site,
        [
            connection("z1", "beta", vec![]),
            off(connection("a2", "Alpha", vec![])),
            sso(connection("m3", "Gamma Ünal", vec![])),
            off(connection("b4", "delta", vec![])),
        ],
    )
    .await;
    let by = |sort, descending| ConnectionQuery { sort, descending, ..ConnectionQuery::default() };
    for (query, expected, total) in [
        (by(Sort::Name, false), ["Alpha", "beta", "delta"].as_slice(), 4),
        (by(Sort::Name, true), &["Gamma Ünal", "delta", "beta"], 4),
        (by(Sort::EntityId, false), &["Alpha", "delta", "Gamma Ünal"], 4),
        (by(Sort::EntityId, true), &["beta", "Gamma Ünal", "delta"], 4),
        (by(Sort::Created, false), &["beta", "Alpha", "Gamma Ünal"], 4),
        (by(Sort::Created, true), &["delta", "Gamma Ünal", "Alpha"], 4),
        (by(Sort::Updated, false), &["beta", "Alpha", "Gamma Ünal"], 4),
        (by(Sort::Updated, true), &["delta", "Gamma Ünal", "Alpha"], 4),
        (searched("ALPH"), &["Alpha"], 1),
        (searched(" üNAL "), &["Gamma Ünal"], 1),
        (searched("HTTPS://M3"), &["Gamma Ünal"], 1),
        (searched("nothing like it"), &[], 0),
        (ConnectionQuery { status: Status::Enabled, ..ConnectionQuery::default() }, &["beta", "Gamma Ünal"], 2),
        (ConnectionQuery { status: Status::Disabled, ..searched("delta") }, &["delta"], 1),
        (ConnectionQuery { kind: Kind::OutboundProvisioning, ..ConnectionQuery::default() }, &["beta", "Gamma Ünal"], 2),
        (ConnectionQuery { kind: Kind::BrowserSso, ..ConnectionQuery::default() }, &["Gamma Ünal"], 1),
    ] {
        assert_eq!(names(site, &query).await, (expected.iter().map(ToString::to_string).collect(), total), "{query:?}");
    }
    let mut conn = site.store.read().await.unwrap();
    let second = conn.list_connection_page(&by(Sort::Name, false), Page { offset: 3, limit: 3 }).await.unwrap();
    assert_eq!(second.rows.len(), 1);
    assert_eq!((second.rows[0].connection.value.general.name.as_str(), second.total, second.rows[0].created_at), ("Gamma Ünal", 4, 30));
    assert_eq!(conn.count_connections().await.unwrap(), 4);
    let names = conn.list_connection_names().await.unwrap();
    assert_eq!(names[0], (connection("a2", "", vec![]).id, "Alpha".to_owned(), "https://a2.example.com/saml".to_owned()));
    assert_eq!(names.len(), 4);
    assert!(conn.is_connection_name_taken("GAMMA ünal").await.unwrap() && !conn.is_connection_name_taken("Gamma").await.unwrap());
    assert!(conn.is_entity_id_taken("HTTPS://M3.example.com/saml").await.unwrap() && !conn.is_entity_id_taken("m3").await.unwrap());
    let found = conn.find_connection_by_entity_id("https://b4.example.com/saml").await.unwrap().unwrap();
    assert_eq!(found.value.general.name, "delta");
    assert_eq!(conn.find_connection_by_entity_id("HTTPS://b4.example.com/saml").await.unwrap(), None);
}

async fn what_is_typed_is_taken_as_it_is(site: &Site) {
    let named = ["100% of it", "100 of it", "a_b", "aXb", r"back\slash"];
    fill(site, named.iter().enumerate().map(|(at, name)| connection(&format!("c{at}"), name, vec![]))).await;
    for (text, expected) in [("0%", "100% of it"), ("A_B", "a_b"), (r"K\S", r"back\slash")] {
        assert_eq!(names(site, &searched(text)).await, (vec![expected.to_owned()], 1), "{text}");
    }
    assert_eq!(names(site, &searched("'; drop table sp_connections; --")).await.1, 0);
}

async fn a_save_moves_a_connection(site: &Site) {
    fill(site, [connection("c1", "One", vec![]), connection("c2", "Two", vec![])]).await;
    let mut changed = connection("c1", "Zwei", vec![]);
    changed.enabled = false;
    let mut tx = site.store.begin().await.unwrap();
    tx.update_connection(&changed, 1, "admin", 99).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(names(site, &ConnectionQuery::default()).await.0, ["Two", "Zwei"]);
    let latest = ConnectionQuery { sort: Sort::Updated, descending: true, ..ConnectionQuery::default() };
    assert_eq!(names(site, &latest).await.0, ["Zwei", "Two"]);
    assert_eq!(names(site, &ConnectionQuery { sort: Sort::Created, ..ConnectionQuery::default() }).await.0, ["Zwei", "Two"]);
    assert_eq!(names(site, &ConnectionQuery { status: Status::Disabled, ..ConnectionQuery::default() }).await.0, ["Zwei"]);
    assert_eq!(names(site, &searched("one")).await.1, 0);
}

/// Longer than an index takes, and of letters that take four bytes each.
async fn very_long_names_are_kept(site: &Site) {
    let long = "𝔏".repeat(600);
    let mut one = connection("c1", &long, vec![]);
    one.general.entity_id = format!("https://example.com/{}", "x".repeat(900));
    fill(site, [one]).await;
    assert_eq!(names(site, &searched("𝔏𝔏𝔏")).await, (vec![long], 1));
}
