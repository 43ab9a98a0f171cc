//! Messages as a service provider makes them, and as somebody makes them who wants to be taken for one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::model::signing_key::{KeyAlgorithm, Subject};
use domain::model::sp_metadata::EMAIL_NAME_ID;
use keys::{Made, SigningPair};
use saml::signature::sign;
use saml::xml::Namespace::{Saml, Samlp};
use saml::xml::write::Element;
use saml::{AuthnRequest, IdpMetadata, Received, Refusal};
use std::sync::LazyLock;

pub const NOW: i64 = 1_795_474_726_000;
pub const ISSUER: &str = "https://sp.example.com/metadata";
pub const ACS: &str = "https://sp.example.com/acs";
pub const IDP: &str = "https://sso.example.com/idp";
pub const SSO: &str = "https://sso.example.com/idp/SSO.saml2";
pub const SLO: &str = "https://sso.example.com/idp/SLO.saml2";

/// A key with its certificate, in each form that is needed.
pub struct Keys {
    pub made: Made,
    pub pair: SigningPair,
    pub der: Vec<u8>,
}

impl Keys {
    pub fn make(algorithm: KeyAlgorithm) -> Self {
        let subject = Subject { common_name: "sp.example.com".into(), ..Subject::default() };
        let made = keys::make(&subject, algorithm, NOW, 365).unwrap();
        let pair = SigningPair::load(&made.private_key, &made.certificate).unwrap();
        let der = keys::read_certificates(made.certificate.as_bytes()).unwrap().remove(0);
        Self { made, pair, der }
    }
}

pub static RSA: LazyLock<Keys> = LazyLock::new(|| Keys::make(KeyAlgorithm::Rsa2048));
pub static P256: LazyLock<Keys> = LazyLock::new(|| Keys::make(KeyAlgorithm::EcP256));
pub static P384: LazyLock<Keys> = LazyLock::new(|| Keys::make(KeyAlgorithm::EcP384));
/// Somebody else's.
pub static STRANGER: LazyLock<Keys> = LazyLock::new(|| Keys::make(KeyAlgorithm::Rsa2048));

/// A request to sign on, with everything in it.
pub fn request(id: &str) -> Element {
    let class = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
    Element::new(Samlp, "AuthnRequest")
        .with("ID", id)
        .with("Version", "2.0")
        .with("IssueInstant", "2026-11-23T22:58:46Z")
        .with("Destination", SSO)
        .with("AssertionConsumerServiceURL", ACS)
        .with("ProtocolBinding", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST")
        .with("ForceAuthn", "true")
        .child(Element::new(Saml, "Issuer").text(ISSUER))
        .child(
            Element::new(Samlp, "NameIDPolicy")
                .with("AllowCreate", "1")
                .with("Format", "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"),
        )
        .child(
            Element::new(Samlp, "RequestedAuthnContext")
                .with("Comparison", "exact")
                .child(Element::new(Saml, "AuthnContextClassRef").text(class)),
        )
}

/// The same, signed.
pub fn signed(id: &str, keys: &Keys) -> String {
    sign(request(id), 1, &keys.pair).unwrap().document().unwrap()
}

pub fn post(document: &str) -> Result<Received, Refusal> {
    Received::by_post([("SAMLRequest", STANDARD.encode(document).as_str()), ("RelayState", "there")])
}

/// Reads a posted document with the certificates of these keys.
pub fn read(document: &str, keys: &[&Keys]) -> Result<AuthnRequest, Refusal> {
    post(document)?.authn_request(&certificates(keys))
}

pub fn certificates(keys: &[&Keys]) -> Vec<Vec<u8>> {
    keys.iter().map(|keys| keys.der.clone()).collect()
}

/// The metadata of the identity provider that signs with a key.
pub fn idp(keys: &Keys) -> String {
    let metadata = IdpMetadata {
        entity_id: IDP.into(),
        id: "_m1".into(),
        sso_url: SSO.into(),
        slo_url: Some(SLO.into()),
        name_id_formats: vec![EMAIL_NAME_ID.into()],
        signing_certificates: certificates(&[keys]),
        want_authn_requests_signed: true,
        valid_until: None,
        cache_minutes: None,
    };
    metadata.write(None).unwrap()
}
