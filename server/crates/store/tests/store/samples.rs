//! Values to store.

use domain::id::{ChannelId, ConnectionId, ConnectorId, CycleId, DataStoreId, IdpAdapterId, PcvId, SigningKeyId, SourceId, TargetId};
use domain::model::channel::Channel;
use domain::model::cycle::{Count, Cycle, CycleObject, Trigger};
use domain::model::data_store::{DataStore, LdapSettings};
use domain::model::idp_adapter::{AdapterKind, IdpAdapter};
use domain::model::link::{Digest, Link, LinkHead, LinkMark, ObjectKind, Origin, Written};
use domain::model::mapping::MappingRow;
use domain::model::pcv::{Condition, ErrorOverride, Pcv, PcvKind, SimpleUser};
use domain::model::plan::{ActionKind, Change, Outcome, Value};
use domain::model::signing_key::{KeyPair, SigningKey};
use domain::model::sp_connection::{ConnectorRef, SpConnection};
use domain::secret::{Hashed, Sealed};
use store::Store;

pub fn data_store(id: &str, name: &str) -> DataStore {
    let ldap = LdapSettings {
        hostnames: "dc1.example.com dc2.example.com".into(),
        user_dn: "CN=svc,DC=example,DC=com".into(),
        password: Some(Sealed { ciphertext: "AbCd".into(), bound_to: "dc1.example.com|ldaps".into() }),
        ..LdapSettings::default()
    };
    DataStore { id: DataStoreId::parse(id).unwrap(), name: name.into(), mask_values: true, ldap }
}

pub fn pcv(id: &str, name: &str, data_store: Option<&str>) -> Pcv {
    let mut pcv = Pcv::new(PcvId::parse(id).unwrap());
    pcv.name = name.into();
    pcv.instance_id = format!("{id}Id");
    pcv.kind = Some(if data_store.is_some() { PcvKind::Ldap } else { PcvKind::Simple });
    pcv.ldap.data_store = data_store.map(|id| DataStoreId::parse(id).unwrap());
    pcv.ldap.base_dn = "DC=example,DC=com".into();
    pcv.ldap.filter = "mail=${username}".into();
    pcv.ldap.overrides = vec![ErrorOverride { expression: "*locked*".into(), condition: Condition::AccountLocked }];
    pcv.simple.users = vec![SimpleUser { name: "ann".into(), hash: Hashed::new("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA") }];
    pcv.extended = vec!["department".into()];
    pcv
}

pub fn adapter(id: &str, name: &str, validators: &[&str]) -> IdpAdapter {
    let mut adapter = IdpAdapter::new(IdpAdapterId::parse(id).unwrap());
    adapter.name = name.into();
    adapter.instance_id = format!("{id}Id");
    adapter.kind = Some(AdapterKind::HtmlForm);
    adapter.validators = validators.iter().map(|id| PcvId::parse(id).unwrap()).collect();
    adapter.extended = vec!["mail".into()];
    adapter.pseudonym = ["username".to_owned()].into();
    adapter
}

pub fn signing_key(id: &str) -> SigningKey {
    let pair = |name: &str| KeyPair {
        certificate: format!("-----BEGIN CERTIFICATE-----\n{name}\n"),
        private_key: Sealed { ciphertext: "AbCd".into(), bound_to: name.into() },
    };
    SigningKey { id: SigningKeyId::parse(id).unwrap(), active: pair(id), next: None }
}

pub fn connection_id(id: &str) -> ConnectionId {
    ConnectionId::parse(id).unwrap()
}

pub fn channel_id(id: &str) -> ChannelId {
    ChannelId::parse(id).unwrap()
}

pub fn channel(id: &str, data_store: Option<&str>) -> Channel {
    let mut channel = Channel::new(channel_id(id));
    channel.name = format!("Channel {id}");
    channel.data_store = data_store.map(|id| DataStoreId::parse(id).unwrap());
    channel.mapping = vec![MappingRow { attributes: vec!["mail".into()], ..MappingRow::empty("userName") }];
    channel
}

pub fn connection(id: &str, name: &str, channels: Vec<Channel>) -> SpConnection {
    let mut connection = SpConnection::new(connection_id(id));
    connection.connector = Some(ConnectorRef { id: ConnectorId::parse("aws-iam-identity-center").unwrap(), version: "1.0.0".into() });
    connection.outbound_provisioning = true;
    connection.general.entity_id = format!("https://{id}.example.com/saml");
    connection.general.name = name.into();
    connection.provisioning.target.settings.insert("scim_url".into(), "https://scim.example.com/v2".into());
    connection
        .provisioning
        .target
        .secrets
        .insert("access_token".into(), Sealed { ciphertext: "EfGh".into(), bound_to: "scim.example.com".into() });
    connection.provisioning.channels = channels;
    connection
}

/// One connection `aws` with the channels `staff` and `guests`.
pub async fn with_two_channels(store: &Store) {
    let mut tx = store.begin().await.unwrap();
    tx.insert_data_store(&data_store("corp", "Corporate AD"), "admin", 1).await.unwrap();
    let channels = vec![channel("staff", Some("corp")), channel("guests", Some("corp"))];
    tx.insert_connection(&connection("aws", "AWS", channels), "admin", 1).await.unwrap();
    tx.commit().await.unwrap();
}

pub fn source(id: &str) -> SourceId {
    SourceId(id.into())
}

pub fn link(channel: &str, kind: ObjectKind, source_id: &str, target_id: &str) -> Link {
    Link {
        connection: connection_id("aws"),
        channel: channel_id(channel),
        head: LinkHead {
            kind,
            source_id: source(source_id),
            target_id: TargetId(target_id.into()),
            dn_digest: Digest(1),
            value_digest: Digest(u128::MAX),
            unique_digests: vec![Digest(2), Digest(0x0123_4567_89ab_cdef)],
            members_digest: Digest(0),
            member_count: 0,
            active: true,
            left_at: None,
            origin: Origin::Created,
            mark: LinkMark::Good,
        },
        name: format!("{source_id}@example.com"),
        dn: format!("CN={source_id},DC=example,DC=com"),
        written: Written { values: [("userName".to_owned(), Value::Text(format!("{source_id}@example.com")))].into(), members: Vec::new() },
    }
}

pub fn cycle(id: &str, channel: &str, started_at: i64) -> Cycle {
    Cycle::begun(CycleId::parse(id).unwrap(), channel_id(channel), Trigger::Period, started_at)
}

pub fn count() -> Count {
    Count { kind: ObjectKind::User, action: ActionKind::Create, outcome: "done".into(), count: 3 }
}

pub fn cycle_object(seq: u32, source_id: &str, outcome: Outcome) -> CycleObject {
    CycleObject {
        seq,
        kind: ObjectKind::User,
        source_id: source(source_id),
        name: format!("{source_id}@example.com"),
        dn: format!("CN={source_id},DC=example,DC=com"),
        action: ActionKind::Update,
        reason: "mail changed".into(),
        changes: vec![Change {
            attribute: "userName".into(),
            from: Some(Value::Text("old \"quoted\" \\ ü 😀".into())),
            to: Some(Value::Ref(source("boss"))),
        }],
        outcome,
        target_id: Some(TargetId(format!("t-{source_id}"))),
        request_id: None,
        at: 1_000 + i64::from(seq),
    }
}
