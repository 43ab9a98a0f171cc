//! All channels at a glance; the first steps where there is none yet.

use super::ops::count;
use crate::api::channels::{PauseChannel, ResumeChannel, RunChannel, list_channels};
use crate::live::{Refresh, on_channel_events};
use crate::reading::{Sent, always, loaded, read};
use crate::routes::{Page, Post};
use crate::ui::{Action, ActionProblem, Badge, Look, PageHeader, Table, Time};
use crate::views::{ChannelRow, Overview, ProgressView, StateView};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// All channels.
#[component]
pub fn ChannelList() -> impl IntoView {
    let overview = read(always, |_| Box::pin(async { list_channels().await.map(Sent::text) }));
    on_channel_events(overview);
    view! {
        <PageHeader title="Channels" sentence="What is provisioned, and how it is going."/>
        <ActionProblem/>
        {loaded(overview, all)}
    }
}

fn all(overview: Overview) -> AnyView {
    if overview.channels.is_empty() {
        return first_steps(&overview);
    }
    let running = overview.channels.iter().any(|row| row.progress.is_some());
    let columns = ["Channel", "Status", "Provisioned", "Attention", "Last cycle", " Action"].map(str::to_owned).to_vec();
    let rows = overview.channels.into_iter().map(row).collect_view();
    view! {
        <Refresh when=running/>
        <Table label="Channels" columns=columns>{rows}</Table>
    }
    .into_any()
}

/// How a channel is: the word, the sentence, and how far a running cycle is.
pub fn state(state: StateView, progress: Option<ProgressView>) -> AnyView {
    view! {
        <div class="state">
            <Badge label=state.label tone=state.tone/>
            <span class="state__sentence">{state.sentence}</span>
            {progress.map(bar)}
        </div>
    }
    .into_any()
}

/// How far it is, as a bar; the sentence above says it in numbers.
fn bar(progress: ProgressView) -> impl IntoView {
    let max = progress.total.unwrap_or(1).max(1).to_string();
    let value = progress.total.map(|_| progress.done.to_string());
    view! { <progress class="progress" max=max value=value aria-label=progress.step></progress> }
}

/// Run now, and Pause or Resume. In a table their names say of which channel.
pub fn controls(row: &ChannelRow, in_table: bool) -> AnyView {
    let values = || vec![("channel", row.id.to_string())];
    let name = |verb: &str| if in_table { format!("{verb} {}", row.name) } else { verb.to_owned() };
    let look = if in_table { Look::Small } else { Look::Plain };
    let pause = if row.paused {
        view! { <Action to=ResumeChannel::PATH label="Resume" name=name("Resume") values=values() look=look/> }.into_any()
    } else {
        view! { <Action to=PauseChannel::PATH label="Pause" name=name("Pause") values=values() look=look/> }.into_any()
    };
    view! {
        <Action to=RunChannel::PATH label="Run now" name=name("Run now") values=values() look=look/>
        {pause}
    }
    .into_any()
}

/// What wants to be looked at, in few words.
fn attention(row: &ChannelRow) -> AnyView {
    let mut notes = Vec::new();
    if row.held > 0 {
        notes.push(("note note--warning", count(row.held, "removal held", "removals held")));
    }
    if row.failing > 0 {
        notes.push(("note note--bad", format!("{} failing", row.failing)));
    }
    if row.skipped > 0 {
        notes.push(("note", format!("{} skipped", row.skipped)));
    }
    if notes.is_empty() {
        return view! { <span class="note note--none">"None"</span> }.into_any();
    }
    notes.into_iter().map(|(class, text)| view! { <span class=class>{text}</span> }).collect_view().into_any()
}

fn row(row: ChannelRow) -> impl IntoView {
    let controls = controls(&row, true);
    let attention = attention(&row);
    let last = match row.last {
        Some(cycle) => {
            let failed = (cycle.failed > 0).then(|| format!(", {} failed", cycle.failed));
            view! { <a href=Page::Cycle(cycle.id).href()><Time time=cycle.started/></a> <span class="table__under">{cycle.did}{failed}</span> }
                .into_any()
        }
        None => view! { <span class="table__quiet">"Never"</span> }.into_any(),
    };
    let next = row.next.map(|time| view! { <span class="table__under">"Next " <Time time=time/></span> });
    view! {
        <tr>
            <td>
                <a class="table__name" href=Page::Channel(row.id).href()>{row.name}</a>
                <span class="table__under">{format!("{} → {}", row.data_store, row.connection_name)}</span>
            </td>
            <td>{state(row.state, row.progress)}</td>
            <td class="table__number">
                {count(row.users, "person", "people")}
                <span class="table__under">{count(row.groups, "group", "groups")}</span>
            </td>
            <td>{attention}</td>
            <td>{last} {next}</td>
            <td class="table__actions table__actions--buttons">{controls}</td>
        </tr>
    }
}

fn first_steps(overview: &Overview) -> AnyView {
    let has_store = overview.data_stores > 0;
    let has_connection = overview.connections > 0;
    let class = |done: bool| if done { "steps__step steps__step--done" } else { "steps__step" };
    let done = |done: bool| done.then(|| view! { <span class="steps__done">"Done"</span> });
    view! {
        <section class="steps" aria-labelledby="first-steps">
            <h2 class="steps__title" id="first-steps">"First steps"</h2>
            <ol class="steps__list">
                <li class=class(has_store)>
                    <h3 class="steps__name">"Connect your directory" {done(has_store)}</h3>
                    <p class="steps__text">"A Data Store holds the address of your directory and the account that reads it. Read access is enough."</p>
                    <Action to=Post::NewDataStore.action() label="Add New Data Store" look=if has_store { Look::Plain } else { Look::Primary }/>
                </li>
                <li class=class(has_connection)>
                    <h3 class="steps__name">"Connect the service" {done(has_connection)}</h3>
                    <p class="steps__text">"An SP Connection is made from a template, such as the one for AWS IAM Identity Center. Its channel says who is provisioned."</p>
                    <Action to=Post::NewSpConnection.action() label="Create Connection"
                        look=if has_store && !has_connection { Look::Primary } else { Look::Plain }/>
                </li>
                <li class="steps__step">
                    <h3 class="steps__name">"People and groups arrive"</h3>
                    <p class="steps__text">"An active channel starts right after Save. This page then shows what is provisioned, and what needs attention."</p>
                </li>
            </ol>
        </section>
    }
    .into_any()
}
