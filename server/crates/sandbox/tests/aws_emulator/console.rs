//! What an administrator does behind the client's back.

use sandbox::aws::ConsoleError;
use serde_json::{Map, Value, json};

use crate::api::{Api, ENTERPRISE, user_with};

fn map(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[tokio::test]
async fn users_are_edited() {
    let api = Api::new();
    let mail = json!([{ "value": "ann@example.com", "type": "work", "primary": true }]);
    let more = json!({ "externalId": "e1", "title": "Boss", "emails": mail, ENTERPRISE: { "department": "D", "division": "V" } });
    let id = api.post("/Users", user_with("ann@example.com", more)).await.expect(201).id();
    api.advance(5_000);
    let changes = json!({
        "userName": "anna@example.com", "displayName": "Anna", "active": false, "title": null, "emails": null,
        "name": { "givenName": "Anna" }, ENTERPRISE: { "division": "W" },
    });
    let edited = api.aws.console().edit_user("ANN@example.com", map(changes)).unwrap();
    assert_eq!((edited.id.as_str(), edited.user_name.as_str(), edited.active), (id.as_str(), "anna@example.com", false));
    let got = api.get(&format!("/Users/{id}")).await.expect(200).body;
    assert_eq!((&got["displayName"], &got["title"], &got["emails"]), (&json!("Anna"), &Value::Null, &Value::Null));
    assert_eq!(got["name"], json!({ "givenName": "Anna", "familyName": "Family" }));
    assert_eq!(got[ENTERPRISE], json!({ "department": "D", "division": "W" }));
    assert_eq!((&got["externalId"], &got["meta"]["lastModified"]), (&json!("e1"), &json!("2026-03-01T10:20:35Z")));
    // By id as well, and what it had is free for others.
    api.aws.console().edit_user(&id, map(json!({ "externalId": null }))).unwrap();
    api.post("/Users", user_with("ann@example.com", json!({ "externalId": "e1", "emails": mail }))).await.expect(201);
    assert_eq!(api.aws.request_count(), 3, "the log knows nothing of the console");
}

#[tokio::test]
async fn the_console_keeps_the_rules() {
    let api = Api::new();
    let ann = api.add_user("ann@example.com").await;
    api.post("/Users", user_with("bo@example.com", json!({ "externalId": "e2" }))).await.expect(201);
    api.add_group("G").await;
    api.add_group("H").await;
    let console = api.aws.console();
    let refused = |changes: Value, text: &str| {
        let error = console.edit_user("ann@example.com", map(changes)).unwrap_err();
        assert!(matches!(&error, ConsoleError::Refused(reason) if reason.contains(text)), "{error}");
    };
    refused(json!({ "userName": "BO@example.com" }), "Duplicate UserName");
    refused(json!({ "externalId": "e2" }), "Duplicate ExternalId");
    refused(json!({ "displayName": null }), "'displayName'");
    refused(json!({ "userName": null }), "Remove is not supported for userName");
    refused(json!({ "title": "a\u{200b}" }), "regular expression");
    refused(json!({ "shoeSize": "44" }), "shoeSize");
    assert_eq!(api.aws.user("ann@example.com").unwrap().id, ann);
    let duplicate = ConsoleError::Refused("Duplicate GroupDisplayName".into());
    assert_eq!(console.rename_group("G", "h").unwrap_err(), duplicate);
    assert_eq!(console.create_group("H").unwrap_err(), duplicate);
    assert!(matches!(console.create_group(""), Err(ConsoleError::Refused(_))));
    assert!(matches!(console.create_user(map(json!({ "userName": "cy@example.com" }))), Err(ConsoleError::Refused(_))));
    assert_eq!(console.edit_user("none", Map::new()).unwrap_err(), ConsoleError::NoUser("none".into()));
    assert_eq!(console.delete_user("none").unwrap_err(), ConsoleError::NoUser("none".into()));
    assert_eq!(console.rename_group("none", "x").unwrap_err(), ConsoleError::NoGroup("none".into()));
    assert_eq!(console.delete_group("none").unwrap_err(), ConsoleError::NoGroup("none".into()));
    assert_eq!(console.add_member("none", "ann@example.com").unwrap_err(), ConsoleError::NoGroup("none".into()));
    assert_eq!(console.add_member("G", "none").unwrap_err(), ConsoleError::NoUser("none".into()));
    assert_eq!((api.aws.users().len(), api.aws.groups().len()), (2, 2));
}

#[tokio::test]
async fn objects_come_and_go() {
    let api = Api::new();
    let console = api.aws.console();
    let made = console
        .create_user(map(json!({ "userName": "ann@example.com", "displayName": "Ann", "name": { "givenName": "A", "familyName": "B" } })))
        .unwrap();
    api.get(&format!("/Users/{}", made.id)).await.expect(200);
    let group = console.create_group("G").unwrap();
    let renamed = console.rename_group("g", "H").unwrap();
    assert_eq!((renamed.id.as_str(), renamed.display_name.as_str()), (group.id.as_str(), "H"));
    assert_eq!(api.filter("/Groups", "displayName eq \"G\"").await.expect(200).body["totalResults"], 0);

    console.add_member("H", "ann@example.com").unwrap();
    assert_eq!(api.members("H"), ["ann@example.com"]);
    let already = console.add_member("H", &made.id).unwrap_err();
    assert_eq!(already.to_string(), format!("{} is already a member of H.", made.id));
    console.remove_member(&group.id, "ann@example.com").unwrap();
    assert!(api.members("H").is_empty());
    assert!(matches!(console.remove_member("H", "ann@example.com"), Err(ConsoleError::NotMember { .. })));

    console.add_member("H", "ann@example.com").unwrap();
    console.delete_user("ann@example.com").unwrap();
    api.get(&format!("/Users/{}", made.id)).await.expect(404);
    assert!(api.members("H").is_empty());
    console.delete_group("H").unwrap();
    api.get(&format!("/Groups/{}", group.id)).await.expect(404);
    // Names are free again, ids are not given twice.
    assert_ne!(api.add_user("ann@example.com").await, made.id);
    assert_ne!(api.add_group("H").await, group.id);
}
