//! What a page reads from the server, and what it shows of it.
//!
//! It travels as one text, whose type only the page knows. The machinery of reading (resource, codec, waiting, taking over what the
//! server rendered) is then in the browser's code once, and not once a page. In the text is no name of a field, but the values alone one
//! after the other, as [`postcard`] writes them: code that reads names, for every type that any page shows, was a tenth of the site.

use crate::error::AppError;
use crate::live;
use crate::redraw::Drawn;
use crate::routes::{Page, UNKEPT};
use crate::ui::{Action, Alert, Look};
use crate::views::MadePage;
use leptos::prelude::*;
use leptos::server_fn::error::ServerFnErrorErr;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

/// A `T` on its way to a page.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Sent<T> {
    text: String,
    #[serde(skip)]
    what: PhantomData<fn() -> T>,
}

impl<T> Sent<T> {
    /// Packs.
    #[cfg(feature = "ssr")]
    pub fn new(value: &T) -> Result<Self, AppError>
    where
        T: Serialize,
    {
        let bytes =
            postcard::to_allocvec(value).map_err(|error| AppError::Transport(ServerFnErrorErr::Serialization(error.to_string())))?;
        Ok(Self { text: bytes.into_iter().map(letter).collect(), what: PhantomData })
    }
    /// Without its type, as a resource holds it.
    pub fn text(self) -> String {
        self.text
    }
    /// What it is.
    pub fn open(self) -> Result<T, AppError>
    where
        T: DeserializeOwned,
    {
        open(&self.text)
    }
}

/// A byte as a letter: itself where it is one that JSON and HTML leave alone, so that what is sent can be read and searched, and else one
/// of U+0100 to U+01FF.
#[cfg(feature = "ssr")]
fn letter(byte: u8) -> char {
    let is_plain = matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\' | b'<');
    if is_plain { char::from(byte) } else { char::from_u32(0x100 + u32::from(byte)).unwrap_or_default() }
}

/// Unpacks.
pub fn open<T: DeserializeOwned>(text: &str) -> Result<T, AppError> {
    let bytes: Vec<u8> = text.chars().map(|letter| (u32::from(letter) & 0xff) as u8).collect();
    postcard::from_bytes(&bytes).map_err(|error| AppError::Transport(ServerFnErrorErr::Deserialization(error.to_string())))
}

/// What is read: a [`Sent`] without its type, or why it could not be read.
pub type Reading = Resource<Result<String, AppError>>;

/// Reading under way.
pub type Fetching = Pin<Box<dyn Future<Output = Result<String, AppError>> + Send>>;

/// Reads what the key stands for, and again when the key changes.
pub fn read(key: impl Fn() -> Vec<String> + Send + Sync + 'static, fetch: fn(Vec<String>) -> Fetching) -> Reading {
    let key = Memo::new(move |_| key());
    Resource::new(move || key.get(), fetch)
}

/// The key of a page without parameters.
pub fn always() -> Vec<String> {
    Vec::new()
}

/// The key of a page about the object named in its path.
pub fn by_id() -> impl Fn() -> Vec<String> + Send + Sync + 'static {
    let params = use_params_map();
    move || vec![params.read().get("id").unwrap_or_default()]
}

/// One part of a key as an id; what is no id leads to nothing.
pub fn id<I>(key: &[String], parse: fn(&str) -> Result<I, String>) -> Result<I, AppError> {
    parse(key.first().map_or("", String::as_str)).map_err(|_| AppError::NotFound)
}

/// Shows what was read; while it is read again, what was there stays.
pub fn loaded<T: DeserializeOwned + 'static>(reading: Reading, render: fn(T) -> AnyView) -> AnyView {
    shown(reading, Arc::new(move |text| open(text).map(render)))
}

/// Shows what was read as the HTML that the server made of it: nothing in it is to be done in the browser, whose code then need not
/// know how it is made.
pub fn made(reading: Reading) -> AnyView {
    loaded(reading, part)
}

/// Shows a page that the server made whole.
pub fn made_page(reading: Reading) -> AnyView {
    loaded(reading, whole)
}

/// A part of a page that the server made.
pub fn part(html: String) -> AnyView {
    view! { <div class="made" inner_html=Drawn::new(html)></div> }.into_any()
}

/// A page that the server made whole.
pub fn whole(page: MadePage) -> AnyView {
    view! { <Title text=page.title/> {part(page.html)} }.into_any()
}

/// The HTML of a part of a page. Its parts know neither the address nor the head of the document.
#[cfg(feature = "ssr")]
pub fn html(part: impl FnOnce() -> AnyView) -> String {
    let html = Owner::new().with(|| part().to_html());
    // Marks that Leptos puts between parts; nothing takes them over.
    html.replace("<!>", "")
}

/// Makes a view of the text of what was read.
type Render = dyn Fn(&str) -> Result<AnyView, AppError> + Send + Sync;

fn shown(reading: Reading, render: Arc<Render>) -> AnyView {
    let is_shown = StoredValue::new(false);
    let content = move || {
        let render = render.clone();
        let again = is_shown.try_update_value(|shown| std::mem::replace(shown, true)).unwrap_or_default();
        Suspend::new(async move {
            let read = reading.await;
            if again {
                live::out_of_hand().await;
            }
            read.and_then(|text| render(&text)).unwrap_or_else(|error| failure(&error))
        })
    };
    view! { <Transition>{content}</Transition> }.into_any()
}

/// A page that could not be read.
pub fn failure(error: &AppError) -> AnyView {
    let (title, way_out) = match error {
        AppError::NotFound => ("Not found", None),
        AppError::Closed { saved: true, .. } => ("Saved already", None),
        AppError::Closed { .. } => ("Thrown away", None),
        AppError::SignIn => ("Sign on", Some((Page::SignIn.href(), "Sign On"))),
        AppError::Forbidden => ("Not allowed", Some((Page::Password.href(), "Change Password"))),
        _ => ("Not available", None),
    };
    #[cfg(feature = "ssr")]
    status(error);
    let sentence = error.to_string();
    let edit = match error {
        AppError::Closed { edit, .. } => edit.clone(),
        _ => None,
    };
    let edit = edit.map(|to| view! { <Action to=to label="Open what is saved" look=Look::Primary/> });
    let (href, label) = way_out.unwrap_or((Page::Home.href(), "Go to Home"));
    view! {
        <Title text=title/>
        <h1 class="page__title">{title}</h1>
        <Alert>{sentence}</Alert>
        {edit}
        // Loaded anew, because the cause may be that the session has ended.
        <p><a class="button" href=href rel="external">{label}</a></p>
        {nothing_unkept()}
    }
    .into_any()
}

/// In place of the form of a page that has nothing to keep: *Sign Off* posts it.
pub fn nothing_unkept() -> AnyView {
    view! { <form method="post" id=UNKEPT hidden=true></form> }.into_any()
}

/// The status of the page, which is rendered whole before its head is sent.
#[cfg(feature = "ssr")]
fn status(error: &AppError) {
    use http::StatusCode;
    let status = match error {
        AppError::NotFound => StatusCode::NOT_FOUND,
        AppError::Closed { .. } => StatusCode::GONE,
        AppError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        AppError::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        _ => return,
    };
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(status);
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn what_is_sent_arrives_and_can_be_searched_on_the_way() {
        let mut value: BTreeMap<String, (Vec<i64>, Option<bool>)> = BTreeMap::new();
        value.insert("a plain text, 1 + 1".into(), (vec![i64::MIN, -1, 0, 300], Some(true)));
        value.insert("quotes \" and \\ and </script> and Ünal 𝔏 \u{0}".into(), (Vec::new(), None));
        let text = Sent::new(&value).unwrap_or_else(|error| panic!("{error}")).text();
        assert!(text.contains("a plain text, 1 + 1"), "{text}");
        assert!(!text.contains(['"', '\\', '<']) && text.chars().all(|letter| !letter.is_control()), "{text}");
        assert_eq!(open(&text), Ok(value));
        assert!(open::<BTreeMap<String, (Vec<i64>, Option<bool>)>>(&text[..20]).is_err());
    }
}
