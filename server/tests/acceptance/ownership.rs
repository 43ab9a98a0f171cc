//! Two channels of one connection that claim the same person or group: one of them owns it, and the other says why it does not.

use crate::company::{Company, anchor};
use crate::house::{Channel, House, Setup, says};
use crate::relay::Exchange;
use crate::slapd::BASE;
use crate::stage::Stage;
use domain::model::cycle::CycleState;
use domain::model::plan::ActionKind;
use sandbox::aws::Operation;
use sandbox::directory::{Directory, NewPerson};
use serde_json::json;

/// Why a channel left somebody or something out, by name.
async fn reason(house: &House, channel: &Channel, name: &str) -> String {
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

/// A setup whose people are the members of another group.
fn of_group(setup: &Setup, users: &str, groups: &str) -> Setup {
    let mut setup = setup.clone();
    for (name, value) in &mut setup.location {
        match *name {
            "users.group_dn" => users.clone_into(value),
            "groups.group_dn" => groups.clone_into(value),
            _ => {}
        }
    }
    setup
}

/// A group of contractors with one of them in it, and a group with their team; answers the names of both.
fn contractors_of(stage: &Stage) -> (String, String) {
    stage.change(|d| {
        let users = d.add_group(&d.groups_unit(), "Contractors").unwrap().as_name();
        let teams = d.add_group(&d.groups_unit(), "Contractor Teams").unwrap().as_name();
        let team = d.add_group(&d.groups_unit(), "Contractor Team").unwrap().as_name();
        let person = NewPerson::new("Con", "Tractor", "contractor").with("mail", "contractor@canal.example");
        let name = d.add_person(&d.people_unit(), person).unwrap().as_name();
        d.add_member(&users, &name).unwrap();
        d.add_member(&teams, &team).unwrap();
        (d.entry(&users).unwrap().dn(), d.entry(&teams).unwrap().dn())
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_moves_to_the_scope_of_another_channel_is_handed_over() {
    let stage = Stage::new(Directory::generated(31, 30, 3)).await;
    let store = stage.data_store().await;
    let (house, setup) = (&stage.house, stage.setup());
    let staff = house.channel(&store, &setup).await;
    stage.check("the first channel");
    let (users, teams) = contractors_of(&stage);
    let contractors = house.second_channel(&staff, &store, &of_group(&setup, &users, &teams), "Contractors").await;
    let scope = stage.in_scope();
    let mail = |login: &str| format!("{login}@canal.example");
    let ids: Vec<String> = scope.iter().map(|login| stage.aws.user(&mail(login)).map(|u| u.id).unwrap_or_default()).collect();
    let moves = |login: &str| {
        let dn = stage.dn(login);
        let team = stage.group_dn("Contractor Team");
        stage.leave(&[login.to_owned()]);
        stage.change(|d| {
            d.add_member(&users, &dn).unwrap();
            d.add_member(&team, &dn).unwrap();
        });
    };
    let settled = async |login: &str, id: &str, step: &str| {
        let there = stage.aws.user(&mail(login)).unwrap();
        assert_eq!((there.id.as_str(), there.active), (id, true), "{step}: the same object, and active");
        let teams: Vec<String> =
            stage.aws.groups().into_iter().filter(|g| g.members.iter().any(|m| m.id == id)).map(|g| g.display_name).collect();
        assert_eq!(teams, ["Contractor Team"], "{step}: out of the groups of the one, in those of the other");
        assert_eq!((stage.asked(Operation::DeleteUser), stage.refused()), (0, Vec::new()), "{step}");
        house.run_idle(&staff).await;
        house.run_idle(&contractors).await;
        // The new owner looks after them.
        let dn = stage.dn(login);
        stage.change(|d| d.set(&dn, "title", &[step]).unwrap());
        house.run_idle(&staff).await;
        house.run_well(&contractors).await;
        assert_eq!(stage.aws.user(&mail(login)).unwrap().attributes["title"], step);
    };
    // In a group of the first channel, so that there is a membership to end.
    let (first, second) = (0, 1);
    for at in [first, second] {
        let (dn, team) = (stage.dn(&scope[at]), stage.group_dn(&stage.aws.groups()[0].display_name));
        stage.change(|d| drop(d.add_member(&team, &dn)));
    }
    house.run_well(&staff).await;

    // The new one looks first: it leaves them to the other, who gives them away. They are active all the time.
    moves(&scope[first]);
    house.run_well(&contractors).await;
    says(&reason(house, &contractors, &mail(&scope[first])).await, &["channel ‘People’", "already"]);
    let cycle = house.run_well(&staff).await;
    assert_eq!((House::done(&cycle, ActionKind::HandOver), House::done(&cycle, ActionKind::Disable)), (1, 0), "{cycle:?}");
    assert!(stage.aws.user(&mail(&scope[first])).unwrap().active);
    house.run_well(&contractors).await;
    settled(&scope[first], &ids[first], "The new owner first").await;

    // The old one looks first: it disables them, and gives them away once the other says that they are in its scope.
    moves(&scope[second]);
    house.run_well(&staff).await;
    assert!(!stage.aws.user(&mail(&scope[second])).unwrap().active);
    house.run_well(&contractors).await;
    says(&reason(house, &contractors, &mail(&scope[second])).await, &["channel ‘People’", "inactive", "hands it over"]);
    house.run_well(&staff).await;
    let cycle = house.run_well(&contractors).await;
    assert_eq!(House::done(&cycle, ActionKind::Enable), 1, "{cycle:?}");
    settled(&scope[second], &ids[second], "The old owner first").await;

    // A channel that does not run is given nobody.
    house.service.pause_channel(&crate::house::ADMIN, &contractors.id).await.unwrap();
    moves(&scope[2]);
    let cycle = house.run_well(&staff).await;
    assert_eq!((House::done(&cycle, ActionKind::HandOver), House::done(&cycle, ActionKind::Disable)), (0, 1), "{cycle:?}");
    house.run_idle(&staff).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_moves_is_deleted_only_where_no_other_channel_has_said_that_it_has_them() {
    let stage = Stage::new(Directory::generated(31, 30, 3)).await;
    let store = stage.data_store().await;
    let (house, mut setup) = (&stage.house, stage.setup());
    setup.target.push(("remove_action", "delete".into()));
    let staff = house.channel(&store, &setup).await;
    let (users, teams) = contractors_of(&stage);
    let contractors = house.second_channel(&staff, &store, &of_group(&setup, &users, &teams), "Contractors").await;
    let scope = stage.in_scope();
    let mail = |login: &str| format!("{login}@canal.example");
    let joins = |login: &str| {
        let (dn, team) = (stage.dn(login), stage.group_dn("Contractor Team"));
        stage.change(|d| {
            d.add_member(&users, &dn).unwrap();
            d.add_member(&team, &dn).unwrap();
        });
    };
    let settled = async |login: &str, id: &str, step: &str| {
        let there = stage.aws.user(&mail(login)).unwrap_or_else(|| panic!("{step}: {login} is not there"));
        assert_eq!((there.id.as_str(), there.active), (id, true), "{step}");
        let groups = stage.aws.groups().into_iter().filter(|g| g.members.iter().any(|m| m.id == id));
        assert_eq!(groups.map(|g| g.display_name).collect::<Vec<_>>(), ["Contractor Team"], "{step}");
        assert_eq!(stage.refused(), Vec::new(), "{step}");
        for channel in [&staff, &contractors] {
            house.run_idle(channel).await;
            assert_eq!(house.detail(channel).await.setbacks, Vec::new(), "{step}");
        }
    };

    // Who is in both scopes for a while, of which the new channel has told; and who moves at once, with the new channel first. Either way
    // the old one knows, and there is nothing to delete.
    let ids: Vec<String> = scope.iter().map(|login| stage.aws.user(&mail(login)).map(|u| u.id).unwrap_or_default()).collect();
    for (at, overlaps) in [(0, true), (1, false)] {
        let login = &scope[at];
        joins(login);
        if !overlaps {
            stage.leave(&scope[at..=at]);
        }
        house.run_well(&contractors).await;
        says(&reason(house, &contractors, &mail(login)).await, &["channel ‘People’", "already"]);
        if overlaps {
            house.run_idle(&staff).await;
            stage.leave(&scope[at..=at]);
        }
        let cycle = house.run_well(&staff).await;
        assert_eq!((House::done(&cycle, ActionKind::HandOver), House::done(&cycle, ActionKind::Delete)), (1, 0), "{cycle:?}");
        house.run_well(&contractors).await;
        settled(login, &ids[at], "The new owner first").await;
    }
    assert_eq!(stage.asked(Operation::DeleteUser), 0);

    // The old channel first: nothing tells it of the other scope, so it deletes, and says so. The new one makes the person again.
    let login = &scope[2];
    joins(login);
    stage.leave(&scope[2..=2]);
    let cycle = house.run_well(&staff).await;
    assert_eq!((House::done(&cycle, ActionKind::HandOver), House::done(&cycle, ActionKind::Delete)), (0, 1), "{cycle:?}");
    let objects = house.objects(&cycle).await;
    let told = objects.iter().find(|o| o.action == ActionKind::Delete).unwrap();
    assert_eq!((told.name.as_str(), told.reason.as_str()), (mail(login).as_str(), "Left the source location."));
    assert_eq!(stage.aws.user(&mail(login)), None);
    let cycle = house.run_well(&contractors).await;
    assert_eq!(House::done(&cycle, ActionKind::Create), 1, "{cycle:?}");
    let there = stage.aws.user(&mail(login)).unwrap();
    assert_ne!(there.id, ids[2], "another account");
    settled(login, &there.id, "The old owner first").await;
    assert_eq!(stage.asked(Operation::DeleteUser), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_moves_to_another_channel_at_scim2_server() {
    let company = Company::start(40, 4).await;
    let folder = tempfile::tempdir().unwrap();
    let house = House::open(folder.path()).await;
    let store = house.data_store(&company.slapd.fields(company.slapd.addr())).await;
    let setup = company.setup();
    let staff = house.channel(&store, &setup).await;
    company.check("the first channel").await;
    let content = company.slapd.content();
    let person = company.ordinary(&content, None).remove(0);
    let other = company.ordinary(&content, None).remove(1);
    let external = anchor(&content, &person);
    let group = |name: &str| format!("cn={name},ou=Groups,{BASE}");
    for (name, member) in [("contractors", &other), ("contractor-team", &other), ("contractor-teams", &group("contractor-team"))] {
        company.slapd.change(&format!("dn: {}\nchangetype: add\nobjectClass: groupOfMembers\ncn: {name}\nmember: {member}\n", group(name)));
    }
    let contractors =
        house.second_channel(&staff, &store, &of_group(&setup, &group("contractors"), &group("contractor-teams")), "Contractors").await;
    let here = async || {
        let users = company.scim.users().await;
        let found: Vec<_> = users.into_iter().filter(|(_, user)| user["externalId"] == json!(external)).collect();
        let [(id, user)] = <[_; 1]>::try_from(found).unwrap();
        let groups = company.scim.groups().await;
        let is_in = |g: &&serde_json::Value| g["members"].as_array().is_some_and(|m| m.iter().any(|m| m["value"] == json!(id)));
        let mut groups: Vec<String> = groups.values().filter(is_in).map(|g| g["displayName"].as_str().unwrap().to_owned()).collect();
        groups.sort();
        (id, user["active"] == json!(true), groups)
    };
    let (id, active, _) = here().await;
    assert!(active);
    company.relay.take();

    company.slapd.remove_member(&company.slapd.told("users_group_dn"), &person);
    company.slapd.add_member(&group("contractors"), &person);
    company.slapd.add_member(&group("contractor-team"), &person);
    for channel in [&staff, &contractors, &staff, &contractors] {
        house.run_well(channel).await;
    }
    assert_eq!(here().await, (id, true, vec!["contractor-team".to_owned()]));
    let sent = company.relay.take();
    assert!(sent.iter().all(|e: &Exchange| e.method != "DELETE" && e.method != "POST"), "{sent:?}");
    house.run_idle(&staff).await;
    house.run_idle(&contractors).await;
    house.stop().await;
}
