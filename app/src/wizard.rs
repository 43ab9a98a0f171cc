//! The wizard: one shell for every task. It shows a [`domain::view::StepView`] and knows nothing else.
//!
//! A tab is an ordinary form that posts to one handler; everything works without JavaScript. With it, fields are checked while one
//! types and tests run without leaving the page.

mod bodies;
mod browser;
mod fields;
#[cfg(feature = "ssr")]
pub mod meeting;
mod report;
mod rows;
mod shell;
mod state;
mod tabs;
#[cfg(feature = "ssr")]
#[cfg(test)]
mod tests;

pub use shell::step;

use domain::problem::Problems;
use domain::view::FieldView;
use leptos::prelude::AnyView;

use crate::api::drafts::{view_meeting, view_step};
use crate::reading::{Sent, id, loaded, read, whole};
use domain::id::DraftId;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// The page of a tab, by the draft and the path in the address.
#[component]
pub fn WizardPage() -> impl IntoView {
    let params = use_params_map();
    let key = move || ["draft", "path"].map(|name| params.read().get(name).unwrap_or_default()).to_vec();
    let view = read(key, |key| {
        Box::pin(async move {
            let path = key.get(1).cloned().unwrap_or_default();
            view_step(id(&key, DraftId::parse)?, path).await.map(Sent::text)
        })
    });
    loaded(view, step)
}

/// Where a draft meets what somebody else saved meanwhile.
#[component]
pub fn MeetingPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let key = move || vec![params.read().get("id").unwrap_or_default(), query.read().to_query_string()];
    let page = read(key, |key| {
        Box::pin(async move {
            let query = key.get(1).cloned().unwrap_or_default();
            view_meeting(id(&key, DraftId::parse)?, query).await.map(Sent::text)
        })
    });
    loaded(page, whole)
}

/// Fields of a form that is not a wizard's, below the list of what is wrong with them.
pub fn plain_fields(fields: Vec<FieldView>, problems: Problems) -> AnyView {
    let state = state::State::with_problems(problems);
    leptos::view! { {shell::problems(state)} {fields::groups(fields, state)} }.into_any()
}
