//! One request from its bytes to its answer: faults, credentials, throttling, then the operation.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State as Shared};
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::call::{Answer, Call};
use super::config::MalformedId;
use super::fault::{Effect, RetryAfter, Subject};
use super::journal::LogEntry;
use super::operation::{ID_PATTERN, Operation, is_id, no_endpoint, route};
use super::{Aws, Inner, error::Refusal, request_id};

/// Largest request body, the `maxPayloadSize` of AWS's `ServiceProviderConfig`.
const MAX_BODY: usize = 1_048_576;

/// On a response whose connection is to end instead of sending it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    /// With a FIN, as a server that stops does.
    Close,
    /// With a RST, as a load balancer or firewall that gives up does.
    Reset,
}

/// What was asked, after the path was understood.
type Routed = Result<(Operation, String), Refusal>;

pub(super) fn router(aws: Aws) -> Router {
    super::portal::router().fallback(handle).with_state(aws)
}

async fn handle(Shared(aws): Shared<Aws>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MAX_BODY).await;
    let whole = body.is_ok();
    let body = body.unwrap_or_default();

    let now_ms = aws.now_ms();
    let base = aws.base_path();
    let path = parts.uri.path();
    let query = parts.uri.query().unwrap_or_default();
    // The base path ends with the slash that the path below it begins with.
    let below = path.strip_prefix(base.trim_end_matches('/')).filter(|below| !base.is_empty() && below.starts_with('/'));
    let routed: Option<Routed> = below.map(|below| route(&parts.method, below));
    let operation = routed.as_ref().and_then(|routed| routed.as_ref().ok()).map(|(operation, _)| *operation);

    let (request_id, effect, token_refused) = {
        let mut inner = aws.lock();
        let subject = Subject { operation, path, query, body: &body };
        let effect = inner.faults.strike(&subject);
        (request_id(&mut inner.rng).to_string(), effect, inner.faults.token_refused)
    };
    if let Some(Effect::Delay { ms }) = effect {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    let mut entry = LogEntry {
        number: 0,
        at_ms: now_ms,
        method: parts.method.to_string(),
        path: below.unwrap_or(path).to_owned(),
        query: query.to_owned(),
        operation,
        status: 0,
        reason: None,
        fault: effect.or(token_refused.then_some(Effect::Unauthorized)),
        user_agent: parts.headers.get(header::USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned()),
        request_id: request_id.clone(),
        body_bytes: body.len(),
    };

    let outcome = match effect {
        Some(Effect::Hang | Effect::CloseBeforeCommit | Effect::ResetBeforeCommit) => None,
        Some(Effect::Status { code, retry_after }) => Some(Err(injected(code, retry_after))),
        _ => {
            let mut inner = aws.lock();
            Some(if whole { admit(&aws, &mut inner, &parts, routed, &body, now_ms) } else { Err(oversized()) })
        }
    };
    if let Some(Err(refusal)) = &outcome {
        entry.reason = Some(refusal.reason.clone()).filter(|reason| !reason.is_empty());
    }
    let outcome = match (effect, outcome) {
        // The client's time-out, or the end of the server, drops a future that hangs.
        (Some(Effect::Hang | Effect::HangAfterCommit), _) => {
            aws.lock().journal.push(entry);
            return std::future::pending().await;
        }
        (Some(Effect::CloseBeforeCommit | Effect::CloseAfterCommit), _) => {
            aws.lock().journal.push(entry);
            return broken(Break::Close);
        }
        (Some(Effect::ResetBeforeCommit | Effect::ResetAfterCommit), _) | (_, None) => {
            aws.lock().journal.push(entry);
            return broken(Break::Reset);
        }
        (Some(Effect::StatusAfterCommit { code }), Some(outcome)) => outcome.and(Err(injected(code, None))),
        (_, Some(outcome)) => outcome,
    };

    let (status, body, retry_after) = match outcome {
        Ok(answer) => (answer.status, answer.body, None),
        Err(refusal) => (refusal.status, Some(refusal.body(&aws.shared.config, &request_id, now_ms)), refusal.retry_after),
    };
    let is_malformed = effect == Some(Effect::MalformedBody);
    let status = if is_malformed && status == StatusCode::NO_CONTENT { StatusCode::OK } else { status };
    entry.status = status.as_u16();
    aws.lock().journal.push(entry);

    let mut bytes = body.map(|body| body.to_string().into_bytes());
    if is_malformed {
        let whole = bytes.unwrap_or_else(|| b"{\"schemas\":[\"".to_vec());
        bytes = Some(whole[..whole.len().div_ceil(2)].to_vec());
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let date = super::fault::http_date(now_ms);
    let texts = [("date", Some(date)), ("x-amzn-requestid", Some(request_id)), ("retry-after", retry_after.map(|it| it.text(now_ms)))];
    for (name, text) in texts {
        headers.extend(text.and_then(|text| Some((HeaderName::from_static(name), HeaderValue::from_str(&text).ok()?))));
    }
    if let Some(bytes) = bytes {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
        *response.body_mut() = match effect {
            Some(Effect::SlowBody { bytes: step, every_ms }) => trickle(bytes.into(), step, every_ms),
            _ => Body::from(bytes),
        };
    }
    response
}

/// Everything that comes before the operation itself, then the operation.
fn admit(aws: &Aws, inner: &mut Inner, parts: &Parts, routed: Option<Routed>, body: &Bytes, now_ms: i64) -> Result<Answer, Refusal> {
    let unauthorized = |reason: &str| {
        // AWS answers a wrong token and a wrong tenant alike.
        let refusal = Refusal::new(StatusCode::UNAUTHORIZED, "The security token included in the request is invalid.");
        Err(Refusal { reason: reason.to_owned(), ..refusal })
    };
    if inner.access.tenant.is_none() {
        return unauthorized("Automatic provisioning is not enabled.");
    }
    let Some(routed) = routed else {
        return unauthorized("The tenant in the URL is not this one's, or the path does not begin with /<tenant>/scim/v2/.");
    };
    if inner.faults.token_refused {
        return unauthorized("");
    }
    if let Err(reason) = inner.access.admit(bearer(&parts.headers), now_ms) {
        return unauthorized(&reason);
    }
    // AWS's front end blocks these (changelog of a commercial connector, 1.1.0.3); with which status is not known.
    if parts.method == http::Method::PATCH && parts.headers.get(header::USER_AGENT).is_none_or(|agent| agent.is_empty()) {
        let status = StatusCode::from_u16(aws.shared.config.missing_user_agent).unwrap_or(StatusCode::FORBIDDEN);
        return Err(Refusal::new(status, "A PATCH request must carry a User-Agent."));
    }
    let (operation, id) = routed?;
    let is_about_one = !matches!(operation, Operation::GetSchema) && !id.is_empty();
    if is_about_one && aws.shared.config.malformed_id == MalformedId::Invalid && !is_id(&id) {
        return Err(Refusal::constraint("id", format_args!("satisfy regular expression pattern: {ID_PATTERN}")));
    }
    use Operation::{GetSchema, ListResourceTypes, ListSchemas};
    match operation {
        ListSchemas | GetSchema if !aws.shared.config.discovery => return Err(no_endpoint(parts.uri.path())),
        ListResourceTypes if !aws.shared.config.discovery => {
            return unauthorized("There is no /ResourceTypes here, which AWS answered with 401.");
        }
        _ => {}
    }
    if let Some(throttle) = &aws.shared.config.throttle {
        inner.buckets.take_request(throttle, operation, now_ms)?;
    }
    let mut call = Call { aws, inner, id: &id, query: parts.uri.query().unwrap_or_default(), headers: &parts.headers, body, now_ms };
    call.perform(operation)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn oversized() -> Refusal {
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, format!("The request body is larger than {MAX_BODY} bytes, or broke off."))
}

/// The refusal of a fault; the log has the fault and no reason.
fn injected(code: u16, retry_after: Option<RetryAfter>) -> Refusal {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let detail = status.canonical_reason().unwrap_or("Injected fault");
    Refusal { status, detail: detail.to_owned(), reason: String::new(), retry_after }
}

/// A response instead of which [`super::AwsServer`] ends the connection; any other server sends a body that fails.
fn broken(how: Break) -> Response {
    let failing = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("the connection is ended on purpose")) });
    let mut response = Response::new(Body::from_stream(failing));
    response.extensions_mut().insert(how);
    response
}

/// A body that comes a few bytes at a time.
fn trickle(whole: Bytes, step: usize, every_ms: u64) -> Body {
    Body::from_stream(futures::stream::unfold(whole, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(every_ms)).await;
        let next = rest.split_to(step.clamp(1, rest.len()));
        Some((Ok::<_, std::convert::Infallible>(next), rest))
    }))
}
