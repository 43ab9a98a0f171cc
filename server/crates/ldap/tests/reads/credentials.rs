//! Usernames and passwords against a directory that speaks Active Directory's sub-codes.

use crate::fixture::{directory, serve};
use domain::model::pcv::{Condition, SearchScope};
use domain::secret::Secret;
use ldap::{Credentials, PersonSearch};
use sandbox::directory::{Fault, sample};
use std::sync::Arc;

#[tokio::test]
async fn active_directorys_reasons_are_told_apart() {
    let server = serve(sample(1)).await;
    let store = directory(&server, |_| ());
    let (base, password) = server.directory().read(|d| (d.base_dn(), d.person_password().to_owned()));
    let attributes = ["mail", "department"].map(str::to_owned);
    let search =
        PersonSearch { base_dn: &base, scope: SearchScope::Subtree, filter: "(sAMAccountName=${username})", attributes: &attributes };
    let check = async |username: &str, password: &str| store.check_credentials(&search, username, &Secret::new(password)).await.unwrap();
    let Credentials::Valid(found) = check("tobias.okafor", &password).await else { panic!("a right password") };
    assert!(found.dn.contains("Okafor\\, Tobias"), "{}", found.dn);
    assert_eq!(found.attributes.first("department"), Some("Direction"));
    for (username, password, wanted) in [
        ("tobias.okafor", "wrong", Condition::InvalidCredentials),
        ("walter.steiner", &password, Condition::AccountDisabled),
        ("walter.steiner", "wrong", Condition::InvalidCredentials),
        ("marta.kowalczyk", &password, Condition::AccountExpired),
        ("tamsin.pendragon", &password, Condition::AccountLocked),
        ("petra.hoffmann", &password, Condition::MustChangePassword),
        ("judith.abrahams", &password, Condition::PasswordExpired),
    ] {
        match check(username, password).await {
            Credentials::Refused { condition, answer, .. } => {
                assert_eq!(condition, wanted, "{username}");
                assert!(answer.describe().starts_with("invalidCredentials (49): 80090308:"), "{}", answer.describe());
            }
            other => panic!("{username}: {other:?}"),
        }
    }
    assert_eq!(check("no.body", &password).await, Credentials::NotFound);
    let everybody = PersonSearch { filter: "(|(department=Direction)(cn=${username}))", ..search };
    assert_eq!(store.check_credentials(&everybody, "x", &Secret::new(&*password)).await.unwrap(), Credentials::Several);
}

#[tokio::test]
async fn connections_are_kept_and_a_persons_never_reads() {
    let server = serve(sample(1)).await;
    let store = directory(&server, |settings| settings.max_connections = 2);
    let (base, password) = server.directory().read(|d| (d.base_dn(), d.person_password().to_owned()));
    let search = PersonSearch { base_dn: &base, scope: SearchScope::Subtree, filter: "(sAMAccountName=${username})", attributes: &[] };
    let check = async |password: &str| store.check_credentials(&search, "tobias.okafor", &Secret::new(password)).await.unwrap();
    for _ in 0..5 {
        assert!(matches!(check(&password).await, Credentials::Valid(_)));
        assert!(matches!(check("wrong").await, Credentials::Refused { .. }));
    }
    let operations = server.operations();
    assert_eq!((operations.connections, operations.binds, operations.searches), (2, 11, 10));
    // Many at once: no more than two of each kind, and nobody is refused for it.
    let (store, base) = (Arc::new(store), Arc::new(base));
    let mut checks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (store, base, password) = (store.clone(), base.clone(), Secret::new(&*password));
        checks.spawn(async move {
            let search = PersonSearch { base_dn: &base, scope: SearchScope::Subtree, filter: "mail=${username}", attributes: &[] };
            store.check_credentials(&search, "tobias.okafor@canal.example", &password).await.unwrap()
        });
    }
    let outcomes = checks.join_all().await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Credentials::Valid(_))), "{outcomes:?}");
    assert!(server.operations().connections <= 4, "{:?}", server.operations());
}

#[tokio::test]
async fn nobody_is_asked_without_a_password() {
    let server = serve(sample(1)).await;
    let store = directory(&server, |_| ());
    let base = server.directory().read(|d| d.base_dn());
    let search = PersonSearch { base_dn: &base, scope: SearchScope::Subtree, filter: "mail=${username}", attributes: &[] };
    let before = server.operations();
    let outcome = store.check_credentials(&search, "tobias.okafor@canal.example", &Secret::new("")).await.unwrap();
    assert_eq!(outcome, Credentials::NoPassword);
    assert_eq!((server.operations().binds, server.operations().searches), (before.binds, before.searches));
}

#[tokio::test]
async fn a_directory_that_fails_is_not_a_wrong_password() {
    let server = serve(sample(1)).await;
    let store = directory(&server, |_| ());
    let (base, password) = server.directory().read(|d| (d.base_dn(), d.person_password().to_owned()));
    let search = PersonSearch { base_dn: &base, scope: SearchScope::Subtree, filter: "mail=${username}", attributes: &[] };
    server.set_fault(Fault::RefuseConnections);
    let outcome = store.check_credentials(&search, "tobias.okafor@canal.example", &Secret::new(&*password)).await;
    assert!(outcome.is_err(), "{outcome:?}");
}
