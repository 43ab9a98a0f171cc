//! Home: how channels stand, what should not wait, and the guide's steps as far as they are not done.

#[cfg(feature = "ssr")]
pub mod content;

use crate::api::guide::show_home;
use crate::live::on_channel_events;
use crate::reading::{Sent, always, loaded, part, read};
use crate::ui::{ActionProblem, CopyValue, PageHeader};
use crate::views::guide::{Exchange, HomePage};
use leptos::prelude::*;

/// Where one lands.
#[component]
pub fn Home() -> impl IntoView {
    let home = read(always, |_| Box::pin(async { show_home().await.map(Sent::text) }));
    on_channel_events(home);
    view! {
        <ActionProblem/>
        {loaded(home, page)}
    }
}

fn page(home: HomePage) -> AnyView {
    let HomePage { title, sentence, above, steps, to_aws, from_aws } = home;
    view! {
        <PageHeader title=title sentence=sentence/>
        {part(above)}
        <div class="home">{part(steps)} {aws(to_aws, from_aws)}</div>
    }
    .into_any()
}

/// What goes from here to the AWS console, and from there to here.
fn aws(to: Vec<Exchange>, from: Vec<Exchange>) -> AnyView {
    view! {
        <section class="panel aws" aria-labelledby="aws">
            <h2 class="panel__title" id="aws">"AWS side"</h2>
            <h3 class="panel__subtitle">"To the AWS console"</h3>
            <dl class="exchange">{to.into_iter().map(exchange).collect_view()}</dl>
            <h3 class="panel__subtitle">"From the AWS console"</h3>
            <dl class="exchange">{from.into_iter().map(exchange).collect_view()}</dl>
        </section>
    }
    .into_any()
}

fn exchange(row: Exchange) -> AnyView {
    let Exchange { label, value, note } = row;
    let name = label.clone();
    let value = (!value.is_empty()).then(|| view! { <dd class="exchange__value"><CopyValue label=name value=value/></dd> });
    let note = (!note.is_empty()).then(|| view! { <dd class="exchange__note">{note}</dd> });
    view! { <div class="exchange__row"><dt class="exchange__label">{label}</dt> {value} {note}</div> }.into_any()
}
