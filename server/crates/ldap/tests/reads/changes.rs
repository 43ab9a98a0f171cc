//! Reading changes alone: who is read, who is named, and when everything is read after all.

use crate::fixture::{Seen, by_filter, by_groups, closure, directory, read_since, serve, source};
use domain::model::channel::{ChangeAlgorithm, SourceLocation};
use domain::model::cycle::Watermark;
use ldap::{Directory, Since};
use sandbox::directory::{NewPerson, sample};
use std::collections::BTreeSet;

/// A read after another, which knows all of these.
async fn again(directory: &Directory, location: &SourceLocation, before: &Seen, known: &BTreeSet<String>) -> Seen {
    after(directory, location, before.watermark.as_ref().unwrap(), known).await
}

async fn after(directory: &Directory, location: &SourceLocation, mark: &Watermark, known: &BTreeSet<String>) -> Seen {
    let is_known = |dn: &str| known.contains(dn);
    read_since(directory, &source(), location, 100, None, Some(Since { mark, is_known: &is_known })).await
}

fn names(seen: &Seen) -> BTreeSet<String> {
    seen.users.iter().map(|u| u.dn.clone()).collect()
}

fn all(seen: &Seen) -> BTreeSet<String> {
    names(seen).into_iter().chain(seen.unchanged.iter().cloned()).collect()
}

#[tokio::test]
async fn what_changed_is_read_and_the_others_are_named() {
    let server = serve(sample(1)).await;
    let store = directory(&server, |_| ());
    let base = server.directory().read(|d| d.base_dn());
    for (round, location) in
        [by_groups(&server, true), by_groups(&server, false), by_filter(base, "(mail=*)", "(cn=*)")].into_iter().enumerate()
    {
        let first = read_since(&store, &source(), &location, 100, None, None).await;
        assert!(first.is_complete() && first.is_full && first.coverage.users.full, "{:?}", first.coverage);
        let everybody = all(&first);
        let idle = again(&store, &location, &first, &everybody).await;
        assert!(idle.is_complete() && !idle.is_full && !idle.coverage.users.full, "{:?}", idle.coverage);
        assert_eq!((names(&idle), all(&idle)), (BTreeSet::new(), everybody.clone()));
        assert_eq!(idle.members(), first.members(), "groups are read in full");

        // One whose entry changed, and one who is not known.
        let mut people = everybody.iter();
        let (changed, unknown) = (people.next().unwrap().clone(), people.next().unwrap().clone());
        server.directory().change(|d| d.set(&changed, "title", &[&format!("Harbour Master {round}")]).unwrap());
        let mut known = everybody.clone();
        known.remove(&unknown);
        let seen = again(&store, &location, &idle, &known).await;
        assert!(seen.is_complete() && !seen.is_full, "{:?}", seen.coverage);
        assert_eq!(names(&seen), BTreeSet::from([changed, unknown]));
        assert_eq!(all(&seen), everybody);
    }
}

#[tokio::test]
async fn joining_leaving_and_deleting_show_although_no_persons_entry_changes() {
    let server = serve(sample(1)).await;
    let store = directory(&server, |_| ());
    let location = by_groups(&server, true);
    let outsider = server.directory().change(|d| {
        let person = NewPerson::new("Out", "Sider", "osider").with("mail", "osider@canal.example");
        d.add_person(&d.people_unit(), person).unwrap().as_name()
    });
    let outsider = server.directory().read(|d| d.entry(&outsider).unwrap().dn());
    let first = read_since(&store, &source(), &location, 100, None, None).await;
    let known = all(&first);
    assert!(!known.contains(&outsider));
    let group = server.directory().read(|d| d.users_group_dn());
    let direct: Vec<String> = server.directory().read(|d| {
        let members = d.entry(&group).unwrap().members();
        members.into_iter().filter(|m| known.contains(m)).collect()
    });
    server.directory().change(|d| {
        d.add_member(&group, &outsider).unwrap();
        d.remove_member(&group, &direct[0]).unwrap();
        d.delete(&direct[1]).unwrap();
    });
    let seen = again(&store, &location, &first, &known).await;
    assert!(seen.is_complete() && !seen.is_full, "{:?}", seen.coverage);
    assert_eq!(names(&seen), BTreeSet::from([outsider]), "who joined is read, since nobody knows them");
    assert_eq!(all(&seen), server.directory().read(|d| closure(d, &group, true)));
}

#[tokio::test]
async fn another_life_another_server_or_lost_numbers_compare_everything_and_remove_nobody() {
    let server = serve(sample(1)).await;
    let store = directory(&server, |_| ());
    let location = by_groups(&server, true);
    let first = read_since(&store, &source(), &location, 100, None, None).await;
    let (known, mark) = (all(&first), first.watermark.clone().unwrap());
    let number: u64 = mark.value.parse().unwrap();
    for (mark, says) in [
        (Watermark { life: "restored".into(), ..mark.clone() }, "was restored"),
        (Watermark { value: (number + 1).to_string(), ..mark.clone() }, "was restored"),
        (Watermark { server: "dc9.canal.example".into(), ..mark.clone() }, "the one before from dc9.canal.example"),
    ] {
        let seen = after(&store, &location, &mark, &known).await;
        assert!(seen.is_full && seen.unchanged.is_empty() && names(&seen) == known, "{:?}", seen.coverage);
        assert!(!seen.coverage.users.ids_complete && !seen.coverage.groups.ids_complete);
        assert!(seen.problem().contains(says), "{}", seen.problem());
        assert_eq!(seen.watermark, first.watermark);
    }
    assert!(!after(&store, &location, &mark, &known).await.is_full);
}

#[tokio::test]
async fn a_changed_container_and_settings_that_cannot_tell_read_everything() {
    let server = serve(sample(1)).await;
    let store = directory(&server, |_| ());
    let location = by_groups(&server, true);
    let first = read_since(&store, &source(), &location, 100, None, None).await;
    let known = all(&first);
    let unit = server.directory().read(|d| d.people_unit());
    server.directory().change(|d| d.set(&unit, "description", &["On the quay"]).unwrap());
    let seen = again(&store, &location, &first, &known).await;
    assert!(seen.is_complete() && seen.is_full && names(&seen) == known, "{:?}", seen.coverage);
    assert!(seen.coverage.notes.iter().any(|n| n.contains("container below the Base DN changed")), "{:?}", seen.coverage.notes);

    let mut synchronizing = source();
    synchronizing.change_algorithm = ChangeAlgorithm::ContentSynchronization;
    let following = directory(&server, |s| s.follow_referrals = true);
    for (store, source) in [(&store, synchronizing), (&following, source())] {
        let is_known = |dn: &str| known.contains(dn);
        let since = Since { mark: first.watermark.as_ref().unwrap(), is_known: &is_known };
        let seen = read_since(store, &source, &location, 100, None, Some(since)).await;
        assert!(seen.is_complete() && seen.is_full && seen.watermark.is_none(), "{:?}", seen.coverage);
    }
}
