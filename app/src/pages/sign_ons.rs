//! Sign-Ons: what became of them; and Test Assertion: what would be said of somebody.

#[cfg(feature = "ssr")]
pub mod content;

use crate::api::sign_ons::{list_sign_ons, try_assertion};
use crate::reading::{Sent, id, made, read};
use crate::routes::Page;
use crate::ui::PageHeader;
use domain::id::ConnectionId;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// What became of sign-ons.
#[component]
pub fn SignOnList() -> impl IntoView {
    let query = use_query_map();
    let list = read(
        move || vec![query.read().to_query_string()],
        |key| Box::pin(async move { list_sign_ons(key.into_iter().next().unwrap_or_default()).await.map(Sent::text) }),
    );
    view! {
        <PageHeader title="Sign-Ons" sentence="Who signed on where, and who did not and why. The newest are first."/>
        {made(list)}
    }
}

/// What would be said of somebody.
#[component]
pub fn TryAssertion() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let page = read(
        move || vec![params.read().get("id").unwrap_or_default(), query.read().to_query_string()],
        |key| {
            Box::pin(async move {
                let query = key.get(1).cloned().unwrap_or_default();
                try_assertion(id(&key, ConnectionId::parse)?, query).await.map(Sent::text)
            })
        },
    );
    view! {
        <PageHeader title="Test Assertion" trail=vec![("SP Connections".to_owned(), Page::SpConnections.href())]
            sentence="What the partner would be told of somebody. Nobody is signed on, and no password is needed."/>
        {made(page)}
    }
}
