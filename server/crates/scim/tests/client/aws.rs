use std::net::{Ipv4Addr, SocketAddr};

use domain::id::TargetId;
use domain::model::plan::Outcome;
use domain::model::report::Level;
use sandbox::aws::{Aws, AwsServer, Config, Operation, UnknownMember};
use scim::{Client, Kind, RemoteObject};
use serde_json::json;

use crate::{aws_connector, bearer, change, client, group, id, person, values};

pub async fn start(configure: impl FnOnce(&mut Config)) -> (AwsServer, Client) {
    let mut config = Config::new(|| jiff::Timestamp::now().as_millisecond());
    configure(&mut config);
    let server = AwsServer::start(Aws::new(config), SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.expect("emulator");
    let client = client(aws_connector(), &server.base_url(), bearer(&server.token()));
    (server, client)
}

pub async fn create(client: &Client, name: &str) -> TargetId {
    let applied = client.create_user(&person(name), true).await.expect("create");
    assert_eq!(applied.outcome, Outcome::Done);
    assert!(applied.request_id.is_some());
    applied.id.expect("id")
}

async fn create_group(client: &Client, name: &str) -> TargetId {
    client.create_group(&group(name)).await.expect("create").id.expect("id")
}

fn names(aws: &Aws, group: &str) -> Vec<String> {
    aws.group(group).expect("group").members.into_iter().map(|member| member.user_name).collect()
}

#[tokio::test]
async fn a_user_lives_a_whole_life() {
    let (aws, client) = start(|_| {}).await;
    let boss = create(&client, "boss").await;
    let ann = create(&client, "ann").await;

    let mut after = person("ann");
    after.extend(values(&[
        ("userName", "ann.new@example.com"),
        ("workEmail", "ann.new@example.com"),
        ("title", "Ænð \"quoted\" \\ 漢"),
        ("department", "IT"),
        ("phone", "+1 5"),
        ("streetAddress", "1 Way"),
        ("locality", "Town"),
        ("middleName", "M"),
        ("manager", &boss.0),
    ]));
    let changes = [
        change("userName", Some("ann@example.com"), Some("ann.new@example.com")),
        change("workEmail", Some("ann@example.com"), Some("ann.new@example.com")),
        change("title", None, Some("Ænð \"quoted\" \\ 漢")),
        change("department", None, Some("IT")),
        change("phone", None, Some("+1 5")),
        change("streetAddress", None, Some("1 Way")),
        change("locality", None, Some("Town")),
        change("middleName", None, Some("M")),
        change("manager", None, Some(&boss.0)),
    ];
    let applied = client.update_user(&ann, &after, true, &changes).await.expect("update");
    assert_eq!(applied.outcome, Outcome::Done, "{applied:?}");
    let read = client.get_user(&ann).await.expect("get").expect("there");
    assert_eq!((&read.values, read.active), (&after, true));
    let kept = aws.user("ann.new@example.com").expect("renamed").attributes;
    assert_eq!(kept["emails"], json!([{"value": "ann.new@example.com", "type": "work", "primary": true}]));

    // Every optional value can be taken away again.
    let changes: Vec<_> = changes[2..].iter().map(|c| change(&c.attribute, c.to.as_deref(), None)).collect();
    let mut bare = after.clone();
    changes.iter().for_each(|c| drop(bare.remove(&c.attribute)));
    assert_eq!(client.update_user(&ann, &bare, true, &changes).await.expect("clear").outcome, Outcome::Done);
    assert_eq!(client.get_user(&ann).await.expect("get").expect("there").values, bare);

    for active in [false, true] {
        assert_eq!(client.set_active(&ann, &bare, active).await.expect("active").outcome, Outcome::Done);
        assert_eq!(aws.user("ann.new@example.com").expect("there").active, active);
    }
    // No change costs no call.
    let before = aws.request_count();
    assert_eq!(client.update_user(&ann, &bare, true, &[]).await.expect("nothing").outcome, Outcome::Done);
    assert_eq!(aws.request_count(), before);

    for _ in 0..2 {
        assert_eq!(client.delete_user(&ann).await.expect("delete").outcome, Outcome::Done);
    }
    assert_eq!(aws.users().len(), 1);
    assert_eq!(client.get_user(&ann).await.expect("get"), None);
    assert_eq!(client.set_active(&ann, &bare, true).await.expect("gone").outcome, Outcome::Gone);
}

#[tokio::test]
async fn users_are_created_inactive_and_refusals_are_outcomes() {
    let (aws, client) = start(|_| {}).await;
    client.create_user(&person("ann"), false).await.expect("create");
    assert!(!aws.user("ann@example.com").expect("there").active);

    let again = client.create_user(&person("ann"), true).await.expect("conflict");
    assert!(matches!(&again.outcome, Outcome::Conflict { detail } if detail.contains("duplicate")), "{again:?}");
    assert!(again.request_id.is_some());

    let mut bad = person("bob");
    bad.insert("givenName".to_owned(), "B\u{200b}ob".to_owned());
    let applied = client.create_user(&bad, true).await.expect("rejected");
    assert!(matches!(&applied.outcome, Outcome::Rejected { status: 400, detail } if detail.contains("name.givenName")), "{applied:?}");
    bad.remove("givenName");
    assert!(matches!(client.create_user(&bad, true).await.expect("rejected").outcome, Outcome::Rejected { status: 400, .. }));
    assert_eq!(aws.users().len(), 1);
}

#[tokio::test]
async fn people_are_found_whatever_their_name() {
    let (_aws, client) = start(|_| {}).await;
    for name in ["o'brien+x", "a\"b\\c", "größe&?#%", "simple"] {
        let mut wanted = person("x");
        wanted.extend(values(&[("userName", name), ("workEmail", &format!("{}@x.test", name.len())), ("externalId", name)]));
        let made = client.create_user(&wanted, true).await.expect("create");
        assert_eq!(made.outcome, Outcome::Done, "{name}");
        let found = client.find_user(name).await.expect("find").expect(name);
        assert_eq!((Some(&found.id), &found.values, found.match_value.as_str()), (made.id.as_ref(), &wanted, name));
    }
    assert!(client.find_user("SIMPLE").await.expect("find").is_some());
    assert_eq!(client.find_user("nobody").await.expect("find"), None);
}

#[tokio::test]
async fn lists_are_walked_to_their_end() {
    for page_limit in [None, Some(7)] {
        let (aws, client) = start(|config| config.page_limit = page_limit).await;
        for n in 0..205 {
            create(&client, &format!("u{n}")).await;
        }
        aws.clear_request_log();
        let mut seen: Vec<RemoteObject> = Vec::new();
        client.list_users(&mut |user| seen.push(user)).await.expect("list");
        assert_eq!(seen.len(), 205);
        assert_eq!(seen[0].values, person("u0"));
        assert_eq!(aws.request_log().len(), page_limit.map_or(3, |limit| 205_usize.div_ceil(limit)));

        create_group(&client, "Staff & “Co”").await;
        let mut groups = Vec::new();
        client.list_groups(&mut |group| groups.push(group)).await.expect("groups");
        assert_eq!((groups.len(), groups[0].members.as_ref()), (1, None));
        assert_eq!(client.find_group("Staff & “Co”").await.expect("find").expect("there").values, group("Staff & “Co”"));
    }
}

#[tokio::test]
async fn members_come_and_go_in_batches() {
    let (aws, client) = start(|_| {}).await;
    let staff = create_group(&client, "Staff").await;
    let mut people = Vec::new();
    for n in 0..230 {
        people.push(create(&client, &format!("u{n}")).await);
    }
    aws.clear_request_log();
    let change = client.add_members(&staff, &people).await;
    assert!(change.error.is_none() && change.failed.is_empty() && change.request_id.is_some());
    assert_eq!((change.done, aws.request_log().len()), (people.clone(), 3));
    assert_eq!(names(&aws, "Staff").len(), 230);

    aws.clear_request_log();
    let change = client.remove_members(&staff, &people[..150]).await;
    assert_eq!((change.done.len(), change.failed.len(), aws.request_log().len()), (150, 0, 2));
    assert_eq!(names(&aws, "Staff").len(), 80);
    // Twice is once.
    assert_eq!(client.remove_members(&staff, &people[..3]).await.done.len(), 3);
    assert_eq!(client.add_members(&staff, &people[200..]).await.done.len(), 30);
    assert_eq!(names(&aws, "Staff").len(), 80);
}

#[tokio::test]
async fn one_unknown_member_does_not_fail_the_others() {
    for unknown in [UnknownMember::NotFound, UnknownMember::Invalid] {
        let (aws, client) = start(|config| config.unknown_member = unknown).await;
        let staff = create_group(&client, "Staff").await;
        let mut people = Vec::new();
        for n in 0..20 {
            people.push(create(&client, &format!("u{n}")).await);
        }
        let ghost = id("00000000-0000-4000-8000-000000000000");
        people.insert(13, ghost.clone());
        aws.clear_request_log();
        let change = client.add_members(&staff, &people).await;
        assert_eq!(names(&aws, "Staff").len(), 20);
        assert_eq!((change.done.len(), change.failed.len()), (20, 1));
        assert_eq!(change.failed[0].0, ghost);
        assert!(aws.request_log().len() <= 13, "{}", aws.request_log().len());

        let change = client.remove_members(&staff, &people).await;
        assert_eq!(names(&aws, "Staff"), Vec::<String>::new());
        assert_eq!(change.done.len() + change.failed.len(), 21);
    }
}

#[tokio::test]
async fn a_group_lives_a_whole_life() {
    let (aws, client) = start(|_| {}).await;
    let staff = create_group(&client, "Staff").await;
    let ann = create(&client, "ann").await;
    let changes = [change("displayName", Some("Staff"), Some("All \"Staff\"")), change("externalId", Some("guid-Staff"), Some("other"))];
    assert_eq!(client.update_group(&staff, &changes).await.expect("rename").outcome, Outcome::Done);
    assert_eq!(aws.group("All \"Staff\"").expect("renamed").external_id.as_deref(), Some("other"));
    assert!(matches!(client.create_group(&group("All \"Staff\"")).await.expect("taken").outcome, Outcome::Conflict { .. }));

    for _ in 0..2 {
        assert_eq!(client.delete_group(&staff).await.expect("delete").outcome, Outcome::Done);
    }
    assert_eq!(client.update_group(&staff, &changes).await.expect("gone").outcome, Outcome::Gone);
    let people = vec![ann; 150];
    aws.clear_request_log();
    let change = client.add_members(&staff, &people).await;
    assert_eq!((change.done.len(), change.failed.len()), (0, 150));
    assert!(change.failed.iter().all(|(_, outcome)| *outcome == Outcome::Gone));
    // One refused PATCH and one look at the group, not a search for the guilty member.
    assert_eq!(
        aws.request_log().iter().map(|entry| entry.operation).collect::<Vec<_>>(),
        [Some(Operation::PatchGroup), Some(Operation::GetGroup)]
    );
}

#[tokio::test]
async fn the_base_url_works_with_and_without_its_slash() {
    let (aws, _) = start(|_| {}).await;
    let bare = aws.base_url().trim_end_matches('/').to_owned();
    for base in [bare.clone(), format!("{bare}/"), format!("  {bare}// ")] {
        let client = client(aws_connector(), &base, bearer(&format!(" {}\n", aws.token())));
        assert_eq!(client.find_user("x").await.expect("find"), None);
    }
    assert!(aws.request_log().iter().all(|entry| entry.path == "/Users"));
}

#[tokio::test]
async fn test_connection_tells_what_it_found() {
    let (aws, good) = start(|_| {}).await;
    create(&good, "ann").await;
    let before = aws.revision();
    let report = good.test_connection().await;
    assert!(report.passed(), "{report:#?}");
    let text = format!("{report:?}");
    for words in
        ["Connected to 127.0.0.1", "Plain http", "credentials are accepted", "1 user.", "0 groups", "PATCH supported", "bulk not supported"]
    {
        assert!(text.contains(words), "{words}: {report:#?}");
    }
    assert_eq!(aws.revision(), before);

    let failed = |report: domain::model::report::Report| {
        let line = report.lines.into_iter().find(|line| line.level == Level::Failed).expect("a failure");
        line.found
    };
    let bad_token = client(aws_connector(), &aws.base_url(), bearer("wrong-secret"));
    let found = failed(bad_token.test_connection().await);
    assert!(found.contains("401") && found.contains("Enter a new token") && !found.contains("wrong-secret"), "{found}");
    let error = bad_token.find_user("x").await.expect_err("refused");
    assert_eq!((error.kind(), error.request_id().is_some()), (Kind::Auth, true));

    let wrong_path = client(aws_connector(), &format!("{}x", aws.base_url()), bearer(&aws.token()));
    assert!(failed(wrong_path.test_connection().await).contains("40"), "a wrong path");

    let base = aws.base_url();
    aws.stop().await;
    let found = failed(client(aws_connector(), &base, bearer("x")).test_connection().await);
    assert!(found.contains("refused the connection"), "{found}");
}
