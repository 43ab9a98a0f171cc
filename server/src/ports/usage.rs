//! Who refers to an object, for its page.

use app::views::{UsageRow, UsageView, UserLink};
use service::usage::User;

/// The users of an object of this name.
pub fn usage(name: String, users: Vec<User>) -> UsageView {
    UsageView { name, rows: users.into_iter().map(row).collect() }
}

/// One use.
pub fn row(user: User) -> UsageRow {
    let of =
        |kind: &str, name: String, part_of: &str, to: UserLink| UsageRow { kind: kind.to_owned(), name, part_of: part_of.to_owned(), to };
    match user {
        User::Channel(found) => UsageRow {
            kind: "Channel".to_owned(),
            name: found.channel_name,
            part_of: found.connection_name,
            to: UserLink::Channel(found.channel),
        },
        User::Pcv(id, name) => of("Password Credential Validator", name, "", UserLink::Pcv(id)),
        User::IdpAdapter(id, name) => of("IdP Adapter", name, "", UserLink::IdpAdapter(id)),
        User::Connection(id, name, what) => of("SP Connection", name, what, UserLink::SpConnection(id)),
        User::DataStore(id, name) => of("Data Store", name, "", UserLink::DataStore(id)),
        User::MetadataExport(what) => of("Metadata Export", "Metadata Export".to_owned(), what, UserLink::MetadataExport),
    }
}
