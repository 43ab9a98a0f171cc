//! Answers as a service provider reads them: without a key nobody is believed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use saml::Answer;
use std::sync::LazyLock;

static CERTIFICATE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let made = keys::make(&Default::default(), domain::model::signing_key::KeyAlgorithm::EcP256, 1_795_474_726_000, 365);
    made.ok().and_then(|made| keys::read_certificates(made.certificate.as_bytes()).ok()).unwrap_or_default()
});

fuzz_target!(|data: &[u8]| {
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD.encode(data);
    if let Ok(answer) = Answer::read(&encoded, &CERTIFICATE) {
        assert!(answer.assertion.is_none() && !answer.signed.is_proved(), "nobody has the key");
    }
});
