//! Name resolution through the system, with an error type of our own so that a missing host can be told from a refused connection.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The system's resolver (`getaddrinfo`), which honours `/etc/hosts` and the machine's DNS servers.
pub(crate) struct SystemResolver;

/// A failed look-up; found again in the error chain by its type.
#[derive(Debug)]
pub(crate) struct DnsFailure {
    pub(crate) source: io::Error,
}

impl fmt::Display for DnsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host name was not found")
    }
}

impl std::error::Error for DnsFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses = lookup(name.as_str(), 0).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// All addresses of a name; never an empty list.
pub(crate) async fn lookup(name: &str, port: u16) -> Result<Vec<SocketAddr>, DnsFailure> {
    let found: Vec<SocketAddr> = tokio::net::lookup_host((name, port)).await.map_err(|source| DnsFailure { source })?.collect();
    if found.is_empty() {
        return Err(DnsFailure { source: io::Error::new(io::ErrorKind::NotFound, "no addresses") });
    }
    Ok(found)
}
