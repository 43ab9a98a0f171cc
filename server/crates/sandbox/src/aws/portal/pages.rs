//! What the portal shows.

use jiff::Timestamp;
use saml::send::PostForm;
use serde_json::Value;

use super::html::{alert, document, escape, facts, section};
use super::{Began, IdentityProvider, Session};
use crate::aws::User;

/// The portal.
pub(super) const START: &str = "/start";
/// What somebody is signed in with.
pub(super) const SETTINGS: &str = "/start/settings";
pub(super) const SIGN_IN: &str = "/start/sign-in";
pub(super) const SIGN_OUT: &str = "/start/sign-out";
pub(super) const STYLE: &str = "/start/portal.css";

/// AWS takes sessions of these lengths.
const DURATIONS: std::ops::RangeInclusive<u32> = 900..=43_200;

/// Before anybody is signed in.
pub(super) fn signed_out(provider: Option<&IdentityProvider>, here: &str, notice: Option<&str>) -> String {
    let notice = notice.map(|text| alert("good", text)).unwrap_or_default();
    let Some(provider) = provider else {
        let why = "No identity provider is known yet. Upload its metadata in the console of the emulated AWS, under Settings.";
        return document("Sign in", &navigation(false), &format!("{notice}{}", alert("warning", why)));
    };
    let settings = if here == SETTINGS { "settings" } else { "" };
    let both = provider.redirect_url.is_some() && provider.post_url.is_some();
    let post = format!("<a href=\"{SIGN_IN}?to={settings}&amp;by=post\">Sign in by HTTP-POST</a>");
    let more = match both {
        true => format!("<p class=\"more\">The request goes by HTTP-Redirect. To try the other way: {post}.</p>"),
        false => String::new(),
    };
    let main = format!(
        "{notice}<section><p>You sign on at your organisation’s identity provider, <strong>{}</strong>, and come back here.</p>\
         <p><a class=\"button\" href=\"{SIGN_IN}?to={settings}\">Sign in</a></p>{more}</section>",
        escape(&provider.entity_id)
    );
    document("Sign in", &navigation(false), &main)
}

/// The request as a form, for an identity provider that takes it so. It waits for a press: there are no scripts here.
pub(super) fn posting(form: &PostForm) -> String {
    let fields: String = form
        .fields
        .iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value)))
        .collect();
    let main = format!(
        "<section><p>You are sent to your identity provider, {}.</p><form method=\"post\" action=\"{}\">{fields}<button>Continue</button></form></section>",
        escape(&form.action),
        escape(&form.action)
    );
    document("Sign in", &navigation(false), &main)
}

/// Who is signed in.
pub(super) fn signed_in(user: &User, groups: &[String], session: &Session, notice: Option<&str>) -> String {
    let text = |name: &str| user.attributes.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let email = user.attributes.get("emails").and_then(|emails| emails.get(0)?.get("value")?.as_str()).unwrap_or_default();
    let name = Some(text("displayName")).filter(|name| !name.is_empty()).unwrap_or_else(|| user.user_name.clone());
    let groups = if groups.is_empty() { "None".to_owned() } else { groups.join(", ") };
    let person = facts(&[
        ("Username", user.user_name.clone()),
        ("Display name", text("displayName")),
        ("Email", email.to_owned()),
        ("Groups", groups),
        ("User ID", user.id.clone()),
    ]);
    let notice = notice.map(|text| alert("good", text)).unwrap_or_default();
    let main = format!("{notice}{}{}", section("person", "Your user in IAM Identity Center", &person), tags(session));
    document(&format!("Signed in as {name}"), &navigation(true), &main)
}

fn tags(session: &Session) -> String {
    let facts = &session.facts;
    let mut rows: Vec<(&str, String)> = facts.tags.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    let inside = match rows.is_empty() {
        true => "<p>None: the assertion has no attribute whose name begins with https://aws.amazon.com/SAML/Attributes/AccessControl:</p>"
            .to_owned(),
        false => {
            rows.sort();
            super::html::facts(&rows)
        }
    };
    section("tags", "Session tags", &inside)
}

/// What the session was begun with.
pub(super) fn settings(user: &User, session: &Session, now_ms: i64) -> String {
    let said = &session.facts;
    let (by, of) = said.certificate;
    let duration = match said.session_duration.as_deref() {
        None => "Not stated".to_owned(),
        Some(text) => match text.parse::<u32>() {
            Ok(seconds) if DURATIONS.contains(&seconds) => format!("{text} seconds"),
            _ => format!("{text}; AWS takes 900 to 43,200 seconds and ignores this"),
        },
    };
    let began = match said.began {
        Began::Portal => "This portal",
        Began::IdentityProvider => "The identity provider",
    };
    let rows = facts(&[
        ("Username", user.user_name.clone()),
        ("NameID", said.name_id.clone()),
        ("Identity provider", said.identity_provider.clone()),
        ("Begun by", began.to_owned()),
        ("Signed on", time(said.authn_instant_ms)),
        ("Authentication context", said.authn_context.clone().unwrap_or_default()),
        ("Verified by", format!("certificate {by} of {of} in the metadata")),
        ("SessionDuration", duration),
        ("SessionNotOnOrAfter", said.session_not_on_or_after.map_or("Not stated".to_owned(), time)),
        ("Portal session ends", format!("{}, in {} minutes", time(session.ends_ms), (session.ends_ms - now_ms) / 60_000)),
    ]);
    let mut main = format!("{}{}", section("session", "This session", &rows), tags(session));
    if !said.others.is_empty() {
        let rows: Vec<_> = said.others.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        main.push_str(&section("others", "Attributes that AWS does not look at", &facts(&rows)));
    }
    document("Settings", &navigation(true), &main)
}

/// An answer that signs nobody in. AWS says the first sentence and no more.
pub(super) fn refused(title: &str, why: &str) -> String {
    let more = section("why", "What is wrong", &format!("<p>{}</p>", escape(why)));
    let main = format!(
        "{}{more}<p class=\"more\">AWS itself says no more than the first sentence; CloudTrail has the event ExternalIdPDirectoryLogin. The emulator’s \
         console lists this under Requests.</p><p><a class=\"button\" href=\"{START}\">Back to the portal</a></p>",
        alert("bad", "We couldn’t verify your sign-in credentials. Please try again.")
    );
    document(title, &navigation(false), &main)
}

fn navigation(is_in: bool) -> String {
    let out = match is_in {
        true => format!("<form method=\"post\" action=\"{SIGN_OUT}\"><button>Sign out</button></form>"),
        false => String::new(),
    };
    format!("<nav aria-label=\"Portal\"><a href=\"{SETTINGS}\">Settings</a>{out}</nav>")
}

fn time(ms: i64) -> String {
    Timestamp::from_millisecond(ms).unwrap_or_default().strftime("%Y-%m-%d %H:%M UTC").to_string()
}
