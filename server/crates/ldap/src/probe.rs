//! Test Connection: every server of a Data Store tried step by step, in plain words.

use crate::connection::Connection;
use crate::dial::Trace;
use crate::directory::Directory;
use crate::error::LdapError;
use crate::lookup::{collect_on, root_dse_request};
use crate::resolve::Server;
use crate::root_dse::RootDse;
use domain::model::data_store::{LdapSettings, TlsMode};
use domain::model::report::{Level, Report};
use domain::secret::Secret;

/// A certificate that ends within this is worth a warning, in seconds.
const SOON: i64 = 30 * 24 * 3600;

/// Tries a Data Store's settings. `now` is the time as seconds since 1970-01-01 UTC, for the expiry of certificates.
pub async fn test(settings: &LdapSettings, password: Option<&Secret>, now: i64) -> Report {
    let mut report = Report::default();
    let directory = match Directory::new(settings, password) {
        Ok(directory) => directory,
        Err(error) => {
            report.add(Level::Failed, "Check the settings", error.to_string());
            return report;
        }
    };
    directory.test_into(now, &mut report).await;
    report
}

impl Directory {
    /// As [`test()`], of a directory that is at hand.
    pub async fn test(&self, now: i64) -> Report {
        let mut report = Report::default();
        self.test_into(now, &mut report).await;
        report
    }

    async fn test_into(&self, now: i64, report: &mut Report) {
        let servers = match self.dialer().servers().await {
            Ok(servers) => servers,
            Err(error) => {
                report.add(Level::Failed, "Find the servers by DNS", error.to_string());
                return;
            }
        };
        if let Some(record) = self.dialer().srv_record() {
            let list = servers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            report.add(Level::Ok, format!("Find the servers by DNS record {record}"), list);
        }
        for server in &servers {
            // With one server its name before every step is noise.
            let at = if servers.len() == 1 { String::new() } else { format!("{server}: ") };
            self.test_server(server, &at, now, report).await;
        }
    }

    async fn test_server(&self, server: &Server, at: &str, now: i64, report: &mut Report) {
        let tls = self.settings.tls;
        let mut trace = Trace::default();
        let dialled = self.dialer().dial(server, tls, &mut trace).await;
        let failed_at = report_dialling(server, &self.settings, &trace, at, now, report);
        let mut connection = match dialled {
            Ok(connection) => connection,
            Err(error) => {
                report.add(Level::Failed, format!("{at}{failed_at}"), error.to_string());
                return;
            }
        };
        if tls == TlsMode::None {
            let found = if self.settings.bind_anonymously {
                "Nothing is encrypted: everything that is read crosses the network readable. Choose LDAPS or StartTLS where you can."
            } else {
                "Nothing is encrypted: the password and everything that is read cross the network readable. Choose LDAPS or StartTLS where you can."
            };
            report.add(Level::Warning, format!("{at}Encryption"), found);
        }
        let step = if self.settings.bind_anonymously {
            format!("{at}Bind without a name")
        } else {
            format!("{at}Bind as {}", self.settings.user_dn.trim())
        };
        match self.bind(&mut connection).await {
            Ok(()) => report.add(Level::Ok, step, "Accepted."),
            Err(error) => {
                report.add(Level::Failed, step, error.to_string());
                return;
            }
        }
        match read_root(&mut connection, &self.settings).await {
            Ok(dse) => self.report_root(&dse, at, report),
            Err(error) => report.add(Level::Failed, format!("{at}Read the root entry"), error.to_string()),
        }
        connection.unbind().await;
    }

    fn report_root(&self, dse: &RootDse, at: &str, report: &mut Report) {
        let chosen = self.settings.ldap_type;
        let product = dse.vendor.clone().unwrap_or_else(|| "It does not say.".into());
        report.add(Level::Info, format!("{at}Product"), product);
        if let (Some(domain), Some(forest)) = (&dse.domain, &dse.forest) {
            let name = dse.dc_name.as_deref().unwrap_or("a domain controller without a DNS name");
            report.add(Level::Info, format!("{at}Domain controller"), format!("{name}, of the domain {domain} in the forest {forest}"));
        }
        if dse.naming_contexts.is_empty() {
            let found = "The directory does not show which trees it holds. The bind account may lack rights.";
            report.add(Level::Warning, format!("{at}Trees held (naming contexts)"), found);
        } else {
            report.add(Level::Info, format!("{at}Trees held (naming contexts)"), dse.naming_contexts.join("; "));
        }
        if dse.has_paging {
            report.add(Level::Ok, format!("{at}Paged results"), "Supported.");
        } else {
            let found = "Not announced: a read is complete only if the directory gives this account everything in one answer.";
            report.add(Level::Warning, format!("{at}Paged results"), found);
        }
        match dse.ldap_type {
            Some(found) if found != chosen => report.add(
                Level::Warning,
                format!("{at}LDAP Type"),
                format!(
                    "This looks like {}, but {} is chosen. The type decides the defaults of Source Settings.",
                    found.label(),
                    chosen.label()
                ),
            ),
            Some(found) => report.add(Level::Ok, format!("{at}LDAP Type"), format!("{}, as chosen.", found.label())),
            None => {}
        }
    }
}

async fn read_root(connection: &mut Connection, settings: &LdapSettings) -> Result<RootDse, LdapError> {
    let (request, decoder) = root_dse_request(settings);
    let found = collect_on(connection, request, "the read of the root entry", decoder).await?;
    Ok(found.first().map(|f| RootDse::of(&f.attributes)).unwrap_or_default())
}

/// Reports the steps that went well; returns the name of the step after them.
fn report_dialling(server: &Server, settings: &LdapSettings, trace: &Trace, at: &str, now: i64, report: &mut Report) -> &'static str {
    let is_name = server.host.parse::<std::net::IpAddr>().is_err();
    if trace.addresses.is_empty() {
        return "Look up the host name";
    }
    if is_name {
        let list = trace.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        report.add(Level::Ok, format!("{at}Look up {}", server.host), list);
    }
    let Some(address) = trace.connected else { return "Connect" };
    report.add(Level::Ok, format!("{at}Connect"), format!("{address} answered."));
    if settings.tls == TlsMode::StartTls {
        if !trace.start_tls_agreed {
            return "Ask for StartTLS";
        }
        report.add(Level::Ok, format!("{at}Ask for StartTLS"), "Agreed.");
    }
    let Some(tls) = &trace.tls else { return "Encrypt (TLS)" };
    let how =
        if settings.verify_hostname { "with a trusted certificate" } else { "with a trusted certificate; its host name was not checked" };
    let level = if settings.verify_hostname { Level::Ok } else { Level::Warning };
    report.add(level, format!("{at}Encrypt (TLS)"), format!("{} {how}.", tls.version));
    if let Some(certificate) = &tls.certificate {
        let mut found = format!(
            "{}, issued by {}, for {}, valid until {}.",
            certificate.subject,
            certificate.issuer,
            certificate.names_text(),
            certificate.ends_on()
        );
        let ends_soon = certificate.not_after - now < SOON;
        if ends_soon {
            found.push_str(" It ends soon; renew it on the directory server.");
        }
        report.add(if ends_soon { Level::Warning } else { Level::Info }, format!("{at}Certificate"), found);
    }
    "Go on"
}
