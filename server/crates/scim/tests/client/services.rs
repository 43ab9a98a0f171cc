//! The connectors that were written from documents: what leaves is what their service documents, and its documented answers are understood.
//! A fixture holds the exchanges of one user and one group from first to last.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use domain::model::connector::{Connector, OperationClass};
use domain::model::plan::Outcome;
use domain::model::sp_connection::RemoveAction;
use serde_json::Value;

use crate::mini::{Mini, Seen, answer};
use crate::{bearer, change, client, connector, values};

const GITHUB: (&str, &str) = (include_str!("../../../../connectors/github-emu.toml"), include_str!("../fixtures/github-emu.json"));
const SLACK: (&str, &str) = (include_str!("../../../../connectors/slack.toml"), include_str!("../fixtures/slack.json"));

fn texts(value: &Value) -> Vec<(&str, &str)> {
    let texts: BTreeMap<&str, &str> =
        value.as_object().expect("object").iter().map(|(name, value)| (name.as_str(), value.as_str().expect("text"))).collect();
    texts.into_iter().collect()
}

/// Lives through the fixture; the service answers as it says, in order.
async fn live((connector_text, fixture): (&str, &str)) {
    let fixture: Value = serde_json::from_str(fixture).expect("fixture");
    let exchanges = fixture["exchanges"].as_array().expect("exchanges").clone();
    let (left, expected) = (Arc::new(Mutex::new(exchanges.clone().into_iter())), exchanges);
    let mini = Mini::start(move |_| match left.lock().expect("lock").next() {
        Some(exchange) => answer(exchange["answer"]["status"].as_u64().expect("status") as u16, &exchange["answer"]["body"]),
        None => answer(500, &Value::Null),
    })
    .await;
    let scim = client(connector(connector_text), &mini.base, bearer("t"));
    let (user, group) = (values(&texts(&fixture["user"])), values(&texts(&fixture["group"])));
    let changed: Vec<&str> = fixture["change"].as_array().expect("change").iter().map(|text| text.as_str().expect("text")).collect();

    let mut count = 0;
    scim.list_users(&mut |_| count += 1).await.expect("list");
    assert_eq!(count, 0);
    assert_eq!(scim.find_user(&user["userName"]).await.expect("find"), None);
    let made = scim.create_user(&user, true).await.expect("create");
    let id = made.id.unwrap_or_else(|| panic!("{:?}", made.outcome));
    let mut after = user.clone();
    after.insert(changed[0].to_owned(), changed[2].to_owned());
    let changes = [change(changed[0], Some(changed[1]), Some(changed[2]))];
    assert_eq!(scim.update_user(&id, &after, true, &changes).await.expect("update").outcome, Outcome::Done);
    for active in [false, true] {
        assert_eq!(scim.set_active(&id, &after, active).await.expect("active").outcome, Outcome::Done);
    }
    assert_eq!(scim.find_group(&group["displayName"]).await.expect("find"), None);
    let team = scim.create_group(&group).await.expect("create").id.expect("id");
    assert_eq!(scim.add_members(&team, std::slice::from_ref(&id)).await.done, std::slice::from_ref(&id));
    assert_eq!(scim.remove_members(&team, std::slice::from_ref(&id)).await.done, std::slice::from_ref(&id));
    let renamed = [change("displayName", Some("Engineering"), Some("Platform"))];
    assert_eq!(scim.update_group(&team, &renamed).await.expect("rename").outcome, Outcome::Done);
    assert_eq!(scim.delete_group(&team).await.expect("delete").outcome, Outcome::Done);
    assert_eq!(scim.delete_user(&id).await.expect("delete").outcome, Outcome::Done);

    let request = |seen: &Seen| {
        let path = seen.target.strip_prefix("/scim").unwrap_or(&seen.target).to_owned();
        (seen.method.to_string(), path, seen.json())
    };
    let seen = mini.seen();
    for (seen, exchange) in seen.iter().zip(&expected) {
        let expected = &exchange["request"];
        let text = |name: &str| expected[name].as_str().expect("text").to_owned();
        assert_eq!(request(seen), (text("method"), text("path"), expected["body"].clone()));
        assert!(seen.headers["user-agent"].to_str().expect("text").starts_with("Towpath/"), "GitHub refuses requests without it");
        assert_eq!(seen.headers["authorization"], "Bearer t");
    }
    assert_eq!(seen.len(), expected.len());
}

#[tokio::test]
async fn github_is_asked_as_it_documents() {
    live(GITHUB).await;
}

#[tokio::test]
async fn slack_is_asked_as_it_documents() {
    live(SLACK).await;
}

fn read(text: &str) -> Connector {
    toml::from_str(text).expect("connector")
}

/// Most requests of a class within so many seconds.
fn most(connector: &Connector, class: OperationClass, seconds: f64) -> f64 {
    connector.limits.per_second(class) * seconds + f64::from(connector.limits.burst_of(class))
}

#[test]
fn the_limits_that_are_documented_are_kept() {
    let github = read(GITHUB.0);
    assert!(most(&github, OperationClass::CreateUser, 3600.0) <= 1_000.0, "at most 1,000 users an hour");
    let limits = &github.limits;
    assert!(limits.memberships_per_second * 3600.0 + f64::from(limits.memberships_burst) <= 1_000.0, "and members of a group");
    assert_eq!(github.options.remove_action, RemoveAction::Disable, "a deleted user is suspended for ever");
    assert!(github.retry.statuses.contains(&403));

    let slack = read(SLACK.0);
    // Requests a minute and what may come at once above them.
    use OperationClass::{ChangeMembers, CreateGroup, CreateUser, DeleteGroup, DeleteUser, GetGroup, GetUser, UpdateGroup, UpdateUser};
    for (classes, minute, burst) in [
        (vec![CreateUser], 180.0, 20.0),
        (vec![UpdateUser], 180.0, 20.0),
        (vec![DeleteUser], 180.0, 20.0),
        (vec![CreateGroup], 180.0, 20.0),
        (vec![UpdateGroup, ChangeMembers], 180.0, 80.0),
        (vec![DeleteGroup], 180.0, 20.0),
        (vec![GetUser], 300.0, 300.0),
        (vec![GetGroup], 300.0, 300.0),
    ] {
        let rate: f64 = classes.iter().map(|class| slack.limits.per_second(*class) * 60.0).sum();
        let at_once: f64 = classes.iter().map(|class| f64::from(slack.limits.burst_of(*class))).sum();
        assert!(rate <= minute && at_once <= burst, "{classes:?}: {rate} {at_once}");
    }
    let limits = &slack.limits;
    assert!(limits.all_writes_per_second * 60.0 <= 600.0 && limits.all_writes_burst <= 180);
    assert!(limits.all_reads_per_second * 60.0 <= 1_000.0 && limits.all_reads_burst <= 1_000);
    assert_eq!(slack.dialect.page_size, 1_000, "more is cut off in silence");
}
