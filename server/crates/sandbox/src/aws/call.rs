//! The operations, once a request was let in.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value};

use super::config::{AbsentMember, MembersShown, UnknownMember};
use super::filter::{self, GroupFilter, UserFilter};
use super::listing::{Page, Query};
use super::operation::Operation;
use super::schema::{Rules, Verb};
use super::{Aws, Inner, discovery, error::Refusal, group, patch, user};

/// What an operation answers.
pub(super) struct Answer {
    pub status: StatusCode,
    pub body: Option<Value>,
}

/// One admitted operation.
pub(super) struct Call<'a> {
    pub aws: &'a Aws,
    pub inner: &'a mut Inner,
    pub id: &'a str,
    pub query: &'a str,
    pub headers: &'a HeaderMap,
    pub body: &'a Bytes,
    pub now_ms: i64,
}

impl Call<'_> {
    pub fn perform(&mut self, operation: Operation) -> Result<Answer, Refusal> {
        match operation {
            Operation::CreateUser => self.create_user(),
            Operation::GetUser => Ok(ok(self.shown_user(self.user_key()?))),
            Operation::ListUsers => self.list_users(),
            Operation::PutUser => self.put_user(),
            Operation::PatchUser => self.patch_user(),
            Operation::DeleteUser => {
                let key = self.user_key()?;
                self.inner.state.delete_user(key);
                Ok(no_content())
            }
            Operation::CreateGroup => self.create_group(),
            Operation::GetGroup => Ok(ok(self.shown_group(self.group_key()?))),
            Operation::ListGroups => self.list_groups(),
            Operation::PatchGroup => self.patch_group(),
            Operation::DeleteGroup => {
                let key = self.group_key()?;
                self.inner.state.delete_group(key);
                Ok(no_content())
            }
            Operation::GetServiceProviderConfig => Ok(ok(Some(discovery::service_provider_config()))),
            Operation::ListSchemas => Ok(ok(Some(discovery::schemas()))),
            Operation::GetSchema => Ok(ok(Some(discovery::schema(self.id)?))),
            Operation::ListResourceTypes => Ok(ok(Some(discovery::resource_types()))),
        }
    }

    fn create_user(&mut self) -> Result<Answer, Refusal> {
        let attributes = user::parse(self.json()?, None, self.rules(Verb::Create), self.aws.shared.config.active_when_omitted)?;
        self.inner.state.check_user_unique(&attributes, None)?;
        if self.inner.state.user_count() >= self.aws.shared.config.max_users {
            return Err(Refusal::quota("users", self.aws.shared.config.max_users));
        }
        let id = self.inner.new_id(self.aws.shared.config.id_shape);
        let key = self.inner.state.insert_user(id, attributes, self.now_ms, self.now_ms);
        Ok(Answer { status: StatusCode::CREATED, body: self.shown_user(key) })
    }

    fn put_user(&mut self) -> Result<Answer, Refusal> {
        let key = self.user_key()?;
        let attributes = user::parse(self.json()?, Some(self.id), self.rules(Verb::Put), self.aws.shared.config.active_when_omitted)?;
        self.inner.state.check_user_unique(&attributes, Some(key))?;
        self.inner.state.replace_user(key, attributes, self.now_ms);
        Ok(ok(self.shown_user(key)))
    }

    fn patch_user(&mut self) -> Result<Answer, Refusal> {
        let key = self.user_key()?;
        let operations = patch::parse(self.json()?)?;
        let before = self.inner.state.user(key).map(|record| &record.attributes).ok_or_else(|| Refusal::no_user(self.id))?;
        let attributes = patch::apply_to_user(before, self.id, operations, self.rules(Verb::Patch))?;
        self.inner.state.check_user_unique(&attributes, Some(key))?;
        self.inner.state.replace_user(key, attributes, self.now_ms);
        Ok(ok(self.shown_user(key)))
    }

    fn create_group(&mut self) -> Result<Answer, Refusal> {
        let new = group::parse(self.json()?, self.rules(Verb::Create))?;
        let members = new.members.iter().map(|id| self.member_key(id)).collect::<Result<Vec<u64>, Refusal>>()?;
        self.inner.state.check_group_unique(&new.display_name, new.external_id.as_deref(), None)?;
        if self.inner.state.group_count() >= self.aws.shared.config.max_groups {
            return Err(Refusal::quota("groups", self.aws.shared.config.max_groups));
        }
        self.spend_memberships(members.len())?;
        let id = self.inner.new_id(self.aws.shared.config.id_shape);
        let key = self.inner.state.insert_group(id, new.display_name, new.external_id, self.now_ms, self.now_ms);
        for member in members {
            self.inner.state.set_member(key, member, true);
        }
        Ok(Answer { status: StatusCode::CREATED, body: self.shown_group(key) })
    }

    fn patch_group(&mut self) -> Result<Answer, Refusal> {
        let key = self.group_key()?;
        let operations = patch::parse(self.json()?)?;
        let change = group::parse_change(operations, self.id, self.rules(Verb::Patch), self.aws.shared.config.member_removal)?;
        // Look everything up before anything is changed: one bad member fails the whole request (RFC 7644 section 3.5.2).
        let members = change.members.iter().map(|member| Ok((self.member_key(&member.user_id)?, member.is_add)));
        let members = members.collect::<Result<Vec<(u64, bool)>, Refusal>>()?;
        let record = self.inner.state.group(key).ok_or_else(|| Refusal::no_group(self.id))?;
        if self.aws.shared.config.absent_member == AbsentMember::NotFound {
            let mut after = record.members().clone();
            let no_member = |(member, is_add): &(u64, bool)| match is_add {
                true => {
                    after.insert(*member);
                    false
                }
                false => !after.remove(member),
            };
            if members.iter().any(no_member) {
                return Err(Refusal::not_found("USER does not exist.", "A user to be removed is no member of the group."));
            }
        }
        let display_name = change.display_name.unwrap_or_else(|| record.display_name.clone());
        let external_id = change.external_id.unwrap_or_else(|| record.external_id.clone());
        self.inner.state.check_group_unique(&display_name, external_id.as_deref(), Some(key))?;
        self.spend_memberships(members.len())?;
        self.inner.state.rename_group(key, display_name, external_id, self.now_ms);
        for (member, is_add) in members {
            self.inner.state.set_member(key, member, is_add);
        }
        Ok(no_content())
    }

    fn list_users(&self) -> Result<Answer, Refusal> {
        let query = Query::parse(self.query, &self.aws.shared.config)?;
        let window = query.window("User")?;
        let state = &self.inner.state;
        let one = |key: Option<u64>| key.and_then(|key| Some((key, state.user(key)?))).into_iter();
        let page = match query.filter.as_deref().map(filter::parse_user).transpose()? {
            None => Page::take(state.users_after(window.after).map(|(key, record)| (*key, record)), window, user::render),
            Some(UserFilter::UserName(name)) => Page::take(one(state.user_by_name(&name)), window, user::render),
            Some(UserFilter::ExternalId(id)) => Page::take(one(state.user_by_external_id(&id)), window, user::render),
            Some(UserFilter::Id(id)) => Page::take(one(state.user_by_id(&id)), window, user::render),
            Some(UserFilter::IdAndManager(id, manager)) => {
                let found = one(state.user_by_id(&id)).filter(|(_, record)| record.manager() == Some(&manager));
                Page::take(found, window, user::render)
            }
            // By analogy with the documented 404 of members.value.
            Some(UserFilter::Group(id)) => {
                let group = state.group_by_id(&id).ok_or_else(|| Refusal::no_group(&id))?;
                Page::take(state.members_after(group, window.after), window, user::render)
            }
        };
        Ok(ok(Some(query.answer("User", page))))
    }

    fn list_groups(&self) -> Result<Answer, Refusal> {
        let query = Query::parse(self.query, &self.aws.shared.config)?;
        let window = query.window("Group")?;
        let state = &self.inner.state;
        let render = |record| group::render(record, true);
        let one = |key: Option<u64>| key.and_then(|key| Some((key, state.group(key)?))).into_iter();
        let user_of = |id: &str| state.user_by_id(id).ok_or_else(|| Refusal::no_user(id));
        let page = match query.filter.as_deref().map(filter::parse_group).transpose()? {
            None => Page::take(state.groups_after(window.after).map(|(key, record)| (*key, record)), window, render),
            Some(GroupFilter::DisplayName(name)) => Page::take(one(state.group_by_name(&name)), window, render),
            Some(GroupFilter::ExternalId(id)) => Page::take(one(state.group_by_external_id(&id)), window, render),
            Some(GroupFilter::Member(id)) => Page::take(state.groups_of_after(user_of(&id)?, window.after), window, render),
            Some(GroupFilter::IdAndMember(id, member)) => {
                let user = user_of(&member)?;
                Page::take(one(state.group_by_id(&id)).filter(|(_, record)| record.members().contains(&user)), window, render)
            }
        };
        Ok(ok(Some(query.answer("Group", page))))
    }

    fn user_key(&self) -> Result<u64, Refusal> {
        self.inner.state.user_by_id(self.id).ok_or_else(|| Refusal::no_user(self.id))
    }

    fn group_key(&self) -> Result<u64, Refusal> {
        self.inner.state.group_by_id(self.id).ok_or_else(|| Refusal::no_group(self.id))
    }

    /// The key of a user named as a member.
    fn member_key(&self, id: &str) -> Result<u64, Refusal> {
        self.inner.state.user_by_id(id).ok_or_else(|| {
            let refusal = Refusal::no_user(id);
            match self.aws.shared.config.unknown_member {
                UnknownMember::NotFound => refusal,
                UnknownMember::Invalid => Refusal { status: StatusCode::BAD_REQUEST, ..refusal },
            }
        })
    }

    fn spend_memberships(&mut self, changes: usize) -> Result<(), Refusal> {
        match &self.aws.shared.config.throttle {
            Some(throttle) => self.inner.buckets.take_memberships(throttle, changes, self.now_ms),
            None => Ok(()),
        }
    }

    fn shown_user(&self, key: u64) -> Option<Value> {
        self.inner.state.user(key).map(user::render)
    }

    fn shown_group(&self, key: u64) -> Option<Value> {
        let with_members = self.aws.shared.config.members_shown == MembersShown::Everywhere;
        self.inner.state.group(key).map(|record| group::render(record, with_members))
    }

    fn rules(&self, verb: Verb) -> Rules {
        self.aws.shared.config.rules(verb)
    }

    /// The body as a JSON object.
    fn json(&self) -> Result<Map<String, Value>, Refusal> {
        let content_type = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let is_json = ["application/scim+json", "application/json"].iter().any(|json| essence.eq_ignore_ascii_case(json));
        if !is_json && !self.aws.shared.config.any_content_type {
            let detail = format!("The Content-Type must be application/scim+json or application/json, not {essence:?}.");
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        match serde_json::from_slice(self.body) {
            Ok(Value::Object(body)) => Ok(body),
            _ => Err(Refusal::invalid("Invalid JSON from RequestBody")),
        }
    }
}

fn ok(body: Option<Value>) -> Answer {
    Answer { status: StatusCode::OK, body }
}

fn no_content() -> Answer {
    Answer { status: StatusCode::NO_CONTENT, body: None }
}
