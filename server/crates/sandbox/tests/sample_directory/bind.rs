//! Who may sign on, what the root DSE says, and what is refused.

use ldap3::exop::{Exop, WhoAmI};
use ldap3::{Mod, Scope};

use crate::client::{bound, connect, read, sample_and_client, search, serve, value};
use sandbox::directory::sample;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn an_account_binds_by_name_login_principal_name_and_mail() {
    let server = serve(sample(1)).await;
    let (password, dn) = server.directory().read(|d| {
        let person = d.people().find(|p| p.value("sAMAccountName").as_deref() == Some("lucia.fernandez")).unwrap();
        (d.person_password().to_owned(), person.dn())
    });
    let mut ldap = connect(&server).await;
    for name in [dn.as_str(), &dn.to_uppercase(), "CANAL\\lucia.fernandez", "Lucia.Fernandez@canal.example", "lucia.fernandez"] {
        assert_eq!(ldap.simple_bind(name, &password).await.unwrap().rc, 0, "{name}");
        assert_eq!(ldap.extended(WhoAmI).await.unwrap().0.val.unwrap(), b"u:CANAL\\lucia.fernandez");
    }
}

#[tokio::test]
async fn refused_binds_say_why_as_active_directory_does() {
    let server = serve(sample(1)).await;
    let (bind_dn, person_password) = server.directory().read(|d| (d.bind_dn(), d.person_password().to_owned()));
    let mut ldap = connect(&server).await;
    for (name, password, code, text) in [
        (bind_dn.as_str(), "wrong", 49, "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v4563"),
        ("nobody@canal.example", "wrong", 49, "data 525"),
        ("walter.steiner@canal.example", person_password.as_str(), 49, "data 533"),
        ("walter.steiner@canal.example", "wrong", 49, "data 52e"),
        ("marta.kowalczyk@canal.example", person_password.as_str(), 49, "data 701"),
        ("marta.kowalczyk@canal.example", "wrong", 49, "data 52e"),
        ("tamsin.pendragon@canal.example", person_password.as_str(), 49, "data 775"),
        // A lock is told whoever asks.
        ("tamsin.pendragon@canal.example", "wrong", 49, "data 775"),
        ("petra.hoffmann@canal.example", person_password.as_str(), 49, "data 773"),
        ("judith.abrahams@canal.example", person_password.as_str(), 49, "data 532"),
        (bind_dn.as_str(), "", 53, "empty"),
        ("CN=AWS Users,OU=Groups,DC=canal,DC=example", "x", 49, "data 525"),
    ] {
        let result = ldap.simple_bind(name, password).await.unwrap();
        assert_eq!(result.rc, code, "{name}");
        assert!(result.text.contains(text), "{name}: {}", result.text);
    }
    // A refused bind leaves nobody bound.
    let mut ldap = bound(&server).await;
    assert_eq!(ldap.simple_bind(&bind_dn, "wrong").await.unwrap().rc, 49);
    assert_eq!(search(&mut ldap, "DC=canal,DC=example", Scope::Base, "(objectClass=*)", &[]).await.1.rc, 1);
    assert_eq!(server.operations().binds, 14);
}

#[tokio::test]
async fn what_hinders_an_account_can_be_taken_away() {
    let server = serve(sample(1)).await;
    let (password, names) = server.directory().read(|d| {
        let hindered = ["marta.kowalczyk", "tamsin.pendragon", "petra.hoffmann", "judith.abrahams"];
        let dn_of = |login: &str| d.people().find(|p| p.value("sAMAccountName").as_deref() == Some(login)).unwrap().dn();
        (d.person_password().to_owned(), hindered.map(dn_of))
    });
    let mut ldap = connect(&server).await;
    for (name, attribute) in names.iter().zip(["accountExpires", "lockoutTime", "pwdLastSet", "pwdLastSet"]) {
        assert_eq!(ldap.simple_bind(name, &password).await.unwrap().rc, 49, "{name}");
        server.directory().change(|d| d.clear(name, attribute)).unwrap();
        assert_eq!(ldap.simple_bind(name, &password).await.unwrap().rc, 0, "{name}");
    }
    // Zero and the greatest number both mean that an account never expires; the first, that it is not locked.
    for (attribute, value) in [("accountExpires", "0"), ("accountExpires", "9223372036854775807"), ("lockoutTime", "0")] {
        server.directory().change(|d| d.set(&names[0], attribute, &[value])).unwrap();
        assert_eq!(ldap.simple_bind(&names[0], &password).await.unwrap().rc, 0, "{attribute} {value}");
    }
}

#[tokio::test]
async fn anonymous_sees_the_root_dse_and_nothing_else() {
    let server = serve(sample(1)).await;
    let mut ldap = connect(&server).await;
    assert_eq!(ldap.simple_bind("", "").await.unwrap().rc, 0);
    let root = read(&mut ldap, "", &["*", "+"]).await;
    assert_eq!(root.attrs["defaultNamingContext"], ["DC=canal,DC=example"]);
    assert!(root.attrs["namingContexts"].contains(&"DC=canal,DC=example".to_owned()));
    assert!(root.attrs["supportedControl"].contains(&"1.2.840.113556.1.4.319".to_owned()));
    assert!(root.attrs["supportedCapabilities"].contains(&"1.2.840.113556.1.4.800".to_owned()));
    assert_eq!(root.attrs["supportedLDAPVersion"], ["3"]);
    assert_eq!(root.attrs["dnsHostName"], ["dc1.canal.example"]);
    assert_eq!(root.attrs["isGlobalCatalogReady"], ["TRUE"]);
    let usn = server.directory().read(|d| d.highest_usn());
    assert_eq!(root.attrs["highestCommittedUSN"], [usn.to_string()]);
    let chosen = read(&mut ldap, "", &["HIGHESTCOMMITTEDUSN"]).await;
    assert_eq!(chosen.attrs.len(), 1);
    let (_, refusal) = search(&mut ldap, "DC=canal,DC=example", Scope::Subtree, "(objectClass=*)", &[]).await;
    assert_eq!(refusal.rc, 1);
    assert!(refusal.text.contains("a successful bind must be completed"), "{}", refusal.text);
}

#[tokio::test]
async fn the_settings_of_the_controller_give_its_invocation_id() {
    let (_server, mut ldap) = sample_and_client().await;
    let root = read(&mut ldap, "", &["dsServiceName"]).await;
    let settings = read(&mut ldap, &value(&root, "dsServiceName").unwrap(), &["invocationId"]).await;
    assert_eq!(crate::client::octets(&settings, "invocationId").len(), 16);
}

#[tokio::test]
async fn what_is_not_offered_is_refused_cleanly() {
    let (server, mut ldap) = sample_and_client().await;
    let start_tls = Exop { name: Some("1.3.6.1.4.1.1466.20037".into()), val: None };
    assert_eq!(ldap.extended(start_tls).await.unwrap().1.rc, 52);
    let unknown = Exop { name: Some("1.2.3.4".into()), val: None };
    assert_eq!(ldap.extended(unknown).await.unwrap().1.rc, 2);
    let dn = server.directory().read(|d| d.users_group_dn());
    let change = ldap.modify(&dn, vec![Mod::Delete("member", std::collections::HashSet::<&str>::new())]).await.unwrap();
    assert_eq!(change.rc, 53);
    assert_eq!(ldap.delete(&dn).await.unwrap().rc, 53);
    assert!(ldap.compare(&dn, "description", "everyone with access to AWS").await.unwrap().equal().unwrap());
    assert!(!ldap.compare(&dn, "description", "something else").await.unwrap().equal().unwrap());
    assert_eq!(ldap.compare(&dn, "mail", "x").await.unwrap().0.rc, 16);
    // The connection is as good as before.
    assert_eq!(read(&mut ldap, &dn, &["cn"]).await.attrs["cn"], ["AWS Users"]);
}

#[tokio::test]
async fn what_is_no_ldap_gets_a_notice_and_the_connection_closed() {
    let server = serve(sample(1)).await;
    let mut stream = tokio::net::TcpStream::connect(server.addr()).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    // Notice of Disconnection, message id 0.
    assert!(answer.windows(22).any(|w| w == b"1.3.6.1.4.1.1466.20036"), "{answer:?}");
    assert_eq!(answer[2..5], [2, 1, 0]);
    bound(&server).await;
}

#[tokio::test]
async fn stopping_ends_connections_and_frees_the_port() {
    let (server, mut ldap) = sample_and_client().await;
    let addr = server.addr();
    server.stop().await;
    assert!(ldap.simple_bind("", "").await.is_err());
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
    // Dropping the handle ends it too.
    drop(serve(sample(1)).await);
}
