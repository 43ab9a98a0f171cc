//! The answer to a request to sign on, as the service provider reads it that asked.
//!
//! The same bounds hold as for messages that come here, and the same rule: what was not signed is not read. An assertion is
//! believed when it is signed itself, or when the response around it is; a signature that does not hold spoils the whole.

mod told;

pub use told::{Confirmation, Told, ToldAttribute};

use crate::message::{BOUNDS, MOST_ENCODED_BYTES, Signed, decode, text_of};
use crate::refusal::Refusal;
use crate::signature::{SignatureFault, verify::verify};
use crate::status;
use crate::xml::Namespace::{Ds, Saml, Samlp};
use crate::xml::bounds::check;
use crate::xml::read::{children, is, parse, short, text, time};
use roxmltree::{Document, Node};

/// Why an answer is not believed, as a sentence for an administrator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Disbelief {
    /// It cannot be read, whoever it is from.
    #[error("{0}")]
    Unreadable(#[source] Refusal),
    /// Something in it is not as SAML prescribes.
    #[error("The response cannot be used: {0}.")]
    Part(String),
    /// A signature does not hold.
    #[error("The {what} is refused: {}.", words(.fault))]
    Signature {
        /// The response or the assertion.
        what: &'static str,
        /// What is wrong.
        fault: SignatureFault,
    },
    /// Nothing is signed.
    #[error("Neither the response nor the assertion in it is signed.")]
    Unsigned,
}

/// The faults that speak of a service provider's certificates are told from the other side.
fn words(fault: &SignatureFault) -> String {
    match fault {
        SignatureFault::Value => {
            "its signature was made with a key that none of the known certificates of the identity provider is for".to_owned()
        }
        SignatureFault::OtherKind => {
            "none of the known certificates of the identity provider is for the kind of key it was signed with".to_owned()
        }
        other => other.to_string(),
    }
}

/// An answer. What it says of the response itself is proved only if [`Answer::signed`] is; the assertion is, always.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its name for itself.
    pub id: String,
    /// Who sent it.
    pub issuer: Option<String>,
    /// When (unix ms).
    pub issue_instant: i64,
    /// Where it was sent.
    pub destination: Option<String>,
    /// The request that it answers.
    pub in_response_to: Option<String>,
    /// How the request went: the code, and further ones in it.
    pub status: Vec<String>,
    /// What is said about that.
    pub status_message: Option<String>,
    /// Whether the response itself was proved to be from its issuer.
    pub signed: Signed,
    /// Who somebody is.
    pub assertion: Option<Told>,
}

/// Status codes inside each other: two are usual.
const MOST_CODES: usize = 4;

impl Answer {
    /// Of the decoded form field `SAMLResponse`, with the certificates (DER) of the identity provider.
    pub fn read(encoded: &str, certificates: &[Vec<u8>]) -> Result<Self, Disbelief> {
        if encoded.len() > MOST_ENCODED_BYTES {
            return Err(Disbelief::Unreadable(Refusal::TooLong("message", MOST_ENCODED_BYTES)));
        }
        let source = decode(encoded).and_then(text_of).map_err(Disbelief::Unreadable)?;
        check(&source, &BOUNDS).map_err(|beyond| Disbelief::Unreadable(Refusal::Beyond(beyond)))?;
        let document = document(&source)?;
        if document.descendants().any(|node| node.is_pi()) {
            return Err(Disbelief::Unreadable(Refusal::Instruction));
        }
        let root = document.root_element();
        if !is(root, Samlp, "Response") {
            return Err(Disbelief::Unreadable(Refusal::OtherMessage(short(root.tag_name().name()))));
        }
        let placed = Placed::of(root)?;
        let whole = placed.signature(root, "response", certificates)?;
        let said = placed.assertion.map(|assertion| placed.signature(assertion, "assertion", certificates)).transpose()?.flatten();

        let (text, signed) = match &whole {
            Some(whole) => (whole.0.as_str(), whole.1),
            None => (source.as_str(), Signed::No),
        };
        let read = self::document(text)?;
        let root = read.root_element();
        let assertion = match (said, child(root, Saml, "Assertion")?) {
            (Some((own, signed)), _) => Some(Told::read(self::document(&own)?.root_element(), signed)?),
            (None, Some(assertion)) if signed.is_proved() => Some(Told::read(assertion, signed)?),
            (None, Some(_)) => return Err(Disbelief::Unsigned),
            (None, None) => None,
        };
        Ok(Self {
            id: required(root, "ID")?,
            issuer: child(root, Saml, "Issuer")?.map(text_within).transpose()?,
            issue_instant: instant(root, "IssueInstant")?.ok_or_else(|| part("it has no IssueInstant"))?,
            destination: attribute(root, "Destination")?,
            in_response_to: attribute(root, "InResponseTo")?,
            status: codes(root)?,
            status_message: child(root, Samlp, "Status")?
                .map(|status| child(status, Samlp, "StatusMessage"))
                .transpose()?
                .flatten()
                .map(|message| short(&self::text(message))),
            signed,
            assertion,
        })
    }

    /// Whether somebody was signed on, by the word of the status.
    pub fn is_success(&self) -> bool {
        self.status.first().is_some_and(|code| status::is_success(code))
    }
}

/// What stands where it may.
struct Placed<'a, 'i> {
    assertion: Option<Node<'a, 'i>>,
}

impl<'a, 'i> Placed<'a, 'i> {
    /// Anything signed that stands elsewhere could be meant to be taken for what stands here.
    fn of(root: Node<'a, 'i>) -> Result<Self, Disbelief> {
        let mut assertions = root.descendants().filter(|node| is(*node, Saml, "Assertion"));
        let (first, second) = (assertions.next(), assertions.next());
        if root.descendants().any(|node| is(node, Saml, "EncryptedAssertion")) {
            return Err(part("its assertion is encrypted, and there is no key here to read it with"));
        }
        if second.is_some() || first.is_some_and(|assertion| assertion.parent() != Some(root)) {
            return Err(part("it has more than one assertion, or one that does not stand directly in it"));
        }
        let may_have = [Some(root), first];
        for signature in root.descendants().filter(|node| is(*node, Ds, "Signature")) {
            let Some(parent) = signature.parent().filter(|parent| may_have.contains(&Some(*parent))) else {
                return Err(Disbelief::Signature { what: "response", fault: SignatureFault::Misplaced });
            };
            if children(parent, Ds, "Signature").count() > 1 {
                return Err(Disbelief::Signature { what: "response", fault: SignatureFault::Several });
            }
        }
        Ok(Self { assertion: first })
    }

    /// What an element's own signature covers, if it has one.
    fn signature(
        &self,
        element: Node<'a, 'i>,
        what: &'static str,
        certificates: &[Vec<u8>],
    ) -> Result<Option<(String, Signed)>, Disbelief> {
        let Some(signature) = children(element, Ds, "Signature").next() else { return Ok(None) };
        let verified = verify(element, signature, certificates).map_err(|fault| Disbelief::Signature { what, fault })?;
        Ok(Some((verified.text, Signed::By(verified.certificate))))
    }
}

fn document(text: &str) -> Result<Document<'_>, Disbelief> {
    parse(text).map_err(|error| Disbelief::Unreadable(Refusal::Malformed(error.to_string())))
}

fn codes(root: Node<'_, '_>) -> Result<Vec<String>, Disbelief> {
    let mut at = child(root, Samlp, "Status")?.ok_or_else(|| part("it has no Status"))?;
    let mut codes = Vec::new();
    while let Some(code) = child(at, Samlp, "StatusCode")? {
        if codes.len() == MOST_CODES {
            return Err(part("it has too many status codes"));
        }
        codes.push(required(code, "Value")?);
        at = code;
    }
    match codes.is_empty() {
        true => Err(part("it has no StatusCode")),
        false => Ok(codes),
    }
}

fn part(why: impl Into<String>) -> Disbelief {
    Disbelief::Part(why.into())
}

/// An element in another, of which there may be one.
fn child<'a, 'i>(node: Node<'a, 'i>, namespace: crate::xml::Namespace, name: &'static str) -> Result<Option<Node<'a, 'i>>, Disbelief> {
    let mut all = children(node, namespace, name);
    match (all.next(), all.next()) {
        (Some(_), Some(_)) => Err(part(format!("it has more than one {name}"))),
        (first, _) => Ok(first),
    }
}

/// Longest value that is taken.
const LONGEST: usize = 2048;

fn bounded(name: &str, value: String) -> Result<String, Disbelief> {
    match value.len() > LONGEST {
        true => Err(part(format!("its {name} is longer than {LONGEST} bytes"))),
        false => Ok(value),
    }
}

fn text_within(node: Node<'_, '_>) -> Result<String, Disbelief> {
    bounded(node.tag_name().name(), text(node))
}

fn attribute(node: Node<'_, '_>, name: &'static str) -> Result<Option<String>, Disbelief> {
    node.attribute(name).map(|value| bounded(name, value.to_owned())).transpose()
}

fn required(node: Node<'_, '_>, name: &'static str) -> Result<String, Disbelief> {
    let value = attribute(node, name)?.filter(|value| !value.is_empty());
    value.ok_or_else(|| part(format!("a {} in it has no {name}", node.tag_name().name())))
}

fn instant(node: Node<'_, '_>, name: &'static str) -> Result<Option<i64>, Disbelief> {
    let Some(stated) = attribute(node, name)? else { return Ok(None) };
    time(&stated).map(Some).ok_or_else(|| part(format!("its {name} ‘{}’ is not a time", short(&stated))))
}
