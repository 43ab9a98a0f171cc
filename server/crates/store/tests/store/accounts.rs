//! Accounts, sessions, failed sign-ins, settings.

use crate::peers::{Peers, Site};
use domain::id::AccountId;
use domain::secret::Secret;
use store::{Account, LoginFailure, StoreError};

fn account(id: &str, username: &str) -> Account {
    Account {
        id: AccountId::parse(id).unwrap(),
        username: username.into(),
        password_hash: Secret::new("$argon2id$v=19$hash"),
        must_change: true,
        disabled: false,
        created_at: 1,
        updated_at: 1,
    }
}

#[tokio::test]
async fn accounts_sessions_and_settings() {
    let peers = Peers::start();
    peers.check(accounts_are_found_changed_and_deleted).await;
    peers.check(a_username_is_taken_whatever_its_case).await;
    peers.check(sessions_live_until_they_expire).await;
    peers.check(a_password_change_can_end_all_sessions).await;
    peers.check(failed_sign_ins_are_counted_and_forgotten).await;
    peers.check(settings_are_kept).await;
    peers.check(a_save_is_counted_and_a_record_is_not).await;
}

async fn accounts_are_found_changed_and_deleted(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    let mut admin = account("a1", "Admin");
    tx.insert_account(&admin).await.unwrap();
    tx.insert_account(&account("a2", "berta")).await.unwrap();
    assert_eq!(tx.find_account(&admin.id).await.unwrap().as_ref(), Some(&admin));
    assert_eq!(tx.find_account_by_username("aDMIN").await.unwrap().as_ref(), Some(&admin));
    assert_eq!(tx.find_account_by_username("nobody").await.unwrap(), None);
    admin.must_change = false;
    admin.disabled = true;
    admin.password_hash = Secret::new("$argon2id$v=19$other");
    admin.updated_at = 5;
    tx.update_account(&admin).await.unwrap();
    tx.commit().await.unwrap();

    let mut conn = site.store.read().await.unwrap();
    let names: Vec<_> = conn.list_accounts().await.unwrap().into_iter().map(|a| a.username).collect();
    assert_eq!(names, ["Admin", "berta"]);
    assert_eq!(conn.find_account(&admin.id).await.unwrap().as_ref(), Some(&admin));
    drop(conn);

    let mut tx = site.store.begin().await.unwrap();
    tx.delete_account(&admin.id).await.unwrap();
    assert!(matches!(tx.update_account(&admin).await, Err(StoreError::Gone { .. })));
    tx.commit().await.unwrap();
    assert_eq!(site.store.read().await.unwrap().find_account(&admin.id).await.unwrap(), None);
}

async fn a_username_is_taken_whatever_its_case(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    tx.insert_account(&account("a1", "Admin")).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = site.store.begin().await.unwrap();
    assert!(matches!(tx.insert_account(&account("a2", "ADMIN")).await, Err(StoreError::Taken { what: "username" })));
    drop(tx);
    let mut tx = site.store.begin().await.unwrap();
    assert!(matches!(tx.insert_account(&account("a1", "other")).await, Err(StoreError::Taken { what: "id" })));
}

async fn sessions_live_until_they_expire(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    assert!(tx.create_session("s1", None, "{\"a\":1}", 100).await.unwrap());
    assert!(!tx.create_session("s1", None, "{}", 100).await.unwrap(), "the id is taken");
    assert!(tx.create_session("s2", None, "{}", 50).await.unwrap());
    assert_eq!(tx.load_session("s1", 99).await.unwrap().as_deref(), Some("{\"a\":1}"));
    assert_eq!(tx.load_session("s1", 100).await.unwrap(), None);
    tx.save_session("s1", None, "{\"a\":2}", 200).await.unwrap();
    tx.save_session("s3", None, "new", 200).await.unwrap();
    assert_eq!(tx.load_session("s1", 100).await.unwrap().as_deref(), Some("{\"a\":2}"));
    assert_eq!(tx.delete_expired_sessions(50).await.unwrap(), 1);
    tx.delete_session("s1").await.unwrap();
    assert_eq!(tx.load_session("s1", 0).await.unwrap(), None);
    assert_eq!(tx.load_session("s3", 0).await.unwrap().as_deref(), Some("new"));
    tx.commit().await.unwrap();
}

async fn a_password_change_can_end_all_sessions(site: &Site) {
    let (admin, other) = (AccountId::parse("a1").unwrap(), AccountId::parse("a2").unwrap());
    let mut tx = site.store.begin().await.unwrap();
    tx.create_session("s1", Some(&admin), "{}", 100).await.unwrap();
    tx.create_session("s2", None, "{}", 100).await.unwrap();
    tx.save_session("s2", Some(&admin), "{}", 100).await.unwrap();
    tx.create_session("s3", Some(&other), "{}", 100).await.unwrap();
    assert_eq!(tx.delete_sessions_of(&admin).await.unwrap(), 2);
    assert!(tx.load_session("s3", 0).await.unwrap().is_some());
    tx.commit().await.unwrap();
}

async fn failed_sign_ins_are_counted_and_forgotten(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    let mut failure = LoginFailure { key: "user:admin".into(), count: 1, first_at: 10, blocked_until: 0 };
    assert_eq!(tx.find_login_failure(&failure.key).await.unwrap(), None);
    tx.put_login_failure(&failure).await.unwrap();
    failure.count = 5;
    failure.blocked_until = 500;
    tx.put_login_failure(&failure).await.unwrap();
    assert_eq!(tx.find_login_failure(&failure.key).await.unwrap().as_ref(), Some(&failure));
    let other = LoginFailure { key: "address:\"1\"".into(), ..failure.clone() };
    tx.put_login_failure(&other).await.unwrap();
    assert_eq!(tx.list_login_failures("address:").await.unwrap(), std::slice::from_ref(&other));
    assert_eq!(tx.list_login_failures("").await.unwrap().len(), 2);
    assert_eq!(tx.list_login_failures("a%").await.unwrap(), []);
    tx.delete_login_failure(&other.key).await.unwrap();
    assert_eq!(tx.delete_old_login_failures(100, 499).await.unwrap(), 0, "still blocked");
    assert_eq!(tx.delete_old_login_failures(10, 500).await.unwrap(), 0, "not old");
    assert_eq!(tx.delete_old_login_failures(11, 500).await.unwrap(), 1);
    tx.put_login_failure(&failure).await.unwrap();
    tx.delete_login_failure(&failure.key).await.unwrap();
    assert_eq!(tx.find_login_failure(&failure.key).await.unwrap(), None);
}

async fn settings_are_kept(site: &Site) {
    let mut tx = site.store.begin().await.unwrap();
    assert_eq!(tx.find_setting("base_url").await.unwrap(), None);
    tx.put_setting("base_url", "https://a").await.unwrap();
    tx.put_setting("base_url", "https://b").await.unwrap();
    tx.put_setting("entity_id", "towpath").await.unwrap();
    tx.commit().await.unwrap();
    let mut conn = site.store.read().await.unwrap();
    assert_eq!(conn.find_setting("base_url").await.unwrap().as_deref(), Some("https://b"));
    let all = conn.list_settings().await.unwrap();
    assert_eq!((all.get("base_url").map(String::as_str), all.get("entity_id").map(String::as_str)), (Some("https://b"), Some("towpath")));
    drop(conn);
    let mut tx = site.store.begin().await.unwrap();
    tx.delete_setting("base_url").await.unwrap();
    assert_eq!(tx.find_setting("base_url").await.unwrap(), None);
}

async fn a_save_is_counted_and_a_record_is_not(site: &Site) {
    let before = site.store.saves();
    let mut tx = site.store.begin_record().await.unwrap();
    tx.create_session("r1", None, "{}", 100).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(site.store.saves(), before);
    assert!(site.store.read().await.unwrap().load_session("r1", 0).await.unwrap().is_some(), "it lasts all the same");
    let mut tx = site.store.record().await.unwrap();
    tx.delete_session("r1").await.unwrap();
    drop(tx);
    assert!(site.store.read().await.unwrap().load_session("r1", 0).await.unwrap().is_none(), "done without a commit");
    assert_eq!(site.store.saves(), before);
    let mut tx = site.store.clone().begin().await.unwrap();
    tx.put_setting("saves", "1").await.unwrap();
    assert_eq!(site.store.saves(), before, "nothing of it is there yet");
    tx.commit().await.unwrap();
    let after = site.store.saves();
    assert_ne!(after, before);
    drop(site.store.begin().await.unwrap());
    assert_ne!(site.store.saves(), after, "one whose end nobody saw may have been saved");
}
