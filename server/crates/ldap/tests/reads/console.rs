//! What the console asks, and Test Connection.

use crate::fixture::{directory, password, serve, settings, source};
use domain::model::data_store::{LdapSettings, LdapType};
use domain::model::report::{Level, Report};
use domain::secret::Secret;
use ldap::{Directory, DnField, LdapError};
use sandbox::directory::{Fault, sample};

fn found<'a>(report: &'a Report, step: &str) -> (&'a Level, &'a str) {
    let line = report.lines.iter().find(|l| l.step.contains(step)).unwrap_or_else(|| panic!("no step ‘{step}’ in {report:#?}"));
    (&line.level, &line.found)
}

#[tokio::test]
async fn an_entry_is_found_by_name_by_filter_and_by_what_people_call_it() {
    let server = serve(sample(1)).await;
    let store = directory(&server, |_| ());
    let base = server.directory().read(|d| d.base_dn());
    let names = ["mail", "displayName"].map(str::to_owned);
    let login = "tobias.okafor";
    let by_login = store.read_entry(&base, login, &names, Some(&source())).await.unwrap().expect("found by login");
    assert_eq!(by_login.attributes.first("mail"), Some("tobias.okafor@canal.example"));
    assert!(by_login.dn.contains("Okafor\\, Tobias"));
    assert_eq!(
        by_login.id.as_ref().map(|id| id.0.clone()),
        server.directory().read(|d| d.entry(&by_login.dn).map(|e| e.guid().to_string()))
    );
    for which in [by_login.dn.clone(), format!("(sAMAccountName={login})"), format!("{login}@canal.example")] {
        assert_eq!(store.read_entry(&base, &which, &names, Some(&source())).await.unwrap().as_ref(), Some(&by_login), "{which}");
    }
    assert_eq!(store.read_entry(&base, "CN=No One,DC=canal,DC=example", &names, None).await.unwrap(), None);
    assert_eq!(store.read_entry(&base, "no.one", &names, None).await.unwrap(), None);
    assert!(matches!(store.read_entry(&base, "(mail", &names, None).await, Err(LdapError::Settings { .. })));
    assert_eq!(store.find_entries(&base, "(objectCategory=person)", &names, None, 10).await.unwrap().len(), 10);
}

#[tokio::test]
async fn names_are_checked_where_they_are_typed() {
    let server = serve(sample(1)).await;
    let store = directory(&server, |_| ());
    let (base, people, group) = server.directory().read(|d| (d.base_dn(), d.people_unit(), d.users_group_dn()));
    for (dn, field, level, words) in [
        (base.clone(), DnField::BaseDn, Level::Ok, "top of a domain"),
        (people.clone(), DnField::BaseDn, Level::Ok, "organizational unit"),
        (group.clone(), DnField::BaseDn, Level::Warning, "a group"),
        (group, DnField::GroupDn, Level::Ok, "members"),
        (people.clone(), DnField::GroupDn, Level::Failed, "not a group"),
        (format!("OU=Nowhere,{people}"), DnField::BaseDn, Level::Failed, "There is no entry"),
        ("nonsense".into(), DnField::BaseDn, Level::Failed, "="),
    ] {
        let check = store.check_dn(&dn, field, &source()).await.unwrap();
        assert!(check.level == level && check.sentence.contains(words), "{dn} {field:?}: {check:?}");
    }
}

#[tokio::test]
async fn test_connection_tells_what_it_found() {
    let server = serve(sample(1)).await;
    let report = ldap::test(&settings(&server), Some(&password(&server)), 1_800_000_000).await;
    assert!(report.passed(), "{report:#?}");
    assert_eq!(found(&report, "Connect").0, &Level::Ok);
    assert_eq!(found(&report, "Encryption").0, &Level::Warning);
    assert_eq!(found(&report, "Bind as").1, "Accepted.");
    assert!(found(&report, "Trees held").1.contains("DC=canal,DC=example"));
    assert!(found(&report, "Domain controller").1.contains("DC=canal,DC=example"));
    assert_eq!(found(&report, "Paged results").0, &Level::Ok);
    assert_eq!(found(&report, "LDAP Type").0, &Level::Ok);

    let other = LdapSettings { ldap_type: LdapType::OpenLdap, ..settings(&server) };
    let report = ldap::test(&other, Some(&password(&server)), 1_800_000_000).await;
    assert!(found(&report, "LDAP Type").1.contains("looks like Active Directory, but OpenLDAP"));
}

#[tokio::test]
async fn test_connection_tells_the_reason_of_every_failure() {
    let server = serve(sample(1)).await;
    let good = settings(&server);
    let secret = password(&server);
    let failure = |settings: LdapSettings, secret: Option<Secret>| async move {
        let report = ldap::test(&settings, secret.as_ref(), 1_800_000_000).await;
        assert!(!report.passed());
        report.lines.into_iter().find(|l| l.level == Level::Failed).map(|l| format!("{}: {}", l.step, l.found)).unwrap()
    };
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let with = |change: &dyn Fn(&mut LdapSettings)| {
        let mut settings = good.clone();
        change(&mut settings);
        settings
    };
    for (settings, secret, words) in [
        (with(&|_| ()), Some(Secret::new("wrong")), "password is wrong"),
        (with(&|s| s.user_dn = "CN=nobody,DC=canal,DC=example".into()), Some(secret.clone()), "invalidCredentials (49)"),
        (with(&|s| s.hostnames = closed.clone()), Some(secret.clone()), "connection refused"),
        (with(&|s| s.hostnames = "no-such-host.invalid".into()), Some(secret.clone()), "was not found in DNS"),
        (with(&|s| s.hostnames.clear()), Some(secret.clone()), "Enter at least one host"),
        (with(&|s| s.trusted_ca = "not a certificate".into()), Some(secret.clone()), "trusted CA cannot be used"),
        (with(&|_| ()), None, "Enter the password"),
        (with(&|_| ()), Some(Secret::new("")), "Enter the password"),
        (with(&|s| s.tls = domain::model::data_store::TlsMode::Ldaps), Some(secret.clone()), "Encrypt (TLS)"),
        (with(&|s| s.tls = domain::model::data_store::TlsMode::StartTls), Some(secret.clone()), "Ask for StartTLS"),
        (with(&|s| s.use_dns_srv = true), Some(secret.clone()), "exactly one domain"),
    ] {
        let said = failure(settings, secret).await;
        assert!(said.contains(words), "wanted ‘{words}’: {said}");
    }
    server.set_fault(Fault::Delay(std::time::Duration::from_secs(3)));
    let said = failure(with(&|s| s.read_timeout_ms = 200), Some(secret)).await;
    assert!(said.contains("did not answer within 200 ms"), "{said}");
}

#[tokio::test]
async fn every_host_of_the_list_is_tested() {
    let (one, other) = (serve(sample(1)).await, serve(sample(1)).await);
    let mut both = settings(&one);
    both.hostnames = format!("{} {}", one.addr(), other.addr());
    let secret = password(&one);
    let report = ldap::test(&both, Some(&secret), 1_800_000_000).await;
    assert!(report.passed());
    let binds = report.lines.iter().filter(|l| l.step.contains("Bind as")).count();
    assert_eq!(binds, 2);
    other.set_fault(Fault::RefuseConnections);
    let report = ldap::test(&both, Some(&secret), 1_800_000_000).await;
    assert!(!report.passed());
    let failed: Vec<_> = report.lines.iter().filter(|l| l.level == Level::Failed).collect();
    assert!(failed.len() == 1 && failed[0].step.starts_with(&other.addr().to_string()), "{failed:?}");
    drop(Directory::new(&both, Some(&secret)).unwrap());
}
