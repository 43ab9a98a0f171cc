//! What every handler here wants to know: who asks, under which name the logs have it, and the message that came along.

use super::{cookies, tracking, visitor};
use crate::http::AppState;
use axum::Form;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use saml::{Received, Refusal};
use service::sign_on::Visitor;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Who asks.
pub struct Asked {
    pub visitor: Visitor,
    /// Under which the logs have it.
    pub tracking: String,
    pub headers: HeaderMap,
}

impl Asked {
    pub fn cookie(&self, state: &AppState, base: &str) -> Option<String> {
        cookies::read(state, &self.headers, base)
    }
}

impl FromRequestParts<AppState> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map_or(NOWHERE, |ConnectInfo(peer)| *peer);
        let headers = parts.headers.clone();
        Ok(Self { visitor: visitor(state, peer, &headers), tracking: tracking(), headers })
    }
}

/// The message of a partner: in the address, or in a form that the browser posts.
pub struct Message(pub Result<Received, Refusal>);

impl FromRequest<AppState> for Message {
    type Rejection = Infallible;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Infallible> {
        if request.method() != Method::POST {
            return Ok(Self(Received::by_redirect(request.uri().query().unwrap_or_default())));
        }
        Ok(Self(match Form::<Vec<(String, String)>>::from_request(request, state).await {
            Ok(Form(fields)) => Received::by_post(fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))),
            Err(_) => Err(Refusal::Encoding("it is not a form as browsers post it")),
        }))
    }
}
