//! What is written and signed is verified and read back as it was, whatever names and values are. Against xmlsec1 the same is a
//! property in the tests of `saml`.
#![no_main]

use domain::model::signing_key::KeyAlgorithm;
use keys::SigningPair;
use libfuzzer_sys::fuzz_target;
use saml::response::Subject;
use saml::{Answer, Assertion, Attribute, NameId, Response, Signing};
use std::sync::LazyLock;

static KEY: LazyLock<(SigningPair, Vec<Vec<u8>>)> = LazyLock::new(|| {
    let made = keys::make(&Default::default(), KeyAlgorithm::EcP256, 1_795_474_726_000, 365).expect("a key");
    let pair = SigningPair::load(&made.private_key, &made.certificate).expect("its pair");
    (pair, keys::read_certificates(made.certificate.as_bytes()).expect("its certificate"))
});

fuzz_target!(|parts: (String, String, Vec<String>)| {
    use base64::Engine as _;
    let (name, attribute, values) = parts;
    let response = Response {
        id: "_r".into(),
        issuer: "urn:idp".into(),
        destination: "https://sp.example/acs".into(),
        in_response_to: None,
        issued_at: 1_795_474_726_000,
    };
    let assertion = Assertion {
        id: "_a".into(),
        audience: "urn:sp".into(),
        subject: Subject {
            name_id: NameId { value: name.clone(), format: None, name_qualifier: None, sp_name_qualifier: None },
            authn_instant: 0,
            authn_context: "urn:c".into(),
            session_index: None,
            session_not_on_or_after: None,
        },
        minutes_before: 1,
        minutes_after: 5,
        attributes: vec![Attribute { values: values.clone(), ..Attribute::basic(attribute.clone(), "") }],
    };
    // What XML cannot hold is refused.
    let Ok(document) = response.success(&assertion, &Signing::both(&KEY.0)) else { return };
    let encoded = base64::engine::general_purpose::STANDARD.encode(&document);
    if let Ok(answer) = Answer::read(&encoded, &KEY.1) {
        let told = answer.assertion.expect("it is in there");
        assert!(answer.signed.is_proved());
        assert_eq!(told.name_id.value, name.trim());
        let values: Vec<_> = values.iter().map(|value| value.trim().to_owned()).collect();
        assert_eq!(told.attributes[0].values, values);
    } else {
        // Only what is longer than a reader takes.
        let longest = [&name, &attribute].into_iter().chain(&values).map(String::len).max().unwrap_or_default();
        assert!(longest > 2_048 || values.len() > 500 || document.len() > saml::message::BOUNDS.bytes, "{document}");
    }
});
