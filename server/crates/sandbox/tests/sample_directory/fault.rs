//! Faults on request, and the way back from them.

use std::time::{Duration, Instant};

use ldap3::Scope;
use sandbox::directory::{Directory, DirectoryServer, Fault, SearchFailure};

use crate::client::{bound, connect, page, read, search, serve};

const PEOPLE: &str = "OU=People,DC=canal,DC=example";
const USERS: &str = "(objectCategory=person)";

async fn fifty() -> DirectoryServer {
    serve(Directory::generated(1, 50, 0)).await
}

#[tokio::test]
async fn refused_connections() {
    let server = fifty().await;
    let mut open = bound(&server).await;
    server.set_fault(Fault::RefuseConnections);
    assert!(connect(&server).await.simple_bind("", "").await.is_err());
    assert!(open.search(PEOPLE, Scope::Base, USERS, vec!["1.1"]).await.is_err());
    server.clear_faults();
    bound(&server).await;
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_second_page() {
    let server = fifty().await;
    let mut ldap = bound(&server).await;
    server.set_fault(Fault::DropAfter { entries: 25 });
    let (first, result, cookie) = page(&mut ldap, PEOPLE, USERS, 20, Vec::new()).await;
    assert_eq!((first.len(), result.rc), (20, 0));
    ldap.with_controls(ldap3::controls::RawControl::from(ldap3::controls::PagedResults { size: 20, cookie }));
    let mut stream = ldap.streaming_search(PEOPLE, Scope::Subtree, USERS, vec!["1.1"]).await.unwrap();
    let mut arrived = 0;
    let error = loop {
        match stream.next().await {
            Ok(Some(_)) => arrived += 1,
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    assert_eq!(arrived, 5);
    assert!(error.is_some(), "the search must not end as if it were whole");
    assert_eq!(server.operations().entries, 25);
    server.clear_faults();
    assert_eq!(search(&mut bound(&server).await, PEOPLE, Scope::Subtree, USERS, &["1.1"]).await.0.len(), 50);
}

#[tokio::test]
async fn success_with_nothing_found() {
    let server = fifty().await;
    let mut ldap = bound(&server).await;
    server.set_fault(Fault::EmptySearches);
    let (entries, result) = search(&mut ldap, PEOPLE, Scope::Subtree, USERS, &[]).await;
    assert_eq!((entries.len(), result.rc), (0, 0));
    let (entries, result, cookie) = page(&mut ldap, PEOPLE, USERS, 20, Vec::new()).await;
    assert_eq!((entries.len(), result.rc, cookie.is_empty()), (0, 0, true));
    assert!(!read(&mut ldap, "", &["namingContexts"]).await.attrs.is_empty());
}

#[tokio::test]
async fn codes_in_mid_page() {
    let server = fifty().await;
    let mut ldap = bound(&server).await;
    for (with, code) in [
        (SearchFailure::OperationsError, 1),
        (SearchFailure::TimeLimitExceeded, 3),
        (SearchFailure::SizeLimitExceeded, 4),
        (SearchFailure::AdminLimitExceeded, 11),
        (SearchFailure::Busy, 51),
        (SearchFailure::Unavailable, 52),
    ] {
        server.set_fault(Fault::FailSearch { with, after_entries: 30 });
        let (first, result, cookie) = page(&mut ldap, PEOPLE, USERS, 20, Vec::new()).await;
        assert_eq!((first.len(), result.rc), (20, 0));
        let (second, result, next) = page(&mut ldap, PEOPLE, USERS, 20, cookie).await;
        assert_eq!((second.len(), result.rc, next.is_empty()), (10, code, true));
    }
    server.set_fault(Fault::FailSearch { with: SearchFailure::Busy, after_entries: 0 });
    let (entries, result) = search(&mut ldap, PEOPLE, Scope::Subtree, USERS, &[]).await;
    assert_eq!((entries.len(), result.rc), (0, 51));
}

#[tokio::test]
async fn refused_cookies_rights_and_patience() {
    let server = fifty().await;
    let mut ldap = bound(&server).await;
    server.set_fault(Fault::RefuseCookie);
    let (first, result, cookie) = page(&mut ldap, PEOPLE, USERS, 20, Vec::new()).await;
    assert_eq!((first.len(), result.rc), (20, 0));
    let (second, result, _) = page(&mut ldap, PEOPLE, USERS, 20, cookie).await;
    assert_eq!((second.len(), result.rc), (0, 53));

    server.set_faults([Fault::InsufficientRights, Fault::Delay(Duration::from_millis(80))]);
    let start = Instant::now();
    let (entries, result) = search(&mut ldap, PEOPLE, Scope::Subtree, USERS, &[]).await;
    assert_eq!((entries.len(), result.rc), (0, 50));
    assert!(start.elapsed() >= Duration::from_millis(80));
    assert!(result.text.contains("INSUFF_ACCESS_RIGHTS"));

    // A wait does not hold up the end.
    server.set_fault(Fault::Delay(Duration::from_secs(600)));
    let waiting = tokio::spawn(async move { ldap.simple_bind("", "").await });
    while server.operations().binds < 2 {
        tokio::task::yield_now().await;
    }
    tokio::time::timeout(Duration::from_secs(10), server.stop()).await.unwrap();
    assert!(waiting.await.unwrap().is_err());
}
