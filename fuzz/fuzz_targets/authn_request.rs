//! Requests as browsers bring them, by both bindings: nothing panics, and nothing that no key signed is taken for proved.
#![no_main]

use libfuzzer_sys::fuzz_target;
use saml::Received;
use std::sync::LazyLock;

static CERTIFICATE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let made = keys::make(&Default::default(), domain::model::signing_key::KeyAlgorithm::EcP256, 1_795_474_726_000, 365);
    made.ok().and_then(|made| keys::read_certificates(made.certificate.as_bytes()).ok()).unwrap_or_default()
});

fuzz_target!(|data: &[u8]| {
    use base64::Engine as _;
    let text = String::from_utf8_lossy(data);
    let encoded = base64::engine::general_purpose::STANDARD.encode(data);
    for received in
        [Received::by_redirect(&text), Received::by_post([("SAMLRequest", &*text)]), Received::by_post([("SAMLRequest", encoded.as_str())])]
    {
        if let Ok(received) = received
            && let Ok(request) = received.authn_request(&CERTIFICATE)
        {
            assert!(!request.root.signed.is_proved(), "nobody has the key");
        }
    }
});
