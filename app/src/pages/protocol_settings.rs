//! Protocol Settings and Notifications, as they are.

use super::drafts::drafts;
use crate::api::settings::show_server_settings;
use crate::reading::{Reading, Sent, always, loaded, read};
use crate::routes::Post;
use crate::ui::{Action, ActionProblem, Facts, Look, PageHeader};
use crate::views::SettingsPage;
use leptos::prelude::*;

/// Protocol Settings.
#[component]
pub fn ProtocolSettings() -> impl IntoView {
    let settings = read(always, |_| Box::pin(async { show_server_settings(false).await.map(Sent::text) }));
    shown("Protocol Settings", "What this server goes by, and how often it provisions.", Post::EditProtocolSettings, settings)
}

/// Notifications.
#[component]
pub fn Notifications() -> impl IntoView {
    let settings = read(always, |_| Box::pin(async { show_server_settings(true).await.map(Sent::text) }));
    let sentence = "Who is told when a channel needs a person, or something is about to end.";
    shown("Notifications", sentence, Post::EditNotifications, settings)
}

fn shown(title: &'static str, sentence: &'static str, edit: Post, settings: Reading) -> AnyView {
    view! {
        <PageHeader title=title sentence=sentence>
            <Action to=edit.action() label="Edit Settings" look=Look::Primary/>
        </PageHeader>
        <ActionProblem/>
        {loaded(settings, page)}
    }
    .into_any()
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
    view! { {drafts(page.drafts, "these settings")} {parts} }.into_any()
}
