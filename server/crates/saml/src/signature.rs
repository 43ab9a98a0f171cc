//! XML signatures: enveloped, exclusive canonicalization, over the element that is named by its ID. Here they are made, on what is
//! sent, and those of others are verified.

pub(crate) mod public;
pub(crate) mod verify;

pub use verify::SignatureFault;

use crate::xml::Namespace::Ds;
use crate::xml::write::{Element, IllegalCharacter};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keys::{Scheme, SigningPair};

const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// Why nothing was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A value XML cannot hold.
    #[error("what should be signed cannot be written as XML")]
    Text(#[source] IllegalCharacter),
    /// The key did not sign.
    #[error("the private key could not sign")]
    Key,
    /// The element has no ID by which the signature could name it.
    #[error("what should be signed has no ID")]
    NoId,
}

/// The identifier of a way to sign (RFC 9231, 2.3).
pub fn algorithm(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::RsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        Scheme::EcdsaP256Sha256 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        Scheme::EcdsaP384Sha384 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
    }
}

/// Whether a signature says what it can be verified with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyInfo {
    /// The certificate goes along.
    #[default]
    Certificate,
    /// Nothing does.
    Nothing,
}

/// The element with a signature over it, put behind its first `skip` children: where the schema of the element wants it.
pub fn sign(element: Element, skip: usize, key: &SigningPair) -> Result<Element, SignatureError> {
    sign_with(element, skip, key, KeyInfo::Certificate)
}

/// The same, with or without what it can be verified with.
pub fn sign_with(element: Element, skip: usize, key: &SigningPair, info: KeyInfo) -> Result<Element, SignatureError> {
    let id = element.attribute("ID").filter(|id| !id.is_empty()).ok_or(SignatureError::NoId)?.to_owned();
    let content = element.canonical().map_err(SignatureError::Text)?;
    let signed_info = signed_info(&id, &content, key.scheme());
    // Inside Signature it has the same canonical form as by itself: the namespace it declares is the one that Signature declares.
    let canonical = signed_info.canonical().map_err(SignatureError::Text)?;
    let value = key.sign(canonical.as_bytes()).map_err(|_| SignatureError::Key)?;
    let signature = Element::new(Ds, "Signature")
        .child(signed_info)
        .child(Element::new(Ds, "SignatureValue").text(STANDARD.encode(value)))
        .all((info == KeyInfo::Certificate).then(|| key_info(key.certificate())));
    Ok(element.insert(skip, signature))
}

fn signed_info(id: &str, content: &str, scheme: Scheme) -> Element {
    let digest = digest::digest(&digest::SHA256, content.as_bytes());
    let transform = |algorithm: &str| Element::new(Ds, "Transform").with("Algorithm", algorithm);
    Element::new(Ds, "SignedInfo")
        .child(Element::new(Ds, "CanonicalizationMethod").with("Algorithm", EXCLUSIVE))
        .child(Element::new(Ds, "SignatureMethod").with("Algorithm", algorithm(scheme)))
        .child(
            Element::new(Ds, "Reference")
                .with("URI", format!("#{id}"))
                .child(Element::new(Ds, "Transforms").child(transform(ENVELOPED)).child(transform(EXCLUSIVE)))
                .child(Element::new(Ds, "DigestMethod").with("Algorithm", SHA256))
                .child(Element::new(Ds, "DigestValue").text(STANDARD.encode(digest))),
        )
}

/// A certificate as metadata and signatures name it.
pub fn key_info(certificate: &[u8]) -> Element {
    let certificate = Element::new(Ds, "X509Certificate").text(STANDARD.encode(certificate));
    Element::new(Ds, "KeyInfo").child(Element::new(Ds, "X509Data").child(certificate))
}
