//! What a channel would do: with what is saved, or with what is being edited. Nothing is changed by looking.

#[cfg(feature = "ssr")]
pub mod content;

use crate::api::channels::{preview_channel, preview_draft};
use crate::reading::{Sent, id, loaded, read, whole};
use domain::id::{ChannelId, DraftId};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// The id in the address, the path in it, and what it says of parts.
fn key() -> impl Fn() -> Vec<String> + Send + Sync + 'static {
    let (params, query) = (use_params_map(), use_query_map());
    move || {
        let (params, query) = (params.read(), query.read());
        let of = |part: Option<String>| part.unwrap_or_default();
        vec![of(params.get("id")), of(params.get("path")), of(query.get("of")), of(query.get("page"))]
    }
}

/// What a channel would do now.
#[component]
pub fn ChannelPreview() -> impl IntoView {
    let preview = read(key(), |key| {
        Box::pin(async move {
            let part = |at: usize| key.get(at).cloned().unwrap_or_default();
            preview_channel(id(&key, ChannelId::parse)?, part(2), part(3).parse().unwrap_or(1)).await.map(Sent::text)
        })
    });
    loaded(preview, whole)
}

/// What a channel would do as it is edited.
#[component]
pub fn DraftPreview() -> impl IntoView {
    let preview = read(key(), |key| {
        Box::pin(async move {
            let part = |at: usize| key.get(at).cloned().unwrap_or_default();
            preview_draft(id(&key, DraftId::parse)?, part(1), part(2), part(3).parse().unwrap_or(1)).await.map(Sent::text)
        })
    });
    loaded(preview, whole)
}
