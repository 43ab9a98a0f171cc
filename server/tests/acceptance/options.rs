//! What an administrator chooses on the Target and Channel Info tabs, and names that change hands.

use crate::house::{ADMIN, House, move_clock, says};
use crate::stage::Stage;
use domain::model::cycle::CycleState;
use domain::model::plan::ActionKind;
use sandbox::aws::Operation;
use sandbox::directory::{Directory, NewPerson};

async fn small() -> Stage {
    Stage::new(Directory::generated(1, 12, 1)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_who_leave_are_deleted_where_that_is_chosen() {
    let stage = small().await;
    let mut setup = stage.setup();
    setup.target.push(("remove_action", "delete".into()));
    let (house, channel) = (&stage.house, stage.configure_with(&setup).await);
    let scope = stage.in_scope();
    let (leaver, disabled) = (format!("{}@canal.example", scope[0]), format!("{}@canal.example", scope[1]));
    let before = stage.aws.user(&leaver).unwrap();
    stage.leave(&scope[..1]);
    let dn = stage.dn(&scope[1]);
    stage.change(|d| d.disable(&dn).unwrap());
    let cycle = house.run_well(&channel).await;
    assert_eq!(House::done(&cycle, ActionKind::Delete), 2, "{cycle:?}");
    assert_eq!((stage.aws.user(&leaver), stage.aws.user(&disabled)), (None, None));
    stage.check("two deleted");
    let (gone, back) = (stage.dn(&scope[0]), stage.dn(&scope[1]));
    stage.change(|d| {
        d.add_member(&d.users_group_dn(), &gone).unwrap();
        d.enable(&back).unwrap();
    });
    house.run_well(&channel).await;
    stage.check("two made anew");
    assert_ne!(stage.aws.user(&leaver).unwrap().id, before.id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_who_leave_are_deleted_days_later_unless_they_come_back() {
    const DAY_MS: i64 = 24 * 3600 * 1000;
    let stage = small().await;
    let mut setup = stage.setup();
    setup.target.extend([("remove_action", "delete_later".into()), ("delete_after_days", "7".into())]);
    let (house, channel) = (&stage.house, stage.configure_with(&setup).await);
    let scope = stage.in_scope();
    let user = |login: &str| stage.aws.user(&format!("{login}@canal.example"));
    let before = user(&scope[0]).unwrap();
    stage.leave(&scope[..2]);
    house.run_well(&channel).await;
    assert!(!user(&scope[0]).unwrap().active && !user(&scope[1]).unwrap().active);
    move_clock(6 * DAY_MS);
    let cycle = house.run_idle(&channel).await;
    assert!(
        cycle.coverage.notes.iter().any(|n| n == "2 people who left are disabled and will be deleted, the first in 1 day."),
        "{cycle:?}"
    );
    let dn = stage.dn(&scope[0]);
    stage.change(|d| d.add_member(&d.users_group_dn(), &dn).unwrap());
    house.run_well(&channel).await;
    assert_eq!((user(&scope[0]).unwrap().id, user(&scope[0]).unwrap().active), (before.id, true), "back, with all they had");
    move_clock(DAY_MS);
    let cycle = house.run_well(&channel).await;
    assert_eq!(House::done(&cycle, ActionKind::Delete), 1, "{}", house.story(&cycle).await);
    assert!(user(&scope[0]).is_some_and(|u| u.active) && user(&scope[1]).is_none());
    house.run_idle(&channel).await;
    stage.check("one deleted, one back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_to_be_done_is_not_done() {
    let stage = small().await;
    let mut setup = stage.setup();
    setup.target.push(("create_users", String::new()));
    setup.info.push(("existing", "report".into()));
    let first = format!("{}@canal.example", stage.in_scope()[0]);
    let id = stage.put_user(&first).await;
    let (house, channel) = (&stage.house, stage.configure_with(&setup).await);
    assert_eq!((stage.aws.users().len(), stage.asked(Operation::PatchUser)), (1, 0), "neither created nor adopted");
    let skipped = house.detail(&channel).await.skipped;
    let reason = |name: &str| skipped.iter().find(|s| s.skipped.object.name == name).map_or("", |s| s.skipped.reason.as_str());
    says(reason(&first), &["already at the target", "left alone"]);
    says(reason(&format!("{}@canal.example", stage.in_scope()[1])), &["User Create is off"]);

    house.edit(&channel, "channel-info", &[("existing", "adopt".into())]).await;
    house
        .edit(&channel, "target", &[("create_users", "on".into()), ("update_users", String::new()), ("remove_users", String::new())])
        .await;
    let cycle = house.newest(&channel).await.unwrap();
    assert_eq!(cycle.state, CycleState::Succeeded, "{cycle:?}\n{}", house.story(&cycle).await);
    assert_eq!(stage.aws.users().len(), 12);
    let adopted = stage.aws.user(&first).unwrap();
    assert_eq!((adopted.id.as_str(), adopted.attributes["displayName"].as_str()), (id.as_str(), Some("Old Name")), "updates are off");
    let leaver = stage.in_scope()[1].clone();
    stage.leave(std::slice::from_ref(&leaver));
    house.run(&channel).await;
    assert!(stage.aws.user(&format!("{leaver}@canal.example")).unwrap().active, "removals are off");

    house.edit(&channel, "target", &[("update_users", "on".into()), ("remove_users", "on".into())]).await;
    stage.check_state("everything is on");
    house.run_idle(&channel).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_addresses_that_change_hands() {
    let stage = small().await;
    let (house, channel) = (&stage.house, stage.configure().await);
    let scope = stage.in_scope();
    let (a, b) = (stage.dn(&scope[0]), stage.dn(&scope[1]));
    let mail = |login: &str| format!("{login}@canal.example");
    // B takes the address that A gives up.
    stage.change(|d| {
        d.set(&a, "mail", &["somewhere.else@canal.example"]).unwrap();
        d.set(&b, "mail", &[&mail(&scope[0])]).unwrap();
    });
    house.run(&channel).await;
    house.run(&channel).await;
    stage.check("handed over");
    // Two swap theirs.
    let (c, d) = (stage.dn(&scope[2]), stage.dn(&scope[3]));
    stage.change(|directory| {
        directory.set(&c, "mail", &[&mail(&scope[3])]).unwrap();
        directory.set(&d, "mail", &[&mail(&scope[2])]).unwrap();
    });
    let cycle = house.run(&channel).await.pop().unwrap();
    assert_eq!(cycle.touched(), 0, "neither can be written before the other: {cycle:?}");
    let skipped = house.detail(&channel).await.skipped;
    for entry in [&c, &d] {
        let said = skipped.iter().find(|s| &s.skipped.object.dn == entry).unwrap();
        says(&said.skipped.reason, &["userName", "still used at the target", "exchange theirs"]);
    }
    // One of them is given another address for a moment.
    stage.change(|directory| directory.set(&c, "mail", &["for.now@canal.example"]).unwrap());
    house.run(&channel).await;
    house.run(&channel).await;
    stage.change(|directory| directory.set(&c, "mail", &[&mail(&scope[3])]).unwrap());
    house.run(&channel).await;
    stage.check("swapped");
    assert_eq!(stage.refused(), Vec::new());

    // Somebody is hired anew, with a new account and the old address.
    let e = stage.dn(&scope[4]);
    let old = stage.aws.user(&mail(&scope[4])).unwrap();
    stage.change(|d| d.delete(&e).unwrap());
    house.run(&channel).await;
    stage.change(|d| {
        let person = NewPerson::new("Hired", "Again", "hired.again").with("mail", &mail(&scope[4]));
        let name = d.add_person(&d.people_unit(), person).unwrap().as_name();
        d.add_member(&d.users_group_dn(), &name).unwrap();
    });
    // An account comes with what it may do, so it is not handed on without being asked for.
    house.run(&channel).await;
    let skipped = house.detail(&channel).await.skipped;
    says(&skipped[0].skipped.reason, &[&mail(&scope[4]), "inactive", "left", "reset the channel"]);
    assert!(!stage.aws.user(&mail(&scope[4])).unwrap().active);
    house.service.reset_channel(&ADMIN, &channel.id).await.unwrap();
    house.run(&channel).await;
    let new = stage.aws.user(&mail(&scope[4])).unwrap();
    assert_eq!((new.id, new.active), (old.id, true), "the account that is there is theirs again");
    stage.check("hired again");
    house.run_idle(&channel).await;
}
