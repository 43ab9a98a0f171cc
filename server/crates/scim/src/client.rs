//! One call: its turn, its headers, its tries, and what came of it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::id::TargetId;
use domain::model::connector::{Connector, Dialect, OperationClass, Retry};
use domain::model::plan::Outcome;
use outbound::{HeaderValue, Method, OutboundError, Request, Response, Url, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::auth::Authenticator;
use crate::meter::{self, Tally};
use crate::pace::{Load, Pace, Slowed};
use crate::retry::{LONGEST_PAUSE, backoff, retry_after};
use crate::wire::{self, Mapping};
use crate::{Applied, Auth, Kind, ScimError};

/// Everything but RFC 3986 unreserved characters. AWS does not understand `+` for a blank.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The client of one SP Connection. Cheap to clone; clones share limits, token and connections.
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
    /// Time for one answer instead of the HTTP client's.
    patience: Option<Duration>,
    tally: Arc<Tally>,
}

pub(crate) struct Inner {
    pub(crate) http: outbound::Client,
    pub(crate) connector: Connector,
    pub(crate) mapping: Mapping,
    /// Without a slash at its end.
    pub(crate) base: String,
    auth: Authenticator,
    slots: Semaphore,
    pace: Pace,
}

/// What a request is, which decides how often it may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Changes nothing.
    Read,
    /// Changes something; doing it twice is doing it once.
    Write,
    /// Makes something new each time.
    Create,
}

/// One request, yet without its headers.
pub(crate) struct Call {
    pub(crate) load: Load,
    pub(crate) method: Method,
    /// Below the base URL, with its query.
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    pub(crate) effect: Effect,
    /// Tries instead of the Connector's.
    pub(crate) tries: Option<u32>,
}

/// What came of a call.
pub(crate) enum Reply {
    /// An answer that is neither a refusal of the credentials nor a reason to wait.
    Answer(Response),
    /// It may or may not have been carried out.
    Unknown { detail: String, request_id: Option<String> },
}

impl Call {
    pub(crate) fn read(class: OperationClass, path: String) -> Self {
        Self { load: Load { class, members: 0, group: 0 }, method: Method::GET, path, body: None, effect: Effect::Read, tries: None }
    }

    pub(crate) fn write(class: OperationClass, method: Method, path: String, body: Option<Value>) -> Self {
        Self { load: Load { class, members: 0, group: 0 }, method, path, body, effect: Effect::Write, tries: None }
    }

    pub(crate) fn create(class: OperationClass, path: String, body: Value) -> Self {
        Self {
            load: Load { class, members: 0, group: 0 },
            method: Method::POST,
            path,
            body: Some(body),
            effect: Effect::Create,
            tries: None,
        }
    }

    /// The same, about so many memberships of a group.
    pub(crate) fn with_members(mut self, group: &TargetId, members: usize) -> Self {
        self.load.members = u32::try_from(members).unwrap_or(u32::MAX);
        let mut hash = DefaultHasher::new();
        group.0.hash(&mut hash);
        self.load.group = hash.finish();
        self
    }
}

impl Client {
    /// `base_url` is the SCIM URL of the Target tab, with or without a slash at its end. The Connector gives dialect, limits and retry.
    pub fn new(http: outbound::Client, connector: Connector, base_url: &str, auth: Auth) -> Result<Self, ScimError> {
        let base = base_url.trim().trim_end_matches('/');
        let url = Url::parse(base).map_err(|_| ScimError::config("The SCIM URL cannot be read. It must look like https://host/path."))?;
        if url.host().is_none() || url.query().is_some() || url.fragment().is_some() {
            return Err(ScimError::config("The SCIM URL must be a host and a path, without “?” and “#”."));
        }
        let inner = Inner {
            mapping: Mapping::new(&connector)?,
            auth: Authenticator::new(auth)?,
            slots: Semaphore::new(usize::try_from(connector.limits.max_concurrency.max(1)).unwrap_or(1)),
            pace: Pace::new(&connector.limits),
            base: base.to_owned(),
            http,
            connector,
        };
        Ok(Self { inner: Arc::new(inner), patience: None, tally: Arc::default() })
    }

    /// The same client, sharing everything, that waits so long for each answer. A time shorter than it may take to connect counts as a
    /// request that was sent.
    #[must_use]
    pub fn with_patience(&self, patience: Duration) -> Self {
        Self { patience: Some(patience), ..self.clone() }
    }

    /// The same client, sharing everything, whose requests are counted here.
    #[must_use]
    pub fn with_tally(&self, tally: Arc<Tally>) -> Self {
        Self { tally, ..self.clone() }
    }

    /// What is slower at present than the Connector has it, since the target said that it is too much; what it asked to be left alone
    /// for comes first.
    pub fn slowed(&self) -> Vec<Slowed> {
        self.inner.pace.slowed(Instant::now())
    }

    /// The Connector it was made with.
    pub fn connector(&self) -> &Connector {
        &self.inner.connector
    }

    pub(crate) fn dialect(&self) -> &Dialect {
        &self.inner.connector.dialect
    }

    pub(crate) fn users_path(&self) -> String {
        collection(&self.dialect().users_path)
    }

    pub(crate) fn groups_path(&self) -> String {
        collection(&self.dialect().groups_path)
    }

    /// Sends a request as often as its effect allows.
    pub(crate) async fn call(&self, call: Call) -> Result<Reply, ScimError> {
        let inner = &self.inner;
        let retry: &Retry = &inner.connector.retry;
        let most = call.tries.unwrap_or(retry.attempts).max(1);
        let body = call.body.as_ref().map(|body| outbound::Bytes::from(body.to_string()));
        let url = Url::parse(&format!("{}{}", inner.base, call.path)).map_err(|_| ScimError::config("The SCIM URL cannot be used."))?;

        let mut tries = 0;
        let mut renewed = false;
        loop {
            tries += 1;
            let credentials = inner.auth.header(&inner.http).await?;
            let mut request = Request::to(call.method.clone(), url.clone())
                .header(header::ACCEPT, HeaderValue::from_static("application/scim+json, application/json"));
            request.time_out = self.patience;
            if let Some(body) = &body {
                request = request.with_body("application/scim+json", body.clone());
            }
            if let Some(credentials) = &credentials {
                request = request.secret_header(header::AUTHORIZATION, credentials.clone());
            }
            let result = {
                // The turn first: who waits out a pause must not keep reads from their slots.
                let asked = Instant::now();
                inner.pace.turn(call.load).await;
                let waited = asked.elapsed();
                meter::waited(call.load.class, waited);
                self.tally.waited(waited);
                // Never closed, so an error cannot happen; going on without a slot would still be right.
                let _slot = inner.slots.acquire().await.ok();
                let begun = Instant::now();
                let result = inner.http.send(request).await;
                let took = begun.elapsed();
                meter::answered(call.load.class, result.as_ref().ok().map(|response| response.status.as_u16()), took);
                self.tally.answered(took);
                result
            };
            let response = match result {
                Ok(response) => response,
                Err(error) if !error.is_transient() => return Err(ScimError::Unreachable(error)),
                Err(error) if error.sent() && call.effect == Effect::Create => {
                    return Ok(Reply::Unknown { detail: error.to_string(), request_id: None });
                }
                // Who does not answer this is not asked again and again in one call: each time takes as long as the longest.
                Err(error @ OutboundError::TimeOut { .. }) if error.sent() && call.effect == Effect::Write => {
                    return Ok(Reply::Unknown { detail: error.to_string(), request_id: None });
                }
                Err(error) if tries < most => {
                    tracing::debug!(method = %call.method, tries, %error, "SCIM call failed, trying again");
                    tokio::time::sleep(backoff(retry, tries)).await;
                    continue;
                }
                Err(error) if error.sent() && call.effect == Effect::Write => {
                    return Ok(Reply::Unknown { detail: error.to_string(), request_id: None });
                }
                Err(error) => return Err(ScimError::Unreachable(error)),
            };
            let status = response.status.as_u16();
            let request_id = wire::request_id(&response);
            tracing::debug!(method = %call.method, path = path_only(&call.path), status, request_id, tries, "SCIM call");
            let pause = retry_after(&response.headers);
            // 403 says most often that the credentials are refused; some services mean their rates by it, and say so.
            let is_rate = status == 429 || status == 403 && is_about_a_rate(&response);
            let is_passing = retry.statuses.contains(&status) && (status != 403 || is_rate);
            match status {
                401 if inner.auth.is_renewable() && !renewed => {
                    inner.auth.forget(credentials.as_ref()).await;
                    renewed = true;
                    tries -= 1;
                }
                401 | 403 if !is_passing => {
                    return Err(ScimError::Refused { status, detail: wire::error_detail(&response.body), request_id });
                }
                _ if is_passing => {
                    let as_status = if is_rate { 429 } else { status };
                    inner.pace.refused(Instant::now(), call.load, as_status, pause.map(|pause| pause.min(LONGEST_PAUSE)));
                    // 425, rates and 503 with Retry-After say that nothing was done; the others do not.
                    let is_untouched = is_rate || status == 425 || status == 503 && pause.is_some();
                    if call.effect == Effect::Create && !is_untouched {
                        return Ok(Reply::Unknown { detail: format!("{status}: {}", wire::error_detail(&response.body)), request_id });
                    }
                    if tries >= most || pause.is_some_and(|pause| pause > LONGEST_PAUSE) {
                        // 500 again and again to one request is often about its object.
                        if status == 500 {
                            return Ok(Reply::Answer(response));
                        }
                        return Err(ScimError::Busy { status, detail: wire::error_detail(&response.body), request_id });
                    }
                    // The limiter holds every caller for as long as Retry-After says.
                    if pause.is_none() {
                        tokio::time::sleep(backoff(retry, tries)).await;
                    }
                }
                // Not to be tried again, and yet it may have been done.
                408 | 500 | 502..=504 if call.effect == Effect::Create => {
                    return Ok(Reply::Unknown { detail: format!("{status}: {}", wire::error_detail(&response.body)), request_id });
                }
                // AWS has been seen to answer 429 to a create it had carried out.
                409 if call.effect == Effect::Create && tries > 1 => {
                    let detail = format!("409 after an earlier try: {}", wire::error_detail(&response.body));
                    return Ok(Reply::Unknown { detail, request_id });
                }
                _ if is_rate => {
                    inner.pace.refused(Instant::now(), call.load, 429, pause);
                    return Ok(Reply::Answer(response));
                }
                _ => {
                    inner.pace.taken(Instant::now(), call.load);
                    return Ok(Reply::Answer(response));
                }
            }
        }
    }

    /// A read whose answer must be a success with JSON; `None` for 404.
    pub(crate) async fn read(&self, call: Call, what: &str) -> Result<Option<(Value, Option<String>)>, ScimError> {
        let response = match self.call(call).await? {
            Reply::Answer(response) => response,
            // Reads end in an answer or an error.
            Reply::Unknown { detail, request_id } => return Err(ScimError::Answer { what: what.to_owned(), reason: detail, request_id }),
        };
        let request_id = wire::request_id(&response);
        if response.status.as_u16() == 404 {
            return Ok(None);
        }
        if !response.status.is_success() {
            return Err(rejected(what, &response));
        }
        match serde_json::from_slice::<Value>(&response.body) {
            Ok(body) if body.is_object() => Ok(Some((body, request_id))),
            _ => Err(ScimError::Answer {
                what: what.to_owned(),
                reason: "it is not a JSON object. Check that the SCIM URL is the base of the SCIM endpoint.".to_owned(),
                request_id,
            }),
        }
    }

    /// A write whose answer becomes an outcome.
    pub(crate) async fn apply(&self, call: Call) -> Result<Applied, ScimError> {
        Ok(match self.call(call).await? {
            Reply::Unknown { detail, request_id } => Applied { outcome: Outcome::Unknown { detail }, id: None, request_id },
            Reply::Answer(response) => Applied { outcome: outcome(&response), id: None, request_id: wire::request_id(&response) },
        })
    }

    /// A write to one object. That the object is gone is believed only when reading it says so too: who trusts a single 404 forgets
    /// people who are still there, and active.
    pub(crate) async fn apply_to(&self, read: OperationClass, call: Call) -> Result<Applied, ScimError> {
        let path = call.path.clone();
        let mut applied = self.apply(call).await?;
        if applied.outcome != Outcome::Gone {
            return Ok(applied);
        }
        match self.read(Call::read(read, path), "read an object that it does not know").await {
            Ok(None) => {}
            Ok(Some(_)) => {
                let detail = "The target says that it does not know this object, and shows it when it is read.".to_owned();
                applied.outcome = Outcome::Rejected { status: 404, detail };
            }
            Err(error) => match error.kind() {
                Kind::Auth | Kind::Config => return Err(error),
                Kind::Transient => applied.outcome = Outcome::Unknown { detail: error.to_string() },
                // It does not read single objects, so there is nothing but its word.
                Kind::Rejected => {}
            },
        }
        Ok(applied)
    }

    /// A delete: of what is not there any more it is done.
    pub(crate) async fn apply_delete(&self, read: OperationClass, call: Call) -> Result<Applied, ScimError> {
        let mut applied = self.apply_to(read, call).await?;
        if applied.outcome == Outcome::Gone {
            applied.outcome = Outcome::Done;
        }
        Ok(applied)
    }
}

/// Whether a refusal says that it is about how often was asked.
fn is_about_a_rate(response: &Response) -> bool {
    response.headers.contains_key(header::RETRY_AFTER) || response.header_text("x-ratelimit-remaining") == Some("0")
}

/// What an answer to a write means.
pub(crate) fn outcome(response: &Response) -> Outcome {
    let status = response.status.as_u16();
    let detail = || wire::error_detail(&response.body);
    match status {
        200..=299 => Outcome::Done,
        404 | 410 => Outcome::Gone,
        409 => Outcome::Conflict { detail: detail() },
        400 if detail().contains("uniqueness") => Outcome::Conflict { detail: detail() },
        _ => Outcome::Rejected { status, detail: detail() },
    }
}

pub(crate) fn rejected(what: &str, response: &Response) -> ScimError {
    ScimError::Rejected {
        what: what.to_owned(),
        status: response.status.as_u16(),
        detail: wire::error_detail(&response.body),
        request_id: wire::request_id(response),
    }
}

/// Percent-encodes a query value or a path segment.
pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

fn collection(path: &str) -> String {
    format!("/{}", path.trim().trim_matches('/'))
}

/// Filters hold people's names, so logs leave the query out.
fn path_only(path: &str) -> &str {
    path.split('?').next().unwrap_or(path)
}
