//! One channel, made on the server.

use crate::api::channels::{ApproveChannel, RejectChannel, ResetChannel, SetLogLevel};
use crate::live::Refresh;
use crate::pages::channels::content::{choices, controls, state};
use crate::pages::cycles::content::table;
use crate::pages::ops::{count, notes, ops};
use crate::routes::{Page, Post};
use crate::ui::{Action, Badge, Confirm, Empty, Facts, Look, Table, Time, page_head};
use crate::views::channels::{ChannelScreen, ChartsView, RunView, StepState};
use crate::views::{ChannelPage, CycleRow, HeldView, TimeView, Tone};
use domain::id::ChannelId;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// The page of a channel. What waits for a person comes first.
pub fn content(screen: ChannelScreen) -> AnyView {
    let ChannelScreen { page, people, groups, lag, run, slowed, directory, charts, debug } = screen;
    let ChannelPage { row, facts, held, failing, skipped, cycles } = page;
    let id = row.id.clone();
    let trail = vec![("Channels".to_owned(), Page::Channels.href())];
    let sentence = format!("{} → {}", row.data_store, row.connection_name);
    let running = row.progress.is_some();
    let controls = controls(&row, false);
    let actions = view! {
        {controls}
        <a class="button" href=Page::ChannelPeople(id.clone()).href()>"People and groups"</a>
        <a class="button" href=Page::ChannelExplain(id.clone()).href()>"Explain"</a>
        <a class="button" href=Page::ChannelPreview(id.clone()).href()>"Preview"</a>
    }
    .into_any();
    let reset = vec![("channel", id.to_string())];
    let held = waiting(&id, held);
    let edit = Post::EditSpConnection(row.connection.clone()).action();
    let lag = if lag.is_empty() { "never read to the end".to_owned() } else { lag };
    view! {
        // Without JavaScript nobody who reads what waits for them is to have the page loaded under them.
        <Refresh when=running && held.is_none()/>
        {page_head(row.name.clone(), trail, sentence, Some(actions))}
        {held}
        <section class="panel panel--state" aria-label="Status">
            {state(row.state, row.progress)}
            {run.map(progress)}
            <ul class="figures">
                {figure(row.users, "People")}
                {figure(row.groups, "Groups")}
                {figure(row.held, "Held")}
                {figure(row.failing, "Failing")}
                {figure(row.skipped, "Skipped")}
            </ul>
            <p class="panel__line">
                {format!("In sync: {} and {}.", count(people.in_sync, "person", "people"), count(groups.in_sync, "group", "groups"))}
                " " <span>{format!("Behind the directory: {lag}.")}</span>
                {row.next.map(|time| view! { " Next cycle " <Time time=time/> "." })}
            </p>
            {slowed.into_iter().map(|sentence| view! { <p class="panel__line"><Badge label="Slowed" tone=Tone::Warning/> {sentence}</p> }).collect_view()}
        </section>
        {(!failing.is_empty()).then(|| view! {
            <section class="panel" aria-labelledby="failing">
                <h2 class="panel__title" id="failing">"Failing"</h2>
                <p class="panel__intro">"The service refused these. Each is tried again after a growing delay."</p>
                {notes("Failing objects", failing, row.failing, true)}
            </section>
        })}
        {over_time(charts)}
        {(!skipped.is_empty()).then(|| view! {
            <section class="panel" aria-labelledby="skipped">
                <h2 class="panel__title" id="skipped">"Skipped"</h2>
                <p class="panel__intro">"These are in the source location, but cannot be provisioned as they are."</p>
                {notes("Skipped objects", skipped, row.skipped, false)}
            </section>
        })}
        <section class="panel" aria-labelledby="cycles">
            <h2 class="panel__title" id="cycles">"Cycles"</h2>
            {history(cycles)}
            <p class="more"><a href=Page::ChannelCycles(id).href()>"All cycles"</a></p>
        </section>
        <section class="panel" aria-labelledby="directory">
            <h2 class="panel__title" id="directory">"Directory"</h2>
            {directory.into_iter().map(|sentence| view! { <p class="panel__line">{sentence}</p> }).collect_view()}
        </section>
        {troubleshooting(&row.id, debug)}
        <section class="panel" aria-labelledby="configuration">
            <h2 class="panel__title" id="configuration">"Configuration"</h2>
            <Facts rows=facts/>
            <div class="panel__actions">
                <Action to=edit label="Edit connection"/>
                <Confirm id="reset" label="Reset" name=format!("Reset {}", row.name) question=format!("Reset the channel ‘{}’?", row.name)
                    consequence="Towpath forgets what it provisioned. The next cycle reads everything at the service and matches it anew. Nothing is removed there.">
                    <Action to=ResetChannel::PATH label="Reset channel" values=reset look=Look::Danger/>
                </Confirm>
            </div>
        </section>
    }
    .into_any()
}

/// How much of the channel is in the log, and the way to it.
fn troubleshooting(id: &ChannelId, debug: Option<TimeView>) -> AnyView {
    let set = |minutes: u32, label: &'static str, look| {
        let values = vec![("channel", id.to_string()), ("debug_minutes", minutes.to_string())];
        view! { <Action to=SetLogLevel::PATH label=label values=values look=look/> }
    };
    let log = |name: &str| format!("{}?log={name}&channel={id}", Page::Logs.href());
    let level = match debug {
        Some(until) => view! {
            <p class="panel__line">
                <Badge label="DEBUG" tone=Tone::Busy/> " provisioner.log has every step of this channel. Back to INFO " <Time time=until/> "."
            </p>
            <div class="panel__actions">{set(0, "Back to INFO now", Look::Plain)} {set(60, "DEBUG for another hour", Look::Plain)}</div>
        }
        .into_any(),
        None => view! {
            <p class="panel__line">
                <Badge label="INFO" tone=Tone::Quiet/>
                " provisioner.log has the begin and end of each cycle. At DEBUG it has every search of the directory, every planned change and every call of the service, of this channel only. Secrets and masked attributes are never in it."
            </p>
            <div class="panel__actions">
                {set(15, "DEBUG for 15 minutes", Look::Plain)} {set(60, "DEBUG for an hour", Look::Plain)} {set(480, "DEBUG for 8 hours", Look::Plain)}
            </div>
        }
        .into_any(),
    };
    view! {
        <section class="panel" aria-labelledby="troubleshooting">
            <h2 class="panel__title" id="troubleshooting">"Troubleshooting"</h2>
            {level}
            <p class="more">
                <a href=log("provisioner")>"Its entries in provisioner.log"</a> " · " <a href=log("provisioner-audit")>"One line an operation: provisioner-audit.log"</a>
            </p>
        </section>
    }
    .into_any()
}

fn figure(n: u32, label: &'static str) -> impl IntoView {
    view! { <li class="figures__figure"><span class="figures__number">{n}</span> <span class="figures__label">{label}</span></li> }
}

/// The running cycle: which step it is at, how much of it is done, how fast, and how long that will take.
fn progress(run: RunView) -> AnyView {
    let steps = run
        .steps
        .into_iter()
        .map(|(label, state)| {
            let (class, current) = match state {
                StepState::Done => ("phase phase--done", None),
                StepState::Now => ("phase phase--now", Some("step")),
                StepState::Next => ("phase", None),
            };
            view! { <li class=class aria-current=current>{label}</li> }
        })
        .collect_view();
    let figures = run
        .figures
        .into_iter()
        .map(|(label, value)| view! { <div class="facts__row"><dt class="facts__label">{label}</dt><dd class="facts__value">{value}</dd></div> })
        .collect_view();
    view! {
        <ol class="phases" aria-label="Steps of the running cycle">{steps}</ol>
        <dl class="facts" aria-label="Running cycle">{figures}</dl>
        <p class="panel__line"><a href=Page::Cycle(run.cycle).href()>"See what it has done so far"</a></p>
    }
    .into_any()
}

/// Figures over time: charts, and the same figures as a table.
fn over_time(charts: ChartsView) -> AnyView {
    let ChartsView { ranges, charts, heads, rows } = charts;
    let drawn = charts
        .into_iter()
        .map(|chart| {
            let legend = chart
                .legend
                .into_iter()
                .map(|(class, label)| view! { <li class=format!("legend legend--{class}")>{label}</li> })
                .collect_view();
            view! {
                <figure class="chart">
                    <figcaption class="chart__head">
                        <span class="chart__title">{chart.title}</span>
                        <ul class="chart__legend">{legend}</ul>
                    </figcaption>
                    <div inner_html=chart.svg></div>
                    <p class="chart__sentence">{chart.sentence}</p>
                </figure>
            }
        })
        .collect_view();
    let table = if rows.is_empty() {
        view! { <p class="panel__line">"No cycle ended in this time."</p> }.into_any()
    } else {
        let cells = |row: Vec<String>| row.into_iter().map(|cell| view! { <td class="table__number">{cell}</td> }).collect_view();
        let rows = rows.into_iter().map(|row| view! { <tr>{cells(row)}</tr> }).collect_view();
        view! { <Table label="Figures" columns=heads>{rows}</Table> }.into_any()
    };
    view! {
        <section class="panel" aria-labelledby="charts">
            <h2 class="panel__title" id="charts">"Over time"</h2>
            {choices("Charts over", ranges)}
            <div class="charts">{drawn}</div>
            <details class="chart__figures" id="figures">
                <summary>"Figures as a table"</summary>
                {table}
            </details>
        </section>
    }
    .into_any()
}

/// Removals that a guard holds until a person says yes or no.
fn waiting(id: &ChannelId, held: Vec<HeldView>) -> Option<AnyView> {
    let total: u32 = held.iter().map(|held| held.total).sum();
    if held.is_empty() {
        return None;
    }
    let approve = vec![("channel", id.to_string())];
    let reject = approve.clone();
    let tables = held
        .into_iter()
        .map(|held| {
            view! {
                <h3 class="panel__subtitle">{held.guard.clone()}</h3>
                <p class="panel__intro">{held.reason}</p>
                {ops(format!("Held: {}", held.guard), held.ops, held.total)}
            }
        })
        .collect_view();
    Some(
        view! {
            <section class="panel panel--held" aria-labelledby="held">
                <h2 class="panel__title" id="held">{count(total, "removal waits for you", "removals wait for you")}</h2>
                <p class="panel__intro">"Creates and updates go on meanwhile."</p>
                {tables}
                <div class="panel__actions">
                    <Confirm id="approve" label="Approve once" look=Look::Primary
                        question=format!("Let {} happen?", count(total, "removal", "removals"))
                        consequence="The next cycle works everything out anew and removes whoever of these still is to be removed. Others are held again.">
                        <Action to=ApproveChannel::PATH label="Approve these removals" values=approve look=Look::Danger/>
                    </Confirm>
                    <Action to=RejectChannel::PATH label="Reject" values=reject/>
                </div>
            </section>
        }
        .into_any(),
    )
}

fn history(cycles: Vec<CycleRow>) -> AnyView {
    if cycles.is_empty() {
        return view! { <Empty text="No cycle yet. An active channel of an enabled connection starts by itself."/> }.into_any();
    }
    table(cycles)
}
