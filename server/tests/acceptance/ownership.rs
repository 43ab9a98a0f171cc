//! Two channels of one connection that claim the same person or group: one of them owns it, and the other says why it does not.

use crate::house::{House, says};
use crate::stage::Stage;
use domain::model::cycle::CycleState;
use sandbox::directory::{Directory, NewPerson};

/// Why a channel left somebody or something out, by name.
async fn reason(house: &House, channel: &crate::house::Channel, name: &str) -> String {
    let skipped = house.detail(channel).await.skipped;
    let found = skipped.iter().find(|s| s.skipped.object.name == name);
    found.unwrap_or_else(|| panic!("{name} is not left out: {skipped:?}")).skipped.reason.clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_in_the_scope_of_two_channels_has_one_owner() {
    let stage = Stage::new(Directory::generated(1, 12, 2)).await;
    let store = stage.data_store().await;
    let (house, setup) = (&stage.house, stage.setup());
    let first = house.channel(&store, &setup).await;
    stage.check("the first channel");
    let before = (stage.aws.users(), stage.aws.groups());

    // The same people and groups, and another name for each person: without an owner everybody would be there twice.
    let mut other = setup.clone();
    other.mapping = vec![("map.userName", "userPrincipalName".into())];
    let second = house.second_channel(&first, &store, &other, "Again").await;
    assert_eq!((stage.aws.users(), stage.aws.groups()), before, "nobody is made, changed or put into a group twice");
    let cycle = house.newest(&second).await.unwrap();
    assert_eq!((cycle.state, cycle.touched()), (CycleState::Succeeded, 0), "{cycle:?}");
    let detail = house.detail(&second).await;
    assert_eq!(detail.skipped.len(), 12 + before.1.len(), "{:?}", detail.skipped);
    for skipped in &detail.skipped {
        says(&skipped.skipped.reason, &["channel ‘People’", "already"]);
    }

    // Somebody new is made by whoever comes first, and the other is told.
    let newcomer = stage.hire("New", "Comer", "new.comer");
    stage.change(|d| d.set(&newcomer, "userPrincipalName", &["new.comer@corp.example"]).unwrap());
    house.run_well(&second).await;
    house.run_idle(&first).await;
    assert_eq!(stage.aws.users().len(), before.0.len() + 1);
    let said = house.detail(&first).await.skipped;
    says(&said[0].skipped.reason, &["channel ‘Again’"]);
    house.run_idle(&second).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_another_channel_uses_is_told_and_not_asked_for() {
    let stage = Stage::new(Directory::generated(1, 12, 2)).await;
    let store = stage.data_store().await;
    let (house, setup) = (&stage.house, stage.setup());
    let first = house.channel(&store, &setup).await;
    let taken = format!("{}@canal.example", stage.in_scope()[0]);
    let team = stage.aws.groups().remove(0).display_name;
    // Another account with the same address, and another group of the same name.
    let (users, groups) = stage.change(|d| {
        let users = d.add_group(&d.groups_unit(), "Contractors").unwrap().as_name();
        let groups = d.add_group(&d.groups_unit(), "Contractor Teams").unwrap().as_name();
        for (login, mail) in [("double", taken.as_str()), ("single", "single@canal.example")] {
            let person = NewPerson::new("Con", login, login).with("mail", mail);
            let name = d.add_person(&d.people_unit(), person).unwrap().as_name();
            d.add_member(&users, &name).unwrap();
        }
        let other = d.add_group(&d.people_unit(), "Other Team").unwrap().as_name();
        d.rename(&other, &team).unwrap();
        let team = other;
        d.add_member(&groups, &team).unwrap();
        (d.entry(&users).unwrap().dn(), d.entry(&groups).unwrap().dn())
    });
    stage.aws.clear_request_log();
    let mut other = setup.clone();
    for (name, value) in &mut other.location {
        match *name {
            "users.group_dn" => value.clone_from(&users),
            "groups.group_dn" => value.clone_from(&groups),
            _ => {}
        }
    }
    let second = house.second_channel(&first, &store, &other, "Contractors").await;
    says(&reason(house, &second, &taken).await, &["channel ‘People’", "userName"]);
    says(&reason(house, &second, &team).await, &["channel ‘People’", "displayName"]);
    assert!(stage.aws.user("single@canal.example").is_some(), "the others are provisioned");
    assert_eq!(stage.refused(), Vec::new(), "AWS did not have to say so");
    house.run_idle(&second).await;
    house.run_idle(&first).await;
}
