//! The forms a request may take, one test a setting of the dialect: the bytes that leave.

use domain::model::connector::{ActiveForm, Connector, Dialect, MemberRemove, PatchForm, UpdateForm};
use domain::model::plan::Outcome;
use scim::Kind;
use serde_json::{Value, json};

use crate::mini::{Mini, answer, users};
use crate::{bearer, change, client, generic_connector, id, values};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn with(set: impl FnOnce(&mut Dialect)) -> Connector {
    let mut connector = generic_connector();
    set(&mut connector.dialect);
    connector
}

/// What a service that takes everything was asked, as method and body.
async fn sent(mini: &Mini) -> Vec<(String, Value)> {
    mini.seen().iter().map(|seen| (seen.method.to_string(), seen.json())).collect()
}

fn operations(sent: &[(String, Value)]) -> Vec<Value> {
    sent.iter().map(|(_, body)| body["Operations"].clone()).collect()
}

#[tokio::test]
async fn a_patch_without_paths_sets_everything_in_one_operation() {
    let mini = Mini::start(|_| answer(204, &Value::Null)).await;
    let scim = client(with(|dialect| dialect.patch_form = PatchForm::NoPath), &mini.base, bearer("t"));
    let after = values(&[
        ("userName", "ann"),
        ("givenName", "Ann"),
        ("familyName", "Lee"),
        ("workEmail", "w@x"),
        ("homeEmail", "h@x"),
        ("department", "IT"),
        ("manager", "6"),
    ]);
    let changes = [
        change("familyName", Some("Old"), Some("Lee")),
        change("workEmail", Some("old@x"), Some("w@x")),
        change("department", None, Some("IT")),
        change("manager", Some("5"), Some("6")),
        change("title", Some("x"), None),
        change("workPhone", Some("1"), None),
    ];
    scim.update_user(&id("u"), &after, true, &changes).await.expect("update");
    scim.set_active(&id("u"), &after, false).await.expect("disable");
    scim.update_group(&id("g"), &[change("displayName", Some("Old"), Some("New")), change("externalId", Some("e"), None)])
        .await
        .expect("rename");
    scim.add_members(&id("g"), &[id("a"), id("b")]).await;
    assert_eq!(
        operations(&sent(&mini).await),
        [
            json!([
                {"op": "replace", "value": {
                    "name": {"givenName": "Ann", "familyName": "Lee"},
                    "emails": [{"type": "work", "value": "w@x", "primary": true}, {"type": "home", "value": "h@x"}],
                    ENTERPRISE: {"department": "IT", "manager": {"value": "6"}},
                }},
                // What is removed must be named by a path (RFC 7644 section 3.5.2.2).
                {"op": "remove", "path": "title"},
                {"op": "remove", "path": "phoneNumbers"},
            ]),
            json!([{"op": "replace", "value": {"active": false}}]),
            json!([{"op": "replace", "value": {"displayName": "New"}}, {"op": "remove", "path": "externalId"}]),
            json!([{"op": "add", "value": {"members": [{"value": "a"}, {"value": "b"}]}}]),
        ]
    );
}

#[tokio::test]
async fn a_patch_by_path_names_what_it_sets() {
    let mini = Mini::start(|_| answer(200, &json!({}))).await;
    let scim = client(with(|dialect| dialect.patch_form = PatchForm::Path), &mini.base, bearer("t"));
    scim.update_user(&id("u"), &values(&[("title", "Head")]), true, &[change("title", None, Some("Head"))]).await.expect("update");
    scim.set_active(&id("u"), &values(&[]), true).await.expect("enable");
    scim.update_group(&id("g"), &[change("displayName", Some("Old"), Some("New"))]).await.expect("rename");
    scim.add_members(&id("g"), &[id("a")]).await;
    assert_eq!(
        operations(&sent(&mini).await),
        [
            json!([{"op": "replace", "path": "title", "value": "Head"}]),
            json!([{"op": "replace", "path": "active", "value": true}]),
            json!([{"op": "replace", "path": "displayName", "value": "New"}]),
            json!([{"op": "add", "path": "members", "value": [{"value": "a"}]}]),
        ]
    );
}

#[tokio::test]
async fn users_and_groups_are_patched_or_put_each_by_its_own_setting() {
    for (user, group, methods) in [
        (UpdateForm::Patch, UpdateForm::Patch, ["PATCH", "PATCH"].as_slice()),
        (UpdateForm::Put, UpdateForm::Patch, &["PUT", "PATCH"]),
        (UpdateForm::Patch, UpdateForm::Put, &["PATCH", "GET", "PUT"]),
        (UpdateForm::Put, UpdateForm::Put, &["PUT", "GET", "PUT"]),
    ] {
        let mini = Mini::start(|_| answer(200, &json!({"id": "g", "displayName": "Old"}))).await;
        let scim = client(with(|dialect| (dialect.user_update, dialect.group_update) = (user, group)), &mini.base, bearer("t"));
        let title = [change("title", None, Some("Head"))];
        scim.update_user(&id("u"), &values(&[("userName", "u"), ("title", "Head")]), true, &title).await.expect("update");
        scim.update_group(&id("g"), &[change("displayName", Some("Old"), Some("New"))]).await.expect("rename");
        let seen: Vec<_> = mini.seen().iter().map(|seen| seen.method.to_string()).collect();
        assert_eq!(seen, methods, "{user:?} {group:?}");
    }
}

#[tokio::test]
async fn active_is_a_boolean_or_a_text_wherever_it_is_sent() {
    for (form, expected) in [(ActiveForm::Boolean, json!(false)), (ActiveForm::Text, json!("false"))] {
        for patch in [PatchForm::Path, PatchForm::NoPath] {
            let mini = Mini::start(|_| answer(201, &json!({"id": "1"}))).await;
            let scim = client(with(|dialect| (dialect.active, dialect.patch_form) = (form, patch)), &mini.base, bearer("t"));
            scim.create_user(&values(&[("userName", "a")]), false).await.expect("create");
            scim.set_active(&id("1"), &values(&[]), false).await.expect("disable");
            let seen = sent(&mini).await;
            let operation = &seen[1].1["Operations"][0];
            let value = if patch == PatchForm::Path { &operation["value"] } else { &operation["value"]["active"] };
            assert_eq!((&seen[0].1["active"], value), (&expected, &expected), "{form:?} {patch:?}");
        }
    }
}

#[tokio::test]
async fn members_are_sent_in_batches_of_the_size_that_is_set() {
    for (size, batches) in [(1, vec![1, 1, 1, 1, 1]), (2, vec![2, 2, 1]), (100, vec![5])] {
        for remove in [MemberRemove::Filter, MemberRemove::ValueArray] {
            let mini = Mini::start(|_| answer(204, &Value::Null)).await;
            let connector = with(|dialect| (dialect.members_per_request, dialect.member_remove) = (size, remove));
            let scim = client(connector, &mini.base, bearer("t"));
            let members: Vec<_> = ["a", "b", "c", "d", "e"].map(id).to_vec();
            assert_eq!(scim.add_members(&id("g"), &members).await.done.len(), 5);
            assert_eq!(scim.remove_members(&id("g"), &members).await.done.len(), 5);
            let of = |operations: &Value| {
                let operations = operations.as_array().expect("operations");
                operations.iter().map(|operation| operation["value"].as_array().map_or(1, Vec::len)).sum::<usize>()
            };
            let counts: Vec<_> = operations(&sent(&mini).await).iter().map(of).collect();
            assert_eq!(counts, [batches.clone(), batches.clone()].concat(), "{size} {remove:?}");
        }
    }
}

#[tokio::test]
async fn an_existing_person_is_found_by_the_attribute_and_the_filter_that_are_set() {
    let by_email = |connector: &mut Connector| {
        connector.attributes.iter_mut().for_each(|attribute| attribute.matching = attribute.name == "workEmail");
    };
    let body = json!({"totalResults": 1, "Resources": [{"id": "7", "userName": "a", "emails": [{"type": "work", "value": "A\"@x"}]}]});
    for (template, filter) in [
        ("", r#"emails.value eq "a\"@x""#),
        (r#"emails eq "%s""#, r#"emails eq "a\"@x""#),
        (r#"emails[type eq "work" and value eq "%s"]"#, r#"emails[type eq "work" and value eq "a\"@x"]"#),
    ] {
        let body = body.clone();
        let mini = Mini::start(move |_| answer(200, &body)).await;
        let mut connector = with(|dialect| dialect.match_filter = template.into());
        by_email(&mut connector);
        let found = client(connector, &mini.base, bearer("t")).find_user("a\"@x").await.expect("find").expect("there");
        assert_eq!((found.id, found.match_value.as_str()), (id("7"), "A\"@x"));
        assert_eq!(mini.seen()[0].query("filter").as_deref(), Some(filter));
    }
}

#[tokio::test]
async fn attributes_of_a_schema_of_its_own_bring_its_urn() {
    let mini = Mini::start(|_| answer(201, &json!({"id": "1"}))).await;
    let mut connector = generic_connector();
    let urn = "urn:example:params:scim:schemas:extension:canal:2.0:User";
    let badge = &mut connector.attributes[1];
    (badge.name, badge.path) = ("badge".into(), format!("{urn}:badge"));
    let scim = client(connector, &mini.base, bearer("t"));
    scim.create_user(&values(&[("userName", "a"), ("badge", "7")]), true).await.expect("create");
    scim.update_user(&id("1"), &values(&[("badge", "8")]), true, &[change("badge", Some("7"), Some("8"))]).await.expect("update");
    let seen = sent(&mini).await;
    assert_eq!(seen[0].1["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:User", urn]));
    assert_eq!(seen[0].1[urn], json!({"badge": "7"}));
    assert_eq!(seen[1].1["Operations"], json!([{"op": "replace", "path": format!("{urn}:badge"), "value": "8"}]));
}

#[tokio::test]
async fn which_answers_are_tried_again_is_data() {
    // The answer, the statuses to retry, how often it was asked, what came of it.
    let unknown = |outcome: &Outcome| matches!(outcome, Outcome::Unknown { .. });
    for (status, statuses, times) in
        [(503, vec![503], 3), (503, vec![429], 1), (418, vec![418], 3), (418, vec![503], 1), (429, vec![503], 1)]
    {
        let mini = Mini::start(move |_| answer(status, &json!({"detail": "not now"}))).await;
        let mut connector = generic_connector();
        (connector.retry.statuses, connector.retry.attempts, connector.retry.max_ms) = (statuses.clone(), 3, 2);
        let scim = client(connector, &mini.base, bearer("t"));
        let outcome = scim.set_active(&id("1"), &values(&[]), true).await.map(|applied| applied.outcome);
        assert_eq!(mini.seen().len(), times, "{status} {statuses:?}");
        match outcome {
            Ok(Outcome::Rejected { status: said, .. }) => assert_eq!((said, times), (status, 1)),
            Err(error) => assert_eq!((error.kind(), times), (Kind::Transient, 3)),
            Ok(other) => panic!("{other:?}"),
        }
        // A create that may have been carried out is looked up first, whatever is retried.
        let created = scim.create_user(&values(&[("userName", "a")]), true).await.map(|applied| applied.outcome);
        assert_eq!(created.is_ok_and(|outcome| unknown(&outcome)), status == 503 || statuses == [418], "{status} {statuses:?}");
    }
}

#[tokio::test]
async fn a_refusal_that_is_about_a_rate_stops_nobody() {
    // 403 with Retry-After, with nothing left of the rate, and plain.
    for (header, tries) in [(Some(("retry-after", "0")), 2), (Some(("x-ratelimit-remaining", "0")), 2), (None, 1)] {
        let mini = Mini::start(move |_| {
            let mut response = answer(403, &json!({"message": "API rate limit exceeded"}));
            if let Some((name, value)) = header {
                response.headers_mut().insert(name, axum::http::HeaderValue::from_static(value));
            }
            response
        })
        .await;
        let mut connector = generic_connector();
        connector.retry.statuses.push(403);
        (connector.retry.attempts, connector.retry.max_ms) = (2, 2);
        let error = client(connector, &mini.base, bearer("t")).find_user("a").await.expect_err("refused");
        assert_eq!(mini.seen().len(), tries);
        assert_eq!(error.kind(), if tries == 2 { Kind::Transient } else { Kind::Auth }, "{error}");
    }
    // Where 403 is not among them it always is about the credentials.
    let mini = Mini::start(|_| {
        let mut response = answer(403, &json!({}));
        response.headers_mut().insert("retry-after", axum::http::HeaderValue::from_static("0"));
        response
    })
    .await;
    let error = client(generic_connector(), &mini.base, bearer("t")).find_user("a").await.expect_err("refused");
    assert_eq!((error.kind(), mini.seen().len()), (Kind::Auth, 1));
}

#[tokio::test]
async fn collections_are_where_the_paths_say() {
    let mini = Mini::start(|_| answer(200, &users(0, 0, Some(0)))).await;
    let connector = with(|dialect| {
        dialect.users_path = "/People".into();
        dialect.groups_path = "teams/".into();
    });
    let scim = client(connector, &mini.base, bearer("t"));
    scim.find_user("a").await.expect("none");
    scim.find_group("g").await.expect("none");
    let targets: Vec<_> = mini.seen().iter().map(|seen| seen.target.clone()).collect();
    assert!(targets[0].starts_with("/scim/People?filter=") && targets[1].starts_with("/scim/teams?filter="), "{targets:?}");
}
