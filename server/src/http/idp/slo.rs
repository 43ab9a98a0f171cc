//! `/idp/SLO.saml2`, `/idp/startSLO.ping` and the Logout Paths of adapters: signing off.

use super::sso::posted;
use super::{About, page, tracking, turned_away, visitor};
use crate::http::AppState;
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{ConnectInfo, Path, Query, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use saml::logout::Outgoing;
use saml::{Received, Refusal};
use serde::Deserialize;
use service::sign_on::{Event, Farewell, Leave, Turned, Visitor};
use std::net::SocketAddr;

/// `GET /idp/SLO.saml2`: HTTP-Redirect.
pub async fn by_redirect(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    receive(&state, Received::by_redirect(query.as_deref().unwrap_or_default()), visitor(&state, peer, &headers)).await
}

/// `POST /idp/SLO.saml2`: HTTP-POST.
pub async fn by_post(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    fields: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Response {
    receive(&state, posted(fields), visitor(&state, peer, &headers)).await
}

async fn receive(state: &AppState, received: Result<Received, Refusal>, visitor: Visitor) -> Response {
    let tracking = tracking();
    let partner = received.as_ref().ok().map(|received| received.issuer().to_owned());
    let farewell = match received {
        Ok(received) => state.service.receive_sign_off(&received, &tracking, &visitor).await,
        Err(refusal) => Err(refusal.into()),
    };
    go_on(state, farewell, &tracking, partner.as_deref(), &visitor).await
}

/// What a link that signs off says.
#[derive(Deserialize)]
pub struct Link {
    #[serde(rename = "TargetResource", default)]
    target: Option<String>,
}

/// `GET /idp/startSLO.ping`.
pub async fn start(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Query(link): Query<Link>,
) -> Response {
    let (tracking, visitor) = (tracking(), visitor(&state, peer, &headers));
    let leave = Leave { target: link.target.filter(|target| !target.is_empty()), path: None };
    let farewell = state.service.leave(&leave, &tracking, &visitor).await;
    go_on(&state, farewell, &tracking, None, &visitor).await
}

/// `GET /ext/{path}`.
pub async fn leave(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(path): Path<String>,
) -> Response {
    let (tracking, visitor) = (tracking(), visitor(&state, peer, &headers));
    let farewell = state.service.leave(&Leave { target: None, path: Some(path) }, &tracking, &visitor).await;
    go_on(&state, farewell, &tracking, None, &visitor).await
}

async fn go_on(state: &AppState, farewell: Result<Farewell, Turned>, tracking: &str, partner: Option<&str>, visitor: &Visitor) -> Response {
    match farewell {
        Ok(Farewell::Send(Outgoing::Post(form))) => page::on(&form),
        Ok(Farewell::Send(Outgoing::Redirect(to)) | Farewell::Go(to)) => Redirect::to(&to).into_response(),
        Ok(Farewell::Show { text, is_partial }) => page::signed_off(&text, is_partial),
        Err(turned) => {
            let about = About { partner, ..About::default() };
            turned_away(state, &turned, tracking, Event::SignOff, about, visitor).await
        }
    }
}
