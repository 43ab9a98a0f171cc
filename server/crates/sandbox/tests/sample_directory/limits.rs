//! Pages, ranges and size limits: where clients of Active Directory lose entries.

use std::collections::HashSet;
use std::time::Instant;

use ldap3::{Scope, SearchOptions};

use crate::client::{bound, octets, page, read, search, serve};
use sandbox::directory::Directory;

const PEOPLE: &str = "OU=People,DC=canal,DC=example";
const USERS: &str = "(objectCategory=person)";

#[tokio::test]
async fn pages_bring_every_entry_once() {
    let server = serve(Directory::generated(1, 2_500, 3)).await;
    let mut ldap = bound(&server).await;
    let (mut seen, mut cookie, mut sizes) = (HashSet::new(), Vec::new(), Vec::new());
    loop {
        // More than a page may hold; the server says how much it gives.
        let (entries, result, next) = page(&mut ldap, PEOPLE, USERS, 5_000, cookie).await;
        assert_eq!(result.rc, 0);
        sizes.push(entries.len());
        assert!(entries.iter().all(|entry| seen.insert(octets(entry, "objectGUID"))));
        if next.is_empty() {
            break;
        }
        cookie = next;
    }
    assert_eq!((seen.len(), sizes), (2_500, vec![1000, 1000, 500]));
    let small = page(&mut ldap, PEOPLE, USERS, 7, Vec::new()).await;
    assert_eq!((small.0.len(), small.2.is_empty()), (7, false));
    assert_eq!(server.operations().entries, 2_507);
}

#[tokio::test]
async fn a_page_after_a_change_neither_repeats_nor_invents() {
    let server = serve(Directory::generated(1, 30, 0)).await;
    let mut ldap = bound(&server).await;
    let (first, _, cookie) = page(&mut ldap, PEOPLE, USERS, 20, Vec::new()).await;
    server.directory().change(|d| {
        let names: Vec<String> = d.people().filter(|p| p.value("mail").is_some()).map(|p| p.dn()).collect();
        d.delete(&names[0]).unwrap();
        d.delete(&names[25]).unwrap();
    });
    let (second, result, next) = page(&mut ldap, PEOPLE, USERS, 20, cookie.clone()).await;
    assert_eq!((first.len(), second.len(), result.rc, next.is_empty()), (20, 9, 0, true));
    // A cookie is good once.
    assert_eq!(page(&mut ldap, PEOPLE, USERS, 20, cookie).await.1.rc, 53);
    assert_eq!(page(&mut ldap, PEOPLE, USERS, 20, b"not a cookie".to_vec()).await.1.rc, 53);
    // Nor is it good on another connection, or after the search was given up.
    let (_, _, cookie) = page(&mut ldap, PEOPLE, USERS, 20, Vec::new()).await;
    assert_eq!(page(&mut bound(&server).await, PEOPLE, USERS, 20, cookie.clone()).await.1.rc, 53);
    let (none, result, next) = page(&mut ldap, PEOPLE, USERS, 0, cookie.clone()).await;
    assert_eq!((none.len(), result.rc, next.is_empty()), (0, 0, true));
    assert_eq!(page(&mut ldap, PEOPLE, USERS, 20, cookie).await.1.rc, 53);
}

#[tokio::test]
async fn without_pages_a_thousand_entries_come_and_the_limit_is_told() {
    let server = serve(Directory::generated(1, 1_001, 0)).await;
    let mut ldap = bound(&server).await;
    let (entries, result) = search(&mut ldap, PEOPLE, Scope::Subtree, USERS, &["1.1"]).await;
    assert_eq!((entries.len(), result.rc), (1000, 4));
    // The client's own limit, met and not met.
    ldap.with_search_options(SearchOptions::new().sizelimit(5));
    let (entries, result) = search(&mut ldap, PEOPLE, Scope::Subtree, USERS, &["1.1"]).await;
    assert_eq!((entries.len(), result.rc), (5, 4));
    ldap.with_search_options(SearchOptions::new().sizelimit(1));
    let (entries, result) = search(&mut ldap, PEOPLE, Scope::Subtree, "(sAMAccountName=user000009)", &["1.1"]).await;
    assert_eq!((entries.len(), result.rc), (1, 0));
    // One entry fewer, and everything comes.
    let last = server.directory().read(|d| d.people().last().map(|p| p.dn())).unwrap();
    server.directory().change(|d| d.delete(&last)).unwrap();
    let (entries, result) = search(&mut ldap, PEOPLE, Scope::Subtree, USERS, &["1.1"]).await;
    assert_eq!((entries.len(), result.rc), (1000, 0));
}

#[tokio::test]
async fn many_values_come_in_ranges() {
    let server = serve(Directory::generated(1, 3_000, 0)).await;
    let mut ldap = bound(&server).await;
    let group = server.directory().read(|d| d.users_group_dn());
    let plain = read(&mut ldap, &group, &["member", "cn"]).await;
    assert!(plain.attrs["member"].is_empty());
    assert_eq!(plain.attrs["member;range=0-1499"].len(), 1500);
    assert_eq!(plain.attrs["cn"], ["AWS Users"]);
    let rest = read(&mut ldap, &group, &["member;range=1500-*"]).await;
    assert_eq!((rest.attrs.len(), rest.attrs["member;range=1500-*"].len()), (1, 1500));
    let all: HashSet<&String> = plain.attrs["member;range=0-1499"].iter().chain(&rest.attrs["member;range=1500-*"]).collect();
    assert_eq!(all.len(), 3_000);

    assert_eq!(read(&mut ldap, &group, &["member;range=10-19"]).await.attrs["member;range=10-19"].len(), 10);
    assert_eq!(read(&mut ldap, &group, &["member;Range=2999-*"]).await.attrs["member;range=2999-*"].len(), 1);
    let (_, past) = search(&mut ldap, &group, Scope::Base, "(objectClass=*)", &["member;range=3000-*"]).await;
    assert_eq!(past.rc, 1);
    assert!(past.text.contains("00002121"), "{}", past.text);
    assert!(read(&mut ldap, &group, &["*"]).await.attrs.contains_key("member;range=0-1499"));
    // No more values than go at once, asked for as a range or not.
    server.directory().change(|d| {
        let extra: Vec<String> = d.entry(&group).unwrap().members().split_off(1500);
        for member in extra {
            d.remove_member(&group, &member).unwrap();
        }
    });
    assert_eq!(read(&mut ldap, &group, &["member"]).await.attrs["member"].len(), 1500);
    assert_eq!(read(&mut ldap, &group, &["member;range=0-*"]).await.attrs["member;range=0-*"].len(), 1500);
}

#[tokio::test]
async fn controls_that_are_not_known_are_refused_only_when_critical() {
    let server = serve(Directory::generated(1, 2, 0)).await;
    let mut ldap = bound(&server).await;
    for (crit, code) in [(true, 12), (false, 0)] {
        ldap.with_controls(ldap3::controls::RawControl { ctype: "1.2.840.113556.1.4.841".into(), crit, val: None });
        assert_eq!(search(&mut ldap, PEOPLE, Scope::Base, "(objectClass=*)", &["1.1"]).await.1.rc, code);
    }
}

#[tokio::test]
async fn a_search_of_the_whole_domain_ends_with_references() {
    let server = serve(Directory::generated(1, 2, 0)).await;
    let mut ldap = bound(&server).await;
    let references = async |ldap: &mut ldap3::Ldap, base: &str| {
        let result = ldap.search(base, Scope::Subtree, "(objectClass=user)", vec!["1.1"]).await.unwrap();
        assert!(result.0.iter().all(|entry| !entry.is_ref()), "this client takes references out of the entries");
        result.1.refs.len()
    };
    assert_eq!(references(&mut ldap, "DC=canal,DC=example").await, 3);
    assert_eq!(references(&mut ldap, PEOPLE).await, 0);
    ldap.with_controls(ldap3::controls::RawControl { ctype: "1.2.840.113556.1.4.1339".into(), crit: true, val: None });
    assert_eq!(references(&mut ldap, "DC=canal,DC=example").await, 0);
}

/// Twenty times the entries must not take four hundred times as long.
#[tokio::test]
async fn reading_twenty_thousand_entries_is_not_quadratic() {
    let mut times = Vec::new();
    for users in [1_000, 20_000] {
        let server = serve(Directory::generated(7, users, 20)).await;
        let mut ldap = bound(&server).await;
        let (start, mut cookie, mut count) = (Instant::now(), Vec::new(), 0);
        loop {
            let (entries, _, next) = page(&mut ldap, PEOPLE, USERS, 1000, cookie).await;
            count += entries.len();
            if next.is_empty() {
                break;
            }
            cookie = next;
        }
        assert_eq!(count, users);
        times.push(start.elapsed());
        server.stop().await;
    }
    assert!(times[1] < times[0] * 100 + std::time::Duration::from_secs(1), "{times:?}");
}
