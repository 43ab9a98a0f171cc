//! The page, made on the server: there is nothing to be done on it in the browser.

use crate::pages::ops::{count, notes, ops};
use crate::routes::Page;
use crate::ui::{Alert, Empty, Pagination, Table};
use crate::views::preview::{MovesView, Names, PreviewPage, ReasonRow};
use crate::views::{HeldView, MadePage, Tone};
use leptos::prelude::*;

/// The whole page.
pub fn made(preview: PreviewPage) -> MadePage {
    let edited = if preview.draft.is_some() { " as edited" } else { "" };
    let title = format!("Preview of {}{edited}", preview.channel_name);
    let heading = title.clone();
    MadePage { title, html: crate::reading::html(move || page(heading, preview)) }
}

fn page(title: String, preview: PreviewPage) -> AnyView {
    let PreviewPage { channel, channel_name, draft, summary, users, groups, counts, reasons, sentences, problem, .. } = preview;
    let here = match &draft {
        Some((id, path)) => Page::DraftPreview(id.clone(), path.clone()),
        None => Page::ChannelPreview(channel.clone()),
    };
    let (trail, sentence, back) = match draft {
        Some((id, path)) => {
            let back = Page::Wizard(id, path).href();
            (
                vec![(format!("Channel: {channel_name}"), back.clone())],
                "What the first cycle after Save would do, worked out just now from the directory. Nothing has been saved and nothing changed.",
                Some(back),
            )
        }
        None => (
            vec![("Channels".to_owned(), Page::Channels.href()), (channel_name.clone(), Page::Channel(channel).href())],
            "What the next cycle would do, worked out just now from the directory. Nothing has been changed.",
            None,
        ),
    };
    let crumbs = trail.into_iter().map(|(label, href)| view! { <li><a href=href rel="external">{label}</a></li> }).collect_view();
    let figures = counts
        .into_iter()
        .map(|(label, n)| {
            view! { <li class="figures__figure"><span class="figures__number">{n}</span> <span class="figures__label">{label}</span></li> }
        })
        .collect_view();
    let held = preview.held.into_iter().map(|of_guard| held(of_guard, preview.pages)).collect_view();
    let (total, skipped_total) = (preview.total, preview.skipped_total);
    // Operations, held ones and those left out are turned over together, and some of them end before others.
    let ended = match (total, preview.page > 1 && preview.page <= preview.pages) {
        (0, _) => "Nothing to change: the service has what the directory says.",
        (_, true) => "All operations are on the pages before this one.",
        (_, false) => "There is no such page.",
    };
    let moving = [moved(["person", "people"], users), moved(["group", "groups"], groups)].into_iter().flatten().collect::<Vec<_>>();
    let base = format!("{}?of={}&page=", here.href(), preview.of);
    view! {
        <header class="page">
            <ol class="crumbs" aria-label="Pages above">{crumbs}</ol>
            <div class="page__head">
                <h1 class="page__title">{title}</h1>
                {back.map(|back| view! {
                    <div class="page__actions"><a class="button" href=back rel="external">"Back to the form"</a></div>
                })}
            </div>
            <p class="page__sentence">{sentence}</p>
        </header>
        {problem.map(|problem| view! { <Alert>{problem}</Alert> })}
        {sentences.into_iter().map(|sentence| view! { <Alert tone=Tone::Busy>{sentence}</Alert> }).collect_view()}
        <section class="panel panel--state" aria-label="Who would enter and leave">
            <p class="panel__line panel__line--lead">{summary}</p>
            <ul class="figures">{figures}</ul>
            {moving}
        </section>
        {held}
        {by_reason(reasons)}
        <section class="panel" aria-labelledby="planned">
            <h2 class="panel__title" id="planned">{titled("Operations", total)}</h2>
            {if preview.ops.is_empty() {
                view! { <Empty text=ended/> }.into_any()
            } else {
                let total = on_page(preview.ops.len(), total, preview.pages);
                ops("Operations".to_owned(), preview.ops, total)
            }}
        </section>
        {(!preview.skipped.is_empty()).then(|| {
            let total = on_page(preview.skipped.len(), skipped_total, preview.pages);
            view! {
                <section class="panel" aria-labelledby="skipped">
                    <h2 class="panel__title" id="skipped">{titled("Skipped", skipped_total)}</h2>
                    {notes("Skipped objects", preview.skipped, total, false)}
                </section>
            }
        })}
        <Pagination page=preview.page pages=preview.pages base=base/>
    }
    .into_any()
}

/// Of how many it is said that some are shown: where others are on other pages, of those of this one.
fn on_page(shown: usize, total: u32, pages: u32) -> u32 {
    if pages > 1 { u32::try_from(shown).unwrap_or(u32::MAX) } else { total }
}

fn titled(title: &'static str, total: u32) -> String {
    if total > 0 { format!("{title} ({total})") } else { title.to_owned() }
}

fn held(held: HeldView, pages: u32) -> impl IntoView {
    let total = on_page(held.ops.len(), held.total, pages);
    view! {
        <section class="panel panel--held">
            <h2 class="panel__title">{format!("Would be held: {}", count(held.total, "removal", "removals"))}</h2>
            <p class="panel__intro">{format!("{}: {}", held.guard, held.reason)}</p>
            {(!held.ops.is_empty()).then(|| ops(format!("Would be held: {}", held.guard), held.ops, total))}
        </section>
    }
}

/// Who of a kind comes and goes, by name.
fn moved([one, many]: [&'static str; 2], moves: MovesView) -> Option<AnyView> {
    let MovesView { entering, leaving, staying } = moves;
    let rows: Vec<_> = [("Would enter", entering), ("Would leave", leaving), ("Left, and would stay as they are", staying)]
        .into_iter()
        .filter(|(_, names)| names.total > 0)
        .map(|(label, names)| {
            let label = format!("{label} ({})", count(names.total, one, many));
            view! { <div class="moves__row"><dt class="moves__label">{label}</dt><dd class="moves__names">{listed(names)}</dd></div> }
        })
        .collect();
    (!rows.is_empty()).then(|| view! { <dl class="moves">{rows}</dl> }.into_any())
}

fn listed(names: Names) -> String {
    let rest = names.total.saturating_sub(u32::try_from(names.names.len()).unwrap_or(u32::MAX));
    let names = names.names.join(", ");
    if rest > 0 { format!("{names} and {rest} more") } else { names }
}

fn by_reason(reasons: Vec<ReasonRow>) -> Option<AnyView> {
    if reasons.is_empty() {
        return None;
    }
    let rows = reasons
        .into_iter()
        .map(|row| {
            let names = Names { total: row.count, names: row.examples };
            view! {
                <tr>
                    <td class="table__action">{row.operation}</td>
                    <td class="table__number" data-label="How many">{row.count}</td>
                    <td class="table__text" data-label="Why">{row.reason}</td>
                    <td class="table__text" data-label="Who">{listed(names)}</td>
                </tr>
            }
        })
        .collect_view();
    let columns = ["Operation", "How many", "Why", "Who"].map(str::to_owned).to_vec();
    Some(
        view! {
            <section class="panel" aria-labelledby="reasons">
                <h2 class="panel__title" id="reasons">"By reason"</h2>
                <Table label="By reason" columns=columns>{rows}</Table>
            </section>
        }
        .into_any(),
    )
}
