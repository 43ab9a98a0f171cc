//! The wizard: one shell for every task. It shows a [`domain::view::StepView`] and knows nothing else.
//!
//! A tab is an ordinary form that posts to one handler; everything works without JavaScript. With it, fields are checked while one
//! types and tests run without leaving the page.

mod bodies;
mod browser;
mod fields;
mod report;
mod shell;
mod state;
mod tabs;
#[cfg(feature = "ssr")]
#[cfg(test)]
mod tests;

pub use shell::step;

use crate::api::drafts::view_step;
use crate::error::AppError;
use crate::ui::loaded;
use domain::id::DraftId;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// The page of a tab, by the draft and the path in the address.
#[component]
pub fn WizardPage() -> impl IntoView {
    let params = use_params_map();
    let place = Memo::new(move |_| {
        let params = params.read();
        (params.get("draft").unwrap_or_default(), params.get("path").unwrap_or_default())
    });
    let view = Resource::new(
        move || place.get(),
        |(draft, path)| async move {
            let draft = DraftId::parse(&draft).map_err(|_| AppError::NotFound)?;
            view_step(draft, path).await
        },
    );
    loaded(view, step)
}
