//! The console's scripts and styles: built by `frontend/bundle`, embedded and precompressed, served with names that change with
//! their content, so that a browser may keep them for ever.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../target/site"]
#[allow_missing = true]
struct Site;

/// The text of the site's manifest; `None` when the server was built before the site.
pub fn manifest() -> Option<String> {
    let file = Site::get("manifest.json")?;
    String::from_utf8(file.data.into_owned()).ok()
}

/// `GET /pkg/{name}`.
pub async fn serve(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let accepts = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let accepts = |coding: &str| accepts.split(',').any(|part| part.split(';').next().unwrap_or_default().trim() == coding);
    for (coding, suffix) in [(Some("br"), ".br"), (Some("gzip"), ".gz"), (None, "")] {
        if coding.is_some_and(|coding| !accepts(coding)) {
            continue;
        }
        let Some(file) = Site::get(&format!("pkg/{name}{suffix}")) else { continue };
        let mut response = file.data.into_owned().into_response();
        let out = response.headers_mut();
        let kind = mime_guess::from_path(&name).first_raw().unwrap_or("application/octet-stream");
        out.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        out.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
        out.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        if let Some(coding) = coding {
            out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        return response;
    }
    StatusCode::NOT_FOUND.into_response()
}
