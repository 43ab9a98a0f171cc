//! Messages of service providers as they arrive through a browser: decoded, bounded, parsed, and not yet believed.
//!
//! Two steps, since only the issuer of a message tells whose certificates it is to be checked with: [`Received`] says who it claims
//! to be from, and [`Received::authn_request`] and its like take the certificates and answer with what was signed.

mod fields;
mod query;

pub(crate) use fields::Fields;
pub use fields::Root;
pub(crate) use query::{Query, QuerySignature};

use crate::refusal::Refusal;
use crate::signature::{self, SignatureFault, verify::verify};
use crate::xml::Namespace::Samlp;
use crate::xml::bounds::{Bounds, check};
use crate::xml::read::{is, parse, short};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use domain::model::sp_metadata::Binding;

/// What a message may have. Real ones have a few kilobytes, most of it signature and certificate.
pub const BOUNDS: Bounds =
    Bounds { bytes: 64 * 1024, depth: 32, elements: 1_000, attributes: 50, namespaces_in_scope: 32, namespaces: 500 };
/// Of a message in base64 with line breaks, as a form brings it.
pub const MOST_ENCODED_BYTES: usize = 96 * 1024;
/// Of a query string.
pub const MOST_QUERY_BYTES: usize = 64 * 1024;
/// Of a relay state. The standard says 80; several service providers put a whole address in it.
pub const MOST_RELAY_STATE_BYTES: usize = 4 * 1024;

/// Which messages come here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// Somebody is to be signed on.
    AuthnRequest,
    /// Somebody is to be signed off.
    LogoutRequest,
    /// How a request to sign off went.
    LogoutResponse,
}

impl MessageKind {
    const ALL: [MessageKind; 3] = [MessageKind::AuthnRequest, MessageKind::LogoutRequest, MessageKind::LogoutResponse];

    /// The name of its element.
    pub fn element(self) -> &'static str {
        match self {
            MessageKind::AuthnRequest => "AuthnRequest",
            MessageKind::LogoutRequest => "LogoutRequest",
            MessageKind::LogoutResponse => "LogoutResponse",
        }
    }

    fn is_response(self) -> bool {
        self == MessageKind::LogoutResponse
    }
}

/// Whether a message was proved to be from its issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// It has no signature.
    No,
    /// It has one, and there was no certificate to check it with.
    Unchecked,
    /// By this one of the certificates that were given.
    By(usize),
}

impl Signed {
    /// It was signed, and the signature holds.
    pub fn is_proved(self) -> bool {
        matches!(self, Signed::By(_))
    }
}

/// A message as it arrived. Nothing of it is to be believed yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Received {
    kind: MessageKind,
    binding: Binding,
    issuer: String,
    relay_state: Option<String>,
    text: String,
    query: Option<QuerySignature>,
}

impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Received({:?} by {:?} from {:?}, {} bytes)", self.kind, self.binding, self.issuer, self.text.len())
    }
}

impl Received {
    /// By HTTP-POST: the decoded fields of the form.
    pub fn by_post<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Refusal> {
        let (mut request, mut response, mut relay_state) = (None, None, None);
        for (name, value) in fields {
            let (place, name) = match name {
                "SAMLRequest" => (&mut request, "SAMLRequest"),
                "SAMLResponse" => (&mut response, "SAMLResponse"),
                "RelayState" => (&mut relay_state, "RelayState"),
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(Refusal::Twice(name));
            }
        }
        let (is_response, encoded) = one_of(request, response)?;
        if encoded.len() > MOST_ENCODED_BYTES {
            return Err(Refusal::TooLong("message", MOST_ENCODED_BYTES));
        }
        let text = text_of(decode(encoded)?)?;
        Self::of(text, is_response, Binding::HttpPost, relay_state.map(str::to_owned), None)
    }

    /// By HTTP-Redirect: the query string, exactly as the browser sent it, for that is what was signed.
    pub fn by_redirect(raw_query: &str) -> Result<Self, Refusal> {
        let query = Query::read(raw_query)?;
        let text = text_of(query.inflate(BOUNDS.bytes)?)?;
        Self::of(text, query.is_response, Binding::HttpRedirect, query.relay_state, query.signature)
    }

    fn of(
        text: String,
        is_response: bool,
        binding: Binding,
        relay_state: Option<String>,
        query: Option<QuerySignature>,
    ) -> Result<Self, Refusal> {
        let relay_state = relay_state.filter(|state| !state.is_empty());
        if relay_state.as_ref().is_some_and(|state| state.len() > MOST_RELAY_STATE_BYTES) {
            return Err(Refusal::TooLong("RelayState", MOST_RELAY_STATE_BYTES));
        }
        check(&text, &BOUNDS).map_err(Refusal::Beyond)?;
        let document = parse(&text).map_err(|error| Refusal::Malformed(error.to_string()))?;
        if document.descendants().any(|node| node.is_pi()) {
            return Err(Refusal::Instruction);
        }
        let root = document.root_element();
        let kind = MessageKind::ALL.into_iter().find(|kind| is(root, Samlp, kind.element()) && kind.is_response() == is_response);
        let kind = kind.ok_or_else(|| Refusal::OtherMessage(short(root.tag_name().name())))?;
        let issuer = Fields::of(root, kind).issuer()?;
        Ok(Self { kind, binding, issuer, relay_state, text, query })
    }

    /// Which message it is.
    pub fn kind(&self) -> MessageKind {
        self.kind
    }

    /// How it came.
    pub fn binding(&self) -> Binding {
        self.binding
    }

    /// Who it says it is from: good for looking up whose certificates to check it with, and for nothing else.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What the sender wants back with the answer.
    pub fn relay_state(&self) -> Option<&str> {
        self.relay_state.as_deref()
    }

    /// Checks the signature, if there is one, and hands the root to a reader: of what was signed, if it was.
    pub(crate) fn read<T>(
        &self,
        kind: MessageKind,
        certificates: &[Vec<u8>],
        reader: impl FnOnce(&Fields<'_, '_>, Root) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        if self.kind != kind {
            return Err(Refusal::OtherMessage(self.kind.element().to_owned()));
        }
        let (text, signed) = self.verified(certificates)?;
        let document = parse(&text).map_err(|error| Refusal::Malformed(error.to_string()))?;
        let fields = Fields::of(document.root_element(), kind);
        let root = fields.root(signed, self.binding, self.relay_state.clone())?;
        reader(&fields, root)
    }

    fn verified(&self, certificates: &[Vec<u8>]) -> Result<(String, Signed), Refusal> {
        let refused = |fault: SignatureFault| Refusal::Signature { issuer: short(&self.issuer), fault };
        let document = parse(&self.text).map_err(|error| Refusal::Malformed(error.to_string()))?;
        let signature = signature::verify::signature(&document).map_err(refused)?;
        if self.binding == Binding::HttpRedirect {
            if signature.is_some() {
                return Err(refused(SignatureFault::Structure(
                    "a message that comes in an address has its signature there, not in itself",
                )));
            }
            return match &self.query {
                None => Ok((self.text.clone(), Signed::No)),
                Some(_) if certificates.is_empty() => Ok((self.text.clone(), Signed::Unchecked)),
                Some(query) => query.verify(certificates).map(|at| (self.text.clone(), Signed::By(at))).map_err(refused),
            };
        }
        match signature {
            None => Ok((self.text.clone(), Signed::No)),
            Some(_) if certificates.is_empty() => Ok((self.text.clone(), Signed::Unchecked)),
            Some(signature) => {
                verify(document.root_element(), signature, certificates).map(|v| (v.text, Signed::By(v.certificate))).map_err(refused)
            }
        }
    }
}

/// The request or the response: one of them, not both.
fn one_of<T>(request: Option<T>, response: Option<T>) -> Result<(bool, T), Refusal> {
    match (request, response) {
        (Some(request), None) => Ok((false, request)),
        (None, Some(response)) => Ok((true, response)),
        (None, None) => Err(Refusal::Nothing),
        (Some(_), Some(_)) => Err(Refusal::Twice("message")),
    }
}

/// Padding is often lost on the way; it says nothing.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));

/// Of base64 with or without line breaks.
pub(crate) fn decode(encoded: &str) -> Result<Vec<u8>, Refusal> {
    let compact: String = encoded.split_ascii_whitespace().collect();
    BASE64.decode(compact).map_err(|_| Refusal::Encoding("it is not base64"))
}

pub(crate) fn text_of(bytes: Vec<u8>) -> Result<String, Refusal> {
    let text = String::from_utf8(bytes).map_err(|_| Refusal::Encoding("it is not UTF-8 text"))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
