//! A target that loses answers, is asked too much, or refuses one object: nothing is there twice, and everything arrives.

use crate::house::{House, says};
use crate::stage::{Stage, reaches};
use domain::model::cycle::{CycleState, Trigger};
use sandbox::aws::{Effect, Fault, On, Operation, RetryAfter, When};
use sandbox::directory::{Directory, NewPerson};
use std::time::Duration;

async fn small() -> Stage {
    Stage::new(Directory::generated(1, 12, 1)).await
}

fn on(operation: Operation, when: When, effect: Effect) -> Fault {
    Fault::new(On::Operation(operation), when, effect)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn creates_whose_answer_was_lost_are_found_again() {
    let stage = small().await;
    stage.aws.set_faults(vec![
        on(Operation::CreateUser, When::Nth(2), Effect::CloseAfterCommit),
        on(Operation::CreateUser, When::Nth(5), Effect::StatusAfterCommit { code: 503 }),
        on(Operation::CreateUser, When::Nth(8), Effect::MalformedBody),
        on(Operation::CreateUser, When::Nth(10), Effect::CloseBeforeCommit),
        on(Operation::CreateGroup, When::Nth(1), Effect::CloseAfterCommit),
    ]);
    let (house, channel) = (&stage.house, stage.configure().await);
    let cycles = house.detail(&channel).await.cycles;
    assert!(cycles.len() >= 2 && cycles[0].trigger == Trigger::FollowUp, "{cycles:?}");
    stage.check("after lost answers");
    assert!(!stage.refused().iter().any(|e| e.status == 409), "what may be there is looked up first: {:?}", stage.refused());
    assert_eq!(stage.aws.users().len(), 12);
    // All of them are linked: changes reach them.
    for login in stage.in_scope() {
        let dn = stage.dn(&login);
        stage.change(|d| d.set(&dn, "title", &["Found"]).unwrap());
    }
    house.run_well(&channel).await;
    stage.check("everybody changed");
    house.run_idle(&channel).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_else_made_meanwhile_is_adopted() {
    let stage = small().await;
    let (house, channel) = (&stage.house, stage.configure().await);
    let user = stage.put_user("late.comer@canal.example").await;
    let group = stage.put_group("Night Shift").await;
    let newcomer = stage.hire("Late", "Comer", "late.comer");
    stage.change(|d| {
        let group = d.add_group(&d.groups_unit(), "Night Shift").unwrap().as_name();
        d.add_member(&group, &newcomer).unwrap();
        d.add_member(&d.groups_group_dn(), &group).unwrap();
    });
    let cycles = house.run(&channel).await;
    let last = cycles.last().unwrap();
    assert_eq!(last.state, CycleState::Succeeded, "{cycles:?}\n{}", house.story(last).await);
    stage.check_state("adopted after a conflict");
    // It had to be told that they are there.
    assert_eq!(stage.refused().iter().map(|e| e.status).collect::<Vec<_>>(), [409, 409]);
    assert_eq!(stage.aws.user("late.comer@canal.example").unwrap().id, user);
    assert_eq!(stage.aws.group("Night Shift").unwrap().id, group);
    house.run_idle(&channel).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_deleted_at_the_target_is_made_again() {
    let stage = small().await;
    let (house, channel) = (&stage.house, stage.configure().await);
    let group = stage.aws.groups().remove(0);
    let member = &group.members[0];
    let login = member.user_name.split('@').next().unwrap();
    stage.delete_user(&member.id).await;
    let dn = stage.dn(login);
    stage.change(|d| d.set(&dn, "title", &["Changed"]).unwrap());
    let cycles = house.run(&channel).await;
    assert_eq!(cycles.last().unwrap().state, CycleState::Succeeded, "{cycles:?}\n{}", house.story(cycles.last().unwrap()).await);
    stage.check_state("made again, with its memberships");
    // A 404 that is believed once reading says the same.
    assert_eq!(stage.refused().iter().map(|e| (e.method.as_str(), e.status)).collect::<Vec<_>>(), [("PATCH", 404), ("GET", 404)]);
    assert_ne!(stage.aws.user(&member.user_name).unwrap().id, member.id);
    house.run_idle(&channel).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_was_deleted_at_the_target_is_made_again_with_its_members() {
    let stage = small().await;
    let (house, channel) = (&stage.house, stage.configure().await);
    let group = stage.aws.groups().remove(0);
    let dn = stage.group_dn(&group.display_name);
    stage.delete_group(&group.id).await;
    // All that the next cycle wants with it is one more member.
    let newcomer = stage.hire("Late", "Comer", "late.comer");
    stage.change(|d| d.add_member(&dn, &newcomer).unwrap());
    let cycles = house.run(&channel).await;
    assert_eq!(cycles.last().unwrap().state, CycleState::Succeeded, "{cycles:?}\n{}", house.story(cycles.last().unwrap()).await);
    stage.check_state("made again, with everybody in it");
    let made = stage.aws.group(&group.display_name).unwrap();
    assert!(made.id != group.id && made.members.len() == group.members.len() + 1, "{made:?}");
    house.run_idle(&channel).await;

    // Somebody else made one of that name meanwhile, with nobody in it: it is matched.
    stage.delete_group(&made.id).await;
    let theirs = stage.put_group(&group.display_name).await;
    stage.change(|d| d.remove_member(&dn, &newcomer).unwrap());
    house.run(&channel).await;
    stage.check_state("matched, with everybody in it");
    assert_eq!(stage.aws.group(&group.display_name).unwrap().id, theirs);
    house.run_idle(&channel).await;
    assert_eq!(house.detail(&channel).await.setbacks, Vec::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_was_deleted_at_the_target_is_noticed_when_joining_a_group() {
    let stage = small().await;
    let (house, channel) = (&stage.house, stage.configure().await);
    let group = stage.aws.groups().remove(0);
    let member = &group.members[0];
    let dn = stage.dn(member.user_name.split('@').next().unwrap());
    stage.delete_user(&member.id).await;
    // Nothing changed about the person; only another group is about them, and about others.
    stage.change(|d| {
        let group = d.add_group(&d.groups_unit(), "Night Shift").unwrap().as_name();
        let others: Vec<String> =
            d.entry(&d.users_group_dn()).unwrap().members().into_iter().filter(|other| *other != dn).take(4).collect();
        for person in others.iter().chain([&dn]) {
            d.add_member(&group, person).unwrap();
        }
        d.add_member(&d.groups_group_dn(), &group).unwrap();
    });
    let cycles = house.run(&channel).await;
    assert_eq!(cycles.last().unwrap().state, CycleState::Succeeded, "{cycles:?}\n{}", house.story(cycles.last().unwrap()).await);
    stage.check_state("made again, in both groups");
    assert_ne!(stage.aws.user(&member.user_name).unwrap().id, member.id);
    assert_eq!(house.detail(&channel).await.setbacks, Vec::new());
    house.run_idle(&channel).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_asks_for_patience_gets_it() {
    let stage = small().await;
    stage.aws.set_faults(vec![Fault::new(
        On::Writes,
        When::First(5),
        Effect::Status { code: 429, retry_after: Some(RetryAfter::Seconds(1)) },
    )]);
    let (house, channel) = (&stage.house, stage.configure().await);
    let cycles = house.detail(&channel).await.cycles;
    assert_eq!((cycles.len(), cycles[0].state), (1, CycleState::Succeeded), "{cycles:?}\n{}", house.story(&cycles[0]).await);
    stage.check("everybody arrived in one cycle");
    assert_eq!(stage.refused().iter().filter(|e| e.status == 429).count(), 5);
    let ended = cycles[0].ended_at.unwrap() - cycles[0].started_at;
    assert!(ended >= 1_000, "Retry-After was not waited for: {ended} ms");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_bad_object_does_not_hold_up_the_others() {
    let stage = small().await;
    stage.change(|d| {
        let person = NewPerson::new("Madonna", "", "madonna").with("mail", "madonna@canal.example");
        let name = d.add_person(&d.people_unit(), person).unwrap().as_name();
        d.add_member(&d.users_group_dn(), &name).unwrap();
    });
    let refused = stage.in_scope().remove(3);
    let rule = Fault::new(On::Operation(Operation::CreateUser), When::Always, Effect::Status { code: 400, retry_after: None });
    stage.aws.set_faults(vec![rule.naming(format!("\"{refused}@canal.example\""))]);
    let (house, channel) = (&stage.house, stage.configure().await);
    let cycle = house.newest(&channel).await.unwrap();
    assert_eq!(cycle.state, CycleState::Partial, "{cycle:?}");
    assert_eq!(stage.aws.users().len(), 11, "all but the one who is refused");
    let detail = house.detail(&channel).await;
    says(&detail.skipped[0].skipped.reason, &["familyName", "sn"]);
    assert_eq!(detail.skipped[0].skipped.object.name, "madonna@canal.example");
    assert_eq!((detail.setbacks.len(), detail.setbacks[0].name.as_str()), (1, format!("{refused}@canal.example").as_str()));
    assert_eq!(stage.aws.groups().len(), 1, "groups arrive in spite of it");

    // It waits, and is not asked for again and again.
    let asked = stage.aws.request_count();
    let cycle = house.run(&channel).await.pop().unwrap();
    assert_eq!((cycle.waiting, stage.aws.request_count()), (1, asked), "{cycle:?}");

    // What is mended is tried at once.
    stage.aws.clear_faults();
    let (dn, madonna) = (stage.dn(&refused), stage.dn("madonna"));
    stage.change(|d| {
        d.set(&dn, "title", &["Mended"]).unwrap();
        d.set(&madonna, "sn", &["Ciccone"]).unwrap();
    });
    house.run_well(&channel).await;
    stage.check("mended");
    assert_eq!(stage.aws.users().len(), 13);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_bad_member_is_found_and_named_and_the_others_join() {
    let stage = Stage::new(Directory::generated(1, 30, 0)).await;
    let (house, channel) = (&stage.house, stage.configure().await);
    let bad = stage.in_scope().remove(17);
    stage.change(|d| {
        let group = d.add_group(&d.groups_unit(), "Everybody").unwrap().as_name();
        for person in d.entry(&d.users_group_dn()).unwrap().members() {
            d.add_member(&group, &person).unwrap();
        }
        d.add_member(&d.groups_group_dn(), &group).unwrap();
    });
    let id = stage.aws.user(&format!("{bad}@canal.example")).unwrap().id;
    let refusal = Effect::Status { code: 400, retry_after: None };
    stage.aws.set_faults(vec![on(Operation::PatchGroup, When::Always, refusal).naming(id.clone())]);
    stage.aws.clear_request_log();
    let cycle = house.run(&channel).await.pop().unwrap();
    assert_eq!(cycle.state, CycleState::Partial, "{cycle:?}");
    assert_eq!(stage.aws.group("Everybody").unwrap().members.len(), 29, "everybody but the one");
    assert!(stage.asked(Operation::PatchGroup) <= 11, "30 members are halved five times, not asked for one by one");
    let setbacks = house.detail(&channel).await.setbacks;
    let anchor = stage.directory.directory().read(|d| d.entry(&stage.dn(&bad)).unwrap().guid().to_string());
    assert_eq!((setbacks.len(), setbacks[0].name.as_str()), (1, "Everybody"));
    says(&setbacks[0].detail, &[&anchor, "400"]);

    stage.aws.clear_faults();
    house.converge(&channel, 3).await;
    stage.check("mended");
    assert_eq!(stage.refused_unprovoked(), Vec::new());
}

/// The `towpath` command itself, killed while people are being created: nothing is finished, nothing is recorded.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_in_the_middle_of_a_sync_leaves_nothing_twice() {
    let stage = Stage::new(Directory::generated(1, 70, 3)).await;
    let store = stage.data_store().await;
    let channel = stage.house.begin_channel(&store, &stage.setup()).await;
    let Stage { directory, aws, folder, house } = stage;
    reaches(&aws, 5).await;
    house.stop().await;
    let mut towpath = std::process::Command::new(env!("CARGO_BIN_EXE_towpath"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(folder.path().join("data"))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    reaches(&aws, 30).await;
    towpath.kill().unwrap();
    towpath.wait().unwrap();
    // What was sent still arrives.
    let mut asked = 0;
    while asked != aws.request_count() {
        asked = aws.request_count();
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let before = aws.users();
    assert!(before.len() < 60, "it was not in the middle: {}", before.len());

    let house = House::open(folder.path()).await;
    let stage = Stage { directory, aws, folder, house };
    let house = &stage.house;
    let cycles = house.detail(&channel).await.cycles;
    let interrupted = cycles.iter().rev().nth(1).unwrap();
    assert_eq!(interrupted.state, CycleState::Stopped, "{interrupted:?}");
    says(interrupted.error.as_deref().unwrap(), &["was stopped", "next cycle"]);
    house.settled(&channel, Some(interrupted.clone())).await;
    stage.check("after the crash");
    for user in before {
        assert_eq!(stage.aws.user(&user.user_name).unwrap().id, user.id);
    }
    assert!(!stage.refused().iter().any(|e| e.status == 409), "what may be there is looked up first: {:?}", stage.refused());
    house.run_idle(&channel).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_never_ends_is_left_and_settled() {
    let stage = small().await;
    let mut setup = stage.setup();
    setup.info.push(("timeout_secs", "1".into()));
    stage.aws.set_faults(vec![
        on(Operation::CreateUser, When::Nth(4), Effect::Hang),
        on(Operation::PatchUser, When::Nth(1), Effect::Hang),
        on(Operation::PatchGroup, When::Nth(1), Effect::Hang),
    ]);
    let (house, channel) = (&stage.house, stage.configure_with(&setup).await);
    house.run(&channel).await;
    stage.check("a create and a membership");
    let dn = stage.dn(&stage.in_scope()[2]);
    stage.change(|d| d.set(&dn, "title", &["Patient"]).unwrap());
    house.run(&channel).await;
    house.run(&channel).await;
    stage.check("a change");
    assert!(stage.refused().iter().all(|e| e.status == 0), "{:?}", stage.refused());
    house.run_idle(&channel).await;
}
