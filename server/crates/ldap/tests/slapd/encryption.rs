//! LDAPS and StartTLS, and every way in which a certificate is refused.

use crate::server::{BASE, Certificate, LOCAL, SECRET, Slapd};
use domain::model::data_store::{LdapSettings, TlsMode};
use domain::model::report::{Level, Report};
use domain::secret::Secret;

const NOW: i64 = 1_795_000_000;

async fn test(settings: &LdapSettings) -> Report {
    ldap::test(settings, Some(&Secret::new(SECRET)), NOW).await
}

fn failure(report: &Report) -> String {
    let line = report.lines.iter().find(|l| l.level == Level::Failed).unwrap_or_else(|| panic!("nothing failed: {report:#?}"));
    format!("{}: {}", line.step, line.found)
}

#[tokio::test]
async fn ldaps_and_starttls_work_with_the_stores_ca() {
    let slapd = Slapd::start("", &LOCAL);
    for tls in [TlsMode::Ldaps, TlsMode::StartTls] {
        let settings = slapd.settings(tls);
        let report = test(&settings).await;
        assert!(report.passed(), "{report:#?}");
        let found = |step: &str| report.lines.iter().find(|l| l.step == step).map(|l| l.found.as_str()).unwrap_or_default();
        assert!(found("Encrypt (TLS)").starts_with("TLS 1.3 with a trusted certificate"), "{report:#?}");
        assert!(
            found("Certificate").contains("CN=localhost, issued by CN=Test Directory CA, for localhost, 127.0.0.1, valid until"),
            "{report:#?}"
        );
        assert_eq!(found("Bind as cn=sync,dc=example,dc=com"), "Accepted.");
        assert!(found("Trees held (naming contexts)").contains(BASE));
        assert_eq!(found("Product"), "OpenLDAP");
        assert_eq!(found("Ask for StartTLS") == "Agreed.", tls == TlsMode::StartTls);
        let directory = ldap::Directory::new(&settings, Some(&Secret::new(SECRET))).unwrap();
        assert_eq!(directory.find_entries(BASE, "(ou=people)", &[], None, 5).await.unwrap().len(), 1);
    }
    // By name, through the system's resolver.
    let settings = LdapSettings { hostnames: format!("localhost:{}", slapd.tls_port), ..slapd.settings(TlsMode::Ldaps) };
    let report = test(&settings).await;
    assert!(report.passed() && report.lines[0].step == "Look up localhost", "{report:#?}");
}

#[tokio::test]
async fn an_untrusted_issuer_is_named() {
    let slapd = Slapd::start("", &LOCAL);
    for tls in [TlsMode::Ldaps, TlsMode::StartTls] {
        let settings = LdapSettings { trusted_ca: String::new(), ..slapd.settings(tls) };
        let said = failure(&test(&settings).await);
        assert!(
            said.starts_with("Encrypt (TLS)") && said.contains("signed by ‘CN=Test Directory CA’") && said.contains("Trusted CA"),
            "{said}"
        );
        let error = ldap::Directory::new(&settings, Some(&Secret::new(SECRET))).unwrap().root_dse().await.unwrap_err();
        assert_eq!(error.kind(), ldap::Kind::Config);
    }
    // Another CA, of the same name, is not this CA.
    let other = Slapd::start("", &LOCAL);
    let settings = LdapSettings { trusted_ca: other.ca.clone(), ..slapd.settings(TlsMode::Ldaps) };
    assert!(failure(&test(&settings).await).contains("Paste its new PEM certificate"));
}

#[tokio::test]
async fn a_wrong_host_name_is_told_with_those_in_the_certificate() {
    let slapd = Slapd::start("", &Certificate { names: &["dc1.example.com", "ldap.example.com"], expired: false });
    let settings = slapd.settings(TlsMode::Ldaps);
    let said = failure(&test(&settings).await);
    assert!(said.contains("not for ‘127.0.0.1’ but for dc1.example.com, ldap.example.com"), "{said}");
    // The switch turns off the name alone: the chain is still verified.
    let unnamed = LdapSettings { verify_hostname: false, ..settings };
    let report = test(&unnamed).await;
    assert!(
        report.passed() && report.lines.iter().any(|l| l.level == Level::Warning && l.found.contains("host name was not checked")),
        "{report:#?}"
    );
    let said = failure(&test(&LdapSettings { trusted_ca: String::new(), ..unnamed }).await);
    assert!(said.contains("not trusted here"), "{said}");
}

#[tokio::test]
async fn an_expired_certificate_is_told_with_its_date() {
    let slapd = Slapd::start("", &Certificate { expired: true, ..LOCAL });
    for verify_hostname in [true, false] {
        let settings = LdapSettings { verify_hostname, ..slapd.settings(TlsMode::Ldaps) };
        let said = failure(&test(&settings).await);
        assert!(said.contains("expired on 2024-02-29"), "{said}");
    }
}

#[tokio::test]
async fn ports_that_speak_something_else_are_told() {
    let slapd = Slapd::start("", &LOCAL);
    let plain_port = LdapSettings { hostnames: format!("127.0.0.1:{}", slapd.port), ..slapd.settings(TlsMode::Ldaps) };
    let said = failure(&test(&plain_port).await);
    assert!(said.contains("Encrypt (TLS)"), "{said}");
    let tls_port = LdapSettings { hostnames: format!("127.0.0.1:{}", slapd.tls_port), ..slapd.settings(TlsMode::None) };
    let said = failure(&test(&tls_port).await);
    assert!(said.contains("closed the connection") || said.contains("not understood"), "{said}");
    let wrong = ldap::test(&slapd.settings(TlsMode::None), Some(&Secret::new("no")), NOW).await;
    assert!(failure(&wrong).contains("invalidCredentials (49)"));
    let anonymous = LdapSettings { bind_anonymously: true, ..slapd.settings(TlsMode::None) };
    assert!(ldap::test(&anonymous, None, NOW).await.passed(), "slapd lets anybody bind and shows them nothing");
}
