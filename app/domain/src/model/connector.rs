//! Connectors: what Towpath knows of one kind of service. Data, read from TOML; every field is documented here because this
//! is the file format an administrator may write.

mod dialect;
mod limits;

pub use dialect::{ActiveForm, Dialect, MemberRemove, Paging, PatchForm, UpdateForm};
pub use limits::{Limits, MembershipsOf, OperationClass, Retry};

use super::browser_sso::AttributeNameFormat;
use super::credentials::SigningAlgorithm;
use super::data_store::LdapType;
use crate::id::ConnectorId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The newest `schema_version` this build reads.
pub const SCHEMA_VERSION: u32 = 1;

/// One kind of service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connector {
    /// Format of this file; see [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Stable id, such as `aws-iam-identity-center`.
    pub id: ConnectorId,
    /// Version of this connector's content; a connection records the one it uses.
    pub version: String,
    /// Name on the screen (Connection Type).
    pub name: String,
    /// Name in the Connection Template list.
    pub template: String,
    /// One or two sentences for the administrator.
    pub description: String,
    /// By what kind of trial it is known to work.
    #[serde(default)]
    pub proof: Proof,
    /// What this version was tried against, or what it was written from; empty: nothing is known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub proven: String,
    /// Fields of the Target tab, in order.
    #[serde(default)]
    pub target: Vec<TargetField>,
    /// How the fields of the Target tab authenticate a call.
    pub auth: Auth,
    /// Which choices of Provisioning Options are shown, and their defaults.
    pub options: OptionDefaults,
    /// User attributes in the order of the mapping page.
    pub attributes: Vec<TargetAttribute>,
    /// What groups can do there.
    pub groups: GroupRules,
    /// How requests are written.
    pub dialect: Dialect,
    /// Rates and sizes.
    pub limits: Limits,
    /// What to do when a call fails.
    #[serde(default)]
    pub retry: Retry,
    /// How people sign on there; absent for a service of which that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saml: Option<SamlTemplate>,
}

/// By what kind of trial a connector is known to work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Nothing is known.
    #[default]
    Unknown,
    /// It was run against the service itself, or servers that others wrote.
    Servers,
    /// It was run against an emulation made from the service's documents.
    Emulation,
    /// It was written from the service's documents, and the requests compared with them; no such service has answered one.
    Documents,
}

/// How people sign on to one kind of service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamlTemplate {
    /// `NameID` formats it takes, best first.
    pub name_id_formats: Vec<String>,
    /// The user attribute to which the `NameID` must be equal, by name; empty: none.
    #[serde(default)]
    pub subject: String,
    /// People may begin here: IdP-Initiated SSO.
    #[serde(default = "yes")]
    pub idp_initiated: bool,
    /// People may begin there: SP-Initiated SSO.
    #[serde(default = "yes")]
    pub sp_initiated: bool,
    /// The assertion is signed.
    #[serde(default = "yes")]
    pub sign_assertion: bool,
    /// The response around it is signed.
    #[serde(default = "yes")]
    pub sign_response: bool,
    /// How it is signed.
    #[serde(default)]
    pub algorithm: SigningAlgorithm,
    /// Attribute Name Format it wants for attributes besides the subject.
    #[serde(default)]
    pub attribute_format: AttributeNameFormat,
    /// What the names of attributes begin with that mean something there; empty: nothing is known.
    #[serde(default)]
    pub attribute_prefix: String,
    /// Most attributes that begin so; 0: no limit known.
    #[serde(default)]
    pub attribute_limit: u32,
    /// A sentence about attributes, for the administrator.
    #[serde(default)]
    pub attribute_note: String,
}

impl Connector {
    /// The attribute that finds an existing user; also the one that names people in lists.
    pub fn match_attribute(&self) -> Option<&TargetAttribute> {
        self.attributes.iter().find(|a| a.matching)
    }
    /// One attribute by name.
    pub fn attribute(&self, name: &str) -> Option<&TargetAttribute> {
        self.attributes.iter().find(|a| a.name == name)
    }
}

/// One field of the Target tab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetField {
    /// Name in forms and stored settings. `scim_url` is the base URL.
    pub name: String,
    /// Label on the screen.
    pub label: String,
    /// What it holds.
    #[serde(default)]
    pub kind: TargetFieldKind,
    /// Must be filled.
    #[serde(default)]
    pub required: bool,
    /// Initial value.
    #[serde(default)]
    pub default: String,
    /// A sentence under the field.
    #[serde(default)]
    pub help: String,
    /// Choices of a select: id and label.
    #[serde(default)]
    pub choices: Vec<(String, String)>,
    /// Needed only while another field has one of these values: (field, values).
    #[serde(default)]
    pub when: Option<(String, Vec<String>)>,
    /// For a secret that the service lets end: after so many days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime_days: Option<u32>,
    /// The key of this file that the field sets for one connection, such as `dialect.paging`; an empty field leaves it as it is here.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sets: String,
    /// Legend of the group it stands in, which is closed until somebody opens it; empty: among the first fields.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub section: String,
}

/// What a Target field holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetFieldKind {
    /// Any text.
    #[default]
    Text,
    /// A base URL, https except on the loopback.
    Url,
    /// Sealed at once, never shown again.
    Secret,
    /// One of `choices`.
    Select,
    /// Yes or no, stored as `true` or `false`.
    Checkbox,
    /// A whole number.
    Number,
    /// PEM certificates.
    Pem,
}

/// How calls are authenticated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Auth {
    /// `Authorization: Bearer` with the secret in this Target field.
    Bearer {
        /// Name of the Target field that holds the token.
        token: String,
    },
    /// The Target field `auth_method` chooses `none`, `basic` (`username`, `password`), `bearer` (`access_token`), or
    /// `client_credentials` (`token_url`, `client_id`, `client_secret`, `scope`).
    Choice,
}

/// Defaults of the Provisioning Options.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionDefaults {
    /// Disable or delete who leaves.
    #[serde(default)]
    pub remove_action: super::sp_connection::RemoveAction,
    /// Whether Group Name Source is offered.
    #[serde(default)]
    pub group_name_source: bool,
}

/// One attribute of a user at the target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetAttribute {
    /// Name on the mapping page, such as `workEmail`; unique in the connector.
    pub name: String,
    /// SCIM path: `userName`, `name.givenName`, `emails[type eq "work"].value`,
    /// `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department`.
    pub path: String,
    /// Must have a value, else the person is skipped.
    #[serde(default)]
    pub required: bool,
    /// Two people must not share a value (compared without case).
    #[serde(default)]
    pub unique: bool,
    /// Finds an existing object at the target. Exactly one attribute has it.
    #[serde(default)]
    pub matching: bool,
    /// `text`, `email` or `reference` (the DN of another person, sent as that person's id at the target).
    #[serde(default)]
    pub kind: AttributeKind,
    /// Most characters.
    #[serde(default)]
    pub max_length: Option<u32>,
    /// Which characters are taken.
    #[serde(default)]
    pub characters: Characters,
    /// Only sent with a create.
    #[serde(default)]
    pub create_only: bool,
    /// Default source attribute by LDAP Type id; the key `*` is for every other type.
    #[serde(default)]
    pub source: BTreeMap<String, String>,
    /// A note for *View Partner Field Specifications*.
    #[serde(default)]
    pub note: String,
}

impl TargetAttribute {
    /// The source attribute that is preselected for a directory of this type.
    pub fn default_source(&self, ldap_type: LdapType) -> Option<&str> {
        self.source.get(ldap_type.id()).or_else(|| self.source.get("*")).map(String::as_str).filter(|s| !s.is_empty())
    }
}

/// What an attribute's value means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeKind {
    /// Text.
    #[default]
    Text,
    /// Must look like an e-mail address.
    Email,
    /// Refers to another user.
    Reference,
}

/// Which characters a service takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Characters {
    /// Anything but NUL.
    #[default]
    Any,
    /// AWS: letters, marks, symbols, numbers, punctuation, tab, line ends and the plain space; no control or format characters.
    Aws,
    /// As `aws` without any white space.
    AwsNoSpace,
}

/// What groups can do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupRules {
    /// Groups exist at all.
    pub supported: bool,
    /// A group may have groups as members. When not, nested members are flattened (if Nested Search is ticked).
    #[serde(default)]
    pub nested: bool,
    /// `displayName` must be unique.
    #[serde(default = "yes")]
    pub unique_name: bool,
    /// `externalId` is sent.
    #[serde(default)]
    pub external_id: bool,
    /// Reading a group tells its members (AWS: never).
    #[serde(default = "yes")]
    pub members_readable: bool,
}

fn yes() -> bool {
    true
}
