//! Mistakes and their undoing: who was deleted comes back as they were, and the whole company becomes the sample again.

use sandbox::directory::{Directory, DirectoryError, EntryView, sample};

use crate::client::{found, sample_and_client};

fn person<'a>(directory: &'a Directory, login: &str) -> EntryView<'a> {
    directory.people().find(|p| p.value("sAMAccountName").as_deref() == Some(login)).expect("the person is there")
}

/// Everything that names, groups and managers say, whatever the order.
fn shape(directory: &Directory) -> Vec<String> {
    let line = |entry: EntryView<'_>| {
        let (mut members, mut groups) = (entry.members(), entry.member_of());
        members.sort();
        groups.sort();
        let values = ["sAMAccountName", "mail", "title", "manager", "userAccountControl"].map(|name| entry.value(name));
        format!("{} {} {values:?} {members:?} {groups:?}", entry.guid(), entry.dn())
    };
    let mut lines: Vec<_> = directory.people().chain(directory.groups()).chain(directory.units()).map(line).collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn everybody_deleted_by_mistake_comes_back_as_they_were() {
    let (server, mut ldap) = sample_and_client().await;
    let before = server.directory().read(shape);
    let count = server.directory().change(Directory::delete_everybody);
    assert_eq!(count, 60);
    let people = "(&(objectCategory=person)(mail=*))";
    assert!(found(&mut ldap, people).await.is_empty());
    server.directory().read(|d| {
        assert_eq!((d.people().count(), d.deleted().len()), (1, 60), "the account to bind with stays");
        assert!(d.groups().all(|group| group.all_members().iter().all(|member| member.value("groupType").is_some())));
    });
    // The bin is kept in the file, too.
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("directory.json");
    let mut again = server.directory().read(|d| d.save(&path)).and_then(|()| Directory::load(&path)).expect("saved and loaded");
    let usn = again.highest_usn();
    let (count, refused) = again.bring_everybody_back();
    assert_eq!((count, refused.len(), again.deleted().len()), (60, 0, 0));
    assert_eq!(shape(&again), before);
    assert!(again.people().filter(|p| p.value("mail").is_some()).all(|p| p.usn_changed() > usn), "coming back is a change");
    let (count, _) = server.directory().change(Directory::bring_everybody_back);
    assert_eq!((count, found(&mut ldap, people).await.len()), (60, 59), "one has no mail address");
    assert_eq!(server.directory().read(shape), before);
}

#[test]
fn one_person_comes_back_unless_the_place_is_taken() {
    let mut directory = sample(1);
    let (head, report) = (person(&directory, "priya.raghunathan").guid(), person(&directory, "mei.lin").guid());
    let before = shape(&directory);
    directory.delete(&head.as_name()).unwrap();
    directory.delete(&report.as_name()).unwrap();
    let names: Vec<String> = directory.deleted().into_iter().map(|deleted| deleted.name).collect();
    assert_eq!(names, ["Mei Lin", "Priya Raghunathan"]);
    directory.bring_back(&head).unwrap();
    directory.bring_back(&report).unwrap();
    assert_eq!(shape(&directory), before, "the report has its manager again, though it was deleted after it");
    assert!(matches!(directory.bring_back(&head), Err(DirectoryError::NotFound { .. })));

    directory.delete(&report.as_name()).unwrap();
    let other =
        directory.add_person("OU=Finance,OU=People,DC=canal,DC=example", sandbox::directory::NewPerson::new("Mei", "Lin", "mei.lin"));
    assert!(matches!(directory.bring_back(&report), Err(DirectoryError::LoginTaken { .. })));
    directory.delete(&other.unwrap().as_name()).unwrap();
    directory.bring_back(&report).unwrap();
}

#[test]
fn everything_becomes_the_sample_again_as_a_change_of_today() {
    let mut directory = sample(1);
    let before = shape(&directory);
    let hired =
        directory.add_person("OU=Finance,OU=People,DC=canal,DC=example", sandbox::directory::NewPerson::new("A", "B", "a.b")).unwrap();
    directory.delete_everybody();
    directory.delete("CN=Cloud Billing,OU=Groups,DC=canal,DC=example").unwrap();
    let usn = directory.highest_usn();
    directory.return_to_sample();
    assert_eq!(shape(&directory), before);
    assert!(directory.deleted().is_empty());
    assert!(directory.people().chain(directory.groups()).all(|entry| entry.usn_changed() > usn));
    let next =
        directory.add_person("OU=Finance,OU=People,DC=canal,DC=example", sandbox::directory::NewPerson::new("A", "B", "a.b")).unwrap();
    assert_ne!(next, hired, "a new person is nobody who was there before");
}

#[tokio::test]
async fn several_steps_are_all_done_or_none() {
    let (server, _) = sample_and_client().await;
    let before = server.directory().read(|d| (shape(d), d.highest_usn()));
    let refused = server.directory().change_all(|d| {
        let mei = person(d, "mei.lin").guid().as_name();
        d.set(&mei, "title", &["Lead"])?;
        d.rename(&mei, "Sanna Virtanen")
    });
    assert!(matches!(refused, Err(DirectoryError::Exists { .. })));
    assert_eq!(server.directory().read(|d| (shape(d), d.highest_usn())), before);
}
