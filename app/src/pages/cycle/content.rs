//! One cycle, made on the server.

use crate::live::Refresh;
use crate::pages::channels::content::choices;
use crate::pages::ops::{changes, count, object};
use crate::routes::Page;
use crate::ui::{Badge, Empty, Facts, Pagination, Table, Time, page_head};
use crate::views::{CycleObjectRow, CyclePage, Tone};
use leptos::prelude::*;

fn is_running(page: &CyclePage) -> bool {
    page.row.state.tone == Tone::Busy
}

/// The page of a cycle.
pub fn content(page: CyclePage) -> AnyView {
    let running = is_running(&page);
    let CyclePage { row, channel, channel_name, connection_name, sentences, calls, outcomes, actions, text, kept, is_narrow, .. } = page;
    let own = Page::Cycle(row.id.clone()).href();
    let trail = vec![
        ("Channels".to_owned(), Page::Channels.href()),
        (channel_name.clone(), Page::Channel(channel.clone()).href()),
        ("Cycles".to_owned(), Page::ChannelCycles(channel).href()),
    ];
    let facts = [
        ("Trigger", row.trigger),
        ("Took", row.duration),
        ("Did", row.did),
        ("Failed", count(row.failed, "object", "objects")),
        ("Target", calls),
    ];
    let facts = facts.into_iter().filter(|(_, value)| !value.is_empty()).map(|(label, value)| (label.to_owned(), value)).collect();
    let finder = (!outcomes.is_empty()).then(|| {
        let kept = kept.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view();
        view! {
            {choices("Show by outcome", outcomes)}
            {choices("Show by operation", actions)}
            <form class="finder" method="get" action=own.clone() role="search" aria-label="Objects">
                <div class="finder__field finder__field--text">
                    <label class="finder__label" for="q">"Name"</label>
                    <input class="input" type="search" id="q" name="q" value=text autocomplete="off" spellcheck="false"/>
                </div>
                {kept}
                <button type="submit" class="button">"Search"</button>
            </form>
        }
    });
    let table = if page.objects.is_empty() {
        let text = if is_narrow { "No object of this cycle is like this." } else { "This cycle changed nothing." };
        view! { <Empty text=text>{is_narrow.then(|| view! { <a class="button" href=own>"Show all"</a> })}</Empty> }.into_any()
    } else {
        let columns = ["Operation", "Object", "Why", "Outcome", "Target ID", "Request ID", "At"].map(str::to_owned).to_vec();
        let rows = page.objects.into_iter().map(touched).collect_view();
        view! { <Table label="Objects" columns=columns>{rows}</Table> }.into_any()
    };
    view! {
        <Refresh when=running/>
        {page_head(format!("Cycle of {channel_name}"), trail, connection_name, None)}
        <section class="panel panel--state" aria-label="Result">
            <div class="state">
                <Badge label=row.state.label tone=row.state.tone/>
                <span class="state__sentence">{row.state.sentence}</span>
            </div>
            {sentences.into_iter().map(|sentence| view! { <p class="panel__line">{sentence}</p> }).collect_view()}
            <p class="panel__line">"Started " <Time time=row.started/></p>
            <Facts rows=facts/>
        </section>
        <section class="panel" aria-labelledby="objects">
            <h2 class="panel__title" id="objects">{format!("Objects ({})", page.total)}</h2>
            {finder}
            {table}
            <Pagination page=page.page pages=page.pages base=page.base/>
        </section>
    }
    .into_any()
}

fn touched(row: CycleObjectRow) -> impl IntoView {
    view! {
        <tr>
            <td class="table__action">{row.op.action}</td>
            <td>{object(row.op.kind, row.op.name, row.op.dn)}</td>
            <td class="table__text">{row.op.reason}{changes(row.op.changes)}</td>
            <td>
                <Badge label=row.outcome tone=row.tone/>
                {(!row.detail.is_empty()).then(|| view! { <span class="table__under">{row.detail}</span> })}
            </td>
            <td class="table__code">{row.target_id}</td>
            <td class="table__code">{row.request_id}</td>
            <td class="table__time">{row.at}</td>
        </tr>
    }
}
