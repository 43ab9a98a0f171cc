//! The query string of HTTP-Redirect (SAML 2.0 bindings, 3.4): DEFLATE, and a signature over the octets as they came.
//!
//! The same value can be escaped in several ways, and a signature holds for one of them only. So nothing here is decoded and
//! encoded again before it is verified, and what could be taken for one parameter or for another is refused.

use super::{decode, one_of};
use crate::refusal::Refusal;
use crate::signature::SignatureFault;
use crate::signature::public::{Algorithm, Form};
use crate::xml::read::short;
use flate2::{Decompress, FlushDecompress, Status};
use percent_encoding::percent_decode_str;

const NAMES: [&str; 6] = ["SAMLRequest", "SAMLResponse", "RelayState", "SigAlg", "Signature", "SAMLEncoding"];
const DEFLATE: &str = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE";

pub(crate) struct Query {
    pub(crate) is_response: bool,
    pub(crate) relay_state: Option<String>,
    pub(crate) signature: Option<QuerySignature>,
    deflated: Vec<u8>,
}

/// A signature in an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QuerySignature {
    /// What it is over. Two readings where the relay state is there and empty: some sign that it is, some leave it out.
    octets: Vec<String>,
    algorithm: String,
    value: Vec<u8>,
}

impl Query {
    /// Reads a query string as it came.
    pub(crate) fn read(raw: &str) -> Result<Self, Refusal> {
        if raw.len() > super::MOST_QUERY_BYTES {
            return Err(Refusal::TooLong("query", super::MOST_QUERY_BYTES));
        }
        let mut values: [Option<&str>; NAMES.len()] = [None; NAMES.len()];
        for pair in raw.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            // An escaped name would be ours to whoever decodes it, and another to whoever does not.
            let Some(at) = NAMES.iter().position(|known| unescape(name).as_deref() == Some(known)) else { continue };
            if name != NAMES[at] {
                return Err(Refusal::Encoding("the name of a parameter is escaped"));
            }
            if values[at].replace(value).is_some() {
                return Err(Refusal::Twice(NAMES[at]));
            }
        }
        let [request, response, relay_state, algorithm, signature, encoding] = values;
        let (is_response, encoded) = one_of(request, response)?;
        if encoding.is_some_and(|encoding| unescape(encoding).as_deref() != Some(DEFLATE)) {
            return Err(Refusal::Encoding("its SAMLEncoding is not DEFLATE, the only one that there is"));
        }
        let deflated = decode(&unescape(encoded).ok_or(NOT_TEXT)?)?;
        let signature = match (algorithm, signature) {
            (None, None) => None,
            (Some(algorithm), Some(value)) => {
                let name = if is_response { NAMES[1] } else { NAMES[0] };
                let octets = |state: Option<&str>| {
                    let state = state.map(|state| format!("&RelayState={state}")).unwrap_or_default();
                    format!("{name}={encoded}{state}&SigAlg={algorithm}")
                };
                Some(QuerySignature {
                    octets: match relay_state {
                        Some("") => vec![octets(Some("")), octets(None)],
                        state => vec![octets(state)],
                    },
                    algorithm: unescape(algorithm).ok_or(NOT_TEXT)?,
                    value: decode(&unescape(value).ok_or(NOT_TEXT)?)?,
                })
            }
            _ => return Err(Refusal::Encoding("of SigAlg and Signature only one is there")),
        };
        // Elsewhere a plus sign is one; here it is a blank, as forms write it.
        let relay_state = relay_state.map(|state| unescape(&state.replace('+', " ")).ok_or(NOT_TEXT)).transpose()?;
        Ok(Self { is_response, relay_state, signature, deflated })
    }

    /// The message, of at most so many bytes.
    pub(crate) fn inflate(&self, most: usize) -> Result<Vec<u8>, Refusal> {
        let mut inflater = Decompress::new(false);
        // One byte more than may be, by which what is too long shows.
        let mut out = Vec::with_capacity(most + 1);
        let status = inflater
            .decompress_vec(&self.deflated, &mut out, FlushDecompress::Finish)
            .map_err(|_| Refusal::Encoding("it is not compressed by DEFLATE"))?;
        match status {
            _ if out.len() > most => Err(Refusal::Beyond(crate::xml::bounds::Beyond::Bytes(most))),
            Status::StreamEnd if inflater.total_in() == self.deflated.len() as u64 => Ok(out),
            Status::StreamEnd => Err(Refusal::Encoding("something stands behind the compressed message")),
            Status::Ok | Status::BufError => Err(Refusal::Encoding("its compressed form is cut off")),
        }
    }
}

impl QuerySignature {
    /// Which of the certificates (DER) verifies it.
    pub(crate) fn verify(&self, certificates: &[Vec<u8>]) -> Result<usize, SignatureFault> {
        let algorithm = Algorithm::of(&self.algorithm).ok_or_else(|| SignatureFault::Algorithm(short(&self.algorithm)))?;
        let verify = |octets: &String| algorithm.verify(octets.as_bytes(), &self.value, Form::Query, certificates);
        let mut outcomes = self.octets.iter().map(verify);
        let first = outcomes.next().unwrap_or(Err(SignatureFault::Value));
        first.or_else(|fault| outcomes.find_map(Result::ok).ok_or(fault))
    }
}

const NOT_TEXT: Refusal = Refusal::Encoding("a parameter of the address is not text");

fn unescape(value: &str) -> Option<String> {
    percent_decode_str(value).decode_utf8().ok().map(Into::into)
}
