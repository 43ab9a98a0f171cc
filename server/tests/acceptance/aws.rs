//! The guide's channel, from the sample company into AWS IAM Identity Center, and everything that happens to people and groups.

use crate::house::House;
use crate::stage::Stage;
use domain::model::cycle::CycleState;
use domain::model::plan::ActionKind;
use sandbox::aws::Operation;
use sandbox::directory::{NewPerson, sample};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sample_company_and_what_happens_to_it() {
    let stage = Stage::new(sample(1)).await;
    let house = &stage.house;
    let early_id = stage.put_user("aoife.byrne@canal.example").await;
    let billing_id = stage.put_group("Cloud Billing").await;

    let channel = stage.configure().await;
    let first = house.newest(&channel).await.unwrap();
    assert_eq!(first.state, CycleState::Succeeded, "{first:?}\n{}", house.story(&first).await);
    stage.check("the first cycle");
    assert_eq!(stage.aws.user("aoife.byrne@canal.example").unwrap().id, early_id, "a person who was there is adopted");
    assert_eq!(stage.aws.group("Cloud Billing").unwrap().id, billing_id, "a group that was there is adopted");
    let users = stage.aws.users().len();
    assert!(users > 45, "{users}");
    let skipped = house.detail(&channel).await.skipped;
    let reason = |login: &str| {
        let dn = stage.dn(login);
        skipped.iter().find(|s| s.skipped.object.dn == dn).map(|s| s.skipped.reason.clone()).unwrap_or_default()
    };
    assert!(reason("dmitri.sokolov").contains("mail is empty"), "{}", reason("dmitri.sokolov"));
    assert!(reason("claire.fontaine").contains("isabled"), "{}", reason("claire.fontaine"));

    let asked = stage.aws.request_count();
    house.run_idle(&channel).await;
    assert_eq!(stage.aws.request_count(), asked, "nothing changed, so AWS is not asked anything");

    // A join.
    let newcomer = stage.hire("New", "Comer", "new.comer");
    let developers = stage.group_dn("Cloud Developers");
    stage.change(|d| d.add_member(&developers, &newcomer).unwrap());
    house.run_well(&channel).await;
    stage.check("a join");
    assert_eq!(stage.aws.request_count(), asked + 2, "one create and one membership");

    // A leave.
    let leaver = stage.aws.user("isaac.cohen@canal.example").unwrap();
    assert!(!leaver.groups.is_empty());
    stage.leave(&["isaac.cohen".to_owned()]);
    house.run_well(&channel).await;
    stage.check("a leave");
    let left = stage.aws.user("isaac.cohen@canal.example").unwrap();
    assert!(!left.active && left.groups.is_empty(), "{left:?}");

    // A person's entry is renamed and moved: nothing that AWS knows changed.
    let asked = stage.aws.request_count();
    let (entry, people) = (stage.dn("grace.mbeki"), stage.directory.directory().read(|d| d.people_unit()));
    stage.change(|d| d.rename(&entry, "Mbeki, Grace").unwrap());
    let entry = stage.dn("naomi.clarke");
    stage.change(|d| {
        d.rename(&entry, "Clarke, Naomi").unwrap();
        let entry = d.people().find(|p| p.value("sAMAccountName").as_deref() == Some("naomi.clarke")).unwrap().dn();
        d.move_to(&entry, &people).unwrap();
    });
    house.run_idle(&channel).await;
    stage.check("a rename and a move");
    assert_eq!(stage.aws.request_count(), asked);

    // Another name and mail address, which is the userName.
    let id = stage.aws.user("mei.lin@canal.example").unwrap().id;
    let entry = stage.dn("mei.lin");
    stage.change(|d| {
        d.set(&entry, "mail", &["mei.tanaka@canal.example"]).unwrap();
        d.set(&entry, "sn", &["Tanaka"]).unwrap();
        d.set(&entry, "displayName", &["Mei Tanaka"]).unwrap();
    });
    house.run_well(&channel).await;
    stage.check("a changed name and mail");
    assert_eq!(stage.aws.user("mei.tanaka@canal.example").unwrap().id, id);

    // A group's new name.
    let id = stage.aws.group("Data Platform").unwrap().id;
    let group = stage.group_dn("Data Platform");
    stage.change(|d| d.rename(&group, "Water & Traffic Data").unwrap());
    house.run_well(&channel).await;
    stage.check("a group rename");
    assert_eq!(stage.aws.group("Water & Traffic Data").unwrap().id, id);

    // Disabled, and enabled again.
    let entry = stage.dn("jonas.weiss");
    stage.change(|d| d.disable(&entry).unwrap());
    house.run_well(&channel).await;
    stage.check("a disable");
    assert!(!stage.aws.user("jonas.weiss@canal.example").unwrap().active);
    stage.change(|d| d.enable(&entry).unwrap());
    house.run_well(&channel).await;
    stage.check("a re-enable");
    assert!(stage.aws.user("jonas.weiss@canal.example").unwrap().active);

    // The entry is deleted.
    let entry = stage.dn("gabor.szabo");
    stage.change(|d| d.delete(&entry).unwrap());
    let cycle = house.run_well(&channel).await;
    stage.check("a delete");
    assert_eq!((House::done(&cycle, ActionKind::Disable), cycle.touched()), (1, 1));
    assert!(!stage.aws.user("gabor.szabo@canal.example").unwrap().active);

    // Values that are gone disappear.
    let entry = stage.dn("victor.dubois");
    stage.change(|d| {
        for attribute in ["title", "telephoneNumber", "department"] {
            d.clear(&entry, attribute).unwrap();
        }
    });
    house.run_well(&channel).await;
    stage.check("cleared attributes");
    assert!(!stage.aws.user("victor.dubois@canal.example").unwrap().attributes.contains_key("title"));

    // A group within a group, for memberships and for scope.
    let billing = stage.group_dn("Cloud Billing");
    let inner = stage.change(|d| {
        let inner = d.add_group(&d.groups_unit(), "Seasonal Staff").unwrap().as_name();
        let seasonal = NewPerson::new("Sea", "Sonal", "sea.sonal").with("mail", "sea.sonal@canal.example");
        let person = d.add_person(&d.people_unit(), seasonal).unwrap().as_name();
        d.add_member(&inner, &person).unwrap();
        d.add_member(&billing, &inner).unwrap();
        d.add_member(&d.users_group_dn(), &inner).unwrap();
        inner
    });
    house.run_well(&channel).await;
    stage.check("nested groups");
    let seasonal = stage.aws.user("sea.sonal@canal.example").unwrap();
    assert_eq!(stage.aws.group("Cloud Billing").unwrap().members.iter().filter(|m| m.id == seasonal.id).count(), 1);

    // The group within is dissolved, and a group leaves the scope.
    stage.change(|d| d.delete(&inner).unwrap());
    house.run_well(&channel).await;
    stage.check("a deleted group");
    assert_eq!(stage.aws.group("Seasonal Staff"), None);
    stage.change(|d| d.remove_member(&d.groups_group_dn(), &billing).unwrap());
    house.run_well(&channel).await;
    stage.check("a group that left");
    assert_eq!(stage.aws.group("Cloud Billing"), None);

    // The leaver comes back.
    let entry = stage.dn("isaac.cohen");
    stage.change(|d| d.add_member(&d.users_group_dn(), &entry).unwrap());
    house.run_well(&channel).await;
    stage.check("a return");
    assert_eq!(stage.aws.user("isaac.cohen@canal.example").unwrap().id, leaver.id);

    let asked = stage.aws.request_count();
    house.run_idle(&channel).await;
    assert_eq!(stage.aws.request_count(), asked);
    assert_eq!(stage.refused(), Vec::new(), "AWS refused nothing in all of this");
    assert_eq!(stage.asked(Operation::DeleteUser), 0);
}
