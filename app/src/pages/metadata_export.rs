//! Metadata Export: what is served, and the way to a file.

use super::drafts::drafts;
use crate::api::settings::show_metadata_export;
use crate::reading::{Sent, always, loaded, read};
use crate::routes::Post;
use crate::ui::{Action, ActionProblem, Badge, Facts, Look, PageHeader};
use crate::views::MetadataPage;
use leptos::prelude::*;

/// Metadata Export.
#[component]
pub fn MetadataExport() -> impl IntoView {
    let metadata = read(always, |_| Box::pin(async { show_metadata_export().await.map(Sent::text) }));
    view! {
        <PageHeader title="Metadata Export" sentence="What a service provider, such as AWS IAM Identity Center, must know of this identity provider.">
            <Action to=Post::EditMetadataExport.action() label="Export Metadata" look=Look::Primary/>
        </PageHeader>
        <ActionProblem/>
        {loaded(metadata, page)}
    }
}

fn page(page: MetadataPage) -> AnyView {
    let url = page.url.map(|url| {
        view! {
            <p class="panel__line">
                "Partners can read it at " <a class="certificate__url" href=url.clone() rel="external">{url.clone()}</a>
            </p>
        }
    });
    view! {
        {drafts(page.drafts, "Metadata Export")}
        <section class="panel" aria-labelledby="served">
            <h2 class="panel__title" id="served">"Metadata address"</h2>
            <p class="panel__line"><Badge label=page.state.label tone=page.state.tone/> {format!(" {}", page.state.sentence)}</p>
            {url}
            <Facts rows=page.facts/>
        </section>
    }
    .into_any()
}
