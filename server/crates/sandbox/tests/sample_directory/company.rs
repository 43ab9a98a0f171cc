//! The sample company is what its description promises.

use sandbox::directory::{Directory, EntryView, sample};

fn by_login<'a>(directory: &'a Directory, login: &str) -> EntryView<'a> {
    directory.people().find(|p| p.value("sAMAccountName").as_deref() == Some(login)).expect("the person is there")
}

#[test]
fn sixty_people_eight_groups() {
    let directory = sample(42);
    let people: Vec<_> = directory.people().filter(|p| p.value("department").is_some()).collect();
    assert_eq!((people.len(), directory.groups().count(), directory.people().count()), (60, 8, 61));
    assert_eq!(people.iter().filter(|p| p.is_disabled()).count(), 3);
    let without_mail: Vec<String> = people.iter().filter(|p| p.value("mail").is_none()).map(|p| p.dn()).collect();
    assert_eq!(without_mail, ["CN=Dmitri Sokolov,OU=Operations,OU=People,DC=canal,DC=example"]);
    for person in &people {
        for attribute in ["givenName", "sn", "displayName", "userPrincipalName", "telephoneNumber", "employeeNumber", "title"] {
            assert!(person.value(attribute).is_some(), "{} {attribute}", person.dn());
        }
        assert!(person.value("mail").is_none_or(|mail| mail.is_ascii() && mail.ends_with("@canal.example")));
    }
    let mut numbers: Vec<_> = people.iter().map(|p| p.value("employeeNumber")).collect();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), 60);
    assert!(by_login(&directory, "marguerite.lefevre").value("manager").is_none());
    assert_eq!(by_login(&directory, "marguerite.lefevre").values("directReports").len(), 5 + 3);
    assert_eq!(directory.bind_dn(), "CN=svc-towpath,OU=Service Accounts,DC=canal,DC=example");
    assert_eq!(directory.users_group_dn(), "CN=AWS Users,OU=Groups,DC=canal,DC=example");
    assert_eq!(directory.groups_group_dn(), "CN=AWS Groups,OU=Groups,DC=canal,DC=example");
    let listed = directory.entry(&directory.groups_group_dn()).unwrap().members();
    assert_eq!(listed.len(), 6);
    // Somebody out of scope is a member of a group in scope.
    let contractor = by_login(&directory, "tamsin.pendragon");
    assert_eq!(contractor.member_of(), ["CN=Cloud Developers,OU=Groups,DC=canal,DC=example"]);
}

#[test]
fn the_seed_decides_guids_and_passwords() {
    let (a, b, other) = (sample(1), sample(1), sample(2));
    let guids = |directory: &Directory| directory.people().map(|p| p.guid()).collect::<Vec<_>>();
    assert_eq!(guids(&a), guids(&b));
    assert_ne!(guids(&a), guids(&other));
    assert_eq!(a.bind_password(), b.bind_password());
    assert_ne!(a.bind_password(), other.bind_password());
    assert!(a.bind_password().len() >= 16);
    assert!(!format!("{a:?}").contains(&a.bind_password()));
}

#[test]
fn generated_directories_repeat() {
    let list = |d: &Directory| d.groups().map(|g| (g.dn(), g.members())).collect::<Vec<_>>();
    let (a, b) = (Directory::generated(3, 200, 10), Directory::generated(3, 200, 10));
    assert_eq!(list(&a), list(&b));
    assert_eq!(a.groups().count(), 12);
    assert_eq!(a.people().filter(|p| p.is_disabled()).count(), 4);
    assert_eq!(a.entry(&a.users_group_dn()).unwrap().members().len(), 200);
    assert_eq!(a.entry(&a.groups_group_dn()).unwrap().members().len(), 10);
    assert_eq!(Directory::generated(3, 0, 2).groups().count(), 4);
}
