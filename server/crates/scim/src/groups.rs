//! Groups and their members.

use domain::id::TargetId;
use domain::model::connector::{OperationClass, UpdateForm};
use domain::model::plan::Outcome;
use outbound::Method;
use serde_json::{Value, json};

use crate::client::{Call, Client, encode};
use crate::path::{member, text};
use crate::users::{at_most_one, created};
use crate::{Applied, Attributes, Change, DISPLAY_NAME, EXTERNAL_ID, RemoteObject, ScimError, wire};

/// What became of a change of members. Every member asked for is in `done` or in `failed`, unless `error` stopped the rest.
#[derive(Debug, Default)]
pub struct Membership {
    /// The members that are now as wished.
    pub done: Vec<TargetId>,
    /// The others, with the target's answer; those that are no users there any more as `Gone`.
    pub failed: Vec<(TargetId, Outcome)>,
    /// The group itself is not there any more.
    pub group_is_gone: bool,
    /// The target's id of the last request.
    pub request_id: Option<String>,
    /// What stopped it; members in neither list were not tried.
    pub error: Option<ScimError>,
}

/// Whether members come or go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Add,
    Remove,
}

const BOTH_THERE: &str = "The target answered 404, and both the group and the member are there.";

impl Client {
    /// Gives every group to `each`, as pages arrive.
    pub async fn list_groups(&self, each: &mut (dyn FnMut(RemoteObject) + Send)) -> Result<(), ScimError> {
        let with_members = self.connector().groups.members_readable;
        self.walk(OperationClass::ListGroups, &self.groups_path(), "list groups", &mut |resource| {
            if let Some(group) = wire::read_group(resource, with_members) {
                each(group);
            }
        })
        .await
    }

    /// Every group with this name; more than one is for the caller to report.
    pub async fn find_groups(&self, display_name: &str) -> Result<Vec<RemoteObject>, ScimError> {
        let with_members = self.connector().groups.members_readable;
        let read = move |resource: &Value| wire::read_group(resource, with_members);
        let filter = wire::equals(DISPLAY_NAME, display_name);
        self.find(OperationClass::ListGroups, &self.groups_path(), &filter, display_name, "find a group", &read).await
    }

    /// The group with this name; [`ScimError::Ambiguous`] if there are several.
    pub async fn find_group(&self, display_name: &str) -> Result<Option<RemoteObject>, ScimError> {
        at_most_one(self.find_groups(display_name).await?, DISPLAY_NAME, display_name)
    }

    /// One group by id; `None` if it is not there.
    pub async fn get_group(&self, id: &TargetId) -> Result<Option<RemoteObject>, ScimError> {
        let found = self.read(Call::read(OperationClass::GetGroup, self.group_path(id)), "read a group").await?;
        let with_members = self.connector().groups.members_readable;
        Ok(found.and_then(|(body, _)| wire::read_group(&body, with_members)))
    }

    /// Creates a group without members. `Done` always comes with an id; `Unknown` must be looked up before another try.
    pub async fn create_group(&self, values: &Attributes) -> Result<Applied, ScimError> {
        let reply = self.call(Call::create(OperationClass::CreateGroup, self.groups_path(), wire::group(values))).await?;
        Ok(created(reply))
    }

    /// Renames a group, or changes its external id.
    pub async fn update_group(&self, id: &TargetId, changes: &[Change]) -> Result<Applied, ScimError> {
        let operations = wire::group_operations(self.dialect().patch_form, changes);
        if operations.is_empty() {
            return Ok(Applied { outcome: Outcome::Done, id: None, request_id: None });
        }
        if self.dialect().group_update == UpdateForm::Put {
            return self
                .rewrite_group(OperationClass::UpdateGroup, 0, id, &|group| {
                    for change in changes.iter().filter(|c| [DISPLAY_NAME, EXTERNAL_ID].contains(&c.attribute.as_str())) {
                        match change.to.as_deref().filter(|to| !to.is_empty()) {
                            Some(to) => group[&change.attribute] = json!(to),
                            None => {
                                group.as_object_mut().map(|group| group.remove(&change.attribute));
                            }
                        }
                    }
                })
                .await;
        }
        let call = Call::write(OperationClass::UpdateGroup, Method::PATCH, self.group_path(id), Some(wire::patch(operations)));
        self.apply_to(OperationClass::GetGroup, call).await
    }

    /// Deletes a group; one that is not there counts as done.
    pub async fn delete_group(&self, id: &TargetId) -> Result<Applied, ScimError> {
        let call = Call::write(OperationClass::DeleteGroup, Method::DELETE, self.group_path(id), None);
        self.apply_delete(OperationClass::GetGroup, call).await
    }

    /// Adds members, at most `members_per_request` in a request. A request that is refused is split until it is known who it is about.
    pub async fn add_members(&self, group: &TargetId, members: &[TargetId]) -> Membership {
        self.change_members(group, members, Direction::Add).await
    }

    /// Removes members, likewise. One that is not a member, or no user any more, counts as done.
    pub async fn remove_members(&self, group: &TargetId, members: &[TargetId]) -> Membership {
        self.change_members(group, members, Direction::Remove).await
    }

    async fn change_members(&self, group: &TargetId, members: &[TargetId], direction: Direction) -> Membership {
        let mut result = Membership::default();
        let size = usize::try_from(self.dialect().members_per_request.max(1)).unwrap_or(1);
        // Last in, first out, so pieces of a batch come before the next batch.
        let mut batches: Vec<&[TargetId]> = members.chunks(size).rev().collect();
        // A 404 is about the group or about a member; the group is asked after once.
        let mut group_is_there = false;
        while let Some(batch) = batches.pop() {
            let applied = match self.change_batch(group, batch, direction).await {
                Ok(applied) => applied,
                Err(error) => {
                    result.error = Some(error);
                    break;
                }
            };
            if applied.request_id.is_some() {
                result.request_id = applied.request_id;
            }
            let outcome = applied.outcome;
            if outcome == Outcome::Gone && !group_is_there {
                match self.get_group(group).await {
                    Ok(Some(_)) => group_is_there = true,
                    Ok(None) => {
                        result.group_is_gone = true;
                        let rest = batches.drain(..).rev().flatten();
                        result.failed.extend(batch.iter().chain(rest).map(|id| (id.clone(), Outcome::Gone)));
                        break;
                    }
                    Err(error) => {
                        result.error = Some(error);
                        break;
                    }
                }
            }
            match outcome {
                Outcome::Done => result.done.extend_from_slice(batch),
                // RFC 7644 section 3.5.2: all operations of a request or none, so one bad id fails its whole batch.
                Outcome::Gone | Outcome::Rejected { status: 400 | 409 | 413 | 422 | 500, .. } | Outcome::Conflict { .. }
                    if batch.len() > 1 =>
                {
                    let (first, second) = batch.split_at(batch.len() / 2);
                    batches.push(second);
                    batches.push(first);
                }
                Outcome::Gone if direction == Direction::Remove => match self.are_gone(batch).await {
                    Ok(true) => result.done.extend_from_slice(batch),
                    Ok(false) => {
                        let detail = BOTH_THERE.to_owned();
                        result
                            .failed
                            .extend(batch.iter().map(|id| (id.clone(), Outcome::Rejected { status: 404, detail: detail.clone() })));
                    }
                    Err(error) => {
                        result.error = Some(error);
                        break;
                    }
                },
                // Whoever cannot be added may have been deleted there.
                Outcome::Gone | Outcome::Rejected { status: 400 | 404 | 422, .. } if direction == Direction::Add => {
                    match self.are_gone(batch).await {
                        Ok(true) => result.failed.extend(batch.iter().map(|id| (id.clone(), Outcome::Gone))),
                        Ok(false) => {
                            let outcome = match outcome {
                                Outcome::Gone => Outcome::Rejected { status: 404, detail: BOTH_THERE.to_owned() },
                                other => other,
                            };
                            result.failed.extend(batch.iter().map(|id| (id.clone(), outcome.clone())));
                        }
                        Err(error) => {
                            result.error = Some(error);
                            break;
                        }
                    }
                }
                outcome => result.failed.extend(batch.iter().map(|id| (id.clone(), outcome.clone()))),
            }
        }
        result
    }

    /// Whether none of these is a user any more: then none of them is a member.
    async fn are_gone(&self, members: &[TargetId]) -> Result<bool, ScimError> {
        for id in members {
            if self.get_user(id).await?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn change_batch(&self, group: &TargetId, batch: &[TargetId], direction: Direction) -> Result<Applied, ScimError> {
        if self.dialect().group_update == UpdateForm::Put {
            return self
                .rewrite_group(OperationClass::ChangeMembers, batch.len(), group, &|body| {
                    let mut items = match body.get("members") {
                        Some(Value::Array(items)) => items.clone(),
                        _ => Vec::new(),
                    };
                    items.retain(|item| text(member(item, "value")).is_none_or(|id| !batch.iter().any(|changed| changed.0 == id)));
                    if direction == Direction::Add {
                        items.extend(wire::member_values(batch));
                    }
                    body["members"] = Value::Array(items);
                })
                .await;
        }
        let operations = match direction {
            Direction::Add => wire::add_members(self.dialect().patch_form, batch),
            Direction::Remove => wire::remove_members(self.dialect().member_remove, batch),
        };
        let call = Call::write(OperationClass::ChangeMembers, Method::PATCH, self.group_path(group), Some(wire::patch(operations)));
        self.apply(call.with_members(group, batch.len())).await
    }

    /// For services that take only whole groups: reads it, changes it, writes it.
    async fn rewrite_group(
        &self,
        class: OperationClass,
        members: usize,
        id: &TargetId,
        change: &(dyn Fn(&mut Value) + Sync),
    ) -> Result<Applied, ScimError> {
        let Some((mut body, request_id)) = self.read(Call::read(OperationClass::GetGroup, self.group_path(id)), "read a group").await?
        else {
            return Ok(Applied { outcome: Outcome::Gone, id: None, request_id: None });
        };
        if let Some(group) = body.as_object_mut() {
            group.remove("meta");
        }
        change(&mut body);
        let call = Call::write(class, Method::PUT, self.group_path(id), Some(body)).with_members(id, members);
        let mut applied = self.apply(call).await?;
        applied.request_id = applied.request_id.or(request_id);
        Ok(applied)
    }

    fn group_path(&self, id: &TargetId) -> String {
        format!("{}/{}", self.groups_path(), encode(&id.0))
    }
}
