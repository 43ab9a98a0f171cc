//! The read of a cycle alone, without what a cycle does with the entries: what `bare_read` is to ldap3, by this crate.
//!
//! `read URL BIND_DN PASSWORD BASE FILTER ATTRIBUTE...` reads everything in pages of 1,000 and prints, as `bare_read` does, the
//! number of entries and values, the milliseconds from bind to end, and the peak memory in kB. Plain LDAP, OpenLDAP's Source Settings.

use domain::model::channel::{Scope, SourceLocation, SourceSettings};
use domain::model::data_store::{LdapSettings, LdapType, TlsMode};
use domain::secret::Secret;
use ldap::{Batch, DEFAULT_PAGE_SIZE, Directory, ReadRequest};
use std::error::Error;
use std::io::Write;
use std::time::Instant;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, bind_dn, password, base, filter, attributes @ ..] = arguments.as_slice() else {
        return Err("usage: read URL BIND_DN PASSWORD BASE FILTER ATTRIBUTE...".into());
    };
    let settings = LdapSettings {
        hostnames: url.trim_start_matches("ldap://").to_owned(),
        tls: TlsMode::None,
        ldap_type: LdapType::OpenLdap,
        user_dn: bind_dn.clone(),
        ..LdapSettings::default()
    };
    // People and groups alike, so that it reads what `bare_read` reads with the same filter.
    let source = SourceSettings { user_class: "top".into(), ..SourceSettings::for_type(LdapType::OpenLdap) };
    let users = Scope { filter: filter.clone(), ..Scope::default() };
    let location = SourceLocation { base_dn: base.clone(), users, groups: Scope::default() };

    let started = Instant::now();
    let directory = Directory::new(&settings, Some(&Secret::new(password.as_str())))?;
    let request = ReadRequest {
        source: &source,
        location: &location,
        user_attributes: attributes,
        group_attributes: &[],
        page_size: DEFAULT_PAGE_SIZE,
        last_server: None,
        since: None,
        now: 0,
    };
    let (sender, mut receiver) = tokio::sync::mpsc::channel(2);
    let counted = tokio::spawn(async move {
        let (mut entries, mut values) = (0, 0);
        while let Some(batch) = receiver.recv().await {
            if let Batch::Users(users) = batch {
                entries += users.len();
                values += users.iter().flat_map(|u| u.attributes.iter()).map(|(_, v)| v.len()).sum::<usize>();
            }
        }
        (entries, values)
    });
    let outcome = directory.read(request, sender).await;
    let (entries, values) = counted.await?;
    let elapsed = started.elapsed().as_millis();
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    writeln!(std::io::stdout(), "{entries} {values} {elapsed} {}", peak.trim().trim_end_matches(" kB"))?;
    outcome.coverage.problem.map_or(Ok(()), |problem| Err(problem.into()))
}
