//! Sign-ons.

use crate::error::AppError;
use crate::reading::Sent;
use domain::id::ConnectionId;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::enter;

/// A page of them, as the query of its address asks, as HTML.
#[server(endpoint = "sign-ons/list")]
pub async fn list_sign_ons(#[server(default)] query: String) -> Result<Sent<String>, AppError> {
    let (actor, backend) = enter().await?;
    let list = backend.sign_ons.list(&actor, &query).await?;
    Sent::new(&crate::reading::html(|| crate::pages::sign_ons::content::list(list)))
}

/// What would be said of somebody, as HTML.
#[server(endpoint = "sign-ons/try")]
pub async fn try_assertion(id: ConnectionId, #[server(default)] query: String) -> Result<Sent<String>, AppError> {
    let (actor, backend) = enter().await?;
    let page = backend.sign_ons.try_assertion(&actor, &id, &query).await?;
    Sent::new(&crate::reading::html(|| crate::pages::sign_ons::content::trial(page)))
}
