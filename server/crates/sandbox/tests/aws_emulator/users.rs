//! `CreateUser`, `GetUser`, `PutUser`, `PatchUser`, `DeleteUser`.

use serde_json::{Value, json};

use crate::api::{Api, ENTERPRISE, USER, user, user_with, values};

#[tokio::test]
async fn create_answers_the_whole_user() {
    let api = Api::new();
    let body = user_with(
        "ann@example.com",
        json!({
            "schemas": [USER, ENTERPRISE],
            "externalId": "e1",
            "title": "Boss",
            "profileUrl": "https://example.com/ann",
            "emails": [{ "value": "ann@example.com", "type": "work", "primary": true }],
            "phoneNumbers": [{ "value": "+1 555", "type": "work", "primary": true }],
            "addresses": [{ "streetAddress": "No\u{a0}1", "type": "work", "primary": true }],
            "roles": [{ "value": "lead", "type": "work", "primary": true }],
            ENTERPRISE: { "department": "D", "manager": { "value": "m1", "$ref": "../Users/m1" } },
        }),
    );
    let reply = api.post("/Users", body).await.expect(201);
    let got = &reply.body;
    assert_eq!(got["meta"], json!({ "resourceType": "User", "created": "2026-03-01T10:20:30Z", "lastModified": "2026-03-01T10:20:30Z" }));
    assert_eq!(got["schemas"], json!([USER, ENTERPRISE]));
    assert_eq!(got["externalId"], "e1");
    assert_eq!(got["active"], true);
    assert_eq!(got["emails"], json!([{ "value": "ann@example.com", "type": "work", "primary": true }]));
    assert_eq!(got["phoneNumbers"], json!([{ "value": "+1 555", "type": "work" }]), "AWS shows no primary here");
    assert_eq!(got["roles"][0]["value"], "lead");
    assert_eq!(got[ENTERPRISE], json!({ "department": "D", "manager": { "value": "m1" } }), "$ref is dropped");
    assert_eq!(got["profileUrl"], Value::Null, "taken, not shown");
    assert_eq!(api.stored("ann@example.com")["profileUrl"], "https://example.com/ann");
    assert_eq!(api.get(&format!("/Users/{}", reply.id())).await.expect(200).body, *got);
}

#[tokio::test]
async fn a_bare_user_shows_only_the_core_schema_and_is_inactive() {
    let api = Api::new();
    let mut body = user("bo@example.com");
    body.as_object_mut().unwrap().remove("active");
    let reply = api.post("/Users", body).await.expect(201);
    assert_eq!(reply.body["schemas"], json!([USER]));
    assert_eq!(reply.body["active"], false);
}

#[tokio::test]
async fn required_attributes() {
    let api = Api::new();
    for (drop, named) in [("userName", "'userName'"), ("displayName", "'displayName'"), ("name", "'name.familyName'")] {
        let mut body = user("ann@example.com");
        body.as_object_mut().unwrap().remove(drop);
        api.post("/Users", body).await.refused(400, named);
    }
    for (name, named) in [(json!({ "familyName": "F" }), "'name.givenName'"), (json!({ "givenName": "G" }), "'name.familyName'")] {
        api.post("/Users", user_with("ann@example.com", json!({ "name": name }))).await.refused(400, named);
    }
    api.post("/Users", user_with("ann@example.com", json!({ "schemas": [] }))).await.refused(400, USER);
    api.post("/Users", user_with("ann@example.com", json!({ "schemas": [USER, "urn:x"] }))).await.refused(400, "urn:x");
    assert!(api.aws.users().is_empty(), "nothing is kept of a refused create");
}

#[tokio::test]
async fn unsupported_attributes() {
    let api = Api::new();
    let cases = [
        (json!({ "password": "x" }), "password"),
        (json!({ "ims": [] }), "ims"),
        (json!({ "photos": [] }), "photos"),
        (json!({ "x509Certificates": [] }), "x509Certificates"),
        (json!({ "entitlements": [] }), "entitlements"),
        (json!({ "groups": [] }), "groups"),
        (json!({ "shoeSize": "44" }), "shoeSize"),
        (json!({ "meta": { "version": "1" } }), "meta.version"),
        (json!({ ENTERPRISE: { "manager": { "value": "1", "displayName": "M" } } }), "manager.displayName"),
        (json!({ "emails": [{ "value": "a@b", "primary": true, "display": "A" }] }), "emails.display"),
        (json!({ "addresses": [{ "locality": "L", "display": "A" }] }), "addresses.display"),
        (json!({ "phoneNumbers": [{ "value": "1", "display": "A" }] }), "phoneNumbers.display"),
    ];
    let id = api.add_user("old@example.com").await;
    for (more, named) in cases {
        api.post("/Users", user_with("ann@example.com", more.clone())).await.refused(400, named);
        api.put(&format!("/Users/{id}"), user_with("old@example.com", more.clone())).await.refused(400, named);
        let top = named.split('.').next().unwrap();
        api.patch(&format!("/Users/{id}"), json!([{ "op": "add", "value": more }])).await.refused(400, top);
    }
    assert_eq!(api.aws.users().len(), 1);
    // `id` and the rest of `meta` are read-only and ignored.
    let made = api.post("/Users", user_with("ann@example.com", json!({ "id": "mine", "meta": { "created": "x" } }))).await.expect(201);
    assert_ne!(made.body["id"], "mine");
    assert_eq!(made.body["meta"]["created"], "2026-03-01T10:20:30Z");
}

#[tokio::test]
async fn lists_hold_one_value_and_mail_is_primary() {
    let api = Api::new();
    let two = json!([{ "value": "1", "primary": true }, { "value": "2" }]);
    let cases = [
        (json!({ "emails": two }), "List attribute emails exceeds allowed limit of 1"),
        (json!({ "addresses": [{ "locality": "A" }, { "locality": "B" }] }), "List attribute addresses allowed limit of 1"),
        (json!({ "phoneNumbers": [{ "value": "1" }, { "value": "2" }] }), "Currently list attributes only allow single item"),
        (json!({ "roles": two }), "Currently list attributes only allow single item"),
        (json!({ "emails": [{ "value": "a@b", "type": "work" }] }), "primary"),
        (json!({ "emails": [{ "value": "a@b", "primary": false }] }), "primary"),
        (json!({ "emails": [{ "primary": true }] }), "'emails.value'"),
        (json!({ "emails": { "value": "a@b", "primary": true } }), "must be a list"),
    ];
    let id = api.add_user("old@example.com").await;
    let path = format!("/Users/{id}");
    for (more, text) in cases {
        api.post("/Users", user_with("ann@example.com", more.clone())).await.refused(400, text);
        api.put(&path, user_with("old@example.com", more.clone())).await.refused(400, text);
        // RFC 7644 lets PATCH add a value without the list around it, and roles are not for PATCH at all.
        if more["emails"].is_array() || more["addresses"].is_array() || more["phoneNumbers"].is_array() {
            api.patch(&path, json!([{ "op": "replace", "value": more }])).await.refused(400, text);
        }
    }
    api.post("/Users", user_with("ann@example.com", json!({ "emails": [], "title": null }))).await.expect(201);
}

#[tokio::test]
async fn characters_and_lengths() {
    let api = Api::new();
    let refused = [
        (json!({ "title": "" }), "Value at 'title' failed to satisfy constraint: Member must have length greater than or equal to 1"),
        (json!({ "title": "a\u{200b}b" }), "regular expression"),
        (json!({ "title": "a\u{0007}b" }), "regular expression"),
        (json!({ "title": "a\u{a0}b" }), "regular expression"),
        // A separator, a character of private use, and one that is not assigned.
        (json!({ "title": "a\u{2028}b" }), "regular expression"),
        (json!({ "title": "a\u{e000}b" }), "regular expression"),
        (json!({ "title": "a\u{378}b" }), "regular expression"),
        (json!({ "externalId": "" }), "'externalId'"),
        (json!({ "nickName": " \u{feff}" }), "'nickName'"),
        (json!({ "addresses": [{ "locality": "a\u{200b}" }] }), "'addresses.locality'"),
        (json!({ "emails": [{ "value": "", "primary": true }] }), "'emails.value'"),
        (json!({ "title": "x".repeat(1025) }), "less than or equal to 1024"),
        (json!({ "title": 7 }), "must be a string"),
        (json!({ "name": { "givenName": "", "familyName": "F" } }), "'name.givenName'"),
        (json!({ ENTERPRISE: { "manager": { "value": "" } } }), "'manager.value'"),
        (json!({ "userName": "a".repeat(129) }), "less than or equal to 128"),
        (json!({ "userName": "a b" }), "'userName'"),
    ];
    for (more, text) in refused {
        api.post("/Users", user_with("ann@example.com", more)).await.refused(400, text);
    }
    let taken = json!({ "title": "Çeo\t<é>\n€ 名 \u{301}", "displayName": "x".repeat(1024), "addresses": [{ "locality": "a\u{a0}b" }] });
    let id = api.post("/Users", user_with(&"a".repeat(128), taken)).await.expect(201).id();
    // Only PutUser's page allows a space in userName.
    api.put(&format!("/Users/{id}"), user("a b")).await.expect(200);
}

#[tokio::test]
async fn active_is_a_boolean_or_its_name() {
    let api = Api::new();
    let id = api.post("/Users", user_with("ann@example.com", json!({ "active": "True" }))).await.expect(201).id();
    assert!(api.aws.user("ann@example.com").unwrap().active);
    let path = format!("/Users/{id}");
    let reply = api.patch(&path, json!([{ "op": "replace", "path": "active", "value": "false" }])).await.expect(200);
    assert_eq!(reply.body["active"], false);
    api.patch(&path, json!([{ "op": "replace", "value": { "active": true } }])).await.expect(200);
    assert!(api.aws.user("ann@example.com").unwrap().active);
    api.patch(&path, json!([{ "op": "replace", "path": "active", "value": "yes" }])).await.refused(400, "active");
}

#[tokio::test]
async fn user_name_mail_and_external_id_are_unique() {
    let api = Api::new();
    let mail = |value: &str| json!([{ "value": value, "primary": true }]);
    api.post("/Users", user_with("ann@example.com", json!({ "externalId": "e1", "emails": mail("a@example.com") }))).await.expect(201);
    let bo = api
        .post("/Users", user_with("bo@example.com", json!({ "externalId": "e2", "emails": mail("b@example.com") })))
        .await
        .expect(201)
        .id();
    let duplicate = "Refused to create a new, duplicate resource.";
    let same = [json!({ "userName": "ANN@example.com" }), json!({ "externalId": "e1" }), json!({ "emails": mail("A@example.com") })];
    for more in same {
        api.post("/Users", user_with("cy@example.com", more.clone())).await.refused(409, duplicate);
        api.put(&format!("/Users/{bo}"), user_with("bo@example.com", more.clone())).await.refused(409, duplicate);
        api.patch(&format!("/Users/{bo}"), json!([{ "op": "replace", "value": more }])).await.refused(409, duplicate);
    }
    assert_eq!(
        api.aws.request_log().iter().filter_map(|entry| entry.reason.as_deref()).next(),
        Some("Duplicate UserName"),
        "the log says what the body does not"
    );
    // One's own values are no duplicates, and old ones become free.
    api.patch(&format!("/Users/{bo}"), json!([{ "op": "replace", "path": "userName", "value": "BO@example.com" }])).await.expect(200);
    api.patch(&format!("/Users/{bo}"), json!([{ "op": "remove", "path": "externalId" }])).await.expect(200);
    api.post("/Users", user_with("cy@example.com", json!({ "externalId": "e2" }))).await.expect(201);
}

#[tokio::test]
async fn put_replaces_everything() {
    let api = Api::new();
    let id = api.post("/Users", user_with("ann@example.com", json!({ "title": "Boss", "externalId": "e1" }))).await.expect(201).id();
    api.advance(5_000);
    let reply = api.put(&format!("/Users/{id}"), user_with("ann2@example.com", json!({ "id": id, "nickName": "A" }))).await.expect(200);
    assert_eq!(reply.body["meta"]["created"], "2026-03-01T10:20:30Z");
    assert_eq!(reply.body["meta"]["lastModified"], "2026-03-01T10:20:35Z");
    let stored = api.stored("ann2@example.com");
    assert_eq!((&stored["title"], &stored["externalId"], &stored["nickName"]), (&Value::Null, &Value::Null, &json!("A")));
    assert!(api.aws.user("ann@example.com").is_none());
    api.put(&format!("/Users/{id}"), user_with("ann@example.com", json!({ "id": "other" }))).await.refused(400, "id");
    api.put("/Users/none", user("ann@example.com")).await.refused(404, "USER does not exist.");
}

#[tokio::test]
async fn patch_sets_clears_and_merges() {
    let api = Api::new();
    let id = api.add_user("ann@example.com").await;
    let path = format!("/Users/{id}");
    let operations = json!([
        { "op": "replace", "path": "displayName", "value": "New" },
        { "op": "add", "path": "title", "value": "Boss" },
        { "op": "replace", "path": "name.givenName", "value": "Anna" },
        { "op": "add", "path": "name", "value": { "middleName": "M" } },
        { "op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:locale", "value": "en" },
        { "op": "add", "path": format!("{ENTERPRISE}:department"), "value": "D" },
        { "op": "add", "path": format!("{ENTERPRISE}:manager.value"), "value": "m" },
        { "op": "add", "value": { "userType": "staff", ENTERPRISE: { "division": "V" } } },
        { "op": "add", "path": "emails", "value": [{ "value": "a@example.com", "type": "work", "primary": true }] },
        { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "b@example.com" },
        { "op": "replace", "path": "phoneNumbers", "value": [{ "value": "1", "type": "work" }] },
    ]);
    let reply = api.patch(&path, operations).await.expect(200);
    let got = reply.body;
    assert_eq!(got["name"], json!({ "givenName": "Anna", "familyName": "Family", "middleName": "M" }));
    assert_eq!(
        (&got["displayName"], &got["title"], &got["locale"], &got["userType"]),
        (&json!("New"), &json!("Boss"), &json!("en"), &json!("staff"))
    );
    assert_eq!(got[ENTERPRISE], json!({ "department": "D", "division": "V", "manager": { "value": "m" } }));
    assert_eq!(got["emails"], json!([{ "value": "b@example.com", "type": "work", "primary": true }]));

    let operations = json!([
        { "op": "remove", "path": "title" },
        { "op": "remove", "path": "nickName" },
        { "op": "remove", "path": "name.middleName" },
        { "op": "remove", "path": ENTERPRISE },
        { "op": "remove", "path": "emails[primary eq true]" },
        { "op": "replace", "path": "phoneNumbers", "value": [] },
    ]);
    let got = api.patch(&path, operations).await.expect(200).body;
    for gone in ["title", "emails", "phoneNumbers", ENTERPRISE] {
        assert_eq!(got[gone], Value::Null, "{gone}");
    }
    assert_eq!(got["schemas"], json!([USER]));
    assert_eq!(got["name"], json!({ "givenName": "Anna", "familyName": "Family" }));
}

#[tokio::test]
async fn every_attribute_that_may_be_patched() {
    let api = Api::new();
    let path = format!("/Users/{}", api.add_user("ann@example.com").await);
    let values = json!({
        "userName": "bo@example.com",
        "active": false,
        "externalId": "e",
        "displayName": "D",
        "nickName": "N",
        "profileUrl": "https://example.com/",
        "title": "T",
        "userType": "U",
        "preferredLanguage": "en",
        "locale": "en-GB",
        "timezone": "Europe/Rome",
        "name": { "familyName": "F", "givenName": "G", "formatted": "G F", "middleName": "M", "honorificPrefix": "P", "honorificSuffix": "S" },
        "emails": [{ "value": "a@example.com", "type": "work", "primary": true }],
        "addresses": [{ "formatted": "f", "streetAddress": "s", "locality": "l", "region": "r", "postalCode": "p", "country": "c", "type": "work", "primary": true }],
        "phoneNumbers": [{ "value": "1", "type": "work" }],
        ENTERPRISE: { "employeeNumber": "1", "costCenter": "c", "organization": "o", "division": "d", "department": "e", "manager": { "value": "m" } },
    });
    for (name, value) in values.as_object().unwrap() {
        api.patch(&path, json!([{ "op": "replace", "path": name, "value": value }])).await.expect(200);
    }
    assert_eq!(api.stored("bo@example.com"), values);
    // The same without a path and all at once.
    let path = format!("/Users/{}", api.add_user("cy@example.com").await);
    let mut other = values.clone();
    (other["userName"], other["externalId"], other["emails"][0]["value"]) = (json!("di@example.com"), json!("e2"), json!("d@example.com"));
    api.patch(&path, json!([{ "op": "add", "value": other }])).await.expect(200);
    assert_eq!(api.stored("di@example.com"), other);
}

#[tokio::test]
async fn patch_rules() {
    let api = Api::new();
    let body = user_with("ann@example.com", json!({ "emails": [{ "value": "a@example.com", "type": "work", "primary": true }] }));
    let id = api.post("/Users", body).await.expect(201).id();
    let path = format!("/Users/{id}");
    let before = api.stored("ann@example.com");
    let op = |op: &str, path: &str, value: &str| json!({ "op": op, "path": path, "value": value });
    let cases = [
        (json!([]), "Operations"),
        (json!([{ "path": "title", "value": "x" }]), "Missing op"),
        (json!([op("Replace", "title", "x")]), "op must be"),
        (json!([op("move", "title", "x")]), "op must be"),
        (json!([{ "op": "remove" }]), "Missing path in PATCH request"),
        (json!([{ "op": "add", "path": "title" }]), "Missing value"),
        (json!([{ "op": "replace", "path": "title", "value": null }]), "Missing value"),
        (json!([{ "op": "remove", "path": "userName" }]), "Remove is not supported for userName"),
        (json!([{ "op": "remove", "path": "active" }]), "Remove is not supported for active"),
        (json!([{ "op": "remove", "path": "displayName" }]), "'displayName'"),
        (json!([{ "op": "remove", "path": "name" }]), "'name.familyName'"),
        (json!([{ "op": "remove", "path": "name.givenName" }]), "'name.givenName'"),
        (json!([op("replace", "userName", "x"), op("add", "userName", "y")]), "Multiple operations on userName"),
        (json!([op("replace", "active", "true"), { "op": "replace", "value": { "active": false } }]), "Multiple operations on active"),
        (json!([op("replace", "emails[type ne \"work\"].value", "x")]), "Invalid Filter format"),
        (json!([op("replace", "emails[type sw \"w\"].value", "x")]), "Invalid Filter format"),
        (json!([op("replace", "emails[type eq \"work\" and primary eq true].value", "x")]), "Invalid Filter format"),
        (json!([{ "op": "replace", "value": { "active": null } }]), "Remove is not supported for active"),
        (json!([{ "op": "add", "value": { "userName": null } }]), "Remove is not supported for userName"),
        (json!([op("replace", "emails[type eq \"home\"].value", "x")]), "matches no value"),
        (json!([{ "op": "replace", "path": "emails[type eq \"work\"].primary", "value": false }]), "primary"),
        (
            json!([{ "op": "add", "path": "emails", "value": [{ "value": "z@example.com", "primary": true }] }]),
            "List attribute emails exceeds allowed limit of 1",
        ),
        (json!([{ "op": "add", "path": "roles", "value": [{ "value": "z" }] }]), "roles is not supported in PATCH"),
        (json!([{ "op": "add", "value": { "roles": [{ "value": "z" }] } }]), "roles is not supported in PATCH"),
        (json!([op("replace", "password", "x")]), "password"),
        (json!([op("replace", "title", "")]), "greater than or equal to 1"),
        (json!([op("replace", "title.sub", "x")]), "no such part"),
        (json!([op("replace", "emails[type eq \"work\"", "x")]), "cannot be understood"),
        (json!([{ "op": "replace", "value": "x" }]), "must be an object"),
        (json!([{ "op": "replace", "value": { "id": "other" } }]), "id"),
        (json!([{ "op": "replace", "value": { "meta": {} } }]), "meta"),
        // The first is fine, and is not kept because the second is not.
        (json!([op("replace", "title", "x"), op("replace", "shoeSize", "44")]), "shoeSize"),
    ];
    for (operations, text) in cases {
        api.patch(&path, operations).await.refused(400, text);
    }
    api.send(api.request("PATCH", &path, Some(json!({ "Operations": [op("replace", "title", "x")] })))).await.refused(400, "schemas");
    assert_eq!(api.stored("ann@example.com"), before);
    api.patch("/Users/none", json!([op("replace", "title", "x")])).await.refused(404, "USER does not exist.");
}

#[tokio::test]
async fn delete_removes_memberships_and_ids_are_new() {
    let api = Api::new();
    let ann = api.add_user("ann@example.com").await;
    let group = api.add_group("G").await;
    let path = format!("/Groups/{group}");
    api.patch(&path, json!([{ "op": "add", "path": "members", "value": values(&[&ann]) }])).await.expect(204);
    let reply = api.delete(&format!("/Users/{ann}")).await.expect(204);
    assert_eq!(reply.body, Value::Null);
    assert!(api.members("G").is_empty());
    api.delete(&format!("/Users/{ann}")).await.refused(404, "USER does not exist.");
    api.get(&format!("/Users/{ann}")).await.refused(404, "USER does not exist.");
    assert_ne!(api.add_user("ann@example.com").await, ann);
    assert!(api.members("G").is_empty());
}

#[tokio::test]
async fn ids_have_the_two_shapes_of_aws() {
    let is_uuid = |text: &str| text.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    let api = Api::new();
    let id = api.add_user("ann@example.com").await;
    assert!(is_uuid(&id), "{id}");
    let older = Api::with(|config| config.id_shape = sandbox::aws::IdShape::Prefixed);
    let (a, b) = (older.add_user("ann@example.com").await, older.add_group("G").await);
    assert_eq!((a.len(), &a[..11]), (47, &b[..11]));
    assert!(a[..10].chars().all(|c| c.is_ascii_hexdigit()) && is_uuid(&a[11..]), "{a}");
}
