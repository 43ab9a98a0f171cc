//! Why a message is not acted on: a code for the page that anybody may see, a sentence for the administrator's log.

use crate::signature::SignatureFault;
use crate::xml::bounds::Beyond;

/// Why a message is not acted on. As text it is a sentence for an administrator; it quotes what the message said, so it is not for
/// the page that answers it: that shows [`code`](Refusal::code).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No message came.
    #[error("There is neither a SAMLRequest nor a SAMLResponse in what the browser sent. Was the address opened by hand?")]
    Nothing,
    /// A parameter came twice, so it could mean either.
    #[error("What the browser sent has more than one {0}, of which only one can be meant.")]
    Twice(&'static str),
    /// A parameter is longer than this.
    #[error("The {0} is refused because it is longer than {1} bytes.")]
    TooLong(&'static str, usize),
    /// The message is not encoded as its binding prescribes.
    #[error("The message cannot be read: {0}.")]
    Encoding(&'static str),
    /// Over a bound.
    #[error("The message is refused: {0}.")]
    Beyond(Beyond),
    /// No well-formed XML.
    #[error("The message is not well-formed XML ({0}).")]
    Malformed(String),
    /// XML with instructions for some program.
    #[error("The message is refused because it has a processing instruction in it.")]
    Instruction,
    /// Some other message.
    #[error("The message begins with ‘{0}’, which is no message that is expected here.")]
    OtherMessage(String),
    /// A part is missing or cannot be read.
    #[error("The {message} from ‘{issuer}’ cannot be used: {why}.")]
    Part {
        /// What kind of message it is.
        message: &'static str,
        /// Who sent it, by its own word.
        issuer: String,
        /// What is wrong.
        why: String,
    },
    /// Its signature.
    #[error("The message from ‘{issuer}’ is refused: {fault}.")]
    Signature {
        /// Who sent it, by its own word.
        issuer: String,
        /// What is wrong with it.
        fault: SignatureFault,
    },
    /// Nobody is configured who goes by this name, or somebody else is.
    #[error(
        "The message is from ‘{0}’, for which there is no active connection. Compare the Entity ID of the connection with it, letter by letter."
    )]
    UnknownIssuer(String),
    /// It had to be signed.
    #[error("The message from ‘{0}’ is refused: it is not signed, and the connection requires that it is.")]
    Unsigned(String),
    /// It is signed, and nobody knows with what.
    #[error(
        "The message from ‘{0}’ is refused: it has to be signed, and the connection has no certificate to verify that with. Add the certificate that the service provider signs with."
    )]
    NoCertificate(String),
    /// It was sent elsewhere.
    #[error(
        "The message from ‘{issuer}’ is refused: it is meant for ‘{stated}’, and this is {here}. Has the service provider old metadata, or is the Base URL wrong?"
    )]
    Destination {
        /// Who sent it.
        issuer: String,
        /// Where.
        stated: String,
        /// Where it came to.
        here: String,
    },
    /// It is signed and does not say for whom.
    #[error(
        "The message from ‘{0}’ is refused: it is signed but does not say for whom, so it could be one that was meant for somebody else."
    )]
    NoDestination(String),
    /// It is too old.
    #[error(
        "The message from ‘{issuer}’ is refused: it was made {seconds} seconds ago. Either it waited in a browser, or one of the two clocks is wrong."
    )]
    Stale {
        /// Who sent it.
        issuer: String,
        /// How old it is.
        seconds: i64,
    },
    /// It is of a time to come.
    #[error(
        "The message from ‘{issuer}’ is refused: by its own word it will be made in {seconds} seconds. One of the two clocks is wrong."
    )]
    Future {
        /// Who sent it.
        issuer: String,
        /// How far ahead it is.
        seconds: i64,
    },
    /// It answers something else.
    #[error("The message from ‘{0}’ is refused: it does not answer the request that was sent.")]
    OtherRequest(String),
    /// What it asks for does not go.
    #[error("The message from ‘{issuer}’ cannot be met: {why}.")]
    Unmet {
        /// Who sent it.
        issuer: String,
        /// What and why.
        why: String,
    },
}

impl Refusal {
    /// A word for the page that anybody may see: enough to find the sentence in the log by, nothing to learn from. All that is
    /// wrong with a signature has the same.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Nothing
            | Refusal::Twice(_)
            | Refusal::TooLong(..)
            | Refusal::Encoding(_)
            | Refusal::Beyond(_)
            | Refusal::Malformed(_)
            | Refusal::Instruction
            | Refusal::OtherMessage(_)
            | Refusal::Part { .. } => "saml-message",
            Refusal::Signature { .. } | Refusal::Unsigned(_) | Refusal::NoCertificate(_) => "saml-signature",
            Refusal::UnknownIssuer(_) => "saml-issuer",
            Refusal::Destination { .. } | Refusal::NoDestination(_) => "saml-destination",
            Refusal::Stale { .. } | Refusal::Future { .. } => "saml-time",
            Refusal::OtherRequest(_) | Refusal::Unmet { .. } => "saml-request",
        }
    }
}
