//! The metadata of this identity provider, written.

use crate::signature::{self, SignatureError, key_info};
use crate::xml::Namespace::{Md, Samlp};
use crate::xml::write::Element;
use domain::model::sp_metadata::Binding;
use jiff::Timestamp;
use keys::SigningPair;

/// What the identity provider says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdpMetadata {
    /// Its name.
    pub entity_id: String,
    /// Names this very document for its signature; letters, digits and `_`, not beginning with a digit.
    pub id: String,
    /// Where requests to sign on go, by HTTP-POST and by HTTP-Redirect.
    pub sso_url: String,
    /// Where logout messages go, likewise.
    pub slo_url: Option<String>,
    /// `NameID` formats it issues, best first.
    pub name_id_formats: Vec<String>,
    /// Certificates (DER) that verify its signatures: the one in use and, while the key is rotated, the next.
    pub signing_certificates: Vec<Vec<u8>>,
    /// It takes only requests that are signed.
    pub want_authn_requests_signed: bool,
    /// Not to be relied on after this (unix ms).
    pub valid_until: Option<i64>,
    /// To be read again after this many minutes.
    pub cache_minutes: Option<u32>,
}

impl IdpMetadata {
    /// The document, signed if there is a key.
    pub fn write(&self, key: Option<&SigningPair>) -> Result<String, SignatureError> {
        let root = self.element();
        let root = match key {
            // The schema wants the signature first.
            Some(key) => signature::sign(root, 0, key)?,
            None => root,
        };
        root.document().map_err(SignatureError::Text)
    }

    fn element(&self) -> Element {
        let mut root = Element::new(Md, "EntityDescriptor").with("ID", self.id.as_str()).with("entityID", self.entity_id.as_str());
        if let Some(until) = self.valid_until.and_then(|until| Timestamp::from_millisecond(until).ok()) {
            root = root.with("validUntil", until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        }
        if let Some(minutes) = self.cache_minutes {
            root = root.with("cacheDuration", format!("PT{minutes}M"));
        }
        root.child(self.role())
    }

    /// In the order that the schema wants.
    fn role(&self) -> Element {
        let key = |certificate: &Vec<u8>| Element::new(Md, "KeyDescriptor").with("use", "signing").child(key_info(certificate));
        let endpoint =
            |name: &'static str, url: &str, binding: Binding| Element::new(Md, name).with("Binding", binding.id()).with("Location", url);
        let both = |name: &'static str, url: &str| [Binding::HttpPost, Binding::HttpRedirect].map(|binding| endpoint(name, url, binding));
        Element::new(Md, "IDPSSODescriptor")
            .with("WantAuthnRequestsSigned", self.want_authn_requests_signed.to_string())
            .with("protocolSupportEnumeration", Samlp.uri())
            .all(self.signing_certificates.iter().map(key))
            .all(self.slo_url.iter().flat_map(|url| both("SingleLogoutService", url)))
            .all(self.name_id_formats.iter().map(|format| Element::new(Md, "NameIDFormat").text(format.as_str())))
            .all(both("SingleSignOnService", &self.sso_url))
    }
}
