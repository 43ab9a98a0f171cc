//! A button that does one thing on the server: a form that works without JavaScript.

use crate::error::AppError;
use leptos::prelude::*;
use leptos::server_fn::error::ServerFnUrlError;
use leptos_router::hooks::use_query_map;

use super::Alert;

/// How a button looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// One of several.
    #[default]
    Plain,
    /// One of several in a row of a table.
    Small,
    /// The one to press next.
    Primary,
    /// It takes something away.
    Danger,
    /// Reads like a link: it only leads somewhere.
    Link,
}

impl Look {
    /// Its class.
    pub fn class(self) -> &'static str {
        match self {
            Look::Plain => "button",
            Look::Small => "button button--small",
            Look::Primary => "button button--primary",
            Look::Danger => "button button--danger",
            Look::Link => "link-button",
        }
    }
}

/// A form with hidden values and one button. The server answers by leading back to this page, or to another.
#[component]
pub fn Action(
    /// Where it posts.
    #[prop(into)]
    to: String,
    /// What is read on the button.
    #[prop(into)]
    label: String,
    /// What the button is called where its label alone does not say it, such as `Pause Everybody`.
    #[prop(into, optional)]
    name: Option<String>,
    /// Hidden values.
    #[prop(optional)]
    values: Vec<(&'static str, String)>,
    /// How it looks.
    #[prop(optional)]
    look: Look,
) -> impl IntoView {
    let hidden = values.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view();
    view! {
        <form method="post" action=to class="action">
            {hidden}
            <button type="submit" class=look.class() aria-label=name>{label}</button>
        </form>
    }
}

/// What went wrong with the action that led back here.
#[component]
pub fn ActionProblem() -> impl IntoView {
    let query = use_query_map();
    move || {
        let error = query.read().get("__err")?;
        let error: AppError = ServerFnUrlError::decode_err(&error);
        let sentence = error.to_string();
        let way = match error {
            AppError::InUse { of, .. } => Some(view! { " " <a href=of.page().href()>"Check Usage"</a> }),
            _ => None,
        };
        Some(view! { <Alert>{sentence} {way}</Alert> })
    }
}
