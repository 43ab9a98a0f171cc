//! Every operation against every fault: what comes of it in the first cycle, and how many cycles it takes until all is as the directory
//! says. One fault strikes one request of the operation; everything else goes well.

use crate::house::{ADMIN, House};
use crate::stage::Stage;
use domain::model::cycle::{Cycle, CycleState};
use domain::model::plan::ActionKind;
use sandbox::aws::{Effect, Fault, On, Operation, When};
use sandbox::directory::Directory;

/// What an operation is made to run into.
const FAULTS: [(&str, Effect); 10] = [
    ("429", Effect::Status { code: 429, retry_after: None }),
    ("500", Effect::Status { code: 500, retry_after: None }),
    ("503", Effect::Status { code: 503, retry_after: None }),
    ("time-out before commit", Effect::Hang),
    ("time-out after commit", Effect::HangAfterCommit),
    ("reset", Effect::ResetAfterCommit),
    ("malformed body", Effect::MalformedBody),
    ("401 in the middle", Effect::Unauthorized),
    ("404", Effect::Status { code: 404, retry_after: None }),
    ("409", Effect::Status { code: 409, retry_after: None }),
];

/// How the first cycle ends, the outcome of the operation in it, and the cycles it takes until nothing is left to do.
struct Expected(CycleState, &'static str, usize);

use CycleState::{Failed, Partial, Succeeded};

/// In the order of [`FAULTS`]. `-`: the cycle came to no operation.
struct Row {
    name: &'static str,
    /// Struck.
    on: Operation,
    action: ActionKind,
    expected: [Expected; 10],
}

/// A refusal of the token stops the channel; it goes on when the token is mended.
const STOPPED: Expected = Expected(Failed, "not_tried", 2);

/// A person or group that is to be changed in the directory, for the operation of a row.
type Change = fn(&Stage, usize);

async fn check(row: Row, prepare: Change, change: Change) {
    let stage = Stage::new(Directory::generated(1, 30, 2)).await;
    let mut setup = stage.setup();
    setup.info.push(("timeout_secs", "1".into()));
    let channel = stage.configure_with(&setup).await;
    let (house, mut surprises) = (&stage.house, Vec::new());
    for (n, ((fault, effect), expected)) in FAULTS.into_iter().zip(row.expected).enumerate() {
        let what = format!("{}, {fault}", row.name);
        prepare(&stage, n);
        house.converge(&channel, 3).await;
        stage.check(&format!("before {what}"));
        let there = stage.aws.users().len();

        stage.aws.set_faults(vec![Fault::new(On::Operation(row.on), When::Nth(1), effect)]);
        change(&stage, n);
        let cycles = if row.on == Operation::ListUsers {
            let before = house.newest(&channel).await;
            house.service.reset_channel(&ADMIN, &channel.id).await.unwrap();
            house.settled(&channel, before).await
        } else {
            house.run(&channel).await
        };
        let first = &cycles[0];
        let outcome = outcome(house, first, row.action).await;
        let story = house.story(first).await;

        let stopped = house.stopped_reason(&channel).await;
        assert_eq!(stopped.is_some(), effect == Effect::Unauthorized, "{what}: {stopped:?}");
        stage.aws.clear_faults();
        let count = cycles.len() + house.converge(&channel, 8).await;
        if (first.state, outcome.as_str(), count) != (expected.0, expected.1, expected.2) {
            let Expected(state, wanted, cycles) = expected;
            let came = (first.state, outcome, count);
            surprises.push(format!("{what}: {came:?} instead of {:?}\n{:?}\n{story}", (state, wanted, cycles), first.error));
        }
        stage.check(&what);
        let came = usize::from(row.action == ActionKind::Create);
        assert_eq!(stage.aws.users().len(), there + came, "{what}: nobody is there twice and nobody is lost");
        let refused = stage.refused_unprovoked();
        assert!(refused.is_empty(), "{what}: {refused:?}");
        stage.aws.clear_request_log();
        let asked = stage.aws.request_count();
        house.run_idle(&channel).await;
        assert_eq!(stage.aws.request_count(), asked, "{what}: an idle cycle asks nothing");
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

async fn outcome(house: &House, cycle: &Cycle, action: ActionKind) -> String {
    let objects = house.objects(cycle).await;
    objects.iter().find(|o| o.action == action).map_or_else(|| "-".to_owned(), |o| o.outcome.id().to_owned())
}

fn nothing(_: &Stage, _: usize) {}

/// The person whose turn it is.
fn person(stage: &Stage, n: usize) -> String {
    let logins = stage.in_scope();
    stage.dn(&logins[n % logins.len()])
}

fn group(stage: &Stage) -> String {
    let name = stage.aws.groups().remove(0).display_name;
    stage.group_dn(&name)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_the_target() {
    let expected = [
        // Asked again within the cycle.
        Expected(Succeeded, "done", 1),
        Expected(Succeeded, "done", 1),
        Expected(Succeeded, "done", 1),
        Expected(Succeeded, "done", 1),
        Expected(Succeeded, "done", 1),
        Expected(Succeeded, "done", 1),
        // A list that cannot be read is no list: nothing is planned without it.
        Expected(Failed, "-", 2),
        Expected(Failed, "-", 2),
        Expected(Failed, "-", 2),
        Expected(Failed, "-", 2),
    ];
    check(Row { name: "read", on: Operation::ListUsers, action: ActionKind::Adopt, expected }, nothing, nothing).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn creating() {
    let expected = [
        // 429 says that nothing was done, so it is sent again.
        Expected(Succeeded, "done", 1),
        // Whether it was done is not known: the next cycle looks, and creates it ...
        Expected(Partial, "unknown", 2),
        Expected(Partial, "unknown", 2),
        Expected(Partial, "unknown", 2),
        // ... or links what it finds, which a third compares with the directory.
        Expected(Partial, "unknown", 3),
        Expected(Partial, "unknown", 3),
        Expected(Partial, "unknown", 3),
        STOPPED,
        // Not what a create is answered: tried again after a minute.
        Expected(Partial, "rejected", 2),
        // Somebody is there, it says. Nobody is, so it is created.
        Expected(Partial, "conflict", 2),
    ];
    let hire = |stage: &Stage, n: usize| drop(stage.hire("New", &format!("Comer{n}"), &format!("new.comer{n}")));
    check(Row { name: "create", on: Operation::CreateUser, action: ActionKind::Create, expected }, nothing, hire).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn updating() {
    let expected = [
        // Writing it twice is writing it once, so it is sent again at once ...
        Expected(Succeeded, "done", 1),
        Expected(Succeeded, "done", 1),
        Expected(Succeeded, "done", 1),
        // ... but not after a time-out, which may come again: everything is written in the next cycle.
        Expected(Partial, "unknown", 2),
        Expected(Partial, "unknown", 2),
        Expected(Succeeded, "done", 1),
        // 200 is a success whatever follows it.
        Expected(Succeeded, "done", 1),
        STOPPED,
        // A 404 for somebody who is there when read is a refusal, tried again after a minute.
        Expected(Partial, "rejected", 2),
        Expected(Partial, "conflict", 2),
    ];
    let promote = |stage: &Stage, n: usize| {
        let dn = person(stage, n);
        stage.change(|d| d.set(&dn, "title", &[&format!("Title {n}")]).unwrap());
    };
    check(Row { name: "update", on: Operation::PatchUser, action: ActionKind::Update, expected }, nothing, promote).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn adding_members() {
    let expected = [
        Expected(Succeeded, "done", 1),
        Expected(Succeeded, "done", 1),
        Expected(Succeeded, "done", 1),
        Expected(Partial, "unknown", 2),
        Expected(Partial, "unknown", 2),
        Expected(Succeeded, "done", 1),
        Expected(Succeeded, "done", 1),
        STOPPED,
        // The group is there when read, so the 404 is about the member.
        Expected(Partial, "rejected", 2),
        Expected(Partial, "conflict", 2),
    ];
    // The person who joins was taken out before.
    let apart = |stage: &Stage, n: usize| {
        let (group, person) = (group(stage), person(stage, n));
        stage.change(|d| {
            if d.entry(&group).unwrap().members().contains(&person) {
                d.remove_member(&group, &person).unwrap();
            }
        });
    };
    let join = |stage: &Stage, n: usize| {
        let (group, person) = (group(stage), person(stage, n));
        stage.change(|d| d.add_member(&group, &person).unwrap());
    };
    check(Row { name: "add members", on: Operation::PatchGroup, action: ActionKind::AddMembers, expected }, apart, join).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn removing_members() {
    let expected = [
        Expected(Succeeded, "done", 1),
        Expected(Succeeded, "done", 1),
        Expected(Succeeded, "done", 1),
        Expected(Partial, "unknown", 2),
        Expected(Partial, "unknown", 2),
        Expected(Succeeded, "done", 1),
        Expected(Succeeded, "done", 1),
        STOPPED,
        // 404 would be what is wanted if the member were no user any more; that is looked at.
        Expected(Partial, "rejected", 2),
        Expected(Partial, "conflict", 2),
    ];
    let together = |stage: &Stage, n: usize| {
        let (group, person) = (group(stage), person(stage, n));
        stage.change(|d| {
            if !d.entry(&group).unwrap().members().contains(&person) {
                d.add_member(&group, &person).unwrap();
            }
        });
    };
    let part = |stage: &Stage, n: usize| {
        let (group, person) = (group(stage), person(stage, n));
        stage.change(|d| d.remove_member(&group, &person).unwrap());
    };
    check(Row { name: "remove members", on: Operation::PatchGroup, action: ActionKind::RemoveMembers, expected }, together, part).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disabling() {
    let expected = [
        Expected(Succeeded, "done", 1),
        Expected(Succeeded, "done", 1),
        Expected(Succeeded, "done", 1),
        Expected(Partial, "unknown", 2),
        Expected(Partial, "unknown", 2),
        Expected(Succeeded, "done", 1),
        Expected(Succeeded, "done", 1),
        STOPPED,
        // Who believed this 404 would leave the person active for good.
        Expected(Partial, "rejected", 2),
        Expected(Partial, "conflict", 2),
    ];
    let leave = |stage: &Stage, _: usize| {
        let login = stage.in_scope().remove(0);
        stage.leave(&[login]);
    };
    check(Row { name: "disable", on: Operation::PatchUser, action: ActionKind::Disable, expected }, nothing, leave).await;
}
