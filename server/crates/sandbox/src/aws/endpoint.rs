//! One request from its bytes to its answer: faults, credentials, throttling, then the operation.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State as Shared};
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Map, Value};

use super::config::{AbsentMember, MalformedId, MembersShown, UnknownMember};
use super::fault::{Effect, RetryAfter, Subject};
use super::filter::{self, GroupFilter, UserFilter};
use super::journal::LogEntry;
use super::listing::{Page, Query};
use super::operation::{ID_PATTERN, Operation, is_id, no_endpoint, route};
use super::schema::{Rules, Verb};
use super::{Aws, Inner, discovery, error::Refusal, group, patch, request_id, user};

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

/// What an operation answers.
struct Answer {
    status: StatusCode,
    body: Option<Value>,
}

/// What was asked, after the path was understood.
type Routed = Result<(Operation, String), Refusal>;

pub(super) fn router(aws: Aws) -> Router {
    Router::new().fallback(handle).with_state(aws)
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

/// One admitted operation.
struct Call<'a> {
    aws: &'a Aws,
    inner: &'a mut Inner,
    id: &'a str,
    query: &'a str,
    headers: &'a HeaderMap,
    body: &'a Bytes,
    now_ms: i64,
}

impl Call<'_> {
    fn perform(&mut self, operation: Operation) -> Result<Answer, Refusal> {
        match operation {
            Operation::CreateUser => self.create_user(),
            Operation::GetUser => Ok(ok(self.shown_user(self.user_key()?))),
            Operation::ListUsers => self.list_users(),
            Operation::PutUser => self.put_user(),
            Operation::PatchUser => self.patch_user(),
            Operation::DeleteUser => {
                let key = self.user_key()?;
                self.inner.state.delete_user(key);
                Ok(no_content())
            }
            Operation::CreateGroup => self.create_group(),
            Operation::GetGroup => Ok(ok(self.shown_group(self.group_key()?))),
            Operation::ListGroups => self.list_groups(),
            Operation::PatchGroup => self.patch_group(),
            Operation::DeleteGroup => {
                let key = self.group_key()?;
                self.inner.state.delete_group(key);
                Ok(no_content())
            }
            Operation::GetServiceProviderConfig => Ok(ok(Some(discovery::service_provider_config()))),
            Operation::ListSchemas => Ok(ok(Some(discovery::schemas()))),
            Operation::GetSchema => Ok(ok(Some(discovery::schema(self.id)?))),
            Operation::ListResourceTypes => Ok(ok(Some(discovery::resource_types()))),
        }
    }

    fn create_user(&mut self) -> Result<Answer, Refusal> {
        let attributes = user::parse(self.json()?, None, self.rules(Verb::Create), self.aws.shared.config.active_when_omitted)?;
        self.inner.state.check_user_unique(&attributes, None)?;
        if self.inner.state.user_count() >= self.aws.shared.config.max_users {
            return Err(Refusal::quota("users", self.aws.shared.config.max_users));
        }
        let id = self.inner.new_id(self.aws.shared.config.id_shape);
        let key = self.inner.state.insert_user(id, attributes, self.now_ms, self.now_ms);
        Ok(Answer { status: StatusCode::CREATED, body: self.shown_user(key) })
    }

    fn put_user(&mut self) -> Result<Answer, Refusal> {
        let key = self.user_key()?;
        let attributes = user::parse(self.json()?, Some(self.id), self.rules(Verb::Put), self.aws.shared.config.active_when_omitted)?;
        self.inner.state.check_user_unique(&attributes, Some(key))?;
        self.inner.state.replace_user(key, attributes, self.now_ms);
        Ok(ok(self.shown_user(key)))
    }

    fn patch_user(&mut self) -> Result<Answer, Refusal> {
        let key = self.user_key()?;
        let operations = patch::parse(self.json()?)?;
        let before = self.inner.state.user(key).map(|record| &record.attributes).ok_or_else(|| Refusal::no_user(self.id))?;
        let attributes = patch::apply_to_user(before, self.id, operations, self.rules(Verb::Patch))?;
        self.inner.state.check_user_unique(&attributes, Some(key))?;
        self.inner.state.replace_user(key, attributes, self.now_ms);
        Ok(ok(self.shown_user(key)))
    }

    fn create_group(&mut self) -> Result<Answer, Refusal> {
        let new = group::parse(self.json()?, self.rules(Verb::Create))?;
        let members = new.members.iter().map(|id| self.member_key(id)).collect::<Result<Vec<u64>, Refusal>>()?;
        self.inner.state.check_group_unique(&new.display_name, new.external_id.as_deref(), None)?;
        if self.inner.state.group_count() >= self.aws.shared.config.max_groups {
            return Err(Refusal::quota("groups", self.aws.shared.config.max_groups));
        }
        self.spend_memberships(members.len())?;
        let id = self.inner.new_id(self.aws.shared.config.id_shape);
        let key = self.inner.state.insert_group(id, new.display_name, new.external_id, self.now_ms, self.now_ms);
        for member in members {
            self.inner.state.set_member(key, member, true);
        }
        Ok(Answer { status: StatusCode::CREATED, body: self.shown_group(key) })
    }

    fn patch_group(&mut self) -> Result<Answer, Refusal> {
        let key = self.group_key()?;
        let operations = patch::parse(self.json()?)?;
        let change = group::parse_change(operations, self.id, self.rules(Verb::Patch), self.aws.shared.config.member_removal)?;
        // Look everything up before anything is changed: one bad member fails the whole request (RFC 7644 section 3.5.2).
        let members = change.members.iter().map(|member| Ok((self.member_key(&member.user_id)?, member.is_add)));
        let members = members.collect::<Result<Vec<(u64, bool)>, Refusal>>()?;
        let record = self.inner.state.group(key).ok_or_else(|| Refusal::no_group(self.id))?;
        if self.aws.shared.config.absent_member == AbsentMember::NotFound {
            let mut after = record.members().clone();
            let no_member = |(member, is_add): &(u64, bool)| match is_add {
                true => {
                    after.insert(*member);
                    false
                }
                false => !after.remove(member),
            };
            if members.iter().any(no_member) {
                return Err(Refusal::not_found("USER does not exist.", "A user to be removed is no member of the group."));
            }
        }
        let display_name = change.display_name.unwrap_or_else(|| record.display_name.clone());
        let external_id = change.external_id.unwrap_or_else(|| record.external_id.clone());
        self.inner.state.check_group_unique(&display_name, external_id.as_deref(), Some(key))?;
        self.spend_memberships(members.len())?;
        self.inner.state.rename_group(key, display_name, external_id, self.now_ms);
        for (member, is_add) in members {
            self.inner.state.set_member(key, member, is_add);
        }
        Ok(no_content())
    }

    fn list_users(&self) -> Result<Answer, Refusal> {
        let query = Query::parse(self.query, &self.aws.shared.config)?;
        let window = query.window("User")?;
        let state = &self.inner.state;
        let one = |key: Option<u64>| key.and_then(|key| Some((key, state.user(key)?))).into_iter();
        let page = match query.filter.as_deref().map(filter::parse_user).transpose()? {
            None => Page::take(state.users_after(window.after).map(|(key, record)| (*key, record)), window, user::render),
            Some(UserFilter::UserName(name)) => Page::take(one(state.user_by_name(&name)), window, user::render),
            Some(UserFilter::ExternalId(id)) => Page::take(one(state.user_by_external_id(&id)), window, user::render),
            Some(UserFilter::Id(id)) => Page::take(one(state.user_by_id(&id)), window, user::render),
            Some(UserFilter::IdAndManager(id, manager)) => {
                let found = one(state.user_by_id(&id)).filter(|(_, record)| record.manager() == Some(&manager));
                Page::take(found, window, user::render)
            }
            // By analogy with the documented 404 of members.value.
            Some(UserFilter::Group(id)) => {
                let group = state.group_by_id(&id).ok_or_else(|| Refusal::no_group(&id))?;
                Page::take(state.members_after(group, window.after), window, user::render)
            }
        };
        Ok(ok(Some(query.answer("User", page))))
    }

    fn list_groups(&self) -> Result<Answer, Refusal> {
        let query = Query::parse(self.query, &self.aws.shared.config)?;
        let window = query.window("Group")?;
        let state = &self.inner.state;
        let render = |record| group::render(record, true);
        let one = |key: Option<u64>| key.and_then(|key| Some((key, state.group(key)?))).into_iter();
        let user_of = |id: &str| state.user_by_id(id).ok_or_else(|| Refusal::no_user(id));
        let page = match query.filter.as_deref().map(filter::parse_group).transpose()? {
            None => Page::take(state.groups_after(window.after).map(|(key, record)| (*key, record)), window, render),
            Some(GroupFilter::DisplayName(name)) => Page::take(one(state.group_by_name(&name)), window, render),
            Some(GroupFilter::ExternalId(id)) => Page::take(one(state.group_by_external_id(&id)), window, render),
            Some(GroupFilter::Member(id)) => Page::take(state.groups_of_after(user_of(&id)?, window.after), window, render),
            Some(GroupFilter::IdAndMember(id, member)) => {
                let user = user_of(&member)?;
                Page::take(one(state.group_by_id(&id)).filter(|(_, record)| record.members().contains(&user)), window, render)
            }
        };
        Ok(ok(Some(query.answer("Group", page))))
    }

    fn user_key(&self) -> Result<u64, Refusal> {
        self.inner.state.user_by_id(self.id).ok_or_else(|| Refusal::no_user(self.id))
    }

    fn group_key(&self) -> Result<u64, Refusal> {
        self.inner.state.group_by_id(self.id).ok_or_else(|| Refusal::no_group(self.id))
    }

    /// The key of a user named as a member.
    fn member_key(&self, id: &str) -> Result<u64, Refusal> {
        self.inner.state.user_by_id(id).ok_or_else(|| {
            let refusal = Refusal::no_user(id);
            match self.aws.shared.config.unknown_member {
                UnknownMember::NotFound => refusal,
                UnknownMember::Invalid => Refusal { status: StatusCode::BAD_REQUEST, ..refusal },
            }
        })
    }

    fn spend_memberships(&mut self, changes: usize) -> Result<(), Refusal> {
        match &self.aws.shared.config.throttle {
            Some(throttle) => self.inner.buckets.take_memberships(throttle, changes, self.now_ms),
            None => Ok(()),
        }
    }

    fn shown_user(&self, key: u64) -> Option<Value> {
        self.inner.state.user(key).map(user::render)
    }

    fn shown_group(&self, key: u64) -> Option<Value> {
        let with_members = self.aws.shared.config.members_shown == MembersShown::Everywhere;
        self.inner.state.group(key).map(|record| group::render(record, with_members))
    }

    fn rules(&self, verb: Verb) -> Rules {
        self.aws.shared.config.rules(verb)
    }

    /// The body as a JSON object.
    fn json(&self) -> Result<Map<String, Value>, Refusal> {
        let content_type = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let is_json = ["application/scim+json", "application/json"].iter().any(|json| essence.eq_ignore_ascii_case(json));
        if !is_json && !self.aws.shared.config.any_content_type {
            let detail = format!("The Content-Type must be application/scim+json or application/json, not {essence:?}.");
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        match serde_json::from_slice(self.body) {
            Ok(Value::Object(body)) => Ok(body),
            _ => Err(Refusal::invalid("Invalid JSON from RequestBody")),
        }
    }
}

fn ok(body: Option<Value>) -> Answer {
    Answer { status: StatusCode::OK, body }
}

fn no_content() -> Answer {
    Answer { status: StatusCode::NO_CONTENT, body: None }
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
