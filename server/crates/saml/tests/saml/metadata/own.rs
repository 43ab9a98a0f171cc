//! This provider's own metadata: valid, canonical as it stands, and signed so that others verify it.

use crate::desk::{Desk, METADATA};
use domain::model::signing_key::{KeyAlgorithm, Subject};
use domain::model::sp_metadata::EMAIL_NAME_ID;
use keys::{Made, SigningPair};
use saml::IdpMetadata;

const NOW: i64 = 1_795_474_726_000;

fn key(algorithm: KeyAlgorithm) -> Made {
    let subject = Subject { common_name: "sso.example.com".into(), organization: "Example & Söhne".into(), ..Subject::default() };
    keys::make(&subject, algorithm, NOW, 365).unwrap()
}

fn der(made: &Made) -> Vec<u8> {
    keys::read_certificates(made.certificate.as_bytes()).unwrap().remove(0)
}

fn metadata(certificates: Vec<Vec<u8>>) -> IdpMetadata {
    IdpMetadata {
        entity_id: "https://sso.example.com/idp?a=1&b=<2>\"'".into(),
        id: "_m1".into(),
        sso_url: "https://sso.example.com/idp/SSO.saml2".into(),
        slo_url: Some("https://sso.example.com/idp/SLO.saml2".into()),
        name_id_formats: vec![EMAIL_NAME_ID.into(), "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent".into()],
        signing_certificates: certificates,
        want_authn_requests_signed: true,
        valid_until: Some(NOW),
        cache_minutes: Some(1440),
    }
}

#[test]
fn it_is_valid_and_canonical_as_it_stands() {
    let desk = Desk::new();
    let (one, two) = (key(KeyAlgorithm::EcP256), key(KeyAlgorithm::EcP384));
    let plain = metadata(vec![der(&one), der(&two)]).write(None).unwrap();
    desk.validate(METADATA, &plain);
    assert_eq!(plain.matches("use=\"signing\"").count(), 2);
    for part in [
        "validUntil=\"2026-11-23T22:58:46Z\"",
        "cacheDuration=\"PT1440M\"",
        "WantAuthnRequestsSigned=\"true\"",
        "<md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://sso.example.com/idp/SSO.saml2\">",
        "<md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://sso.example.com/idp/SSO.saml2\">",
        "<md:SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://sso.example.com/idp/SLO.saml2\">",
        "<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>",
    ] {
        assert!(plain.contains(part), "{part} is not in {plain}");
    }
    let body = plain.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").unwrap().trim_end();
    assert_eq!(desk.canonical(&plain).trim_end(), body);
    // What AWS takes is at most 75,000 characters.
    assert!(plain.len() < 10_000);
    let bare = IdpMetadata { slo_url: None, valid_until: None, cache_minutes: None, want_authn_requests_signed: false, ..metadata(vec![]) };
    desk.validate(METADATA, &bare.write(None).unwrap());
}

#[test]
fn its_signature_is_verified_by_xmlsec1() {
    let desk = Desk::new();
    let stranger = key(KeyAlgorithm::EcP256);
    for algorithm in [KeyAlgorithm::Rsa2048, KeyAlgorithm::EcP256, KeyAlgorithm::EcP384] {
        let made = key(algorithm);
        let pair = SigningPair::load(&made.private_key, &made.certificate).unwrap();
        let signed = metadata(vec![der(&made)]).write(Some(&pair)).unwrap();
        desk.validate(METADATA, &signed);
        assert!(desk.verifies("md:EntityDescriptor", &signed, &made.certificate), "{algorithm:?}: {signed}");
        let body = signed.split_once('\n').unwrap().1.trim_end();
        assert_eq!(desk.canonical(&signed).trim_end(), body, "{algorithm:?}");
        for (from, to) in
            [("SSO.saml2", "SSO.evil"), ("WantAuthnRequestsSigned=\"true\"", "WantAuthnRequestsSigned=\"false\""), ("#_m1", "#_m2")]
        {
            assert!(!desk.verifies("md:EntityDescriptor", &signed.replacen(from, to, 1), &made.certificate), "{algorithm:?} {from}");
        }
        assert!(!desk.verifies("md:EntityDescriptor", &signed, &stranger.certificate), "{algorithm:?}: another key");
    }
}

#[test]
fn what_cannot_be_written_is_refused() {
    let mut bad = metadata(vec![]);
    bad.entity_id = "a\u{0}b".into();
    assert!(bad.write(None).unwrap_err().to_string().contains("cannot be written as XML"));
}
