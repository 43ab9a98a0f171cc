//! Too many removals wait for a person; everything else flows.

use crate::house::{ADMIN, House, says};
use crate::stage::Stage;
use domain::model::cycle::CycleState;
use domain::model::plan::{ActionKind, Guard};
use sandbox::directory::Directory;

fn inactive(stage: &Stage) -> usize {
    stage.aws.users().iter().filter(|u| !u.active).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_leavers_wait_for_approval_and_everything_else_flows() {
    let stage = Stage::new(Directory::generated(1, 70, 2)).await;
    let (house, channel) = (&stage.house, stage.configure().await);
    stage.check("the first cycle");
    let scope = stage.in_scope();
    let (first, rest) = scope.split_at(11);
    stage.leave(first);
    stage.hire("New", "Comer", "new.comer");
    let dn = stage.dn(&rest[0]);
    stage.change(|d| d.set(&dn, "title", &["Guardian"]).unwrap());

    let cycle = house.run(&channel).await.pop().unwrap();
    assert_eq!((cycle.state, cycle.held), (CycleState::Held, 11), "{cycle:?}\n{}", house.story(&cycle).await);
    assert_eq!(cycle.held_reasons[0].0, Guard::TooManyRemovals);
    says(&cycle.held_reasons[0].1, &["11", "people", "approval"]);
    assert_eq!(inactive(&stage), 0);
    assert!(stage.aws.user("new.comer@canal.example").is_some(), "creates flow");
    assert_eq!(stage.aws.user(&format!("{}@canal.example", rest[0])).unwrap().attributes["title"], "Guardian", "updates flow");
    let held = house.detail(&channel).await.held;
    assert_eq!(held.len(), 11);
    assert!(held.iter().all(|op| op.action.kind() == ActionKind::Disable && op.object.name.contains('@')), "{held:?}");

    // It stays so, and nothing is asked twice.
    let cycle = house.run(&channel).await.pop().unwrap();
    assert_eq!((cycle.state, cycle.held, cycle.touched(), inactive(&stage)), (CycleState::Held, 11, 0, 0));

    let cycle = house.approve(&channel).await.pop().unwrap();
    assert_eq!(cycle.state, CycleState::Succeeded, "{cycle:?}\n{}", house.story(&cycle).await);
    assert_eq!((House::done(&cycle, ActionKind::Disable), inactive(&stage)), (11, 11));
    stage.check("approved");
    says(&House::refusal(house.service.approve_channel(&ADMIN, &channel.id).await), &["held"]);

    // The leave was for those eleven only.
    stage.leave(&rest[1..12]);
    let cycle = house.run(&channel).await.pop().unwrap();
    assert_eq!((cycle.state, cycle.held, inactive(&stage)), (CycleState::Held, 11, 11), "{cycle:?}");

    // Rejected, they stay, and do not count against the next leaver.
    let cycle = house.reject(&channel).await.pop().unwrap();
    assert_eq!((cycle.held, inactive(&stage)), (11, 11), "{cycle:?}");
    stage.leave(&rest[12..13]);
    let cycle = house.run(&channel).await.pop().unwrap();
    assert!(cycle.held_reasons.iter().any(|(guard, _)| *guard == Guard::Rejected), "{cycle:?}");
    assert_eq!(inactive(&stage), 12, "who was rejected stays, and one more leaver is no mass: {cycle:?}");
    let dn = stage.dn(&rest[1]);
    stage.change(|d| d.add_member(&d.users_group_dn(), &dn).unwrap());
    let cycle = house.run(&channel).await.pop().unwrap();
    assert_eq!((cycle.held, inactive(&stage)), (10, 12), "who came back is held no longer: {cycle:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_would_lose_most_of_its_members_is_held() {
    let stage = Stage::new(Directory::generated(1, 30, 0)).await;
    let group = stage.change(|d| {
        let group = d.add_group(&d.groups_unit(), "Everybody").unwrap().as_name();
        d.add_member(&d.groups_group_dn(), &group).unwrap();
        for person in d.entry(&d.users_group_dn()).unwrap().members() {
            d.add_member(&group, &person).unwrap();
        }
        group
    });
    let (house, channel) = (&stage.house, stage.configure().await);
    stage.check("the first cycle");
    stage.change(|d| {
        for person in d.entry(&group).unwrap().members().into_iter().take(20) {
            d.remove_member(&group, &person).unwrap();
        }
    });
    let cycle = house.run(&channel).await.pop().unwrap();
    assert_eq!((cycle.state, cycle.held_reasons[0].0), (CycleState::Held, Guard::GroupLoss), "{cycle:?}");
    says(&cycle.held_reasons[0].1, &["Everybody", "20 of 30"]);
    assert_eq!(stage.aws.group("Everybody").unwrap().members.len(), 30);
    house.approve(&channel).await;
    assert_eq!(stage.aws.group("Everybody").unwrap().members.len(), 10);
    stage.check("approved");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_stays_held_while_changes_alone_are_read() {
    let stage = Stage::new(Directory::generated(1, 70, 2)).await;
    let (house, channel) = (&stage.house, stage.configure().await);
    let number = async || {
        let mark = house.detail(&channel).await.glance.state.watermark.expect("a watermark");
        mark.value.parse::<u64>().unwrap()
    };
    let scope = stage.in_scope();
    // Disabled in the directory, and out of scope: their links say of both that they are wanted.
    for login in &scope[..11] {
        let dn = stage.dn(login);
        stage.change(|d| d.set(&dn, "userAccountControl", &["514"]).unwrap());
    }
    stage.leave(&scope[11..14]);
    let before = number().await;
    let cycle = house.run(&channel).await.pop().unwrap();
    assert_eq!((cycle.state, cycle.held, inactive(&stage)), (CycleState::Held, 14, 0), "{cycle:?}");
    let held_at = number().await;
    assert!(held_at > before, "what was read once is not read again: {before}, {held_at}");

    // Their entries do not change any more, others do.
    let titled = stage.dn(&scope[20]);
    stage.change(|d| d.set(&titled, "title", &["Guardian"]).unwrap());
    for (step, touched) in [("a title", 1), ("nothing", 0)] {
        let cycle = house.run(&channel).await.pop().unwrap();
        assert!(!cycle.coverage.users.full, "{step}: {:?}", cycle.coverage);
        assert_eq!((cycle.state, cycle.held, cycle.touched(), inactive(&stage)), (CycleState::Held, 14, touched, 0), "{step}: {cycle:?}");
    }
    assert!(number().await > held_at);
    let full = house.compare(&channel).await;
    assert_eq!((full.held, full.coverage.users.full), (14, true), "a comparison of everything holds the same");
    assert!(!house.run(&channel).await.pop().unwrap().coverage.users.full, "and is over");

    // Of those who come back nothing is held any more.
    let back = stage.dn(&scope[0]);
    stage.change(|d| d.set(&back, "userAccountControl", &["512"]).unwrap());
    let cycle = house.run(&channel).await.pop().unwrap();
    assert_eq!((cycle.held, cycle.coverage.users.full), (13, false), "{cycle:?}");
    let cycle = house.approve(&channel).await.pop().unwrap();
    assert_eq!((cycle.state, inactive(&stage)), (CycleState::Succeeded, 13), "{cycle:?}\n{}", house.story(&cycle).await);
    stage.check("approved");
    house.run_idle(&channel).await;
}
