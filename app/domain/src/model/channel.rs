//! Channels: one source feeding one SP Connection.

use super::data_store::{LdapType, choices};
use super::mapping::MappingRow;
use crate::id::{ChannelId, DataStoreId};
use serde::{Deserialize, Serialize};

/// One source feeding one SP Connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    /// Given by *Create* on Manage Channels.
    pub id: ChannelId,
    /// Unique in its connection.
    pub name: String,
    /// The toggle of its Activation & Summary; a new channel is Active.
    pub active: bool,
    /// Requests under way at once, bounded by the connector.
    pub max_threads: u32,
    /// Most seconds to wait for one answer of the target.
    pub timeout_secs: u32,
    /// Seconds between cycles; `None` uses the global Synchronization Frequency.
    pub frequency_secs: Option<u32>,
    /// What to do with an object that is already at the target.
    pub existing: ExistingObjects,
    /// Active Data Store.
    pub data_store: Option<DataStoreId>,
    /// The LDAP Type that Source Settings and mapping were last prefilled from.
    pub prefilled_from: Option<LdapType>,
    /// Source Settings.
    pub source: SourceSettings,
    /// Source Location.
    pub location: SourceLocation,
    /// Attribute Mapping, in the connector's order.
    pub mapping: Vec<MappingRow>,
    /// When removals wait for a person.
    pub guards: Guards,
    /// Patterns of user names, as in [`pattern`](crate::text::pattern): nothing is ever taken away from who fits one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub protected: Vec<String>,
}

impl Channel {
    /// A new channel as *Create* makes it.
    pub fn new(id: ChannelId) -> Self {
        Self {
            id,
            name: String::new(),
            active: true,
            max_threads: 1,
            timeout_secs: 60,
            frequency_secs: None,
            existing: ExistingObjects::Adopt,
            data_store: None,
            prefilled_from: None,
            source: SourceSettings::for_type(LdapType::Generic),
            location: SourceLocation::default(),
            mapping: Vec::new(),
            guards: Guards::default(),
            protected: Vec::new(),
        }
    }
}

choices! {
    /// What to do with an object at the target that Towpath did not create.
    ExistingObjects {
        /// Link it and keep it up to date.
        Adopt = "adopt", "Adopt";
        /// Leave it alone and report it.
        Report = "report", "Leave and report";
    }
}

choices! {
    /// How a source anchor is written.
    GuidType {
        /// Sixteen octets in Microsoft's order.
        Binary = "binary", "Binary";
        /// Text as it is.
        Text = "text", "Text";
    }
}

choices! {
    /// How changed entries are found between full reads.
    ChangeAlgorithm {
        /// uSNChanged above the stored number.
        ActiveDirectoryUsn = "active_directory_usn", "Active Directory USN";
        /// Timestamp, negated comparison.
        Timestamp = "timestamp", "Timestamp";
        /// Timestamp, plain comparison.
        TimestampNoNegation = "timestamp_no_negation", "Timestamp No Negation";
        /// The directory remembers what was seen (RFC 4533).
        ContentSynchronization = "content_synchronization", "LDAP Content Synchronization";
    }
}

impl ChangeAlgorithm {
    /// Whether a directory of this kind can tell changes so.
    pub fn fits(self, ldap_type: LdapType) -> bool {
        match self {
            Self::ActiveDirectoryUsn => ldap_type == LdapType::ActiveDirectory,
            Self::Timestamp | Self::TimestampNoNegation => true,
            Self::ContentSynchronization => matches!(ldap_type, LdapType::OpenLdap | LdapType::Generic),
        }
    }
}

choices! {
    /// How an entry says whether it is enabled.
    StatusAlgorithm {
        /// Bit 0x2 of the attribute means disabled.
        ActiveDirectoryBitmap = "ad_bitmap", "Active Directory Bitmap";
        /// The attribute has the comparison value.
        Flag = "flag", "Flag";
    }
}

/// Source Settings, prefilled from the LDAP Type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceSettings {
    /// Entry GUID Attribute.
    pub guid_attribute: String,
    /// GUID Type.
    pub guid_type: GuidType,
    /// Member of Group Attribute, on the person; may be empty.
    pub member_of_attribute: String,
    /// Group Member Attribute, on the group.
    pub member_attribute: String,
    /// User objectClass.
    pub user_class: String,
    /// Group objectClass.
    pub group_class: String,
    /// Changed Users/Groups Algorithm.
    pub change_algorithm: ChangeAlgorithm,
    /// USN Attribute, for Active Directory.
    pub usn_attribute: String,
    /// Timestamp Attribute.
    pub timestamp_attribute: String,
    /// Account Status Attribute; empty: everybody is enabled.
    pub status_attribute: String,
    /// Account Status Algorithm.
    pub status_algorithm: StatusAlgorithm,
    /// Default Status, when the attribute is absent: enabled.
    pub default_enabled: bool,
    /// Flag Comparison Value.
    pub flag_value: String,
    /// Flag Comparison Status: enabled when the value matches.
    pub flag_enabled: bool,
}

impl SourceSettings {
    /// The defaults of one kind of directory.
    pub fn for_type(ldap_type: LdapType) -> Self {
        let text = |s: &str| s.to_owned();
        let unix = Self {
            guid_attribute: text("entryUUID"),
            guid_type: GuidType::Text,
            member_of_attribute: String::new(),
            member_attribute: text("member"),
            user_class: text("inetOrgPerson"),
            group_class: text("groupOfNames"),
            change_algorithm: ChangeAlgorithm::TimestampNoNegation,
            usn_attribute: String::new(),
            timestamp_attribute: text("modifyTimestamp"),
            status_attribute: String::new(),
            status_algorithm: StatusAlgorithm::Flag,
            default_enabled: true,
            flag_value: String::new(),
            flag_enabled: false,
        };
        let sun = |guid: &str| Self {
            guid_attribute: text(guid),
            member_attribute: text("uniqueMember"),
            group_class: text("groupOfUniqueNames"),
            status_attribute: text("nsAccountLock"),
            flag_value: text("true"),
            ..unix.clone()
        };
        match ldap_type {
            LdapType::ActiveDirectory => Self {
                guid_attribute: text("objectGUID"),
                guid_type: GuidType::Binary,
                member_of_attribute: text("memberOf"),
                user_class: text("user"),
                group_class: text("group"),
                change_algorithm: ChangeAlgorithm::ActiveDirectoryUsn,
                usn_attribute: text("uSNChanged"),
                timestamp_attribute: text("whenChanged"),
                status_attribute: text("userAccountControl"),
                status_algorithm: StatusAlgorithm::ActiveDirectoryBitmap,
                ..unix
            },
            LdapType::OracleDirectoryServer => Self { user_class: text("person"), ..sun("nsUniqueId") },
            LdapType::OracleUnifiedDirectory => Self { user_class: text("person"), ..sun("entryUUID") },
            LdapType::PingDirectory => Self { status_attribute: text("ds-pwp-account-disabled"), ..sun("entryUUID") },
            LdapType::PingDs => Self { status_attribute: text("ds-pwp-account-disabled"), ..sun("entryUUID") },
            LdapType::OpenLdap => Self { group_class: text("groupOfNames"), ..unix },
            LdapType::Generic => unix,
        }
    }
}

/// Who is in scope.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceLocation {
    /// Nothing above this is looked at.
    pub base_dn: String,
    /// Users.
    pub users: Scope,
    /// Groups; empty means no groups.
    pub groups: Scope,
}

/// A Group DN (with Nested Search) or a Filter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    /// Users: members of this group. Groups: the groups that are members of this group.
    pub group_dn: String,
    /// Members of member groups too. For groups also: flatten nested membership.
    pub nested: bool,
    /// LDAP filter, instead of a Group DN.
    pub filter: String,
    /// Groups only: the Group DN's own group is provisioned too.
    pub include_group: bool,
}

impl Scope {
    /// Whether neither is given.
    pub fn is_empty(&self) -> bool {
        self.group_dn.trim().is_empty() && self.filter.trim().is_empty()
    }
}

/// When removals wait for a person (design: guards). Percentages are whole numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Guards {
    /// Held when fewer entries are read than the last complete read, by more than this.
    pub max_drop_percent: u32,
    /// Held when nobody is found although some are linked.
    pub hold_when_empty: bool,
    /// Held when disables and deletes are more than this many ...
    pub max_removals: u32,
    /// ... and more than this share of those linked.
    pub max_removals_percent: u32,
    /// A group of at least this many members ...
    pub group_min_members: u32,
    /// ... is held when it would lose more than this share.
    pub group_max_loss_percent: u32,
}

impl Default for Guards {
    fn default() -> Self {
        Self {
            max_drop_percent: 20,
            hold_when_empty: true,
            max_removals: 10,
            max_removals_percent: 5,
            group_min_members: 20,
            group_max_loss_percent: 50,
        }
    }
}
