//! What a person is called at a service provider.

use super::partner::Partner;
use super::{Person, Turned, random_id};
use crate::{Service, ServiceError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::model::browser_sso::IdentityMapping;
use domain::model::idp_adapter::IdpAdapter;
use domain::secret::Secret;
use saml::NameId;
use saml::name_id::NameSecret;
use store::seal;

/// The row that the secret behind pseudonyms is kept in, sealed.
const SECRET: &str = "name_secret";

impl Service {
    /// The name of somebody there. `subject`: what the contract says, where the connection names people by it.
    pub(crate) async fn name_of(
        &self,
        partner: &Partner,
        adapter: &IdpAdapter,
        person: &Person,
        subject: Option<String>,
    ) -> Result<NameId, Turned> {
        let assertion = &partner.connection.browser_sso.assertion;
        let (idp, sp) = (partner.federation.entity_id.as_str(), partner.connection.general.entity_id.as_str());
        let made = match assertion.identity {
            IdentityMapping::Standard => {
                let value = subject.unwrap_or_default();
                let format = Some(assertion.name_id_format().to_owned());
                return Ok(NameId { value, format, name_qualifier: None, sp_name_qualifier: None });
            }
            IdentityMapping::Pseudonym => self.name_secret().await?.pseudonym(idp, sp, &told_apart(adapter, person)),
            IdentityMapping::Transient => self.name_secret().await?.transient(idp, sp, &told_apart(adapter, person), &random_id()),
        };
        made.map_err(|error| {
            let why = format!("No name could be made for somebody who signed on with ‘{}’: {error}.", adapter.name);
            Turned::refused("sign-on-subject", why)
        })
    }

    /// The secret behind pseudonyms, made when it is needed for the first time.
    async fn name_secret(&self) -> Result<NameSecret, Turned> {
        let place = seal::aad("settings", SECRET, "value");
        let found = self.store.read().await?.find_setting(SECRET).await?;
        let sealed = match found {
            Some(sealed) => sealed,
            None => {
                let mut bytes = [0u8; 32];
                getrandom::fill(&mut bytes).map_err(|error| ServiceError::broken(format!("the system has no randomness: {error}")))?;
                let sealed = self.store.seal(&Secret::new(STANDARD.encode(bytes)), &place).map_err(ServiceError::from)?;
                let mut tx = self.store.begin().await?;
                // Somebody else may have been the first meanwhile.
                let kept = match tx.find_setting(SECRET).await? {
                    Some(other) => other,
                    None => {
                        tx.put_setting(SECRET, &sealed).await?;
                        sealed
                    }
                };
                tx.commit().await?;
                kept
            }
        };
        let secret = self.store.unseal(&sealed, &place).map_err(ServiceError::from)?;
        NameSecret::new(&secret).map_err(|error| ServiceError::broken(error.to_string()).into())
    }
}

/// What somebody is told from others by: the attributes that the adapter makes pseudonyms from. Empty when they have no value.
fn told_apart(adapter: &IdpAdapter, person: &Person) -> String {
    let values: Vec<_> = adapter.pseudonym.iter().map(|name| (name.as_str(), person.all(name))).collect();
    match values.iter().all(|(_, values)| values.is_empty()) {
        true => String::new(),
        // As text that no two lists of values share.
        false => serde_json::to_string(&(&adapter.instance_id, values)).unwrap_or_default(),
    }
}
