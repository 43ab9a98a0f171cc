//! The search, what is counted for Home, and the dates of secrets.

use crate::peers::{Peers, Site};
use crate::samples::{channel, connection, connection_id, data_store, with_two_channels};
use store::{Found, Tally};

#[tokio::test]
async fn search() {
    let peers = Peers::start();
    peers.check(objects_are_found_by_a_piece_of_their_name).await;
    peers.check(among_thousands_few_are_answered).await;
    peers.check(everything_is_counted).await;
    peers.check(secrets_have_a_date).await;
}

async fn found(site: &Site, text: &str, most: u32) -> Vec<(String, String)> {
    let found: Vec<Found> = site.store.read().await.unwrap().search(text, most).await.unwrap();
    found.into_iter().map(|found| (found.kind, found.name)).collect()
}

fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(kind, name)| ((*kind).to_owned(), (*name).to_owned())).collect()
}

async fn objects_are_found_by_a_piece_of_their_name(site: &Site) {
    with_two_channels(&site.store).await;
    assert_eq!(found(site, "corp", 5).await, named(&[("data_store", "Corporate AD")]));
    assert_eq!(found(site, "AWS.EXAMPLE", 5).await, named(&[("sp_connection", "AWS")]), "by its entity ID, whatever the case");
    assert_eq!(found(site, "channel g", 5).await, named(&[("channel", "Channel guests")]));
    for taken_as_it_is in ["%", "_", "!", "c%d", "'"] {
        assert_eq!(found(site, taken_as_it_is, 5).await, [], "{taken_as_it_is}");
    }
    let mut tx = site.store.begin().await.unwrap();
    tx.insert_data_store(&data_store("d2", "100% !_Corp"), "admin", 1).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(found(site, "% !_", 5).await, named(&[("data_store", "100% !_Corp")]));
    assert_eq!(
        found(site, "corp", 5).await,
        named(&[("data_store", "Corporate AD"), ("data_store", "100% !_Corp")]),
        "what begins so is first"
    );
}

async fn among_thousands_few_are_answered(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    for n in 0..2000 {
        tx.insert_connection(&connection(&format!("c{n}"), &format!("Partner {n:04}"), vec![channel(&format!("k{n}"), None)]), "admin", 1)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let all = found(site, "partner", 5).await;
    assert_eq!(all, (0..5).map(|n| ("sp_connection".to_owned(), format!("Partner {n:04}"))).collect::<Vec<_>>());
    assert_eq!(found(site, "1999", 5).await, named(&[("channel", "Channel k1999"), ("sp_connection", "Partner 1999")]));
}

async fn everything_is_counted(site: &Site) {
    assert_eq!(site.store.read().await.unwrap().tally().await.unwrap(), Tally::default());
    with_two_channels(&site.store).await;
    let mut off = connection("off", "Off", vec![channel("o1", None)]);
    off.enabled = false;
    let mut tx = site.store.begin().await.unwrap();
    tx.insert_connection(&off, "admin", 5).await.unwrap();
    tx.commit().await.unwrap();
    let mut conn = site.store.read().await.unwrap();
    let tally = conn.tally().await.unwrap();
    assert_eq!((tally.data_stores, tally.connections, tally.channels, tally.active_channels), (1, 2, 3, 2));
    assert_eq!(conn.find_latest_connection_of("aws-iam-identity-center").await.unwrap(), Some(connection_id("off")));
    assert_eq!(conn.find_latest_connection_of("scim-2.0").await.unwrap(), None);
}

async fn secrets_have_a_date(site: &Site) {
    with_two_channels(&site.store).await;
    let id = connection_id("aws");
    let mut tx = site.store.begin().await.unwrap();
    tx.put_secret_date(&id, "access_token", 100).await.unwrap();
    tx.put_secret_date(&id, "access_token", 200).await.unwrap();
    tx.commit().await.unwrap();
    let mut conn = site.store.read().await.unwrap();
    assert_eq!(conn.find_secret_date(&id, "access_token").await.unwrap(), Some(200));
    assert_eq!(conn.find_secret_date(&id, "password").await.unwrap(), None);
    assert_eq!(conn.list_old_secrets("aws-iam-identity-center", "access_token", 199, 9).await.unwrap(), []);
    let old = conn.list_old_secrets("aws-iam-identity-center", "access_token", 200, 9).await.unwrap();
    assert_eq!(old.iter().map(|date| (date.connection_name.as_str(), date.set_at)).collect::<Vec<_>>(), [("AWS", 200)]);
    assert_eq!(conn.list_old_secrets("scim-2.0", "access_token", 200, 9).await.unwrap(), []);
    drop(conn);
    let mut tx = site.store.begin().await.unwrap();
    tx.delete_connection(&id).await.unwrap();
    assert_eq!(tx.find_secret_date(&id, "access_token").await.unwrap(), None);
}
