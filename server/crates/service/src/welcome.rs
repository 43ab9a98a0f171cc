//! How far the set-up is, and what is about to end.

use crate::{Result, Service};
use domain::actor::Actor;
use domain::id::ConnectionId;
use domain::model::connector::TargetFieldKind;
use domain::model::server_settings::{Federation, MetadataExport};
use domain::model::sp_connection::SpConnection;
use domain::wizard::draft::DraftBody;
use store::{Conn, Tally, Tx};

/// The connector of AWS IAM Identity Center.
const AWS: &str = "aws-iam-identity-center";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// So long before its end a secret is warned about, as AWS does.
pub const WARNING_DAYS: i64 = 90;
/// Secrets that are warned about.
const ENDING_SHOWN: u32 = 10;

/// How far the set-up is.
#[derive(Clone, Debug)]
pub struct Welcome {
    /// How much there is of everything.
    pub tally: Tally,
    /// Whether this server provisions.
    pub provisions: bool,
    /// The metadata was exported and saved, with a key that is there.
    pub has_metadata: bool,
    /// What this identity provider goes by.
    pub federation: Federation,
    /// The connection to AWS that was saved last.
    pub aws: Option<AwsSide>,
    /// Secrets that end soon or have ended, oldest first.
    pub ending: Vec<EndingSecret>,
}

/// What is known of AWS.
#[derive(Clone, Debug)]
pub struct AwsSide {
    /// The connection.
    pub connection: SpConnection,
    /// Since when its token is what it is (unix ms), where that was noted.
    pub token_set_at: Option<i64>,
    /// Days after which a token ends.
    pub token_days: Option<u32>,
}

/// A secret that ends soon, or has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndingSecret {
    /// The connection it is for.
    pub connection: ConnectionId,
    /// Its name.
    pub connection_name: String,
    /// Label of its field.
    pub label: String,
    /// Since when it is what it is (unix ms).
    pub set_at: i64,
    /// When it ends (unix ms).
    pub ends_at: i64,
}

impl Service {
    /// How far the set-up is.
    pub async fn welcome(&self, actor: &Actor) -> Result<Welcome> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let export = conn.find_server_settings::<MetadataExport>().await?.value;
        let has_metadata = match &export.signing_key {
            Some(key) => conn.find_signing_key(key).await?.is_some(),
            None => false,
        };
        let token = self.connectors().offered().into_iter().filter(|connector| connector.id.as_str() == AWS).find_map(|connector| {
            let field = connector.target.iter().find(|field| field.kind == TargetFieldKind::Secret && field.lifetime_days.is_some())?;
            Some((field.name.clone(), field.lifetime_days?))
        });
        let ending = self.ending_secrets(&mut conn).await?;
        let aws = match conn.find_latest_connection_of(AWS).await? {
            Some(id) => conn.find_connection(&id).await?.map(|stored| stored.value),
            None => None,
        };
        let aws = match aws {
            Some(connection) => {
                let token_set_at = match &token {
                    Some((field, _)) => conn.find_secret_date(&connection.id, field).await?,
                    None => None,
                };
                Some(AwsSide { connection, token_set_at, token_days: token.map(|(_, days)| days) })
            }
            None => None,
        };
        Ok(Welcome {
            tally: conn.tally().await?,
            provisions: self.defaults().provisioner_mode.value != "OFF",
            has_metadata,
            federation: self.federation(&mut conn).await?,
            aws,
            ending,
        })
    }
}

impl Service {
    /// Secrets that end soon or have ended, oldest first.
    pub(crate) async fn ending_secrets(&self, conn: &mut Conn) -> Result<Vec<EndingSecret>> {
        let mut ending = Vec::new();
        for connector in self.connectors().offered() {
            for field in connector.target.iter().filter(|field| field.kind == TargetFieldKind::Secret) {
                let Some(days) = field.lifetime_days else { continue };
                let lifetime = i64::from(days) * DAY_MS;
                let set_before = self.now() - (lifetime - WARNING_DAYS * DAY_MS);
                let old = conn.list_old_secrets(connector.id.as_str(), &field.name, set_before, ENDING_SHOWN).await?;
                ending.extend(old.into_iter().map(|date| EndingSecret {
                    connection: date.connection,
                    connection_name: date.connection_name,
                    label: field.label.clone(),
                    set_at: date.set_at,
                    ends_at: date.set_at + lifetime,
                }));
            }
        }
        Ok(ending)
    }
}

/// Notes since when the secrets of a connection's target are what they are, as it is saved.
pub(crate) async fn note_secrets(tx: &mut Tx, before: Option<&DraftBody>, after: &DraftBody, now: i64) -> Result<()> {
    let DraftBody::SpConnection(after) = after else { return Ok(()) };
    let known = match before {
        Some(DraftBody::SpConnection(before)) => Some(&before.provisioning.target.secrets),
        _ => None,
    };
    for (field, sealed) in &after.provisioning.target.secrets {
        let is_known = known.and_then(|known| known.get(field)).is_some_and(|before| before.ciphertext == sealed.ciphertext);
        if !is_known {
            tx.put_secret_date(&after.id, field, now).await?;
        }
    }
    Ok(())
}
