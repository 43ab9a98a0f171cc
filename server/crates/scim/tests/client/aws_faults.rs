use std::time::{Duration, Instant};

use domain::model::plan::Outcome;
use sandbox::aws::{Effect, Fault, On, Operation, RetryAfter, Throttle, When};
use scim::{Kind, ScimError};

use crate::aws::{create, start};
use crate::{aws_connector, bearer, change, client, group, person};

fn status(code: u16, retry_after: Option<u32>) -> Effect {
    Effect::Status { code, retry_after: retry_after.map(RetryAfter::Seconds) }
}

#[tokio::test]
async fn passing_refusals_are_waited_out() {
    let (aws, client) = start(|_| {}).await;
    for code in [429, 500, 502, 503, 504, 408, 425] {
        aws.set_faults(vec![Fault::new(On::Reads, When::First(3), status(code, None))]);
        assert_eq!(client.find_user("x").await.expect("read after failures"), None, "{code}");
    }
    aws.set_faults(vec![Fault::new(On::Any, When::First(2), status(429, None))]);
    let ann = create(&client, "ann").await;
    aws.set_faults(vec![Fault::new(On::Writes, When::First(2), status(503, None))]);
    assert_eq!(client.set_active(&ann, &person("ann"), false).await.expect("disable").outcome, Outcome::Done);
    for effect in [Effect::CloseBeforeCommit, Effect::CloseAfterCommit] {
        aws.set_faults(vec![Fault::new(On::Any, When::First(2), effect)]);
        assert_eq!(client.set_active(&ann, &person("ann"), true).await.expect("enable").outcome, Outcome::Done);
    }
    assert!(aws.user("ann@example.com").expect("there").active);
}

#[tokio::test]
async fn retry_after_is_kept_and_bounded() {
    let (aws, client) = start(|_| {}).await;
    aws.set_faults(vec![Fault::new(On::Any, When::Nth(1), status(429, Some(1)))]);
    let started = Instant::now();
    create(&client, "ann").await;
    assert!(started.elapsed() >= Duration::from_millis(950), "{:?}", started.elapsed());

    aws.set_faults(vec![Fault::new(On::Any, When::Always, status(429, Some(3_600)))]);
    let started = Instant::now();
    let error = client.find_user("x").await.expect_err("too long");
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(matches!(error, ScimError::Busy { status: 429, .. }) && error.kind() == Kind::Transient, "{error:?}");
}

#[tokio::test]
async fn what_stays_broken_is_told_by_its_kind() {
    let (aws, client) = start(|_| {}).await;
    let ann = create(&client, "ann").await;
    let count = |aws: &sandbox::aws::Aws| aws.request_log().len() as u32;

    aws.set_faults(vec![Fault::new(On::Any, When::Always, status(503, None))]);
    aws.clear_request_log();
    let error = client.set_active(&ann, &person("ann"), false).await.expect_err("busy");
    assert_eq!((error.kind(), count(&aws)), (Kind::Transient, aws_connector().retry.attempts));
    assert!(error.to_string().contains("503") && error.request_id().is_some(), "{error}");

    // 500 again and again to one object is that object's.
    aws.set_faults(vec![Fault::new(On::Any, When::Always, status(500, None))]);
    let applied = client.set_active(&ann, &person("ann"), false).await.expect("an outcome");
    assert!(matches!(applied.outcome, Outcome::Rejected { status: 500, .. }), "{applied:?}");

    aws.set_faults(vec![Fault::new(On::Any, When::Always, Effect::CloseBeforeCommit)]);
    let applied = client.set_active(&ann, &person("ann"), false).await.expect("an outcome");
    assert!(matches!(applied.outcome, Outcome::Unknown { .. }), "{applied:?}");
    assert_eq!(client.find_user("x").await.expect_err("no answer").kind(), Kind::Transient);

    for code in [401, 403] {
        aws.set_faults(vec![Fault::new(On::Any, When::Always, status(code, None))]);
        aws.clear_request_log();
        assert_eq!(client.create_user(&person("bob"), true).await.expect_err("refused").kind(), Kind::Auth);
        assert_eq!(count(&aws), 1, "credentials are not tried again");
    }
    aws.clear_faults();
    let change = client.add_members(&ann, std::slice::from_ref(&ann)).await;
    assert_eq!(change.failed, [(ann.clone(), Outcome::Gone)]);
    aws.set_faults(vec![Fault::new(On::Any, When::Always, status(401, None))]);
    let change = client.add_members(&ann, std::slice::from_ref(&ann)).await;
    assert!(matches!(change.error, Some(ScimError::Refused { status: 401, .. })) && change.done.is_empty());
}

#[tokio::test]
async fn a_create_is_never_repeated_blindly() {
    let (aws, client) = start(|_| {}).await;
    let effects = [
        Effect::CloseAfterCommit,
        Effect::CloseBeforeCommit,
        Effect::StatusAfterCommit { code: 500 },
        Effect::StatusAfterCommit { code: 502 },
        Effect::StatusAfterCommit { code: 503 },
        Effect::MalformedBody,
        Effect::Hang,
    ];
    for (n, effect) in effects.into_iter().enumerate() {
        let name = format!("u{n}");
        aws.set_faults(vec![Fault::new(On::Operation(Operation::CreateUser), When::First(1), effect)]);
        aws.clear_request_log();
        let applied = client.create_user(&person(&name), true).await.expect("an outcome");
        assert!(matches!(applied.outcome, Outcome::Unknown { .. }), "{effect}: {applied:?}");
        assert_eq!(aws.request_log().len(), 1, "{effect}");
        // Looking it up tells.
        let found = client.find_user(&format!("{name}@example.com")).await.expect("find");
        assert_eq!(found.is_some(), !matches!(effect, Effect::CloseBeforeCommit | Effect::Hang), "{effect}");
    }
    // 429 says that nothing was done, but AWS has been seen to have done it.
    aws.set_faults(vec![Fault::new(On::Operation(Operation::CreateUser), When::First(1), Effect::StatusAfterCommit { code: 429 })]);
    let applied = client.create_user(&person("late"), true).await.expect("an outcome");
    assert!(matches!(&applied.outcome, Outcome::Unknown { detail } if detail.contains("409")), "{applied:?}");
    assert!(client.find_user("late@example.com").await.expect("find").is_some());

    aws.set_faults(vec![Fault::new(On::Operation(Operation::CreateGroup), When::First(1), Effect::CloseAfterCommit)]);
    assert!(matches!(client.create_group(&group("Staff")).await.expect("an outcome").outcome, Outcome::Unknown { .. }));
    assert!(client.find_group("staff").await.expect("find").is_some());
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_list() {
    let (aws, client) = start(|_| {}).await;
    create(&client, "ann").await;
    aws.set_faults(vec![Fault::new(On::Any, When::Always, Effect::MalformedBody)]);
    let error = client.list_users(&mut |_| panic!("nothing can be read")).await.expect_err("broken");
    assert!(matches!(error, ScimError::Answer { .. }) && error.to_string().contains("list users"), "{error}");
    // A write whose answer cannot be read was still answered with success.
    let ann = aws.user("ann@example.com").expect("there");
    let applied = client.set_active(&crate::id(&ann.id), &person("ann"), false).await.expect("done");
    assert_eq!(applied.outcome, Outcome::Done);
}

#[tokio::test]
async fn a_refused_filter_is_replaced_by_the_whole_list() {
    let (aws, client) = start(|_| {}).await;
    create(&client, "ann").await;
    aws.set_faults(vec![Fault::new(On::Reads, When::Always, status(400, None)).naming("filter=")]);
    assert!(client.find_user("ANN@example.com").await.expect("walked").is_some());
    assert_eq!(client.find_user("bob@example.com").await.expect("walked"), None);
    aws.set_faults(vec![Fault::new(On::Reads, When::Always, status(404, None)).naming("filter=")]);
    assert_eq!(client.find_user("ann@example.com").await.expect("404 is none"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rate_stays_below_what_aws_allows() {
    let (aws, _) = start(|config| config.throttle = Some(Throttle::aws())).await;
    let mut connector = aws_connector();
    connector.limits.writes_per_second = 24.5;
    let client = client(connector, &aws.base_url(), bearer(&aws.token()));
    let started = Instant::now();
    let creates: Vec<_> = (0..80)
        .map(|n| {
            let client = client.clone();
            tokio::spawn(async move { create(&client, &format!("u{n}")).await })
        })
        .collect();
    for create in creates {
        create.await.expect("created");
    }
    let per_second = 80.0 / started.elapsed().as_secs_f64();
    assert!((12.0..27.0).contains(&per_second), "{per_second}");
    assert_eq!(aws.users().len(), 80);
    assert_eq!(aws.request_log().iter().filter(|entry| entry.status == 429).count(), 0);

    // Twice too fast, it adapts and everything still arrives.
    let mut connector = aws_connector();
    connector.limits.writes_per_second = 60.0;
    connector.retry.base_ms = 100;
    let client = crate::client(connector, &aws.base_url(), bearer(&aws.token()));
    let updates: Vec<_> = aws
        .users()
        .into_iter()
        .map(|user| {
            let client = client.clone();
            tokio::spawn(async move {
                let change = [change("title", None, Some("x"))];
                let mut after = person("x");
                after.insert("title".to_owned(), "x".to_owned());
                client.update_user(&crate::id(&user.id), &after, true, &change).await.expect("update").outcome
            })
        })
        .collect();
    for update in updates {
        assert_eq!(update.await.expect("updated"), Outcome::Done);
    }
}
