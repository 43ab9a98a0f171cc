//! How a message goes on its way through the browser.

use crate::signature::{SignatureError, algorithm};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use keys::SigningPair;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::io::Write as _;

/// Whether a message asks or answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// It asks.
    Request,
    /// It answers.
    Response,
}

impl Parameter {
    /// Its name in forms and addresses.
    pub fn name(self) -> &'static str {
        match self {
            Parameter::Request => "SAMLRequest",
            Parameter::Response => "SAMLResponse",
        }
    }
}

/// A form for the browser to post. Nothing in it is escaped for HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostForm {
    /// Where it goes.
    pub action: String,
    /// Hidden fields.
    pub fields: Vec<(&'static str, String)>,
}

/// A document by HTTP-POST. The relay state goes back as it came.
pub fn post_form(action: &str, parameter: Parameter, document: &str, relay_state: Option<&str>) -> PostForm {
    let mut fields = vec![(parameter.name(), STANDARD.encode(document))];
    fields.extend(relay_state.map(|state| ("RelayState", state.to_owned())));
    PostForm { action: action.to_owned(), fields }
}

/// What is not escaped in a query (RFC 3986, 2.3), and blanks, which become plus signs: many service providers decode what they got
/// and encode it again, as forms do, before they verify it, and would find other octets than were signed.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b' ');

/// A document by HTTP-Redirect, with a signature over the very octets of the address.
pub fn redirect(
    address: &str,
    parameter: Parameter,
    document: &str,
    relay_state: Option<&str>,
    key: &SigningPair,
) -> Result<String, SignatureError> {
    let mut query = query(parameter, document, relay_state)?;
    query.push_str(&format!("&SigAlg={}", escape(algorithm(key.scheme()))));
    let signature = key.sign(query.as_bytes()).map_err(|_| SignatureError::Key)?;
    Ok(format!("{}&Signature={}", join(address, &query), escape(&STANDARD.encode(signature))))
}

/// The same without a signature, as many service providers ask.
pub fn redirect_unsigned(address: &str, parameter: Parameter, document: &str, relay_state: Option<&str>) -> Result<String, SignatureError> {
    Ok(join(address, &query(parameter, document, relay_state)?))
}

/// What is signed.
fn query(parameter: Parameter, document: &str, relay_state: Option<&str>) -> Result<String, SignatureError> {
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
    // Memory does not run out of room.
    let deflated = deflate.write_all(document.as_bytes()).and_then(|()| deflate.finish()).map_err(|_| SignatureError::Key)?;
    let mut query = format!("{}={}", parameter.name(), escape(&STANDARD.encode(deflated)));
    if let Some(state) = relay_state {
        query.push_str(&format!("&RelayState={}", escape(state)));
    }
    Ok(query)
}

fn escape(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string().replace(' ', "+")
}

fn join(address: &str, query: &str) -> String {
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}{query}")
}
