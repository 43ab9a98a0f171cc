//! The least that a paged read with ldap3 costs: what `make bench` measures Towpath's own reading against.
//!
//! `bare_read URL BIND_DN PASSWORD BASE FILTER ATTRIBUTE...` reads everything in pages of 1,000, decodes it, keeps nothing, and
//! prints the number of entries and values, the milliseconds from bind to end, and the peak memory in kB.

use ldap3::adapters::{Adapter, EntriesOnly, PagedResults};
use ldap3::{LdapConnAsync, Scope, SearchEntry};
use std::error::Error;
use std::io::Write;
use std::time::Instant;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, bind_dn, password, base, filter, attributes @ ..] = arguments.as_slice() else {
        return Err("usage: bare_read URL BIND_DN PASSWORD BASE FILTER ATTRIBUTE...".into());
    };
    let started = Instant::now();
    let (connection, mut ldap) = LdapConnAsync::new(url).await?;
    ldap3::drive!(connection);
    ldap.simple_bind(bind_dn, password).await?.success()?;
    let adapters: Vec<Box<dyn Adapter<_, _>>> = vec![Box::new(EntriesOnly::new()), Box::new(PagedResults::new(1000))];
    let mut found = ldap.streaming_search_with(adapters, base, Scope::Subtree, filter, attributes).await?;
    let (mut entries, mut values) = (0u64, 0u64);
    while let Some(entry) = found.next().await? {
        let entry = SearchEntry::construct(entry);
        entries += 1;
        values += entry.attrs.values().map(|v| v.len() as u64).sum::<u64>();
        values += entry.bin_attrs.values().map(|v| v.len() as u64).sum::<u64>();
    }
    found.finish().await.success()?;
    let elapsed = started.elapsed().as_millis();
    ldap.unbind().await?;
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    writeln!(std::io::stdout(), "{entries} {values} {elapsed} {}", peak.trim().trim_end_matches(" kB"))?;
    Ok(())
}
