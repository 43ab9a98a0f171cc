//! The answer to a request to sign on: who somebody is, or why it is not said.

mod assertion;

pub(crate) use assertion::name_id_element;
pub use assertion::{Assertion, Subject};

use crate::signature::{self, KeyInfo, SignatureError};
use crate::status::Status;
use crate::xml::Namespace::{Saml, Samlp};
use crate::xml::write::{self, Element};
use jiff::Timestamp;
use keys::SigningPair;

/// An answer, without what it says. It is made anew for each: an ID that was used is not used again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Its own ID: letters, digits and `_`, `-`, `.`, not beginning with a digit; random.
    pub id: String,
    /// This identity provider.
    pub issuer: String,
    /// The address it is sent to.
    pub destination: String,
    /// The ID of the request; none: nobody asked.
    pub in_response_to: Option<String>,
    /// Now (unix ms).
    pub issued_at: i64,
}

/// What is signed, and with what.
#[derive(Clone, Copy, Debug)]
pub struct Signing<'a> {
    /// The key.
    pub key: &'a SigningPair,
    /// Its certificate goes along, for whoever has several to choose from.
    pub key_info: KeyInfo,
    /// The assertion has a signature of its own.
    pub assertion: bool,
    /// The response has one, over all of it.
    pub response: bool,
}

impl<'a> Signing<'a> {
    /// Both signed, with the certificate: what every service provider accepts.
    pub fn both(key: &'a SigningPair) -> Self {
        Self { key, key_info: KeyInfo::Certificate, assertion: true, response: true }
    }
}

/// Why a message was not made, for an administrator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// A value that XML cannot hold.
    #[error("{what} has the character U+{:04X} in it, which XML cannot hold", *.character as u32)]
    Text {
        /// What has it, as in ‘the attribute ‘mail’’.
        what: String,
        /// The character.
        character: char,
    },
    /// Something is missing.
    #[error("{0} is empty")]
    Empty(String),
    /// A time that cannot be written.
    #[error("a time in it is none that can be written")]
    Time,
    /// An ID that is none.
    #[error("‘{0}’ cannot be an ID in XML")]
    Id(String),
    /// Two IDs are one.
    #[error("the response and its assertion have the same ID")]
    SameId,
    /// It would not be signed, so nobody could believe it.
    #[error("neither the assertion nor the response would be signed")]
    Unsigned,
    /// It would go in a way that is none for browsers.
    #[error("the service provider's address is neither for HTTP-POST nor for HTTP-Redirect")]
    Binding,
    /// It was not signed.
    #[error("it could not be signed")]
    Signature(#[source] SignatureError),
}

impl Response {
    /// Says who somebody is.
    pub fn success(&self, assertion: &Assertion, signing: &Signing<'_>) -> Result<String, IssueError> {
        if !signing.assertion && !signing.response {
            return Err(IssueError::Unsigned);
        }
        if assertion.id == self.id {
            return Err(IssueError::SameId);
        }
        // The assertion repeats what the response says, and fails less clearly.
        let root = self.root()?;
        let said = assertion.element(self)?;
        let said = if signing.assertion { sign(said, signing)? } else { said };
        finish(root, Status::Success, None, Some(said), signing)
    }

    /// Says why it is not said. The response is signed, since there is nothing else to sign. `message`: a sentence for the service
    /// provider's log.
    pub fn error(&self, status: Status, message: Option<&str>, signing: &Signing<'_>) -> Result<String, IssueError> {
        finish(self.root()?, status, message, None, &Signing { response: true, ..*signing })
    }

    fn root(&self) -> Result<Element, IssueError> {
        let root = Element::new(Samlp, "Response")
            .with("ID", id(&self.id)?)
            .with("Version", "2.0")
            .with("IssueInstant", time(self.issued_at)?)
            .with("Destination", full("the address of the service provider", &self.destination)?);
        let root = match &self.in_response_to {
            Some(request) => root.with("InResponseTo", full("the ID of the request", request)?),
            None => root,
        };
        Ok(root.child(Element::new(Saml, "Issuer").text(full("the Entity ID of this server", &self.issuer)?)))
    }
}

fn finish(
    root: Element,
    status: Status,
    message: Option<&str>,
    said: Option<Element>,
    signing: &Signing<'_>,
) -> Result<String, IssueError> {
    let root = root.child(status_element(status, message)?).all(said);
    let root = if signing.response { sign(root, signing)? } else { root };
    root.document().map_err(|illegal| IssueError::Text { what: "the response".to_owned(), character: illegal.0 })
}

/// With a signature behind the issuer, where the schema wants it.
fn sign(element: Element, signing: &Signing<'_>) -> Result<Element, IssueError> {
    signature::sign_with(element, 1, signing.key, signing.key_info).map_err(IssueError::Signature)
}

/// How a request went, as an element.
pub(crate) fn status_element(status: Status, message: Option<&str>) -> Result<Element, IssueError> {
    let code = |value: String| Element::new(Samlp, "StatusCode").with("Value", value);
    let (top, second) = status.codes();
    let element = Element::new(Samlp, "Status").child(code(top).all(second.map(code)));
    Ok(match message {
        Some(message) => element.child(Element::new(Samlp, "StatusMessage").text(legal("the message of the status", message)?)),
        None => element,
    })
}

/// A value that XML can hold.
pub(crate) fn legal<'v>(what: &str, value: &'v str) -> Result<&'v str, IssueError> {
    write::check(value).map_err(|illegal| IssueError::Text { what: what.to_owned(), character: illegal.0 }).map(|()| value)
}

/// A value that XML can hold and that is not empty.
pub(crate) fn full<'v>(what: &str, value: &'v str) -> Result<&'v str, IssueError> {
    match value.is_empty() {
        true => Err(IssueError::Empty(what.to_owned())),
        false => legal(what, value),
    }
}

/// An `xsd:ID`, of ASCII so that nobody disagrees.
pub(crate) fn id(id: &str) -> Result<&str, IssueError> {
    let begins = id.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    match begins && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')) {
        true => Ok(id),
        false => Err(IssueError::Id(crate::xml::read::short(id))),
    }
}

/// In whole seconds, which every reader of times can read.
pub(crate) fn time(ms: i64) -> Result<String, IssueError> {
    let time = Timestamp::from_millisecond(ms).map_err(|_| IssueError::Time)?;
    Ok(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}
