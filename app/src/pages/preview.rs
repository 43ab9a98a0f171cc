//! What a channel would do now. Nothing is changed by looking.

use super::ops::{count, notes, ops};
use crate::api::channels::preview_channel;
use crate::reading::{Sent, by_id, id, loaded, read};
use crate::routes::Page;
use crate::ui::{Alert, Empty, PageHeader};
use crate::views::{PreviewPage, Tone};
use domain::id::ChannelId;
use leptos::prelude::*;

/// What a channel would do now.
#[component]
pub fn ChannelPreview() -> impl IntoView {
    let preview = read(by_id(), |key| Box::pin(async move { preview_channel(id(&key, ChannelId::parse)?).await.map(Sent::text) }));
    loaded(preview, page)
}

fn page(preview: PreviewPage) -> AnyView {
    let PreviewPage { channel, channel_name, counts, sentences, ops: planned, total, held, skipped } = preview;
    let trail = vec![("Channels".to_owned(), Page::Channels.href()), (channel_name.clone(), Page::Channel(channel).href())];
    let figures = counts
        .into_iter()
        .map(|(label, n)| {
            view! { <li class="figures__figure"><span class="figures__number">{n}</span> <span class="figures__label">{label}</span></li> }
        })
        .collect_view();
    let left_out = u32::try_from(skipped.len()).unwrap_or(u32::MAX);
    let held = held
        .into_iter()
        .map(|held| {
            view! {
                <section class="panel panel--held">
                    <h2 class="panel__title">{format!("Would be held: {}", count(held.total, "removal", "removals"))}</h2>
                    <p class="panel__intro">{format!("{}: {}", held.guard, held.reason)}</p>
                    {ops(format!("Would be held: {}", held.guard), held.ops, held.total)}
                </section>
            }
        })
        .collect_view();
    view! {
        <PageHeader title=format!("Preview of {channel_name}") trail=trail
            sentence="What the next cycle would do, worked out just now from the directory. Nothing has been changed."/>
        {sentences.into_iter().map(|sentence| view! { <Alert tone=Tone::Busy>{sentence}</Alert> }).collect_view()}
        <ul class="figures">{figures}</ul>
        {held}
        <section class="panel" aria-labelledby="planned">
            <h2 class="panel__title" id="planned">"Operations"</h2>
            {if planned.is_empty() {
                view! { <Empty text="Nothing to change: the service has what the directory says."/> }.into_any()
            } else {
                ops("Operations".to_owned(), planned, total)
            }}
        </section>
        {(!skipped.is_empty()).then(|| view! {
            <section class="panel" aria-labelledby="skipped">
                <h2 class="panel__title" id="skipped">"Skipped"</h2>
                {notes("Skipped objects", skipped, left_out, false)}
            </section>
        })}
    }
    .into_any()
}
