//! Usernames and passwords against a real server, with names that need escapes and with a password policy.

use crate::server::{BASE, LOCAL, SECRET, Slapd, person, person_with};
use domain::model::pcv::{Condition, SearchScope};
use domain::secret::Secret;
use domain::text::dn::escape;
use ldap::{Credentials, CredentialsStep, LdapError, PersonSearch};

const PASSWORD: &str = "pässwörd with blanks ";

fn person_named(name: &str, uid: &str, more: &str) -> String {
    person_with(&format!("cn={},ou=people,{BASE}", escape(name)), uid, PASSWORD, more)
}

fn by_uid(attributes: &[String]) -> PersonSearch<'_> {
    PersonSearch { base_dn: BASE, scope: SearchScope::Subtree, filter: "uid=${username}", attributes }
}

fn condition(outcome: &Credentials) -> Condition {
    match outcome {
        Credentials::Refused { condition, .. } => *condition,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_person_is_found_and_checked() {
    let names = ["Doe, Jane", "Back\\Slash", "Quote \"Q\"", "#Hash", "Łukasz Żółć"];
    let ldif: String = names.iter().enumerate().map(|(at, name)| person_named(name, &format!("u{at}"), "")).collect();
    let slapd = Slapd::start(&(ldif + &person(&format!("cn=none,ou=people,{BASE}"), "none")), &LOCAL);
    let directory = slapd.directory(|_| ());
    let attributes = ["mail", "cn"].map(str::to_owned);
    let check = async |username: &str, password: &str| {
        directory.check_credentials(&by_uid(&attributes), username, &Secret::new(password)).await.unwrap()
    };
    for (at, name) in names.iter().enumerate() {
        let Credentials::Valid(found) = check(&format!("u{at}"), PASSWORD).await else { panic!("{name}") };
        assert_eq!(found.attributes.first("mail"), Some(format!("u{at}@example.com").as_str()));
        assert_eq!(condition(&check(&format!("u{at}"), "wrong").await), Condition::InvalidCredentials, "{name}");
    }
    assert_eq!(check("nobody", PASSWORD).await, Credentials::NotFound);
    assert_eq!(check("  ", PASSWORD).await, Credentials::NoUsername);
    // slapd lets a name without a password in, as nobody; it is not asked.
    assert_eq!(check("u0", "").await, Credentials::NoPassword);
    assert_eq!(condition(&check("none", "anything").await), Condition::InvalidCredentials, "without a password nobody gets in");
    for evil in ["*", "u0)(uid=*", "u*", "u0\\2a"] {
        assert_eq!(check(evil, PASSWORD).await, Credentials::NotFound, "{evil}");
    }
    // What is kept of connections is bound as the account of the Data Store, whoever was checked.
    assert_eq!(directory.find_entries(BASE, "(uid=u0)", &[], None, 5).await.unwrap().len(), 1);
}

#[tokio::test]
async fn several_entries_and_the_scope_of_a_search() {
    let twice = person_named("First", "twin", "") + &person_with(&format!("cn=Second,ou=elsewhere,{BASE}"), "twin", "other", "");
    let slapd = Slapd::start(&twice, &LOCAL);
    let directory = slapd.directory(|_| ());
    let check = async |search: PersonSearch<'_>, password: &str| {
        directory.check_credentials(&search, "twin", &Secret::new(password)).await.unwrap()
    };
    let whole = by_uid(&[]);
    assert_eq!(check(whole, PASSWORD).await, Credentials::Several);
    let unit = format!("ou=people,{BASE}");
    let level = PersonSearch { base_dn: &unit, scope: SearchScope::OneLevel, ..whole };
    assert!(matches!(check(level, PASSWORD).await, Credentials::Valid(_)));
    assert!(matches!(check(level, "other").await, Credentials::Refused { .. }), "the password of somebody else");
    assert_eq!(check(PersonSearch { scope: SearchScope::OneLevel, ..whole }, PASSWORD).await, Credentials::NotFound);
}

#[tokio::test]
async fn a_password_policy_says_why() {
    let people = [
        person_named("Good", "good", ""),
        person_named("Locked", "locked", "pwdAccountLockedTime: 000001010000Z\n"),
        person_named("Reset", "reset", "pwdReset: TRUE\n"),
        person_named("Old", "old", "pwdChangedTime: 20200101000000Z\n"),
    ];
    let slapd = Slapd::start_with_policy(&people.concat());
    let directory = slapd.directory(|_| ());
    let check =
        async |username: &str, password: &str| directory.check_credentials(&by_uid(&[]), username, &Secret::new(password)).await.unwrap();
    assert!(matches!(check("good", PASSWORD).await, Credentials::Valid(_)));
    assert_eq!(condition(&check("locked", PASSWORD).await), Condition::AccountLocked);
    assert_eq!(condition(&check("reset", PASSWORD).await), Condition::MustChangePassword);
    assert_eq!(condition(&check("old", PASSWORD).await), Condition::PasswordExpired);
    for _ in 0..2 {
        assert_eq!(condition(&check("good", "wrong").await), Condition::InvalidCredentials);
    }
    assert_eq!(condition(&check("good", PASSWORD).await), Condition::AccountLocked, "two failures lock it");
}

#[tokio::test]
async fn what_is_wrong_with_the_data_store_is_an_error_of_its_own() {
    let slapd = Slapd::start(&person_named("Ann", "ann", ""), &LOCAL);
    let check = async |directory: ldap::Directory, search: PersonSearch<'_>| {
        directory.check_credentials(&search, "ann", &Secret::new(PASSWORD)).await.unwrap_err()
    };
    let wrong = ldap::Directory::new(&slapd.settings(domain::model::data_store::TlsMode::None), Some(&Secret::new("wrong"))).unwrap();
    let failed = check(wrong, by_uid(&[])).await;
    assert!(failed.step == CredentialsStep::ServiceBind && failed.error.code() == Some(49), "{failed:?}");
    let nowhere = PersonSearch { base_dn: "ou=peopel,dc=example,dc=com", ..by_uid(&[]) };
    let failed = check(slapd.directory(|_| ()), nowhere).await;
    assert!(failed.step == CredentialsStep::Search && failed.error.code() == Some(32), "{failed:?}");
    let away = ldap::Directory::new(&slapd.settings(domain::model::data_store::TlsMode::None), Some(&Secret::new(SECRET))).unwrap();
    let search = by_uid(&[]);
    drop(slapd);
    let failed = check(away, search).await;
    assert!(failed.step == CredentialsStep::Connect && matches!(failed.error, LdapError::Connect { .. }), "{failed:?}");
}
