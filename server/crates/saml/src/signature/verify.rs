//! The signature of somebody else on an element: the root of a document, or an assertion in it.
//!
//! XML signatures allow a great deal: several references, to anything, through transforms that choose and rewrite. All of it has
//! been used to show one thing to what verifies and another to what reads. So exactly one form is taken, the one that SAML
//! prescribes (core, 5.4): one signature, a child of the element, with one reference, to the element, enveloped, in exclusive
//! canonical form. And what is verified is not "the document": the answer is the very text that was hashed, and only that is read then.

use super::public::{Algorithm, Form};
use super::{ENVELOPED, EXCLUSIVE};
use crate::xml::Namespace::Ds;
use crate::xml::canonical::canonical;
use crate::xml::read::{is, parse, short, text};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use roxmltree::{Document, Node};

/// Prefixes in an `InclusiveNamespaces`: more make no sense.
const MOST_PREFIXES: usize = 20;

/// What is wrong with a signature, for an administrator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// There are several.
    #[error("it has more than one signature")]
    Several,
    /// It stands elsewhere than it must.
    #[error(
        "its signature does not stand directly in the message but somewhere inside, as in an attempt to pass off a signed part for the whole"
    )]
    Misplaced,
    /// It covers something else than the message.
    #[error("its signature is for another element than the message")]
    OtherElement,
    /// Two elements go by the ID that the signature names.
    #[error("the ID of the message occurs twice in it, so that its signature could mean something else")]
    SameId,
    /// It is not built as SAML prescribes.
    #[error("its signature is not built as SAML prescribes: {0}")]
    Structure(&'static str),
    /// Made in a way that does not count.
    #[error(
        "its signature uses ‘{0}’. Accepted are RSA with SHA-256, SHA-384 or SHA-512, ECDSA with SHA-256 (P-256) or SHA-384 (P-384), digests by SHA-256, SHA-384 or SHA-512, exclusive canonicalization and the enveloped-signature transform"
    )]
    Algorithm(String),
    /// Its content was changed.
    #[error("it was changed after it was signed")]
    Digest,
    /// No certificate verifies it.
    #[error("none of the service provider's certificates verifies its signature. Was its key renewed? Then add the new certificate")]
    Value,
    /// No certificate is for such a key.
    #[error("none of the service provider's certificates is for the kind of key it was signed with")]
    OtherKind,
}

/// An element's signature that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verified {
    /// The element without its signature, in the form that was hashed. Whoever acts on the signature reads this and nothing else.
    pub(crate) text: String,
    /// Which certificate verified it.
    pub(crate) certificate: usize,
}

/// Whether there is a signature, and that there is none but in the root itself.
pub(crate) fn signature<'a, 'i>(document: &'a Document<'i>) -> Result<Option<Node<'a, 'i>>, SignatureFault> {
    let mut all = document.descendants().filter(|node| is(*node, Ds, "Signature"));
    let (first, second) = (all.next(), all.next());
    match first {
        Some(first) if first.parent() != Some(document.root_element()) => Err(SignatureFault::Misplaced),
        Some(_) if second.is_some() => Err(SignatureFault::Several),
        first => Ok(first),
    }
}

/// Verifies the signature of an element, which is a child of it, with one of the certificates (DER).
pub(crate) fn verify(element: Node<'_, '_>, signature: Node<'_, '_>, certificates: &[Vec<u8>]) -> Result<Verified, SignatureFault> {
    if signature.parent() != Some(element) {
        return Err(SignatureFault::Misplaced);
    }
    let [info_node, value] = parts(signature)?;
    let stated = SignedInfo::read(info_node)?;
    let id = element.attribute("ID").filter(|id| !id.is_empty()).ok_or(SignatureFault::Structure("the message has no ID"))?;
    if stated.uri != format!("#{id}") {
        return Err(SignatureFault::OtherElement);
    }
    let named =
        |node: Node<'_, '_>| node.attributes().filter(|attribute| attribute.name().eq_ignore_ascii_case("id")).any(|a| a.value() == id);
    // In the whole document, not only in the element: whoever looks an ID up looks there.
    if element.document().descendants().filter(|node| named(*node)).count() > 1 {
        return Err(SignatureFault::SameId);
    }

    let info = canonical(info_node, None, &refs(&stated.method_prefixes)).map_err(|_| TOO_LONG)?;
    // What is acted on is what was signed, not what the document around it seems to say.
    let again = parse(&info).map_err(|_| SignatureFault::Structure("its SignedInfo cannot be read"))?;
    let signed = SignedInfo::read(again.root_element())?;
    if signed != stated {
        return Err(SignatureFault::Structure("its SignedInfo reads differently once it is canonical"));
    }
    let certificate = signed.algorithm.verify(info.as_bytes(), &base64(value)?, Form::Xml, certificates)?;

    let text = canonical(element, Some(signature.id()), &refs(&signed.transform_prefixes)).map_err(|_| TOO_LONG)?;
    let digest = digest::digest(signed.digest_algorithm.0, text.as_bytes());
    verify_slices_are_equal(digest.as_ref(), &signed.digest).map_err(|_| SignatureFault::Digest)?;
    Ok(Verified { text, certificate })
}

const TOO_LONG: SignatureFault = SignatureFault::Structure("what it covers becomes too long in canonical form");

fn refs(prefixes: &[String]) -> Vec<&str> {
    prefixes.iter().map(String::as_str).collect()
}

/// `SignedInfo` and `SignatureValue`. A `KeyInfo` may follow and is not looked at: a key that a message brings along proves nothing.
fn parts<'a, 'i>(signature: Node<'a, 'i>) -> Result<[Node<'a, 'i>; 2], SignatureFault> {
    let mut elements = signature.children().filter(Node::is_element);
    let (info, value, key, more) = (elements.next(), elements.next(), elements.next(), elements.next());
    match (info, value) {
        (Some(info), Some(value))
            if is(info, Ds, "SignedInfo")
                && is(value, Ds, "SignatureValue")
                && key.is_none_or(|key| is(key, Ds, "KeyInfo"))
                && more.is_none() =>
        {
            Ok([info, value])
        }
        _ => Err(SignatureFault::Structure("it must hold SignedInfo, SignatureValue and at most a KeyInfo")),
    }
}

#[derive(Clone, Copy, Debug)]
struct DigestAlgorithm(&'static digest::Algorithm);

impl PartialEq for DigestAlgorithm {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

#[derive(Debug, PartialEq)]
struct SignedInfo {
    algorithm: Algorithm,
    method_prefixes: Vec<String>,
    uri: String,
    transform_prefixes: Vec<String>,
    digest_algorithm: DigestAlgorithm,
    digest: Vec<u8>,
}

impl SignedInfo {
    fn read(node: Node<'_, '_>) -> Result<Self, SignatureFault> {
        let structure = SignatureFault::Structure;
        let [method, signature_method, reference] = only(node, ["CanonicalizationMethod", "SignatureMethod", "Reference"])
            .ok_or(structure("its SignedInfo must have one Reference"))?;
        exactly(method, EXCLUSIVE)?;
        let stated = signature_method.attribute("Algorithm").unwrap_or_default();
        let algorithm = Algorithm::of(stated).ok_or_else(|| SignatureFault::Algorithm(short(stated)))?;
        if signature_method.children().any(|child| child.is_element()) {
            return Err(structure("its SignatureMethod has parameters"));
        }
        let uri = reference.attribute("URI").ok_or(structure("its Reference has no URI"))?.to_owned();
        let [transforms, digest_method, digest_value] = only(reference, ["Transforms", "DigestMethod", "DigestValue"])
            .ok_or(structure("its Reference must have Transforms, DigestMethod and DigestValue"))?;
        let [enveloped, exclusive] = only(transforms, ["Transform", "Transform"]).ok_or(structure("it must have two transforms"))?;
        exactly(enveloped, ENVELOPED)?;
        if enveloped.children().any(|child| child.is_element()) {
            return Err(structure("its first transform has parameters"));
        }
        exactly(exclusive, EXCLUSIVE)?;
        let stated = digest_method.attribute("Algorithm").unwrap_or_default();
        let digest_algorithm = match stated {
            super::SHA256 => &digest::SHA256,
            "http://www.w3.org/2001/04/xmldsig-more#sha384" => &digest::SHA384,
            "http://www.w3.org/2001/04/xmlenc#sha512" => &digest::SHA512,
            other => return Err(SignatureFault::Algorithm(short(other))),
        };
        Ok(Self {
            algorithm,
            method_prefixes: prefixes(method)?,
            uri,
            transform_prefixes: prefixes(exclusive)?,
            digest_algorithm: DigestAlgorithm(digest_algorithm),
            digest: base64(digest_value)?,
        })
    }
}

/// The elements in a node, if they are these and no others.
fn only<'a, 'i, const N: usize>(node: Node<'a, 'i>, names: [&'static str; N]) -> Option<[Node<'a, 'i>; N]> {
    let elements: Vec<_> = node.children().filter(Node::is_element).collect();
    let found: [Node<'a, 'i>; N] = elements.try_into().ok()?;
    found.iter().zip(names).all(|(node, name)| is(*node, Ds, name)).then_some(found)
}

fn exactly(node: Node<'_, '_>, algorithm: &str) -> Result<(), SignatureFault> {
    match node.attribute("Algorithm") {
        Some(stated) if stated == algorithm => Ok(()),
        stated => Err(SignatureFault::Algorithm(short(stated.unwrap_or_default()))),
    }
}

/// Of an `InclusiveNamespaces`, the one parameter that exclusive canonicalization has.
fn prefixes(node: Node<'_, '_>) -> Result<Vec<String>, SignatureFault> {
    let mut elements = node.children().filter(Node::is_element);
    let (first, second) = (elements.next(), elements.next());
    let Some(first) = first else { return Ok(Vec::new()) };
    let name = first.tag_name();
    let list = first.attribute("PrefixList");
    if second.is_some() || name.namespace() != Some(EXCLUSIVE) || name.name() != "InclusiveNamespaces" || list.is_none() {
        return Err(SignatureFault::Structure("its canonicalization has parameters that are not known"));
    }
    let list: Vec<_> =
        list.unwrap_or_default().split_ascii_whitespace().map(|p| if p == "#default" { String::new() } else { p.to_owned() }).collect();
    match list.len() > MOST_PREFIXES {
        true => Err(SignatureFault::Structure("its canonicalization names too many prefixes")),
        false => Ok(list),
    }
}

fn base64(node: Node<'_, '_>) -> Result<Vec<u8>, SignatureFault> {
    let compact: String = text(node).split_ascii_whitespace().collect();
    let is_text = node.children().all(|child| child.is_text());
    STANDARD.decode(compact).ok().filter(|_| is_text).ok_or(SignatureFault::Structure("a value in it is not base64"))
}
