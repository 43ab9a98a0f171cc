//! Host names to addresses, and domains to servers by DNS SRV (RFC 2782); both kept for the Data Store's DNS TTL.

use crate::error::LdapError;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One directory server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') { write!(f, "[{}]:{}", self.host, self.port) } else { write!(f, "{}:{}", self.host, self.port) }
    }
}

/// One SRV record.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Srv {
    priority: u16,
    weight: u16,
    server: Server,
}

type Kept<T> = Mutex<HashMap<String, (Instant, T)>>;

/// Looks names up and remembers what it found.
#[derive(Debug)]
pub(crate) struct Resolver {
    ttl: Duration,
    timeout: Duration,
    /// Instead of the system's, for tests.
    name_server: Option<SocketAddr>,
    addresses: Kept<Vec<IpAddr>>,
    records: Kept<Vec<Srv>>,
}

impl Resolver {
    pub(crate) fn new(ttl: Duration, timeout: Duration, name_server: Option<SocketAddr>) -> Self {
        Self { ttl, timeout, name_server, addresses: Mutex::default(), records: Mutex::default() }
    }

    fn kept<T: Clone>(&self, all: &Kept<T>, key: &str) -> Option<T> {
        let all = all.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(key).filter(|(since, _)| since.elapsed() < self.ttl).map(|(_, value)| value.clone())
    }

    fn keep<T>(all: &Kept<T>, key: &str, value: T) {
        all.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), (Instant::now(), value));
    }

    /// Every address of a host, by the system's resolver (which honours `/etc/hosts`); never an empty list.
    pub(crate) async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, LdapError> {
        if let Ok(address) = host.parse() {
            return Ok(vec![address]);
        }
        if let Some(addresses) = self.kept(&self.addresses, host) {
            return Ok(addresses);
        }
        let unknown = |source| LdapError::UnknownHost { host: host.to_owned(), source };
        let mut addresses: Vec<IpAddr> = Vec::new();
        for found in tokio::net::lookup_host((host, 0)).await.map_err(unknown)? {
            if !addresses.contains(&found.ip()) {
                addresses.push(found.ip());
            }
        }
        if addresses.is_empty() {
            return Err(unknown(io::Error::new(io::ErrorKind::NotFound, "no addresses")));
        }
        Self::keep(&self.addresses, host, addresses.clone());
        Ok(addresses)
    }

    /// The servers of a domain in the order to try them; never an empty list.
    pub(crate) async fn servers(&self, prefix: &str, domain: &str) -> Result<Vec<Server>, LdapError> {
        let name = format!("{}.{}.", prefix.trim_matches('.'), domain.trim_matches('.'));
        let records = match self.kept(&self.records, &name) {
            Some(records) => records,
            None => {
                let records = self.lookup(&name).await?;
                Self::keep(&self.records, &name, records.clone());
                records
            }
        };
        Ok(in_order(records, random_below))
    }

    async fn lookup(&self, name: &str) -> Result<Vec<Srv>, LdapError> {
        let none = |reason: String| LdapError::NoSrv { name: name.trim_end_matches('.').to_owned(), reason };
        let builder = match self.name_server {
            None => TokioResolver::builder_tokio(),
            Some(address) => {
                let mut udp = ConnectionConfig::udp();
                udp.port = address.port();
                let server = NameServerConfig::new(address.ip(), true, vec![udp]);
                let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
                Ok(TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()))
            }
        };
        let mut builder = builder.map_err(|e| none(e.to_string()))?;
        builder.options_mut().cache_size = 0;
        builder.options_mut().timeout = self.timeout;
        let resolver = builder.build().map_err(|e| none(e.to_string()))?;
        let found = resolver.lookup(name, RecordType::SRV).await.map_err(|e| none(why(&e)))?;
        let records: Vec<Srv> = found
            .answers()
            .iter()
            .filter_map(|record| match &record.data {
                RData::SRV(srv) => Some(Srv {
                    priority: srv.priority,
                    weight: srv.weight,
                    server: Server { host: srv.target.to_utf8().trim_end_matches('.').to_owned(), port: srv.port },
                }),
                _ => None,
            })
            // RFC 2782: a target of "." means that the service is decidedly not there.
            .filter(|srv| !srv.server.host.is_empty())
            .collect();
        if records.is_empty() { Err(none("there is no such record".into())) } else { Ok(records) }
    }
}

fn why(error: &NetError) -> String {
    if error.is_no_records_found() { "there is no such record".into() } else { format!("DNS did not answer ({error})") }
}

/// By priority; among equals drawn by weight, those of weight 0 first in the running sum (RFC 2782).
fn in_order(mut records: Vec<Srv>, mut random_below: impl FnMut(u64) -> u64) -> Vec<Server> {
    records.sort_by_key(|r| (r.priority, r.weight));
    let mut out = Vec::with_capacity(records.len());
    while let Some(first) = records.first() {
        let priority = first.priority;
        let group = records.iter().take_while(|r| r.priority == priority).count();
        let total: u64 = records[..group].iter().map(|r| u64::from(r.weight)).sum();
        let drawn = random_below(total + 1);
        let mut sum = 0;
        let at = records[..group].iter().position(|r| {
            sum += u64::from(r.weight);
            sum >= drawn
        });
        out.push(records.remove(at.unwrap_or(0)).server);
    }
    out
}

/// Load is to be spread, nothing is to be secret.
fn random_below(limit: u64) -> u64 {
    RandomState::new().build_hasher().finish() % limit.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_resolver::proto::op::{Message, OpCode};
    use hickory_resolver::proto::rr::rdata::SRV;
    use hickory_resolver::proto::rr::{Name, Record};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn srv(priority: u16, weight: u16, host: &str) -> Srv {
        Srv { priority, weight, server: Server { host: host.into(), port: 389 } }
    }

    #[test]
    fn priority_comes_first_then_weight() {
        let records = vec![srv(10, 60, "b"), srv(0, 5, "a"), srv(10, 20, "c"), srv(10, 0, "d")];
        let order = |draws: Vec<u64>| {
            let mut draws = draws.into_iter();
            in_order(records.clone(), |_| draws.next().unwrap()).into_iter().map(|s| s.host).collect::<String>()
        };
        assert_eq!(order(vec![0, 0, 0, 0]), "adcb");
        assert_eq!(order(vec![0, 80, 20, 0]), "abcd");
        let mut first_b = 0;
        for _ in 0..400 {
            first_b += u32::from(in_order(records.clone(), random_below)[1].host == "b");
        }
        assert!((200..390).contains(&first_b), "three in four are expected, {first_b} of 400 were drawn");
    }

    /// A name server for one question at a time, and how many it was asked.
    async fn name_server() -> (SocketAddr, Arc<AtomicU32>) {
        let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let asked = Arc::new(AtomicU32::new(0));
        let counter = asked.clone();
        tokio::spawn(async move {
            let mut bytes = [0; 1500];
            while let Ok((length, from)) = socket.recv_from(&mut bytes).await {
                let question = Message::from_vec(&bytes[..length]).unwrap();
                counter.fetch_add(1, Ordering::Relaxed);
                let query = question.queries[0].clone();
                let mut answer = Message::response(question.id, OpCode::Query);
                answer.add_query(query.clone());
                if query.name().to_utf8() == "_ldap._tcp.example.com." {
                    for (priority, host) in [(20, "dc2.example.com."), (10, "dc1.example.com.")] {
                        let data = SRV::new(priority, 100, 3389, Name::from_utf8(host).unwrap());
                        answer.add_answer(Record::from_rdata(query.name().clone(), 600, RData::SRV(data)));
                    }
                }
                socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
            }
        });
        (address, asked)
    }

    #[tokio::test]
    async fn servers_come_from_dns_and_are_kept() {
        let (address, asked) = name_server().await;
        let resolver = Resolver::new(Duration::from_secs(60), Duration::from_secs(1), Some(address));
        for _ in 0..3 {
            let servers = resolver.servers("_ldap._tcp", "example.com").await.unwrap();
            assert_eq!(servers.iter().map(ToString::to_string).collect::<Vec<_>>(), ["dc1.example.com:3389", "dc2.example.com:3389"]);
        }
        let missing = resolver.servers("_ldaps._tcp", "example.com").await.unwrap_err().to_string();
        assert!(missing.contains("_ldaps._tcp.example.com") && missing.contains("no such record"), "{missing}");
        assert_eq!(asked.load(Ordering::Relaxed), 2, "one question for each name");
    }
}
