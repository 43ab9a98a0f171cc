//! `/idp/SSO.saml2` and `/idp/startSSO.ping`: requests to sign on, from service providers and from links.

use super::{About, form, page, tracking, turned_away, visitor};
use crate::http::AppState;
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{ConnectInfo, Query, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use saml::message::MOST_RELAY_STATE_BYTES;
use saml::{Received, Refusal};
use serde::Deserialize;
use service::sign_on::{Arrived, Event, Flow, Start, Visitor};
use std::net::SocketAddr;
use url::form_urlencoded::byte_serialize;

/// `GET /idp/SSO.saml2`: HTTP-Redirect.
pub async fn by_redirect(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    receive(&state, Received::by_redirect(query.as_deref().unwrap_or_default()), visitor(&state, peer, &headers)).await
}

/// `POST /idp/SSO.saml2`: HTTP-POST.
pub async fn by_post(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    fields: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Response {
    receive(&state, posted(fields), visitor(&state, peer, &headers)).await
}

/// The message in a form.
pub(super) fn posted(fields: Result<Form<Vec<(String, String)>>, FormRejection>) -> Result<Received, Refusal> {
    match &fields {
        Ok(Form(fields)) => Received::by_post(fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))),
        Err(_) => Err(Refusal::Encoding("it is not a form as browsers post it")),
    }
}

async fn receive(state: &AppState, received: Result<Received, Refusal>, visitor: Visitor) -> Response {
    let tracking = tracking();
    let partner = received.as_ref().ok().map(|received| received.issuer().to_owned());
    let arrived = match received {
        Ok(received) => state.service.receive_sign_on(&received, &tracking, &visitor).await,
        Err(refusal) => Err(refusal.into()),
    };
    match arrived {
        Ok(Arrived::Flow(flow)) => go_on(state, &flow, &visitor).await,
        Ok(Arrived::Answer(answer)) => page::on(&answer),
        Err(turned) => {
            let about = About { partner: partner.as_deref(), ..About::default() };
            turned_away(state, &turned, &tracking, Event::SignOn, about, &visitor).await
        }
    }
}

/// What a link to a service provider says. PingFederate's names; others of its parameters are for what there is not here.
#[derive(Deserialize)]
pub struct Link {
    #[serde(rename = "PartnerSpId", default)]
    partner: String,
    #[serde(rename = "TargetResource", default)]
    target: Option<String>,
    #[serde(rename = "ACSIdx", default)]
    index: Option<String>,
    #[serde(rename = "IdpAdapterId", default)]
    adapter: Option<String>,
}

/// `GET /idp/startSSO.ping?PartnerSpId=...`.
pub async fn start(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Query(link): Query<Link>,
) -> Response {
    let (tracking, visitor) = (tracking(), visitor(&state, peer, &headers));
    let index = link.index.as_deref().filter(|index| !index.is_empty()).map(|index| index.parse().unwrap_or(u16::MAX));
    let start = Start { partner: link.partner.trim().to_owned(), target: link.target, index, adapter: link.adapter };
    let begun = match start.target.as_ref().is_some_and(|target| target.len() > MOST_RELAY_STATE_BYTES) {
        true => Err(Refusal::TooLong("TargetResource", MOST_RELAY_STATE_BYTES).into()),
        false => state.service.start_sign_on(&start, &tracking).await,
    };
    match begun {
        Ok(flow) => go_on(&state, &flow, &visitor).await,
        Err(turned) => {
            let about = About { partner: Some(&start.partner), ..About::default() };
            turned_away(&state, &turned, &tracking, Event::SignOn, about, &visitor).await
        }
    }
}

/// To where the cookies come along.
async fn go_on(state: &AppState, flow: &Flow, visitor: &Visitor) -> Response {
    match state.service.seal_flow(flow, "") {
        Ok(sealed) => {
            Redirect::to(&format!("{}?flow={}", form::HERE, byte_serialize(sealed.as_bytes()).collect::<String>())).into_response()
        }
        Err(turned) => {
            let about = About { connection: Some(&flow.connection), ..About::default() };
            turned_away(state, &turned, &flow.tracking, Event::SignOn, about, visitor).await
        }
    }
}
