//! Host lists as PingFederate writes them: names or addresses separated by blanks, each with an optional port.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A host name or address with an optional port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostPort {
    /// Name, IPv4 address, or IPv6 address without brackets.
    pub host: String,
    /// `None`: the protocol's default.
    pub port: Option<u16>,
}

impl HostPort {
    /// Parses `host`, `host:port`, `1.2.3.4:port`, `[::1]:port`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some((scheme, _)) = text.split_once("://") {
            return Err(format!("Leave out ‘{scheme}://’: enter only the host name, and choose LDAPS or StartTLS below."));
        }
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, after) = rest.split_once(']').ok_or_else(|| format!("A ‘]’ is missing in ‘{text}’."))?;
                if host.parse::<std::net::Ipv6Addr>().is_err() {
                    return Err(format!("‘{host}’ is not an IPv6 address."));
                }
                match after.strip_prefix(':') {
                    Some(port) => (host, Some(port)),
                    None if after.is_empty() => (host, None),
                    None => return Err(format!("After ‘]’ only a port such as :636 may follow in ‘{text}’.")),
                }
            }
            None if text.matches(':').count() > 1 => {
                if text.parse::<std::net::Ipv6Addr>().is_err() {
                    return Err(format!("‘{text}’ is neither a host name with a port nor an IPv6 address."));
                }
                (text, None)
            }
            None => match text.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            },
        };
        if !host.contains(':') {
            check_name(host)?;
        }
        let port = match port {
            None => None,
            Some(port) => match port.parse::<u16>() {
                Ok(number) if number > 0 => Some(number),
                _ => return Err(format!("‘{port}’ is not a port; use a number from 1 to 65535.")),
            },
        };
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.host.contains(':'), self.port) {
            (true, Some(port)) => write!(f, "[{}]:{port}", self.host),
            (false, Some(port)) => write!(f, "{}:{port}", self.host),
            (_, None) => f.write_str(&self.host),
        }
    }
}

/// Parses a list separated by blanks or commas, in order of preference; at least one, at most 16.
pub fn parse_hosts(text: &str) -> Result<Vec<HostPort>, String> {
    let hosts = text.split([' ', ',', '\n', '\r', '\t']).filter(|h| !h.is_empty()).map(HostPort::parse).collect::<Result<Vec<_>, _>>()?;
    match hosts.len() {
        0 => Err("Enter at least one host name or address.".into()),
        1..=16 => Ok(hosts),
        _ => Err("Enter at most 16 hosts.".into()),
    }
}

fn check_name(host: &str) -> Result<(), String> {
    if host.is_empty() {
        return Err("A host name is missing before ‘:’.".into());
    }
    let label_ok = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let name = host.strip_suffix('.').unwrap_or(host);
    if name.len() > 253 || !name.split('.').all(label_ok) {
        return Err(format!("‘{host}’ is not a host name."));
    }
    let looks_numeric = name.split('.').all(|label| label.bytes().all(|b| b.is_ascii_digit()));
    if looks_numeric && name.parse::<std::net::Ipv4Addr>().is_err() {
        return Err(format!("‘{host}’ is not an IPv4 address."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_lists_in_order() {
        let hosts = parse_hosts("dc1.example.com 10.10.10.101:1389 [::1]:636 fe80::1").unwrap();
        let shown: Vec<_> = hosts.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["dc1.example.com", "10.10.10.101:1389", "[::1]:636", "fe80::1"]);
    }

    #[test]
    fn refuses_with_a_sentence() {
        for bad in ["", "  ", "ldap://dc1", "dc1:99999", "dc1:", "-a", "1.2.3", "1.2.3.4.5", "a..b", "[::1", "a b!"] {
            assert!(parse_hosts(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_prints_back(text in "[a-z0-9:.\\[\\] -]{0,40}") {
            if let Ok(host) = HostPort::parse(&text) {
                prop_assert_eq!(HostPort::parse(&host.to_string()).ok(), Some(host));
            }
        }
    }
}
