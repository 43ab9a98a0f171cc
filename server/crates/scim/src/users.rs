//! Users: list, find, create, change, disable, delete.

use domain::id::TargetId;
use domain::model::connector::{OperationClass, UpdateForm};
use domain::model::plan::Outcome;
use outbound::{Method, Response};
use serde_json::Value;

use crate::client::{Call, Client, Reply, encode, outcome};
use crate::path::text;
use crate::{Applied, Attributes, Change, RemoteObject, ScimError, wire};

impl Client {
    /// Gives every user to `each`, as pages arrive.
    pub async fn list_users(&self, each: &mut (dyn FnMut(RemoteObject) + Send)) -> Result<(), ScimError> {
        let mapping = &self.inner.mapping;
        self.walk(OperationClass::ListUsers, &self.users_path(), "list users", &mut |resource| {
            if let Some(user) = mapping.read_user(resource) {
                each(user);
            }
        })
        .await
    }

    /// Every user with this match value; more than one is for the caller to report.
    pub async fn find_users(&self, match_value: &str) -> Result<Vec<RemoteObject>, ScimError> {
        let mapping = &self.inner.mapping;
        let filter = mapping.filter(&self.dialect().match_filter, match_value);
        let read = |resource: &Value| mapping.read_user(resource);
        self.find(OperationClass::ListUsers, &self.users_path(), &filter, match_value, "find a user", &read).await
    }

    /// The user with this match value; [`ScimError::Ambiguous`] if there are several.
    pub async fn find_user(&self, match_value: &str) -> Result<Option<RemoteObject>, ScimError> {
        let found = self.find_users(match_value).await?;
        at_most_one(found, self.inner.mapping.matching(), match_value)
    }

    /// One user by id; `None` if it is not there.
    pub async fn get_user(&self, id: &TargetId) -> Result<Option<RemoteObject>, ScimError> {
        let found = self.read(Call::read(OperationClass::GetUser, self.user_path(id)), "read a user").await?;
        Ok(found.and_then(|(body, _)| self.inner.mapping.read_user(&body)))
    }

    /// Creates a user. `Done` always comes with an id; `Unknown` must be looked up before another try.
    pub async fn create_user(&self, values: &Attributes, active: bool) -> Result<Applied, ScimError> {
        let body = self.inner.mapping.user(values, active, None);
        let reply = self.call(Call::create(OperationClass::CreateUser, self.users_path(), body)).await?;
        Ok(created(reply))
    }

    /// Writes changed attributes. `after` are all values as they shall be, for services that take only whole users.
    pub async fn update_user(&self, id: &TargetId, after: &Attributes, active: bool, changes: &[Change]) -> Result<Applied, ScimError> {
        if self.dialect().user_update == UpdateForm::Put {
            return self.put_user(id, after, active).await;
        }
        let operations = self.inner.mapping.operations(after, changes);
        if operations.is_empty() {
            return Ok(Applied { outcome: Outcome::Done, id: None, request_id: None });
        }
        let call = Call::write(OperationClass::UpdateUser, Method::PATCH, self.user_path(id), Some(wire::patch(operations)));
        self.apply_to(OperationClass::GetUser, call).await
    }

    /// Enables or disables a user. `values` are all its values, for services that take only whole users.
    pub async fn set_active(&self, id: &TargetId, values: &Attributes, active: bool) -> Result<Applied, ScimError> {
        if self.dialect().user_update == UpdateForm::Put {
            return self.put_user(id, values, active).await;
        }
        let operation = wire::set(self.dialect().patch_form, "active", self.inner.mapping.active(active));
        let call = Call::write(OperationClass::UpdateUser, Method::PATCH, self.user_path(id), Some(wire::patch(vec![operation])));
        self.apply_to(OperationClass::GetUser, call).await
    }

    /// Deletes a user; one that is not there counts as done.
    pub async fn delete_user(&self, id: &TargetId) -> Result<Applied, ScimError> {
        let call = Call::write(OperationClass::DeleteUser, Method::DELETE, self.user_path(id), None);
        self.apply_delete(OperationClass::GetUser, call).await
    }

    async fn put_user(&self, id: &TargetId, values: &Attributes, active: bool) -> Result<Applied, ScimError> {
        let body = self.inner.mapping.user(values, active, Some(id));
        let call = Call::write(OperationClass::UpdateUser, Method::PUT, self.user_path(id), Some(body));
        self.apply_to(OperationClass::GetUser, call).await
    }

    fn user_path(&self, id: &TargetId) -> String {
        format!("{}/{}", self.users_path(), encode(&id.0))
    }
}

/// What a create came to.
pub(crate) fn created(reply: Reply) -> Applied {
    let response = match reply {
        Reply::Unknown { detail, request_id } => return Applied { outcome: Outcome::Unknown { detail }, id: None, request_id },
        Reply::Answer(response) => response,
    };
    let request_id = wire::request_id(&response);
    match outcome(&response) {
        Outcome::Done => match new_id(&response) {
            Some(id) => Applied { outcome: Outcome::Done, id: Some(id), request_id },
            // It is there now, and only looking it up can tell its id.
            None => {
                let detail = format!("The target answered {} without the id of the new object.", response.status.as_u16());
                Applied { outcome: Outcome::Unknown { detail }, id: None, request_id }
            }
        },
        // There was no object yet that could be gone.
        Outcome::Gone => {
            let detail = format!("there is nothing at this address: {}", wire::error_detail(&response.body));
            Applied { outcome: Outcome::Rejected { status: response.status.as_u16(), detail }, id: None, request_id }
        }
        outcome => Applied { outcome, id: None, request_id },
    }
}

/// The id of what was created: in the body, else the end of `Location` (RFC 7644 section 3.3).
fn new_id(response: &Response) -> Option<TargetId> {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    if let Some(id) = wire::id_of(&body) {
        return Some(id);
    }
    let location = response.header_text("location")?;
    let last = location.split(['?', '#']).next()?.trim_end_matches('/').rsplit('/').next()?;
    let id = percent_encoding::percent_decode_str(last).decode_utf8().ok()?;
    text(Some(&Value::String(id.into_owned()))).filter(|id| !id.is_empty()).map(TargetId)
}

pub(crate) fn at_most_one(mut found: Vec<RemoteObject>, attribute: &str, value: &str) -> Result<Option<RemoteObject>, ScimError> {
    match found.len() {
        0 | 1 => Ok(found.pop()),
        count => Err(ScimError::Ambiguous { attribute: attribute.to_owned(), value: value.to_owned(), count }),
    }
}
