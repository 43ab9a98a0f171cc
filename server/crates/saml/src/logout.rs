//! Signing off: asked for by a service provider, passed on to others, and answered.

mod send;

pub use send::{LogoutMessage, Outgoing};

use crate::check::{Here, Seen, check_root};
use crate::message::{MessageKind, Received, Root};
use crate::name_id::NameId;
use crate::refusal::Refusal;
use crate::service_provider::ServiceProvider;
use crate::status;
use crate::xml::Namespace::Samlp;
use crate::xml::read::short;

/// Sessions in one request: more than anybody has.
const MOST_SESSIONS: usize = 100;

/// A request to sign somebody off, as it was signed. It is to be put to [`check_logout_request`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutRequest {
    /// What every message says of itself.
    pub root: Root,
    /// Who.
    pub name_id: NameId,
    /// From which sessions; none are named: from all of this person.
    pub session_indexes: Vec<String>,
    /// It means nothing any more then (unix ms).
    pub not_on_or_after: Option<i64>,
}

/// How a request to sign somebody off went. It is to be put to [`check_logout_response`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutResponse {
    /// What every message says of itself.
    pub root: Root,
    /// The ID of the request.
    pub in_response_to: Option<String>,
    /// The code that says whose fault it is.
    pub status: String,
    /// The code that says what it is.
    pub detail: Option<String>,
    /// A sentence.
    pub message: Option<String>,
}

/// How it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogoutOutcome {
    /// The person is signed off there.
    Done,
    /// There, but not where the service provider passed it on to.
    Partial,
    /// The person is not signed off: the codes and the sentence that came, for the log.
    Failed(String),
}

impl Received {
    /// Reads it as a request to sign somebody off; certificates as for [`Received::authn_request`].
    pub fn logout_request(&self, certificates: &[Vec<u8>]) -> Result<LogoutRequest, Refusal> {
        self.read(MessageKind::LogoutRequest, certificates, |fields, root| {
            let name_id = fields.name_id()?.ok_or_else(|| fields.refuse("it has no NameID that can be read here"))?;
            Ok(LogoutRequest {
                root,
                name_id,
                session_indexes: fields.texts(Samlp, "SessionIndex", MOST_SESSIONS)?,
                not_on_or_after: fields.time("NotOnOrAfter")?,
            })
        })
    }

    /// Reads it as the answer to a request to sign somebody off; certificates as for [`Received::authn_request`].
    pub fn logout_response(&self, certificates: &[Vec<u8>]) -> Result<LogoutResponse, Refusal> {
        self.read(MessageKind::LogoutResponse, certificates, |fields, root| {
            let stated = fields.part("Status")?.ok_or_else(|| fields.refuse("it has no Status"))?;
            let code = stated.part("StatusCode")?.ok_or_else(|| fields.refuse("it has no StatusCode"))?;
            let detail = code.part("StatusCode")?.map(|second| second.required("Value")).transpose()?;
            let message = stated.part("StatusMessage")?.map(|message| message.text("StatusMessage")).transpose()?;
            let in_response_to = fields.id("InResponseTo")?;
            Ok(LogoutResponse { root, in_response_to, status: code.required("Value")?, detail, message })
        })
    }
}

/// Judges a request to sign somebody off by what is known of the service provider that its issuer named. It has to be signed,
/// whatever the connection says, since it comes through a browser (profiles, 4.4.4.1): else anybody could sign anybody off.
pub fn check_logout_request(request: &LogoutRequest, sp: &ServiceProvider, here: &Here) -> Result<Seen, Refusal> {
    let seen = check_root(&request.root, sp, here, true)?;
    check_version(&request.root)?;
    match request.not_on_or_after {
        Some(end) if end.saturating_add(here.skew_ms) <= here.now => {
            let seconds = here.now.saturating_sub(request.root.issue_instant) / 1000;
            Err(Refusal::Stale { issuer: short(&request.root.issuer), seconds })
        }
        _ => Ok(seen),
    }
}

/// Judges the answer to the request of this ID. It has to be signed as well.
pub fn check_logout_response(
    response: &LogoutResponse,
    sp: &ServiceProvider,
    here: &Here,
    request: &str,
) -> Result<LogoutOutcome, Refusal> {
    check_root(&response.root, sp, here, true)?;
    check_version(&response.root)?;
    if response.in_response_to.as_deref() != Some(request) {
        return Err(Refusal::OtherRequest(short(&response.root.issuer)));
    }
    if status::is_success(&response.status) {
        let is_partial = response.detail.as_deref().is_some_and(status::is_partial_logout);
        return Ok(if is_partial { LogoutOutcome::Partial } else { LogoutOutcome::Done });
    }
    let parts = [Some(response.status.as_str()), response.detail.as_deref(), response.message.as_deref()];
    Ok(LogoutOutcome::Failed(parts.into_iter().flatten().map(short).collect::<Vec<_>>().join(", ")))
}

fn check_version(root: &Root) -> Result<(), Refusal> {
    match root.version.as_str() {
        "2.0" => Ok(()),
        other => {
            Err(Refusal::Unmet { issuer: short(&root.issuer), why: format!("it speaks version ‘{}’ of SAML, not 2.0", short(other)) })
        }
    }
}
