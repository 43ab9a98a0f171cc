//! What a channel is configured to do, in short.

use super::words::{count, time};
use domain::model::channel::{Channel, Scope};
use domain::model::sp_connection::{ProvisioningOptions, RemoveAction};
use service::channels::ChannelDetail;

/// Label and value.
pub fn facts(global_secs: u32, detail: &ChannelDetail, now: i64) -> Vec<(String, String)> {
    let ChannelDetail { glance, connection, channel, .. } = detail;
    let target = &connection.provisioning.target;
    let mut facts = vec![("Data Store", glance.data_store.clone()), ("Base DN", channel.location.base_dn.clone())];
    facts.push(("Users", scope(&channel.location.users, "Members of")));
    if !channel.location.groups.is_empty() {
        facts.push(("Groups", scope(&channel.location.groups, "Groups in")));
    }
    facts.push(("Target", target.url().to_owned()));
    facts.push(("Remove User Action", removal(&target.options)));
    if !channel.protected.is_empty() {
        facts.push(("Protected people", channel.protected.join(", ")));
    }
    facts.push(("Existing objects at the target", channel.existing.label().to_owned()));
    facts.push(("Synchronization Frequency", frequency(channel, global_secs)));
    if let Some(at) = glance.state.last_complete_at {
        let users = count(glance.state.last_complete_users.unwrap_or(0), "user", "users");
        let groups = count(glance.state.last_complete_groups.unwrap_or(0), "group", "groups");
        facts.push(("Last complete read", format!("{users} and {groups} in scope, {}", time(at, now).words)));
    }
    facts.into_iter().map(|(label, value)| (label.to_owned(), value)).collect()
}

fn scope(scope: &Scope, members: &str) -> String {
    match scope.filter.trim() {
        "" if scope.nested => format!("{members} {}, nested", scope.group_dn),
        "" => format!("{members} {}", scope.group_dn),
        filter => format!("Filter {filter}"),
    }
}

fn removal(options: &ProvisioningOptions) -> String {
    match (options.remove_users, options.remove_action) {
        (false, _) => "None: User Disable / Delete is not ticked".to_owned(),
        (true, RemoveAction::DeleteLater) => format!("Disable, and delete after {}", count(options.delete_after_days, "day", "days")),
        (true, action) => action.label().to_owned(),
    }
}

fn frequency(channel: &Channel, global: u32) -> String {
    match channel.frequency_secs {
        Some(own) => format!("{} (this channel's own)", count(own, "second", "seconds")),
        None => format!("{} (global)", count(global, "second", "seconds")),
    }
}
