//! `/idp/SSO.saml2` and `/idp/startSSO.ping`: requests to sign on, from service providers and from links.

use super::{form, page, tracking, turned_away};
use crate::http::AppState;
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Query, RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use saml::{Received, Refusal};
use serde::Deserialize;
use service::sign_on::{Arrived, Start};
use url::form_urlencoded::byte_serialize;

/// `GET /idp/SSO.saml2`: HTTP-Redirect.
pub async fn by_redirect(State(state): State<AppState>, RawQuery(query): RawQuery) -> Response {
    receive(&state, Received::by_redirect(query.as_deref().unwrap_or_default())).await
}

/// `POST /idp/SSO.saml2`: HTTP-POST.
pub async fn by_post(State(state): State<AppState>, fields: Result<Form<Vec<(String, String)>>, FormRejection>) -> Response {
    let received = match &fields {
        Ok(Form(fields)) => Received::by_post(fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))),
        Err(_) => Err(Refusal::Encoding("it is not a form as browsers post it")),
    };
    receive(&state, received).await
}

async fn receive(state: &AppState, received: Result<Received, Refusal>) -> Response {
    let tracking = tracking();
    let arrived = match received {
        Ok(received) => state.service.receive_sign_on(&received, &tracking).await,
        Err(refusal) => Err(refusal.into()),
    };
    match arrived {
        Ok(Arrived::Flow(flow)) => go_on(state, &flow),
        Ok(Arrived::Answer(answer)) => page::on(&answer),
        Err(turned) => turned_away(&turned, &tracking),
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
pub async fn start(State(state): State<AppState>, Query(link): Query<Link>) -> Response {
    let tracking = tracking();
    if link.target.as_ref().is_some_and(|target| target.len() > saml::message::MOST_RELAY_STATE_BYTES) {
        return turned_away(&Refusal::TooLong("TargetResource", saml::message::MOST_RELAY_STATE_BYTES).into(), &tracking);
    }
    let index = link.index.as_deref().filter(|index| !index.is_empty()).map(|index| index.parse().unwrap_or(u16::MAX));
    let start = Start { partner: link.partner.trim().to_owned(), target: link.target, index, adapter: link.adapter };
    match state.service.start_sign_on(&start, &tracking).await {
        Ok(flow) => go_on(&state, &flow),
        Err(turned) => turned_away(&turned, &tracking),
    }
}

/// To where the cookies come along.
fn go_on(state: &AppState, flow: &service::sign_on::Flow) -> Response {
    match state.service.seal_flow(flow, "") {
        Ok(sealed) => {
            Redirect::to(&format!("{}?flow={}", form::HERE, byte_serialize(sealed.as_bytes()).collect::<String>())).into_response()
        }
        Err(turned) => turned_away(&turned, &flow.tracking),
    }
}
