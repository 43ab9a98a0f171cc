//! Changes to the company, the sequence numbers they move, and the file they outlive the server in.

use std::sync::Arc;

use ldap3::Scope;
use sandbox::directory::{Directory, DirectoryError, NewPerson, sample};

use crate::client::{bound, found, octets, read, sample_and_client, search, serve, value};

const BASE: &str = "DC=canal,DC=example";

fn person(directory: &Directory, login: &str) -> String {
    directory.people().find(|p| p.value("sAMAccountName").as_deref() == Some(login)).expect("the person is there").guid().as_name()
}

fn usn(directory: &Directory, name: &str) -> u64 {
    directory.entry(name).expect("the entry is there").usn_changed()
}

#[tokio::test]
async fn a_rename_keeps_the_guid_and_links_follow() {
    let (server, mut ldap) = sample_and_client().await;
    let old = "CN=Priya Raghunathan,OU=Engineering,OU=People,DC=canal,DC=example";
    let guid = octets(&read(&mut ldap, old, &["objectGUID"]).await, "objectGUID");
    let group = "CN=Cloud Administrators,OU=Groups,DC=canal,DC=example";
    let group_usn = server.directory().read(|d| usn(d, group));
    server.directory().change(|d| {
        let (before, name) = (d.highest_usn(), d.find(old).unwrap().as_name());
        d.rename(old, "Raghunathan-Weiß, Priya").unwrap();
        assert_eq!((d.highest_usn(), usn(d, &name)), (before + 1, before + 1));
        assert_eq!(usn(d, group), group_usn, "a rename of a member is no change of the group");
    });
    let new = r"CN=Raghunathan-Weiß\, Priya,OU=Engineering,OU=People,DC=canal,DC=example";
    let entry = read(&mut ldap, new, &["objectGUID", "cn", "memberOf"]).await;
    assert_eq!((octets(&entry, "objectGUID"), entry.attrs["cn"][0].as_str()), (guid, "Raghunathan-Weiß, Priya"));
    assert!(entry.attrs["memberOf"].contains(&group.to_owned()));
    assert!(read(&mut ldap, group, &["member"]).await.attrs["member"].contains(&new.to_owned()));
    let report = read(&mut ldap, "CN=Mei Lin,OU=Engineering,OU=People,DC=canal,DC=example", &["manager"]).await;
    assert_eq!(value(&report, "manager").as_deref(), Some(new));
    assert_eq!(search(&mut ldap, old, Scope::Base, "(objectClass=*)", &[]).await.1.rc, 32);
}

#[tokio::test]
async fn a_move_takes_everything_below_along() {
    let (server, mut ldap) = sample_and_client().await;
    server.directory().change(|d| {
        let mei = person(d, "mei.lin");
        let before = usn(d, &mei);
        d.move_to("OU=Engineering,OU=People,DC=canal,DC=example", BASE).unwrap();
        assert_eq!(usn(d, &mei), before, "only what was moved is changed, not what lies below");
        assert_eq!(d.entry(&mei).unwrap().dn(), "CN=Mei Lin,OU=Engineering,DC=canal,DC=example");
        d.move_to(&mei, "OU=Finance,OU=People,DC=canal,DC=example").unwrap();
        assert!(usn(d, &mei) > before);
        let refused = d.move_to("OU=People,DC=canal,DC=example", "OU=Finance,OU=People,DC=canal,DC=example");
        assert!(matches!(refused, Err(DirectoryError::BelowItself { .. })));
    });
    let group = read(&mut ldap, "CN=Data Platform,OU=Groups,DC=canal,DC=example", &["member"]).await;
    assert!(group.attrs["member"].contains(&"CN=Mei Lin,OU=Finance,OU=People,DC=canal,DC=example".to_owned()));
    assert_eq!(found(&mut ldap, "(&(sn=Lin)(memberOf=CN=Data Platform,OU=Groups,DC=canal,DC=example))").await, ["Mei Lin"]);
}

#[tokio::test]
async fn a_membership_changes_the_group_alone() {
    let (server, mut ldap) = sample_and_client().await;
    let group = "CN=Cloud Billing,OU=Groups,DC=canal,DC=example";
    let (member, watermark) = server.directory().change(|d| {
        let member = person(d, "gabor.szabo");
        let (person_before, watermark) = (usn(d, &member), d.highest_usn());
        d.add_member(group, &member).unwrap();
        assert_eq!((usn(d, &member), usn(d, group)), (person_before, watermark + 1));
        assert!(matches!(d.add_member(group, &member), Err(DirectoryError::AlreadyMember { .. })));
        (d.entry(&member).unwrap().dn(), watermark)
    });
    assert_eq!(found(&mut ldap, &format!("(uSNChanged>={})", watermark + 1)).await, ["Cloud Billing"]);
    assert!(read(&mut ldap, &member, &["memberOf"]).await.attrs["memberOf"].contains(&group.to_owned()));
    server.directory().change(|d| {
        d.remove_member(group, &member).unwrap();
        assert_eq!(usn(d, group), watermark + 2);
        assert!(matches!(d.remove_member(group, &member), Err(DirectoryError::NotMember { .. })));
        assert!(matches!(d.add_member(&member, group), Err(DirectoryError::WrongKind { .. })));
    });
}

#[tokio::test]
async fn people_come_change_and_go() {
    let (server, mut ldap) = sample_and_client().await;
    let unit = "OU=Finance,OU=People,DC=canal,DC=example";
    let hired = server.directory().change(|d| {
        let new = NewPerson::new("Renée", "D’Arcy", "renee.darcy").with("mail", "renee.darcy@canal.example").with("title", "");
        let guid = d.add_person(unit, new.clone()).unwrap();
        assert!(matches!(d.add_person(unit, new.clone()), Err(DirectoryError::LoginTaken { .. })));
        assert!(matches!(d.add_person(unit, NewPerson::new("Renée", "D’Arcy", "other")), Err(DirectoryError::Exists { .. })));
        let group = d.users_group_dn();
        d.add_member(&group, &guid.as_name()).unwrap();
        guid
    });
    let name = hired.as_name();
    let entry = read(&mut ldap, &name, &[]).await;
    assert_eq!(entry.attrs["userAccountControl"], ["512"]);
    assert_eq!(entry.attrs["displayName"], ["Renée D’Arcy"]);
    assert!(!entry.attrs.contains_key("title"));
    server.directory().change(|d| {
        let before = d.highest_usn();
        d.set(&name, "MAIL", &["renee@canal.example"]).unwrap();
        d.set(&name, "mail", &["renee@canal.example"]).unwrap();
        assert_eq!(d.highest_usn(), before + 1, "what is so already moves nothing");
        d.set(&name, "proxyAddresses", &["SMTP:a@canal.example", "smtp:b@canal.example"]).unwrap();
        d.clear(&name, "mail").unwrap();
        d.disable(&name).unwrap();
        d.set_password(&name, "secret").unwrap();
        for (attribute, value) in [("objectGUID", "x"), ("memberOf", "x"), ("uSNChanged", "1")] {
            assert!(matches!(d.set(&name, attribute, &[value]), Err(DirectoryError::Computed { .. })), "{attribute}");
        }
        for (attribute, value) in [("mail", ""), ("userAccountControl", "many"), ("bad name", "x")] {
            assert!(matches!(d.set(&name, attribute, &[value]), Err(DirectoryError::InvalidValue { .. })), "{attribute}");
        }
        for bad in ["", "   ", "a\nb", &"x".repeat(65)] {
            assert!(matches!(d.rename(&name, bad), Err(DirectoryError::InvalidName { .. })), "{bad:?}");
        }
    });
    let entry = read(&mut ldap, &name, &[]).await;
    assert_eq!((entry.attrs["userAccountControl"][0].as_str(), entry.attrs.get("mail")), ("514", None));
    assert_eq!(entry.attrs["proxyAddresses"].len(), 2);
    let group_usn = server.directory().change(|d| {
        d.enable(&name).unwrap();
        assert!(!d.entry(&name).unwrap().is_disabled());
        let (group_usn, before) = (usn(d, &d.users_group_dn()), d.highest_usn());
        d.delete(&name).unwrap();
        assert_eq!(d.highest_usn(), before + 1);
        assert!(matches!(d.delete(&name), Err(DirectoryError::NotFound { .. })));
        group_usn
    });
    assert!(found(&mut ldap, "(sAMAccountName=renee.darcy)").await.is_empty());
    let group = server.directory().read(|d| d.users_group_dn());
    let read_group = read(&mut ldap, &group, &["member", "uSNChanged"]).await;
    assert!(!read_group.attrs["member"].iter().any(|member| member.contains("Renée")));
    assert_eq!(read_group.attrs["uSNChanged"], [group_usn.to_string()]);
}

#[tokio::test]
async fn groups_and_units_come_and_go() {
    let mut directory = sample(1);
    let groups = directory.groups_unit();
    let night = directory.add_group(&groups, "Night Shift").unwrap().as_name();
    directory.add_member(&night, &directory.users_group_dn()).unwrap();
    directory.rename(&night, "Night + Day").unwrap();
    assert_eq!(directory.entry(&night).unwrap().dn(), r"CN=Night \+ Day,OU=Groups,DC=canal,DC=example");
    directory.delete(&night).unwrap();
    assert_eq!(directory.entry(&directory.users_group_dn()).unwrap().member_of(), Vec::<String>::new());
    let unit = directory.add_unit(BASE, "Leavers").unwrap().as_name();
    directory.delete(&unit).unwrap();
    assert!(matches!(directory.delete(&groups), Err(DirectoryError::NotEmpty { .. })));
    for needed in [directory.bind_dn(), directory.users_group_dn(), directory.groups_group_dn(), BASE.to_owned()] {
        assert!(matches!(directory.delete(&needed), Err(DirectoryError::Needed { .. })), "{needed}");
    }
    assert!(matches!(directory.add_unit("CN=X,DC=canal,DC=example", "Y"), Err(DirectoryError::NotFound { .. })));
    assert!(matches!(directory.add_unit("nonsense", "Y"), Err(DirectoryError::InvalidName { .. })));
}

#[tokio::test]
async fn a_saved_company_is_found_as_it_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.json");
    let (server, _ldap) = sample_and_client().await;
    let (guid, usn_before) = server.directory().change(|d| {
        let unit = d.people_unit();
        let guid = d.add_person(&unit, NewPerson::new("Léa", "Roux, Jr.", "lea.roux").password("own")).unwrap();
        d.delete(&person(d, "petra.hoffmann")).unwrap();
        d.move_to("OU=Finance,OU=People,DC=canal,DC=example", BASE).unwrap();
        d.save(&path).unwrap();
        (guid, d.highest_usn())
    });
    let before = server.directory().read(dump);
    server.stop().await;
    let mut loaded = Directory::load(&path).unwrap();
    assert_eq!((dump(&loaded), loaded.highest_usn()), (before, usn_before));
    assert_eq!(loaded.find(r"CN=Léa Roux\, Jr.,OU=People,DC=canal,DC=example"), Some(guid));
    // New objects do not take the GUIDs of old ones.
    let fresh = loaded.add_group(&loaded.groups_unit(), "New").unwrap();
    assert!(!dump(&loaded).iter().any(|line| line.starts_with(&fresh.to_string()) && !line.contains("CN=New,")));
    let server = serve(loaded).await;
    let mut ldap = bound(&server).await;
    assert_eq!(ldap.simple_bind("lea.roux", "own").await.unwrap().rc, 0);
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_file_that_contradicts_itself_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.json");
    assert!(matches!(Directory::load(&path), Err(DirectoryError::Load { .. })));
    std::fs::write(&path, "{").unwrap();
    assert!(matches!(Directory::load(&path), Err(DirectoryError::Format { .. })));
    sample(1).save(&path).unwrap();
    let good: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let person = good["entries"].as_array().unwrap().iter().position(|e| e["kind"] == "person").unwrap();
    type Spoil<'a> = &'a dyn Fn(&mut serde_json::Value);
    let breaks: [(&str, Spoil<'_>); 6] = [
        ("version", &|f| f["version"] = 2.into()),
        ("parent", &|f| f["entries"][person]["parent"] = 100_000.into()),
        ("circle", &|f| f["entries"][person]["parent"] = person.into()),
        ("guid", &|f| f["entries"][person]["guid"] = f["entries"][0]["guid"].clone()),
        ("name", &|f| f["entries"][person]["rdn"] = "nonsense".into()),
        ("bind", &|f| f["bind"] = "6f0b3c1e-0000-4000-8000-000000000000".into()),
    ];
    for (what, spoil) in breaks {
        let mut file = good.clone();
        spoil(&mut file);
        std::fs::write(&path, file.to_string()).unwrap();
        assert!(matches!(Directory::load(&path), Err(DirectoryError::Corrupt { .. })), "{what}");
    }
}

#[tokio::test]
async fn a_clock_given_is_the_time_of_changes() {
    let mut directory = sample(1);
    directory.set_clock(Arc::new(|| 951_782_400_000));
    let name = person(&directory, "mei.lin");
    directory.set(&name, "title", &["Lead"]).unwrap();
    let entry = directory.entry(&name).unwrap();
    assert_eq!(entry.value("whenChanged").as_deref(), Some("20000229000000.0Z"));
    assert!(entry.value("whenCreated").unwrap().starts_with("20260105"));
}

/// Every entry with everything a reader can see of it.
fn dump(directory: &Directory) -> Vec<String> {
    let entries = directory.people().chain(directory.groups()).chain(directory.units());
    let mut lines: Vec<String> = entries
        .map(|entry| {
            let mut members = entry.members();
            members.sort();
            let values = [
                "mail",
                "manager",
                "title",
                "userAccountControl",
                "sAMAccountName",
                "uSNChanged",
                "whenChanged",
                "uSNCreated",
                "objectCategory",
            ];
            format!("{} {} {members:?} {:?}", entry.guid(), entry.dn(), values.map(|name| entry.values(name)))
        })
        .collect();
    lines.sort();
    lines
}
