//! Connectors: what is installed, what uses it, and the upload of another one.

#[cfg(feature = "ssr")]
pub mod content;

use crate::api::connectors::list_connectors;
use crate::reading::{Sent, always, made, read};
use crate::ui::{ActionProblem, PageHeader};
use leptos::prelude::*;

/// All connectors.
#[component]
pub fn ConnectorList() -> impl IntoView {
    let list = read(always, |_| Box::pin(async { list_connectors().await.map(Sent::text) }));
    view! {
        <PageHeader title="Connectors" sentence="What is known of each kind of service, as data: fields, attributes, limits. One that is added here is there at once."/>
        <ActionProblem/>
        {made(list)}
    }
}
