//! Who is in scope: by Filter, by Group DN, nested and flattened.

use crate::fixture::{by_filter, by_groups, closure, directory, logins, read, read_with, serve, source};
use domain::model::data_store::LdapType;
use sandbox::directory::{Directory as Sample, sample};
use std::collections::BTreeSet;

#[tokio::test]
async fn a_filter_reads_people_and_groups_and_no_computers() {
    let server = serve(sample(1)).await;
    let base = server.directory().read(|d| d.base_dn());
    let seen = read(&directory(&server, |_| ()), &by_filter(base, "(mail=*)", "(cn=*)")).await;
    assert!(seen.is_complete(), "{:?}", seen.coverage);
    server.directory().read(|d| {
        assert_eq!(seen.logins(), logins(d.people().filter(|p| p.value("mail").is_some())));
        assert_eq!(seen.groups.len(), d.groups().count());
        for user in &seen.users {
            let entry = d.entry(&user.dn).unwrap();
            assert_eq!(user.id.0, entry.guid().to_string());
            assert_eq!(user.attributes.first("objectGUID"), Some(user.id.0.as_str()));
            assert_eq!(
                user.attributes.first("userAccountControl"),
                entry.value("userAccountControl").as_deref(),
                "the status is read unasked"
            );
        }
        for group in &seen.groups {
            let members: BTreeSet<_> = d.entry(&group.dn).unwrap().members().into_iter().collect();
            assert_eq!(group.members.iter().cloned().collect::<BTreeSet<_>>(), members);
        }
    });
    // The domain's root refers to partitions that hold no people; that is not worth a note.
    assert!(seen.coverage.notes.is_empty(), "{:?}", seen.coverage.notes);
}

#[tokio::test]
async fn a_group_dn_decides_and_nesting_widens_it() {
    let server = serve(sample(1)).await;
    for nested in [false, true] {
        let location = by_groups(&server, nested);
        for (member_of, ldap_type) in
            [("memberOf", LdapType::ActiveDirectory), ("", LdapType::ActiveDirectory), ("memberOf", LdapType::Generic)]
        {
            let mut source = source();
            source.member_of_attribute = member_of.into();
            let directory = directory(&server, |s| s.ldap_type = ldap_type);
            let seen = read_with(&directory, &source, &location, 7, None).await;
            assert!(seen.is_complete(), "{:?}", seen.coverage);
            server.directory().read(|d| {
                let wanted = closure(d, &d.users_group_dn(), nested);
                let found: BTreeSet<_> = seen.users.iter().map(|u| u.dn.clone()).collect();
                assert_eq!(found, wanted, "nested {nested}, {member_of:?}, {ldap_type:?}");
                let groups: BTreeSet<_> = d.entry(&d.groups_group_dn()).unwrap().members().into_iter().collect();
                assert_eq!(seen.members().into_keys().collect::<BTreeSet<_>>(), groups);
                for (group, members) in seen.members() {
                    let wanted = if nested { closure(d, &group, true) } else { d.entry(&group).unwrap().members().into_iter().collect() };
                    assert_eq!(members, wanted, "{group}");
                }
            });
            let about_groups = seen.coverage.notes.iter().any(|n| n.contains("not of class ‘user’"));
            assert_eq!(about_groups, !nested, "without Nested Search the member group is told of: {:?}", seen.coverage.notes);
        }
    }
}

#[tokio::test]
async fn the_group_dn_itself_is_provisioned_when_ticked() {
    let server = serve(sample(1)).await;
    let mut location = by_groups(&server, true);
    location.groups.include_group = true;
    let seen = read(&directory(&server, |_| ()), &location).await;
    server.directory().read(|d| {
        let own = seen.members().remove(&d.groups_group_dn()).expect("the group itself is read");
        assert_eq!(own, closure(d, &d.groups_group_dn(), true));
    });
}

#[tokio::test]
async fn large_groups_are_read_in_ranges_and_in_every_way() {
    let server = serve(Sample::generated(3, 3200, 20)).await;
    for member_of in ["memberOf", ""] {
        let mut source = source();
        source.member_of_attribute = member_of.into();
        let location = by_groups(&server, false);
        let before = server.operations();
        let seen = read_with(&directory(&server, |_| ()), &source, &location, 1000, None).await;
        assert!(seen.is_complete(), "{:?}", seen.coverage);
        assert_eq!((seen.users.len(), seen.groups.len()), (3200, 20));
        assert!(seen.largest_batch <= 500);
        let searches = server.operations().searches - before.searches;
        assert!(searches < 60, "{searches} searches: people are found by pages, not one by one");
    }
    // A group of 3,200 as a group to provision.
    let mut location = by_groups(&server, false);
    location.groups.group_dn.clear();
    location.groups.filter = "(cn=AWS Users)".into();
    let seen = read(&directory(&server, |_| ()), &location).await;
    assert_eq!(seen.groups[0].members.len(), 3200);
    assert_eq!(seen.members().values().next().unwrap().len(), 3200, "no member twice");
}

#[tokio::test]
async fn people_outside_the_base_dn_are_left_out_and_told_of() {
    let server = serve(sample(1)).await;
    let mut location = by_groups(&server, true);
    location.base_dn = format!("OU=Finance,{}", server.directory().read(|d| d.people_unit()));
    location.groups = Default::default();
    let seen = read(&directory(&server, |_| ()), &location).await;
    assert!(seen.is_complete(), "{:?}", seen.coverage);
    let wanted: BTreeSet<String> =
        server.directory().read(|d| closure(d, &d.users_group_dn(), true).into_iter().filter(|dn| dn.contains("OU=Finance")).collect());
    assert_eq!(seen.users.iter().map(|u| u.dn.clone()).collect::<BTreeSet<_>>(), wanted);
    assert!(seen.coverage.notes.iter().any(|n| n.contains("outside the Base DN")), "{:?}", seen.coverage.notes);
}

#[tokio::test]
async fn an_unknown_group_dn_is_no_empty_scope() {
    let server = serve(sample(1)).await;
    let mut location = by_groups(&server, false);
    location.users.group_dn = format!("CN=Nobody,{}", server.directory().read(|d| d.groups_unit()));
    let seen = read(&directory(&server, |_| ()), &location).await;
    assert!(!seen.coverage.users.ids_complete && !seen.coverage.groups.ids_complete);
    assert!(seen.problem().contains("noSuchObject") && seen.problem().contains("CN=Nobody"), "{}", seen.problem());
    assert_eq!(seen.failure.unwrap().kind(), ldap::Kind::Config);

    let mut location = by_groups(&server, false);
    location.groups.group_dn = location.groups.group_dn.replace("AWS Groups", "Nothing");
    let seen = read(&directory(&server, |_| ()), &location).await;
    assert!(seen.coverage.users.ids_complete, "the users were read before");
    assert!(!seen.coverage.groups.ids_complete && seen.problem().contains("groups"), "{}", seen.problem());
}

#[tokio::test]
async fn without_its_anchor_an_entry_is_left_out_and_told_of() {
    let server = serve(sample(1)).await;
    let mut source = source();
    source.guid_attribute = "mail".into();
    source.guid_type = domain::model::channel::GuidType::Text;
    let location = by_filter(server.directory().read(|d| d.people_unit()), "(cn=*)", "");
    let seen = read_with(&directory(&server, |_| ()), &source, &location, 100, None).await;
    assert!(seen.is_complete());
    assert_eq!(seen.users.len(), 59);
    assert!(
        seen.coverage.notes.iter().any(|n| n.starts_with("1 entry was left out") && n.contains("Sokolov")),
        "{:?}",
        seen.coverage.notes
    );
}

#[tokio::test]
async fn a_read_from_another_domain_controller_removes_nothing() {
    let server = serve(sample(1)).await;
    let location = by_groups(&server, true);
    let seen = read_with(&directory(&server, |_| ()), &source(), &location, 100, Some("dc1:389")).await;
    assert!(!seen.coverage.users.ids_complete && !seen.coverage.groups.ids_complete && seen.problem().contains("dc1:389"));
    let last = seen.server.unwrap();
    assert!(read_with(&directory(&server, |_| ()), &source(), &location, 100, Some(&last)).await.is_complete());
}
