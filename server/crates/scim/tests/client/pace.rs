//! The pace over the wire: what the emulator allows is found and kept, and what it asks for is given.

use std::time::{Duration, Instant};

use domain::id::TargetId;
use domain::model::plan::Outcome;
use sandbox::aws::{Effect, Fault, On, Operation, RetryAfter, Throttle, When};
use scim::Client;

use crate::aws::{create, start};
use crate::{aws_connector, bearer, client, group};

fn busy(code: u16, after: RetryAfter) -> Effect {
    Effect::Status { code, retry_after: Some(after) }
}

#[tokio::test]
async fn retry_after_is_waited_for_in_seconds_and_as_a_date() {
    let (aws, client) = start(|_| {}).await;
    // A date has whole seconds, and so has the answer's own that it is measured against.
    for (form, after) in [("seconds", RetryAfter::Seconds(1)), ("date", RetryAfter::Date { in_seconds: 2 })] {
        for code in [429, 503] {
            aws.set_faults(vec![Fault::new(On::Writes, When::Nth(1), busy(code, after))]);
            let started = Instant::now();
            create(&client, &format!("{form}{code}")).await;
            assert!(started.elapsed() >= Duration::from_millis(950), "{form} {code}: {:?}", started.elapsed());
        }
    }
    let passed = RetryAfter::Date { in_seconds: -60 };
    aws.set_faults(vec![Fault::new(On::Writes, When::Nth(1), busy(429, passed))]);
    create(&client, "passed").await;
    assert_eq!(aws.users().len(), 5);
}

#[tokio::test]
async fn a_pause_that_one_class_is_asked_for_holds_no_other() {
    let (aws, client) = start(|_| {}).await;
    let ann = create(&client, "ann").await;
    aws.set_faults(vec![Fault::new(On::Operation(Operation::CreateUser), When::Nth(1), busy(429, RetryAfter::Seconds(2)))]);
    let (creating, started) = (client.clone(), Instant::now());
    let waits = tokio::spawn(async move { create(&creating, "bob").await });
    while aws.request_log().last().is_none_or(|entry| entry.status != 429) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(client.get_user(&ann).await.expect("read").is_some());
    assert_eq!(client.delete_user(&ann).await.expect("delete").outcome, Outcome::Done);
    assert!(!waits.is_finished(), "the create still waits");
    waits.await.expect("created");
    assert!(started.elapsed() >= Duration::from_millis(1950));
}

async fn staff(client: &Client, people: usize) -> (TargetId, Vec<TargetId>) {
    let staff = client.create_group(&group("Staff")).await.expect("create").id.expect("id");
    let mut ids = Vec::new();
    for n in 0..people {
        ids.push(create(client, &format!("u{n}")).await);
    }
    (staff, ids)
}

fn throttled(memberships: f64) -> Throttle {
    Throttle { memberships_per_second: Some(memberships), writes_per_second: 10_000.0, reads_per_second: 10_000.0, ..Throttle::aws() }
}

/// AWS does not publish how many memberships a second it takes.
#[tokio::test]
async fn a_budget_of_memberships_that_nobody_told_is_found() {
    let (aws, client) = start(|config| config.throttle = Some(throttled(150.0))).await;
    let (staff, people) = staff(&client, 800).await;
    aws.clear_request_log();
    let change = client.add_members(&staff, &people).await;
    assert!(change.error.is_none() && change.failed.is_empty(), "{:?} {:?}", change.error, change.failed);
    assert_eq!(aws.group("Staff").expect("group").members.len(), 800);
    let refused = aws.request_log().iter().filter(|entry| entry.status == 429).count();
    assert!((1..=8).contains(&refused), "{refused} refusals for 8 batches");
}

#[tokio::test]
async fn a_budget_of_memberships_that_is_known_is_kept() {
    let (aws, _) = start(|config| config.throttle = Some(throttled(150.0))).await;
    let mut connector = aws_connector();
    connector.limits.memberships_per_second = 145.0;
    let client = client(connector, &aws.base_url(), bearer(&aws.token()));
    let (staff, people) = staff(&client, 350).await;
    let change = client.add_members(&staff, &people).await;
    assert_eq!((change.done.len(), change.failed.len()), (350, 0));
    let change = client.remove_members(&staff, &people).await;
    assert_eq!((change.done.len(), change.failed.len()), (350, 0));
    assert_eq!(aws.request_log().iter().filter(|entry| entry.status == 429).count(), 0);
}

#[tokio::test]
async fn an_answer_is_waited_for_as_long_as_the_channel_says() {
    let (aws, client) = start(|_| {}).await;
    let ann = create(&client, "ann").await;
    let hasty = client.with_patience(Duration::from_millis(100));
    aws.set_faults(vec![Fault::new(On::Any, When::Always, Effect::Hang)]);
    aws.clear_request_log();
    let applied = hasty.delete_user(&ann).await.expect("an outcome");
    let Outcome::Unknown { detail } = &applied.outcome else { panic!("{applied:?}") };
    assert!(detail.contains("did not answer within 0.1 s"), "{detail}");
    assert_eq!(aws.request_log().len(), 1, "a write that is not answered is not repeated within the call");
    aws.set_faults(vec![Fault::new(On::Any, When::First(2), Effect::Hang)]);
    assert!(hasty.get_user(&ann).await.expect("a read is").is_some());
    // The one it was made from waits as before.
    aws.set_faults(vec![Fault::new(On::Any, When::Always, Effect::Delay { ms: 300 })]);
    assert_eq!(client.delete_user(&ann).await.expect("in time").outcome, Outcome::Done);
}
