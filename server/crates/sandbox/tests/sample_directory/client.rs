//! What the tests share: a running directory and a bound connection.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};

use ldap3::controls::{PagedResults, RawControl};
use ldap3::{Ldap, LdapConnAsync, LdapResult, ResultEntry, Scope, SearchEntry};
use sandbox::directory::{Directory, DirectoryServer, sample};

/// Loopback, any free port.
pub const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

pub async fn serve(directory: Directory) -> DirectoryServer {
    DirectoryServer::start(directory, ANY).await.expect("the directory starts")
}

/// The sample company and a connection bound as its service account.
pub async fn sample_and_client() -> (DirectoryServer, Ldap) {
    let server = serve(sample(1)).await;
    let ldap = bound(&server).await;
    (server, ldap)
}

pub async fn connect(server: &DirectoryServer) -> Ldap {
    let (connection, ldap) = LdapConnAsync::new(&server.url()).await.expect("the directory accepts");
    // It ends with the connection; what it ends with shows in the operation that waits.
    tokio::spawn(connection.drive());
    ldap
}

pub async fn bound(server: &DirectoryServer) -> Ldap {
    let (dn, password) = server.directory().read(|d| (d.bind_dn(), d.bind_password()));
    let mut ldap = connect(server).await;
    ldap.simple_bind(&dn, &password).await.expect("the bind is answered").success().expect("the bind succeeds");
    ldap
}

/// Entries and result of one search, references dropped.
pub async fn search(ldap: &mut Ldap, base: &str, scope: Scope, filter: &str, attributes: &[&str]) -> (Vec<SearchEntry>, LdapResult) {
    let result = ldap.search(base, scope, filter, attributes.to_vec()).await.expect("the search is answered");
    (entries(result.0), result.1)
}

/// Common names of the entries that a subtree search of the domain finds, sorted.
pub async fn found(ldap: &mut Ldap, filter: &str) -> Vec<String> {
    let (entries, result) = search(ldap, "DC=canal,DC=example", Scope::Subtree, filter, &["name"]).await;
    assert_eq!(result.rc, 0, "{filter}: {result}");
    let mut names: Vec<String> = entries.iter().filter_map(|entry| value(entry, "name")).collect();
    names.sort();
    names
}

/// The attributes of one entry.
pub async fn read(ldap: &mut Ldap, dn: &str, attributes: &[&str]) -> SearchEntry {
    let (mut entries, result) = search(ldap, dn, Scope::Base, "(objectClass=*)", attributes).await;
    assert_eq!(result.rc, 0, "{dn}: {result}");
    entries.pop().expect("a base search that succeeds finds its base")
}

/// One page: entries, result, and the cookie of the next, empty after the last.
pub async fn page(ldap: &mut Ldap, base: &str, filter: &str, size: i32, cookie: Vec<u8>) -> (Vec<SearchEntry>, LdapResult, Vec<u8>) {
    let control = RawControl::from(PagedResults { size, cookie });
    ldap.with_controls(control);
    let result = ldap.search(base, Scope::Subtree, filter, vec!["mail", "objectGUID"]).await.expect("the page is answered");
    let cookie = result.1.ctrls.iter().find_map(|ldap3::controls::Control(kind, raw)| {
        matches!(kind, Some(ldap3::controls::ControlType::PagedResults)).then(|| raw.parse::<PagedResults>().cookie)
    });
    (entries(result.0), result.1, cookie.unwrap_or_default())
}

fn entries(results: Vec<ResultEntry>) -> Vec<SearchEntry> {
    results.into_iter().filter(|entry| !entry.is_ref() && !entry.is_intermediate()).map(SearchEntry::construct).collect()
}

/// The first value.
pub fn value(entry: &SearchEntry, attribute: &str) -> Option<String> {
    entry.attrs.get(attribute).and_then(|values| values.first().cloned())
}

/// Octets, whether or not they happen to be text.
pub fn octets(entry: &SearchEntry, attribute: &str) -> Vec<u8> {
    let binary = entry.bin_attrs.get(attribute).and_then(|values| values.first().cloned());
    binary.or_else(|| value(entry, attribute).map(String::into_bytes)).expect("the attribute is there")
}

pub fn names(attributes: &HashMap<String, Vec<String>>) -> Vec<&str> {
    let mut names: Vec<&str> = attributes.keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}
