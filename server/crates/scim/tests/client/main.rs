//! The client against the AWS emulator, and against small servers for what AWS does not do.

mod aws;
mod aws_faults;
mod dialect;
mod forms;
mod mini;
mod pace;
mod services;
mod wire;

use std::time::Duration;

use domain::id::TargetId;
use domain::model::connector::Connector;
use domain::secret::Secret;
use scim::{Attributes, Auth, Change, Client};

fn connector(text: &str) -> Connector {
    let mut connector: Connector = toml::from_str(text).expect("connector");
    connector.retry.base_ms = 1;
    connector
}

/// The built-in Connector for AWS, without its rates.
fn aws_connector() -> Connector {
    let mut connector = connector(include_str!("../../../../connectors/aws-iam-identity-center.toml"));
    (connector.limits.writes_per_second, connector.limits.reads_per_second) = (0.0, 0.0);
    connector
}

fn generic_connector() -> Connector {
    connector(include_str!("../../../../connectors/scim-2.0.toml"))
}

fn http() -> outbound::Client {
    let settings = outbound::Settings { total_timeout: Duration::from_secs(2), ..outbound::Settings::default() };
    outbound::Client::new(settings).expect("http client")
}

fn client(connector: Connector, base: &str, auth: Auth) -> Client {
    Client::new(http(), connector, base, auth).expect("client")
}

fn bearer(token: &str) -> Auth {
    Auth::Bearer(Secret::new(token))
}

fn values(pairs: &[(&str, &str)]) -> Attributes {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A person with everything AWS requires.
fn person(name: &str) -> Attributes {
    let mail = format!("{name}@example.com");
    values(&[
        ("userName", &mail),
        ("displayName", name),
        ("givenName", name),
        ("familyName", "Test"),
        ("workEmail", &mail),
        ("externalId", &format!("guid-{name}")),
    ])
}

fn group(name: &str) -> Attributes {
    values(&[("displayName", name), ("externalId", &format!("guid-{name}"))])
}

fn change(attribute: &str, from: Option<&str>, to: Option<&str>) -> Change {
    Change { attribute: attribute.to_owned(), from: from.map(str::to_owned), to: to.map(str::to_owned) }
}

fn id(text: &str) -> TargetId {
    TargetId(text.to_owned())
}

/// Work on a channel is spawned, so every future must be `Send`.
#[test]
fn futures_can_be_spawned() {
    fn check<T: Send>(_: T) {}
    let client = client(generic_connector(), "https://x", Auth::None);
    let (one, none) = (id("1"), values(&[]));
    check(client.test_connection());
    check(client.list_users(&mut |_| {}));
    check(client.list_groups(&mut |_| {}));
    check(client.find_users("x"));
    check(client.find_groups("x"));
    check(client.create_user(&none, true));
    check(client.update_user(&one, &none, true, &[]));
    check(client.update_group(&one, &[]));
    check(client.add_members(&one, &[]));
    check(client.delete_group(&one));
}
