//! Where AWS's behaviour is not confirmed: each switch, and what it chooses instead of the default.

use http::Request;
use sandbox::aws::{
    AbsentMember, Config, Detail, ErrorKeys, FilterText, IdShape, MalformedId, MemberRemoval, MembersShown, Paging, UnknownMember,
    UserNameSpace,
};
use serde_json::{Value, json};

use crate::api::{Api, ERROR, PATCH, encode, group, user, user_with, values};

/// The default, and the same with one switch thrown.
fn both(change: impl FnOnce(&mut Config)) -> (Api, Api) {
    (Api::new(), Api::with(change))
}

fn members(op: &str, ids: &[&str]) -> Value {
    json!([{ "op": op, "path": "members", "value": values(ids) }])
}

#[tokio::test]
async fn the_status_without_a_user_agent() {
    let (usual, other) = both(|config| config.missing_user_agent = 400);
    for (api, status) in [(usual, 403), (other, 400)] {
        let mut request = api.request("PATCH", "/Users/none", Some(json!({ "schemas": [PATCH], "Operations": [] })));
        request.headers_mut().remove("user-agent");
        api.send(request).await.refused(status, "User-Agent");
    }
}

#[tokio::test]
async fn any_content_type_may_do() {
    let (usual, other) = both(|config| config.any_content_type = true);
    for (api, status) in [(usual, 415), (other, 201)] {
        let mut request: Request<_> = api.request("POST", "/Groups", Some(group("G")));
        request.headers_mut().insert("content-type", "text/plain".parse().unwrap());
        api.send(request).await.expect(status);
    }
}

#[tokio::test]
async fn removal_by_filter() {
    let (usual, other) = both(|config| config.member_removal = MemberRemoval::Either);
    for (api, status) in [(usual, 400), (other, 204)] {
        let (ann, bo) = (api.add_user("ann@example.com").await, api.add_user("bo@example.com").await);
        let path = format!("/Groups/{}", api.add_group("G").await);
        api.patch(&path, members("add", &[&ann, &bo])).await.expect(204);
        api.patch(&path, members("remove", &[&bo])).await.expect(204);
        let by_filter = json!([{ "op": "remove", "path": format!("members[value eq \"{ann}\"]") }]);
        api.patch(&path, by_filter).await.expect(status);
        assert_eq!(api.members("G").is_empty(), status == 204);
    }
}

#[tokio::test]
async fn an_unknown_member() {
    let (usual, other) = both(|config| config.unknown_member = UnknownMember::Invalid);
    for (api, status) in [(usual, 404), (other, 400)] {
        let path = format!("/Groups/{}", api.add_group("G").await);
        api.patch(&path, members("add", &["none"])).await.refused(status, "USER does not exist.");
        let mut body = group("H");
        body["members"] = values(&["none"]);
        api.post("/Groups", body).await.refused(status, "USER does not exist.");
    }
}

#[tokio::test]
async fn removing_who_is_no_member() {
    let (usual, other) = both(|config| config.absent_member = AbsentMember::NotFound);
    for (api, status) in [(usual, 204), (other, 404)] {
        let (ann, bo) = (api.add_user("ann@example.com").await, api.add_user("bo@example.com").await);
        let path = format!("/Groups/{}", api.add_group("G").await);
        api.patch(&path, members("add", &[&ann])).await.expect(204);
        api.patch(&path, members("remove", &[&ann, &bo])).await.expect(status);
        assert_eq!(api.members("G").is_empty(), status == 204, "all or nothing");
        // What the same request added can be removed by it.
        let both = json!([members("add", &[&bo])[0], members("remove", &[&bo])[0]]);
        api.patch(&path, both).await.expect(204);
        api.patch(&path, members("remove", &[&bo, &bo])).await.expect(status);
    }
}

#[tokio::test]
async fn an_empty_list_of_members() {
    let (usual, other) = both(|config| config.members_shown = MembersShown::Everywhere);
    for (api, shown) in [(usual, Value::Null), (other, json!([]))] {
        let made = api.post("/Groups", group("G")).await.expect(201);
        assert_eq!(made.body["members"], shown);
        assert_eq!(api.get(&format!("/Groups/{}", made.id())).await.expect(200).body["members"], shown);
        assert_eq!(api.get("/Groups").await.expect(200).body["Resources"][0]["members"], json!([]));
    }
}

#[tokio::test]
async fn generic_details() {
    let (usual, other) = both(|config| config.detail = Detail::Generic);
    let generic = "Request is unparsable, syntactically incorrect, or violates schema.";
    for (api, text) in [(usual, "Invalid Filter format"), (other, generic)] {
        let reply = api.filter("/Users", "title eq \"x\"").await.expect(400);
        assert_eq!(reply.body["detail"], text);
        assert_eq!(api.aws.request_log()[0].reason.as_deref(), Some("Invalid Filter format"), "the log knows");
        // Other statuses, and the one 400 that was seen live, say what they say.
        let path = format!("/Groups/{}", api.add_group("G").await);
        let reply = api.patch(&path, json!([{ "op": "remove", "path": "members" }])).await.expect(400);
        assert_eq!(reply.body["detail"], "Replacing group memberships is not supported.");
        assert_eq!(api.get("/Users/none").await.expect(404).body["detail"], "USER does not exist.");
    }
}

#[tokio::test]
async fn the_keys_of_an_error_body() {
    let (usual, other) = both(|config| config.error_keys = ErrorKeys::SchemaOnly);
    for (api, schemas) in [(usual, json!([ERROR])), (other, Value::Null)] {
        let body = api.get("/Users/none").await.expect(404).body;
        assert_eq!((&body["schema"], &body["schemas"]), (&json!([ERROR]), &schemas));
    }
}

#[tokio::test]
async fn active_when_it_is_not_sent() {
    let (usual, other) = both(|config| config.active_when_omitted = true);
    for (api, active) in [(usual, false), (other, true)] {
        let mut body = user("ann@example.com");
        body.as_object_mut().unwrap().remove("active");
        let made = api.post("/Users", body.clone()).await.expect(201);
        assert_eq!(made.body["active"], active);
        api.put(&format!("/Users/{}", made.id()), user("ann@example.com")).await.expect(200);
        assert_eq!(api.put(&format!("/Users/{}", made.id()), body).await.expect(200).body["active"], active);
    }
}

#[tokio::test]
async fn a_space_in_a_user_name() {
    let cases =
        [(UserNameSpace::InPut, [400, 200, 400]), (UserNameSpace::Never, [400, 400, 400]), (UserNameSpace::Always, [201, 200, 200])];
    for (switch, wanted) in cases {
        let api = Api::with(|config| config.user_name_space = switch);
        let path = format!("/Users/{}", api.add_user("ann@example.com").await);
        let got = [
            api.post("/Users", user("b b")).await.status.as_u16(),
            api.put(&path, user("a a")).await.status.as_u16(),
            api.patch(&path, json!([{ "op": "replace", "path": "userName", "value": "c c" }])).await.status.as_u16(),
        ];
        assert_eq!(got, wanted, "{switch:?}");
    }
}

#[tokio::test]
async fn greatest_lengths() {
    let (usual, other) = both(|config| config.check_lengths = false);
    for (api, status) in [(usual, 400), (other, 201)] {
        api.post("/Users", user(&"a".repeat(129))).await.expect(status);
        api.post("/Users", user_with("ann@example.com", json!({ "title": "x".repeat(1025) }))).await.expect(status);
        api.post("/Groups", group(&"x".repeat(1025))).await.expect(status);
        // The least length holds either way.
        api.post("/Groups", group("")).await.expect(400);
    }
}

#[tokio::test]
async fn what_okta_advises_against() {
    let (usual, other) = both(|config| config.okta_rules = true);
    let parts = json!({ "streetAddress": "S 1", "locality": "L", "region": "R", "postalCode": "P", "country": "C" });
    let mut part_missing = parts.clone();
    part_missing.as_object_mut().unwrap().remove("region");
    for (api, refused) in [(usual, false), (other, true)] {
        let status = if refused { 400 } else { 201 };
        for (n, sign) in ["<", ">", ";", ":", "%"].into_iter().enumerate() {
            let title = json!({ "title": format!("a{sign}b") });
            api.post("/Users", user_with(&format!("u{n}@example.com"), title)).await.expect(status);
            api.post("/Groups", group(&format!("G{sign}"))).await.expect(status);
        }
        api.post("/Users", user_with("part@example.com", json!({ "addresses": [part_missing] }))).await.expect(status);
        api.post("/Users", user_with("whole@example.com", json!({ "addresses": [parts] }))).await.expect(201);
    }
}

#[tokio::test]
async fn names_that_differ_in_case() {
    let (usual, other) = both(|config| config.case_sensitive = true);
    let mail = |value: &str| json!({ "emails": [{ "value": value, "primary": true }] });
    for (api, status, found) in [(usual, 409, 1), (other, 201, 0)] {
        api.post("/Users", user_with("ann@example.com", mail("m@example.com"))).await.expect(201);
        api.add_group("G").await;
        api.post("/Users", user("ANN@example.com")).await.expect(status);
        api.post("/Users", user_with("bo@example.com", mail("M@example.com"))).await.expect(status);
        api.post("/Groups", group("g")).await.expect(status);
        api.post("/Users", user("ann@example.com")).await.expect(409);
        assert_eq!(api.filter("/Users", "userName eq \"aNN@example.com\"").await.expect(200).body["totalResults"], found);
    }
}

#[tokio::test]
async fn filters_beyond_ascii() {
    let (usual, other) = both(|config| config.filter_text = FilterText::Plain);
    for (api, status) in [(usual, 200), (other, 400)] {
        for name in ["Gäste", "R & D", "a\\\"b"] {
            api.filter("/Groups", &format!("displayName eq \"{name}\"")).await.expect(status);
        }
        api.filter("/Groups", "displayName eq \"Staff 1\"").await.expect(200);
        api.filter("/Users", "userName eq \"ann.b-c_d@example.com\"").await.expect(200);
    }
}

#[tokio::test]
async fn one_page_and_no_cursor() {
    let api = Api::with(|config| config.paging = Paging::OnePage);
    for n in 0..51 {
        api.add_user(&format!("u{n}@example.com")).await;
    }
    for (query, found) in [("", 50), ("?cursor", 50), ("?count=100", 50), ("?count=7&cursor=abcd", 7)] {
        let body = api.get(&format!("/Users{query}")).await.expect(200).body;
        assert_eq!((&body["totalResults"], &body["itemsPerPage"], &body["nextCursor"]), (&json!(found), &json!(found), &Value::Null));
    }
}

#[tokio::test]
async fn without_discovery() {
    let (usual, other) = both(|config| config.discovery = false);
    for (api, schemas, types) in [(usual, 200, 200), (other, 404, 401)] {
        let one = encode("urn:ietf:params:scim:schemas:core:2.0:User");
        api.get("/Schemas").await.expect(schemas);
        api.get(&format!("/Schemas/{one}")).await.expect(schemas);
        api.get("/ResourceTypes").await.expect(types);
        api.get("/ServiceProviderConfig").await.expect(200);
    }
}

#[tokio::test]
async fn ids_that_cannot_be() {
    let (usual, other) = both(|config| config.malformed_id = MalformedId::Invalid);
    let uuid = "d468e4d8-c051-703d-dd84-28caf445f15e";
    for (api, status) in [(usual, 404), (other, 400)] {
        let malformed = ["none", "9067729B3D-d468e4d8-c051-703d-dd84-28caf445f15e", "d468e4d8c051703ddd8428caf445f15e"];
        for id in malformed.map(str::to_owned).into_iter().chain([format!("9067729b3d_{uuid}"), format!("{uuid}0")]) {
            for kind in ["Users", "Groups"] {
                api.get(&format!("/{kind}/{id}")).await.expect(status);
                api.delete(&format!("/{kind}/{id}")).await.expect(status);
            }
        }
        for id in [uuid.to_owned(), format!("9067729b3d-{uuid}")] {
            api.get(&format!("/Users/{id}")).await.refused(404, "USER does not exist.");
        }
    }
    let prefixed = Api::with(|config| (config.malformed_id, config.id_shape) = (MalformedId::Invalid, IdShape::Prefixed));
    let id = prefixed.add_user("ann@example.com").await;
    prefixed.get(&format!("/Users/{id}")).await.expect(200);
}

#[tokio::test]
async fn quotas() {
    let api = Api::with(|config| (config.max_users, config.max_groups) = (1, 1));
    let (ann, g) = (api.add_user("ann@example.com").await, api.add_group("G").await);
    api.post("/Users", user("bo@example.com")).await.refused(402, "1 users");
    api.post("/Groups", group("H")).await.refused(402, "1 groups");
    api.delete(&format!("/Users/{ann}")).await.expect(204);
    api.delete(&format!("/Groups/{g}")).await.expect(204);
    api.add_user("bo@example.com").await;
    api.add_group("H").await;
}
