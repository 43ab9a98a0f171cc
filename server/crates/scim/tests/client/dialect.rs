use axum::response::IntoResponse;
use domain::model::connector::{ActiveForm, Connector, MemberRemove, Paging, UpdateForm};
use domain::model::plan::Outcome;
use domain::secret::Secret;
use scim::{Auth, Kind, ScimError};
use serde_json::{Value, json};

use crate::mini::{Mini, Seen, answer, users};
use crate::{bearer, change, client, generic_connector, http, id, values};

fn paging(paging: Paging, page_size: u32) -> Connector {
    let mut connector = generic_connector();
    connector.dialect.paging = paging;
    connector.dialect.page_size = page_size;
    connector
}

async fn listed(mini: &Mini, connector: Connector) -> Result<usize, ScimError> {
    let mut count = 0;
    client(connector, &mini.base, bearer("t")).list_users(&mut |_| count += 1).await?;
    Ok(count)
}

fn start_index(seen: &Seen) -> u64 {
    seen.query("startIndex").and_then(|n| n.parse().ok()).unwrap_or(1) - 1
}

#[tokio::test]
async fn index_paging_ends_where_the_list_ends() {
    // What the service sends at most, what it says of the total, how many there are, how many requests that may take.
    for (cap, total, count, requests) in [
        (10, Some(25), 25, 3),
        (10, Some(20), 20, 3),
        (10, None, 25, 4),
        (4, Some(25), 25, 7),
        (10, Some(10), 25, 4), // A total that counts only the page (AWS without a cursor).
        (10, Some(0), 0, 1),
    ] {
        let mini = Mini::start(move |seen| {
            let from = start_index(seen).min(count);
            let page = users(from, (from + cap).min(count), total);
            answer(200, &page)
        })
        .await;
        assert_eq!(listed(&mini, paging(Paging::Index, 10)).await.expect("list"), count as usize, "{cap} {total:?} {count}");
        assert!(mini.seen().len() <= requests, "{cap} {total:?} {count}: {}", mini.seen().len());
    }
}

#[tokio::test]
async fn lists_that_never_end_are_cut() {
    let ignores_start_index = Mini::start(|_| answer(200, &users(0, 10, Some(10)))).await;
    assert_eq!(listed(&ignores_start_index, paging(Paging::Index, 10)).await.expect("list"), 10);

    let dries_up = Mini::start(|seen| answer(200, &users(0, if start_index(seen) == 0 { 10 } else { 0 }, Some(30)))).await;
    let error = listed(&dries_up, paging(Paging::Index, 10)).await.expect_err("incomplete");
    assert!(error.to_string().contains("announces 30") && error.request_id() == Some("req-7"), "{error}");

    // Who took the first page for all of it would take everybody else for gone.
    let first_page_only = Mini::start(|_| answer(200, &users(0, 10, Some(30)))).await;
    let error = listed(&first_page_only, paging(Paging::Index, 10)).await.expect_err("incomplete");
    assert!(error.to_string().contains("announces 30 objects and lists 10"), "{error}");

    let repeats = Mini::start(|seen| {
        let mut page = users(0, 10, None);
        page["nextCursor"] = json!("a+/=");
        assert!(seen.target.contains("?cursor&count=10") || seen.target.contains("?cursor=a%2B%2F%3D&count=10"), "{}", seen.target);
        answer(200, &page)
    })
    .await;
    let error = listed(&repeats, paging(Paging::Cursor, 10)).await.expect_err("endless");
    assert!(error.to_string().contains("repeats a page cursor"), "{error}");
    assert_eq!(repeats.seen().len(), 2);

    let no_cursor = Mini::start(|_| answer(200, &users(0, 10, Some(30)))).await;
    for (kind, words) in [(Paging::Cursor, "no nextCursor"), (Paging::None, "must set paging")] {
        let error = listed(&no_cursor, paging(kind, 10)).await.expect_err("incomplete");
        assert!(error.to_string().contains(words), "{error}");
    }
    let all = Mini::start(|_| answer(200, &users(0, 30, Some(30)))).await;
    assert_eq!(listed(&all, paging(Paging::None, 10)).await.expect("list"), 30);
    assert!(all.seen()[0].target.ends_with("/Users"));
}

#[tokio::test]
async fn what_is_no_list_is_explained() {
    for (body, words) in
        [(json!({"hello": 1}), "no list of Resources"), (json!([1]), "not a JSON object"), (Value::Null, "not a JSON object")]
    {
        let mini = Mini::start(move |_| answer(200, &body)).await;
        let error = listed(&mini, generic_connector()).await.expect_err("no list");
        assert!(error.to_string().contains(words), "{error}");
    }
    let page = Mini::start(|_| (axum::http::StatusCode::NOT_FOUND, "<html>nothing</html>")).await;
    let error = listed(&page, generic_connector()).await.expect_err("404");
    assert!(error.to_string().contains("Check the SCIM URL") && !error.to_string().contains('<'), "{error}");
    assert_eq!(error.kind(), Kind::Rejected);
    let redirect = Mini::start(|_| axum::response::Redirect::temporary("https://login.example.com/")).await;
    let error = listed(&redirect, generic_connector()).await.expect_err("redirect");
    assert!(error.to_string().contains("login.example.com") && error.kind() == Kind::Config, "{error}");
}

#[tokio::test]
async fn finding_is_exact_whatever_the_service_does_with_the_filter() {
    let two = Mini::start(|_| {
        let both = json!({"totalResults": 2, "Resources": [{"id": "1", "userName": "Ann"}, {"id": "2", "userName": "aNN"}]});
        answer(200, &both)
    })
    .await;
    let scim = client(generic_connector(), &two.base, bearer("t"));
    let error = scim.find_user("ann").await.expect_err("ambiguous");
    assert!(matches!(error, ScimError::Ambiguous { count: 2, .. }) && error.kind() == Kind::Rejected, "{error:?}");
    assert_eq!(scim.find_users("ann").await.expect("both").len(), 2);
    assert_eq!(two.seen()[0].target, "/scim/Users?filter=userName%20eq%20%22ann%22");

    // A service that ignores the filter, and one that has none.
    for (supported, status) in [(true, 200), (true, 400), (true, 501), (false, 400)] {
        let mini = Mini::start(move |seen| match seen.query("filter") {
            Some(_) if status != 200 => answer(status, &json!({"detail": "invalidFilter", "scimType": "invalidFilter"})),
            _ => {
                let from = start_index(seen).min(30);
                answer(200, &users(from, (from + 10).min(30), Some(30)))
            }
        })
        .await;
        let mut connector = paging(Paging::Index, 10);
        connector.dialect.filter_supported = supported;
        let scim = client(connector, &mini.base, bearer("t"));
        assert_eq!(scim.find_user("U29").await.expect("find").map(|user| user.id), Some(id("29")));
        assert_eq!(scim.find_user("u99").await.expect("find"), None);
        assert_eq!(mini.seen().iter().any(|seen| seen.query("filter").is_some()), supported);
    }
    let absent = Mini::start(|_| answer(404, &Value::Null)).await;
    assert_eq!(client(generic_connector(), &absent.base, bearer("t")).find_user("x").await.expect("none"), None);
}

#[tokio::test]
async fn a_put_dialect_sends_whole_objects() {
    let group =
        json!({"id": "g/1", "displayName": "Old", "meta": {"version": "1"}, "members": [{"value": "a"}, {"value": "b", "display": "B"}]});
    let mini = Mini::start(move |seen| if seen.method == "GET" { answer(200, &group) } else { answer(200, &seen.json()) }).await;
    let mut connector = generic_connector();
    (connector.dialect.user_update, connector.dialect.group_update) = (UpdateForm::Put, UpdateForm::Put);
    connector.dialect.active = ActiveForm::Text;
    let scim = client(connector, &mini.base, bearer("t"));

    let ann = values(&[("userName", "ann"), ("workEmail", "a@x"), ("homeEmail", "h@x"), ("department", "IT"), ("title", "")]);
    let expected = json!({
        "id": "u 1", "userName": "ann", "active": "false",
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        "emails": [{"type": "work", "value": "a@x", "primary": true}, {"type": "home", "value": "h@x"}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "IT"}
    });
    scim.update_user(&id("u 1"), &ann, false, &[change("title", Some("x"), None)]).await.expect("put");
    scim.set_active(&id("u 1"), &ann, false).await.expect("put");
    for seen in mini.seen() {
        assert_eq!((seen.method.as_str(), seen.target.as_str(), seen.json()), ("PUT", "/scim/Users/u%201", expected.clone()));
    }

    scim.update_group(&id("g/1"), &[change("displayName", Some("Old"), Some("New"))]).await.expect("rename");
    let change = scim.add_members(&id("g/1"), &[id("b"), id("c")]).await;
    assert_eq!((change.done.len(), change.request_id.as_deref()), (2, Some("req-7")));
    scim.remove_members(&id("g/1"), &[id("a")]).await;
    let puts: Vec<_> =
        mini.seen().into_iter().skip(2).filter(|seen| seen.method == "PUT").map(|seen| (seen.target.clone(), seen.json())).collect();
    assert!(puts.iter().all(|(target, body)| target == "/scim/Groups/g%2F1" && body.get("meta").is_none()));
    let members = |body: &Value| {
        body["members"].as_array().expect("members").iter().map(|m| m["value"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(puts[0].1["displayName"], "New");
    assert_eq!(
        (members(&puts[0].1), members(&puts[1].1), members(&puts[2].1)),
        (vec!["a".into(), "b".into()], vec!["a".into(), "b".into(), "c".into()], vec!["b".into()])
    );
}

#[tokio::test]
async fn members_are_removed_in_the_form_the_connector_names() {
    let mini = Mini::start(|_| answer(204, &Value::Null)).await;
    for form in [MemberRemove::Filter, MemberRemove::ValueArray] {
        let mut connector = generic_connector();
        connector.dialect.member_remove = form;
        connector.dialect.members_per_request = 2;
        let change = client(connector, &mini.base, bearer("t")).remove_members(&id("g"), &[id("a"), id("b\""), id("c")]).await;
        assert_eq!(change.done.len(), 3);
    }
    let operations: Vec<_> = mini.seen().iter().map(|seen| seen.json()["Operations"].clone()).collect();
    assert_eq!(
        operations,
        [
            json!([{"op": "remove", "path": "members[value eq \"a\"]"}, {"op": "remove", "path": "members[value eq \"b\\\"\"]"}]),
            json!([{"op": "remove", "path": "members[value eq \"c\"]"}]),
            json!([{"op": "remove", "path": "members", "value": [{"value": "a"}, {"value": "b\""}]}]),
            json!([{"op": "remove", "path": "members", "value": [{"value": "c"}]}]),
        ]
    );
}

#[tokio::test]
async fn created_ids_come_from_body_or_location() {
    for (body, location, expected) in [
        (json!({"id": "7"}), "", Some("7")),
        (json!({"id": 7}), "", Some("7")),
        (Value::Null, "https://x/scim/Users/a%20b/", Some("a b")),
        (Value::Null, "", None),
        (json!({"id": ""}), "", None),
    ] {
        let mini = Mini::start(move |_| {
            let mut response = answer(201, &body);
            if !location.is_empty() {
                response.headers_mut().insert("location", axum::http::HeaderValue::from_static(location));
            }
            response
        })
        .await;
        let applied =
            client(generic_connector(), &mini.base, bearer("t")).create_user(&values(&[("userName", "a")]), true).await.expect("create");
        assert_eq!(applied.id, expected.map(id));
        assert_eq!(applied.outcome == Outcome::Done, expected.is_some(), "{applied:?}");
    }
}

#[tokio::test]
async fn error_bodies_of_every_kind_are_read() {
    for (status, body, outcome) in [
        (
            409,
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"409","scimType":"uniqueness","detail":"taken"}"#,
            Outcome::Conflict { detail: "taken (uniqueness).".into() },
        ),
        (400, r#"{"scimType":"uniqueness"}"#, Outcome::Conflict { detail: "uniqueness.".into() }),
        (
            400,
            r#"{"schema":["x"],"detail":"bad\u0007 value.","status":"400"}"#,
            Outcome::Rejected { status: 400, detail: "bad  value.".into() },
        ),
        (400, r#"{"status":400,"message":"no"}"#, Outcome::Rejected { status: 400, detail: "no.".into() }),
        (422, "plain words", Outcome::Rejected { status: 422, detail: "plain words.".into() }),
        (405, "<html><body>x</body></html>", Outcome::Rejected { status: 405, detail: "it gave no reason.".into() }),
        (413, "", Outcome::Rejected { status: 413, detail: "it gave no reason.".into() }),
        (404, "{}", Outcome::Gone),
    ] {
        let mini = Mini::start(move |_| (axum::http::StatusCode::from_u16(status).expect("status"), body).into_response()).await;
        let applied =
            client(generic_connector(), &mini.base, bearer("t")).set_active(&id("1"), &values(&[]), true).await.expect("an outcome");
        assert_eq!(applied.outcome, outcome);
    }
}

#[tokio::test]
async fn basic_and_no_authentication() {
    let mini = Mini::start(|seen| answer(200, &users(0, 1, Some(1))).map_if(seen)).await;
    let basic = Auth::Basic { username: "ünï".into(), password: Secret::new("p:w") };
    listed_with(&mini, basic).await;
    listed_with(&mini, Auth::None).await;
    let sent: Vec<_> =
        mini.seen().iter().map(|seen| seen.headers.get("authorization").map(|v| v.to_str().expect("text").to_owned())).collect();
    assert_eq!(sent, [Some("Basic w7xuw686cDp3".to_owned()), None]);
    assert!(mini.seen()[0].headers["user-agent"].to_str().expect("text").starts_with("Towpath/"));
}

trait MapIf {
    fn map_if(self, seen: &Seen) -> axum::response::Response;
}

impl MapIf for axum::response::Response {
    /// A second page is empty.
    fn map_if(self, seen: &Seen) -> axum::response::Response {
        if start_index(seen) > 0 { answer(200, &users(0, 0, Some(1))) } else { self }
    }
}

async fn listed_with(mini: &Mini, auth: Auth) {
    client(generic_connector(), &mini.base, auth).list_users(&mut |_| {}).await.expect("list");
}

#[tokio::test]
async fn client_credentials_are_fetched_once_and_renewed_once() {
    let tokens = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let given = tokens.clone();
    // The first two tokens are refused by the service after a while.
    let mini = Mini::start(move |seen| {
        if seen.target.starts_with("/scim/token") {
            // Only the body form of the credentials is taken here.
            if !seen.text.contains("client_secret=s%26cret") {
                return answer(401, &json!({"error": "invalid_client"}));
            }
            let n = given.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
            return answer(200, &json!({"access_token": format!("t{n}"), "token_type": "Bearer", "expires_in": 3600}));
        }
        match seen.headers["authorization"].to_str().expect("text") {
            "Bearer t1" if seen.query("filter").is_some_and(|f| f.contains("late")) => answer(401, &Value::Null),
            "Bearer t3" => answer(401, &json!({"detail": "no more"})),
            _ => answer(200, &users(0, 0, Some(0))),
        }
    })
    .await;
    let auth = Auth::ClientCredentials {
        token_url: format!("{}/token", mini.base),
        client_id: "me".into(),
        client_secret: Secret::new("s&cret"),
        scope: "a, b".into(),
    };
    let scim = client(generic_connector(), &mini.base, auth.clone());
    let (one, two) = tokio::join!(scim.find_user("x"), scim.find_user("y"));
    assert!(one.is_ok() && two.is_ok());
    assert_eq!(tokens.load(std::sync::atomic::Ordering::SeqCst), 1, "asked once for both");
    assert!(mini.seen().iter().any(|seen| seen.text.contains("scope=a+b") && seen.text.contains("grant_type=client_credentials")));

    scim.find_user("late").await.expect("renewed");
    assert_eq!(tokens.load(std::sync::atomic::Ordering::SeqCst), 2);

    let other = client(generic_connector(), &mini.base, auth);
    let error = other.find_user("x").await.map(|_| ());
    // t3 is refused, t4 works: renewed exactly once.
    assert!(error.is_ok(), "{error:?}");

    let refused = Mini::start(|_| answer(400, &json!({"error": "invalid_client", "error_description": "Unknown client"}))).await;
    let auth = Auth::ClientCredentials {
        token_url: refused.base.clone(),
        client_id: "me".into(),
        client_secret: Secret::new("hush"),
        scope: String::new(),
    };
    let error = client(generic_connector(), &mini.base, auth).find_user("x").await.expect_err("no token");
    assert_eq!(error.kind(), Kind::Auth);
    assert!(error.to_string().contains("Unknown client") && !format!("{error:?}").contains("hush"), "{error}");
}

#[test]
fn target_fields_become_credentials() {
    let settings = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let secrets = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), Secret::new(*v))).collect();
    let generic = generic_connector();
    for (method, more, secret, works) in [
        ("none", [("x", "y")], ("x", "y"), true),
        ("basic", [("username", "u")], ("password", "p"), true),
        ("basic", [("username", "u")], ("access_token", "p"), false),
        ("bearer", [("x", "y")], ("access_token", "t"), true),
        ("client_credentials", [("token_url", "https://x/t")], ("client_secret", "s"), false),
        ("magic", [("x", "y")], ("x", "y"), false),
    ] {
        let auth = Auth::from_target(&generic, &settings(&[("auth_method", method), more[0]]), &secrets(&[secret]));
        assert_eq!(auth.is_ok(), works, "{method} {auth:?}");
        assert!(!format!("{auth:?}").contains("\"t\""), "{auth:?}");
    }
    let aws = crate::aws_connector();
    let error = Auth::from_target(&aws, &settings(&[]), &secrets(&[])).expect_err("no token");
    assert_eq!((error.kind(), error.to_string().as_str()), (Kind::Config, "Access Token is not set. Enter it on the Target tab."));
}

#[test]
fn bad_settings_are_told_before_the_first_call() {
    for base in ["", "scim.example.com", "https://x/?a=b", "https://x/#f"] {
        let made = scim::Client::new(http(), generic_connector(), base, Auth::None);
        assert_eq!(made.err().map(|error| error.kind()), Some(Kind::Config), "{base}");
    }
    let made = scim::Client::new(http(), generic_connector(), "https://x", bearer("line\nbreak"));
    assert!(made.err().expect("refused").to_string().contains("Copy it again"));
    let mut broken = generic_connector();
    broken.attributes[0].path = "emails[".into();
    assert!(scim::Client::new(http(), broken, "https://x", Auth::None).is_err());
}
