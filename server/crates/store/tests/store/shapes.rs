//! The JSON that is stored, pinned.
//!
//! A failure here means that rows written by a released version would no longer be read. A new field with a serde default is
//! fine: accept the new shape. A renamed or removed field, or a new one without a default, needs the next `body_version` and
//! code that reads this one.

use crate::samples::{adapter, channel, connection, count, cycle, cycle_object, data_store, link, pcv, signing_key, source};
use domain::model::cycle::{Calls, ChannelState};
use domain::model::link::ObjectKind;
use domain::model::notifications::{Email, Notifications};
use domain::model::plan::{Action, After, Guard, ObjectRef, Op, Outcome};
use domain::model::server_settings::{MetadataExport, ProtocolSettings};
use domain::model::sp_connection::SpConnection;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

fn pin<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, value: &T) {
    let json = serde_json::to_string_pretty(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value);
    insta::assert_snapshot!(name, json);
}

/// As it was written before connections had Browser SSO.
#[test]
fn a_connection_that_only_provisions_still_opens() {
    let stored: SpConnection = serde_json::from_str(include_str!("earlier/sp_connection.json")).unwrap();
    assert_eq!(stored, connection("aws", "AWS", vec![channel("staff", Some("corp"))]));
    assert!(!stored.browser_sso_profiles && stored.browser_sso.protocol.sign_assertion);
}

#[test]
fn stored_shapes_are_pinned() {
    pin("data_store", &data_store("corp", "Corporate AD"));
    pin("pcv", &pcv("ad", "Corporate", Some("corp")));
    pin("idp_adapter", &adapter("form", "Form", &["ad", "list"]));
    pin("sp_connection", &connection("aws", "AWS", vec![channel("staff", Some("corp"))]));
    let mut rotated = signing_key("k1");
    rotated.next = Some(signing_key("k2").active);
    pin("signing_key", &rotated);
    pin("protocol_settings", &ProtocolSettings { frequency_secs: Some(300), ..ProtocolSettings::default() });
    pin("metadata_export", &MetadataExport { signing_key: Some(rotated.id), ..MetadataExport::default() });
    pin(
        "notifications",
        &Notifications { email: Email { to: vec!["ops@example.com".into()], ..Email::default() }, ..Notifications::default() },
    );
    pin("channel_state", &ChannelState { paused: true, paused_at: Some(1), ..ChannelState::default() });

    let mut written = link("staff", ObjectKind::Group, "g1", "t1").written;
    written.members = vec![source("u1")];
    pin("written", &written);

    let mut recorded = cycle("c1", "staff", 1);
    recorded.counts = vec![count()];
    recorded.held_reasons = vec![(Guard::TooManyRemovals, "12 of 20".into())];
    recorded.calls = Some(Calls { count: 3, total_ms: 120, slow_ms: 60, waited_ms: 0 });
    pin("cycle", &recorded);
    pin("changes", &cycle_object(0, "u1", Outcome::Done).changes);
    pin("outcomes", &vec![Outcome::Done, Outcome::Rejected { status: 400, detail: "bad".into() }, Outcome::Held]);

    let object = ObjectRef { kind: ObjectKind::User, source_id: source("u1"), name: "u1".into(), dn: "CN=u1".into() };
    let op = Op { object, action: Action::Create { look_first: true }, reason: "new".into(), after: After::default() };
    pin("op", &op);
}
