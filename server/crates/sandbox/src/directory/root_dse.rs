//! The root DSE: what the server says of itself to anybody, before a bind (RFC 4512 section 5.1).

use rasn::types::SetOf;
use rasn_ldap::{LdapString, PartialAttribute, SearchResultEntry};

use super::attribute::{dns_name, generalized_time};
use super::model::Directory;
use super::selection::Selection;

/// Paged results (RFC 2696).
pub(super) const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
/// `LDAP_SERVER_DOMAIN_SCOPE_OID`: no continuation references, please.
pub(super) const DOMAIN_SCOPE: &str = "1.2.840.113556.1.4.1339";
/// Who am I (RFC 4532).
pub(super) const WHO_AM_I: &str = "1.3.6.1.4.1.4203.1.11.3";
/// StartTLS (RFC 4511 section 4.14), announced by every domain controller, with or without a certificate.
pub(super) const START_TLS: &str = "1.3.6.1.4.1.1466.20037";

/// The answer to a base search of the empty name.
pub(super) fn root_dse(directory: &Directory, selection: &Selection) -> SearchResultEntry {
    let base = directory.base_dn();
    let configuration = format!("CN=Configuration,{base}");
    let schema = format!("CN=Schema,{configuration}");
    let server = format!("CN=DC1,CN=Servers,CN=Default-First-Site-Name,CN=Sites,{configuration}");
    let domain = dns_name(&base);
    let attributes: [(&str, Vec<String>); 25] = [
        ("currentTime", vec![generalized_time(directory.now())]),
        ("subschemaSubentry", vec![format!("CN=Aggregate,{schema}")]),
        ("dsServiceName", vec![format!("CN=NTDS Settings,{server}")]),
        ("namingContexts", vec![base.clone(), configuration.clone()]),
        ("defaultNamingContext", vec![base.clone()]),
        ("schemaNamingContext", vec![schema]),
        ("configurationNamingContext", vec![configuration]),
        ("rootDomainNamingContext", vec![base]),
        ("supportedControl", vec![PAGED_RESULTS.into(), DOMAIN_SCOPE.into()]),
        ("supportedExtension", vec![START_TLS.into(), WHO_AM_I.into()]),
        ("supportedLDAPVersion", vec!["3".into()]),
        ("supportedLDAPPolicies", vec!["MaxPageSize".into(), "MaxValRange".into()]),
        ("highestCommittedUSN", vec![directory.highest_usn().to_string()]),
        // LDAP_CAP_ACTIVE_DIRECTORY_OID and ..._V51_OID: by these clients know Active Directory.
        ("supportedCapabilities", vec!["1.2.840.113556.1.4.800".into(), "1.2.840.113556.1.4.1670".into()]),
        ("dnsHostName", vec![format!("dc1.{domain}")]),
        ("ldapServiceName", vec![format!("{domain}:dc1$@{}", domain.to_uppercase())]),
        ("serverName", vec![server]),
        ("isSynchronized", vec!["TRUE".into()]),
        ("isGlobalCatalogReady", vec!["TRUE".into()]),
        ("domainFunctionality", vec!["7".into()]),
        ("forestFunctionality", vec!["7".into()]),
        ("domainControllerFunctionality", vec!["7".into()]),
        ("vendorName", vec!["Towpath sandbox".into()]),
        ("vendorVersion", vec![env!("CARGO_PKG_VERSION").into()]),
        ("objectClass", vec!["top".into()]),
    ];
    let chosen = attributes.into_iter().filter(|(name, _)| selection.takes(name)).map(|(name, values)| {
        let values = if selection.types_only() { Vec::new() } else { values };
        PartialAttribute::new(name.into(), SetOf::from_vec(values.into_iter().map(|value| value.into_bytes().into()).collect()))
    });
    SearchResultEntry::new(LdapString(String::new()), chosen.collect())
}
