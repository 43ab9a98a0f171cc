//! What a directory says of itself (RFC 4512 section 5.1), and which product it probably is.

use domain::model::data_store::LdapType;
use domain::model::source::Attributes;

/// The attributes worth asking for. Some are operational, so all are named.
pub(crate) const ATTRIBUTES: &[&str] = &[
    "objectClass",
    "structuralObjectClass",
    "vendorName",
    "vendorVersion",
    "fullVendorVersion",
    "namingContexts",
    "defaultNamingContext",
    "rootDomainNamingContext",
    "dnsHostName",
    "serverName",
    "ldapServiceName",
    "domainFunctionality",
    "forestFunctionality",
    "supportedCapabilities",
    "supportedControl",
    "supportedLDAPVersion",
    "subschemaSubentry",
    "configContext",
    "highestCommittedUSN",
];

/// MS-ADTS 3.1.1.3.4.3: `LDAP_CAP_ACTIVE_DIRECTORY_OID`.
const ACTIVE_DIRECTORY: &str = "1.2.840.113556.1.4.800";

/// A directory's own description.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RootDse {
    /// Product and version, as far as it says.
    pub vendor: Option<String>,
    /// The tops of the trees it holds.
    pub naming_contexts: Vec<String>,
    /// Active Directory: the domain this server is a controller of.
    pub domain: Option<String>,
    /// Active Directory: the root of its forest.
    pub forest: Option<String>,
    /// Active Directory: the domain controller's own name.
    pub dc_name: Option<String>,
    /// Whether results can be had in pages.
    pub has_paging: bool,
    /// Where the schema is.
    pub schema_dn: Option<String>,
    /// The product it probably is.
    pub ldap_type: Option<LdapType>,
}

impl RootDse {
    pub(crate) fn of(found: &Attributes) -> Self {
        let text = |name: &str| found.first(name).map(str::to_owned);
        let all = |name: &str| found.all(name).map(str::to_owned).collect::<Vec<_>>();
        let is_ad = found.all("supportedCapabilities").any(|c| c == ACTIVE_DIRECTORY);
        let mut naming_contexts = all("namingContexts");
        // PingDirectory and others list the empty root as well.
        naming_contexts.retain(|dn| !dn.is_empty());
        Self {
            vendor: vendor(found, is_ad),
            naming_contexts,
            domain: text("defaultNamingContext").filter(|_| is_ad),
            forest: text("rootDomainNamingContext").filter(|_| is_ad),
            dc_name: text("dnsHostName").filter(|_| is_ad),
            has_paging: found.all("supportedControl").any(|c| c == crate::message::PAGED_RESULTS),
            schema_dn: text("subschemaSubentry"),
            ldap_type: guess(found, is_ad),
        }
    }
}

fn is_openldap(found: &Attributes) -> bool {
    found.all("objectClass").chain(found.all("structuralObjectClass")).any(|c| c.eq_ignore_ascii_case("OpenLDAProotDSE"))
}

fn vendor(found: &Attributes, is_ad: bool) -> Option<String> {
    let name = found.first("vendorName");
    let version = found.first("fullVendorVersion").or(found.first("vendorVersion"));
    match (name, version) {
        (Some(name), Some(version)) if version.contains(name) => Some(version.to_owned()),
        (Some(name), Some(version)) => Some(format!("{name}, {version}")),
        (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
        (None, None) if is_ad => {
            // MS-ADTS 6.1.4.2: msDS-Behavior-Version.
            let level = match found.first("domainFunctionality") {
                Some("10") => ", functional level 2025",
                Some("7") => ", functional level 2016",
                Some("6") => ", functional level 2012 R2",
                Some("5") => ", functional level 2012",
                Some("4") => ", functional level 2008 R2",
                _ => "",
            };
            Some(format!("Microsoft Active Directory{level}"))
        }
        (None, None) if is_openldap(found) => Some("OpenLDAP".into()),
        (None, None) => None,
    }
}

fn guess(found: &Attributes, is_ad: bool) -> Option<LdapType> {
    let vendor = format!(
        "{} {} {}",
        found.first("vendorName").unwrap_or_default(),
        found.first("vendorVersion").unwrap_or_default(),
        found.first("fullVendorVersion").unwrap_or_default()
    )
    .to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|w| vendor.contains(w));
    if is_ad {
        Some(LdapType::ActiveDirectory)
    } else if says(&["oracle unified directory", "oracle-unified-directory"]) {
        Some(LdapType::OracleUnifiedDirectory)
    } else if says(&["sun-directory", "sun java", "oracle-directory-server", "oracle directory server", "sun one"]) {
        Some(LdapType::OracleDirectoryServer)
    } else if says(&["forgerock", "pingds", "ping ds", "opendj"]) {
        Some(LdapType::PingDs)
    } else if says(&["pingdirectory", "ping identity", "unboundid"]) {
        Some(LdapType::PingDirectory)
    } else if is_openldap(found) {
        Some(LdapType::OpenLdap)
    } else if vendor.trim().is_empty() {
        None
    } else {
        Some(LdapType::Generic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(attributes: &[(&str, &[&str])]) -> RootDse {
        RootDse::of(&attributes.iter().map(|(n, v)| (*n, v.iter())).collect())
    }

    #[test]
    fn products_are_recognised() {
        let check = |attributes: &[(&str, &[&str])], wanted| assert_eq!(of(attributes).ldap_type, wanted, "{attributes:?}");
        check(&[("supportedCapabilities", &[ACTIVE_DIRECTORY])], Some(LdapType::ActiveDirectory));
        check(&[("vendorName", &["Samba Team"]), ("supportedCapabilities", &[ACTIVE_DIRECTORY])], Some(LdapType::ActiveDirectory));
        check(&[("objectClass", &["top", "OpenLDAProotDSE"])], Some(LdapType::OpenLdap));
        check(&[("vendorName", &["Ping Identity Corporation"]), ("vendorVersion", &["PingDirectory 9.3"])], Some(LdapType::PingDirectory));
        check(&[("vendorName", &["ForgeRock AS."]), ("fullVendorVersion", &["ForgeRock Directory Services 7.3"])], Some(LdapType::PingDs));
        check(
            &[("vendorName", &["Oracle Corporation"]), ("vendorVersion", &["Oracle Unified Directory 12.2"])],
            Some(LdapType::OracleUnifiedDirectory),
        );
        check(
            &[("vendorName", &["Sun Microsystems"]), ("vendorVersion", &["Sun-Directory-Server/11.1"])],
            Some(LdapType::OracleDirectoryServer),
        );
        check(&[("vendorName", &["389 Project"]), ("vendorVersion", &["389-Directory/2.3.1"])], Some(LdapType::Generic));
        check(&[], None);
    }

    #[test]
    fn active_directory_names_its_domain() {
        let dse = of(&[
            ("supportedCapabilities", &[ACTIVE_DIRECTORY]),
            ("defaultNamingContext", &["DC=child,DC=x"]),
            ("rootDomainNamingContext", &["DC=x"]),
            ("dnsHostName", &["dc1.child.x"]),
            ("domainFunctionality", &["7"]),
        ]);
        assert_eq!(dse.vendor.as_deref(), Some("Microsoft Active Directory, functional level 2016"));
        assert_eq!(
            (dse.domain.as_deref(), dse.forest.as_deref(), dse.dc_name.as_deref()),
            (Some("DC=child,DC=x"), Some("DC=x"), Some("dc1.child.x"))
        );
    }
}
