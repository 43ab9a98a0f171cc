//! Who refers to an object, for its page.

use app::views::{UsageRow, UsageView, UserLink};
use service::usage::User;

/// The users of an object of this name.
pub fn usage(name: String, users: Vec<User>) -> UsageView {
    UsageView { name, rows: users.into_iter().map(row).collect() }
}

fn row(user: User) -> UsageRow {
    match user {
        User::Channel(found) => UsageRow {
            kind: "Channel".to_owned(),
            name: found.channel_name,
            part_of: found.connection_name,
            to: UserLink::Channel(found.channel),
        },
        User::Pcv(id, name) => {
            UsageRow { kind: "Password Credential Validator".to_owned(), name, part_of: String::new(), to: UserLink::Pcv(id) }
        }
        User::IdpAdapter(id, name) => {
            UsageRow { kind: "IdP Adapter".to_owned(), name, part_of: String::new(), to: UserLink::IdpAdapter(id) }
        }
    }
}
