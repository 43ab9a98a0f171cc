//! Users, groups and memberships, with the uniqueness that AWS keeps.

use std::collections::btree_map::Range;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound::{Excluded, Unbounded};

use serde_json::{Map, Value};

use super::error::Refusal;
use super::{Group, Member, User};

/// A stored user.
#[derive(Debug)]
pub(super) struct UserRecord {
    pub id: String,
    pub attributes: Map<String, Value>,
    pub created_ms: i64,
    pub modified_ms: i64,
    groups: BTreeSet<u64>,
}

/// A stored group.
#[derive(Debug)]
pub(super) struct GroupRecord {
    pub id: String,
    pub display_name: String,
    pub external_id: Option<String>,
    pub created_ms: i64,
    pub modified_ms: i64,
    members: BTreeSet<u64>,
}

/// The whole store. Records have keys in the order of their creation, which is the order of lists and what cursors point at.
#[derive(Debug, Default)]
pub(super) struct State {
    users: BTreeMap<u64, UserRecord>,
    groups: BTreeMap<u64, GroupRecord>,
    ids: HashMap<String, u64>,
    user_names: HashMap<String, u64>,
    user_emails: HashMap<String, u64>,
    user_external_ids: HashMap<String, u64>,
    group_names: HashMap<String, u64>,
    group_external_ids: HashMap<String, u64>,
    last_key: u64,
    revision: u64,
    /// Whether names and addresses are compared with their case.
    case_sensitive: bool,
}

impl UserRecord {
    fn text(&self, name: &str) -> Option<&str> {
        text(&self.attributes, name)
    }

    /// The id of the manager, for filters.
    pub fn manager(&self) -> Option<&str> {
        self.attributes.get(super::schema::ENTERPRISE)?.get("manager")?.get("value")?.as_str()
    }
}

impl GroupRecord {
    /// Keys of the members.
    pub fn members(&self) -> &BTreeSet<u64> {
        &self.members
    }
}

impl State {
    pub fn new(case_sensitive: bool) -> Self {
        Self { case_sensitive, ..Self::default() }
    }

    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Counts a change that is not of users, groups or memberships but has to be saved all the same.
    pub fn touch(&mut self) {
        self.revision += 1;
    }

    /// The key given last.
    pub fn last_key(&self) -> u64 {
        self.last_key
    }

    /// The next record gets the key behind this one, for a store that is put together again: cursors point at keys. False when that key is
    /// taken.
    pub fn continue_after(&mut self, key: u64) -> bool {
        self.last_key = key;
        key.checked_add(1).is_some_and(|next| !self.users.contains_key(&next) && !self.groups.contains_key(&next))
    }

    pub fn user_count(&self) -> usize {
        self.users.len()
    }

    pub fn group_count(&self) -> usize {
        self.groups.len()
    }

    pub fn has_id(&self, id: &str) -> bool {
        self.ids.contains_key(id)
    }

    pub fn users(&self) -> Range<'_, u64, UserRecord> {
        self.users_after(0)
    }

    pub fn groups(&self) -> Range<'_, u64, GroupRecord> {
        self.groups_after(0)
    }

    pub fn users_after(&self, key: u64) -> Range<'_, u64, UserRecord> {
        self.users.range((Excluded(key), Unbounded))
    }

    pub fn groups_after(&self, key: u64) -> Range<'_, u64, GroupRecord> {
        self.groups.range((Excluded(key), Unbounded))
    }

    /// Members of a group behind a key, in the order of their keys.
    pub fn members_after(&self, group: u64, key: u64) -> impl Iterator<Item = (u64, &UserRecord)> {
        let members = self.groups.get(&group).map(|group| group.members.range((Excluded(key), Unbounded)));
        members.into_iter().flatten().filter_map(|key| Some((*key, self.users.get(key)?)))
    }

    /// Groups of a user behind a key, in the order of their keys.
    pub fn groups_of_after(&self, user: u64, key: u64) -> impl Iterator<Item = (u64, &GroupRecord)> {
        let groups = self.users.get(&user).map(|user| user.groups.range((Excluded(key), Unbounded)));
        groups.into_iter().flatten().filter_map(|key| Some((*key, self.groups.get(key)?)))
    }

    pub fn user(&self, key: u64) -> Option<&UserRecord> {
        self.users.get(&key)
    }

    pub fn group(&self, key: u64) -> Option<&GroupRecord> {
        self.groups.get(&key)
    }

    pub fn user_by_id(&self, id: &str) -> Option<u64> {
        self.ids.get(id).copied().filter(|key| self.users.contains_key(key))
    }

    pub fn group_by_id(&self, id: &str) -> Option<u64> {
        self.ids.get(id).copied().filter(|key| self.groups.contains_key(key))
    }

    pub fn user_by_name(&self, user_name: &str) -> Option<u64> {
        self.user_names.get(&self.fold(user_name)).copied()
    }

    pub fn user_by_external_id(&self, external_id: &str) -> Option<u64> {
        self.user_external_ids.get(external_id).copied()
    }

    pub fn group_by_name(&self, display_name: &str) -> Option<u64> {
        self.group_names.get(&self.fold(display_name)).copied()
    }

    pub fn group_by_external_id(&self, external_id: &str) -> Option<u64> {
        self.group_external_ids.get(external_id).copied()
    }

    /// userName, e-mail address and externalId are each unique among users. Case is ignored in the first two unless the store is told
    /// otherwise; what AWS does is not known.
    pub fn check_user_unique(&self, attributes: &Map<String, Value>, own: Option<u64>) -> Result<(), Refusal> {
        let is_taken = |index: &HashMap<String, u64>, value: Option<String>| {
            value.and_then(|value| index.get(&value).copied()).is_some_and(|key| Some(key) != own)
        };
        if is_taken(&self.user_names, text(attributes, "userName").map(|name| self.fold(name))) {
            return Err(Refusal::duplicate("Duplicate UserName"));
        }
        if is_taken(&self.user_emails, email(attributes).map(|email| self.fold(email))) {
            return Err(Refusal::duplicate("Duplicate primary email"));
        }
        if is_taken(&self.user_external_ids, text(attributes, "externalId").map(str::to_owned)) {
            return Err(Refusal::duplicate("Duplicate ExternalId"));
        }
        Ok(())
    }

    /// displayName and externalId are each unique among groups.
    pub fn check_group_unique(&self, display_name: &str, external_id: Option<&str>, own: Option<u64>) -> Result<(), Refusal> {
        if self.group_by_name(display_name).is_some_and(|key| Some(key) != own) {
            return Err(Refusal::duplicate("Duplicate GroupDisplayName"));
        }
        if external_id.and_then(|id| self.group_by_external_id(id)).is_some_and(|key| Some(key) != own) {
            return Err(Refusal::duplicate("Duplicate ExternalId"));
        }
        Ok(())
    }

    /// Adds a user that was checked to be unique, and gives its key.
    pub fn insert_user(&mut self, id: String, attributes: Map<String, Value>, created_ms: i64, modified_ms: i64) -> u64 {
        let key = self.next_key();
        self.ids.insert(id.clone(), key);
        self.index_user(key, &attributes);
        self.users.insert(key, UserRecord { id, attributes, created_ms, modified_ms, groups: BTreeSet::new() });
        key
    }

    /// Gives a user other attributes, checked to be unique.
    pub fn replace_user(&mut self, key: u64, attributes: Map<String, Value>, now_ms: i64) {
        self.unindex_user(key);
        self.index_user(key, &attributes);
        if let Some(user) = self.users.get_mut(&key) {
            user.attributes = attributes;
            user.modified_ms = now_ms;
        }
        self.revision += 1;
    }

    /// Removes a user with its memberships.
    pub fn delete_user(&mut self, key: u64) {
        self.unindex_user(key);
        if let Some(user) = self.users.remove(&key) {
            self.ids.remove(&user.id);
            for group in user.groups {
                if let Some(group) = self.groups.get_mut(&group) {
                    group.members.remove(&key);
                }
            }
        }
        self.revision += 1;
    }

    /// Adds a group that was checked to be unique, and gives its key.
    pub fn insert_group(
        &mut self,
        id: String,
        display_name: String,
        external_id: Option<String>,
        created_ms: i64,
        modified_ms: i64,
    ) -> u64 {
        let key = self.next_key();
        self.ids.insert(id.clone(), key);
        self.index_group(key, &display_name, external_id.as_deref());
        self.groups.insert(key, GroupRecord { id, display_name, external_id, created_ms, modified_ms, members: BTreeSet::new() });
        key
    }

    /// Gives a group another name and external id, checked to be unique.
    pub fn rename_group(&mut self, key: u64, display_name: String, external_id: Option<String>, now_ms: i64) {
        self.unindex_group(key);
        self.index_group(key, &display_name, external_id.as_deref());
        if let Some(group) = self.groups.get_mut(&key) {
            group.display_name = display_name;
            group.external_id = external_id;
            group.modified_ms = now_ms;
        }
        self.revision += 1;
    }

    /// Makes a user a member of a group, or no longer; either is no error when it already is so.
    pub fn set_member(&mut self, group_key: u64, user_key: u64, is_member: bool) {
        if let (Some(group), Some(user)) = (self.groups.get_mut(&group_key), self.users.get_mut(&user_key)) {
            if is_member {
                group.members.insert(user_key);
                user.groups.insert(group_key);
            } else {
                group.members.remove(&user_key);
                user.groups.remove(&group_key);
            }
        }
        self.revision += 1;
    }

    /// Removes a group with its memberships.
    pub fn delete_group(&mut self, key: u64) {
        self.unindex_group(key);
        if let Some(group) = self.groups.remove(&key) {
            self.ids.remove(&group.id);
            for user in group.members {
                if let Some(user) = self.users.get_mut(&user) {
                    user.groups.remove(&key);
                }
            }
        }
        self.revision += 1;
    }

    /// A user for people to look at.
    pub fn user_view(&self, record: &UserRecord) -> User {
        User {
            id: record.id.clone(),
            user_name: record.text("userName").unwrap_or_default().to_owned(),
            external_id: record.text("externalId").map(str::to_owned),
            active: record.attributes.get("active") == Some(&Value::Bool(true)),
            attributes: record.attributes.clone(),
            groups: record.groups.iter().filter_map(|key| Some(self.groups.get(key)?.id.clone())).collect(),
            created_ms: record.created_ms,
            modified_ms: record.modified_ms,
        }
    }

    /// A group with its members for people to look at.
    pub fn group_view(&self, record: &GroupRecord) -> Group {
        let member = |key: &u64| {
            let user = self.users.get(key)?;
            Some(Member { id: user.id.clone(), user_name: user.text("userName").unwrap_or_default().to_owned() })
        };
        Group {
            id: record.id.clone(),
            display_name: record.display_name.clone(),
            external_id: record.external_id.clone(),
            members: record.members.iter().filter_map(member).collect(),
            created_ms: record.created_ms,
            modified_ms: record.modified_ms,
        }
    }

    fn next_key(&mut self) -> u64 {
        self.revision += 1;
        self.last_key += 1;
        self.last_key
    }

    fn index_user(&mut self, key: u64, attributes: &Map<String, Value>) {
        let (name, email) = (text(attributes, "userName").map(|name| self.fold(name)), email(attributes).map(|email| self.fold(email)));
        self.user_names.extend(name.map(|name| (name, key)));
        self.user_emails.extend(email.map(|email| (email, key)));
        self.user_external_ids.extend(text(attributes, "externalId").map(|id| (id.to_owned(), key)));
    }

    fn unindex_user(&mut self, key: u64) {
        let Some(user) = self.users.get(&key) else { return };
        let name = text(&user.attributes, "userName").map(|name| self.fold(name));
        let email = email(&user.attributes).map(|email| self.fold(email));
        if let Some(id) = text(&user.attributes, "externalId") {
            self.user_external_ids.remove(id);
        }
        name.map(|name| self.user_names.remove(&name));
        email.map(|email| self.user_emails.remove(&email));
    }

    fn index_group(&mut self, key: u64, display_name: &str, external_id: Option<&str>) {
        self.group_names.insert(self.fold(display_name), key);
        self.group_external_ids.extend(external_id.map(|id| (id.to_owned(), key)));
    }

    fn unindex_group(&mut self, key: u64) {
        let Some(group) = self.groups.get(&key) else { return };
        self.group_names.remove(&self.fold(&group.display_name));
        if let Some(id) = &group.external_id {
            self.group_external_ids.remove(id);
        }
    }

    fn fold(&self, text: &str) -> String {
        if self.case_sensitive { text.to_owned() } else { text.to_lowercase() }
    }
}

fn text<'a>(attributes: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    attributes.get(name)?.as_str()
}

/// The only e-mail address, which is the primary one.
fn email(attributes: &Map<String, Value>) -> Option<&str> {
    attributes.get("emails")?.get(0)?.get("value")?.as_str()
}
