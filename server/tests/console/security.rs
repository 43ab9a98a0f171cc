//! Keys and certificates at the console.

use crate::browser::{Answer, Browser};
use crate::form::Form;
use crate::house::House;
use crate::wizard::Wizard;
use domain::model::signing_key::{KeyAlgorithm, Subject};
use keys::CertificateFacts;
use std::path::Path;
use std::process::Command;

/// A key made by walking the wizard; its page.
pub async fn create_key(browser: &mut Browser, name: &str, algorithm: &str) -> String {
    let mut wizard = Wizard::begin(browser, "/signing-keys/new").await;
    assert_eq!(wizard.tab(), "create-certificate");
    wizard.to(browser, "next", &[("common_name", name), ("organization", "Example & Co"), ("algorithm", algorithm)], "summary").await;
    wizard.press(browser, "save", &[]).await;
    assert_eq!(wizard.at, "/signing-keys");
    page_of(&browser.page("/signing-keys").await, name)
}

/// The address of the key's page in the list.
fn page_of(list: &str, name: &str) -> String {
    let row = list.split("<tr").find(|row| row.contains(&format!("CN={name}"))).unwrap_or_else(|| panic!("no {name} in {list}"));
    let link = row.split("href=\"/signing-keys/").nth(1).unwrap().split('"').next().unwrap();
    format!("/signing-keys/{link}")
}

pub async fn upload(browser: &mut Browser, path: &str, file: &[u8], more: &[(&str, &str)]) -> Answer {
    let mut body = [b"--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n".as_slice(), file, b"\r\n"].concat();
    for (name, value) in more {
        body.extend(format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").as_bytes());
    }
    body.extend(b"--B--\r\n");
    let headers = [("sec-fetch-site", "same-origin"), ("content-type", "multipart/form-data; boundary=B")];
    browser.send("POST", path, &headers, body.into()).await
}

/// Presses a button of a page that posts there.
pub async fn press(browser: &mut Browser, page: &str, endpoint: &str) -> String {
    let form = Form::of(&browser.page(page).await, endpoint);
    let pairs: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let referer = format!("http://localhost{page}");
    let headers = [
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("accept", "text/html"),
        ("referer", referer.as_str()),
    ];
    let answer = browser.send("POST", &form.action, &headers, body.into()).await;
    assert!((302..=303).contains(&answer.status), "{endpoint}: {} {}", answer.status, answer.body);
    let location = answer.location().to_owned();
    location.strip_prefix("http://localhost").unwrap_or(&location).trim_end_matches('?').to_owned()
}

async fn certificate(browser: &mut Browser, path: &str) -> CertificateFacts {
    let answer = browser.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    assert!(answer.header("content-disposition").starts_with("attachment; filename=\"sso"), "{}", answer.header("content-disposition"));
    assert!(!answer.body.contains("PRIVATE"));
    CertificateFacts::of_pem(&answer.body).unwrap()
}

#[tokio::test]
async fn a_key_is_made_exported_rotated_and_deleted() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    assert!(b.page("/signing-keys").await.contains("No key yet"));
    let page = create_key(&mut b, "sso1", "ec_p256").await;
    let list = b.page("/signing-keys").await;
    let first = certificate(&mut b, &format!("{page}/active.pem")).await;
    assert_eq!(first.subject, "CN=sso1, O=Example & Co");
    for part in [&first.serial, &first.fingerprint, "EC P-256", "in 3 years", ">Valid<"] {
        assert!(list.contains(part), "{part}: {list}");
    }
    assert_eq!(b.get(&format!("{page}/next.pem")).await.status, 404);
    assert_eq!(b.get(&format!("{page}/private.pem")).await.status, 404);
    assert_eq!(b.get(&format!("{page}/active.der")).await.header("content-type"), "application/pkix-cert");

    assert_eq!(press(&mut b, &page, "/api/signing-keys/rotate").await, page);
    let rotating = b.page(&page).await;
    let next = certificate(&mut b, &format!("{page}/next.pem")).await;
    assert_eq!((&next.subject, &next.algorithm), (&first.subject, &first.algorithm));
    assert!(rotating.contains(&next.fingerprint) && rotating.contains(&first.fingerprint), "{rotating}");
    assert!(b.page("/signing-keys").await.contains("Being rotated"));
    assert_eq!(press(&mut b, &page, "/api/signing-keys/cancel-rotation").await, page);
    assert_eq!(b.get(&format!("{page}/next.pem")).await.status, 404);
    press(&mut b, &page, "/api/signing-keys/rotate").await;
    let next = certificate(&mut b, &format!("{page}/next.pem")).await;
    press(&mut b, &page, "/api/signing-keys/activate").await;
    assert_eq!(certificate(&mut b, &format!("{page}/active.pem")).await.fingerprint, next.fingerprint);

    assert_eq!(press(&mut b, "/signing-keys", "/api/signing-keys/delete").await, "/signing-keys");
    assert!(b.page("/signing-keys").await.contains("No key yet"));
    house.stop().await;
}

fn openssl(folder: &Path, arguments: &[&str]) {
    let output = Command::new("openssl").current_dir(folder).args(arguments).output().expect("these tests need Debian's package openssl");
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn a_pkcs12_file_is_imported_once_and_with_its_password_only() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    let folder = tempfile::tempdir().unwrap();
    openssl(
        folder.path(),
        &["req", "-x509", "-nodes", "-newkey", "rsa:2048", "-keyout", "k.pem", "-out", "c.pem", "-subj", "/CN=sso-old", "-days", "20"],
    );
    openssl(folder.path(), &["pkcs12", "-export", "-inkey", "k.pem", "-in", "c.pem", "-out", "k.p12", "-passout", "pass:hunter2-hunter2"]);
    let file = std::fs::read(folder.path().join("k.p12")).unwrap();

    let answer = upload(&mut b, "/signing-keys/import", &file, &[("password", "wrong")]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert!(answer.location().starts_with("/signing-keys/import?"), "{}", answer.location());
    let said = b.page(answer.location()).await;
    assert!(said.contains("The password is not the one of this file."), "{said}");
    assert!(b.page("/signing-keys").await.contains("No key yet"));

    let answer = upload(&mut b, "/signing-keys/import", &file, &[("password", "hunter2-hunter2")]).await;
    let page = answer.location().to_owned();
    let text = b.page(&page).await;
    assert!(text.contains("sso-old") && text.contains("Expires soon") && text.contains("in 19 days"), "{text}");
    assert!(!text.contains("hunter2") && !text.contains("PRIVATE"), "{text}");
    certificate(&mut b, &format!("{page}/active.pem")).await;
    let answer = upload(&mut b, "/signing-keys/import", &file, &[("password", "hunter2-hunter2")]).await;
    assert!(b.page(answer.location()).await.contains("already here"));
    let answer = upload(&mut b, "/signing-keys/import", b"", &[("password", "x")]).await;
    assert!(b.page(answer.location()).await.contains("Choose a PKCS#12 file"));
    let answer = b.post("/signing-keys/import", &[("password", "x")]).await;
    assert_eq!(answer.status, 400);

    let database = std::fs::read(house.data_dir().join("towpath.db")).unwrap();
    let wal = std::fs::read(house.data_dir().join("towpath.db-wal")).unwrap_or_default();
    for bytes in [database, wal] {
        assert!(!bytes.windows(11).any(|part| part == b"PRIVATE KEY"), "a private key is in the database as it is");
    }
    // Nobody else gets at any of it.
    assert_eq!(house.visitor().get(&format!("{page}/active.pem")).await.status, 303);
    assert_eq!(upload(&mut house.visitor(), "/signing-keys/import", &file, &[]).await.status, 303);
    house.stop().await;
}

fn ca(name: &str) -> String {
    let subject = Subject { common_name: name.into(), ..Subject::default() };
    keys::make(&subject, KeyAlgorithm::EcP256, 1_795_474_726_000, 3650).unwrap().certificate
}

#[tokio::test]
async fn a_trusted_ca_in_der_is_taken_and_half_of_one_is_refused() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    let der = keys::read_certificates(ca("sso CA in DER").as_bytes()).unwrap().remove(0);
    let answer = upload(&mut b, "/trusted-cas/import", &der[..der.len() - 9], &[]).await;
    assert!(b.page(answer.location()).await.contains("Give one in PEM form (-----BEGIN CERTIFICATE-----) or in DER form"));
    let answer = upload(&mut b, "/trusted-cas/import", &der, &[]).await;
    assert_eq!((answer.status, answer.location()), (303, "/trusted-cas"));
    assert!(b.page("/trusted-cas").await.contains("CN=sso CA in DER"));
    house.stop().await;
}

#[tokio::test]
async fn trusted_cas_are_imported_chosen_and_kept_while_they_are_used() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    assert!(b.page("/trusted-cas").await.contains("No Trusted CA yet"));
    let both = [ca("sso CA one"), ca("sso CA two")].concat();
    let answer = upload(&mut b, "/trusted-cas/import", b"", &[("text", &both)]).await;
    assert_eq!((answer.status, answer.location()), (303, "/trusted-cas"));
    let answer = upload(&mut b, "/trusted-cas/import", both.as_bytes(), &[]).await;
    assert!(b.page(answer.location()).await.contains("trusted already"));
    let answer = upload(&mut b, "/trusted-cas/import", b"nothing", &[]).await;
    assert!(b.page(answer.location()).await.contains("no certificate in it"));
    let list = b.page("/trusted-cas").await;
    assert!(list.contains("CN=sso CA one") && list.contains("CN=sso CA two"), "{list}");
    let file =
        list.split("href=\"/trusted-cas/").skip(1).find_map(|rest| rest.split('"').next().filter(|path| path.ends_with(".pem"))).unwrap();
    let facts = certificate(&mut b, &format!("/trusted-cas/{file}")).await;
    assert_eq!(facts.name, "sso CA one");

    let mut w = Wizard::begin(&mut b, "/data-stores/new").await;
    w.to(&mut b, "next", &[("name", "AD")], "ldap-configuration").await;
    let id = file.split('/').next().unwrap().to_owned();
    let fields = [("hostnames", "127.0.0.1:1"), ("user_dn", "CN=svc"), ("password", "secret-secret"), ("trusted_ca_id", id.as_str())];
    w.to(&mut b, "next", &fields, "summary").await;
    assert!(b.page(&w.at).await.contains("CN=sso CA one (until"));
    w.press(&mut b, "save", &[]).await;

    let location = press(&mut b, "/trusted-cas", "/api/trusted-cas/delete").await;
    let said = b.page(&location).await;
    assert!(said.contains("is used by the Data Store ‘AD’"), "{said}");
    assert!(b.page("/trusted-cas").await.contains("CN=sso CA one"));
    house.stop().await;
}
