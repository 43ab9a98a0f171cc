//! Who is at the other end: sessions, the actor of a request, and requests that another site's page made.

pub mod origin;
pub mod session;

use crate::http::AppState;
use app::routes::Page;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use domain::actor::Actor;
use domain::id::AccountId;
use tower_sessions::Session;

/// Name of the account in the session.
const ACCOUNT: &str = "account";
/// Name of the last noted request (unix ms) in the session.
const SEEN: &str = "seen";
/// A session is written again when its last note is older than this: its end moves, and most requests write nothing.
const NOTE_AFTER_MS: i64 = 5 * 60_000;

/// Puts the [`Actor`] of the session into the request, and leads who is not signed on to the sign-in page.
pub async fn identify(State(state): State<AppState>, session: Session, mut request: Request, next: Next) -> Response {
    let actor = match actor_of(&state, &session).await {
        Ok(actor) => actor,
        Err(response) => return response,
    };
    let path = request.uri().path();
    let is_page = matches!(*request.method(), Method::GET | Method::HEAD) && !path.starts_with("/api/") && !path.starts_with("/events/");
    let is_door = path == "/sign-in";
    match &actor {
        None if is_page && !is_door => {
            let to = request.uri().path_and_query().map_or("/", |p| p.as_str());
            let to: String = url::form_urlencoded::byte_serialize(to.as_bytes()).collect();
            return Redirect::to(&format!("{}?return_to={to}", Page::SignIn.href())).into_response();
        }
        Some(actor) if is_page && !actor.may_administer() && path != "/password" => {
            return Redirect::to(&Page::Password.href()).into_response();
        }
        Some(_) if is_page && is_door => return Redirect::to(&Page::Home.href()).into_response(),
        _ => {}
    }
    if let Some(actor) = actor {
        request.extensions_mut().insert(actor);
    }
    next.run(request).await
}

async fn actor_of(state: &AppState, session: &Session) -> Result<Option<Actor>, Response> {
    let account: Option<AccountId> = session.get(ACCOUNT).await.map_err(|e| crate::http::broken(&e))?;
    let Some(account) = account else { return Ok(None) };
    let actor = state.service.actor_of(&account).await.map_err(|e| crate::http::broken(&e))?;
    if actor.is_some() {
        note(session, (state.clock)()).await.map_err(|e| crate::http::broken(&e))?;
    }
    Ok(actor)
}

async fn note(session: &Session, now: i64) -> Result<(), tower_sessions::session::Error> {
    let seen: Option<i64> = session.get(SEEN).await?;
    if seen.is_none_or(|seen| now - seen > NOTE_AFTER_MS) {
        session.insert(SEEN, now).await?;
    }
    Ok(())
}

/// Begins a signed-on session under a new id, so that an id known before signing on is worth nothing.
pub async fn sign_on(session: &Session, account: &AccountId, now: i64) -> Result<(), tower_sessions::session::Error> {
    session.cycle_id().await?;
    session.insert(ACCOUNT, account).await?;
    session.insert(SEEN, now).await
}

/// The person of a request who may administer, for handlers of forms; others are led to where that is mended.
pub struct Administrator(pub Actor);

impl<S: Sync> FromRequestParts<S> for Administrator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        match parts.extensions.get::<Actor>() {
            Some(actor) if actor.may_administer() => Ok(Self(actor.clone())),
            _ if parts.method == Method::GET => Err((StatusCode::UNAUTHORIZED, "Sign on first.\n").into_response()),
            Some(_) => Err(Redirect::to(&Page::Password.href()).into_response()),
            None => Err(Redirect::to(&format!("{}?error=expired", Page::SignIn.href())).into_response()),
        }
    }
}
