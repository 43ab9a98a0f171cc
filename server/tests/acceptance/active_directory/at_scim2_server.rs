//! The same domain into scim2-server: after each step the server holds what the directory says, object by object and attribute by
//! attribute, and was asked for what differs and for nothing else.

use super::{guid, in_scope};
use crate::company::{ENTERPRISE, plain};
use crate::house::{Channel, House, Setup};
use crate::relay::Recorder;
use crate::samba::{BASE, Samba, is_disabled};
use crate::scim_server::{ScimServer, TOKEN};
use domain::model::cycle::CycleState;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// People, and the names and people of groups, by the directory's id of each.
#[derive(Clone, Debug, Default, PartialEq)]
struct Content {
    users: BTreeMap<String, Value>,
    groups: BTreeMap<String, (String, BTreeSet<String>)>,
}

struct Domain {
    samba: Samba,
    scim: ScimServer,
    /// Between Towpath and the SCIM server.
    relay: Recorder,
    house: House,
    channel: Channel,
    /// What the directory said at the last look.
    before: Content,
    /// Everybody who was ever there.
    known: BTreeSet<String>,
    /// Ids by DN, which are asked for once.
    ids: BTreeMap<String, String>,
    _folder: tempfile::TempDir,
}

impl Domain {
    async fn start(samba: Samba) -> Self {
        let scim = ScimServer::start();
        let relay = Recorder::start(scim.addr).await;
        let folder = tempfile::tempdir().unwrap();
        let house = House::open(folder.path()).await;
        let store = house.data_store(&samba.fields()).await;
        let setup = Setup {
            connector: "scim-2.0",
            target: vec![
                ("scim_url", format!("http://{}", relay.addr)),
                ("auth_method", "bearer".into()),
                ("access_token", TOKEN.into()),
                ("provision_disabled", "on".into()),
            ],
            info: vec![("max_threads", "4".into())],
            settings: Vec::new(),
            location: vec![
                ("base_dn", BASE.into()),
                ("users.group_dn", samba.told("users_group_dn")),
                ("groups.group_dn", samba.told("groups_group_dn")),
                ("groups.nested", "on".into()),
            ],
            mapping: vec![("map.userName", "mail".into())],
        };
        let channel = house.channel(&store, &setup).await;
        let (before, known, ids) = (Content::default(), BTreeSet::new(), BTreeMap::new());
        Self { samba, scim, relay, house, channel, before, known, ids, _folder: folder }
    }

    fn id(&mut self, dn: &str) -> String {
        let id = self.ids.entry(dn.to_lowercase()).or_insert_with(|| guid(&self.samba.bytes(dn, "objectGUID")));
        id.clone()
    }

    /// What the server must hold: whoever has an address that nobody else in scope has, and the groups in scope with the people of
    /// the groups in them.
    fn wanted(&mut self) -> Content {
        let scope = in_scope(&self.samba);
        let mut owners: BTreeMap<String, usize> = BTreeMap::new();
        for mail in scope.values().filter_map(|person| person.get("mail")) {
            *owners.entry(mail[0].to_lowercase()).or_default() += 1;
        }
        let mut content = Content::default();
        let mut ids = BTreeMap::new();
        for (dn, person) in scope {
            let value = |name: &str| person.get(name).map(|values| json!(values[0]));
            if person.get("mail").is_none_or(|mail| owners[&mail[0].to_lowercase()] > 1) {
                continue;
            }
            let id = self.id(&dn);
            let list = |item: Option<Value>| item.map(|item| json!([{"type": "work", "value": item}]));
            let extension = [("employeeNumber", "employeenumber"), ("organization", "company"), ("department", "department")];
            let all = [
                ("active", Some(json!(!is_disabled(&person)))),
                ("userName", value("mail")),
                ("externalId", Some(json!(id))),
                ("displayName", value("displayname")),
                ("name", object(&[("givenName", value("givenname")), ("familyName", value("sn"))])),
                ("title", value("title")),
                ("emails", list(value("mail"))),
                ("phoneNumbers", list(value("telephonenumber"))),
                (ENTERPRISE, object(&extension.map(|(name, attribute)| (name, value(attribute))))),
            ];
            content.users.insert(id.clone(), object(&all).unwrap());
            ids.insert(dn.to_lowercase(), id);
        }
        let groups = self.samba.groups();
        let below = |group: &str| {
            let (mut found, mut open) = (BTreeSet::new(), vec![group.to_owned()]);
            while let Some((_, members)) = open.pop().and_then(|group| groups.get(&group)) {
                open.extend(members.iter().filter(|member| found.insert((*member).clone()) && groups.contains_key(*member)).cloned());
            }
            found
        };
        let scope = self.samba.told("groups_group_dn").to_lowercase();
        for dn in below(&scope).into_iter().filter(|dn| groups.contains_key(dn)) {
            let people = below(&dn).iter().filter_map(|member| ids.get(member).cloned()).collect();
            content.groups.insert(self.id(&dn), (groups[&dn].0.clone(), people));
        }
        content
    }

    /// What the server holds, without whoever is inactive and is not `wanted` any more.
    async fn there(&self, wanted: &Content, step: &str) -> Content {
        let external = |resource: &Value| resource["externalId"].as_str().unwrap().to_owned();
        let (users, groups) = (self.scim.users().await, self.scim.groups().await);
        let mut content = Content::default();
        let ids: BTreeMap<&str, String> = users.iter().map(|(id, user)| (id.as_str(), external(user))).collect();
        for user in users.values() {
            let id = external(user);
            if wanted.users.contains_key(&id) || user["active"] != json!(false) {
                assert_eq!(content.users.insert(id, plain(user)), None, "{step}: {user} is there twice");
            }
        }
        for group in groups.values() {
            let name = group["displayName"].as_str().unwrap().to_owned();
            let members = group["members"].as_array().into_iter().flatten().map(|m| ids[m["value"].as_str().unwrap()].clone()).collect();
            assert_eq!(content.groups.insert(external(group), (name, members)), None, "{step}: {group} is there twice");
        }
        content
    }

    /// Compares the server with the directory, and what it was asked with what differs from the last time; answers the latter.
    async fn check(&mut self, step: &str) -> Vec<String> {
        let wanted = self.wanted();
        let there = self.there(&wanted, step).await;
        for (id, user) in &wanted.users {
            assert_eq!(there.users.get(id), Some(user), "{step}");
        }
        assert_eq!(there, wanted, "{step}");
        let mut needed = Vec::new();
        for id in wanted.users.keys().chain(self.before.users.keys()).collect::<BTreeSet<_>>() {
            let is_new = !self.known.contains(id);
            match (self.before.users.get(id), wanted.users.get(id)) {
                (before, after) if before == after => {}
                (None, Some(_)) if is_new => needed.push("POST Users"),
                _ => needed.push("PATCH Users"),
            }
        }
        for id in wanted.groups.keys().chain(self.before.groups.keys()).collect::<BTreeSet<_>>() {
            match (self.before.groups.get(id), wanted.groups.get(id)) {
                (before, after) if before == after => {}
                // Members join once everybody is there.
                (None, Some((_, people))) if !people.is_empty() => needed.extend(["POST Groups", "PATCH Groups"]),
                (None, Some(_)) => needed.push("POST Groups"),
                (Some(_), None) => needed.push("DELETE Groups"),
                _ => needed.push("PATCH Groups"),
            }
        }
        if self.before == Content::default() {
            // Whoever was there before is to be found. Later a create that is refused tells.
            needed.extend(["GET Groups", "GET Users"]);
        }
        needed.sort_unstable();
        self.known.extend(wanted.users.keys().cloned());
        self.before = wanted;
        let mut asked: Vec<String> = self.relay.take().iter().map(|e| format!("{} {}", e.method, collection(&e.path))).collect();
        asked.sort();
        assert_eq!(asked, needed, "{step}");
        asked
    }

    /// A cycle that reads changes alone.
    async fn changes(&mut self, step: &str) -> Vec<String> {
        let cycle = self.house.run_well(&self.channel).await;
        assert!(cycle.coverage.users.ids_complete && !cycle.coverage.users.full, "{step}: {:?}", cycle.coverage);
        self.check(step).await
    }

    /// People who are provisioned and active, at no awkward name, and in a group besides.
    fn team_mates(&self) -> Vec<String> {
        let in_any: BTreeSet<&String> = self.before.groups.values().flat_map(|(_, people)| people).collect();
        let people = in_scope(&self.samba).into_iter().filter(|(dn, person)| dn.starts_with("CN=u0") && !is_disabled(person));
        people.map(|(dn, _)| dn).filter(|dn| self.ids.get(&dn.to_lowercase()).is_some_and(|id| in_any.contains(id))).collect()
    }
}

fn collection(path: &str) -> &str {
    path.split(['/', '?']).nth(1).unwrap_or_default()
}

fn object(pairs: &[(&str, Option<Value>)]) -> Option<Value> {
    let map: Map<String, Value> = pairs.iter().filter_map(|(name, value)| Some(((*name).to_owned(), value.clone()?))).collect();
    (!map.is_empty()).then_some(Value::Object(map))
}

fn team(name: &str) -> String {
    format!("CN={name},OU=Groups,{BASE}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_and_what_happens_to_it_at_scim2_server() {
    what_happens_to(Samba::start(60, 6)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_and_what_happens_to_it_at_scim2_server_within_the_limits_of_windows() {
    what_happens_to(Samba::start_limited(60, 6)).await;
}

async fn what_happens_to(samba: Samba) {
    let mut domain = Domain::start(samba).await;
    let first = domain.house.newest(&domain.channel).await.unwrap();
    assert_eq!(first.state, CycleState::Succeeded, "{first:?}\n{}", domain.house.story(&first).await);
    let asked = domain.check("the first cycle").await;
    assert!(asked.len() > 60, "{asked:?}");
    assert!(domain.changes("nothing happened").await.is_empty());
    let scope = domain.samba.told("users_group_dn");

    // A join: somebody new, in the group of those in scope and in a team.
    let newcomer = format!("CN=u000900,OU=People,{BASE}");
    domain.samba.change(&format!(
        "dn: {newcomer}\nchangetype: add\nobjectClass: user\nsAMAccountName: u000900\ngivenName: New\nsn: Comer\ndisplayName: New Comer\nmail: new.comer@example.com\n"
    ));
    domain.samba.set(&newcomer, "userAccountControl", &["544"]);
    domain.samba.add_member(&scope, &newcomer);
    domain.samba.add_member(&team("team-0002"), &newcomer);
    assert_eq!(domain.changes("a join").await, ["PATCH Groups", "POST Users"]);

    // A leave, and a return as the same person.
    let leaver = domain.team_mates().remove(0);
    domain.samba.remove_member(&scope, &leaver);
    let asked = domain.changes("a leave").await;
    assert!(asked.len() >= 2, "the person, and a group: {asked:?}");
    domain.samba.add_member(&scope, &leaver);
    assert_eq!(domain.changes("a return").await, asked);

    // Moved and renamed, which the server knows nothing of; and still the same person.
    let moved = domain.team_mates().remove(1);
    let moved = domain.samba.move_below(&moved, "CN=u009999", &format!("OU=Services,{BASE}"));
    assert!(domain.changes("a move").await.is_empty());
    domain.samba.set(&moved, "title", &["Captain, Größe 東"]);
    assert_eq!(domain.changes("a title after the move").await, ["PATCH Users"]);

    // Disabled and enabled; the memberships stay.
    let off = domain.team_mates().remove(2);
    domain.samba.set(&off, "userAccountControl", &["514"]);
    assert_eq!(domain.changes("a disable").await, ["PATCH Users"]);
    domain.samba.set(&off, "userAccountControl", &["544"]);
    assert_eq!(domain.changes("an enable").await, ["PATCH Users"]);

    // The entry of a member is deleted.
    let gone = domain.team_mates().remove(3);
    domain.samba.delete(&gone);
    let asked = domain.changes("a delete").await;
    assert!(asked.len() >= 2, "the person, and a group: {asked:?}");

    // A group in a group: the one that is new to the scope is made, and the other has its people too.
    let inner = team("inner");
    let in_team = domain.samba.groups()[&team("team-0005").to_lowercase()].1.clone();
    let strangers: Vec<String> = domain.team_mates().into_iter().filter(|dn| !in_team.contains(&dn.to_lowercase())).take(2).collect();
    domain.samba.change(&format!(
        "dn: {inner}\nchangetype: add\nobjectClass: group\nsAMAccountName: group-900\nmember: {}\nmember: {}\n",
        strangers[0], strangers[1]
    ));
    domain.samba.add_member(&team("team-0005"), &inner);
    assert_eq!(domain.changes("a nested group").await, ["PATCH Groups", "PATCH Groups", "POST Groups"]);
    // Of three groups in each other the innermost gets a member.
    domain.samba.add_member(&domain.samba.case("nested")[2], &newcomer);
    assert_eq!(domain.changes("a join three deep").await, ["PATCH Groups"; 3]);
    domain.samba.remove_member(&team("team-0005"), &inner);
    assert_eq!(domain.changes("the nested group leaves").await, ["DELETE Groups", "PATCH Groups"]);

    // A group's new name, with a comma and letters of another script.
    domain.samba.rename(&team("team-0004"), "CN=Zespół\\, czwarty");
    assert_eq!(domain.changes("a group's new name").await, ["PATCH Groups"]);
    assert!(domain.changes("nothing happened at the end").await.is_empty());
    assert_eq!(domain.house.detail(&domain.channel).await.setbacks, Vec::new());
    domain.house.stop().await;
}
