//! What goes over the wire for changes, and the law that PATCH arrives where PUT does.

use domain::model::connector::PatchForm;
use proptest::prelude::*;
use scim::{Attributes, Change};
use serde_json::{Value, json};

use crate::mini::{Mini, answer};
use crate::{aws_connector, bearer, change, client, generic_connector, id, values};

async fn operations(connector: domain::model::connector::Connector, after: &Attributes, changes: &[Change]) -> Value {
    let mini = Mini::start(|_| answer(204, &Value::Null)).await;
    client(connector, &mini.base, bearer("t")).update_user(&id("1"), after, true, changes).await.expect("update");
    mini.seen()[0].json()["Operations"].clone()
}

#[tokio::test]
async fn several_items_of_a_list_are_changed_one_by_one() {
    let after = values(&[("userName", "a"), ("workEmail", "w@x"), ("homeEmail", "h@x"), ("workCity", "B"), ("workCountry", "C")]);
    let sent = operations(
        generic_connector(),
        &after,
        &[
            change("workEmail", Some("old@x"), Some("w@x")),
            change("homeEmail", None, Some("h@x")),
            change("otherEmail", Some("o@x"), None),
            change("workCity", Some("A"), Some("B")),
            change("workStreetAddress", Some("1 Way"), None),
            change("manager", Some("5"), Some("6")),
            change("department", None, Some("IT")),
            change("givenName", Some("A"), None),
            change("unheard-of", None, Some("x")),
        ],
    )
    .await;
    let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    assert_eq!(
        sent,
        json!([
            {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "w@x"},
            {"op": "add", "path": "emails", "value": [{"type": "home", "value": "h@x"}]},
            {"op": "remove", "path": "emails[type eq \"other\"]"},
            {"op": "replace", "path": "addresses[type eq \"work\"].locality", "value": "B"},
            {"op": "remove", "path": "addresses[type eq \"work\"].streetAddress"},
            {"op": "replace", "path": format!("{urn}:manager"), "value": {"value": "6"}},
            {"op": "replace", "path": format!("{urn}:department"), "value": "IT"},
            {"op": "remove", "path": "name.givenName"},
        ])
    );
}

#[tokio::test]
async fn the_only_item_of_a_list_is_written_whole() {
    let after = values(&[("userName", "a"), ("workEmail", "w@x"), ("locality", "B"), ("country", "C")]);
    let sent = operations(
        aws_connector(),
        &after,
        &[change("workEmail", None, Some("w@x")), change("locality", Some("A"), Some("B")), change("phone", Some("1"), None)],
    )
    .await;
    assert_eq!(
        sent,
        json!([
            {"op": "replace", "path": "emails", "value": [{"type": "work", "value": "w@x", "primary": true}]},
            {"op": "replace", "path": "addresses", "value": [{"type": "work", "country": "C", "locality": "B"}]},
            {"op": "remove", "path": "phoneNumbers"},
        ])
    );
}

/// A manager must be a person, and AWS never shows a `profileUrl`.
const UNSEEN: &[&str] = &["manager", "profileUrl"];

fn some_values() -> impl Strategy<Value = Attributes> {
    let names: Vec<String> =
        aws_connector().attributes.iter().map(|a| a.name.clone()).filter(|name| !UNSEEN.contains(&name.as_str())).collect();
    proptest::collection::btree_map(proptest::sample::select(names), "[a-zA-Z0-9é\"\\\\]{1,8}", 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever a person had and shall have, the emulator ends up with what was asked for.
    #[test]
    fn any_change_arrives(before in some_values(), after in some_values(), by_path: bool) {
        let required = |values: Attributes| {
            let mut all = crate::person("p");
            all.extend(values);
            all
        };
        let (before, after) = (required(before), required(after));
        let mut changes: Vec<Change> = before.iter().filter(|(name, _)| !after.contains_key(*name)).map(|(name, from)| change(name, Some(from), None)).collect();
        changes.extend(after.iter().filter(|(name, to)| before.get(*name) != Some(to)).map(|(name, to)| {
            change(name, before.get(name).map(String::as_str), Some(to))
        }));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
        runtime.block_on(async {
            let (aws, _) = crate::aws::start(|_| {}).await;
            let mut connector = aws_connector();
            connector.dialect.patch_form = if by_path { PatchForm::Path } else { PatchForm::NoPath };
            let client = client(connector, &aws.base_url(), bearer(&aws.token()));
            let made = client.create_user(&before, true).await.expect("create");
            let id = made.id.unwrap_or_else(|| panic!("{:?}", made.outcome));
            let applied = client.update_user(&id, &after, true, &changes).await.expect("update");
            assert_eq!(applied.outcome, domain::model::plan::Outcome::Done);
            assert_eq!(client.get_user(&id).await.expect("get").expect("there").values, after);
        });
    }
}
