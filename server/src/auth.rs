//! Who is at the other end: sessions, the actor of a request, and requests that another site's page made.

pub mod origin;
pub mod session;

use crate::http::AppState;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use domain::actor::Actor;
use domain::id::AccountId;
use tower_sessions::Session;

/// Name of the account in the session.
const ACCOUNT: &str = "account";

/// Puts the [`Actor`] of the session into the request, and leads who is not signed on to the sign-in page.
pub async fn identify(State(state): State<AppState>, session: Session, mut request: Request, next: Next) -> Response {
    let actor = match actor_of(&state, &session).await {
        Ok(actor) => actor,
        Err(response) => return response,
    };
    let path = request.uri().path();
    let page = request.method() == Method::GET && !path.starts_with("/api/") && !path.starts_with("/events/");
    let open = path == "/sign-in";
    match &actor {
        None if page && !open => {
            let to = request.uri().path_and_query().map_or("/", |p| p.as_str());
            let to: String = url::form_urlencoded::byte_serialize(to.as_bytes()).collect();
            return Redirect::to(&format!("/sign-in?return_to={to}")).into_response();
        }
        Some(actor) if page && !actor.may_administer() && path != "/password" => return Redirect::to("/password").into_response(),
        Some(_) if page && open => return Redirect::to("/").into_response(),
        _ => {}
    }
    if let Some(actor) = actor {
        request.extensions_mut().insert(actor);
    }
    next.run(request).await
}

async fn actor_of(state: &AppState, session: &Session) -> Result<Option<Actor>, Response> {
    let account: Option<AccountId> = session.get(ACCOUNT).await.map_err(|e| crate::http::broken(&e))?;
    match account {
        None => Ok(None),
        Some(account) => state.service.actor_of(&account).await.map_err(|e| crate::http::broken(&e)),
    }
}

/// Begins a signed-on session under a new id, so that an id known before signing on is worth nothing.
pub async fn sign_on(session: &Session, account: &AccountId) -> Result<(), tower_sessions::session::Error> {
    session.cycle_id().await?;
    session.insert(ACCOUNT, account).await
}
