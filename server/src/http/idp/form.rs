//! `/idp/sign-on`: the form that asks who it is.
//!
//! A post is taken only from the browser that the form was shown in: the state in the form is sealed for a cookie of that browser, so
//! that nobody can sign a stranger's browser on as somebody else.

use super::{address_of, cookies, page, tracking, turned_away};
use crate::http::AppState;
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::secret::Secret;
use serde::Deserialize;
use service::sign_on::{Asking, Flow, Next, Turned, Typed};
use std::fmt;
use std::net::SocketAddr;

/// Where it is.
pub const HERE: &str = "/idp/sign-on";

/// What the way here says.
#[derive(Deserialize)]
pub struct Way {
    #[serde(default)]
    flow: String,
    #[serde(default)]
    adapter: Option<String>,
}

/// `GET /idp/sign-on`.
pub async fn show(State(state): State<AppState>, headers: HeaderMap, Query(way): Query<Way>) -> Response {
    let tie = cookies::read(&state, &headers, cookies::TIE);
    let opened = match (&way.adapter, &tie) {
        // From a link of the form.
        (Some(_), Some(tie)) => state.service.open_flow(&way.flow, tie),
        _ => state.service.open_flow(&way.flow, ""),
    };
    let flow = match opened {
        Ok(flow) => flow,
        Err(turned) => return turned_away(&turned, &tracking()),
    };
    let tracking = flow.tracking.clone();
    let next = state.service.begin_flow(flow, way.adapter.as_deref()).await;
    go_on(&state, next, tie, "", &tracking)
}

/// What the form posts.
#[derive(Deserialize)]
pub struct Filled {
    #[serde(default)]
    flow: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
}

impl fmt::Debug for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Filled(..)")
    }
}

/// `POST /idp/sign-on`.
pub async fn post(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    filled: Result<Form<Filled>, FormRejection>,
) -> Response {
    let (flow, tie, filled) = match opened(&state, &headers, filled) {
        Ok(opened) => opened,
        Err(turned) => return turned_away(&turned, &tracking()),
    };
    let tracking = flow.tracking.clone();
    let address = address_of(&state, peer.ip(), &headers).to_string();
    let typed = Typed { username: filled.username, password: Secret::new(filled.password), address };
    let next = state.service.try_password(flow, &typed).await;
    go_on(&state, next, Some(tie), typed.username.trim(), &tracking)
}

fn opened(state: &AppState, headers: &HeaderMap, filled: Result<Form<Filled>, FormRejection>) -> Result<(Flow, String, Filled), Turned> {
    let refused = |why: &str| {
        Turned::Refused {
        code: "sign-on-state",
        why: why.to_owned(),
        told: Some("This form was not sent by the browser that it was shown in. Allow cookies for this page, go back to the application that you came from and sign on again.".to_owned()),
    }
    };
    // Other sites' pages are told by every current browser; the cookie tells the rest.
    let site = headers.get("sec-fetch-site").map(|site| site.to_str().unwrap_or("?"));
    if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return Err(refused("Another site's page posted the sign-on form."));
    }
    let Form(filled) = filled.map_err(|_| refused("The sign-on form arrived damaged."))?;
    let tie = cookies::read(state, headers, cookies::TIE).ok_or_else(|| refused("The sign-on form came without its cookie."))?;
    let flow = state.service.open_flow(&filled.flow, &tie)?;
    Ok((flow, tie, filled))
}

fn go_on(state: &AppState, next: Result<Next, Turned>, tie: Option<String>, username: &str, tracking: &str) -> Response {
    match next {
        Ok(Next::Ask(asking)) => ask(state, &asking, tie, username),
        Ok(Next::Answer(answer)) => page::on(&answer),
        Err(turned) => turned_away(&turned, tracking),
    }
}

fn ask(state: &AppState, asking: &Asking, tie: Option<String>, username: &str) -> Response {
    let known = tie.is_some();
    let tie = tie.unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
    let sealed = match state.service.seal_flow(&asking.flow, &tie) {
        Ok(sealed) => sealed,
        Err(turned) => return turned_away(&turned, &asking.flow.tracking),
    };
    let mut response = page::form(asking, &sealed, username, HERE);
    if !known {
        cookies::set(state, &mut response, cookies::TIE, &tie);
    }
    response
}
