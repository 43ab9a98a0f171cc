//! Signing keys, trusted CAs, and what is configured once for the whole server.

use crate::peers::{Peers, Site};
use crate::samples::signing_key;
use domain::id::TrustedCaId;
use domain::model::server_settings::{MetadataExport, ProtocolSettings};
use domain::model::trusted_ca::TrustedCa;
use store::StoreError;

#[tokio::test]
async fn server() {
    let peers = Peers::start();
    peers.check(signing_keys_are_saved_and_rotated).await;
    peers.check(a_certificate_is_trusted_once).await;
    peers.check(settings_begin_empty_and_count_their_saves).await;
    peers.check(what_cannot_be_read_is_named).await;
}

async fn signing_keys_are_saved_and_rotated(site: &Site) {
    let (mut one, two) = (signing_key("k1"), signing_key("k2"));
    let mut tx = site.store.begin().await.unwrap();
    tx.insert_signing_key(&two, "admin", 10).await.unwrap();
    tx.insert_signing_key(&one, "admin", 10).await.unwrap();
    one.next = Some(two.active.clone());
    assert_eq!(tx.update_signing_key(&one, 1, "berta", 20).await.unwrap(), 2);
    assert!(matches!(tx.update_signing_key(&one, 1, "admin", 30).await, Err(StoreError::Stale { by }) if by == "berta"));
    tx.commit().await.unwrap();

    let mut conn = site.store.read().await.unwrap();
    let found = conn.find_signing_key(&one.id).await.unwrap().unwrap();
    assert_eq!((&found.value, found.version, found.updated_by.as_str(), found.updated_at), (&one, 2, "berta", 20));
    let all: Vec<_> = conn.list_signing_keys().await.unwrap().into_iter().map(|stored| stored.value).collect();
    assert_eq!(all, [one.clone(), two.clone()]);
    drop(conn);

    let mut tx = site.store.begin().await.unwrap();
    tx.delete_signing_key(&one.id).await.unwrap();
    assert_eq!(tx.find_signing_key(&one.id).await.unwrap(), None);
    assert!(matches!(tx.update_signing_key(&one, 2, "admin", 30).await, Err(StoreError::Gone { .. })));
}

async fn a_certificate_is_trusted_once(site: &Site) {
    let ca = |id: &str, fingerprint: &str| TrustedCa {
        id: TrustedCaId::parse(id).unwrap(),
        fingerprint: fingerprint.into(),
        certificate: format!("-----BEGIN CERTIFICATE-----\n{fingerprint}\n"),
    };
    let mut tx = site.store.begin().await.unwrap();
    assert!(tx.insert_trusted_ca(&ca("c1", "AA"), "admin", 10).await.unwrap());
    assert!(!tx.insert_trusted_ca(&ca("c2", "AA"), "admin", 10).await.unwrap());
    assert!(tx.insert_trusted_ca(&ca("c3", "BB"), "admin", 10).await.unwrap());
    tx.commit().await.unwrap();
    let mut conn = site.store.read().await.unwrap();
    assert_eq!(conn.list_trusted_cas().await.unwrap(), [ca("c1", "AA"), ca("c3", "BB")]);
    assert_eq!(conn.find_trusted_ca(&ca("c2", "").id).await.unwrap(), None);
    drop(conn);
    let mut tx = site.store.begin().await.unwrap();
    tx.delete_trusted_ca(&ca("c1", "").id).await.unwrap();
    assert_eq!(tx.list_trusted_cas().await.unwrap(), [ca("c3", "BB")]);
}

async fn settings_begin_empty_and_count_their_saves(site: &Site) {
    let settings = |name: &str| ProtocolSettings { entity_id: name.into(), ..ProtocolSettings::default() };
    let mut tx = site.store.begin().await.unwrap();
    let found = tx.find_server_settings::<ProtocolSettings>().await.unwrap();
    assert_eq!((found.value, found.version), (ProtocolSettings::default(), 0));
    tx.put_server_settings(&settings("urn:a"), 0, "admin", 10).await.unwrap();
    assert!(matches!(tx.put_server_settings(&settings("urn:b"), 0, "eve", 20).await, Err(StoreError::Stale { by }) if by == "admin"));
    tx.put_server_settings(&settings("urn:c"), 1, "berta", 30).await.unwrap();
    assert!(matches!(tx.put_server_settings(&settings("urn:d"), 1, "eve", 40).await, Err(StoreError::Stale { by }) if by == "berta"));
    tx.commit().await.unwrap();
    let mut conn = site.store.read().await.unwrap();
    let found = conn.find_server_settings::<ProtocolSettings>().await.unwrap();
    assert_eq!((found.value, found.version, found.updated_by.as_str(), found.updated_at), (settings("urn:c"), 2, "berta", 30));
    assert_eq!(conn.find_server_settings::<MetadataExport>().await.unwrap().value, MetadataExport::default());
}

async fn what_cannot_be_read_is_named(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    tx.insert_signing_key(&signing_key("k1"), "admin", 10).await.unwrap();
    tx.put_server_settings(&ProtocolSettings::default(), 0, "admin", 10).await.unwrap();
    tx.commit().await.unwrap();
    site.sql("update signing_keys set body = '{'; update server_settings set body_version = 9").await;
    let mut conn = site.store.read().await.unwrap();
    let error = conn.list_signing_keys().await.unwrap_err().to_string();
    assert!(error.contains("row k1 of signing_keys"), "{error}");
    let error = conn.find_server_settings::<ProtocolSettings>().await.unwrap_err().to_string();
    assert!(error.contains("row protocol of server_settings"), "{error}");
}
