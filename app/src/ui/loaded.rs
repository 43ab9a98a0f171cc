//! What a page has read, or why it could not.

use crate::error::AppError;
use crate::routes::Page;
use leptos::prelude::*;
use leptos_meta::Title;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Alert;

/// Shows what a resource holds; while it is read again, what was there stays.
pub fn loaded<T>(resource: Resource<Result<T, AppError>>, render: fn(T) -> AnyView) -> impl IntoView
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
{
    let content = move || {
        Suspend::new(async move {
            match resource.await {
                Ok(value) => render(value),
                Err(error) => failure(&error),
            }
        })
    };
    view! { <Transition>{content}</Transition> }
}

/// A page that could not be read.
pub fn failure(error: &AppError) -> AnyView {
    let (title, way_out) = match error {
        AppError::NotFound => ("Not found", None),
        AppError::SignIn => ("Sign on", Some((Page::SignIn.href(), "Sign On"))),
        AppError::Forbidden => ("Not allowed", Some((Page::Password.href(), "Change Password"))),
        _ => ("Not available", None),
    };
    #[cfg(feature = "ssr")]
    status(error);
    let sentence = error.to_string();
    let (href, label) = way_out.unwrap_or((Page::Home.href(), "Go to Channels"));
    view! {
        <Title text=title/>
        <h1 class="page__title">{title}</h1>
        <Alert>{sentence}</Alert>
        // Loaded anew, because the cause may be that the session has ended.
        <p><a class="button" href=href rel="external">{label}</a></p>
    }
    .into_any()
}

/// The status of the page, which is rendered whole before its head is sent.
#[cfg(feature = "ssr")]
fn status(error: &AppError) {
    use http::StatusCode;
    let status = match error {
        AppError::NotFound => StatusCode::NOT_FOUND,
        AppError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        AppError::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        _ => return,
    };
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(status);
    }
}
