//! Referrals: LDAP URLs (RFC 4516) and where to go with them.

use crate::message::Depth;
use crate::resolve::Server;
use domain::model::data_store::TlsMode;
use domain::text::host::HostPort;

/// A referral that can be followed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Referral {
    pub(crate) server: Server,
    pub(crate) tls: TlsMode,
    /// Where to go on; the base of the search that was referred, when the URL has none.
    pub(crate) base: Option<String>,
    pub(crate) depth: Option<Depth>,
}

impl Referral {
    /// Reads a URL. `None`: not LDAP (Samba's `refldap:` for example), or not understood.
    ///
    /// The connection is never encrypted less than the Data Store says: with LDAPS a referral to `ldap://dc2` goes to port 636 of dc2.
    pub(crate) fn parse(url: &str, tls: TlsMode, here: &Server) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let is_ldaps = match scheme.to_ascii_lowercase().as_str() {
            "ldap" => false,
            "ldaps" => true,
            _ => return None,
        };
        let tls = if is_ldaps { TlsMode::Ldaps } else { tls };
        let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
        let mut parts = path.split('?');
        let base = unescape(parts.next().unwrap_or_default())?;
        let depth = match parts.nth(1).unwrap_or_default() {
            "base" => Some(Depth::Base),
            "one" => Some(Depth::Level),
            "sub" => Some(Depth::Subtree),
            _ => None,
        };
        let server = if place.is_empty() {
            here.clone()
        } else {
            let place = HostPort::parse(place).ok()?;
            let port = match (place.port, is_ldaps) {
                (Some(389), false) if tls == TlsMode::Ldaps => 636,
                (Some(port), _) => port,
                (None, _) => tls.default_port(),
            };
            Server { host: place.host, port }
        };
        Some(Self { server, tls, base: (!base.is_empty()).then_some(base), depth })
    }

    /// Active Directory refers every search at a domain's root to partitions that hold no people (MS-ADTS 3.1.1.3.1.5).
    pub(crate) fn is_without_people(url: &str) -> bool {
        let path = url.split("://").nth(1).and_then(|rest| rest.split('/').nth(1)).unwrap_or_default().to_ascii_lowercase();
        ["dc=domaindnszones,", "dc=forestdnszones,", "cn=configuration,", "cn=schema,"].iter().any(|p| path.starts_with(p))
    }
}

fn unescape(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let high = (bytes.next()? as char).to_digit(16)?;
            let low = (bytes.next()? as char).to_digit(16)?;
            // Two hex digits are below 256.
            out.push((high * 16 + low) as u8);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn here() -> Server {
        Server { host: "dc1.example.com".into(), port: 1389 }
    }

    #[test]
    fn urls_are_read() {
        let parse = |url: &str, tls| Referral::parse(url, tls, &here()).map(|r| (r.server.to_string(), r.tls, r.base, r.depth));
        let base = Some("ou=P P,dc=x".to_owned());
        assert_eq!(
            parse("ldap://dc2/ou=P%20P,dc=x??sub", TlsMode::None),
            Some(("dc2:389".into(), TlsMode::None, base.clone(), Some(Depth::Subtree)))
        );
        assert_eq!(parse("ldap://dc2:389/ou=P%20P,dc=x", TlsMode::Ldaps), Some(("dc2:636".into(), TlsMode::Ldaps, base.clone(), None)));
        assert_eq!(parse("ldaps://dc2", TlsMode::StartTls), Some(("dc2:636".into(), TlsMode::Ldaps, None, None)));
        assert_eq!(
            parse("ldap:///ou=P%20P,dc=x??base", TlsMode::None),
            Some(("dc1.example.com:1389".into(), TlsMode::None, base, Some(Depth::Base)))
        );
        assert_eq!(parse("refldap://dc2/dc=x", TlsMode::None), None);
        assert_eq!(parse("ldap://dc2/%zz", TlsMode::None), None);
    }

    #[test]
    fn partitions_without_people_are_known() {
        assert!(Referral::is_without_people("ldap://DomainDnsZones.lab.test/DC=DomainDnsZones,DC=lab,DC=test"));
        assert!(!Referral::is_without_people("ldap://child.lab.test/DC=child,DC=lab,DC=test"));
    }

    proptest! {
        #[test]
        fn never_panics(url in "(ldaps?://)?[a-z0-9:/?%=,.\\[\\] ü]{0,40}") {
            let _ = (Referral::parse(&url, TlsMode::None, &here()), Referral::is_without_people(&url));
        }
    }
}
