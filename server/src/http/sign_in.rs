//! Signing on and off, and changing one's password. What went wrong goes back to the form as a code in its address.

use super::answer::broken;
use super::{AppState, held};
use crate::auth;
use app::routes::Page;
use axum::extract::{ConnectInfo, Extension, Form, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use domain::actor::Actor;
use domain::secret::Secret;
use serde::{Deserialize, Serialize};
use service::accounts::{PasswordRefusal, SignInError};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use tower_sessions::Session;
use url::form_urlencoded::Serializer;

/// What the sign-in form posts.
#[derive(Deserialize)]
pub struct SignIn {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    return_to: String,
    /// What was typed on a tab before the session ended, urlencoded.
    #[serde(default)]
    held: String,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignIn(..)")
    }
}

/// `POST /sign-in`.
pub async fn sign_in(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    session: Session,
    Form(form): Form<SignIn>,
) -> Response {
    let address = address_of(peer.ip(), &headers, state.behind_proxy).to_string();
    let username = form.username.trim();
    let return_to = local(&form.return_to);
    let again = |error: &str, wait: Option<i64>| {
        if let Some(to) = return_to.filter(|_| !form.held.is_empty()) {
            let problem = match wait {
                Some(seconds) => format!("Too many attempts failed. Try again in {seconds} seconds."),
                None => "The username or password is not right. Try again.".to_owned(),
            };
            return held::door(to, &form.held, username, Some(&problem));
        }
        let mut query = Serializer::new(String::new());
        query.append_pair("error", error).append_pair("username", username);
        wait.map(|seconds| query.append_pair("wait", &seconds.to_string()));
        return_to.map(|to| query.append_pair("return_to", to));
        Redirect::to(&format!("{}?{}", Page::SignIn.href(), query.finish())).into_response()
    };
    let actor = match state.service.sign_in(username, &Secret::new(form.password.as_str()), &address).await {
        Ok(actor) => actor,
        Err(SignInError::Bad) => {
            tracing::warn!(target: crate::telemetry::ADMIN, username, address, "refused to sign on");
            return again("bad", None);
        }
        Err(SignInError::Throttled { until }) => return again("throttled", Some((until - (state.clock)()).max(0) / 1000 + 1)),
        Err(SignInError::Failed(error)) => return broken(&error),
    };
    let Actor::Person { account, .. } = &actor else { return again("bad", None) };
    if let Err(error) = auth::sign_on(&session, account, (state.clock)()).await {
        return broken(&error);
    }
    tracing::info!(target: crate::telemetry::ADMIN, actor = %actor, address, "signed on");
    let waiting = return_to.map(|to| Waiting { to: to.to_owned(), held: form.held });
    if actor.may_administer() {
        return go_on(&state, &actor, waiting).await;
    }
    // Through the change of the password it waits in the session, which has no secret of it.
    match session.insert(WAITING, waiting).await {
        Ok(()) => Redirect::to(&Page::Password.href()).into_response(),
        Err(error) => broken(&error),
    }
}

/// Name of what [`Waiting`] is in the session.
const WAITING: &str = "waiting";

/// Where somebody was going before they had to sign on.
#[derive(Deserialize, Serialize)]
struct Waiting {
    /// The page.
    to: String,
    /// What was typed there, urlencoded; empty for nothing.
    held: String,
}

/// Leads who is signed on to where they were going, with what they typed there put back.
async fn go_on(state: &AppState, actor: &Actor, waiting: Option<Waiting>) -> Response {
    let Some(Waiting { to, held }) = waiting else { return Redirect::to(&Page::Home.href()).into_response() };
    let back = if held.is_empty() { None } else { held::put_back(state, actor, &to, &held).await };
    Redirect::to(&back.unwrap_or(to)).into_response()
}

/// `POST /sign-out`.
pub async fn sign_out(session: Session, actor: Option<Extension<Actor>>) -> Response {
    sign_off(&session, actor.as_deref()).await
}

/// Ends a session.
pub async fn sign_off(session: &Session, actor: Option<&Actor>) -> Response {
    if let Err(error) = session.flush().await {
        return broken(&error);
    }
    if let Some(actor) = actor {
        tracing::info!(target: crate::telemetry::ADMIN, actor = %actor, "signed off");
    }
    Redirect::to(&Page::SignIn.href()).into_response()
}

/// What the password form posts.
#[derive(Deserialize)]
pub struct NewPassword {
    #[serde(default)]
    current: String,
    #[serde(default)]
    new: String,
    #[serde(default)]
    confirm: String,
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(..)")
    }
}

/// `POST /password`.
pub async fn change_password(
    State(state): State<AppState>,
    session: Session,
    actor: Option<Extension<Actor>>,
    Form(form): Form<NewPassword>,
) -> Response {
    let Some(Extension(actor)) = actor else { return Redirect::to(&format!("{}?error=expired", Page::SignIn.href())).into_response() };
    let again = |error: &str| Redirect::to(&format!("{}?error={error}", Page::Password.href())).into_response();
    if form.new != form.confirm {
        return again("mismatch");
    }
    match state.service.change_password(&actor, &Secret::new(form.current), &Secret::new(form.new)).await {
        Ok(Ok(())) => {}
        Ok(Err(refusal)) => {
            return again(match refusal {
                PasswordRefusal::WrongCurrent => "wrong",
                PasswordRefusal::Short => "short",
                PasswordRefusal::Long => "long",
                PasswordRefusal::Same => "same",
            });
        }
        Err(error) => return broken(&error),
    }
    tracing::info!(target: crate::telemetry::ADMIN, actor = %actor, "changed the password");
    // Every session of the account has ended, this one too: it goes on under a new id.
    let Actor::Person { account, .. } = &actor else { return Redirect::to(&Page::SignIn.href()).into_response() };
    let waiting = match session.remove::<Option<Waiting>>(WAITING).await {
        Ok(waiting) => waiting.flatten(),
        Err(error) => return broken(&error),
    };
    if let Err(error) = auth::sign_on(&session, account, (state.clock)()).await {
        return broken(&error);
    }
    match state.service.actor_of(account).await {
        Ok(Some(actor)) => go_on(&state, &actor, waiting).await,
        Ok(None) => Redirect::to(&Page::SignIn.href()).into_response(),
        Err(error) => broken(&error),
    }
}

/// A path of this server, so that nobody can be led elsewhere by a link to the sign-in page.
fn local(to: &str) -> Option<&str> {
    let is_local = to.starts_with('/') && !to.starts_with("//") && !to.contains(['\\', '\r', '\n', '\t']) && to != "/sign-in";
    is_local.then_some(to)
}

/// Who is counted when signing on fails. A proxy on this machine adds its peer at the end of `X-Forwarded-For`; anything before that
/// was said by the peer itself.
pub(super) fn address_of(peer: IpAddr, headers: &HeaderMap, behind_proxy: bool) -> IpAddr {
    if !behind_proxy || !peer.is_loopback() {
        return peer;
    }
    let said = headers.get_all("x-forwarded-for").iter().next_back().and_then(|v| v.to_str().ok());
    said.and_then(|list| list.rsplit(',').next()?.trim().parse().ok()).unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_local_paths_are_returned_to() {
        for good in ["/", "/channels", "/wizard/1/a/b?x=1"] {
            assert_eq!(local(good), Some(good));
        }
        for bad in ["", "channels", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb", "/\t/evil.example", "/sign-in"]
        {
            assert_eq!(local(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_proxy_on_this_machine_is_believed_and_nobody_else() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "1.1.1.1, 10.0.0.7".parse().unwrap());
        let (loopback, far): (IpAddr, IpAddr) = ("127.0.0.1".parse().unwrap(), "192.0.2.1".parse().unwrap());
        assert_eq!(address_of(loopback, &headers, true).to_string(), "10.0.0.7");
        assert_eq!(address_of(loopback, &headers, false), loopback);
        assert_eq!(address_of(far, &headers, true), far);
        assert_eq!(address_of(loopback, &HeaderMap::new(), true), loopback);
    }
}
