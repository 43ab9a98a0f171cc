//! Opening a store, its places, its secrets.

use crate::peers::Peers;
use domain::secret::Secret;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};
use store::seal::aad;
use store::{Keys, SealError, Store, StoreError};

fn keys() -> Keys {
    Keys::from_bytes([7; 32])
}

#[tokio::test]
async fn opening() {
    let peers = Peers::start();
    peers
        .check(async |site| {
            let mut tx = site.store.begin().await.unwrap();
            tx.put_setting("a", "b").await.unwrap();
            tx.commit().await.unwrap();
            site.store.read().await.unwrap().ping().await.unwrap();
            site.store.close().await;
            assert!(matches!(site.store.read().await, Err(StoreError::Failed { .. })), "closed");

            let again = Store::open(&site.place, keys()).await.unwrap();
            assert_eq!(again.read().await.unwrap().find_setting("a").await.unwrap().as_deref(), Some("b"));
            let both = Store::open(&site.place, keys()).await.unwrap();
            assert_eq!(both.read().await.unwrap().find_setting("a").await.unwrap().as_deref(), Some("b"));
            again.close().await;
            both.close().await;

            site.sql("insert into _sqlx_migrations (version, description, success, checksum, execution_time) select 9999, 'later', success, checksum, 0 from _sqlx_migrations where version = 1").await;
            match Store::open(&site.place, keys()).await {
                Err(error @ StoreError::Newer { step: 9999, .. }) => assert!(error.to_string().contains("newer Towpath")),
                other => panic!("{other:?}"),
            }
        })
        .await;

    // A Unix socket, as design promises.
    let socket = peers.folder.path().join("postgres").display().to_string().replace('/', "%2F");
    let store = Store::open(&format!("postgres://towpath@{socket}:{}/postgres", peers.port), keys()).await.unwrap();
    store.read().await.unwrap().ping().await.unwrap();
    store.close().await;

    // The server has no TLS: insisting on it must fail and not fall back.
    let url = format!("postgres://towpath:s3cret@127.0.0.1:{}/postgres?sslmode=require", peers.port);
    let error = Store::open(&url, keys()).await.unwrap_err();
    assert!(matches!(error, StoreError::Open { .. }), "{error:?}");
    assert!(!error.to_string().contains("s3cret"), "{error}");

    // Nobody listens: the cause is told at once.
    let begun = Instant::now();
    let error = Store::open("postgres://towpath@127.0.0.1:1/postgres", keys()).await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("refused") && begun.elapsed() < Duration::from_secs(5), "{cause}");

    let trusted = peers.turn_tls_on().await;
    let verified = format!("postgres://towpath@127.0.0.1:{}/postgres?sslmode=verify-full", peers.port);
    let store = Store::open(&format!("{verified}&sslrootcert={trusted}"), keys()).await.unwrap();
    store.read().await.unwrap().ping().await.unwrap();
    store.close().await;
    let error = Store::open(&verified, keys()).await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("UnknownIssuer") || cause.contains("certificate"), "not trusted without the file: {cause}");
}

#[tokio::test]
async fn a_sqlite_file_is_private_and_readers_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("towpath.db").display().to_string();
    let store = Store::open(&place, keys()).await.unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
    }
    store.close().await;

    for bad in ["/nowhere/at/all/towpath.db", folder.path().to_str().unwrap()] {
        let error = Store::open(bad, keys()).await.unwrap_err();
        assert!(error.to_string().contains(bad), "{error}");
    }
    let error = Store::open("postgres://a:s3cret@[bad", keys()).await.unwrap_err();
    assert!(matches!(error, StoreError::Place { .. }) && !error.to_string().contains("s3cret"), "{error}");
}

#[tokio::test]
async fn secrets_are_sealed_for_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("towpath.db").display().to_string();
    let store = Store::open(&place, keys()).await.unwrap();
    let corp = aad("data_stores", "corp", "password");
    let sealed = store.seal(&Secret::new("s3cret"), &corp).unwrap();
    assert_eq!(store.unseal(&sealed, &corp).unwrap().expose(), "s3cret");
    assert_eq!(store.unseal(&sealed, &aad("data_stores", "lab", "password")), Err(SealError::Damaged));
    let restored = Store::open(&place, Keys::from_bytes([8; 32])).await.unwrap();
    assert_eq!(restored.unseal(&sealed, &corp), Err(SealError::WrongKey));
}

/// What the service and the worker do: hold a transaction over awaits in a task that may move between threads.
#[tokio::test]
async fn transactions_can_move_between_threads() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("towpath.db").display().to_string(), keys()).await.unwrap();
    let task = tokio::spawn(async move {
        let mut tx = store.begin().await?;
        tx.put_links(&[]).await?;
        tx.load_link_heads(&domain::id::ChannelId::parse("a").unwrap()).await?;
        tx.commit().await
    });
    task.await.unwrap().unwrap();
}
