//! What is configured once for the whole server, and what the process itself was started with.

use super::data_store::choices;
use crate::id::{ConnectionId, SigningKeyId};
use serde::{Deserialize, Serialize};

/// Protocol Settings: stored. What is empty follows the [`ServerDefaults`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProtocolSettings {
    /// How browsers and partners reach this server. Empty: the default.
    pub base_url: String,
    /// This identity provider's name. Empty: made from the Base URL.
    pub entity_id: String,
    /// Seconds between cycles of a channel without a frequency of its own. `None`: the default.
    pub frequency_secs: Option<u32>,
    /// Days for which cycles are kept that changed something or did not succeed. `None`: the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_changed_days: Option<u32>,
    /// Days for which cycles are kept that found nothing to do. `None`: the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_quiet_days: Option<u32>,
    /// How many of a channel's newest cycles are kept, however old they are. `None`: the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_newest: Option<u32>,
}

/// How long cycles are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Days for those that changed something or did not succeed.
    pub changed_days: u32,
    /// Days for those that found nothing to do.
    pub quiet_days: u32,
    /// Of each channel, the newest, however old they are.
    pub newest: u32,
}

impl Default for Retention {
    /// A channel that runs once a minute has 1,440 cycles a day, nearly all of which found nothing to do.
    fn default() -> Self {
        Self { changed_days: 90, quiet_days: 1, newest: 50 }
    }
}

/// A setting of the process that is shown but not changed here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessSetting<T> {
    /// In force.
    pub value: T,
    /// Where it was set, in words that follow *set by*; empty: nowhere, it is the default.
    pub set_by: String,
}

/// What the process was started with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerDefaults {
    /// `public_url`, or the address listened on.
    pub base_url: ProcessSetting<String>,
    /// `provisioner.frequency_secs`.
    pub frequency_secs: ProcessSetting<u32>,
    /// `provisioner.mode`.
    pub provisioner_mode: ProcessSetting<String>,
}

/// What this identity provider goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Federation {
    /// How it is reached; without a slash at the end.
    pub base_url: String,
    /// Its name.
    pub entity_id: String,
}

impl ProtocolSettings {
    /// What is in force.
    pub fn federation(&self, defaults: &ServerDefaults) -> Federation {
        let base_url = if self.base_url.is_empty() { &defaults.base_url.value } else { &self.base_url };
        let base_url = base_url.trim_end_matches('/').to_owned();
        let entity_id = if self.entity_id.is_empty() { default_entity_id(&base_url) } else { self.entity_id.clone() };
        Federation { base_url, entity_id }
    }

    /// How long cycles are kept.
    pub fn retention(&self) -> Retention {
        let default = Retention::default();
        Retention {
            changed_days: self.keep_changed_days.unwrap_or(default.changed_days),
            quiet_days: self.keep_quiet_days.unwrap_or(default.quiet_days),
            newest: self.keep_newest.unwrap_or(default.newest),
        }
    }

    /// The Synchronization Frequency in force.
    pub fn frequency_secs(&self, defaults: &ServerDefaults) -> u32 {
        self.frequency_secs.unwrap_or(defaults.frequency_secs.value)
    }
}

/// The name of an identity provider that was given none: the address of its metadata, where whoever meets the name can look.
pub fn default_entity_id(base_url: &str) -> String {
    format!("{base_url}/idp/metadata")
}

impl Federation {
    /// Where requests to sign on go.
    pub fn sso_url(&self) -> String {
        format!("{}/idp/SSO.saml2", self.base_url)
    }
    /// Where logout messages go.
    pub fn slo_url(&self) -> String {
        format!("{}/idp/SLO.saml2", self.base_url)
    }
    /// Where the metadata is for everybody.
    pub fn metadata_url(&self) -> String {
        format!("{}/idp/metadata", self.base_url)
    }
}

/// Metadata Export: what was chosen last, and what the metadata address serves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MetadataExport {
    /// For whom.
    pub mode: MetadataMode,
    /// The partner, for metadata made for one.
    pub connection: Option<ConnectionId>,
    /// Whose certificates are in it.
    pub signing_key: Option<SigningKeyId>,
    /// What signs the file itself; `None`: nothing does.
    pub signature_key: Option<SigningKeyId>,
}

choices! {
    /// For whom metadata is made.
    MetadataMode {
        /// For one partner.
        Connection = "connection", "Use a connection for metadata generation";
        /// For any.
        Manual = "manual", "Select information to include in metadata manually";
    }
}

#[expect(clippy::derivable_impls, reason = "the order of the choices is that of the screen")]
impl Default for MetadataMode {
    fn default() -> Self {
        MetadataMode::Manual
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_follows_the_defaults() {
        let defaults = ServerDefaults {
            base_url: ProcessSetting { value: "https://a.example".into(), set_by: String::new() },
            frequency_secs: ProcessSetting { value: 60, set_by: String::new() },
            ..ServerDefaults::default()
        };
        let mut settings = ProtocolSettings::default();
        let entity = |settings: &ProtocolSettings| settings.federation(&defaults).entity_id;
        assert_eq!(settings.federation(&defaults).base_url, "https://a.example");
        assert_eq!((entity(&settings).as_str(), settings.frequency_secs(&defaults)), ("https://a.example/idp/metadata", 60));
        settings.base_url = "https://b.example/".into();
        assert_eq!(entity(&settings), "https://b.example/idp/metadata");
        (settings.entity_id, settings.frequency_secs) = ("urn:me".into(), Some(5));
        assert_eq!((entity(&settings).as_str(), settings.frequency_secs(&defaults)), ("urn:me", 5));
        assert_eq!(settings.federation(&defaults).sso_url(), "https://b.example/idp/SSO.saml2");
    }
}
