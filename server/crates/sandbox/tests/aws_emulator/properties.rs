//! Whatever is asked in whatever order: names stay unique, what is free can be had, and a restart changes nothing.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use sandbox::aws::{Aws, Config, ConsoleError};
use serde_json::{Value, json};

use crate::api::{Api, NOW, group, user, values};

/// Few names, some of which differ in case alone, so that they meet.
const NAMES: [&str; 5] = ["a", "A", "b", "B", "c"];

#[derive(Debug, Clone)]
struct Person {
    name: &'static str,
    mail: Option<&'static str>,
    external_id: Option<&'static str>,
}

#[derive(Debug, Clone)]
enum Step {
    CreateUser(Person),
    PutUser(Index, Person),
    PatchUser(Index, Person),
    EditUser(Index, Person),
    DeleteUser(Index, bool),
    CreateGroup(&'static str, Option<&'static str>, Vec<Index>),
    PatchGroup(Index, &'static str, Option<&'static str>),
    RenameGroup(Index, &'static str),
    Members(Index, Vec<(bool, Index)>),
    DeleteGroup(Index, bool),
}

fn step() -> impl Strategy<Value = Step> {
    let name = || select(&NAMES[..]);
    let maybe = || proptest::option::of(select(&NAMES[..]));
    let person = || (name(), maybe(), maybe()).prop_map(|(name, mail, external_id)| Person { name, mail, external_id });
    let at = any::<Index>;
    prop_oneof![
        4 => person().prop_map(Step::CreateUser),
        1 => (at(), person()).prop_map(|(at, person)| Step::PutUser(at, person)),
        2 => (at(), person()).prop_map(|(at, person)| Step::PatchUser(at, person)),
        1 => (at(), person()).prop_map(|(at, person)| Step::EditUser(at, person)),
        2 => (at(), any::<bool>()).prop_map(|(at, by_console)| Step::DeleteUser(at, by_console)),
        3 => (name(), maybe(), proptest::collection::vec(at(), 0..3)).prop_map(|(name, id, members)| Step::CreateGroup(name, id, members)),
        2 => (at(), name(), maybe()).prop_map(|(at, name, id)| Step::PatchGroup(at, name, id)),
        1 => (at(), name()).prop_map(|(at, name)| Step::RenameGroup(at, name)),
        3 => (at(), proptest::collection::vec((any::<bool>(), at()), 1..4)).prop_map(|(at, changes)| Step::Members(at, changes)),
        1 => (at(), any::<bool>()).prop_map(|(at, by_console)| Step::DeleteGroup(at, by_console)),
    ]
}

/// What should be there, found by looking at everything.
#[derive(Default)]
struct Model {
    users: Vec<(String, Person)>,
    groups: Vec<(String, &'static str, Option<&'static str>, BTreeSet<String>)>,
}

impl Model {
    fn is_user_free(&self, person: &Person, own: Option<usize>) -> bool {
        let same = |a: Option<&str>, b: Option<&str>| a.is_some() && a.map(str::to_lowercase) == b.map(str::to_lowercase);
        let mut others = self.users.iter().enumerate().filter(|(at, _)| Some(*at) != own).map(|(_, (_, other))| other);
        !others.any(|other| {
            let same_id = other.external_id.is_some() && other.external_id == person.external_id;
            same(Some(other.name), Some(person.name)) || same(other.mail, person.mail) || same_id
        })
    }

    fn is_group_free(&self, name: &str, external_id: Option<&str>, own: Option<usize>) -> bool {
        let mut others = self.groups.iter().enumerate().filter(|(at, _)| Some(*at) != own).map(|(_, other)| other);
        !others.any(|(_, other, other_id, _)| other.eq_ignore_ascii_case(name) || (external_id.is_some() && *other_id == external_id))
    }

    fn forget_user(&mut self, at: usize) -> String {
        let (id, _) = self.users.remove(at);
        for group in &mut self.groups {
            group.3.remove(&id);
        }
        id
    }
}

/// The attributes that matter here; `null` for those that are to go.
fn changes(person: &Person) -> Value {
    let mail = person.mail.map(|mail| json!([{ "value": mail, "primary": true }]));
    json!({ "userName": person.name, "emails": mail, "externalId": person.external_id })
}

fn body(person: &Person) -> Value {
    let mut body = user(person.name);
    body.as_object_mut().unwrap().extend(changes(person).as_object().unwrap().clone());
    body
}

async fn walk(api: &Api, model: &mut Model, step: Step) {
    let outcome = |free: bool, fine: u16| if free { fine } else { 409 };
    match step {
        Step::CreateUser(person) => {
            let free = model.is_user_free(&person, None);
            let reply = api.post("/Users", body(&person)).await.expect(outcome(free, 201));
            if free {
                model.users.push((reply.id(), person));
            }
        }
        Step::PutUser(..) | Step::PatchUser(..) | Step::EditUser(..) if model.users.is_empty() => {}
        Step::PutUser(at, person) => {
            let at = at.index(model.users.len());
            let free = model.is_user_free(&person, Some(at));
            api.put(&format!("/Users/{}", model.users[at].0), body(&person)).await.expect(outcome(free, 200));
            if free {
                model.users[at].1 = person;
            }
        }
        Step::PatchUser(at, person) => {
            let at = at.index(model.users.len());
            let free = model.is_user_free(&person, Some(at));
            let operations = json!([{ "op": "replace", "value": changes(&person) }]);
            api.patch(&format!("/Users/{}", model.users[at].0), operations).await.expect(outcome(free, 200));
            if free {
                model.users[at].1 = person;
            }
        }
        Step::EditUser(at, person) => {
            let at = at.index(model.users.len());
            let free = model.is_user_free(&person, Some(at));
            let edited = api.aws.console().edit_user(&model.users[at].0, changes(&person).as_object().unwrap().clone());
            assert_eq!(edited.is_ok(), free);
            if free {
                model.users[at].1 = person;
            }
        }
        Step::DeleteUser(at, by_console) => {
            if model.users.is_empty() {
                api.delete("/Users/none").await.expect(404);
                return;
            }
            let id = model.forget_user(at.index(model.users.len()));
            match by_console {
                true => assert_eq!(api.aws.console().delete_user(&id), Ok(())),
                false => drop(api.delete(&format!("/Users/{id}")).await.expect(204)),
            }
            api.get(&format!("/Users/{id}")).await.expect(404);
        }
        Step::CreateGroup(name, external_id, members) => {
            let members: Vec<String> = match model.users.len() {
                0 => Vec::new(),
                count => members.iter().map(|at| model.users[at.index(count)].0.clone()).collect(),
            };
            let mut body = group(name);
            (body["externalId"], body["members"]) = (json!(external_id), values(&members));
            let free = model.is_group_free(name, external_id, None);
            let reply = api.post("/Groups", body).await.expect(outcome(free, 201));
            if free {
                model.groups.push((reply.id(), name, external_id, members.into_iter().collect()));
            }
        }
        Step::PatchGroup(..) | Step::RenameGroup(..) | Step::Members(..) | Step::DeleteGroup(..) if model.groups.is_empty() => {}
        Step::PatchGroup(at, name, external_id) => {
            let at = at.index(model.groups.len());
            let free = model.is_group_free(name, external_id, Some(at));
            let operations = json!([{ "op": "replace", "value": { "displayName": name, "externalId": external_id } }]);
            api.patch(&format!("/Groups/{}", model.groups[at].0), operations).await.expect(outcome(free, 204));
            if free {
                (model.groups[at].1, model.groups[at].2) = (name, external_id);
            }
        }
        Step::RenameGroup(at, name) => {
            let at = at.index(model.groups.len());
            let free = model.is_group_free(name, None, Some(at));
            let renamed = api.aws.console().rename_group(&model.groups[at].0, name);
            assert_eq!(renamed.map(|_| ()), if free { Ok(()) } else { Err(ConsoleError::Refused("Duplicate GroupDisplayName".into())) });
            if free {
                model.groups[at].1 = name;
            }
        }
        Step::Members(at, changes) => {
            let Some(count) = Some(model.users.len()).filter(|count| *count > 0) else { return };
            let at = at.index(model.groups.len());
            let mut operations = Vec::new();
            for (is_add, user) in changes {
                let id = model.users[user.index(count)].0.clone();
                operations.push(json!({ "op": if is_add { "add" } else { "remove" }, "path": "members", "value": values(&[&id]) }));
                match is_add {
                    true => model.groups[at].3.insert(id),
                    false => model.groups[at].3.remove(&id),
                };
            }
            api.patch(&format!("/Groups/{}", model.groups[at].0), operations.into()).await.expect(204);
        }
        Step::DeleteGroup(at, by_console) => {
            let (id, ..) = model.groups.remove(at.index(model.groups.len()));
            match by_console {
                true => assert_eq!(api.aws.console().delete_group(&id), Ok(())),
                false => drop(api.delete(&format!("/Groups/{id}")).await.expect(204)),
            }
            api.get(&format!("/Groups/{id}")).await.expect(404);
        }
    }
}

/// The store is what the model says, seen from inside and through its filters.
async fn compare(api: &Api, model: &Model) {
    let users: Vec<_> = api.aws.users().into_iter().map(|user| (user.id, user.user_name, user.external_id)).collect();
    let wanted: Vec<_> = model.users.iter().map(|(id, p)| (id.clone(), p.name.to_owned(), p.external_id.map(str::to_owned))).collect();
    assert_eq!(users, wanted);
    let groups = api.aws.groups().into_iter().map(|group| {
        let members: BTreeSet<String> = group.members.into_iter().map(|member| member.id).collect();
        (group.id, group.display_name, group.external_id, members)
    });
    let groups: Vec<_> = groups.collect();
    let wanted: Vec<_> = model
        .groups
        .iter()
        .map(|(id, name, ext, members)| (id.clone(), (*name).to_owned(), ext.map(str::to_owned), members.clone()))
        .collect();
    assert_eq!(groups, wanted);
    for name in NAMES {
        let user = model.users.iter().filter(|(_, person)| person.name.eq_ignore_ascii_case(name)).map(|(id, _)| id.as_str());
        let found = api.filter("/Users", &format!("userName eq \"{name}\"")).await.expect(200);
        assert_eq!(found.listed("id"), user.collect::<Vec<_>>());
        let group = model.groups.iter().filter(|group| group.2 == Some(name)).map(|group| group.0.as_str());
        let found = api.filter("/Groups", &format!("externalId eq \"{name}\"")).await.expect(200);
        assert_eq!(found.listed("id"), group.collect::<Vec<_>>());
    }
    for (id, ..) in &model.users {
        let of_user = model.groups.iter().filter(|group| group.3.contains(id)).map(|group| group.0.as_str());
        let found = api.filter("/Groups", &format!("members.value eq \"{id}\"")).await.expect(200);
        assert_eq!(found.listed("id"), of_user.collect::<Vec<_>>());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn names_stay_unique_and_a_restart_changes_nothing(before in proptest::collection::vec(step(), 1..40), after in proptest::collection::vec(step(), 1..10)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (mut api, mut model) = (Api::new(), Model::default());
            for step in before {
                walk(&api, &mut model, step).await;
                compare(&api, &model).await;
            }
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("aws.json");
            api.aws.save(&path).await.unwrap();
            api.aws = Aws::load(Config::new(|| NOW), &path).await.unwrap();
            compare(&api, &model).await;
            for step in after {
                walk(&api, &mut model, step).await;
            }
            compare(&api, &model).await;
        });
    }
}
