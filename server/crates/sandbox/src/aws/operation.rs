//! The operations AWS has, and how a method and path name one.

use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::error::Refusal;
use super::listing::percent_decode;

/// One operation of the AWS SCIM API, under the name that the developer guide and `CloudTrail` give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each name is AWS's own and says it all")]
pub enum Operation {
    CreateUser,
    GetUser,
    ListUsers,
    PutUser,
    PatchUser,
    DeleteUser,
    CreateGroup,
    GetGroup,
    ListGroups,
    PatchGroup,
    DeleteGroup,
    GetServiceProviderConfig,
    ListSchemas,
    GetSchema,
    ListResourceTypes,
}

impl Operation {
    /// Whether it changes the store; reads and writes have different rate limits.
    pub fn is_write(self) -> bool {
        use Operation::*;
        matches!(self, CreateUser | PutUser | PatchUser | DeleteUser | CreateGroup | PatchGroup | DeleteGroup)
    }
}

/// An operation and the id it is about, empty for collections.
pub(super) fn route(method: &Method, path: &str) -> Result<(Operation, String), Refusal> {
    use Operation::*;
    let segments: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
    let found = match (segments.as_slice(), method.as_str()) {
        (["Users"], "POST") => (CreateUser, ""),
        (["Users"], "GET") => (ListUsers, ""),
        (["Users", id], "GET") if is_object(id) => (GetUser, *id),
        (["Users", id], "PUT") if is_object(id) => (PutUser, *id),
        (["Users", id], "PATCH") if is_object(id) => (PatchUser, *id),
        (["Users", id], "DELETE") if is_object(id) => (DeleteUser, *id),
        (["Groups"], "POST") => (CreateGroup, ""),
        (["Groups"], "GET") => (ListGroups, ""),
        (["Groups", id], "GET") if is_object(id) => (GetGroup, *id),
        (["Groups", id], "PATCH") if is_object(id) => (PatchGroup, *id),
        (["Groups", id], "DELETE") if is_object(id) => (DeleteGroup, *id),
        (["ServiceProviderConfig"], "GET") => (GetServiceProviderConfig, ""),
        (["Schemas"], "GET") => (ListSchemas, ""),
        (["Schemas", id], "GET") => (GetSchema, *id),
        (["ResourceTypes"], "GET") => (ListResourceTypes, ""),
        (["Users" | "Groups"], _) => return Err(unsupported(method, path)),
        (["Users" | "Groups", id], _) if is_object(id) => return Err(unsupported(method, path)),
        (["ServiceProviderConfig" | "Schemas" | "ResourceTypes"], _) => return Err(unsupported(method, path)),
        _ => return Err(no_endpoint(path)),
    };
    let id = percent_decode(found.1).ok_or_else(|| Refusal::invalid("The path is not percent-encoded UTF-8."))?;
    Ok((found.0, id))
}

/// 404 for a path that is no endpoint.
pub(super) fn no_endpoint(path: &str) -> Refusal {
    let reason =
        format!("There is no endpoint {path}. Supported are /Users, /Groups, /ServiceProviderConfig, /Schemas and /ResourceTypes.");
    Refusal::not_found("Resource does not exist.", reason)
}

fn unsupported(method: &Method, path: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, format!("The operation {method} {path} is not supported."))
}

/// `/Users/` and `/Users/.search` are not objects.
fn is_object(segment: &str) -> bool {
    !segment.is_empty() && !segment.starts_with('.')
}

/// The ids of the Identity Store API.
pub(super) const ID_PATTERN: &str = "([0-9a-f]{10}-|)[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}";

/// Whether a text has one of the two shapes of ids.
pub(super) fn is_id(text: &str) -> bool {
    let uuid = match text.split_at_checked(11) {
        Some((prefix, rest)) if text.len() == 47 => match prefix.strip_suffix('-') {
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) => rest,
            _ => return false,
        },
        _ => text,
    };
    uuid.len() == 36 && uuid::Uuid::try_parse(uuid).is_ok()
}
