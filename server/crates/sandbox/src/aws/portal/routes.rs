//! The portal's addresses, on the port of the SCIM endpoint.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::check::{Judge, PATIENCE_MS, Refused, Taken};
use super::pages::{self, SETTINGS, SIGN_IN, SIGN_OUT, START, STYLE};
use super::request::{Sent, send};
use super::{Began, Inner, MOST_SEEN, MOST_SESSIONS, MOST_SIGN_INS, Portal, Session, SignIn};
use crate::aws::Aws;

/// Cookies of one host go to all its ports: a name that the console beside it does not have.
const COOKIE: &str = "aws_access_portal";
/// AWS's own length of a portal session, unless the identity provider wants a shorter one.
const SESSION_MS: i64 = 8 * 60 * 60_000;

/// Nothing runs on these pages, and nobody shows them in a frame. Forms lead to the identity provider, so they are not bound.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'";

pub(in crate::aws) fn router() -> Router<Aws> {
    Router::new()
        .route(START, get(start))
        .route(SETTINGS, get(settings))
        .route(SIGN_IN, get(sign_in))
        .route(SIGN_OUT, post(sign_out))
        .route(STYLE, get(style))
        .route("/platform/saml/{store}", get(metadata))
        .route("/platform/saml/acs/{id}", post(acs))
}

fn page(status: StatusCode, html: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, html).into_response()
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], include_str!("portal.css")).into_response()
}

/// Somebody's cookie.
fn secret(headers: &HeaderMap) -> &str {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';')).find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('=')).unwrap_or_default()
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    said: String,
}

async fn start(State(aws): State<Aws>, Query(query): Query<Said>, headers: HeaderMap) -> Response {
    let now_ms = aws.now_ms();
    let inner = aws.lock();
    let html = match inner.signed_in(secret(&headers), now_ms) {
        Some((user, session)) => {
            let groups = inner.state.groups().filter(|(_, group)| user.groups.contains(&group.id));
            let groups: Vec<_> = groups.map(|(_, group)| group.display_name.clone()).collect();
            pages::signed_in(&user, &groups, &session, None)
        }
        None => {
            let out = "You are signed out of this portal. AWS does not tell the identity provider; your session there may go on.";
            pages::signed_out(inner.portal.kept.provider.as_ref(), START, (query.said == "out").then_some(out))
        }
    };
    page(StatusCode::OK, html)
}

async fn settings(State(aws): State<Aws>, headers: HeaderMap) -> Response {
    let now_ms = aws.now_ms();
    let inner = aws.lock();
    let html = match inner.signed_in(secret(&headers), now_ms) {
        Some((user, session)) => pages::settings(&user, &session, now_ms),
        None => pages::signed_out(inner.portal.kept.provider.as_ref(), SETTINGS, None),
    };
    page(StatusCode::OK, html)
}

#[derive(Deserialize)]
struct Way {
    #[serde(default)]
    to: String,
    #[serde(default)]
    by: String,
}

/// On to the identity provider.
async fn sign_in(State(aws): State<Aws>, Query(way): Query<Way>) -> Response {
    let return_to = if way.to == "settings" { SETTINGS } else { START };
    let now_ms = aws.now_ms();
    match send(&mut aws.lock(), way.by == "post", return_to, now_ms) {
        Ok(Sent::To(address)) => Redirect::to(&address).into_response(),
        Ok(Sent::By(form)) => page(StatusCode::OK, pages::posting(&form)),
        Err(why) => page(StatusCode::CONFLICT, pages::refused("Something went wrong", &why)),
    }
}

async fn sign_out(State(aws): State<Aws>, headers: HeaderMap) -> Response {
    let secret = secret(&headers);
    aws.lock().portal.sessions.retain(|session| session.secret != secret);
    with_cookie(Redirect::to(&format!("{START}?said=out")).into_response(), "", 0)
}

async fn metadata(State(aws): State<Aws>, Path(store): Path<String>) -> Response {
    let inner = aws.lock();
    match inner.portal.service_provider().filter(|_| store == inner.portal.kept.store_id) {
        Some(own) => ([(header::CONTENT_TYPE, "application/samlmetadata+xml")], own.write()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[derive(Deserialize)]
struct Posted {
    #[serde(rename = "SAMLResponse")]
    response: Option<String>,
}

/// Where answers arrive.
async fn acs(State(aws): State<Aws>, Path(id): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let now_ms = aws.now_ms();
    let mut inner = aws.lock();
    let Some(own) = inner.portal.service_provider().filter(|_| id == inner.portal.kept.acs_id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let arrived = format!("http://{host}/platform/saml/acs/{id}");
    let posted = serde_urlencoded::from_bytes::<Posted>(&body).ok().and_then(|posted| posted.response);
    let taken = match (own.acs_urls.contains(&arrived), posted) {
        (false, _) => Err(refusal(format!("Nothing is taken at ‘{arrived}’."))),
        (_, None) => Err(refusal("There is no SAMLResponse in what the browser sent. Was the address opened by hand?".to_owned())),
        (true, Some(response)) => take(&mut inner, &own, &arrived, &response, now_ms),
    };
    let sign_in = SignIn {
        at_ms: now_ms,
        user_name: taken.as_ref().map_or_else(|refused| refused.user_name.clone(), |(taken, _)| Some(taken.facts.name_id.clone())),
        began: taken.as_ref().map_or_else(|refused| refused.began, |(taken, _)| taken.facts.began),
        refused: taken.as_ref().err().map(|refused| refused.why.clone()),
    };
    Portal::push(&mut inner.portal.sign_ins, sign_in, MOST_SIGN_INS);
    match taken {
        Err(refused) => page(StatusCode::FORBIDDEN, pages::refused("Something doesn’t compute", &refused.why)),
        Ok((taken, return_to)) => {
            let secret = inner.portal.random();
            let ends = taken.facts.session_not_on_or_after.unwrap_or(i64::MAX).min(now_ms.saturating_add(SESSION_MS));
            let session = Session { secret: secret.clone(), user_name: taken.facts.name_id.clone(), ends_ms: ends, facts: taken.facts };
            Portal::push(&mut inner.portal.sessions, session, MOST_SESSIONS);
            with_cookie(Redirect::to(return_to).into_response(), &secret, SESSION_MS / 1000)
        }
    }
}

fn refusal(why: String) -> Refused {
    Refused { why, user_name: None, began: Began::IdentityProvider }
}

/// Judges an answer, uses up what counts once, and looks for the person.
fn take(
    inner: &mut Inner,
    own: &super::ServiceProvider,
    arrived_at: &str,
    response: &str,
    now_ms: i64,
) -> Result<(Taken, &'static str), Refused> {
    let portal = &mut inner.portal;
    let Some(provider) = portal.kept.provider.clone() else {
        return Err(refusal("No identity provider is known. Upload its metadata under Settings.".to_owned()));
    };
    portal.pending.retain(|pending| now_ms.saturating_sub(pending.at_ms) < PATIENCE_MS);
    portal.seen.retain(|(_, until_ms)| now_ms < *until_ms);
    let judge = Judge {
        provider: &provider,
        own,
        arrived_at,
        now_ms,
        is_pending: &|id| portal.pending.iter().any(|pending| pending.id == id),
        is_seen: &|id| portal.seen.iter().any(|(seen, _)| seen == id),
    };
    let taken = judge.judge(response)?;
    let answered = taken.request.as_ref().and_then(|id| portal.pending.iter().position(|pending| pending.id == *id));
    let return_to = answered.and_then(|at| portal.pending.remove(at)).map_or(START, |pending| pending.return_to);
    Portal::push(&mut portal.seen, (taken.assertion.id.clone(), taken.valid_until_ms), MOST_SEEN);
    match person(inner, &taken.facts.name_id) {
        Ok(()) => Ok((taken, return_to)),
        Err(why) => Err(Refused { why, user_name: Some(taken.facts.name_id), began: taken.facts.began }),
    }
}

/// Whether somebody of this name may sign in.
fn person(inner: &Inner, name: &str) -> Result<(), String> {
    match inner.exact_user(name) {
        Some(user) if user.active => Ok(()),
        Some(_) => Err(format!("The user ‘{name}’ is disabled in IAM Identity Center.")),
        None => {
            let known = inner.state.user_by_name(name).and_then(|key| inner.state.user(key)).map(|record| inner.state.user_view(record));
            Err(match known {
                Some(other) => format!(
                    "There is no user ‘{name}’ in IAM Identity Center; there is ‘{}’, and user names count letter by letter.",
                    other.user_name
                ),
                None => format!(
                    "No user with the user name ‘{name}’ is provisioned in IAM Identity Center. The NameID has to be the userName that was provisioned."
                ),
            })
        }
    }
}

fn with_cookie(mut response: Response, secret: &str, seconds: i64) -> Response {
    let cookie = format!("{COOKIE}={secret}; Path={START}; HttpOnly; SameSite=Lax; Max-Age={seconds}");
    response.headers_mut().extend(HeaderValue::from_str(&cookie).ok().map(|cookie| (header::SET_COOKIE, cookie)));
    response
}
