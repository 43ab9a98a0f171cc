//! SCIMMY, a stricter server than scim2-server: every change takes the calls it needs and no more, and its own way of refusing is understood.

use crate::company::{Company, anchor};
use crate::house::House;
use crate::relay::Exchange;
use crate::scim_server::ScimServer;
use crate::slapd::BASE;
use domain::model::cycle::CycleState;
use serde_json::Value;

/// Every request of a cycle, as method and kind of object; a cycle that changes something reads nothing.
fn calls(exchanges: &[Exchange]) -> Vec<String> {
    let collection = |path: &str| path.split('/').nth(1).unwrap_or_default().split('?').next().unwrap_or_default().to_owned();
    let mut calls: Vec<_> = exchanges.iter().map(|e| format!("{} {}", e.method, collection(&e.path))).collect();
    calls.sort();
    calls
}

fn operations(exchanges: &[Exchange]) -> Vec<Value> {
    exchanges.iter().flat_map(|e| e.body["Operations"].as_array().cloned().unwrap_or_default()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_change_takes_the_calls_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let mut company = Company::start_with(ScimServer::scimmy(), 70, 3).await;
    let house = House::open(folder.path()).await;
    let channel = company.configure(&house).await;
    company.check("the first cycle").await;
    company.relay.take();
    let (team, other) = (format!("cn=team-0001,ou=Groups,{BASE}"), format!("cn=team-0002,ou=Groups,{BASE}"));
    let content = company.slapd.content();
    let in_team: Vec<String> = {
        // Of one group alone, so that what a leave needs can be told.
        let groups = company.groups(&content);
        let alone = |dn: &String| groups.keys().filter(|group| content.all_members(group).contains(dn)).count() == 1;
        company.ordinary(&content, Some(&team)).into_iter().filter(alone).collect()
    };

    // A changed person.
    company.slapd.set(&in_team[0], "title", &["Lock Keeper"]);
    company.slapd.set(&in_team[0], "telephoneNumber", &["+353 1 0000000"]);
    house.run_well(&channel).await;
    company.check("a change").await;
    assert_eq!(calls(&company.relay.take()), ["PATCH Users"]);

    // One member less, by a filter that names nobody else.
    let id = company.id_of(&in_team[0]).await;
    company.slapd.remove_member(&team, &in_team[0]);
    house.run_well(&channel).await;
    company.check("a removal").await;
    let sent = company.relay.take();
    assert_eq!(calls(&sent), ["PATCH Groups"]);
    assert_eq!(operations(&sent), [serde_json::json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")})]);

    // Two at once are one request, and so are the joins of two.
    company.slapd.remove_member(&team, &in_team[1]);
    company.slapd.remove_member(&team, &in_team[2]);
    house.run_well(&channel).await;
    company.check("two removals").await;
    let sent = company.relay.take();
    assert_eq!((calls(&sent), operations(&sent).len()), (vec!["PATCH Groups".to_owned()], 2));
    company.slapd.add_member(&team, &in_team[1]);
    company.slapd.add_member(&team, &in_team[2]);
    house.run_well(&channel).await;
    company.check("two joins").await;
    assert_eq!(calls(&company.relay.take()), ["PATCH Groups"]);

    // A group's new name.
    company.slapd.rename(&other, "cn=team-gold");
    house.run_well(&channel).await;
    company.check("a group rename").await;
    assert_eq!(calls(&company.relay.take()), ["PATCH Groups"]);

    // A leave: the person is disabled, and leaves the group.
    let content = company.slapd.content();
    company.departed.insert(anchor(&content, &in_team[3]));
    company.slapd.remove_member(&company.slapd.told("users_group_dn"), &in_team[3]);
    house.run_well(&channel).await;
    company.check("a leave").await;
    assert_eq!(calls(&company.relay.take()), ["PATCH Groups", "PATCH Users"]);

    // An entry and a group are deleted.
    company.departed.insert(anchor(&content, &in_team[1]));
    company.slapd.delete(&in_team[1]);
    company.slapd.delete(&format!("cn=team-0003,ou=Groups,{BASE}"));
    house.run_well(&channel).await;
    company.check("deletes").await;
    assert_eq!(calls(&company.relay.take()), ["DELETE Groups", "PATCH Groups", "PATCH Users"]);
    house.run_idle(&channel).await;
    assert!(company.relay.take().is_empty());
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_is_not_there_any_more_is_refused_with_400_and_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let company = Company::start_with(ScimServer::scimmy(), 70, 3).await;
    let house = House::open(folder.path()).await;
    let channel = company.configure(&house).await;
    let content = company.slapd.content();
    let gone = company.ordinary(&content, Some(&format!("cn=team-0001,ou=Groups,{BASE}"))).remove(0);
    let id = company.id_of(&gone).await;
    company.scim.delete(&format!("/Users/{id}")).await;
    // scim2-server takes members that it does not know; SCIMMY's keeper refuses them, and not with 404.
    company.slapd.add_member(&format!("cn=team-0002,ou=Groups,{BASE}"), &gone);
    let cycles = house.run(&channel).await;
    let last = cycles.last().unwrap();
    assert_eq!(last.state, CycleState::Succeeded, "{cycles:?}\n{}", house.story(last).await);
    company.check("made again, in both groups").await;
    assert_ne!(company.id_of(&gone).await, id);
    assert_eq!(house.detail(&channel).await.setbacks, Vec::new());
    house.run_idle(&channel).await;
    house.stop().await;
}
