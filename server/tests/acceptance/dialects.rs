//! What the Target tab sets of a SCIM connector, tried against servers that nobody here wrote: whatever the form of the requests, the server
//! ends with what the directory says.

use crate::company::Company;
use crate::house::{House, Pairs, says};
use crate::relay::Exchange;
use crate::scim_server::ScimServer;
use crate::slapd::BASE;
use domain::model::cycle::CycleState;
use http::Method;
use serde_json::Value;

/// Changes of every kind, with these fields on the Target tab; answers everything that was sent.
async fn arrives(scim: ScimServer, target: Pairs) -> Vec<Exchange> {
    let folder = tempfile::tempdir().unwrap();
    let mut company = Company::start_with(scim, 70, 3).await;
    let before = company.slapd.content();
    let early = company.ordinary(&before, None).remove(0);
    let early_id = company.scim.put_user(before.value(&early, "mail").unwrap(), "Old Name", true).await;

    let house = House::open(folder.path()).await;
    let mut setup = company.setup();
    let what = format!("{target:?}");
    setup.target.extend(target);
    let channel = company.configure_with(&house, &setup).await;
    let first = house.newest(&channel).await.unwrap();
    assert_eq!(first.state, CycleState::Succeeded, "{what}: {first:?}\n{}", house.story(&first).await);
    company.check(&format!("{what}: the first cycle")).await;
    assert_eq!(company.id_of(&early).await, early_id, "{what}: a person who was there is adopted");

    let team = format!("cn=team-0001,ou=Groups,{BASE}");
    let content = company.slapd.content();
    let in_team = company.ordinary(&content, Some(&team));
    company.slapd.remove_member(&team, &in_team[0]);
    company.slapd.set(&in_team[1], "mail", &["married.name@example.com"]);
    company.slapd.set(&in_team[1], "title", &["Lock Keeper"]);
    company.slapd.set(&in_team[2], "telephoneNumber", &[]);
    company.slapd.set(&in_team[2], "departmentNumber", &[]);
    company.slapd.set(&early, "nsAccountLock", &["TRUE"]);
    company.slapd.rename(&format!("cn=team-0002,ou=Groups,{BASE}"), "cn=team-gold");
    house.run_well(&channel).await;
    company.check(&format!("{what}: changes")).await;
    company.slapd.set(&early, "nsAccountLock", &[]);
    company.slapd.delete(&format!("cn=team-0003,ou=Groups,{BASE}"));
    company.departed.insert(crate::company::anchor(&content, &in_team[2]));
    company.slapd.delete(&in_team[2]);
    house.run_well(&channel).await;
    company.check(&format!("{what}: a return, a leave and a deleted group")).await;
    house.run_idle(&channel).await;
    house.stop().await;
    company.relay.take()
}

fn both() -> [ScimServer; 2] {
    [ScimServer::start(), ScimServer::scimmy()]
}

fn operations(exchanges: &[Exchange]) -> Vec<&Value> {
    exchanges.iter().filter(|e| e.method == Method::PATCH).flat_map(|e| e.body["Operations"].as_array().unwrap()).collect()
}

fn pairs(pairs: &[(&'static str, &str)]) -> Pairs {
    pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whole_users_and_groups_are_put() {
    for scim in both() {
        let sent = arrives(scim, pairs(&[("user_update", "put"), ("group_update", "put")])).await;
        assert!(!sent.iter().any(|e| e.method == Method::PATCH) && sent.iter().any(|e| e.method == Method::PUT), "{sent:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn patches_without_paths() {
    // SCIMMY adds to a list that is replaced without a path, where RFC 7644 section 3.5.2.3 replaces it.
    let sent = arrives(ScimServer::start(), pairs(&[("patch_form", "no_path")])).await;
    let operations = operations(&sent);
    assert!(!operations.is_empty() && operations.iter().all(|o| o["op"] == "remove" || o.get("path").is_none()), "{operations:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_pages_small_batches_and_members_removed_by_filter_or_value() {
    // scim2-server refuses a removal with a value, as RFC 7644 allows it to; SCIMMY takes both.
    let tries = [(ScimServer::start(), "filter"), (ScimServer::scimmy(), "filter"), (ScimServer::scimmy(), "value_array")];
    for (scim, form) in tries {
        let set = [("page_size", "5"), ("members_per_request", "2"), ("member_remove", form)];
        let sent = arrives(scim, pairs(&set)).await;
        assert!(sent.iter().any(|e| e.path.contains("startIndex=1&count=5")), "{sent:?}");
        let members = |o: &&Value| if o["path"] == "members" { o["value"].as_array().map_or(0, Vec::len) } else { 0 };
        let operations = operations(&sent);
        assert!(operations.iter().map(members).max() == Some(2), "{operations:?}");
        let is_removal = |o: &&&Value| o["op"] == "remove" && o["path"].as_str().is_some_and(|path| path.starts_with("members"));
        let removals: Vec<_> = operations.iter().filter(is_removal).collect();
        assert!(!removals.is_empty() && removals.iter().all(|o| (members(o) > 0) == (form == "value_array")), "{operations:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_found_by_the_mail_address() {
    for (scim, filter) in both().into_iter().zip(["", "emails[value eq \"%s\"]"]) {
        let folder = tempfile::tempdir().unwrap();
        let company = Company::start_with(scim, 70, 3).await;
        let content = company.slapd.content();
        let early = company.ordinary(&content, None).remove(0);
        let mail = content.value(&early, "mail").unwrap();
        let body = serde_json::json!({"schemas": [crate::scim_server::USER], "userName": "another.name", "active": true, "emails": [{"value": mail, "type": "work"}]});
        let id = company.scim.put("/Users", body).await;
        let house = House::open(folder.path()).await;
        let mut setup = company.setup();
        setup.target.extend(pairs(&[("match_attribute", "workEmail"), ("match_filter", filter)]));
        house.channel(&house.data_store(&company.slapd.fields(company.slapd.addr())).await, &setup).await;
        company.check("everybody has a mail address").await;
        assert_eq!(company.id_of(&early).await, id, "the user with this address, whatever it is called");
        house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_set_is_said_at_its_field() {
    let stage = crate::stage::Stage::new(sandbox::directory::Directory::generated(1, 3, 0)).await;
    let mut setup = stage.setup();
    setup.connector = "scim-2.0";
    // The emulator of AWS is a SCIM service too, with cursors and without filters of members.
    setup.target.extend(pairs(&[("auth_method", "bearer"), ("paging", "cursor"), ("member_remove", "value_array")]));
    let channel = stage.configure_with(&setup).await;
    assert_eq!(stage.aws.users().len(), 3);
    let problems = stage.house.target_problems(&channel, &pairs(&[("rates", "create_user 3"), ("retry_statuses", "200")])).await;
    says(&problems["rates"], &["name = number"]);
    says(&problems["retry_statuses"], &["400 to 599"]);
}
