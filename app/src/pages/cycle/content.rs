//! One cycle, made on the server.

use crate::live::Refresh;
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
    let CyclePage { row, channel, channel_name, connection_name, sentences, outcomes, filter, objects, page, pages, total } = page;
    let base = Page::Cycle(row.id.clone()).href();
    let trail = vec![("Channels".to_owned(), Page::Channels.href()), (channel_name.clone(), Page::Channel(channel).href())];
    let facts = [("Trigger", row.trigger), ("Took", row.duration), ("Did", row.did), ("Failed", count(row.failed, "object", "objects"))];
    let facts = facts.into_iter().filter(|(_, value)| !value.is_empty()).map(|(label, value)| (label.to_owned(), value)).collect();
    let filters = outcomes
        .into_iter()
        .map(|(id, label, n)| {
            let href = if id.is_empty() { base.clone() } else { format!("{base}?outcome={id}") };
            let current = (id == filter).then_some("true");
            view! { <li><a class="filter__link" href=href aria-current=current>{label} " " <span class="filter__count">{n}</span></a></li> }
        })
        .collect_view();
    let table = if objects.is_empty() {
        let text = if filter.is_empty() { "This cycle changed nothing." } else { "No object of this cycle had this outcome." };
        view! { <Empty text=text/> }.into_any()
    } else {
        let columns = ["Operation", "Object", "Why", "Outcome", "Target ID", "Request ID", "At"].map(str::to_owned).to_vec();
        let rows = objects.into_iter().map(touched).collect_view();
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
            <h2 class="panel__title" id="objects">{format!("Objects ({total})")}</h2>
            <ul class="filter" aria-label="Show by outcome">{filters}</ul>
            {table}
            <Pagination page=page pages=pages base=format!("{base}?outcome={filter}&page=")/>
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
