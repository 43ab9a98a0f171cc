//! `/idp/SLO.saml2`, `/idp/startSLO.ping` and the Logout Paths of adapters: signing off.

use super::ask::{Asked, Message};
use super::{About, cookies, page, turned_away};
use crate::http::AppState;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use saml::logout::Outgoing;
use serde::Deserialize;
use service::sign_on::{Event, Farewell, Leave, Turned};

/// `/idp/SLO.saml2`: HTTP-Redirect and HTTP-POST.
pub async fn receive(State(state): State<AppState>, asked: Asked, Message(received): Message) -> Response {
    let partner = received.as_ref().ok().map(|received| received.issuer().to_owned());
    let farewell = match received {
        Ok(received) => state.service.receive_sign_off(&received, &asked.tracking, &asked.visitor).await,
        Err(refusal) => Err(refusal.into()),
    };
    go_on(&state, farewell, &asked, partner.as_deref()).await
}

/// What a link that signs off says.
#[derive(Deserialize)]
pub struct Link {
    #[serde(rename = "TargetResource", default)]
    target: Option<String>,
}

/// `GET /idp/startSLO.ping`.
pub async fn start(State(state): State<AppState>, asked: Asked, Query(link): Query<Link>) -> Response {
    leave(&state, &asked, link.target.filter(|target| !target.is_empty()), None).await
}

/// `GET /ext/{path}`.
pub async fn start_at(State(state): State<AppState>, asked: Asked, Path(path): Path<String>) -> Response {
    leave(&state, &asked, None, Some(path)).await
}

async fn leave(state: &AppState, asked: &Asked, target: Option<String>, path: Option<String>) -> Response {
    let leave = Leave { target, path, waiting: asked.cookie(state, cookies::LEAVING) };
    let farewell = state.service.leave(&leave, &asked.tracking, &asked.visitor).await;
    go_on(state, farewell, asked, None).await
}

async fn go_on(state: &AppState, farewell: Result<Farewell, Turned>, asked: &Asked, partner: Option<&str>) -> Response {
    match farewell {
        Ok(Farewell::Send { outgoing, waiting }) => {
            let mut response = match outgoing {
                Outgoing::Post(form) => page::on(&form),
                Outgoing::Redirect(to) => Redirect::to(&to).into_response(),
            };
            if let Some(waiting) = waiting {
                cookies::set(state, &mut response, cookies::LEAVING, &waiting);
            }
            response
        }
        Ok(Farewell::Go(to)) => Redirect::to(&to).into_response(),
        Ok(Farewell::Show { text, is_partial }) => page::signed_off(&text, is_partial),
        Err(turned) => {
            let about = About { partner, ..About::default() };
            turned_away(state, &turned, &asked.tracking, Event::SignOff, about, &asked.visitor).await
        }
    }
}
