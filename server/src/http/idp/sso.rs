//! `/idp/SSO.saml2` and `/idp/startSSO.ping`: requests to sign on, from service providers and from links.

use super::ask::{Asked, Message};
use super::{About, form, page, turned_away};
use crate::http::AppState;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use saml::Refusal;
use saml::message::MOST_RELAY_STATE_BYTES;
use serde::Deserialize;
use service::sign_on::{Arrived, Event, Flow, Start, Visitor};
use url::form_urlencoded::byte_serialize;

/// `/idp/SSO.saml2`: HTTP-Redirect and HTTP-POST.
pub async fn receive(State(state): State<AppState>, asked: Asked, Message(received): Message) -> Response {
    let Asked { visitor, tracking, .. } = asked;
    let partner = received.as_ref().ok().map(|received| received.issuer().to_owned());
    let arrived = match received {
        Ok(received) => state.service.receive_sign_on(&received, &tracking, &visitor).await,
        Err(refusal) => Err(refusal.into()),
    };
    match arrived {
        Ok(Arrived::Flow(flow)) => go_on(&state, &flow, &visitor).await,
        Ok(Arrived::Answer(answer)) => page::on(&answer),
        Err(turned) => {
            let about = About { partner: partner.as_deref(), ..About::default() };
            turned_away(&state, &turned, &tracking, Event::SignOn, about, &visitor).await
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
pub async fn start(State(state): State<AppState>, asked: Asked, Query(link): Query<Link>) -> Response {
    let Asked { visitor, tracking, .. } = asked;
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
