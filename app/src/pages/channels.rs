//! All channels at a glance.

use super::ops::count;
use crate::api::channels::{PauseChannel, ResumeChannel, RunChannel, list_channels};
use crate::live::{Refresh, on_channel_events};
use crate::reading::{Sent, always, loaded, read};
use crate::routes::Page;
use crate::ui::{Action, ActionProblem, Badge, Empty, Look, PageHeader, Table, Time};
use crate::views::{ChannelRow, ProgressView, StateView};
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

fn all(channels: Vec<ChannelRow>) -> AnyView {
    if channels.is_empty() {
        return view! {
            <Empty text="No channel yet. A channel is part of an SP Connection: it says who is provisioned there. Home leads to it step by step.">
                <a class="button" href=Page::Home.href()>"Go to Home"</a>
            </Empty>
        }
        .into_any();
    }
    let running = channels.iter().any(|row| row.progress.is_some());
    let columns = ["Channel", "Status", "Provisioned", "Attention", "Last cycle", " Action"].map(str::to_owned).to_vec();
    let rows = channels.into_iter().map(row).collect_view();
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

/// Run now, Pause or Resume, and on the page of a channel Compare everything. In a table their names say of which channel.
pub fn controls(row: &ChannelRow, in_table: bool) -> AnyView {
    let values = || vec![("channel", row.id.to_string())];
    let name = |verb: &str| if in_table { format!("{verb} {}", row.name) } else { verb.to_owned() };
    let look = if in_table { Look::Small } else { Look::Plain };
    let pause = if row.paused {
        view! { <Action to=ResumeChannel::PATH label="Resume" name=name("Resume") values=values() look=look/> }.into_any()
    } else {
        view! { <Action to=PauseChannel::PATH label="Pause" name=name("Pause") values=values() look=look/> }.into_any()
    };
    let everything = (!in_table).then(|| {
        let values = [values(), vec![("full", "true".to_owned())]].concat();
        view! { <Action to=RunChannel::PATH label="Compare everything" name="Compare everything".to_owned() values=values look=look/> }
    });
    view! {
        <Action to=RunChannel::PATH label="Run now" name=name("Run now") values=values() look=look/>
        {everything}
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
