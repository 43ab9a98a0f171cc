//! OpenLDAP into two SCIM servers, none of which anybody here wrote, and everything that happens to people and groups.

use crate::company::{Company, anchor};
use crate::house::{ADMIN, House};
use crate::relay::Exchange;
use crate::scim_server::{GROUP, ScimServer};
use crate::slapd::BASE;
use domain::model::cycle::CycleState;
use serde_json::json;

fn writes(exchanges: &[Exchange]) -> Vec<String> {
    exchanges.iter().filter(|e| e.is_write()).map(|e| format!("{} {}", e.method, e.path)).collect()
}

fn group_dn(name: &str) -> String {
    format!("cn={name},ou=Groups,{BASE}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_company_and_what_happens_to_it_at_scim2_server() {
    what_happens_to(Company::start(120, 10).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_company_and_what_happens_to_it_at_scimmy() {
    what_happens_to(Company::start_with(ScimServer::scimmy(), 120, 10).await).await;
}

async fn what_happens_to(mut company: Company) {
    let folder = tempfile::tempdir().unwrap();
    let before = company.slapd.content();

    // Somebody was at the service before: a person and a group of the company, the person inactive and wrongly in that group, and an
    // outsider.
    let team = group_dn("team-0001");
    let in_team = before.all_members(&team);
    let early = company.ordinary(&before, None).into_iter().find(|dn| !in_team.contains(dn)).unwrap();
    let early_id = company.scim.put_user(before.value(&early, "mail").unwrap(), "Old Name", false).await;
    let outsider = company.scim.put_user("outsider@elsewhere.example", "Outsider", true).await;
    let team_id =
        company.scim.put("/Groups", json!({"schemas": [GROUP], "displayName": "team-0001", "members": [{"value": early_id}]})).await;
    company.foreign.insert(outsider.clone());
    let outsider_before = company.scim.users().await[&outsider].clone();

    let house = House::open(folder.path()).await;
    let channel = company.configure(&house).await;
    let first = house.newest(&channel).await.unwrap();
    assert_eq!(first.state, CycleState::Succeeded, "{first:?}\n{}", house.story(&first).await);
    company.check("the first cycle").await;
    assert_eq!(company.id_of(&early).await, early_id, "a person who was there is adopted");
    assert_eq!(company.id_of(&team).await, team_id, "a group that was there is adopted");
    let skipped = house.detail(&channel).await.skipped;
    for (case, reason) in [("no_mail", "mail is empty"), ("duplicate_mail", "shared by 2")] {
        for dn in company.slapd.case(case) {
            let said = skipped.iter().find(|s| s.skipped.object.dn == dn).unwrap_or_else(|| panic!("{dn} is not reported"));
            assert!(said.skipped.reason.contains(reason), "{dn}: {}", said.skipped.reason);
        }
    }
    company.relay.take();
    house.run_idle(&channel).await;
    assert!(company.relay.take().is_empty(), "nothing changed, so the target is not asked anything");

    // A join.
    let newcomer = format!("uid=newcomer,ou=People,{BASE}");
    company.slapd.change(&format!(
        "dn: {newcomer}\nchangetype: add\nobjectClass: inetOrgPerson\nobjectClass: towpathAccount\nuid: newcomer\ncn: New Comer\nsn: Comer\ngivenName: New\nmail: newcomer@example.com\n"
    ));
    company.slapd.add_member(&company.slapd.told("users_group_dn"), &newcomer);
    company.slapd.add_member(&group_dn("team-0002"), &newcomer);
    house.run_well(&channel).await;
    company.check("a join").await;
    let sent = writes(&company.relay.take());
    assert!(sent.len() == 2 && sent[0].starts_with("POST") && sent[1].starts_with("PATCH"), "one create and one membership: {sent:?}");

    // A leave.
    let content = company.slapd.content();
    let leaver = company.ordinary(&content, Some(&group_dn("team-0003"))).remove(0);
    let leaver_id = company.id_of(&leaver).await;
    company.departed.insert(anchor(&content, &leaver));
    company.slapd.remove_member(&company.slapd.told("users_group_dn"), &leaver);
    house.run_well(&channel).await;
    company.check("a leave").await;

    // A person's entry is renamed: nothing that the target knows changed.
    let content = company.slapd.content();
    let renamed = company.ordinary(&content, None).remove(2);
    company.relay.take();
    company.slapd.rename(&renamed, "uid=renamed");
    house.run(&channel).await;
    company.check("a rename").await;
    assert_eq!(writes(&company.relay.take()), Vec::<String>::new());

    // Another mail address, which is the userName.
    let content = company.slapd.content();
    let moved = company.ordinary(&content, None).remove(3);
    let moved_id = company.id_of(&moved).await;
    company.slapd.set(&moved, "mail", &["married.name@example.com"]);
    house.run_well(&channel).await;
    company.check("a changed mail").await;
    assert_eq!(company.id_of(&moved).await, moved_id);

    // A group's new name.
    let gold_id = company.id_of(&group_dn("team-0004")).await;
    company.slapd.rename(&group_dn("team-0004"), "cn=team-gold");
    house.run_well(&channel).await;
    company.check("a group rename").await;
    assert_eq!(company.id_of(&group_dn("team-gold")).await, gold_id);

    // Disabled, and enabled again.
    let off = company.ordinary(&company.slapd.content(), Some(&group_dn("team-0001"))).remove(0);
    company.slapd.set(&off, "nsAccountLock", &["TRUE"]);
    house.run_well(&channel).await;
    company.check("a disable").await;
    company.slapd.set(&off, "nsAccountLock", &[]);
    house.run_well(&channel).await;
    company.check("a re-enable").await;

    // The entry is deleted.
    let content = company.slapd.content();
    let deleted = company.ordinary(&content, None).remove(5);
    company.departed.insert(anchor(&content, &deleted));
    company.slapd.delete(&deleted);
    house.run_well(&channel).await;
    company.check("a delete").await;

    // Values that are gone disappear.
    let bare = company.ordinary(&company.slapd.content(), None).remove(6);
    for attribute in ["title", "telephoneNumber", "departmentNumber"] {
        company.slapd.set(&bare, attribute, &[]);
    }
    house.run_well(&channel).await;
    company.check("cleared attributes").await;

    // Groups within groups: a team gets a sub-team, and the people in scope a group of accounts from elsewhere.
    let content = company.slapd.content();
    let pair = company.ordinary(&content, None);
    let inner = group_dn("inner");
    company.slapd.change(&format!(
        "dn: {inner}\nchangetype: add\nobjectClass: groupOfMembers\ncn: inner\nmember: {}\nmember: {}\n",
        pair[7], pair[8]
    ));
    company.slapd.add_member(&group_dn("team-0005"), &inner);
    let robots = group_dn("robots");
    let robot = company.slapd.case("services").remove(0);
    company.slapd.change(&format!("dn: {robots}\nchangetype: add\nobjectClass: groupOfMembers\ncn: robots\nmember: {robot}\n"));
    company.slapd.add_member(&company.slapd.told("users_group_dn"), &robots);
    house.run_well(&channel).await;
    company.check("nested groups").await;
    assert!(company.people(&company.slapd.content()).contains_key(&robot));

    // The leaver comes back and is the same person there.
    company.departed.remove(&anchor(&company.slapd.content(), &leaver));
    company.slapd.add_member(&company.slapd.told("users_group_dn"), &leaver);
    house.run_well(&channel).await;
    company.check("a return").await;
    assert_eq!(company.id_of(&leaver).await, leaver_id);

    // A mail address stops being shared: both can be provisioned.
    let shared = company.slapd.case("duplicate_mail").remove(0);
    company.slapd.set(&shared, "mail", &["not.shared@example.com"]);
    house.run_well(&channel).await;
    company.check("a mail address that is no longer shared").await;

    // A group is deleted.
    company.slapd.delete(&group_dn("team-0006"));
    house.run_well(&channel).await;
    company.check("a deleted group").await;

    company.relay.take();
    house.run_idle(&channel).await;
    assert!(company.relay.take().is_empty());
    assert_eq!(company.scim.users().await[&outsider], outsider_before, "who is not ours is not touched");
    assert_eq!(house.detail(&channel).await.setbacks, Vec::new());

    // A preview shows the same as the next cycle, and does nothing.
    company.slapd.set(&bare, "title", &["Lock Keeper"]);
    let plan = house.service.preview_channel(&ADMIN, &channel.id).await.unwrap().plan;
    assert_eq!(plan.ops.iter().map(|op| op.object.dn.as_str()).collect::<Vec<_>>(), [bare.as_str()]);
    assert!(writes(&company.relay.take()).is_empty());
    house.stop().await;
}
