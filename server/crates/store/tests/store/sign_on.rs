//! Password Credential Validators and IdP Adapters.

use crate::peers::{Peers, Site};
use crate::samples::{adapter, data_store, pcv};
use domain::id::{DataStoreId, PcvId};
use domain::model::pcv::PcvKind;
use store::{StoreError, Tx};

#[tokio::test]
async fn sign_on() {
    let peers = Peers::start();
    peers.check(validators_are_saved_and_listed).await;
    peers.check(adapters_are_saved_and_listed).await;
    peers.check(names_instance_ids_and_logout_paths_are_unique).await;
    peers.check(a_save_over_a_newer_version_is_refused).await;
    peers.check(what_is_in_use_stays).await;
    peers.check(references_must_exist).await;
    peers.check(a_damaged_body_is_named).await;
}

/// A Data Store, a validator on it, and a list.
async fn some(tx: &mut Tx) {
    tx.insert_data_store(&data_store("corp", "Corporate AD"), "admin", 1).await.unwrap();
    tx.insert_pcv(&pcv("ad", "corporate", Some("corp")), "admin", 1).await.unwrap();
    tx.insert_pcv(&pcv("list", "Berlin", None), "admin", 1).await.unwrap();
}

async fn validators_are_saved_and_listed(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    some(&mut tx).await;
    let mut changed = pcv("ad", "Corporate", Some("corp"));
    changed.extended.clear();
    assert_eq!(tx.update_pcv(&changed, 1, "berta", 20).await.unwrap(), 2);
    tx.commit().await.unwrap();

    let mut conn = site.store.read().await.unwrap();
    let found = conn.find_pcv(&changed.id).await.unwrap().unwrap();
    assert_eq!((&found.value, found.version, found.updated_by.as_str(), found.updated_at), (&changed, 2, "berta", 20));
    let names: Vec<_> = conn.list_pcvs().await.unwrap().into_iter().map(|s| s.value.name).collect();
    assert_eq!(names, ["Berlin", "Corporate"]);
    let corp = DataStoreId::parse("corp").unwrap();
    assert_eq!(conn.list_pcvs_of(&corp).await.unwrap(), [(changed.id.clone(), "Corporate".to_owned())]);
    drop(conn);

    let mut tx = site.store.begin().await.unwrap();
    tx.delete_pcv(&changed.id).await.unwrap();
    assert_eq!(tx.find_pcv(&changed.id).await.unwrap(), None);
}

async fn adapters_are_saved_and_listed(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    some(&mut tx).await;
    let mut form = adapter("form", "form", &["list", "ad"]);
    tx.insert_idp_adapter(&form, "admin", 10).await.unwrap();
    tx.insert_idp_adapter(&adapter("other", "Another", &[]), "admin", 10).await.unwrap();
    let (ad, list) = (PcvId::parse("ad").unwrap(), PcvId::parse("list").unwrap());
    assert_eq!(tx.list_idp_adapters_of(&ad).await.unwrap(), [(form.id.clone(), "form".to_owned())]);
    form.name = "Form".into();
    form.validators = vec![list.clone()];
    assert_eq!(tx.update_idp_adapter(&form, 1, "berta", 20).await.unwrap(), 2);
    tx.commit().await.unwrap();

    let mut conn = site.store.read().await.unwrap();
    let found = conn.find_idp_adapter(&form.id).await.unwrap().unwrap();
    assert_eq!((&found.value, found.version, found.updated_by.as_str(), found.updated_at), (&form, 2, "berta", 20));
    let names: Vec<_> = conn.list_idp_adapters().await.unwrap().into_iter().map(|s| s.value.name).collect();
    assert_eq!(names, ["Another", "Form"]);
    assert!(conn.list_idp_adapters_of(&ad).await.unwrap().is_empty());
    assert_eq!(conn.list_idp_adapters_of(&list).await.unwrap(), [(form.id.clone(), "Form".to_owned())]);
    drop(conn);

    let mut tx = site.store.begin().await.unwrap();
    tx.delete_idp_adapter(&form.id).await.unwrap();
    assert_eq!(tx.find_idp_adapter(&form.id).await.unwrap(), None);
    tx.delete_pcv(&list).await.unwrap();
}

async fn names_instance_ids_and_logout_paths_are_unique(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    some(&mut tx).await;
    let mut form = adapter("form", "Form", &[]);
    form.form.logout_path = "bye".into();
    tx.insert_idp_adapter(&form, "admin", 1).await.unwrap();
    // No path at all is nobody's in particular.
    tx.insert_idp_adapter(&adapter("plain", "Plain", &[]), "admin", 1).await.unwrap();
    tx.insert_idp_adapter(&adapter("plainer", "Plainer", &[]), "admin", 1).await.unwrap();
    tx.commit().await.unwrap();

    let taken = async |change: &dyn Fn(&mut domain::model::pcv::Pcv)| {
        let mut tx = site.store.begin().await.unwrap();
        let mut other = pcv("other", "Other", None);
        change(&mut other);
        tx.insert_pcv(&other, "admin", 1).await
    };
    assert!(matches!(taken(&|p| p.name = "CORPORATE".into()).await, Err(StoreError::Taken { what: "name" })));
    assert!(matches!(taken(&|p| p.instance_id = "ADID".into()).await, Err(StoreError::Taken { what: "instance_id" })));

    let taken = async |change: &dyn Fn(&mut domain::model::idp_adapter::IdpAdapter)| {
        let mut tx = site.store.begin().await.unwrap();
        let mut other = adapter("other", "Other", &[]);
        change(&mut other);
        tx.insert_idp_adapter(&other, "admin", 1).await
    };
    assert!(matches!(taken(&|a| a.name = "FORM".into()).await, Err(StoreError::Taken { what: "name" })));
    assert!(matches!(taken(&|a| a.instance_id = "FORMID".into()).await, Err(StoreError::Taken { what: "instance_id" })));
    assert!(matches!(taken(&|a| a.form.logout_path = "/Bye".into()).await, Err(StoreError::Taken { what: "logout_path" })));
}

async fn a_save_over_a_newer_version_is_refused(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    some(&mut tx).await;
    let list = pcv("list", "Berlin", None);
    tx.update_pcv(&list, 1, "berta", 2).await.unwrap();
    assert!(matches!(tx.update_pcv(&list, 1, "admin", 3).await, Err(StoreError::Stale { by }) if by == "berta"));
    tx.delete_pcv(&list.id).await.unwrap();
    assert!(matches!(tx.update_pcv(&list, 2, "admin", 3).await, Err(StoreError::Gone { .. })));
    let form = adapter("form", "Form", &["ad"]);
    tx.insert_idp_adapter(&form, "admin", 1).await.unwrap();
    tx.update_idp_adapter(&form, 1, "berta", 2).await.unwrap();
    assert!(matches!(tx.update_idp_adapter(&form, 1, "admin", 3).await, Err(StoreError::Stale { by }) if by == "berta"));
    tx.delete_idp_adapter(&form.id).await.unwrap();
    assert!(matches!(tx.update_idp_adapter(&form, 2, "admin", 3).await, Err(StoreError::Gone { .. })));
}

async fn what_is_in_use_stays(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    some(&mut tx).await;
    tx.insert_idp_adapter(&adapter("form", "Form", &["ad"]), "admin", 1).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = site.store.begin().await.unwrap();
    let in_use = tx.delete_pcv(&PcvId::parse("ad").unwrap()).await;
    assert!(matches!(in_use, Err(StoreError::InUse { what: "Password Credential Validator" })), "{in_use:?}");
    drop(tx);
    let corp = DataStoreId::parse("corp").unwrap();
    let mut tx = site.store.begin().await.unwrap();
    assert!(matches!(tx.delete_data_store(&corp).await, Err(StoreError::InUse { what: "Data Store" })));
    drop(tx);

    // A list that once was an LDAP validator asks no Data Store any more.
    let mut tx = site.store.begin().await.unwrap();
    let mut other = pcv("ad", "Corporate", Some("corp"));
    other.kind = Some(PcvKind::Simple);
    tx.update_pcv(&other, 1, "admin", 2).await.unwrap();
    tx.delete_data_store(&corp).await.unwrap();
    tx.commit().await.unwrap();
}

async fn references_must_exist(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    assert!(matches!(tx.insert_pcv(&pcv("ad", "AD", Some("absent")), "admin", 1).await, Err(StoreError::Gone { .. })));
    drop(tx);
    let mut tx = site.store.begin().await.unwrap();
    assert!(matches!(tx.insert_idp_adapter(&adapter("form", "Form", &["absent"]), "admin", 1).await, Err(StoreError::Gone { .. })));
}

async fn a_damaged_body_is_named(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    some(&mut tx).await;
    tx.insert_idp_adapter(&adapter("form", "Form", &["ad"]), "admin", 1).await.unwrap();
    tx.commit().await.unwrap();
    site.sql("update pcvs set body = '{}'; update idp_adapters set body_version = 2").await;
    let mut conn = site.store.read().await.unwrap();
    let error = conn.list_pcvs().await.unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { table: "pcvs", .. }), "{error:?}");
    let error = conn.list_idp_adapters().await.unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { table: "idp_adapters", id, .. } if id == "form"), "{error:?}");
}
