//! All channels at a glance, made on the server.

use crate::api::channels::{PauseChannel, ResumeChannel, RunChannel};
use crate::live::Refresh;
use crate::pages::ops::count;
use crate::routes::Page;
use crate::ui::{Action, Badge, Empty, Look, Table, Time, tone_class};
use crate::views::channels::{ChoiceView, Dashboard, DashboardRow, ObjectsView, SparkView};
use crate::views::{ChannelRow, ProgressView, StateView};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// The channels that were asked for, with what they are searched by.
pub fn content(dashboard: Dashboard) -> AnyView {
    let Dashboard { states, text, state, counted, rows, is_empty } = dashboard;
    if is_empty {
        return view! {
            <Empty text="No channel yet. A channel is part of an SP Connection: it says who is provisioned there. Home leads to it step by step.">
                <a class="button" href=Page::Home.href()>"Go to Home"</a>
            </Empty>
        }
        .into_any();
    }
    let running = rows.iter().any(|shown| shown.row.progress.is_some());
    let table = if rows.is_empty() {
        view! {
            <Empty text="No channel is like this. Search for less, or for all of them.">
                <a class="button" href=Page::Channels.href()>"Show all"</a>
            </Empty>
        }
        .into_any()
    } else {
        let columns = ["Channel", "Status", "In sync", "Pending", "Failed", "Skipped", "Behind", "Last day", " Action"];
        let rows = rows.into_iter().map(row).collect_view();
        view! { <div class="board"><Table label="Channels" columns=columns.map(str::to_owned).to_vec()>{rows}</Table></div> }.into_any()
    };
    view! {
        <Refresh when=running/>
        {choices("Show by status", states)}
        {search(text, state, counted)}
        {table}
    }
    .into_any()
}

/// Views of a page, each with its address.
pub fn choices(label: &'static str, choices: Vec<ChoiceView>) -> AnyView {
    let links = choices
        .into_iter()
        .map(|choice| {
            let dot = choice.tone.map(|tone| view! { <span class=format!("dot dot--{}", tone_class(tone))></span> });
            let count = choice.count.map(|n| view! { " " <span class="filter__count">{n}</span> });
            let current = choice.is_shown.then_some("true");
            view! { <li><a class="filter__link" href=choice.href aria-current=current>{dot}{choice.label}{count}</a></li> }
        })
        .collect_view();
    view! { <ul class="filter" aria-label=label>{links}</ul> }.into_any()
}

/// A form that asks for the channels by its address, so that it can be linked to and needs no script.
fn search(text: String, state: String, counted: String) -> AnyView {
    let kept = (!state.is_empty()).then(|| view! { <input type="hidden" name="status" value=state/> });
    view! {
        <form class="finder" method="get" action=Page::Channels.href() role="search" aria-label="Channels">
            <div class="finder__field finder__field--text">
                <label class="finder__label" for="q">"Channel, SP Connection or Data Store"</label>
                <input class="input" type="search" id="q" name="q" value=text autocomplete="off" spellcheck="false"/>
            </div>
            {kept}
            <button type="submit" class="button">"Search"</button>
            <p class="finder__count" role="status">{counted}</p>
        </form>
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

/// People and groups of one sort; nothing where there are none, so that what there is catches the eye.
fn objects(people: u32, groups: u32, class: &'static str) -> AnyView {
    let part = |n: u32, one: &str, many: &str| (n > 0).then(|| view! { <span class=class>{count(n, one, many)}</span> });
    if people + groups == 0 {
        return view! { <span class="note note--none">"None"</span> }.into_any();
    }
    view! { {part(people, "person", "people")} {part(groups, "group", "groups")} }.into_any()
}

/// What is still to be done: by the running cycle, and after a person's decision.
fn pending(queue: u32, held: u32) -> AnyView {
    if queue + held == 0 {
        return view! { <span class="note note--none">"None"</span> }.into_any();
    }
    let queue = (queue > 0).then(|| view! { <span class="note">{count(queue, "change", "changes")}</span> });
    let held = (held > 0).then(|| view! { <span class="note note--warning">{count(held, "removal held", "removals held")}</span> });
    view! { {queue} {held} }.into_any()
}

/// What was done over time, as a line of bars and in words.
fn spark(spark: SparkView) -> AnyView {
    view! {
        <div class="spark">
            {(!spark.svg.is_empty()).then(|| view! { <div class="spark__line" inner_html=spark.svg></div> })}
            <span class="table__under">{spark.words}</span>
        </div>
    }
    .into_any()
}

fn row(shown: DashboardRow) -> impl IntoView {
    let DashboardRow { row, lag, people, groups, queue, spark: done } = shown;
    let controls = controls(&row, true);
    let last = row.last.map(|cycle| {
        view! { <span class="table__under">"Last " <a href=Page::Cycle(cycle.id).href()><Time time=cycle.started/></a></span> }
    });
    let next = row.next.map(|time| view! { <span class="table__under">"Next " <Time time=time/></span> });
    let lag = if lag.is_empty() { "Never read".to_owned() } else { lag };
    let sort = |of: fn(&ObjectsView) -> u32, class| objects(of(&people), of(&groups), class);
    let key = format!("channel-{}", row.id);
    view! {
        <tr id=key>
            <td class="table__name-cell">
                <a class="table__name" href=Page::Channel(row.id).href()>{row.name}</a>
                <span class="table__under">{format!("{} → {}", row.data_store, row.connection_name)}</span>
            </td>
            <td class="board__state">{state(row.state, row.progress)}</td>
            <td class="table__number">{sort(|of| of.in_sync, "note")}</td>
            <td class="table__number">{pending(queue, row.held)}</td>
            <td class="table__number">{sort(|of| of.failed, "note note--bad")}</td>
            <td class="table__number">{sort(|of| of.skipped, "note")}</td>
            <td class="table__number">{lag} {next} {last}</td>
            <td>{spark(done)}</td>
            <td class="table__actions"><div class="board__actions">{controls}</div></td>
        </tr>
    }
}
