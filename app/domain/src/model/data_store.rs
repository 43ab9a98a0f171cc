//! Data Stores: connections to directories.

use crate::id::{DataStoreId, TrustedCaId};
use crate::secret::Sealed;
use serde::{Deserialize, Serialize};

/// A connection to a directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataStore {
    /// Given when the draft is begun.
    pub id: DataStoreId,
    /// Unique over all stores.
    pub name: String,
    /// Directory values do not appear in logs.
    pub mask_values: bool,
    /// The LDAP settings; the only type today.
    pub ldap: LdapSettings,
}

/// How to reach and bind to an LDAP directory. Times are milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LdapSettings {
    /// Hosts in order of preference, as typed (see `text::host`); with DNS SRV exactly one domain.
    pub hostnames: String,
    /// Encryption of the connection.
    pub tls: TlsMode,
    /// Look the servers up by DNS SRV records of the domain.
    pub use_dns_srv: bool,
    /// Follow referrals instead of leaving them out.
    pub follow_referrals: bool,
    /// Try the next server once when an operation fails for a system reason.
    pub retry_failed_operations: bool,
    /// Drives the defaults of the channel's Source Settings and mapping.
    pub ldap_type: LdapType,
    /// Bind without a name.
    pub bind_anonymously: bool,
    /// DN, or for Active Directory also a UPN.
    pub user_dn: String,
    /// Password of the User DN.
    pub password: Option<Sealed>,
    /// The certificate must name the host that was connected to.
    pub verify_hostname: bool,
    /// PEM certificates trusted for this store in addition to the system's.
    pub trusted_ca: String,
    /// One of the stored Trusted CAs, trusted besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_ca_id: Option<TrustedCaId>,
    /// Time for connecting, including the TLS handshake.
    pub connection_timeout_ms: u32,
    /// Time without an answer before an operation is given up.
    pub read_timeout_ms: u32,
    /// Most connections open at once.
    pub max_connections: u32,
    /// Wait for a free connection before giving up.
    pub max_wait_ms: u32,
    /// How long a resolved address is used.
    pub dns_ttl_ms: u32,
    /// SRV prefix for plain and StartTLS.
    pub srv_prefix: String,
    /// SRV prefix for LDAPS.
    pub ldaps_srv_prefix: String,
    /// Attributes read as bytes in addition to those of the LDAP Type.
    pub binary_attributes: Vec<String>,
}

impl Default for LdapSettings {
    fn default() -> Self {
        Self {
            hostnames: String::new(),
            tls: TlsMode::Ldaps,
            use_dns_srv: false,
            follow_referrals: false,
            retry_failed_operations: false,
            ldap_type: LdapType::ActiveDirectory,
            bind_anonymously: false,
            user_dn: String::new(),
            password: None,
            verify_hostname: true,
            trusted_ca: String::new(),
            trusted_ca_id: None,
            connection_timeout_ms: 3_000,
            read_timeout_ms: 30_000,
            max_connections: 10,
            max_wait_ms: 5_000,
            dns_ttl_ms: 60_000,
            srv_prefix: "_ldap._tcp".into(),
            ldaps_srv_prefix: "_ldaps._tcp".into(),
            binary_attributes: Vec::new(),
        }
    }
}

impl LdapSettings {
    /// Where the password goes: a change of it asks for the password again.
    pub fn place(&self) -> String {
        let hosts: Vec<_> = self.hostnames.split_whitespace().map(str::to_lowercase).collect();
        format!("{}|{}|{}|{}", hosts.join(" "), self.tls.id(), self.use_dns_srv, self.verify_hostname)
    }
    /// Whether an attribute is read as bytes: declared, or known to be so for the LDAP Type.
    pub fn is_binary(&self, attribute: &str) -> bool {
        self.ldap_type.binary_attributes().iter().any(|b| b.eq_ignore_ascii_case(attribute))
            || self.binary_attributes.iter().any(|b| b.eq_ignore_ascii_case(attribute))
    }
}

/// A plain enumeration with a stable id and a label, as selects and rows need it.
macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $id:literal, $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $id)] $variant),+ }
        impl $name {
            /// Every value in the order shown.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The stable id used in forms and rows.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),+ }
            }
            /// What a person reads.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }
            /// The value of an id.
            pub fn of(id: &str) -> Option<Self> {
                match id { $($id => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}
pub(crate) use choices;

choices! {
    /// Encryption of an LDAP connection.
    TlsMode {
        /// Plain text: everything, the password included, crosses the network readable.
        None = "none", "None (plain text)";
        /// TLS from the first byte, port 636.
        Ldaps = "ldaps", "LDAPS";
        /// Plain connection upgraded before anything is sent, port 389.
        StartTls = "starttls", "StartTLS";
    }
}

impl TlsMode {
    /// The port used when none is given.
    pub fn default_port(self) -> u16 {
        if self == TlsMode::Ldaps { 636 } else { 389 }
    }
}

choices! {
    /// The product behind a Data Store, for its defaults.
    LdapType {
        /// Microsoft Active Directory, Samba AD.
        ActiveDirectory = "active_directory", "Active Directory";
        /// Oracle (Sun) Directory Server.
        OracleDirectoryServer = "oracle_directory_server", "Oracle Directory Server";
        /// Oracle Unified Directory.
        OracleUnifiedDirectory = "oracle_unified_directory", "Oracle Unified Directory";
        /// PingDirectory.
        PingDirectory = "ping_directory", "PingDirectory";
        /// PingDS, formerly ForgeRock Directory Services.
        PingDs = "ping_ds", "PingDS";
        /// OpenLDAP.
        OpenLdap = "openldap", "OpenLDAP";
        /// Anything else.
        Generic = "generic", "Generic";
    }
}

impl LdapType {
    /// Attributes that are always bytes in this product.
    pub fn binary_attributes(self) -> &'static [&'static str] {
        match self {
            LdapType::ActiveDirectory => &[
                "objectGUID",
                "objectSid",
                "sIDHistory",
                "thumbnailPhoto",
                "userCertificate",
                "msExchMailboxGuid",
                "mS-DS-ConsistencyGuid",
            ],
            _ => &["jpegPhoto", "userCertificate;binary"],
        }
    }

    /// Attribute names an administrator is offered in the mapping, the usual ones first.
    pub fn usual_attributes(self) -> &'static [&'static str] {
        match self {
            LdapType::ActiveDirectory => &[
                "mail",
                "userPrincipalName",
                "sAMAccountName",
                "displayName",
                "givenName",
                "sn",
                "cn",
                "initials",
                "middleName",
                "title",
                "department",
                "division",
                "company",
                "employeeID",
                "employeeNumber",
                "employeeType",
                "manager",
                "telephoneNumber",
                "mobile",
                "facsimileTelephoneNumber",
                "streetAddress",
                "l",
                "st",
                "postalCode",
                "c",
                "co",
                "physicalDeliveryOfficeName",
                "preferredLanguage",
                "personalTitle",
                "generationQualifier",
                "wWWHomePage",
                "proxyAddresses",
                "objectGUID",
                "distinguishedName",
                "extensionAttribute1",
                "extensionAttribute2",
                "extensionAttribute3",
            ],
            _ => &[
                "mail",
                "uid",
                "displayName",
                "givenName",
                "sn",
                "cn",
                "initials",
                "title",
                "departmentNumber",
                "ou",
                "o",
                "employeeNumber",
                "employeeType",
                "manager",
                "telephoneNumber",
                "mobile",
                "facsimileTelephoneNumber",
                "street",
                "l",
                "st",
                "postalCode",
                "c",
                "preferredLanguage",
                "labeledURI",
                "entryUUID",
            ],
        }
    }
}
