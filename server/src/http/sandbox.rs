//! The forms and files of a sandbox's pages. A server that is no sandbox has none of them.

use super::AppState;
use super::answer::{Way, after_post, page, refused};
use super::wizard::read;
use crate::auth::Administrator;
use app::error::AppError;
use app::routes::SANDBOX;
use axum::extract::{Path, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

/// `POST /sandbox/{path}`.
pub async fn post(
    State(state): State<AppState>,
    Administrator(actor): Administrator,
    Path(path): Path<String>,
    request: Request,
) -> Response {
    let here = format!("{SANDBOX}/{path}");
    let back = Way { href: &here, label: "Back to the form" };
    let Some(sandbox) = &state.backend.sandbox else { return refused(AppError::NotFound, &back) };
    match read(request).await {
        Ok(fields) => after_post(sandbox.act(&actor, &path, fields).await, &back),
        Err((status, sentence)) => page(status, "Not understood", &[sentence], &back),
    }
}

/// `GET /sandbox/files/{name}`.
pub async fn file(State(state): State<AppState>, Administrator(actor): Administrator, Path(name): Path<String>) -> Response {
    let back = Way { href: SANDBOX, label: "Back" };
    let Some(sandbox) = &state.backend.sandbox else { return refused(AppError::NotFound, &back) };
    match sandbox.file(&actor, &name).await {
        Ok((name, kind, text)) => {
            let attached = format!("attachment; filename=\"{name}\"");
            ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, attached)], text).into_response()
        }
        Err(error) => refused(error, &back),
    }
}
