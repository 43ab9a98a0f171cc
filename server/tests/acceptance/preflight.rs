//! What AWS would refuse never reaches it: who is left out is listed with a sentence that says what to mend, and arrives once it is.

use crate::house::says;
use crate::stage::Stage;
use sandbox::directory::{Directory, NewPerson};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_aws_would_refuse_is_left_out_with_what_to_mend() {
    let stage = Stage::new(Directory::generated(1, 8, 1)).await;
    let add = |login: &str, change: &dyn Fn(NewPerson) -> NewPerson| {
        stage.change(|d| {
            let person = change(NewPerson::new("Pat", "Example", login).called(login).with("mail", &format!("{login}@canal.example")));
            let name = d.add_person(&d.people_unit(), person).unwrap().as_name();
            d.add_member(&d.users_group_dn(), &name).unwrap();
        });
    };
    add("invisible", &|p| p.with("displayName", "Pat\u{200b} Example"));
    add("control", &|p| p.with("title", "Lead\u{7}er"));
    add("long", &|p| p.with("title", &"x".repeat(1025)));
    add("no.address", &|p| p.with("mail", "no.address"));
    add("long.name", &|p| p.with("mail", &format!("{}@canal.example", "x".repeat(120))));
    add("twin.one", &|p| p.with("mail", "Twins@canal.example"));
    add("twin.two", &|p| p.with("mail", "twins@canal.example"));
    stage.change(|d| {
        for (unit, name) in [(d.groups_unit(), "Archive"), (d.people_unit(), "Attic"), (d.groups_unit(), "Gh\u{200d}ost")] {
            let group = d.add_group(&unit, name).unwrap().as_name();
            d.add_member(&d.groups_group_dn(), &group).unwrap();
        }
        // Two groups may have one name in different places, while their logon names differ.
        let twin = d.groups().find(|g| g.value("cn").as_deref() == Some("Attic")).unwrap().dn();
        d.rename(&twin, "archive").unwrap();
        let person = NewPerson::new("Madonna", "", "madonna").with("mail", "madonna@canal.example");
        let name = d.add_person(&d.people_unit(), person).unwrap().as_name();
        d.add_member(&d.users_group_dn(), &name).unwrap();
    });
    let (house, channel) = (&stage.house, stage.configure().await);
    assert_eq!(stage.refused(), Vec::new(), "AWS was asked nothing that it refuses");
    assert_eq!((stage.aws.users().len(), stage.aws.groups().len()), (8, 1));
    let skipped = house.detail(&channel).await.skipped;
    let check = |dn: &str, parts: &[&str]| {
        let found = skipped.iter().find(|s| s.skipped.object.dn == dn).unwrap_or_else(|| panic!("{dn} is not listed"));
        says(&found.skipped.reason, parts);
    };
    check(&stage.dn("invisible"), &["displayName", "U+200B (zero width space)", "position 4"]);
    check(&stage.dn("control"), &["title", "U+0007 (control character)", "position 5"]);
    check(&stage.dn("long"), &["title", "1025 characters", "at most 1024"]);
    check(&stage.dn("no.address"), &["userName (from mail)", "‘no.address’ is not an e-mail address"]);
    check(&stage.dn("long.name"), &["userName (from mail)", "134 characters", "at most 128"]);
    check(&stage.dn("twin.one"), &["userName ‘Twins@canal.example’", "shared by 2", "unique in the directory"]);
    check(&stage.dn("twin.two"), &["userName ‘twins@canal.example’", "shared by 2"]);
    check(&stage.dn("madonna"), &["familyName has no value", "sn is empty"]);
    for name in ["Archive", "archive"] {
        check(&stage.group_dn(name), &[&format!("The name ‘{name}’"), "shared by 2"]);
    }
    check(&stage.group_dn("Gh\u{200d}ost"), &["group's name", "U+200D (zero width joiner)", "position 3"]);

    // All of it mended.
    let set = |login: &str, attribute: &str, value: &str| {
        let dn = stage.dn(login);
        stage.change(|d| d.set(&dn, attribute, &[value]).unwrap());
    };
    set("invisible", "displayName", "Pat Example");
    set("control", "title", "Leader");
    set("long", "title", "Lead");
    set("no.address", "mail", "no.address@canal.example");
    set("long.name", "mail", "long.name@canal.example");
    set("twin.two", "mail", "twin.two@canal.example");
    set("madonna", "sn", "Ciccone");
    let ghost = stage.group_dn("Gh\u{200d}ost");
    stage.change(|d| d.rename(&ghost, "Ghost").unwrap());
    let twin = stage.group_dn("archive");
    stage.change(|d| d.rename(&twin, "Attic").unwrap());
    house.run_well(&channel).await;
    assert_eq!((stage.aws.users().len(), stage.aws.groups().len()), (16, 4));
    stage.check("everything is mended");
    assert_eq!(stage.refused(), Vec::new());
}
