//! Buttons of the lists that begin or go on with a draft.

use super::AppState;
use super::answer::{Way, after_post, refused};
use crate::auth::Administrator;
use app::error::AppError;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::id::{ConnectionId, DataStoreId, DraftId};

const DATA_STORES: Way<'_> = Way { href: "/data-stores", label: "Back to Data Stores" };
const SP_CONNECTIONS: Way<'_> = Way { href: "/sp-connections", label: "Back to SP Connections" };

/// `POST /data-stores/new`.
pub async fn new_data_store(State(state): State<AppState>, Administrator(actor): Administrator) -> Response {
    after_post(state.backend.drafts.new_data_store(&actor).await, &DATA_STORES)
}

/// `POST /data-stores/{id}/edit`.
pub async fn edit_data_store(State(state): State<AppState>, Administrator(actor): Administrator, Path(id): Path<String>) -> Response {
    match DataStoreId::parse(&id) {
        Ok(id) => after_post(state.backend.drafts.edit_data_store(&actor, &id).await, &DATA_STORES),
        Err(_) => refused(AppError::NotFound, &DATA_STORES),
    }
}

/// `POST /sp-connections/new`.
pub async fn new_connection(State(state): State<AppState>, Administrator(actor): Administrator) -> Response {
    after_post(state.backend.drafts.new_connection(&actor).await, &SP_CONNECTIONS)
}

/// `POST /sp-connections/{id}/edit`.
pub async fn edit_connection(State(state): State<AppState>, Administrator(actor): Administrator, Path(id): Path<String>) -> Response {
    match ConnectionId::parse(&id) {
        Ok(id) => after_post(state.backend.drafts.edit_connection(&actor, &id).await, &SP_CONNECTIONS),
        Err(_) => refused(AppError::NotFound, &SP_CONNECTIONS),
    }
}

/// `POST /drafts/{id}/resume`.
pub async fn resume_draft(State(state): State<AppState>, Administrator(actor): Administrator, Path(id): Path<String>) -> Response {
    let back = Way { href: "/", label: "To the console" };
    match DraftId::parse(&id) {
        Ok(id) => after_post(state.backend.drafts.resume(&actor, &id).await, &back),
        Err(_) => refused(AppError::NotFound, &back),
    }
}
