//! The sandbox as a stage: a sample directory, an AWS emulator, and Towpath between them.

use crate::house::{Channel, House, Pairs, Setup};
use crate::wire::ask;
use domain::id::DataStoreId;
use http::{Method, StatusCode};
use sandbox::aws::{Aws, AwsServer, Config, LogEntry, Operation};
use sandbox::directory::{Directory, DirectoryServer, EntryView, Kind, NewPerson};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

pub struct Stage {
    pub directory: DirectoryServer,
    pub aws: AwsServer,
    pub folder: TempDir,
    pub house: House,
}

impl Stage {
    pub async fn new(directory: Directory) -> Self {
        Self::with(directory, |_| {}, None).await
    }

    /// With a changed emulator, or another database than the folder's own.
    pub async fn with(directory: Directory, change: impl FnOnce(&mut Config), database_url: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let directory = DirectoryServer::start(directory, LOOPBACK).await.unwrap();
        let mut config = Config::new(server::clock::now);
        change(&mut config);
        let aws = AwsServer::start(Aws::new(config), LOOPBACK).await.unwrap();
        let house = House::open_on(folder.path(), database_url).await;
        Self { directory, aws, folder, house }
    }

    /// Stops Towpath as the server does, and starts it over the same data.
    pub async fn restart(self) -> Self {
        self.house.stop().await;
        Self { house: House::open(self.folder.path()).await, ..self }
    }

    /// Fields of the LDAP Configuration tab.
    pub fn ldap_fields(&self) -> Pairs {
        let (user, password) = self.directory.directory().read(|d| (d.bind_dn(), d.bind_password()));
        vec![
            ("hostnames", self.directory.addr().to_string()),
            ("tls", "none".into()),
            ("ldap_type", "active_directory".into()),
            ("user_dn", user),
            ("password", password),
        ]
    }

    /// The steps of the guide: the AWS template, the two groups with Nested Search, userName from mail.
    pub fn setup(&self) -> Setup {
        let (base, users, groups) = self.directory.directory().read(|d| (d.base_dn(), d.users_group_dn(), d.groups_group_dn()));
        Setup {
            connector: "aws-iam-identity-center",
            target: vec![("scim_url", self.aws.base_url()), ("access_token", self.aws.token())],
            info: vec![("max_threads", "8".into())],
            settings: Vec::new(),
            location: vec![
                ("base_dn", base),
                ("users.group_dn", users),
                ("users.nested", "on".into()),
                ("groups.group_dn", groups),
                ("groups.nested", "on".into()),
            ],
            mapping: vec![("map.userName", "mail".into())],
        }
    }

    pub async fn data_store(&self) -> DataStoreId {
        self.house.data_store(&self.ldap_fields()).await
    }

    /// The Data Store and the channel of the guide, after the first cycle.
    pub async fn configure(&self) -> Channel {
        self.configure_with(&self.setup()).await
    }

    pub async fn configure_with(&self, setup: &Setup) -> Channel {
        let store = self.data_store().await;
        self.house.channel(&store, setup).await
    }

    // --- the directory

    /// The DN of the account with this logon name.
    pub fn dn(&self, login: &str) -> String {
        let find = |d: &Directory| d.people().find(|p| p.value("sAMAccountName").as_deref() == Some(login)).map(|p| p.dn());
        self.directory.directory().read(find).unwrap_or_else(|| panic!("{login} is not in the directory"))
    }

    /// The DN of a group by its common name.
    pub fn group_dn(&self, name: &str) -> String {
        let find = |d: &Directory| d.groups().find(|g| g.value("cn").as_deref() == Some(name)).map(|g| g.dn());
        self.directory.directory().read(find).unwrap_or_else(|| panic!("{name} is not in the directory"))
    }

    pub fn change<T>(&self, change: impl FnOnce(&mut Directory) -> T) -> T {
        self.directory.directory().change(change)
    }

    /// A new person in scope; answers the DN.
    pub fn hire(&self, given: &str, family: &str, login: &str) -> String {
        self.change(|d| {
            let person = NewPerson::new(given, family, login).with("mail", &format!("{login}@canal.example"));
            let name = d.add_person(&d.people_unit(), person).unwrap().as_name();
            d.add_member(&d.users_group_dn(), &name).unwrap();
            d.entry(&name).unwrap().dn()
        })
    }

    /// Logon names of the direct members of the users' group, in a stable order.
    pub fn in_scope(&self) -> Vec<String> {
        self.directory.directory().read(|d| {
            let members = d.entry(&d.users_group_dn()).unwrap().members();
            let mut logins: Vec<String> = members
                .iter()
                .filter_map(|dn| d.entry(dn))
                .filter(|e| e.kind() == Kind::Person)
                .filter_map(|e| e.value("sAMAccountName"))
                .collect();
            logins.sort();
            logins
        })
    }

    /// Takes people out of scope.
    pub fn leave(&self, logins: &[String]) {
        for login in logins {
            let dn = self.dn(login);
            self.change(|d| d.remove_member(&d.users_group_dn(), &dn).unwrap());
        }
    }

    // --- AWS

    /// Puts a user there that Towpath did not make; answers its id.
    pub async fn put_user(&self, user_name: &str) -> String {
        let body = json!({
            "schemas": [USER], "userName": user_name, "displayName": "Old Name", "active": true,
            "name": {"givenName": "Old", "familyName": "Name"}, "emails": [{"value": user_name, "type": "work", "primary": true}],
        });
        self.put("/Users", &body).await
    }

    /// Puts a group there that Towpath did not make; answers its id.
    pub async fn put_group(&self, name: &str) -> String {
        self.put("/Groups", &json!({"schemas": [GROUP], "displayName": name})).await
    }

    async fn put(&self, path: &str, body: &Value) -> String {
        let (status, body) = ask(&self.aws.base_url(), &self.aws.token(), Method::POST, path, Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        body["id"].as_str().unwrap().to_owned()
    }

    /// Deletes a user there, as an administrator of AWS might.
    pub async fn delete_user(&self, id: &str) {
        self.delete(&format!("/Users/{id}")).await;
    }

    /// The same of a group.
    pub async fn delete_group(&self, id: &str) {
        self.delete(&format!("/Groups/{id}")).await;
    }

    async fn delete(&self, path: &str) {
        let (status, body) = ask(&self.aws.base_url(), &self.aws.token(), Method::DELETE, path, None).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
    }

    /// Requests that AWS refused, or that a fault struck.
    pub fn refused(&self) -> Vec<LogEntry> {
        self.aws.request_log().into_iter().filter(|e| e.status == 0 || e.status >= 400).collect()
    }

    /// Requests that AWS refused by itself: without a fault that was ordered, be it for one request or, as a refused token is, for all
    /// that follow.
    pub fn refused_unprovoked(&self) -> Vec<LogEntry> {
        self.refused().into_iter().filter(|e| e.fault.is_none() && e.status != 401).collect()
    }

    /// How often an operation was asked for.
    pub fn asked(&self, operation: Operation) -> usize {
        self.aws.request_log().iter().filter(|e| e.operation == Some(operation)).count()
    }

    /// Asserts that AWS holds what the directory says, and that it refused nothing but what a fault made it refuse.
    pub fn check(&self, step: &str) {
        self.check_state(step);
        let refused = self.refused_unprovoked();
        assert!(refused.is_empty(), "{step}: {refused:?}");
    }

    /// Asserts that AWS holds what the directory says, object by object and attribute by attribute. Besides, whoever is not in
    /// scope may be there, inactive and in no group.
    pub fn check_state(&self, step: &str) {
        let users: BTreeMap<String, _> = self.aws.users().into_iter().map(|u| (anchor(u.external_id.as_ref(), step), u)).collect();
        assert_eq!(users.len(), self.aws.users().len(), "{step}: two objects of one person");
        let groups: BTreeMap<String, _> = self.aws.groups().into_iter().map(|g| (anchor(g.external_id.as_ref(), step), g)).collect();
        assert_eq!(groups.len(), self.aws.groups().len(), "{step}: two objects of one group");
        self.directory.directory().read(|directory| {
            let scope = all_members(directory, &directory.users_group_dn());
            let mut expected = BTreeSet::new();
            for person in scope.iter().filter_map(|dn| directory.entry(dn)).filter(|e| e.kind() == Kind::Person) {
                let guid = person.guid().to_string();
                let Some(there) = users.get(&guid) else {
                    assert!(person.is_disabled() || !is_complete(&person), "{step}: {} is not at AWS", person.dn());
                    continue;
                };
                assert!(is_complete(&person), "{step}: {} lacks what AWS requires, and is there", person.dn());
                let mut attributes = there.attributes.clone();
                attributes.remove("schemas");
                assert_eq!(Value::Object(attributes), expected_user(&person), "{step}: {}", person.dn());
                expected.insert(guid);
            }
            for user in users.values().filter(|u| !u.external_id.as_ref().is_some_and(|id| expected.contains(id))) {
                assert!(!user.active && user.groups.is_empty(), "{step}: nobody wanted {user:?}");
            }
            let listed = all_members(directory, &directory.groups_group_dn());
            let mut wanted = BTreeSet::new();
            for group in listed.iter().filter_map(|dn| directory.entry(dn)).filter(|e| e.kind() == Kind::Group) {
                let guid = group.guid().to_string();
                let there = groups.get(&guid).unwrap_or_else(|| panic!("{step}: {} is not at AWS", group.dn()));
                assert_eq!(Some(there.display_name.as_str()), group.value("cn").as_deref(), "{step}");
                let everybody = all_members(directory, &group.dn());
                let ids = everybody.iter().filter_map(|dn| directory.entry(dn)).map(|e| e.guid().to_string());
                let members: BTreeSet<String> = ids.filter(|id| expected.contains(id)).map(|id| users[&id].id.clone()).collect();
                assert_eq!(
                    there.members.iter().map(|m| m.id.clone()).collect::<BTreeSet<_>>(),
                    members,
                    "{step}: members of {}",
                    group.dn()
                );
                wanted.insert(guid);
            }
            let surplus: Vec<_> = groups.iter().filter(|(id, _)| !wanted.contains(*id)).collect();
            assert!(surplus.is_empty(), "{step}: nobody wanted {surplus:?}");
        });
    }
}

/// Waits until so many users are at AWS.
pub async fn reaches(aws: &AwsServer, users: usize) {
    let begun = Instant::now();
    while aws.users().len() < users {
        assert!(begun.elapsed() < Duration::from_secs(30), "{} users", aws.users().len());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn anchor(external_id: Option<&String>, step: &str) -> String {
    external_id.unwrap_or_else(|| panic!("{step}: an object without externalId")).clone()
}

/// Everything that is a member of a group or of a group in it, however deep.
fn all_members(directory: &Directory, group: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![group.to_owned()];
    while let Some(group) = open.pop() {
        for member in directory.entry(&group).unwrap().members() {
            if found.insert(member.clone()) && directory.entry(&member).unwrap().kind() == Kind::Group {
                open.push(member);
            }
        }
    }
    found.remove(group);
    found
}

/// AWS requires these four, and Towpath takes userName from mail.
fn is_complete(person: &EntryView<'_>) -> bool {
    ["mail", "displayName", "givenName", "sn"].iter().all(|name| person.value(name).is_some())
}

/// A person as AWS documents it, by the wizard's own mapping for Active Directory.
fn expected_user(person: &EntryView<'_>) -> Value {
    let value = |name: &str| person.value(name).map(Value::String);
    let object = |pairs: &[(&str, Option<Value>)]| {
        let map: Map<String, Value> = pairs.iter().filter_map(|(name, value)| Some(((*name).to_owned(), value.clone()?))).collect();
        (!map.is_empty()).then_some(Value::Object(map))
    };
    let all = [
        ("active", Some(json!(!person.is_disabled()))),
        ("userName", value("mail")),
        ("externalId", Some(json!(person.guid().to_string()))),
        ("displayName", value("displayName")),
        ("name", object(&[("givenName", value("givenName")), ("familyName", value("sn"))])),
        ("title", value("title")),
        ("emails", Some(json!([{"value": person.value("mail"), "type": "work", "primary": true}]))),
        ("phoneNumbers", value("telephoneNumber").map(|phone| json!([{"value": phone, "type": "work"}]))),
        (
            ENTERPRISE,
            object(&[("employeeNumber", value("employeeNumber")), ("organization", value("company")), ("department", value("department"))]),
        ),
    ];
    object(&all).unwrap()
}
