//! Test Connection of the Target tab: what was tried, what was found, and what to do about it. It only reads.

use domain::model::connector::{OperationClass, UpdateForm};
use domain::model::report::{Level, Report};
use outbound::{Probe, Url};

use crate::{Client, ScimError};

impl Client {
    /// Tries the connection as the channels will use it.
    pub async fn test_connection(&self) -> Report {
        let mut report = Report::default();
        if !self.test_reach(&mut report).await {
            return report;
        }
        let step = "Sign in and read users";
        match self.first_page(OperationClass::ListUsers, &self.users_path(), "list users").await {
            Ok(page) => report.add(Level::Ok, step, format!("The credentials are accepted. {}", page.describe("user"))),
            Err(error) => {
                report.add(Level::Failed, step, error.to_string());
                // With bad credentials everything else fails too, and says less.
                if !matches!(error, ScimError::Rejected { .. } | ScimError::Answer { .. }) {
                    return report;
                }
            }
        }
        if self.connector().groups.supported {
            let step = "Read groups";
            match self.first_page(OperationClass::ListGroups, &self.groups_path(), "list groups").await {
                Ok(page) => report.add(Level::Ok, step, page.describe("group")),
                Err(error) => report.add(Level::Failed, step, error.to_string()),
            }
        }
        self.test_discovery(&mut report).await;
        if report.passed() {
            report.add(Level::Info, "Writing", "Not tried: a test changes nothing at the target. The first cycle shows whether it may.");
        }
        report
    }

    async fn test_reach(&self, report: &mut Report) -> bool {
        let base = &self.inner.base;
        let Ok(url) = Url::parse(&format!("{base}/ServiceProviderConfig")) else {
            report.add(Level::Failed, "Reach the target", "The SCIM URL cannot be used.");
            return false;
        };
        let host = url.host_str().unwrap_or_default().to_owned();
        let probe = self.inner.http.probe(&url).await;
        if let Some(address) = probe.connected {
            report.add(Level::Ok, format!("Reach {host}"), format!("Connected to {address}."));
        }
        if let Some(tls) = tls_sentence(&probe) {
            report.add(Level::Ok, "Check its certificate", tls);
        } else if url.scheme() == "http" {
            report.add(
                Level::Warning,
                "Check its certificate",
                "Plain http: the token travels unencrypted. Use it for tests on this machine only.",
            );
        }
        match probe.failure {
            Some(failure) => {
                let step = if probe.connected.is_some() { "Talk to it".to_owned() } else { format!("Reach {host}") };
                report.add(Level::Failed, step, failure.to_string());
                false
            }
            None => true,
        }
    }

    async fn test_discovery(&self, report: &mut Report) {
        let step = "Read ServiceProviderConfig";
        match self.service_provider_config().await {
            Ok(Some(config)) => {
                report.add(Level::Ok, step, config.describe());
                if config.patch == Some(false) && self.dialect().user_update == UpdateForm::Patch {
                    let found = "The target says that it does not support PATCH, and this Connector uses it. Changes of users may fail.";
                    report.add(Level::Warning, "Compare with the Connector", found);
                }
                if config.filter == Some(false) && self.dialect().filter_supported {
                    let found =
                        "The target says that it does not support filters, and this Connector uses them. Finding people may be slow.";
                    report.add(Level::Warning, "Compare with the Connector", found);
                }
            }
            Ok(None) => report.add(Level::Info, step, "The target has none. Nothing depends on it."),
            Err(error) => report.add(Level::Warning, step, format!("{error} Nothing depends on it.")),
        }
    }
}

fn tls_sentence(probe: &Probe) -> Option<String> {
    let tls = probe.tls.as_ref()?;
    Some(match &tls.certificate {
        Some(certificate) => format!(
            "{}; the certificate of {}, issued by {}, is trusted and valid until {}.",
            tls.version,
            certificate.subject,
            certificate.issuer,
            certificate.not_after_date()
        ),
        None => format!("{}; the certificate is trusted.", tls.version),
    })
}
