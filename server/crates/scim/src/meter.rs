//! What is measured of conversations with services. The server says what the figures mean and shows them.

use domain::model::connector::OperationClass;
use std::time::Duration;

/// An operation class as the label of its figures: the name it has in a connector's file.
fn operation(class: OperationClass) -> &'static str {
    match class {
        OperationClass::CreateUser => "create_user",
        OperationClass::UpdateUser => "update_user",
        OperationClass::DeleteUser => "delete_user",
        OperationClass::CreateGroup => "create_group",
        OperationClass::UpdateGroup => "update_group",
        OperationClass::DeleteGroup => "delete_group",
        OperationClass::ChangeMembers => "change_members",
        OperationClass::ListUsers => "list_users",
        OperationClass::GetUser => "get_user",
        OperationClass::ListGroups => "list_groups",
        OperationClass::GetGroup => "get_group",
        OperationClass::Discover => "discover",
    }
}

/// A request was answered with this status; `None`: it was not answered.
pub(crate) fn answered(class: OperationClass, status: Option<u16>, time: Duration) {
    let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
    metrics::histogram!("towpath_scim_request_duration_seconds", "operation" => operation(class), "status" => status)
        .record(time.as_secs_f64());
}

/// A request waited so long until the limits of its service let it go.
pub(crate) fn waited(class: OperationClass, time: Duration) {
    metrics::histogram!("towpath_scim_rate_limit_wait_seconds", "operation" => operation(class)).record(time.as_secs_f64());
}
