//! `CreateGroup`, `GetGroup`, `PatchGroup`, `DeleteGroup`.

use serde_json::{Value, json};

use crate::api::{Api, GROUP, PATCH, group, values};

fn add<S: AsRef<str>>(ids: &[S]) -> Value {
    json!([{ "op": "add", "path": "members", "value": values(ids) }])
}

fn remove<S: AsRef<str>>(ids: &[S]) -> Value {
    json!([{ "op": "remove", "path": "members", "value": values(ids) }])
}

async fn add_users(api: &Api, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for n in 0..count {
        ids.push(api.add_user(&format!("u{n}@example.com")).await);
    }
    ids
}

#[tokio::test]
async fn create_and_get_never_show_members() {
    let api = Api::new();
    let users = add_users(&api, 2).await;
    let mut body = group("G");
    body["externalId"] = json!("x1");
    body["members"] = json!([{ "value": users[0], "type": "User", "$ref": "../Users/1" }, { "value": users[1] }]);
    let reply = api.post("/Groups", body).await.expect(201);
    let shown = json!({
        "id": reply.id(),
        "externalId": "x1",
        "meta": { "resourceType": "Group", "created": "2026-03-01T10:20:30Z", "lastModified": "2026-03-01T10:20:30Z" },
        "schemas": [GROUP],
        "displayName": "G",
    });
    assert_eq!(reply.body, shown);
    assert_eq!(api.get(&format!("/Groups/{}", reply.id())).await.expect(200).body, shown);
    assert_eq!(api.get("/Groups").await.expect(200).body["Resources"][0]["members"], json!([]));
    assert_eq!(api.members("G"), ["u0@example.com", "u1@example.com"]);
}

#[tokio::test]
async fn create_rules() {
    let api = Api::new();
    api.post("/Groups", json!({ "schemas": [GROUP] })).await.refused(400, "'displayName'");
    api.post("/Groups", group("")).await.refused(400, "'displayName'");
    api.post("/Groups", json!({ "displayName": "G" })).await.refused(400, "schemas");
    let with = |name: &str, value: Value| {
        let mut body = group("G");
        body[name] = value;
        body
    };
    api.post("/Groups", with("owner", json!("x"))).await.refused(400, "owner");
    api.post("/Groups", with("members", values(&["none"]))).await.refused(404, "USER does not exist.");
    api.post("/Groups", with("members", json!([{ "value": "x", "type": "Group" }]))).await.refused(400, "nested");
    api.post("/Groups", with("members", json!([{ "value": "" }]))).await.refused(400, "'members.value'");
    api.post("/Groups", with("members", json!("x"))).await.refused(400, "list");
    let users = add_users(&api, 101).await;
    api.post("/Groups", with("members", values(&users))).await.refused(400, "less than or equal to 100");
    assert!(api.aws.groups().is_empty());
    api.post("/Groups", with("members", values(&users[..100]))).await.expect(201);
    assert_eq!(api.members("G").len(), 100);
}

#[tokio::test]
async fn characters_and_lengths() {
    let api = Api::new();
    let path = format!("/Groups/{}", api.add_group("G").await);
    for text in ["", "a\u{200b}", "a\u{0007}", "a\u{a0}b", &"x".repeat(1025)] {
        for name in ["displayName", "externalId"] {
            let mut body = group("H");
            body[name] = json!(text);
            api.post("/Groups", body).await.refused(400, &format!("'{name}'"));
            api.patch(&path, json!([{ "op": "replace", "path": name, "value": text }])).await.refused(400, &format!("'{name}'"));
            api.patch(&path, json!([{ "op": "replace", "value": { name: text } }])).await.refused(400, &format!("'{name}'"));
        }
    }
    api.post("/Groups", group(&"x".repeat(1024))).await.expect(201);
    api.post("/Groups", group("Größe & <Co>\t名")).await.expect(201);
    assert_eq!(api.aws.groups().len(), 3);
}

#[tokio::test]
async fn names_and_external_ids_are_unique() {
    let api = Api::new();
    let mut body = group("G");
    body["externalId"] = json!("x1");
    api.post("/Groups", body.clone()).await.expect(201);
    let duplicate = "Refused to create a new, duplicate resource.";
    api.post("/Groups", group("g")).await.refused(409, duplicate);
    body["displayName"] = json!("H");
    api.post("/Groups", body).await.refused(409, duplicate);
    let other = api.add_group("H").await;
    let path = format!("/Groups/{other}");
    api.patch(&path, json!([{ "op": "replace", "path": "displayName", "value": "G" }])).await.refused(409, duplicate);
    api.patch(&path, json!([{ "op": "replace", "path": "externalId", "value": "x1" }])).await.refused(409, duplicate);
    let reasons: Vec<_> = api.aws.request_log().into_iter().filter(|entry| entry.status == 409).filter_map(|entry| entry.reason).collect();
    assert_eq!(reasons, ["Duplicate GroupDisplayName", "Duplicate ExternalId", "Duplicate GroupDisplayName", "Duplicate ExternalId"]);
}

#[tokio::test]
async fn rename_with_and_without_path() {
    let api = Api::new();
    let id = api.add_group("G").await;
    let path = format!("/Groups/{id}");
    api.advance(1_000);
    let reply = api.patch(&path, json!([{ "op": "replace", "value": { "id": id, "displayName": "H" } }])).await.expect(204);
    assert_eq!(reply.body, Value::Null);
    assert_eq!(api.get(&path).await.expect(200).body["meta"]["lastModified"], "2026-03-01T10:20:31Z");
    let operations = json!([{ "op": "replace", "path": "displayName", "value": "I" }, { "op": "add", "path": "externalId", "value": "x" }]);
    api.patch(&path, operations).await.expect(204);
    assert_eq!(api.aws.group("I").unwrap().external_id.as_deref(), Some("x"));
    api.patch(&path, json!([{ "op": "remove", "path": "externalId" }])).await.expect(204);
    assert_eq!(api.aws.group("I").unwrap().external_id, None);
    // The old name is free again.
    api.add_group("G").await;
}

#[tokio::test]
async fn members_are_added_and_removed_by_list() {
    let api = Api::new();
    let users = add_users(&api, 3).await;
    let path = format!("/Groups/{}", api.add_group("G").await);
    api.patch(&path, add(&users[..2])).await.expect(204);
    api.patch(&path, add(&users[1..])).await.expect(204);
    assert_eq!(api.members("G").len(), 3, "a second add is no error and no duplicate");
    api.patch(&path, remove(&users[..1])).await.expect(204);
    api.patch(&path, remove(&users[..1])).await.expect(204);
    assert_eq!(api.members("G"), ["u1@example.com", "u2@example.com"]);
    let both = json!([
        { "op": "add", "path": "members", "value": values(&users[..1]) },
        { "op": "remove", "path": "members", "value": values(&users[1..]) },
    ]);
    api.patch(&path, both).await.expect(204);
    assert_eq!(api.members("G"), ["u0@example.com"]);
    assert_eq!(api.aws.user("u0@example.com").unwrap().groups, [api.aws.group("G").unwrap().id]);
}

#[tokio::test]
async fn replacing_or_removing_all_members_is_refused() {
    let api = Api::new();
    let users = add_users(&api, 2).await;
    let path = format!("/Groups/{}", api.add_group("G").await);
    api.patch(&path, add(&users)).await.expect(204);
    let cases = [
        json!([{ "op": "replace", "path": "members", "value": values(&users[..1]) }]),
        json!([{ "op": "replace", "path": "members", "value": [] }]),
        json!([{ "op": "replace", "value": { "members": values(&users[..1]) } }]),
        json!([{ "op": "remove", "path": "members" }]),
        json!([{ "op": "remove", "path": "members", "value": [] }]),
    ];
    for operations in cases {
        api.patch(&path, operations).await.refused(400, "Replacing group memberships is not supported.");
    }
    assert_eq!(api.members("G").len(), 2);
}

#[tokio::test]
async fn patch_rules() {
    let api = Api::new();
    let users = add_users(&api, 1).await;
    let path = format!("/Groups/{}", api.add_group("G").await);
    let cases = [
        (json!([{ "op": "remove", "value": values(&users) }]), "Missing path in PATCH request"),
        (json!([{ "op": "add", "value": { "members": values(&users) } }]), "Missing path in PATCH request"),
        (json!([{ "op": "add", "path": "members" }]), "Missing value"),
        (json!([{ "op": "add", "path": "members", "value": [] }]), "greater than or equal to 1"),
        (json!([{ "op": "add", "path": "members", "value": { "value": users[0] } }]), "list"),
        (json!([{ "op": "add", "path": "members", "value": [{ "value": users[0], "type": "Group" }] }]), "nested"),
        (json!([{ "op": "add", "path": "members.value", "value": "x" }]), "members.value"),
        (json!([{ "op": "replace", "path": "description", "value": "x" }]), "description"),
        (json!([{ "op": "remove", "path": "displayName" }]), "'displayName'"),
        (json!([{ "op": "replace", "path": "displayName", "value": "" }]), "'displayName'"),
        (json!([{ "op": "Add", "path": "members", "value": values(&users) }]), "op must be"),
        (json!([{ "path": "members", "value": values(&users) }]), "Missing op"),
        (json!([]), "Operations"),
        (json!([{ "op": "replace", "path": "displayName" }]), "Missing value"),
        (json!([{ "op": "replace", "path": "displayName.x", "value": "y" }]), "displayName.x"),
        (json!([{ "op": "replace", "value": "x" }]), "must be an object"),
        (json!([{ "op": "replace", "value": { "id": "other", "displayName": "H" } }]), "id"),
        (json!([{ "op": "replace", "value": { "meta": {} } }]), "meta"),
        (json!([{ "op": "add", "path": "members", "value": [users[0]] }]), "object"),
        (json!([{ "op": "add", "path": "members", "value": [{ "value": users[0], "role": "x" }] }]), "members.role"),
        (json!([{ "op": "add", "path": "members[value ne \"x\"]", "value": "y" }]), "Invalid Filter format"),
        // The first is fine, and is not kept because the second is not.
        (json!([{ "op": "replace", "path": "displayName", "value": "H" }, { "op": "remove", "path": "members" }]), "Replacing"),
    ];
    for (operations, text) in cases {
        api.patch(&path, operations).await.refused(400, text);
    }
    assert!(api.members("G").is_empty());
    for schemas in [json!([]), json!([GROUP]), json!([PATCH, GROUP]), json!([PATCH, PATCH]), Value::Null] {
        let body = json!({ "schemas": schemas, "Operations": add(&users) });
        api.send(api.request("PATCH", &path, Some(body))).await.refused(400, "schemas");
    }
    api.patch("/Groups/none", add(&users)).await.refused(404, "GROUP does not exist.");
    api.put(&path, group("G")).await.refused(400, "not supported");
}

#[tokio::test]
async fn at_most_100_changes_in_one_request() {
    let api = Api::new();
    let users = add_users(&api, 101).await;
    let path = format!("/Groups/{}", api.add_group("G").await);
    api.patch(&path, add(&users)).await.refused(400, "less than or equal to 100");
    let split = json!([
        { "op": "add", "path": "members", "value": values(&users[..60]) },
        { "op": "remove", "path": "members", "value": values(&users[60..]) },
    ]);
    api.patch(&path, split).await.refused(400, "less than or equal to 100");
    assert!(api.members("G").is_empty());
    api.patch(&path, add(&users[..100])).await.expect(204);
    api.patch(&path, add(&users[100..])).await.expect(204);
    assert_eq!(api.members("G").len(), 101, "a group may have more members than a request");
}

#[tokio::test]
async fn one_unknown_member_fails_the_whole_request() {
    let api = Api::new();
    let users = add_users(&api, 1).await;
    let path = format!("/Groups/{}", api.add_group("G").await);
    api.patch(&path, add(&[&users[0], "none"])).await.refused(404, "USER does not exist.");
    api.patch(&path, remove(&["none"])).await.refused(404, "USER does not exist.");
    // A group is no user: groups do not nest.
    let group = api.aws.group("G").unwrap().id;
    api.patch(&path, add(&[group])).await.refused(404, "USER does not exist.");
    assert!(api.members("G").is_empty());
}

#[tokio::test]
async fn delete() {
    let api = Api::new();
    let users = add_users(&api, 1).await;
    let id = api.add_group("G").await;
    let path = format!("/Groups/{id}");
    api.patch(&path, add(&users)).await.expect(204);
    assert_eq!(api.delete(&path).await.expect(204).body, Value::Null);
    assert!(api.aws.groups().is_empty());
    assert!(api.aws.user("u0@example.com").unwrap().groups.is_empty());
    api.delete(&path).await.refused(404, "GROUP does not exist.");
    api.get(&path).await.refused(404, "GROUP does not exist.");
    // An id of the other kind is unknown too.
    api.get(&format!("/Groups/{}", users[0])).await.refused(404, "GROUP does not exist.");
}
