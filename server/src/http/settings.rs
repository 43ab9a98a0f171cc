//! What is configured once for the whole server, and the metadata that everybody may read.

use super::AppState;
use super::answer::{Way, after_post, file, page, refused};
use crate::auth::Administrator;
use crate::ports::refuse;
use app::error::AppError;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::id::DraftId;
use serde::Deserialize;

const PROTOCOL: Way<'_> = Way { href: "/protocol-settings", label: "Back to Protocol Settings" };
const NOTIFICATIONS: Way<'_> = Way { href: "/notifications", label: "Back to Notifications" };
const METADATA: Way<'_> = Way { href: "/metadata-export", label: "Back to Metadata Export" };
const HOME: Way<'_> = Way { href: "/", label: "To the console" };

/// `POST /protocol-settings/edit`.
pub async fn edit_protocol(State(state): State<AppState>, Administrator(actor): Administrator) -> Response {
    after_post(state.backend.settings.edit_protocol(&actor).await, &PROTOCOL)
}

/// `POST /notifications/edit`.
pub async fn edit_notifications(State(state): State<AppState>, Administrator(actor): Administrator) -> Response {
    after_post(state.backend.settings.edit_notifications(&actor).await, &NOTIFICATIONS)
}

/// `POST /metadata-export/edit`.
pub async fn edit_metadata(State(state): State<AppState>, Administrator(actor): Administrator) -> Response {
    after_post(state.backend.settings.edit_metadata(&actor).await, &METADATA)
}

/// `GET /drafts/{id}/files/{file}`.
pub async fn draft_file(
    State(state): State<AppState>,
    Administrator(actor): Administrator,
    Path((id, name)): Path<(String, String)>,
) -> Response {
    match DraftId::parse(&id) {
        Ok(id) => file(state.backend.settings.draft_file(&actor, &id, &name).await, &HOME),
        Err(_) => refused(AppError::NotFound, &HOME),
    }
}

/// `GET /idp/metadata`.
pub async fn metadata(State(state): State<AppState>) -> Response {
    served(&state, None).await
}

/// The query of PingFederate's metadata address.
#[derive(Deserialize)]
pub struct Partner {
    /// Entity ID of the service provider it is for.
    #[serde(rename = "PartnerSpId", default)]
    partner_sp_id: String,
}

/// `GET /pf/federation_metadata.ping?PartnerSpId=...`.
pub async fn partner_metadata(State(state): State<AppState>, Query(partner): Query<Partner>) -> Response {
    let partner = partner.partner_sp_id.trim();
    if partner.is_empty() {
        let sentence = "Say for which service provider, by its entity ID: ?PartnerSpId=...";
        return page(StatusCode::BAD_REQUEST, "For whom?", &[sentence], &HOME);
    }
    served(&state, Some(partner)).await
}

async fn served(state: &AppState, partner: Option<&str>) -> Response {
    match state.service.public_metadata(partner).await {
        Ok(Some(text)) => ([(header::CONTENT_TYPE, "application/samlmetadata+xml")], text).into_response(),
        Ok(None) => {
            let sentence = match partner {
                Some(_) => "There is no metadata for this service provider here. Is its entity ID right, and its connection enabled?",
                None => "No metadata was exported and saved yet. An administrator does it in the console, under Metadata Export.",
            };
            page(StatusCode::NOT_FOUND, "No metadata", &[sentence], &HOME)
        }
        Err(error) => refused(refuse(error), &HOME),
    }
}
