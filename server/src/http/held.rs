//! A form's post after the session has ended: what was typed on a tab, or chosen where a draft met what somebody else saved, waits in a
//! sign-on page, and is put back once its owner has signed on again. Nothing else happens with it: no button is pressed, and secrets are
//! not kept but typed again.

use super::AppState;
use super::answer::{broken, escape, whole};
use app::routes::{KEEP, Page, Post};
use axum::http::StatusCode;
use axum::response::Response;
use domain::actor::Actor;
use domain::form::Fields;
use domain::id::DraftId;
use url::form_urlencoded::{Serializer, parse};

/// Where what was typed belongs.
const TITLE: &str = "Your session has ended";

/// The sign-on page in which a tab's fields wait.
pub async fn session_ended(state: &AppState, draft: &DraftId, path: &str, typed: Fields) -> Response {
    let kept = match state.service.without_secrets(draft, path, typed).await {
        Ok(kept) => kept,
        Err(error) => return broken(&error),
    };
    let here = Page::Wizard(draft.clone(), path.to_owned()).href();
    let held = Serializer::new(String::new()).extend_pairs(kept.iter()).finish();
    door(&here, &held, "", None)
}

/// The sign-on page in which choices wait. They are no secrets, and belong to a draft that only its owner can open.
pub fn choices_wait(draft: &DraftId, mut chosen: Fields) -> Response {
    chosen.remove("nav");
    let held = Serializer::new(String::new()).extend_pairs(chosen.iter()).finish();
    door(&Page::Meeting(draft.clone()).href(), &held, "", None)
}

/// The same page after signing on did not work.
pub fn door(return_to: &str, held: &str, username: &str, problem: Option<&str>) -> Response {
    let problem =
        problem.map_or_else(String::new, |problem| format!("<div class=\"alert alert--bad\" role=\"alert\">{}</div>", escape(problem)));
    let form = format!(
        "{problem}<form method=\"post\" action=\"{}\"><input type=\"hidden\" name=\"return_to\" value=\"{}\">\
         <input type=\"hidden\" name=\"held\" value=\"{}\">\
         <div class=\"field\"><label class=\"field__label\" for=\"username\">Username</label>\
         <input class=\"input\" type=\"text\" id=\"username\" name=\"username\" value=\"{}\" autocomplete=\"username\" \
         autocapitalize=\"none\" spellcheck=\"false\" autofocus></div>\
         <div class=\"field\"><label class=\"field__label\" for=\"password\">Password</label>\
         <input class=\"input\" type=\"password\" id=\"password\" name=\"password\" autocomplete=\"current-password\"></div>\
         <button type=\"submit\" class=\"button button--primary door__button\">Sign On</button></form>",
        Post::SignIn.action(),
        escape(return_to),
        escape(held),
        escape(username),
    );
    let sentences = [
        "What you entered is kept on this page and waits for you behind the sign-on. The button that you pressed is not pressed by itself: \
         press it again there.",
        "Passwords and tokens are not kept: type those again.",
    ];
    whole(StatusCode::UNAUTHORIZED, TITLE, &sentences, &form, "'self'")
}

/// Puts what waited where it was typed or chosen, where that is a draft of this person. Answers the way there.
pub async fn put_back(state: &AppState, actor: &Actor, return_to: &str, held: &str) -> Option<String> {
    let mut fields: Fields = parse(held.as_bytes()).into_owned().collect();
    let drafts = &state.backend.drafts;
    let then = if let Some(draft) = return_to.strip_prefix("/drafts/").and_then(|rest| rest.strip_suffix("/changes")) {
        fields.set("nav", KEEP);
        drafts.merge(actor, &DraftId::parse(draft).ok()?, fields).await
    } else {
        let (draft, path) = return_to.strip_prefix("/wizard/")?.split_once('/')?;
        let tab = path.rsplit('/').next()?;
        drafts.post(actor, &DraftId::parse(draft).ok()?, path, &format!("goto:{tab}"), fields).await
    };
    let app::backend::Then::Go(to) = then.ok()?;
    Some(to)
}
