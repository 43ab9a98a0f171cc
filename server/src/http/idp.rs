//! Where people sign on for service providers. These addresses are for everybody: what comes in is a stranger's, each address is
//! answered only so often, and a page that refuses shows a code that an administrator finds in the log, and nothing else.
//!
//! A service provider's form posts its request from another site, and with such a post no browser sends the cookies that say who is
//! signed on. So a request is answered with a way on (303), on which they are sent.

mod ask;
mod cookies;
mod form;
mod pace;
mod page;
mod slo;
mod sso;

pub use pace::Pace;

use super::AppState;
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use domain::id::ConnectionId;
use service::sign_on::{Event, Turned, Visitor};
use std::net::{IpAddr, SocketAddr};
use tower_http::limit::RequestBodyLimitLayer;

/// A message in base64, encoded once more for the form, with its relay state.
const LONGEST_BODY: usize = 320 * 1024;

/// The routes with what guards them.
pub fn routes(state: AppState) -> Router<AppState> {
    Router::new()
        .route("/idp/SSO.saml2", get(sso::receive).post(sso::receive))
        .route("/idp/startSSO.ping", get(sso::start))
        .route(form::HERE, get(form::show).post(form::post))
        .route("/idp/SLO.saml2", get(slo::receive).post(slo::receive))
        .route("/idp/startSLO.ping", get(slo::start))
        .route("/ext/{*path}", get(slo::start_at))
        .layer(RequestBodyLimitLayer::new(LONGEST_BODY))
        .layer(from_fn_with_state(state, pace_guard))
}

/// Lets nobody ask more often than people and their browsers do.
async fn pace_guard(State(state): State<AppState>, ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request, next: Next) -> Response {
    let address = address_of(&state, peer.ip(), request.headers());
    match state.pace.admits(address, (state.clock)()) {
        true => next.run(request).await,
        false => {
            tracing::debug!(%address, path = request.uri().path(), "refused because of too many requests");
            page::too_many()
        }
    }
}

fn address_of(state: &AppState, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    super::sign_in::address_of(peer, headers, state.behind_proxy)
}

/// A name for a sign-on, under which the logs have it and which its pages show.
fn tracking() -> String {
    let mut id = uuid::Uuid::new_v4().simple().to_string();
    id.truncate(16);
    id
}

/// Who is at the other end.
fn visitor(state: &AppState, peer: SocketAddr, headers: &HeaderMap) -> Visitor {
    Visitor::new(address_of(state, peer.ip(), headers).to_string(), cookies::read(state, headers, cookies::SESSION))
}

/// What is known of what ends with a page.
#[derive(Default)]
struct About<'a> {
    connection: Option<&'a ConnectionId>,
    partner: Option<&'a str>,
}

/// The page for what ends here; the logs have why.
async fn turned_away(state: &AppState, turned: &Turned, tracking: &str, event: Event, about: About<'_>, visitor: &Visitor) -> Response {
    state.service.note_turned(turned, tracking, event, about.connection, about.partner, visitor).await;
    match turned {
        Turned::Refused { code, why, told } => {
            tracing::warn!(tracking, code, why, "refused a sign-on");
            page::refused(code, tracking, told.as_deref())
        }
        Turned::Rejected { told, .. } => page::refused("sign-on-failed", tracking, Some(told)),
        Turned::Failed(error) => {
            tracing::error!(tracking, error = %crate::ports::chain(error), "a sign-on failed");
            page::failed(tracking)
        }
    }
}
