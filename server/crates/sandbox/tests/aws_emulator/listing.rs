//! `ListUsers` and `ListGroups`: filters, pages, cursors.

use serde_json::{Value, json};

use crate::api::{Api, ENTERPRISE, encode, user_with, values};

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

async fn many(api: &Api, count: usize) {
    for n in 0..count {
        api.add_user(&format!("u{n:03}@example.com")).await;
    }
}

/// Follows the cursor to the end; the sizes of the pages and the names on them.
async fn walk(api: &Api, first: &str) -> (Vec<usize>, Vec<String>) {
    let (mut sizes, mut names) = (Vec::new(), Vec::new());
    let mut path = first.to_owned();
    loop {
        let reply = api.get(&path).await.expect(200);
        let page = reply.listed("userName");
        sizes.push(page.len());
        names.extend(page.into_iter().map(str::to_owned));
        assert_eq!(reply.body["itemsPerPage"], json!(sizes.last()));
        assert_eq!((&reply.body["totalResults"], &reply.body["startIndex"]), (&Value::Null, &Value::Null));
        let Some(cursor) = reply.body["nextCursor"].as_str() else { return (sizes, names) };
        path = first.replacen("cursor", &format!("cursor={}", encode(cursor)), 1);
    }
}

#[tokio::test]
async fn without_a_cursor_there_is_one_page_that_claims_to_be_all() {
    let api = Api::new();
    assert_eq!(
        api.get("/Users").await.expect(200).body,
        json!({ "schemas": [LIST], "totalResults": 0, "itemsPerPage": 0, "startIndex": 1, "Resources": [] })
    );
    many(&api, 101).await;
    let body = api.get("/Users?startIndex=50&attributes=userName").await.expect(200).body;
    assert_eq!((&body["totalResults"], &body["itemsPerPage"], &body["startIndex"]), (&json!(100), &json!(100), &json!(1)));
    assert_eq!(body["Resources"].as_array().unwrap().len(), 100);
    assert_eq!(body["Resources"][0]["userName"], "u000@example.com", "startIndex is ignored");
    assert_eq!(body["nextCursor"], Value::Null);
    assert_eq!(api.get("/Users?count=7").await.expect(200).body["totalResults"], 7);
}

#[tokio::test]
async fn a_cursor_walks_everything_once() {
    let api = Api::new();
    many(&api, 205).await;
    let (sizes, names) = walk(&api, "/Users?cursor").await;
    assert_eq!(sizes, [100, 100, 5]);
    assert_eq!(names, (0..205).map(|n| format!("u{n:03}@example.com")).collect::<Vec<_>>());
    assert_eq!(walk(&api, "/Users?cursor&count=41").await.0, [41; 5], "no cursor after a last page that is full");
}

#[tokio::test]
async fn pages_may_be_short_before_the_last() {
    let api = Api::with(|config| config.page_limit = Some(3));
    many(&api, 7).await;
    assert_eq!(walk(&api, "/Users?cursor").await.0, [3, 3, 1]);
    assert_eq!(api.get("/Users").await.expect(200).listed("id").len(), 7);
}

#[tokio::test]
async fn a_cursor_survives_deletes_between_pages() {
    let api = Api::new();
    many(&api, 6).await;
    let first = api.get("/Users?cursor&count=2").await.expect(200);
    let cursor = encode(first.body["nextCursor"].as_str().unwrap());
    for user in &api.aws.users()[1..3] {
        api.delete(&format!("/Users/{}", user.id)).await.expect(204);
    }
    let rest = api.get(&format!("/Users?count=10&cursor={cursor}")).await.expect(200);
    assert_eq!(rest.listed("userName"), ["u003@example.com", "u004@example.com", "u005@example.com"]);
}

#[tokio::test]
async fn cursors_are_bound_and_must_be_encoded() {
    let api = Api::new();
    many(&api, 3).await;
    let first = api.get("/Users?cursor&count=1").await.expect(200);
    let cursor = first.body["nextCursor"].as_str().unwrap();
    assert!(cursor.contains('+') && cursor.contains('/'), "{cursor}");
    api.get(&format!("/Users?cursor={cursor}")).await.refused(400, "pattern");
    let good = encode(cursor);
    api.get(&format!("/Users?cursor={good}")).await.expect(200);
    let filter = encode("userName eq \"u000@example.com\"");
    api.get(&format!("/Users?cursor={good}&filter={filter}")).await.refused(400, "filter must not change");
    api.get(&format!("/Groups?cursor={good}")).await.refused(400, "filter must not change");
    let filtered = api.get(&format!("/Users?cursor&count=1&filter={}", encode("id eq \"none\""))).await.expect(200);
    assert_eq!((filtered.listed("id").len(), &filtered.body["nextCursor"]), (0, &Value::Null));
    // The number on a page is no filter: it may change.
    assert_eq!(api.get(&format!("/Users?cursor={good}&count=7")).await.expect(200).listed("id").len(), 2);
    api.get("/Users?cursor=abcd").await.refused(400, "cursor");
}

#[tokio::test]
async fn count_is_1_to_100() {
    let api = Api::new();
    for count in ["0", "101", "-1", "x", ""] {
        api.get(&format!("/Users?count={count}")).await.refused(400, "count");
        api.get(&format!("/Groups?count={count}")).await.refused(400, "count");
    }
    api.get("/Users?count=1").await.expect(200);
    api.get("/Users?count=100").await.expect(200);
}

#[tokio::test]
async fn user_filters() {
    let api = Api::new();
    let ann = api.post("/Users", user_with("ann@example.com", json!({ "externalId": "E1" }))).await.expect(201).id();
    let manager = json!({ "externalId": "q\"\\é", ENTERPRISE: { "manager": { "value": ann } } });
    let bo = api.post("/Users", user_with("bo@example.com", manager)).await.expect(201).id();
    let group = api.add_group("G").await;
    api.patch(&format!("/Groups/{group}"), json!([{ "op": "add", "path": "members", "value": values(&[&bo]) }])).await.expect(204);
    let cases = [
        ("userName eq \"ANN@example.com\"".to_owned(), vec!["ann@example.com"]),
        ("userName eq \"an\"".to_owned(), vec![]),
        ("externalId eq \"E1\"".to_owned(), vec!["ann@example.com"]),
        ("externalId eq \"e1\"".to_owned(), vec![]),
        ("externalId EQ \"q\\\"\\\\é\"".to_owned(), vec!["bo@example.com"]),
        (format!("groups.value eq \"{group}\""), vec!["bo@example.com"]),
        (format!("id eq \"{ann}\""), vec!["ann@example.com"]),
        (format!("id eq \"{bo}\" and manager eq \"{ann}\""), vec!["bo@example.com"]),
        (format!("manager eq \"{ann}\" and id eq \"{bo}\""), vec!["bo@example.com"]),
        (format!("id eq \"{ann}\" and manager eq \"{ann}\""), vec![]),
    ];
    for (filter, names) in cases {
        let reply = api.filter("/Users", &filter).await.expect(200);
        assert_eq!(reply.listed("userName"), names, "{filter}");
        assert_eq!(reply.body["totalResults"], names.len());
    }
    api.filter("/Users", "groups.value eq \"none\"").await.refused(404, "GROUP does not exist.");
    // A plus sign for a space is in use and works.
    assert_eq!(api.get("/Users?filter=userName+eq+%22ann@example.com%22").await.expect(200).listed("id"), [ann]);
}

#[tokio::test]
async fn group_filters() {
    let api = Api::new();
    let ann = api.add_user("ann@example.com").await;
    let bo = api.add_user("bo@example.com").await;
    let g = api.add_group("Gär & Co").await;
    let h = api.add_group("H").await;
    let add = json!([{ "op": "add", "path": "members", "value": values(&[&ann]) }, { "op": "add", "path": "externalId", "value": "x" }]);
    api.patch(&format!("/Groups/{g}"), add).await.expect(204);
    let cases = [
        ("displayName eq \"Gär & Co\"".to_owned(), vec![&g]),
        ("externalId eq \"x\"".to_owned(), vec![&g]),
        (format!("members.value eq \"{ann}\""), vec![&g]),
        (format!("members.value eq \"{bo}\""), vec![]),
        (format!("id eq \"{g}\" and members eq \"{ann}\""), vec![&g]),
        (format!("member eq \"{ann}\" and id eq \"{g}\""), vec![&g]),
        (format!("id eq \"{h}\" and members eq \"{ann}\""), vec![]),
    ];
    for (filter, ids) in cases {
        let reply = api.filter("/Groups", &filter).await.expect(200);
        assert_eq!(reply.listed("id"), ids, "{filter}");
        assert!(reply.body["Resources"].as_array().unwrap().iter().all(|group| group["members"] == json!([])));
    }
    api.filter("/Groups", "members.value eq \"none\"").await.refused(404, "USER does not exist.");
    api.filter("/Groups", &format!("id eq \"{g}\" and members eq \"none\"")).await.refused(404, "USER does not exist.");
}

#[tokio::test]
async fn other_filters_are_refused() {
    let api = Api::new();
    let users = [
        "",
        "userName",
        "userName eq",
        "userName eq ann",
        "userName eq \"a",
        "userName eq \"a\" x",
        "userName sw \"a\"",
        "userName co \"a\"",
        "userName ne \"a\"",
        "not (userName eq \"a\")",
        "userName pr",
        "username eq \"a\"",
        "emails.value eq \"a\"",
        "displayName eq \"a\"",
        "active eq \"true\"",
        "userName eq \"a\" or userName eq \"b\"",
        "userName eq \"a\" and externalId eq \"b\"",
        "id eq \"a\" and id eq \"b\"",
        "id eq \"a\" or manager eq \"b\"",
        "id eq \"a\" manager eq \"b\"",
        "id eq \"a\" and manager eq \"b\" and id eq \"c\"",
    ];
    for filter in users {
        api.filter("/Users", filter).await.refused(400, "Invalid Filter format");
    }
    for filter in [
        "id eq \"a\"",
        "userName eq \"a\"",
        "members eq \"a\"",
        "displayName sw \"a\"",
        "displayName eq \"a\" and externalId eq \"b\"",
        "id eq \"a\" or members eq \"b\"",
    ] {
        api.filter("/Groups", filter).await.refused(400, "Invalid Filter format");
    }
    // Not encoded, half encoded, not UTF-8.
    for filter in ["displayName%20eq%20%22\u{e4}%22", "displayName%2", "%ff"] {
        api.get(&format!("/Groups?filter={filter}")).await.refused(400, "percent-encoded");
    }
}

#[tokio::test]
async fn members_of_a_group_are_paged_too() {
    let api = Api::new();
    many(&api, 5).await;
    let group = api.add_group("G").await;
    let ids: Vec<String> = api.aws.users().into_iter().skip(1).map(|user| user.id).collect();
    api.patch(&format!("/Groups/{group}"), json!([{ "op": "add", "path": "members", "value": values(&ids) }])).await.expect(204);
    let first = format!("/Users?cursor&count=3&filter={}", encode(&format!("groups.value eq \"{group}\"")));
    let (sizes, names) = walk(&api, &first).await;
    assert_eq!(sizes, [3, 1]);
    assert_eq!(names, ["u001@example.com", "u002@example.com", "u003@example.com", "u004@example.com"]);
}

#[tokio::test]
async fn a_filter_cannot_be_dropped_in_mid_walk() {
    let api = Api::new();
    many(&api, 3).await;
    let group = api.add_group("G").await;
    let ids: Vec<String> = api.aws.users().into_iter().map(|user| user.id).collect();
    api.patch(&format!("/Groups/{group}"), json!([{ "op": "add", "path": "members", "value": values(&ids) }])).await.expect(204);
    let filter = encode(&format!("groups.value eq \"{group}\""));
    let first = api.get(&format!("/Users?cursor&count=1&filter={filter}")).await.expect(200);
    let cursor = encode(first.body["nextCursor"].as_str().unwrap());
    api.get(&format!("/Users?cursor={cursor}")).await.refused(400, "filter must not change");
    api.get(&format!("/Users?cursor={cursor}&filter={filter}")).await.expect(200);
}

#[tokio::test]
async fn groups_are_cut_and_paged_like_users() {
    let api = Api::new();
    for n in 0..102 {
        api.add_group(&format!("G{n:03}")).await;
    }
    let body = api.get("/Groups").await.expect(200).body;
    assert_eq!((&body["totalResults"], &body["itemsPerPage"], &body["startIndex"]), (&json!(100), &json!(100), &json!(1)));
    let first = api.get("/Groups?cursor").await.expect(200);
    assert_eq!((first.listed("id").len(), &first.body["totalResults"]), (100, &Value::Null));
    let cursor = encode(first.body["nextCursor"].as_str().unwrap());
    let rest = api.get(&format!("/Groups?cursor={cursor}")).await.expect(200);
    assert_eq!((rest.listed("displayName"), &rest.body["nextCursor"]), (vec!["G100", "G101"], &Value::Null));
    assert_eq!(api.get("/Groups?cursor=").await.expect(200).body["Resources"], first.body["Resources"], "empty either way");
}
