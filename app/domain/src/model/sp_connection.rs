//! SP Connections: one service provider, its target and its channels.

mod metadata;

pub use metadata::{MetadataChange, MetadataSource, TakenMetadata};

use super::browser_sso::BrowserSso;
use super::channel::Channel;
use super::credentials::Credentials;
use super::data_store::choices;
use crate::id::{ConnectionId, ConnectorId, TrustedCaId};
use crate::secret::Sealed;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One service provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpConnection {
    /// Given when the draft is begun.
    pub id: ConnectionId,
    /// *Use a Template for this Connection*; without one nothing is known of provisioning there.
    pub use_template: bool,
    /// The connector and the version of it this connection was made from.
    pub connector: Option<ConnectorRef>,
    /// Browser SSO Profiles is ticked on Connection Type.
    #[serde(default)]
    pub browser_sso_profiles: bool,
    /// Outbound Provisioning is ticked on Connection Type.
    pub outbound_provisioning: bool,
    /// What a person agreed to lose by unticking a type; only in drafts.
    #[serde(default, skip_serializing_if = "Removal::is_nothing")]
    pub removal: Removal,
    /// From where the partner's metadata came.
    #[serde(default)]
    pub metadata: MetadataSource,
    /// General Info.
    pub general: GeneralInfo,
    /// What *Configure Browser SSO* holds.
    #[serde(default)]
    pub browser_sso: BrowserSso,
    /// What *Configure Credentials* holds.
    #[serde(default)]
    pub credentials: Credentials,
    /// What *Configure Provisioning* holds.
    pub provisioning: Provisioning,
    /// The toggle of Activation & Summary.
    pub enabled: bool,
}

impl SpConnection {
    /// A new connection as the wizard begins it.
    pub fn new(id: ConnectionId) -> Self {
        Self {
            id,
            use_template: true,
            connector: None,
            browser_sso_profiles: false,
            outbound_provisioning: false,
            removal: Removal::default(),
            metadata: MetadataSource::default(),
            general: GeneralInfo::default(),
            browser_sso: BrowserSso::default(),
            credentials: Credentials::default(),
            provisioning: Provisioning::default(),
            enabled: true,
        }
    }
    /// Outbound Provisioning is off although channels are there, which go with Save.
    pub fn loses_provisioning(&self) -> bool {
        !self.outbound_provisioning && !self.provisioning.channels.is_empty()
    }
    /// Browser SSO is off although a person set it up, which goes with Save. What came from metadata alone can come again.
    pub fn loses_browser_sso(&self) -> bool {
        !self.browser_sso_profiles && (!self.browser_sso.assertion.sources.is_empty() || self.credentials.signing_key.is_some())
    }
    /// Takes out what belongs to types that are off: what is stored is what counts.
    pub fn forget_removed(&mut self) {
        if self.loses_provisioning() {
            self.provisioning = Provisioning::default();
        }
        if self.loses_browser_sso() {
            self.browser_sso = BrowserSso::default();
            self.credentials = Credentials::default();
            self.metadata = MetadataSource::default();
        }
        self.removal = Removal::default();
    }
}

/// What a person agreed to lose by unticking a type of connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Removal {
    /// The channels.
    pub provisioning: bool,
    /// Browser SSO and its credentials.
    pub browser_sso: bool,
}

impl Removal {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// The task *Configure Channels*: one target, any number of channels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provisioning {
    /// The Target tab.
    pub target: Target,
    /// In the order made.
    pub channels: Vec<Channel>,
}

/// A connector by id and version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConnectorRef {
    /// Its id.
    pub id: ConnectorId,
    /// The version recorded when the connection was saved.
    pub version: String,
}

/// The General Info tab.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GeneralInfo {
    /// Partner's Entity ID (Connection ID); unique.
    pub entity_id: String,
    /// Connection Name; unique.
    pub name: String,
    /// Base URL, optional.
    pub base_url: String,
    /// Company.
    pub company: String,
    /// Contact Name.
    pub contact_name: String,
    /// Contact Number.
    pub contact_number: String,
    /// Contact Email.
    pub contact_email: String,
}

/// The Target tab.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Target {
    /// Values of the connector's Target fields by name, secrets excepted.
    pub settings: BTreeMap<String, String>,
    /// Sealed secrets by field name.
    pub secrets: BTreeMap<String, Sealed>,
    /// One of the stored Trusted CAs, trusted besides those pasted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_ca_id: Option<TrustedCaId>,
    /// Provisioning Options.
    pub options: ProvisioningOptions,
}

impl Target {
    /// The base URL, or empty.
    pub fn url(&self) -> &str {
        self.settings.get("scim_url").map_or("", String::as_str)
    }
    /// Where the secrets go: a change of it asks for them again.
    pub fn place(&self) -> String {
        let token_url = self.settings.get("token_url").map_or("", String::as_str);
        format!("{} {}", crate::text::url::place(self.url()), crate::text::url::place(token_url))
    }
}

/// Provisioning Options of the Target tab, with PingFederate's defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProvisioningOptions {
    /// User Create.
    pub create_users: bool,
    /// User Update.
    pub update_users: bool,
    /// User Disable / Delete.
    pub remove_users: bool,
    /// Provision Disabled Users: who is disabled in the directory is created, inactive.
    pub provision_disabled: bool,
    /// Remove User Action.
    pub remove_action: RemoveAction,
    /// Days from disabling to deleting, where that is the Remove User Action.
    pub delete_after_days: u32,
    /// Group Name Source.
    pub group_name_source: GroupNameSource,
}

impl Default for ProvisioningOptions {
    fn default() -> Self {
        Self {
            create_users: true,
            update_users: true,
            remove_users: true,
            provision_disabled: false,
            remove_action: RemoveAction::Disable,
            delete_after_days: 30,
            group_name_source: GroupNameSource::CommonName,
        }
    }
}

choices! {
    /// What happens at the target to who leaves the Source Location, or is disabled or deleted in the directory.
    #[derive(Default)]
    RemoveAction {
        /// Set inactive; the object and its assignments stay.
        #[default]
        Disable = "disable", "Disable";
        /// Deleted there.
        Delete = "delete", "Delete";
        /// Set inactive, and deleted some days later.
        DeleteLater = "delete_later", "Delete after some days disabled";
        /// Left as it is, and reported.
        Nothing = "nothing", "Nothing";
    }
}

choices! {
    /// Where a group's name at the target comes from.
    GroupNameSource {
        /// The group's CN.
        CommonName = "cn", "Common Name";
        /// The whole DN.
        DistinguishedName = "dn", "Distinguished Name";
    }
}
