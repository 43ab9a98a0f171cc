//! Keys and certificates: files that come in by a form, and files that go out.

use super::AppState;
use super::answer::{Way, after_post, file, misunderstood, refused};
use crate::auth::Administrator;
use app::backend::Then;
use app::error::AppError;
use app::routes::Page;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::id::{SigningKeyId, TrustedCaId};
use domain::secret::Secret;
use leptos::server_fn::error::ServerFnUrlError;

const KEYS: Way<'_> = Way { href: "/signing-keys", label: "Back to the keys" };
const CAS: Way<'_> = Way { href: "/trusted-cas", label: "Back to Trusted CAs" };

/// `POST /signing-keys/new`.
pub async fn new_key(State(state): State<AppState>, Administrator(actor): Administrator) -> Response {
    after_post(state.backend.security.new_key(&actor).await, &KEYS)
}

/// `POST /signing-keys/import`.
pub async fn import_key(
    State(state): State<AppState>,
    Administrator(actor): Administrator,
    parts: Result<Multipart, MultipartRejection>,
) -> Response {
    let Ok(form) = read(parts).await else { return misunderstood(&KEYS) };
    let result = state.backend.security.import_key(&actor, form.file, form.password).await;
    back_to(&Page::ImportSigningKey, result, &KEYS)
}

/// `GET /signing-keys/{id}/{file}`.
pub async fn key_file(
    State(state): State<AppState>,
    Administrator(actor): Administrator,
    Path((id, name)): Path<(String, String)>,
) -> Response {
    match SigningKeyId::parse(&id) {
        Ok(id) => file(state.backend.security.key_file(&actor, &id, &name).await, &KEYS),
        Err(_) => refused(AppError::NotFound, &KEYS),
    }
}

/// `POST /trusted-cas/import`.
pub async fn import_cas(
    State(state): State<AppState>,
    Administrator(actor): Administrator,
    parts: Result<Multipart, MultipartRejection>,
) -> Response {
    let Ok(form) = read(parts).await else { return misunderstood(&CAS) };
    let result = state.backend.security.import_cas(&actor, &form.given()).await;
    back_to(&Page::ImportTrustedCas, result, &CAS)
}

/// `GET /trusted-cas/{id}/certificate.pem`.
pub async fn ca_file(State(state): State<AppState>, Administrator(actor): Administrator, Path(id): Path<String>) -> Response {
    match TrustedCaId::parse(&id) {
        Ok(id) => file(state.backend.security.ca_file(&actor, &id).await, &CAS),
        Err(_) => refused(AppError::NotFound, &CAS),
    }
}

/// What a form with a file holds.
pub(super) struct Form {
    file: Vec<u8>,
    text: String,
    /// An address given instead.
    pub(super) address: String,
    password: Secret,
}

impl Form {
    /// The file, or else what was pasted.
    pub(super) fn given(self) -> Vec<u8> {
        if self.file.is_empty() { self.text.into_bytes() } else { self.file }
    }
}

/// Reads a form with a file; fails when it is cut off or too long.
pub(super) async fn read(parts: Result<Multipart, MultipartRejection>) -> Result<Form, ()> {
    let mut parts = parts.map_err(drop)?;
    let mut form = Form { file: Vec::new(), text: String::new(), address: String::new(), password: Secret::new("") };
    while let Some(part) = parts.next_field().await.map_err(drop)? {
        match part.name().map(str::to_owned).as_deref() {
            Some("file") => form.file = part.bytes().await.map_err(drop)?.to_vec(),
            Some("text") => form.text = part.text().await.map_err(drop)?,
            Some("address") => form.address = part.text().await.map_err(drop)?,
            Some("password") => form.password = Secret::new(part.text().await.map_err(drop)?),
            _ => {}
        }
    }
    Ok(form)
}

/// A refusal is said on the page that the form is on, as server functions do without JavaScript.
pub(super) fn back_to(page: &Page, result: Result<Then, AppError>, back: &Way<'_>) -> Response {
    back_to_path(&page.href(), result, back)
}

/// The same for a page by its path.
pub(super) fn back_to_path(path: &str, result: Result<Then, AppError>, back: &Way<'_>) -> Response {
    match result {
        Err(error @ AppError::Refused { .. }) => {
            // Only path and query are used; the address before them may be any.
            let url = ServerFnUrlError::new("", error).to_url(&format!("http://localhost{path}"));
            match url {
                Ok(url) => Redirect::to(&format!("{}?{}", url.path(), url.query().unwrap_or_default())).into_response(),
                Err(error) => super::broken(&error),
            }
        }
        other => after_post(other, back),
    }
}
