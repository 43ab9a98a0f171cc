//! Protocol Settings, as they are.

use super::drafts::drafts;
use crate::api::settings::show_protocol_settings;
use crate::reading::{Sent, always, loaded, read};
use crate::routes::Post;
use crate::ui::{Action, ActionProblem, Facts, Look, PageHeader};
use crate::views::SettingsPage;
use leptos::prelude::*;

/// Protocol Settings.
#[component]
pub fn ProtocolSettings() -> impl IntoView {
    let settings = read(always, |_| Box::pin(async { show_protocol_settings().await.map(Sent::text) }));
    view! {
        <PageHeader title="Protocol Settings" sentence="What this server goes by, and how often it provisions.">
            <Action to=Post::EditProtocolSettings.action() label="Edit Settings" look=Look::Primary/>
        </PageHeader>
        <ActionProblem/>
        {loaded(settings, page)}
    }
}

fn page(page: SettingsPage) -> AnyView {
    let parts = page
        .parts
        .into_iter()
        .enumerate()
        .map(|(at, (title, rows))| {
            let id = format!("part-{at}");
            let heading = id.clone();
            view! {
                <section class="panel" aria-labelledby=heading>
                    <h2 class="panel__title" id=id>{title}</h2>
                    <Facts rows=rows/>
                </section>
            }
        })
        .collect_view();
    view! { {drafts(page.drafts, "Protocol Settings")} {parts} }.into_any()
}
