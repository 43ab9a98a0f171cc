//! The log viewer, made on the server.

use crate::pages::connections::content::filter;
use crate::routes::Page;
use crate::ui::{Badge, Empty, Table};
use crate::views::logs::{LogCell, LogPage, LogRow};
use leptos::prelude::*;

/// Entries of a log, with what they are narrowed by.
pub fn content(page: LogPage) -> AnyView {
    let LogPage { name, sentence, filters, text, counted, columns, rows, older, newest, follows, follow, is_narrow } = page;
    let filters = filters.into_iter().map(filter).collect_view();
    let table = if rows.is_empty() {
        let (text, all) = match (is_narrow, older.is_empty()) {
            (true, true) => ("No entry is like this.", true),
            (true, false) => ("No entry is like this as far back as was searched.", true),
            (false, _) => ("Nothing was written to this log yet.", false),
        };
        let href = format!("{}?log={name}", Page::Logs.href());
        view! { <Empty text=text>{all.then(|| view! { <a class="button" href=href>"Show all"</a> })}</Empty> }.into_any()
    } else {
        let rows = rows.into_iter().map(row).collect_view();
        view! { <div class="log"><Table label=format!("Entries of {name}.log") columns=columns>{rows}</Table></div> }.into_any()
    };
    let follow = (!follow.is_empty()).then(|| {
        let label = if follows { "Stop following" } else { "Follow" };
        let state = if follows { "New entries appear by themselves." } else { "New entries do not appear by themselves." };
        view! {
            <span class="log__follow">{state}</span>
            " " <a class="button button--small" href=follow>{label}</a>
        }
    });
    let newest = (!newest.is_empty()).then(|| view! { <a class="button" href=newest>"Newest entries"</a> });
    let older = (!older.is_empty()).then(|| {
        let label = if is_narrow { "Search further back" } else { "Older entries" };
        view! { <a class="button" href=older rel="next">{label}</a> }
    });
    view! {
        <form class="finder" method="get" action=Page::Logs.href() role="search" aria-label="Logs">
            {filters}
            <div class="finder__field finder__field--text">
                <label class="finder__label" for="q">"Text"</label>
                <input class="input" type="search" id="q" name="q" value=text autocomplete="off" spellcheck="false"/>
            </div>
            <button type="submit" class="button">"Show"</button>
            <p class="finder__count" role="status">{counted}</p>
        </form>
        <p class="log__about">{sentence} " " {follow}</p>
        {table}
        <nav class="pagination" aria-label="Pages">{newest} {older}</nav>
    }
    .into_any()
}

fn row(row: LogRow) -> impl IntoView {
    let level = row.level.map(|(label, tone)| view! { <td class="log__level"><Badge label=label tone=tone/></td> });
    let mut cells = row.cells.into_iter();
    let time = cells.next().unwrap_or_default();
    view! {
        <tr>
            <td class="log__time">{time.text}</td>
            {level}
            {cells.map(cell).collect_view()}
        </tr>
    }
}

fn cell(cell: LogCell) -> impl IntoView {
    match cell.link {
        Some(href) => view! { <td class="log__text"><a href=href>{cell.text}</a></td> },
        None => view! { <td class="log__text">{cell.text}</td> },
    }
}
