//! The company in OpenLDAP and what the SCIM server must hold of it, worked out here from the directory alone.

use crate::house::{Channel, House, Setup};
use crate::relay::Recorder;
use crate::scim_server::{ScimServer, TOKEN};
use crate::slapd::{BASE, Content, Slapd};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

pub struct Company {
    pub slapd: Slapd,
    pub scim: ScimServer,
    /// Between Towpath and the SCIM server.
    pub relay: Recorder,
    /// Anchors of people who were provisioned and are not in scope any more.
    pub departed: BTreeSet<String>,
    /// Ids at the SCIM server that have nothing to do with the company.
    pub foreign: BTreeSet<String>,
    /// How changes are found. Then managers are not mapped, since who maps them reads everybody in every cycle.
    pub algorithm: Option<&'static str>,
}

impl Company {
    pub async fn start(users: usize, groups: usize) -> Self {
        Self::start_with(ScimServer::start(), users, groups).await
    }

    /// With another SCIM server.
    pub async fn start_with(scim: ScimServer, users: usize, groups: usize) -> Self {
        let relay = Recorder::start(scim.addr).await;
        Self { slapd: Slapd::start(users, groups), scim, relay, departed: BTreeSet::new(), foreign: BTreeSet::new(), algorithm: None }
    }

    /// One whose directory tells changes in this way.
    pub async fn start_telling(algorithm: &'static str, users: usize, groups: usize) -> Self {
        let scim = ScimServer::start();
        let relay = Recorder::start(scim.addr).await;
        let slapd = Slapd::start_with(users, groups, algorithm == "content_synchronization");
        Self { slapd, scim, relay, departed: BTreeSet::new(), foreign: BTreeSet::new(), algorithm: Some(algorithm) }
    }

    /// The channel as an administrator of this company sets it up: nested groups, disabled people inactive at the target.
    pub fn setup(&self) -> Setup {
        let mut mapping = vec![("map.userName", "mail".into())];
        mapping.extend(self.algorithm.is_none().then(|| ("map.manager", "manager".into())));
        let mut setup = Setup {
            connector: "scim-2.0",
            target: vec![
                ("scim_url", format!("http://{}", self.relay.addr)),
                ("auth_method", "bearer".into()),
                ("access_token", TOKEN.into()),
                ("provision_disabled", "on".into()),
            ],
            info: vec![("max_threads", "4".into())],
            settings: vec![
                ("group_class", "groupOfMembers".into()),
                ("status_attribute", "nsAccountLock".into()),
                ("status_algorithm", "flag".into()),
                ("flag_value", "TRUE".into()),
                ("flag_enabled", String::new()),
            ],
            location: vec![
                ("base_dn", BASE.into()),
                ("users.group_dn", self.slapd.told("users_group_dn")),
                ("users.nested", "on".into()),
                ("groups.group_dn", self.slapd.told("groups_group_dn")),
                ("groups.nested", "on".into()),
            ],
            mapping,
        };
        setup.settings.extend(self.algorithm.map(|algorithm| ("change_algorithm", algorithm.into())));
        setup
    }

    /// The Data Store and the channel, after the first cycle.
    pub async fn configure(&self, house: &House) -> Channel {
        self.configure_with(house, &self.setup()).await
    }

    /// The same with another setup.
    pub async fn configure_with(&self, house: &House, setup: &Setup) -> Channel {
        let store = house.data_store(&self.slapd.fields(self.slapd.addr())).await;
        house.channel(&store, setup).await
    }

    /// Asserts that the SCIM server holds what the directory says, object by object and attribute by attribute.
    pub async fn check(&self, step: &str) {
        let content = self.slapd.content();
        let (users, groups) = (self.scim.users().await, self.scim.groups().await);
        let people = self.people(&content);
        let ids = by_anchor(&users, &self.foreign, step);
        for (dn, anchor) in &people {
            let id = ids.get(anchor.as_str()).unwrap_or_else(|| panic!("{step}: {dn} is not at the target"));
            let id_of = |manager: &str| people.get(manager).and_then(|anchor| ids.get(anchor.as_str()).copied());
            let expected = person(&content, dn, |manager| id_of(manager).filter(|_| self.algorithm.is_none()));
            assert_eq!(plain(&users[*id]), expected, "{step}: {dn}");
        }
        let anchors: BTreeSet<&str> = people.values().map(String::as_str).collect();
        for (anchor, id) in ids.iter().filter(|(anchor, _)| !anchors.contains(*anchor)) {
            assert!(self.departed.contains(*anchor), "{step}: nobody wanted {}", users[*id]);
            assert_eq!(users[*id]["active"], json!(false), "{step}: {}", users[*id]);
        }
        let group_ids = by_anchor(&groups, &self.foreign, step);
        let wanted = self.groups(&content);
        for (dn, anchor) in &wanted {
            let id = group_ids.get(anchor.as_str()).unwrap_or_else(|| panic!("{step}: {dn} is not at the target"));
            let everybody = content.all_members(dn);
            let members = everybody.iter().filter_map(|member| ids.get(people.get(member)?.as_str()));
            let members: BTreeSet<&str> = members.copied().collect();
            let group = &groups[*id];
            assert_eq!(group["displayName"].as_str(), content.value(dn, "cn"), "{step}: {dn}");
            let there = group["members"].as_array().into_iter().flatten().map(|m| m["value"].as_str().unwrap());
            assert_eq!(there.collect::<BTreeSet<_>>(), members, "{step}: members of {dn}");
        }
        let surplus: Vec<_> = group_ids.keys().filter(|anchor| !wanted.values().any(|w| w == *anchor)).collect();
        assert!(surplus.is_empty(), "{step}: nobody wanted the groups {surplus:?}");
    }

    /// Anchors by DN of the people in scope whom the service can take: with a mail address that nobody else in scope has.
    pub fn people(&self, content: &Content) -> BTreeMap<String, String> {
        let scope = content.all_members(&self.slapd.told("users_group_dn"));
        let in_scope: Vec<&String> = scope.iter().filter(|dn| content.is_person(dn)).collect();
        let mut owners: BTreeMap<String, usize> = BTreeMap::new();
        for mail in in_scope.iter().filter_map(|dn| content.value(dn, "mail")) {
            *owners.entry(mail.to_lowercase()).or_default() += 1;
        }
        let is_taken = |dn: &str| content.value(dn, "mail").is_some_and(|mail| owners[&mail.to_lowercase()] == 1);
        in_scope.into_iter().filter(|dn| is_taken(dn)).map(|dn| (dn.clone(), anchor(content, dn))).collect()
    }

    /// Anchors by DN of the groups in scope.
    pub fn groups(&self, content: &Content) -> BTreeMap<String, String> {
        let scope = content.all_members(&self.slapd.told("groups_group_dn"));
        scope.into_iter().filter(|dn| content.is_group(dn)).map(|dn| (dn.clone(), anchor(content, &dn))).collect()
    }

    /// People in scope, in a stable order, who are no special case, nobody's manager, and a member of this group; or of no group of theirs.
    pub fn ordinary(&self, content: &Content, in_group: Option<&str>) -> Vec<String> {
        let special: BTreeSet<String> = self.slapd.manifest["cases"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|dns| dns.as_array().unwrap())
            .map(|dn| dn.as_str().unwrap().to_owned())
            .collect();
        let managers: BTreeSet<&str> = content.entries.keys().filter_map(|dn| content.find(content.value(dn, "manager")?)).collect();
        let direct = in_group.map(|group| content.members(group));
        let fits = |dn: &String| {
            let is_in = direct.as_ref().is_none_or(|members| members.contains(dn));
            is_in && !special.contains(dn) && !managers.contains(dn.as_str())
        };
        self.people(content).into_keys().filter(fits).collect()
    }

    /// The id that the SCIM server gave to an entry of the directory.
    pub async fn id_of(&self, dn: &str) -> String {
        let anchor = anchor(&self.slapd.content(), dn);
        let (users, groups) = (self.scim.users().await, self.scim.groups().await);
        let mut all = users.into_iter().chain(groups);
        all.find(|(_, resource)| resource["externalId"] == json!(anchor)).unwrap_or_else(|| panic!("{dn} is not at the target")).0
    }
}

pub fn anchor(content: &Content, dn: &str) -> String {
    content.value(dn, "entryuuid").unwrap().to_owned()
}

/// Ids by `externalId`, each of which must be there once.
fn by_anchor<'a>(resources: &'a BTreeMap<String, Value>, foreign: &BTreeSet<String>, step: &str) -> BTreeMap<&'a str, &'a str> {
    let mut ids = BTreeMap::new();
    for (id, resource) in resources.iter().filter(|(id, _)| !foreign.contains(*id)) {
        let anchor = resource["externalId"].as_str().unwrap_or_else(|| panic!("{step}: without externalId: {resource}"));
        let before = ids.insert(anchor, id.as_str());
        assert_eq!(before, None, "{step}: two objects of {anchor}");
    }
    ids
}

/// A person as RFC 7643 wants it, by the wizard's own mapping for OpenLDAP.
fn person<'a>(content: &Content, dn: &str, id_of: impl Fn(&str) -> Option<&'a str>) -> Value {
    let value = |name: &str| content.value(dn, name).map(|v| json!(v));
    let object = |pairs: &[(&str, Option<Value>)]| {
        let map: Map<String, Value> = pairs.iter().filter_map(|(name, value)| Some(((*name).to_owned(), value.clone()?))).collect();
        (!map.is_empty()).then_some(Value::Object(map))
    };
    let list = |item: Option<Value>| item.map(|item| json!([item]));
    let manager = content.value(dn, "manager").and_then(|manager| content.find(manager)).and_then(id_of).map(|id| json!({ "value": id }));
    let all = [
        ("active", Some(json!(content.value(dn, "nsaccountlock").is_none_or(|lock| !lock.eq_ignore_ascii_case("TRUE"))))),
        ("userName", value("mail")),
        ("externalId", value("entryuuid")),
        ("displayName", value("cn")),
        ("name", object(&[("givenName", value("givenname")), ("familyName", value("sn"))])),
        ("title", value("title")),
        ("emails", list(value("mail").map(|mail| json!({"type": "work", "value": mail})))),
        ("phoneNumbers", list(value("telephonenumber").map(|phone| json!({"type": "work", "value": phone})))),
        (
            ENTERPRISE,
            object(&[("employeeNumber", value("employeenumber")), ("department", value("departmentnumber")), ("manager", manager)]),
        ),
    ];
    object(&all).unwrap()
}

/// A user without what the server adds of its own.
pub fn plain(user: &Value) -> Value {
    let mut user = user.clone();
    let map = user.as_object_mut().unwrap();
    for own in ["id", "meta", "schemas", "groups"] {
        map.remove(own);
    }
    for list in ["emails", "phoneNumbers"] {
        for item in map.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            item.as_object_mut().unwrap().remove("primary");
        }
        if map.get(list).is_some_and(|list| list.as_array().is_some_and(Vec::is_empty)) {
            map.remove(list);
        }
    }
    if let Some(manager) = map.get_mut(ENTERPRISE).and_then(|e| e.get_mut("manager")) {
        *manager = json!({ "value": manager["value"] });
    }
    user
}
