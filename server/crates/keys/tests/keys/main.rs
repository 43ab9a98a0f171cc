//! Keys and certificates made here are read by openssl, and those it makes are imported here.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use domain::model::signing_key::{KeyAlgorithm, Subject};
use domain::secret::Secret;
use keys::{CertificateFacts, ImportError, LoadError, Made, SigningPair, import, make, make_like, pem, read_certificates};
use std::fs;
use std::path::Path;
use std::process::Command;

const NOW: i64 = 1_795_474_726_000;
const DAY: i64 = 24 * 60 * 60 * 1000;

fn subject() -> Subject {
    Subject {
        common_name: "sso.example.com".into(),
        organization: "Example, Söhne & Co".into(),
        organizational_unit: "Identity".into(),
        city: "Berlin".into(),
        state: "Berlin".into(),
        country: "DE".into(),
    }
}

fn openssl(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("openssl").current_dir(folder).args(arguments).output().expect("these tests need Debian's package openssl");
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn facts(made: &Made) -> CertificateFacts {
    CertificateFacts::of_pem(&made.certificate).unwrap()
}

#[test]
fn what_is_made_is_what_openssl_reads() {
    let folder = tempfile::tempdir().unwrap();
    for (algorithm, name) in [(KeyAlgorithm::Rsa2048, "RSA 2048"), (KeyAlgorithm::EcP256, "EC P-256"), (KeyAlgorithm::EcP384, "EC P-384")] {
        let made = make(&subject(), algorithm, NOW, 30).unwrap();
        let facts = facts(&made);
        assert_eq!((facts.name.as_str(), facts.algorithm.as_str(), facts.is_ca), ("sso.example.com", name, false));
        assert_eq!((facts.not_before, facts.not_after), (NOW, NOW + 30 * DAY));
        assert_eq!(facts.issuer, facts.subject);
        assert_eq!(facts.subject, "CN=sso.example.com, OU=Identity, O=Example\\, Söhne & Co, L=Berlin, ST=Berlin, C=DE");
        fs::write(folder.path().join("c.pem"), &made.certificate).unwrap();
        fs::write(folder.path().join("k.pem"), made.private_key.expose()).unwrap();
        let said = openssl(
            folder.path(),
            &["x509", "-in", "c.pem", "-noout", "-subject", "-serial", "-fingerprint", "-sha256", "-nameopt", "RFC2253,utf8,-esc_msb"],
        );
        assert!(said.contains("CN=sso.example.com,OU=Identity,O=Example\\, Söhne & Co,L=Berlin,ST=Berlin,C=DE"), "{said}");
        assert!(said.contains(&format!("serial={}", facts.serial.replace(':', ""))), "{said} {}", facts.serial);
        assert!(said.contains(&format!("Fingerprint={}", facts.fingerprint)), "{said} {}", facts.fingerprint);
        openssl(folder.path(), &["verify", "-no_check_time", "-CAfile", "c.pem", "c.pem"]);
        openssl(folder.path(), &["pkey", "-in", "k.pem", "-noout"]);
        assert_eq!(format!("{made:?}").matches("PRIVATE").count(), 0, "a key is not printed");
    }
}

#[test]
fn a_signature_is_one_to_others() {
    let folder = tempfile::tempdir().unwrap();
    let made = make(&subject(), KeyAlgorithm::Rsa2048, NOW, 30).unwrap();
    let pair = SigningPair::load(&made.private_key, &made.certificate).unwrap();
    fs::write(folder.path().join("c.pem"), &made.certificate).unwrap();
    fs::write(folder.path().join("data"), "what is signed").unwrap();
    fs::write(folder.path().join("signature"), pair.sign(b"what is signed").unwrap()).unwrap();
    fs::write(folder.path().join("p.pem"), openssl(folder.path(), &["x509", "-in", "c.pem", "-noout", "-pubkey"])).unwrap();
    openssl(folder.path(), &["dgst", "-sha256", "-verify", "p.pem", "-signature", "signature", "data"]);
    assert!(!format!("{pair:?}").contains("MII"));
}

#[test]
fn the_next_key_is_for_the_same_subject() {
    for algorithm in [KeyAlgorithm::Rsa2048, KeyAlgorithm::EcP384] {
        let made = make(&subject(), algorithm, NOW, 30).unwrap();
        let next = make_like(&made.certificate, NOW + DAY).unwrap();
        let (old, new) = (facts(&made), facts(&next));
        assert_eq!((&new.subject, &new.algorithm), (&old.subject, &old.algorithm));
        assert_eq!((new.not_before, new.not_after), (NOW + DAY, NOW + 31 * DAY));
        assert_ne!(new.serial, old.serial);
        assert!(matches!(SigningPair::load(&made.private_key, &next.certificate), Err(LoadError::OtherKey)));
    }
    assert!(make_like("nothing", NOW).is_err());
    assert!(make(&subject(), KeyAlgorithm::EcP256, i64::MIN, 30).is_err());
    assert!(make(&subject(), KeyAlgorithm::EcP256, NOW, u32::MAX).is_err());
}

#[test]
fn pkcs12_files_of_openssl_are_imported() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for (name, kind, expected) in [
        ("rsa", vec!["-newkey", "rsa:3072"], "RSA 3072"),
        ("p256", vec!["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "EC P-256"),
        ("p384", vec!["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"], "EC P-384"),
    ] {
        let mut request =
            vec!["req", "-x509", "-nodes", "-keyout", "k.pem", "-out", "c.pem", "-days", "30", "-subj", "/CN=imported/O=Example"];
        request.extend(kind);
        openssl(at, &request);
        // As of now, as of old (3DES), and with nothing to check the whole by.
        for (way, options) in [
            ("now", vec![]),
            ("old", vec!["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"]),
            ("bare", vec!["-nomac"]),
        ] {
            let mut export = vec!["pkcs12", "-export", "-inkey", "k.pem", "-in", "c.pem", "-out", "k.p12", "-passout", "pass:süß 1"];
            export.extend(options);
            openssl(at, &export);
            let file = fs::read(at.join("k.p12")).unwrap();
            let made = import(&file, &Secret::new("süß 1")).unwrap_or_else(|error| panic!("{name} {way}: {error} {error:?}"));
            assert_eq!(facts(&made).algorithm, expected, "{name} {way}");
            assert!(SigningPair::load(&made.private_key, &made.certificate).unwrap().sign(b"x").is_ok());
            if way != "bare" {
                assert!(matches!(import(&file, &Secret::new("wrong")), Err(ImportError::Password)), "{name} {way}");
            }
            for cut in [1, 20, file.len() / 2, file.len() - 1] {
                assert!(import(&file[..cut], &Secret::new("süß 1")).is_err(), "{name} {way} {cut}");
            }
        }
    }
}

#[test]
fn the_certificate_of_the_key_is_found_in_a_chain() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    openssl(at, &["req", "-x509", "-nodes", "-newkey", "rsa:2048", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=CA"]);
    openssl(at, &["req", "-nodes", "-newkey", "rsa:2048", "-keyout", "k.pem", "-out", "k.csr", "-subj", "/CN=leaf"]);
    openssl(at, &["x509", "-req", "-in", "k.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "c.pem", "-days", "9"]);
    openssl(at, &["pkcs12", "-export", "-inkey", "k.pem", "-in", "c.pem", "-certfile", "ca.pem", "-out", "k.p12", "-passout", "pass:x"]);
    let made = import(&fs::read(at.join("k.p12")).unwrap(), &Secret::new("x")).unwrap();
    assert_eq!((facts(&made).name.as_str(), facts(&made).issuer.as_str()), ("leaf", "CN=CA"));
}

#[test]
fn files_without_a_usable_key_say_what_they_lack() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let read = |name: &str| import(&fs::read(at.join(name)).unwrap(), &Secret::new("x")).unwrap_err();
    openssl(at, &["req", "-x509", "-nodes", "-newkey", "rsa:1024", "-keyout", "k.pem", "-out", "c.pem", "-subj", "/CN=short"]);
    openssl(at, &["pkcs12", "-export", "-inkey", "k.pem", "-in", "c.pem", "-out", "short.p12", "-passout", "pass:x"]);
    assert!(read("short.p12").to_string().contains("2048 to 8192 bits"), "{}", read("short.p12"));
    openssl(at, &["pkcs12", "-export", "-nokeys", "-in", "c.pem", "-out", "nokey.p12", "-passout", "pass:x"]);
    assert!(matches!(read("nokey.p12"), ImportError::NoKey));
    openssl(at, &["genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "other.pem"]);
    openssl(at, &["pkcs12", "-export", "-nocerts", "-inkey", "other.pem", "-out", "nocert.p12", "-passout", "pass:x"]);
    assert!(matches!(read("nocert.p12"), ImportError::NoCertificate));
    assert!(matches!(read("c.pem"), ImportError::Pem));
    assert!(matches!(import(b"", &Secret::new("x")), Err(ImportError::Empty)));
    assert!(matches!(import(b"no such thing", &Secret::new("x")), Err(ImportError::Unreadable(_))));
    assert!(matches!(import(&vec![0x30; 300_000], &Secret::new("x")), Err(ImportError::Large)));
}

#[test]
fn certificate_files_of_every_kind() {
    let (a, b) = (make(&subject(), KeyAlgorithm::EcP256, NOW, 1).unwrap(), make(&subject(), KeyAlgorithm::EcP256, NOW, 2).unwrap());
    let both = format!("\u{feff}subject=CN = a\r\n{}\n{}{}", a.certificate.replace('\n', "\r\n"), b.certificate, a.certificate);
    let found = read_certificates(both.as_bytes()).unwrap();
    assert_eq!(found.iter().map(|der| pem(der)).collect::<Vec<_>>(), [a.certificate.clone(), b.certificate.clone()]);
    assert_eq!(read_certificates(&found[0]).unwrap(), found[..1]);
    let refusal = |file: &[u8]| read_certificates(file).unwrap_err();
    assert!(refusal(b" \n").contains("Choose a file"));
    assert!(refusal(b"hello").contains("no certificate in it"));
    assert!(refusal(a.private_key.expose().as_bytes()).contains("private key"));
    assert!(refusal(&found[0][..100]).contains("no certificate in it"));
    assert!(refusal(b"-----BEGIN CERTIFICATE-----\neA==\n-----END CERTIFICATE-----\n").contains("Certificate 1"));
    assert!(refusal(&a.certificate.as_bytes()[..200]).contains("copy it again"));
}
