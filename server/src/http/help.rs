//! The way from a page to its help.

use super::AppState;
use super::answer::{Way, refused};
use crate::auth::Administrator;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

/// The query of the help's address.
#[derive(Deserialize)]
pub struct Asked {
    /// Path of the page.
    #[serde(rename = "for", default)]
    path: String,
}

/// `GET /help?for=...`.
pub async fn of_page(State(state): State<AppState>, Administrator(actor): Administrator, Query(asked): Query<Asked>) -> Response {
    match state.backend.guide.help_for(&actor, &asked.path).await {
        Ok(help) => Redirect::to(&help.href).into_response(),
        Err(error) => refused(error, &Way { href: "/help/contents", label: "To the help" }),
    }
}
