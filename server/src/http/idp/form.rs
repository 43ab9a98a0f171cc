//! `/idp/sign-on`: the form that asks who it is.
//!
//! A post is taken only from the browser that the form was shown in: the state in the form is sealed for a cookie of that browser, so
//! that nobody can sign a stranger's browser on as somebody else.

use super::ask::Asked;
use super::{About, cookies, page, turned_away};
use crate::http::AppState;
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::id::ConnectionId;
use domain::secret::Secret;
use serde::Deserialize;
use service::sign_on::{Asking, Event, Flow, Next, Turned, Typed, Visitor};
use std::fmt;

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
pub async fn show(State(state): State<AppState>, asked: Asked, Query(way): Query<Way>) -> Response {
    let tie = asked.cookie(&state, cookies::TIE);
    let Asked { visitor, tracking, headers } = asked;
    let opened = match (&way.adapter, &tie) {
        // From a link of the form.
        (Some(_), Some(tie)) => state.service.open_flow(&way.flow, tie),
        _ => state.service.open_flow(&way.flow, ""),
    };
    let flow = match opened {
        Ok(flow) => flow,
        Err(turned) => return turned_away(&state, &turned, &tracking, Event::SignOn, About::default(), &visitor).await,
    };
    let known = Known { tracking: flow.tracking.clone(), connection: flow.connection.clone(), tie, visitor };
    let next = state.service.begin_flow(flow, way.adapter.as_deref(), &known.visitor).await;
    let username = cookies::username(&state, &headers);
    let shown = Shown { remembers: username.is_some(), username: username.unwrap_or_default() };
    go_on(&state, next, &known, &shown).await
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
    #[serde(default)]
    remember: String,
}

impl fmt::Debug for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Filled(..)")
    }
}

/// `POST /idp/sign-on`.
pub async fn post(State(state): State<AppState>, asked: Asked, filled: Result<Form<Filled>, FormRejection>) -> Response {
    let Asked { visitor, tracking, headers } = asked;
    let (flow, tie, filled) = match opened(&state, &headers, filled) {
        Ok(opened) => opened,
        Err(turned) => return turned_away(&state, &turned, &tracking, Event::SignOn, About::default(), &visitor).await,
    };
    let known = Known { tracking: flow.tracking.clone(), connection: flow.connection.clone(), tie: Some(tie), visitor };
    let typed = Typed { username: filled.username, password: Secret::new(filled.password) };
    let next = state.service.try_password(flow, &typed, &known.visitor).await;
    let days = match &next {
        Ok(Next::Answer(answer)) => answer.remember_days,
        _ => None,
    };
    let shown = Shown { username: typed.username.trim().to_owned(), remembers: !filled.remember.is_empty() };
    let mut response = go_on(&state, next, &known, &shown).await;
    if let Some(days) = days {
        cookies::remember(&state, &mut response, Some(shown.username.as_str()).filter(|_| shown.remembers), days);
    }
    response
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

/// A flow, while it is taken a step on.
struct Known {
    tracking: String,
    connection: ConnectionId,
    tie: Option<String>,
    visitor: Visitor,
}

/// What stands in the form.
struct Shown {
    username: String,
    remembers: bool,
}

async fn go_on(state: &AppState, next: Result<Next, Turned>, known: &Known, shown: &Shown) -> Response {
    let turned = match next {
        Ok(Next::Ask(asking)) => match ask(state, &asking, known, shown) {
            Ok(response) => return response,
            Err(turned) => turned,
        },
        Ok(Next::Answer(answer)) => {
            let mut response = page::on(&answer.form);
            if let Some(browser) = &answer.browser {
                cookies::set(state, &mut response, cookies::SESSION, browser);
            }
            return response;
        }
        Err(turned) => turned,
    };
    let about = About { connection: Some(&known.connection), ..About::default() };
    turned_away(state, &turned, &known.tracking, Event::SignOn, about, &known.visitor).await
}

fn ask(state: &AppState, asking: &Asking, known: &Known, shown: &Shown) -> Result<Response, Turned> {
    let tie = known.tie.clone().unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
    let sealed = state.service.seal_flow(&asking.flow, &tie)?;
    let remembers = asking.adapter.form.remember_username.then_some(shown.remembers);
    let mut response = page::form(asking, &sealed, &shown.username, remembers, HERE);
    if known.tie.is_none() {
        cookies::set(state, &mut response, cookies::TIE, &tie);
    }
    Ok(response)
}
