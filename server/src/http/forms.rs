//! Buttons of the lists that begin or go on with a draft.

use super::AppState;
use super::answer::{Way, after_post, file, misunderstood, refused};
use super::security::{back_to, read};
use crate::auth::Administrator;
use app::error::AppError;
use app::routes::Page;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Form, Multipart, Path, State};
use axum::response::Response;
use domain::id::{ConnectionId, DataStoreId, DraftId, IdpAdapterId, PcvId};
use serde::Deserialize;

const DATA_STORES: Way<'_> = Way { href: "/data-stores", label: "Back to Data Stores" };
const PCVS: Way<'_> = Way { href: "/pcvs", label: "Back to Password Credential Validators" };
const IDP_ADAPTERS: Way<'_> = Way { href: "/idp-adapters", label: "Back to IdP Adapters" };
const CONNECTORS: Way<'_> = Way { href: "/connectors", label: "Back to Connectors" };
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

/// `POST /pcvs/new`.
pub async fn new_pcv(State(state): State<AppState>, Administrator(actor): Administrator) -> Response {
    after_post(state.backend.drafts.new_pcv(&actor).await, &PCVS)
}

/// `POST /pcvs/{id}/edit`.
pub async fn edit_pcv(State(state): State<AppState>, Administrator(actor): Administrator, Path(id): Path<String>) -> Response {
    match PcvId::parse(&id) {
        Ok(id) => after_post(state.backend.drafts.edit_pcv(&actor, &id).await, &PCVS),
        Err(_) => refused(AppError::NotFound, &PCVS),
    }
}

/// `POST /idp-adapters/new`.
pub async fn new_idp_adapter(State(state): State<AppState>, Administrator(actor): Administrator) -> Response {
    after_post(state.backend.drafts.new_idp_adapter(&actor).await, &IDP_ADAPTERS)
}

/// `POST /idp-adapters/{id}/edit`.
pub async fn edit_idp_adapter(State(state): State<AppState>, Administrator(actor): Administrator, Path(id): Path<String>) -> Response {
    match IdpAdapterId::parse(&id) {
        Ok(id) => after_post(state.backend.drafts.edit_idp_adapter(&actor, &id).await, &IDP_ADAPTERS),
        Err(_) => refused(AppError::NotFound, &IDP_ADAPTERS),
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

/// What names a connection.
#[derive(Deserialize)]
pub struct OfConnection {
    #[serde(default)]
    id: String,
}

/// `POST /sp-connections/copy`.
pub async fn copy_connection(State(state): State<AppState>, Administrator(actor): Administrator, Form(of): Form<OfConnection>) -> Response {
    match ConnectionId::parse(&of.id) {
        Ok(id) => after_post(state.backend.connections.copy(&actor, &id).await, &SP_CONNECTIONS),
        Err(_) => refused(AppError::NotFound, &SP_CONNECTIONS),
    }
}

/// `POST /sp-connections/import`.
pub async fn import_connection(
    State(state): State<AppState>,
    Administrator(actor): Administrator,
    parts: Result<Multipart, MultipartRejection>,
) -> Response {
    let Ok(form) = read(parts).await else { return misunderstood(&SP_CONNECTIONS) };
    // What is no text is no export either, and is refused as such.
    let text = String::from_utf8_lossy(&form.given()).into_owned();
    back_to(&Page::ImportSpConnection, state.backend.connections.import(&actor, &text).await, &SP_CONNECTIONS)
}

/// `POST /sp-connections/{id}/update`.
pub async fn update_connection(
    State(state): State<AppState>,
    Administrator(actor): Administrator,
    Path(id): Path<String>,
    parts: Result<Multipart, MultipartRejection>,
) -> Response {
    let Ok(id) = ConnectionId::parse(&id) else { return refused(AppError::NotFound, &SP_CONNECTIONS) };
    let Ok(form) = read(parts).await else { return misunderstood(&SP_CONNECTIONS) };
    let address = form.address.clone();
    let result = state.backend.connections.update(&actor, &id, form.given(), &address).await;
    back_to(&Page::UpdateSpConnection(id), result, &SP_CONNECTIONS)
}

/// `GET /sp-connections/{id}/export.json`.
pub async fn export_connection(State(state): State<AppState>, Administrator(actor): Administrator, Path(id): Path<String>) -> Response {
    match ConnectionId::parse(&id) {
        Ok(id) => file(state.backend.connections.export(&actor, &id).await, &SP_CONNECTIONS),
        Err(_) => refused(AppError::NotFound, &SP_CONNECTIONS),
    }
}

/// `GET /sp-connections/{id}/metadata.xml`.
pub async fn connection_metadata(State(state): State<AppState>, Administrator(actor): Administrator, Path(id): Path<String>) -> Response {
    match ConnectionId::parse(&id) {
        Ok(id) => file(state.backend.connections.metadata(&actor, &id).await, &SP_CONNECTIONS),
        Err(_) => refused(AppError::NotFound, &SP_CONNECTIONS),
    }
}

/// `POST /connectors/upload`.
pub async fn upload_connector(
    State(state): State<AppState>,
    Administrator(actor): Administrator,
    parts: Result<Multipart, MultipartRejection>,
) -> Response {
    let Ok(form) = read(parts).await else { return misunderstood(&CONNECTORS) };
    back_to(&Page::Connectors, state.backend.connectors.upload(&actor, &form.given()).await, &CONNECTORS)
}

/// `POST /connectors/move`.
pub async fn move_connection(State(state): State<AppState>, Administrator(actor): Administrator, Form(of): Form<OfConnection>) -> Response {
    match ConnectionId::parse(&of.id) {
        Ok(id) => back_to(&Page::Connectors, state.backend.connectors.move_connection(&actor, &id).await, &CONNECTORS),
        Err(_) => refused(AppError::NotFound, &CONNECTORS),
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
