//! Data Stores, SP Connections with their channels, uploaded connectors.

use crate::peers::{Peers, Site};
use crate::samples::{channel, channel_id, connection, connection_id, cycle, data_store, link, with_two_channels};
use domain::id::{ConnectorId, CycleId, DataStoreId};
use domain::model::link::ObjectKind;
use std::error::Error as _;
use store::{Page, StoreError, UploadedConnector};

#[tokio::test]
async fn configuration() {
    let peers = Peers::start();
    peers.check(data_stores_are_saved_and_listed).await;
    peers.check(a_save_over_a_newer_version_is_refused).await;
    peers.check(a_data_store_in_use_stays).await;
    peers.check(connections_are_saved_with_their_channels).await;
    peers.check(connections_that_name_an_object_are_found).await;
    peers.check(names_and_entity_ids_are_unique).await;
    peers.check(a_channel_that_is_removed_takes_its_own_along).await;
    peers.check(references_must_exist).await;
    peers.check(a_damaged_body_is_named).await;
    peers.check(connectors_are_kept_by_version).await;
}

fn corp() -> DataStoreId {
    DataStoreId::parse("corp").unwrap()
}

async fn data_stores_are_saved_and_listed(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    let mut store = data_store("corp", "corporate");
    tx.insert_data_store(&store, "admin", 10).await.unwrap();
    tx.insert_data_store(&data_store("lab", "Berlin"), "admin", 10).await.unwrap();
    store.name = "Corporate AD".into();
    store.ldap.read_timeout_ms = 1;
    assert_eq!(tx.update_data_store(&store, 1, "berta", 20).await.unwrap(), 2);
    tx.commit().await.unwrap();

    let mut conn = site.store.read().await.unwrap();
    let found = conn.find_data_store(&store.id).await.unwrap().unwrap();
    assert_eq!((&found.value, found.version, found.updated_by.as_str(), found.updated_at), (&store, 2, "berta", 20));
    let names: Vec<_> = conn.list_data_stores().await.unwrap().into_iter().map(|s| s.value.name).collect();
    assert_eq!(names, ["Berlin", "Corporate AD"]);
    let names: Vec<_> = conn.list_data_store_names().await.unwrap().into_iter().map(|(id, name)| format!("{id}: {name}")).collect();
    assert_eq!(names, ["lab: Berlin", "corp: Corporate AD"]);
    drop(conn);

    let mut tx = site.store.begin().await.unwrap();
    match tx.insert_data_store(&data_store("other", "CORPORATE ad"), "admin", 30).await {
        Err(error @ StoreError::Taken { what: "name" }) => assert_eq!(error.to_string(), "this name is already taken"),
        other => panic!("{other:?}"),
    }
    drop(tx);
    let mut tx = site.store.begin().await.unwrap();
    tx.delete_data_store(&store.id).await.unwrap();
    assert_eq!(tx.find_data_store(&store.id).await.unwrap(), None);
}

async fn a_save_over_a_newer_version_is_refused(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    let store = data_store("corp", "Corporate");
    tx.insert_data_store(&store, "admin", 10).await.unwrap();
    tx.update_data_store(&store, 1, "berta", 20).await.unwrap();
    assert!(matches!(tx.update_data_store(&store, 1, "admin", 30).await, Err(StoreError::Stale { by }) if by == "berta"));
    tx.delete_data_store(&store.id).await.unwrap();
    assert!(matches!(tx.update_data_store(&store, 2, "admin", 30).await, Err(StoreError::Gone { .. })));

    let aws = connection("aws", "AWS", vec![]);
    tx.insert_connection(&aws, "admin", 10).await.unwrap();
    assert_eq!(tx.update_connection(&aws, 1, "berta", 20).await.unwrap(), 2);
    assert!(matches!(tx.update_connection(&aws, 1, "admin", 30).await, Err(StoreError::Stale { by }) if by == "berta"));
    tx.delete_connection(&aws.id).await.unwrap();
    assert!(matches!(tx.update_connection(&aws, 2, "admin", 30).await, Err(StoreError::Gone { .. })));
}

async fn a_data_store_in_use_stays(site: &Site) {
    with_two_channels(&site.store).await;
    let mut tx = site.store.begin().await.unwrap();
    let used = tx.list_data_store_usage(&corp()).await.unwrap();
    let shown: Vec<_> = used.iter().map(|u| (u.connection_name.as_str(), u.channel_name.as_str())).collect();
    assert_eq!(shown, [("AWS", "Channel staff"), ("AWS", "Channel guests")]);
    assert!(matches!(tx.delete_data_store(&corp()).await, Err(StoreError::InUse { what: "Data Store" })));
    drop(tx);

    let mut tx = site.store.begin().await.unwrap();
    tx.update_connection(&connection("aws", "AWS", vec![channel("staff", None)]), 1, "admin", 2).await.unwrap();
    assert!(tx.list_data_store_usage(&corp()).await.unwrap().is_empty());
    tx.delete_data_store(&corp()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn connections_are_saved_with_their_channels(site: &Site) {
    with_two_channels(&site.store).await;
    let mut tx = site.store.begin().await.unwrap();
    let mut guests = channel("guests", None);
    guests.name = "Guests & friends".into();
    guests.active = false;
    let mut aws = connection("aws", "AWS IAM", vec![guests, channel("third", Some("corp"))]);
    aws.enabled = false;
    tx.update_connection(&aws, 1, "berta", 20).await.unwrap();
    tx.insert_connection(&connection("abc", "abc", vec![]), "admin", 20).await.unwrap();
    tx.commit().await.unwrap();

    let mut conn = site.store.read().await.unwrap();
    let found = conn.find_connection(&aws.id).await.unwrap().unwrap();
    assert_eq!((&found.value, found.version, found.updated_by.as_str(), found.updated_at), (&aws, 2, "berta", 20));
    assert_eq!(conn.find_connection_of(&channel_id("third")).await.unwrap(), Some(found));
    assert_eq!(conn.find_connection_of(&channel_id("staff")).await.unwrap(), None);
    let names: Vec<_> = conn.list_connections().await.unwrap().into_iter().map(|s| s.value.general.name).collect();
    assert_eq!(names, ["abc", "AWS IAM"]);
    let rows = conn.list_channels().await.unwrap();
    let shown: Vec<_> = rows
        .iter()
        .map(|c| (c.id.as_str(), c.name.as_str(), c.active, c.data_store.is_some(), c.connection_name.as_str(), c.connection_enabled))
        .collect();
    assert_eq!(
        shown,
        [("guests", "Guests & friends", false, false, "AWS IAM", false), ("third", "Channel third", true, true, "AWS IAM", false)]
    );
}

async fn connections_that_name_an_object_are_found(site: &Site) {
    with_two_channels(&site.store).await;
    let mut tx = site.store.begin().await.unwrap();
    let mut other = connection("other", "Other", vec![]);
    other.credentials.signing_key = Some(domain::id::SigningKeyId::parse("k_1").unwrap());
    tx.insert_connection(&other, "admin", 1).await.unwrap();
    let names = async |tx: &mut store::Tx, id: &str| {
        tx.list_connections_naming(id).await.unwrap().into_iter().map(|s| s.value.general.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&mut tx, "corp").await, ["AWS"]);
    assert_eq!(names(&mut tx, "k_1").await, ["Other"]);
    assert!(names(&mut tx, "cor").await.is_empty());
}

async fn names_and_entity_ids_are_unique(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    tx.insert_connection(&connection("aws", "AWS", vec![]), "admin", 1).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = site.store.begin().await.unwrap();
    let other = connection("other", "aws", vec![]);
    assert!(matches!(tx.insert_connection(&other, "admin", 1).await, Err(StoreError::Taken { what: "name" })));
    drop(tx);

    let mut tx = site.store.begin().await.unwrap();
    let mut other = connection("other", "Other", vec![]);
    other.general.entity_id = "https://aws.example.com/saml".into();
    assert!(matches!(tx.insert_connection(&other, "admin", 1).await, Err(StoreError::Taken { what: "entity_id" })));
    drop(tx);

    let mut tx = site.store.begin().await.unwrap();
    tx.insert_connection(&connection("one", "One", vec![channel("c1", None)]), "admin", 1).await.unwrap();
    let thief = connection("two", "Two", vec![channel("c1", None)]);
    assert!(matches!(tx.insert_connection(&thief, "admin", 1).await, Err(StoreError::Taken { what: "id" })));
}

async fn a_channel_that_is_removed_takes_its_own_along(site: &Site) {
    with_two_channels(&site.store).await;
    let mut tx = site.store.begin().await.unwrap();
    for (owner, id) in [("staff", "s1"), ("guests", "g1")] {
        tx.put_links(&[link(owner, ObjectKind::User, id, &format!("t-{id}"))]).await.unwrap();
        tx.insert_cycle(&cycle(&format!("cy-{owner}"), owner, 1)).await.unwrap();
        tx.update_channel_state(&channel_id(owner), 1, |s| s.paused = true).await.unwrap();
    }
    tx.update_connection(&connection("aws", "AWS", vec![channel("guests", Some("corp"))]), 1, "admin", 2).await.unwrap();
    tx.commit().await.unwrap();

    let mut conn = site.store.read().await.unwrap();
    assert!(conn.load_link_heads(&channel_id("staff")).await.unwrap().is_empty());
    assert_eq!(conn.load_link_heads(&channel_id("guests")).await.unwrap().len(), 1);
    assert_eq!(conn.find_cycle(&CycleId::parse("cy-staff").unwrap()).await.unwrap(), None);
    assert_eq!(conn.list_cycles(&channel_id("guests"), false, Page::first(9)).await.unwrap().len(), 1);
    assert_eq!(conn.list_channel_states().await.unwrap().into_keys().collect::<Vec<_>>(), [channel_id("guests")]);
    drop(conn);

    let mut tx = site.store.begin().await.unwrap();
    tx.delete_connection(&connection_id("aws")).await.unwrap();
    assert!(tx.list_channels().await.unwrap().is_empty());
    assert!(tx.list_standings().await.unwrap().is_empty());
}

async fn references_must_exist(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    let aws = connection("aws", "AWS", vec![channel("staff", Some("absent"))]);
    assert!(matches!(tx.insert_connection(&aws, "admin", 1).await, Err(StoreError::Gone { .. })));
    drop(tx);
    let mut tx = site.store.begin().await.unwrap();
    assert!(matches!(tx.insert_cycle(&cycle("c1", "absent", 1)).await, Err(StoreError::Gone { .. })));
    drop(tx);
    let mut tx = site.store.begin().await.unwrap();
    assert!(matches!(tx.put_links(&[link("absent", ObjectKind::User, "s", "t")]).await, Err(StoreError::Gone { .. })));
}

async fn a_damaged_body_is_named(site: &Site) {
    with_two_channels(&site.store).await;
    site.sql("update data_stores set body = '{\"id\":\"corp\"'; update sp_connections set body_version = 2").await;
    let mut conn = site.store.read().await.unwrap();
    let error = conn.find_data_store(&corp()).await.unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { table: "data_stores", id, .. } if id == "corp"), "{error:?}");
    assert!(!error.to_string().contains("EOF") && error.source().unwrap().to_string().contains("EOF"), "the cause is the source");
    let error = conn.list_connections().await.unwrap_err();
    assert_eq!(error.source().unwrap().to_string(), "its body has version 2, not 1");
}

async fn connectors_are_kept_by_version(site: &Site) {
    let aws = ConnectorId::parse("aws-iam-identity-center").unwrap();
    let mut tx = site.store.begin().await.unwrap();
    let mut one =
        UploadedConnector { id: aws.clone(), version: "1.0.0".into(), toml: "schema_version = 1".into(), added_at: 5, from_folder: false };
    tx.insert_connector(&one).await.unwrap();
    let two = UploadedConnector { version: "1.1.0".into(), added_at: 6, from_folder: true, ..one.clone() };
    tx.insert_connector(&two).await.unwrap();
    tx.insert_connection(&connection("aws", "AWS", vec![]), "admin", 1).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = site.store.begin().await.unwrap();
    assert_eq!(tx.list_connectors().await.unwrap(), [one.clone(), two.clone()]);
    assert_eq!(tx.list_connectors_used().await.unwrap(), [(aws.clone(), "1.0.0".to_owned())]);
    assert_eq!(tx.list_connector_usage(&aws, "1.0.0").await.unwrap(), [(connection_id("aws"), "AWS".to_owned())]);
    assert!(tx.list_connector_usage(&aws, "1.1.0").await.unwrap().is_empty());
    assert!(matches!(tx.delete_connector(&aws, "1.0.0").await, Err(StoreError::InUse { what: "connector" })));
    tx.delete_connector(&aws, "1.1.0").await.unwrap();
    assert_eq!(tx.list_connectors().await.unwrap(), [one.clone()]);
    one.toml = "changed".into();
    assert!(matches!(tx.insert_connector(&one).await, Err(StoreError::Taken { what: "version" })));
}
