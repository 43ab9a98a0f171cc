//! A tab's post: an ordinary form, urlencoded or multipart, answered 303 with the next tab, or with the same one and its problems.

use super::answer::{Way, after_cancel, after_post, page, refused};
use super::sign_in::sign_off;
use super::{AppState, LONGEST_BODY, held};
use app::error::AppError;
use app::routes::{KEEP, Page, SIGN_OFF};
use axum::body::Bytes;
use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use domain::actor::Actor;
use domain::form::Fields;
use domain::id::DraftId;
use service::reading::certificate_text;
use tower_sessions::Session;

/// The name of the button that was pressed.
const NAV: &str = "nav";
/// Drops what a task changed.
const CANCEL: &str = "cancel";
/// Return in a field presses no button in some clients; it means the same as the first one.
const NO_BUTTON: &str = "next";

/// `POST /wizard/{draft}/{path}`.
pub async fn post(
    State(state): State<AppState>,
    session: Session,
    Path((draft, path)): Path<(String, String)>,
    request: Request,
) -> Response {
    let Ok(id) = DraftId::parse(&draft) else { return refused(AppError::NotFound, &Way { href: "/", label: "To the console" }) };
    let here = Page::Wizard(id.clone(), path.clone()).href();
    let back = Way { href: &here, label: "Back to the form" };
    let actor = request.extensions().get::<Actor>().cloned();
    let actor = actor.filter(Actor::may_administer);
    let mut fields = match read(request).await {
        Ok(fields) => fields,
        Err((status, sentence)) => return page(status, "Not understood", &[sentence], &back),
    };
    let Some(actor) = actor else { return held::session_ended(&state, &id, &path, fields).await };
    let nav = fields.remove(NAV).unwrap_or_else(|| NO_BUTTON.to_owned());
    if nav == SIGN_OFF {
        let tab = path.rsplit('/').next().unwrap_or_default();
        // Who signs off is signed off, also where there is no such tab any more.
        let _ = state.backend.drafts.post(&actor, &id, &path, &format!("goto:{tab}"), fields).await;
        return sign_off(&session, Some(&actor)).await;
    }
    let result = state.backend.drafts.post(&actor, &id, &path, &nav, fields).await;
    if nav == CANCEL { after_cancel(result, &back) } else { after_post(result, &back) }
}

/// `POST /drafts/{id}/changes`: what a person chose where their draft met what somebody else saved.
pub async fn merge(State(state): State<AppState>, session: Session, Path(id): Path<String>, request: Request) -> Response {
    let Ok(id) = DraftId::parse(&id) else { return refused(AppError::NotFound, &Way { href: "/", label: "To the console" }) };
    let here = Page::Meeting(id.clone()).href();
    let back = Way { href: &here, label: "Back to the changes" };
    let actor = request.extensions().get::<Actor>().cloned().filter(Actor::may_administer);
    let mut fields = match read(request).await {
        Ok(fields) => fields,
        Err((status, sentence)) => return page(status, "Not understood", &[sentence], &back),
    };
    let Some(actor) = actor else { return held::choices_wait(&id, fields) };
    if fields.get(NAV) == SIGN_OFF {
        fields.set(NAV, KEEP);
        // As above.
        let _ = state.backend.drafts.merge(&actor, &id, fields).await;
        return sign_off(&session, Some(&actor)).await;
    }
    after_post(state.backend.drafts.merge(&actor, &id, fields).await, &back)
}

/// Why a form cannot be read: a status and a sentence.
pub type Misunderstood = (StatusCode, &'static str);

/// The fields of a form; files are the text in them.
pub async fn read(request: Request) -> Result<Fields, Misunderstood> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/x-www-form-urlencoded" => {
            let body = Bytes::from_request(request, &()).await.map_err(|_| TOO_LONG)?;
            if body.len() > LONGEST_BODY {
                return Err(TOO_LONG);
            }
            Ok(url::form_urlencoded::parse(&body).into_owned().collect())
        }
        "multipart/form-data" => {
            let parts = Multipart::from_request(request, &()).await.map_err(|_| CUT_OFF)?;
            read_parts(parts).await
        }
        _ => Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, "This address takes what a form of the console sends, and nothing else.")),
    }
}

const TOO_LONG: Misunderstood =
    (StatusCode::PAYLOAD_TOO_LARGE, "This form is longer than 1 MiB. Shorten its longest text and send it again.");
const TOO_LARGE: Misunderstood = (
    StatusCode::PAYLOAD_TOO_LARGE,
    "The chosen file is too large: with the rest of the form it has more than 3 MiB. Go back and choose another one.",
);
const CUT_OFF: Misunderstood = (StatusCode::BAD_REQUEST, "This form arrived damaged. Send it again.");
const NO_TEXT: Misunderstood = (
    StatusCode::UNPROCESSABLE_ENTITY,
    "The chosen file is neither a text file nor a certificate. Certificates are taken in PEM or DER form; a container such as .p12 or .p7b has to be unpacked first.",
);

fn damaged(error: MultipartError) -> Misunderstood {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { TOO_LARGE } else { CUT_OFF }
}

/// Files become the text in them.
async fn read_parts(mut parts: Multipart) -> Result<Fields, Misunderstood> {
    let mut fields = Fields::new();
    while let Some(part) = parts.next_field().await.map_err(damaged)? {
        let Some(name) = part.name().map(str::to_owned) else { continue };
        let is_file = part.file_name().is_some();
        let bytes = part.bytes().await.map_err(damaged)?;
        let text = match String::from_utf8(bytes.into()) {
            Ok(text) => text,
            Err(_) if !is_file => return Err(CUT_OFF),
            Err(binary) => certificate_text(&binary.into_bytes()).ok_or(NO_TEXT)?,
        };
        fields.set(name, text);
    }
    Ok(fields)
}
