//! Small pages that say what cannot be done and where to go on. They need neither a session nor the site's scripts.

use crate::ports::log_internal;
use app::error::AppError;
use app::routes::Page;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use std::any::Any;
use std::error::Error;
use std::fmt::Write;
use std::sync::LazyLock;

/// A link below the text.
pub struct Way<'a> {
    /// Where it leads.
    pub href: &'a str,
    /// What is read.
    pub label: &'a str,
}

/// A page with a title, sentences and a link.
pub fn page(status: StatusCode, title: &str, sentences: &[&str], way: &Way<'_>) -> Response {
    let link = format!("<a href=\"{}\">{}</a>", escape(way.href), escape(way.label));
    whole(status, title, sentences, &link, "'none'")
}

/// The same with a button that posts.
fn page_with_post(status: StatusCode, title: &str, sentences: &[&str], way: &Way<'_>) -> Response {
    let form = format!(
        "<form method=\"post\" action=\"{}\"><button type=\"submit\" class=\"button button--primary\">{}</button></form>",
        escape(way.href),
        escape(way.label)
    );
    whole(status, title, sentences, &form, "'self'")
}

/// A page with whatever way on.
pub fn whole(status: StatusCode, title: &str, sentences: &[&str], way: &str, may_post_to: &str) -> Response {
    let mut body = String::new();
    for sentence in sentences {
        let _ = write!(body, "<p>{}</p>", escape(sentence));
    }
    let css = stylesheet();
    let title = escape(title);
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} · Towpath</title>{css}</head><body><main class=\"door\"><div class=\"door__card\"><p class=\"door__brand\">Towpath</p>\
         <h1 class=\"door__title\">{title}</h1>{body}<div class=\"door__way\">{way}</div></div></main></body></html>"
    );
    let mut response = (status, Html(html)).into_response();
    let policy = format!("default-src 'none'; style-src 'self'; base-uri 'none'; form-action {may_post_to}; frame-ancestors 'none'");
    if let Ok(policy) = header::HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// The link to the site's styles; nothing where the server was built without its site.
pub fn stylesheet() -> &'static str {
    static LINK: LazyLock<String> = LazyLock::new(|| {
        crate::assets::manifest()
            .and_then(|text| serde_json::from_str::<app::shell::Assets>(&text).ok())
            .filter(|assets| !assets.css.is_empty())
            .map_or_else(String::new, |assets| format!("<link rel=\"stylesheet\" href=\"/pkg/{}\">", escape(&assets.css)))
    });
    &LINK
}

const HOME: Way<'_> = Way { href: "/", label: "To the console" };

/// Where a form's post leads: 303, or a page that says why it cannot be done.
pub fn after_post(result: Result<app::backend::Then, AppError>, back: &Way<'_>) -> Response {
    match result {
        Ok(app::backend::Then::Go(to)) => Redirect::to(&to).into_response(),
        Err(error) => refused(error, back),
    }
}

/// A file to be saved, or a page that says why there is none.
pub fn file(result: Result<app::backend::FileView, AppError>, back: &Way<'_>) -> Response {
    match result {
        Ok(file) => {
            // Names are made by the ports, of characters that need no escape here.
            let disposition = format!("attachment; filename=\"{}\"", file.name);
            ([(header::CONTENT_TYPE, file.media_type.to_owned()), (header::CONTENT_DISPOSITION, disposition)], file.bytes).into_response()
        }
        Err(error) => refused(error, back),
    }
}

/// A page for a form with a file that did not arrive whole.
pub fn misunderstood(back: &Way<'_>) -> Response {
    let sentence = "This form arrived damaged or is longer than 1 MiB. Choose the file again and send it once more.";
    page(StatusCode::BAD_REQUEST, "Not understood", &[sentence], back)
}

/// A page for an error of a port.
pub fn refused(error: AppError, back: &Way<'_>) -> Response {
    let sentence = error.to_string();
    match error {
        AppError::SignIn => Redirect::to(&Page::SignIn.href()).into_response(),
        AppError::Forbidden => Redirect::to(&Page::Password.href()).into_response(),
        AppError::Closed { saved, edit, kept, .. } => closed(saved, &sentence, edit, kept),
        AppError::NotFound => page(StatusCode::NOT_FOUND, "Not there", &[&sentence], &HOME),
        AppError::Invalid(problems) => {
            let messages: Vec<_> = problems.0.iter().map(|p| p.message.as_str()).collect();
            page(StatusCode::UNPROCESSABLE_ENTITY, "Not saved", &messages, back)
        }
        AppError::Conflict { .. } => page(StatusCode::CONFLICT, "Not saved", &[&sentence], back),
        AppError::Refused { .. } | AppError::InUse { .. } => page(StatusCode::CONFLICT, "Not possible now", &[&sentence], back),
        AppError::Unavailable | AppError::Transport(_) => page(StatusCode::SERVICE_UNAVAILABLE, "Not available", &[&sentence], back),
        AppError::Internal { .. } => page(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong", &[&sentence], back),
    }
}

/// A page for a post of a window whose draft was closed meanwhile.
fn closed(saved: bool, sentence: &str, edit: Option<String>, kept: Option<String>) -> Response {
    let title = if saved { "Saved already" } else { "Thrown away" };
    if let Some(kept) = &kept {
        let more = "What this window held is not what was saved. It was not lost: it is in a new draft, which is not saved yet.";
        return page(StatusCode::CONFLICT, title, &[sentence, more], &Way { href: kept, label: "Look at that draft" });
    }
    match edit {
        Some(edit) => page_with_post(StatusCode::CONFLICT, title, &[sentence], &Way { href: &edit, label: "Open what is saved" }),
        None => page(StatusCode::CONFLICT, title, &[sentence], &HOME),
    }
}

/// Where *Cancel* leads; a window whose draft was saved meanwhile has nothing that it could take back.
pub fn after_cancel(result: Result<app::backend::Then, AppError>, back: &Way<'_>) -> Response {
    let Err(AppError::Closed { saved: true, when, edit, .. }) = result else { return after_post(result, back) };
    let sentences = [
        format!("This draft was saved, {when}, here or in another window, before you pressed Cancel."),
        "What was saved stays as it is: Cancel takes back what is not saved yet. To change it again, open it.".to_owned(),
    ];
    let sentences = sentences.each_ref().map(String::as_str);
    match edit {
        Some(edit) => page_with_post(StatusCode::CONFLICT, TOO_LATE, &sentences, &Way { href: &edit, label: "Open what is saved" }),
        None => page(StatusCode::CONFLICT, TOO_LATE, &sentences[..1], &HOME),
    }
}

const TOO_LATE: &str = "Nothing to cancel";

/// A page for what should not happen; the log has the rest.
pub fn broken(error: &(dyn Error + 'static)) -> Response {
    refused(AppError::Internal { code: log_internal(error) }, &HOME)
}

/// `Fallback`: no such route.
pub async fn nothing_here() -> Response {
    page(StatusCode::NOT_FOUND, "Not there", &["There is no page at this address."], &HOME)
}

/// A route that is there, by another method.
pub async fn not_allowed() -> Response {
    page(StatusCode::METHOD_NOT_ALLOWED, "Not possible", &["This address only takes what a button of the console sends."], &HOME)
}

/// A handler panicked.
pub fn panicked(what: Box<dyn Any + Send + 'static>) -> Response<Body> {
    #[derive(Debug, thiserror::Error)]
    #[error("a request ended by a fault of Towpath: {0}")]
    struct Panic(String);
    let text = what.downcast_ref::<String>().cloned().or_else(|| what.downcast_ref::<&str>().map(ToString::to_string));
    broken(&Panic(text.unwrap_or_else(|| "no message".to_owned())))
}

/// Text for HTML, in elements and in quoted attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ => continue,
        };
        out.push_str(&text[written..at]);
        out.push_str(escaped);
        written = at + 1;
    }
    out.push_str(&text[written..]);
    out
}
