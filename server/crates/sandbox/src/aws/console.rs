//! What an administrator does in the AWS console, past the SCIM endpoint.
//!
//! The same rules hold as for a client: attributes are checked by the same table, and names are unique. The request log shows
//! nothing of it.

use serde_json::{Map, Value};

use super::error::Refusal;
use super::patch::{self, Kind, Op};
use super::schema::{CORE_GROUP, CORE_USER, Verb};
use super::{Aws, Group, Inner, User, group, user};

/// Why the console refuses something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsoleError {
    /// Provisioning can be enabled once.
    #[error("Automatic provisioning is already enabled.")]
    AlreadyEnabled,
    /// There is no endpoint, and so no token.
    #[error("Automatic provisioning is not enabled; enable it first.")]
    NotEnabled,
    /// Two is the most.
    #[error("There are already two access tokens; delete one first.")]
    TooManyTokens,
    /// No token has this id.
    #[error("There is no access token {0}.")]
    NoToken(String),
    /// No user has this name or id.
    #[error("There is no user {0}.")]
    NoUser(String),
    /// No group has this name or id.
    #[error("There is no group {0}.")]
    NoGroup(String),
    /// Nothing to add.
    #[error("{user} is already a member of {group}.")]
    AlreadyMember {
        /// As it was asked for.
        group: String,
        /// As it was asked for.
        user: String,
    },
    /// Nothing to remove.
    #[error("{user} is not a member of {group}.")]
    NotMember {
        /// As it was asked for.
        group: String,
        /// As it was asked for.
        user: String,
    },
    /// An attribute is not as it must be, or is taken.
    #[error("{0}")]
    Refused(String),
}

impl From<Refusal> for ConsoleError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.reason)
    }
}

/// Users and groups in the AWS console. Every `user` is a `userName` or an id, every `group` a `displayName` or an id.
#[derive(Debug, Clone, Copy)]
pub struct Console<'a> {
    aws: &'a Aws,
}

impl<'a> Console<'a> {
    pub(super) fn new(aws: &'a Aws) -> Self {
        Self { aws }
    }

    /// Adds a user with these SCIM attributes (`userName`, `name`, `displayName` at least).
    pub fn create_user(&self, attributes: Map<String, Value>) -> Result<User, ConsoleError> {
        let mut body = attributes;
        body.insert("schemas".into(), Value::Array(vec![CORE_USER.into()]));
        self.edit(|inner, now_ms| {
            let config = &self.aws.shared.config;
            let attributes = user::parse(body, None, config.rules(Verb::Create), config.active_when_omitted)?;
            inner.state.check_user_unique(&attributes, None)?;
            let id = inner.new_id(config.id_shape);
            let key = inner.state.insert_user(id, attributes, now_ms, now_ms);
            shown_user(inner, key, "")
        })
    }

    /// Changes attributes of a user, by SCIM name; `null` clears one. Parts of `name` and of the extension that are not named stay.
    pub fn edit_user(&self, user: &str, changes: Map<String, Value>) -> Result<User, ConsoleError> {
        self.edit(|inner, now_ms| {
            let key = user_key(inner, user)?;
            let record = inner.state.user(key).ok_or_else(|| ConsoleError::NoUser(user.to_owned()))?;
            let op = Op { kind: Kind::Replace, path: None, value: Some(Value::Object(changes)) };
            let attributes = patch::apply_to_user(&record.attributes, &record.id, vec![op], self.aws.shared.config.rules(Verb::Patch))?;
            inner.state.check_user_unique(&attributes, Some(key))?;
            inner.state.replace_user(key, attributes, now_ms);
            shown_user(inner, key, user)
        })
    }

    /// Deletes a user with its memberships.
    pub fn delete_user(&self, user: &str) -> Result<(), ConsoleError> {
        self.edit(|inner, _| {
            let key = user_key(inner, user)?;
            inner.state.delete_user(key);
            Ok(())
        })
    }

    /// Adds a group without members.
    pub fn create_group(&self, display_name: &str) -> Result<Group, ConsoleError> {
        self.edit(|inner, now_ms| {
            let name = self.group_name(display_name)?;
            inner.state.check_group_unique(&name, None, None)?;
            let id = inner.new_id(self.aws.shared.config.id_shape);
            let key = inner.state.insert_group(id, name, None, now_ms, now_ms);
            shown_group(inner, key, display_name)
        })
    }

    /// Gives a group another `displayName`.
    pub fn rename_group(&self, group: &str, display_name: &str) -> Result<Group, ConsoleError> {
        self.edit(|inner, now_ms| {
            let key = group_key(inner, group)?;
            let name = self.group_name(display_name)?;
            let external_id = inner.state.group(key).and_then(|record| record.external_id.clone());
            inner.state.check_group_unique(&name, external_id.as_deref(), Some(key))?;
            inner.state.rename_group(key, name, external_id, now_ms);
            shown_group(inner, key, group)
        })
    }

    /// Deletes a group with its memberships.
    pub fn delete_group(&self, group: &str) -> Result<(), ConsoleError> {
        self.edit(|inner, _| {
            let key = group_key(inner, group)?;
            inner.state.delete_group(key);
            Ok(())
        })
    }

    /// Makes a user a member of a group.
    pub fn add_member(&self, group: &str, user: &str) -> Result<(), ConsoleError> {
        self.set_member(group, user, true)
    }

    /// Takes a user out of a group.
    pub fn remove_member(&self, group: &str, user: &str) -> Result<(), ConsoleError> {
        self.set_member(group, user, false)
    }

    fn set_member(&self, group: &str, user: &str, is_member: bool) -> Result<(), ConsoleError> {
        self.edit(|inner, _| {
            let (group_key, user_key) = (group_key(inner, group)?, user_key(inner, user)?);
            let was_member = inner.state.group(group_key).is_some_and(|record| record.members().contains(&user_key));
            if was_member == is_member {
                let (group, user) = (group.to_owned(), user.to_owned());
                return Err(match is_member {
                    true => ConsoleError::AlreadyMember { group, user },
                    false => ConsoleError::NotMember { group, user },
                });
            }
            inner.state.set_member(group_key, user_key, is_member);
            Ok(())
        })
    }

    /// A `displayName` by the rules of a `CreateGroup`.
    fn group_name(&self, display_name: &str) -> Result<String, ConsoleError> {
        let body = [("schemas", Value::Array(vec![CORE_GROUP.into()])), ("displayName", display_name.into())];
        let body = body.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(group::parse(body, self.aws.shared.config.rules(Verb::Create))?.display_name)
    }

    fn edit<T>(&self, change: impl FnOnce(&mut Inner, i64) -> Result<T, ConsoleError>) -> Result<T, ConsoleError> {
        let now_ms = self.aws.now_ms();
        change(&mut self.aws.lock(), now_ms)
    }
}

fn user_key(inner: &Inner, user: &str) -> Result<u64, ConsoleError> {
    let key = inner.state.user_by_name(user).or_else(|| inner.state.user_by_id(user));
    key.ok_or_else(|| ConsoleError::NoUser(user.to_owned()))
}

fn group_key(inner: &Inner, group: &str) -> Result<u64, ConsoleError> {
    let key = inner.state.group_by_name(group).or_else(|| inner.state.group_by_id(group));
    key.ok_or_else(|| ConsoleError::NoGroup(group.to_owned()))
}

fn shown_user(inner: &Inner, key: u64, asked: &str) -> Result<User, ConsoleError> {
    let record = inner.state.user(key).ok_or_else(|| ConsoleError::NoUser(asked.to_owned()))?;
    Ok(inner.state.user_view(record))
}

fn shown_group(inner: &Inner, key: u64, asked: &str) -> Result<Group, ConsoleError> {
    let record = inner.state.group(key).ok_or_else(|| ConsoleError::NoGroup(asked.to_owned()))?;
    Ok(inner.state.group_view(record))
}
