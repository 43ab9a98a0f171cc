//! Pages of people who sign on: made here, whole, for every browser, with and without JavaScript.

use crate::http::answer::escape;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use saml::send::PostForm;
use service::sign_on::Asking;
use std::fmt::Write;

/// The form that asks for username and password. `remembers`: whether the username is to be remembered; none: that is not offered.
pub fn form(asking: &Asking, flow: &str, username: &str, remembers: Option<bool>, action: &str) -> Response {
    let form = &asking.adapter.form;
    let mut body = String::new();
    let _ = write!(body, "<p class=\"door__text\">Sign on to continue to {}.</p>", escape(&asking.partner));
    for paragraph in form.login_text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let _ = write!(body, "<p class=\"door__text\">{}</p>", escape(paragraph));
    }
    if let Some(problem) = asking.problem {
        let _ = write!(body, "<div class=\"alert alert--bad\" role=\"alert\" id=\"problem\">{}</div>", escape(problem));
    }
    let wrong = if asking.problem.is_some() { " aria-invalid=\"true\" aria-describedby=\"problem\"" } else { "" };
    let (first, second) = if username.is_empty() { (" autofocus", "") } else { ("", " autofocus") };
    let _ = write!(
        body,
        "<form method=\"post\" action=\"{action}\"><input type=\"hidden\" name=\"flow\" value=\"{flow}\">\
         <div class=\"field\"><label class=\"field__label\" for=\"username\">Username</label>\
         <input class=\"input\" type=\"text\" id=\"username\" name=\"username\" value=\"{}\" autocomplete=\"username\" \
         autocapitalize=\"none\" autocorrect=\"off\" spellcheck=\"false\" maxlength=\"1024\" required{wrong}{first}></div>\
         <div class=\"field\"><label class=\"field__label\" for=\"password\">Password</label>\
         <input class=\"input\" type=\"password\" id=\"password\" name=\"password\" autocomplete=\"current-password\" maxlength=\"1024\" \
         required{wrong}{second}></div>{}\
         <button type=\"submit\" class=\"button button--primary door__button\">Sign On</button></form>",
        escape(username),
        remember(remembers),
    );
    for (id, name) in &asking.others {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("adapter", id).append_pair("flow", flow).finish();
        let _ = write!(body, "<p class=\"door__way\"><a href=\"{action}?{}\">Sign on with {}</a></p>", escape(&query), escape(name));
    }
    let title = if form.login_title.trim().is_empty() { "Sign On" } else { form.login_title.trim() };
    let mut response = whole(StatusCode::OK, title, &body, "form-action 'self'", "");
    referrer(&mut response, "same-origin");
    response
}

fn remember(remembers: Option<bool>) -> String {
    let Some(remembers) = remembers else { return String::new() };
    let checked = if remembers { " checked" } else { "" };
    format!(
        "<div class=\"field field--check\"><div class=\"check\"><input class=\"check__box\" type=\"checkbox\" id=\"remember\" \
         name=\"remember\" value=\"on\"{checked}><label class=\"check__label\" for=\"remember\">Remember my username</label></div></div>"
    )
}

/// Somebody is signed off.
pub fn signed_off(text: &str, is_partial: bool) -> Response {
    let mut body = String::new();
    for paragraph in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let _ = write!(body, "<p>{}</p>", escape(paragraph));
    }
    body.push_str(if is_partial {
        "<p>You are signed off here. You may still be signed on at some of the applications that you used: close your browser.</p>"
    } else if body.is_empty() {
        "<p>You are signed off.</p>"
    } else {
        ""
    });
    whole(StatusCode::OK, "Signed off", &body, "form-action 'none'", "")
}

/// A form that the browser takes elsewhere: by itself, or by a button where scripts are off.
pub fn on(to: &PostForm) -> Response {
    let nonce = uuid::Uuid::new_v4().simple().to_string();
    let mut body = format!("<form method=\"post\" action=\"{}\">", escape(&to.action));
    for (name, value) in &to.fields {
        let _ = write!(body, "<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value));
    }
    let _ = write!(
        body,
        "<p class=\"door__text\">You are being taken back to the application. If nothing happens, press Continue.</p>\
         <button type=\"submit\" class=\"button button--primary door__button\">Continue</button></form>\
         <script nonce=\"{nonce}\">document.forms[0].submit()</script>"
    );
    // Where the form leads, and what that leads to, is the service provider's: `form-action` would have to name it all.
    let mut response = whole(StatusCode::OK, "One moment", &body, &format!("script-src 'nonce-{nonce}'"), "");
    // With `same-origin` the browser would say that the post comes from nowhere, which some service providers refuse.
    referrer(&mut response, "strict-origin");
    response
}

/// A sign-on that is not done. The code and the name of the sign-on are what an administrator finds in the log.
pub fn refused(code: &str, tracking: &str, told: Option<&str>) -> Response {
    let status = match code {
        "sign-on-criteria" | "sign-on-failed" => StatusCode::FORBIDDEN,
        _ => StatusCode::BAD_REQUEST,
    };
    let told = told.unwrap_or("This sign-on cannot be completed. Go back to the application that you came from and try again.");
    sorry(status, "Sign-on not possible", told, code, tracking)
}

/// Something failed.
pub fn failed(tracking: &str) -> Response {
    let told = "Something went wrong here, and it is not your doing. Please try again later.";
    sorry(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong", told, "sign-on-fault", tracking)
}

fn sorry(status: StatusCode, title: &str, told: &str, code: &str, tracking: &str) -> Response {
    let body = format!(
        "<p class=\"door__text\">{}</p><p>If that does not help, give your administrator this code:</p><p class=\"door__code\"><code>{} {}</code></p>",
        escape(told),
        escape(code),
        escape(tracking)
    );
    whole(status, title, &body, "form-action 'none'", "")
}

/// Somebody asks too often.
pub fn too_many() -> Response {
    let body = "<p>Too many requests come from your address. Wait a moment and try again.</p>";
    let mut response = whole(StatusCode::TOO_MANY_REQUESTS, "Too many requests", body, "form-action 'none'", "");
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

fn whole(status: StatusCode, title: &str, body: &str, policy: &str, head: &str) -> Response {
    let css = super::super::answer::stylesheet();
    let title = escape(title);
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title>{css}{head}</head>\
         <body><main class=\"door\"><div class=\"door__card\"><h1 class=\"door__title\">{title}</h1>{body}</div></main></body></html>"
    );
    let mut response = (status, Html(html)).into_response();
    let policy = format!("default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; {policy}");
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    // A service provider may have opened this in a window of its own and wait for it there.
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("unsafe-none"));
    response
}

fn referrer(response: &mut Response, policy: &'static str) {
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static(policy));
}
