//! Honest mistakes of administrators: a group renamed, a unit moved, a filter that matches nobody. The directory answers well and in full,
//! and still nobody may lose anything before somebody says so.

use crate::house::{Channel, House, says};
use crate::stage::Stage;
use domain::model::cycle::{Cycle, CycleState};
use domain::model::plan::{ActionKind, Guard};
use sandbox::directory::Directory;

/// What AWS has, so that a change of any kind is seen.
fn untouched(stage: &Stage, before: (u64, u64), cycles: &[Cycle]) {
    assert_eq!((stage.aws.revision(), stage.aws.request_count()), before, "{cycles:?}");
}

fn state(stage: &Stage) -> (u64, u64) {
    (stage.aws.revision(), stage.aws.request_count())
}

fn why(cycle: &Cycle) -> String {
    let held = cycle.held_reasons.iter().map(|(_, text)| text.as_str());
    cycle.error.iter().map(String::as_str).chain(held).collect::<Vec<_>>().join(" ")
}

async fn company() -> (Stage, Channel) {
    let stage = Stage::new(Directory::generated(11, 40, 4)).await;
    let channel = stage.configure().await;
    stage.check("the first cycle");
    (stage, channel)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_dn_whose_group_is_renamed_removes_nobody() {
    for which in [Directory::users_group_dn, Directory::groups_group_dn] {
        let (stage, channel) = company().await;
        let house = &stage.house;
        let before = state(&stage);
        let old = stage.directory.directory().read(which);
        stage.change(|d| d.rename(&old, "Renamed By A Colleague").unwrap());
        let cycles = house.run(&channel).await;
        let last = cycles.last().unwrap();
        assert!(matches!(last.state, CycleState::Failed | CycleState::Held), "{last:?}");
        says(&why(last), &[&old]);
        untouched(&stage, before, &cycles);
        // A group in scope that is renamed is renamed at AWS, and keeps its members.
        stage.change(|d| {
            let now = d.groups().find(|g| g.value("cn").as_deref() == Some("Renamed By A Colleague")).unwrap().dn();
            let name = old.split(',').next().unwrap().trim_start_matches("CN=").to_owned();
            d.rename(&now, &name).unwrap();
        });
        house.run_idle(&channel).await;
        stage.check("called as before");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_in_scope_that_is_renamed_keeps_its_members() {
    let (stage, channel) = company().await;
    let group = stage.aws.groups().into_iter().max_by_key(|g| g.members.len()).unwrap();
    assert!(!group.members.is_empty());
    let dn = stage.group_dn(&group.display_name);
    stage.change(|d| d.rename(&dn, "Another Name").unwrap());
    let cycle = stage.house.run_well(&channel).await;
    assert_eq!((House::done(&cycle, ActionKind::Update), cycle.touched()), (1, 1), "{}", stage.house.story(&cycle).await);
    let now = stage.aws.group("Another Name").unwrap();
    assert_eq!((&now.id, now.members.len()), (&group.id, group.members.len()));
    stage.check("renamed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_that_is_moved_takes_nobody_along() {
    let (stage, channel) = company().await;
    let house = &stage.house;
    let before = state(&stage);
    let (people, base) = stage.directory.directory().read(|d| (d.people_unit(), d.base_dn()));
    // Within the Base DN every name changes and nobody does.
    let inner = stage.change(|d| {
        let branch = d.add_unit(&base, "Branch").unwrap().as_name();
        d.move_to(&people, &branch).unwrap();
        branch
    });
    house.run_idle(&channel).await;
    untouched(&stage, before, &[]);
    stage.check("moved");

    // A Base DN that is above the people no more: they are out of what is looked at, all at once.
    let location = [("base_dn", format!("OU=Elsewhere,{base}"))];
    stage.change(|d| d.add_unit(&base, "Elsewhere").unwrap());
    let cycles = house.edit(&channel, "source-location", &location).await;
    let last = cycles.last().unwrap();
    assert!(matches!(last.state, CycleState::Failed | CycleState::Held), "{last:?}");
    assert!(!why(last).is_empty());
    untouched(&stage, before, &cycles);
    house.edit(&channel, "source-location", &[("base_dn", base)]).await;
    house.run_idle(&channel).await;
    assert!(stage.directory.directory().read(|d| d.entry(&inner).is_some()));
    stage.check("nobody was lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_that_matches_nobody_is_held_and_rejected() {
    let stage = Stage::new(Directory::generated(12, 40, 3)).await;
    let mut setup = stage.setup();
    setup.location.retain(|(name, _)| !name.starts_with("users."));
    setup.location.push(("users.filter", "(mail=*)".into()));
    let (house, channel) = (&stage.house, stage.configure_with(&setup).await);
    let before = state(&stage);
    let everybody = stage.aws.users().iter().filter(|u| u.active).count();
    assert!(everybody > 30);
    let cycles = house.edit(&channel, "source-location", &[("users.filter", "(department=No Such Department)".into())]).await;
    let last = cycles.last().unwrap();
    assert_eq!((last.state, last.held_reasons[0].0), (CycleState::Held, Guard::NobodyFound), "{last:?}");
    says(&last.held_reasons[0].1, &["found nobody", &everybody.to_string(), "Source Location"]);
    untouched(&stage, before, &cycles);
    // Rejected: no cycle asks again, and none does it.
    house.reject(&channel).await;
    let cycle = house.run(&channel).await.pop().unwrap();
    assert!(cycle.held_reasons.iter().any(|(guard, _)| *guard == Guard::Rejected), "{cycle:?}");
    assert_eq!(stage.aws.users().iter().filter(|u| u.active).count(), everybody);
    // Nor do half of them leave at once.
    let half = "(|(mail=user00000*)(mail=user00001*))";
    house.edit(&channel, "source-location", &[("users.filter", half.into())]).await;
    assert_eq!(stage.aws.users().iter().filter(|u| u.active).count(), everybody, "still too many");
    house.edit(&channel, "source-location", &[("users.filter", "(mail=*)".into())]).await;
    house.run(&channel).await;
    assert_eq!(stage.aws.users().iter().filter(|u| u.active).count(), everybody);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_has_limits_and_protected_people_of_its_own() {
    let stage = Stage::new(Directory::generated(13, 30, 2)).await;
    let (house, channel) = (&stage.house, stage.configure().await);
    let scope = stage.in_scope();
    let mail = |login: &str| format!("{login}@canal.example");
    let settings = [("max_removals", "0".into()), ("max_removals_percent", "0".into()), ("protected", format!("{}\n", mail(&scope[0])))];
    house.edit(&channel, "guards", &settings).await;
    stage.leave(&scope[..2]);
    let cycle = house.run(&channel).await.pop().unwrap();
    assert_eq!((cycle.state, cycle.held), (CycleState::Held, 1), "{cycle:?}");
    says(&cycle.held_reasons[0].1, &["1 of 30 people", "the limit is 0"]);
    let cycle = house.approve(&channel).await.pop().unwrap();
    assert_eq!((cycle.state, House::done(&cycle, ActionKind::Disable)), (CycleState::Succeeded, 1), "{}", house.story(&cycle).await);
    let kept = stage.aws.user(&mail(&scope[0])).unwrap();
    assert!(kept.active && !stage.aws.user(&mail(&scope[1])).unwrap().active);
    let skipped = house.detail(&channel).await.skipped;
    says(&skipped.iter().find(|s| s.skipped.object.name == mail(&scope[0])).unwrap().skipped.reason, &["Left", "Protected by"]);
    house.run_idle(&channel).await;
    // The protection ends, and the limits let one go.
    house.edit(&channel, "guards", &[("max_removals", "1".into()), ("protected", String::new())]).await;
    assert!(!stage.aws.user(&mail(&scope[0])).unwrap().active);
    stage.check("both left");
}
