//! What goes wrong in the middle: whatever it is, the read says that it did not see everything.

use crate::fixture::{Seen, by_filter, by_groups, directory, password, read, serve, settings, source};
use domain::model::data_store::LdapSettings;
use domain::secret::Secret;
use ldap::{Directory, Kind, LdapError, ReadRequest};
use sandbox::directory::{Directory as Sample, DirectoryServer, Fault, SearchFailure, sample};
use std::time::Duration;

async fn read_faulty(server: &DirectoryServer, fault: Fault) -> Seen {
    server.set_fault(fault);
    let base = server.directory().read(|d| d.base_dn());
    let seen = read(&directory(server, |s| s.read_timeout_ms = 400), &by_filter(base, "(cn=*)", "(cn=*)")).await;
    server.clear_faults();
    seen
}

#[tokio::test]
async fn every_failure_makes_the_read_incomplete_and_says_why() {
    let server = serve(Sample::generated(5, 700, 5)).await;
    let failed = |with, after_entries| Fault::FailSearch { with, after_entries };
    for (fault, kind, entries, words) in [
        (Fault::DropAfter { entries: 250 }, Kind::Transient, 250, "closed the connection"),
        (failed(SearchFailure::SizeLimitExceeded, 500), Kind::Transient, 500, "sizeLimitExceeded (4)"),
        (failed(SearchFailure::TimeLimitExceeded, 0), Kind::Transient, 0, "timeLimitExceeded (3)"),
        (failed(SearchFailure::AdminLimitExceeded, 150), Kind::Transient, 150, "adminLimitExceeded (11)"),
        (failed(SearchFailure::OperationsError, 10), Kind::Transient, 10, "operationsError (1)"),
        (failed(SearchFailure::Busy, 0), Kind::Transient, 0, "busy (51)"),
        (failed(SearchFailure::Unavailable, 300), Kind::Transient, 300, "unavailable (52)"),
        (Fault::RefuseCookie, Kind::Transient, 100, "The read of users stopped after 100"),
        (Fault::InsufficientRights, Kind::Auth, 0, "insufficientAccessRights (50)"),
        (Fault::RefuseConnections, Kind::Transient, 0, "closed"),
        (Fault::Delay(Duration::from_secs(2)), Kind::Transient, 0, "did not answer within 400 ms"),
    ] {
        let seen = read_faulty(&server, fault).await;
        assert!(!seen.coverage.users.ids_complete && !seen.coverage.users.full, "{fault:?}");
        assert!(!seen.coverage.groups.ids_complete, "{fault:?}");
        assert!(seen.problem().contains(words), "{fault:?}: {}", seen.problem());
        assert_eq!(seen.users.len(), entries, "{fault:?}: what was read before is handed over");
        assert_eq!(seen.failure.as_ref().map(LdapError::kind), Some(kind), "{fault:?}: {:?}", seen.failure);
    }
    let base = server.directory().read(|d| d.base_dn());
    assert!(read(&directory(&server, |_| ()), &by_filter(base, "(cn=*)", "(cn=*)")).await.is_complete(), "it recovers");
}

#[tokio::test]
async fn success_with_nothing_is_complete_by_filter_and_not_by_group() {
    let server = serve(sample(2)).await;
    let seen = read_faulty(&server, Fault::EmptySearches).await;
    assert!(seen.is_complete() && seen.users.is_empty(), "the guards hold what follows from it");
    server.set_fault(Fault::EmptySearches);
    let seen = read(&directory(&server, |_| ()), &by_groups(&server, true)).await;
    assert!(!seen.coverage.users.ids_complete, "a Group DN that cannot be seen is not an empty group");
    assert!(seen.problem().contains("may not see it"), "{}", seen.problem());
}

#[tokio::test]
async fn a_read_that_nobody_takes_stops() {
    let server = serve(Sample::generated(6, 3000, 0)).await;
    let location = by_groups(&server, false);
    let directory = directory(&server, |_| ());
    let source = source();
    let names = ["mail".to_owned()];
    let request = ReadRequest {
        source: &source,
        location: &location,
        user_attributes: &names,
        group_attributes: &[],
        page_size: 100,
        last_server: None,
        since: None,
        now: 0,
    };
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
    let stop = async move {
        receiver.recv().await.expect("a first batch");
    };
    let (outcome, ()) = tokio::join!(directory.read(request, sender), stop);
    assert!(!outcome.coverage.users.ids_complete);
    assert!(outcome.coverage.users.seen < 3000 && outcome.coverage.problem.unwrap().contains("it was stopped"));
}

#[tokio::test]
async fn the_next_server_is_used_when_one_is_gone() {
    let (first, second) = (serve(sample(2)).await, serve(sample(2)).await);
    let both = |s: &mut LdapSettings| s.hostnames = format!("{} {}", first.addr(), second.addr());
    let location = by_groups(&first, true);
    let seen = read(&directory(&first, both), &location).await;
    assert!(seen.is_complete());
    assert_eq!(seen.server.as_deref(), Some(first.addr().to_string().as_str()), "the first is preferred");

    first.set_fault(Fault::RefuseConnections);
    let store = directory(&first, both);
    let seen = read(&store, &location).await;
    assert!(seen.is_complete(), "{:?}", seen.coverage);
    assert_eq!(seen.server.as_deref(), Some(second.addr().to_string().as_str()));
    // The one that failed is not asked first again for a while.
    let before = first.operations().connections;
    assert!(read(&store, &location).await.is_complete());
    assert_eq!(first.operations().connections, before);

    second.set_fault(Fault::RefuseConnections);
    let seen = read(&store, &location).await;
    assert!(seen.problem().contains("None of the 2 servers"), "{}", seen.problem());
}

#[tokio::test]
async fn retry_failed_operations_tries_the_next_server_once() {
    let (first, second) = (serve(sample(2)).await, serve(sample(2)).await);
    first.set_fault(Fault::FailSearch { with: SearchFailure::Unavailable, after_entries: 0 });
    let location = by_groups(&first, true);
    for retry in [false, true] {
        let store = directory(&first, |s| {
            s.hostnames = format!("{} {}", first.addr(), second.addr());
            s.retry_failed_operations = retry;
        });
        assert_eq!(read(&store, &location).await.is_complete(), retry);
        let store = directory(&first, |s| {
            s.hostnames = format!("{} {}", first.addr(), second.addr());
            s.retry_failed_operations = retry;
        });
        let base = location.base_dn.clone();
        assert_eq!(store.find_entries(&base, "(cn=*)", &[], None, 5).await.is_ok(), retry);
    }
}

#[tokio::test]
async fn connections_are_bounded_and_kept() {
    let server = serve(sample(2)).await;
    let store = directory(&server, |s| {
        s.max_connections = 1;
        s.max_wait_ms = 150;
    });
    let base = server.directory().read(|d| d.base_dn());
    for _ in 0..5 {
        store.find_entries(&base, "(cn=*)", &[], None, 3).await.unwrap();
    }
    assert_eq!(server.operations().connections, 1, "one connection serves them all");
    server.set_fault(Fault::Delay(Duration::from_millis(600)));
    let (one, other) = tokio::join!(store.root_dse(), store.root_dse());
    let busy = [one, other].into_iter().filter(|r| matches!(r, Err(LdapError::Busy { max: 1, .. }))).count();
    assert_eq!(busy, 1);
}

#[tokio::test]
async fn a_connection_closed_while_idle_is_replaced() {
    let server = serve(sample(2)).await;
    let store = directory(&server, |_| ());
    store.root_dse().await.unwrap();
    let (addr, user_dn) = (server.addr(), settings(&server).user_dn);
    let secret = password(&server);
    server.stop().await;
    let server = DirectoryServer::start(sample(2), addr).await.unwrap();
    store.root_dse().await.unwrap();
    assert_eq!(server.operations().connections, 1);
    assert_eq!(settings(&server).user_dn, user_dn);
    // A wrong password is no reason to try another server.
    let wrong = Directory::new(&settings(&server), Some(&Secret::new(format!("{}x", secret.expose())))).unwrap();
    let error = wrong.root_dse().await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (Kind::Auth, Some(49)));
}
