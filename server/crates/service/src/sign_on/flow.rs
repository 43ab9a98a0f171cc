//! A sign-on under way. It is kept nowhere: the browser carries it, sealed, from the request to the form and back, so that strangers
//! who only knock make this server keep nothing.

use super::Turned;
use crate::Service;
use domain::id::ConnectionId;
use domain::secret::Secret;
use saml::NameId;
use serde::{Deserialize, Serialize};
use store::seal;

/// People look for their passwords; after this long they begin again.
const FLOW_MS: i64 = 30 * 60_000;

/// A sign-on under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// Under which the logs have it.
    pub tracking: String,
    /// Where it leads.
    pub connection: ConnectionId,
    /// What the service provider asked for.
    pub wanted: Wanted,
    /// The adapter that was asked for, by its Instance ID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<String>,
    /// Wrong passwords so far.
    #[serde(default)]
    pub attempts: u32,
    /// When it began (unix ms).
    pub begun_at: i64,
    /// When it ends.
    pub ends_at: i64,
}

/// What a service provider asked for, or what is done unasked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// The ID of the request; none: nobody asked.
    pub request: Option<String>,
    /// Where the answer goes. It is looked up once more when the answer is made.
    pub consumer: String,
    /// What comes back with the answer.
    pub relay_state: Option<String>,
    /// In which format the person is named.
    pub name_id_format: Option<String>,
    /// As what the authentication is stated.
    pub authn_context: String,
    /// A session that is open does not do.
    pub force_authn: bool,
    /// Nobody is asked anything.
    pub is_passive: bool,
    /// Who is to be signed on, and nobody else: name and format.
    pub subject: Option<(String, Option<String>)>,
    /// What keeps the request from being answered twice: its key, and until when it is to be kept.
    pub seen: Option<(String, i64)>,
}

impl Wanted {
    /// Whether somebody who goes by this name there is who is wanted.
    pub(crate) fn is_about(&self, name: &NameId) -> bool {
        self.subject.as_ref().is_none_or(|(value, format)| {
            let open = |format: &Option<String>| format.as_ref().is_none_or(|format| format.ends_with(":unspecified"));
            *value == name.value && (open(format) || open(&name.format) || *format == name.format)
        })
    }
}

impl Flow {
    pub(crate) fn new(tracking: &str, connection: ConnectionId, wanted: Wanted, now: i64) -> Self {
        let tracking = tracking.to_owned();
        Self { tracking, connection, wanted, adapter: None, attempts: 0, begun_at: now, ends_at: now.saturating_add(FLOW_MS) }
    }
}

impl Service {
    /// A flow, sealed for the browser with what ties it to that browser; of letters that an address can hold.
    pub fn seal_flow(&self, flow: &Flow, tied_to: &str) -> Result<String, Turned> {
        let text = serde_json::to_string(flow).map_err(|error| Turned::refused("sign-on-state", error.to_string()))?;
        let sealed = self.store.seal(&Secret::new(text), &place(tied_to)).map_err(|error| Turned::Failed(error.into()))?;
        Ok(sealed.replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned())
    }

    /// Opens a sealed flow that is tied to the same.
    pub fn open_flow(&self, sealed: &str, tied_to: &str) -> Result<Flow, Turned> {
        let mut sealed = sealed.replace('-', "+").replace('_', "/");
        sealed.extend(std::iter::repeat_n('=', (4 - sealed.len() % 4) % 4));
        let damaged = || Turned::refused("sign-on-state", "The state of the sign-on that the browser brought is not one of this server's.");
        let text = self.store.unseal(&sealed, &place(tied_to)).map_err(|_| damaged())?;
        let flow: Flow = serde_json::from_str(text.expose()).map_err(|_| damaged())?;
        match flow.ends_at > self.now() {
            true => Ok(flow),
            false => Err(Turned::Refused {
                code: "sign-on-expired",
                why: "The sign-on was begun too long ago.".to_owned(),
                told: Some("This took too long. Go back to the application that you came from and sign on again.".to_owned()),
            }),
        }
    }
}

fn place(tied_to: &str) -> String {
    seal::aad("sign_on", "flow", tied_to)
}
