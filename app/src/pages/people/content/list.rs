//! The list of people and groups.

use super::page;
use crate::pages::connections::content::filter;
use crate::routes::Page;
use crate::ui::{Badge, Empty, Table, Time};
use crate::views::MadePage;
use crate::views::connections::FilterView;
use crate::views::people::{PeopleList, PersonRow};
use leptos::prelude::*;

/// A part of the list, with what it is searched by.
pub fn list(list: PeopleList) -> MadePage {
    let PeopleList { channel, ways, rows, is_empty, counted, text, filters, head, kept, all, before, after } = list;
    let (title, trail) = match &channel {
        Some((name, href)) => (format!("People and Groups of {name}"), vec![channels(), (name.clone(), href.clone())]),
        None => ("People and Groups".to_owned(), vec![channels()]),
    };
    let sentence = "Everybody in the directory that a channel knows of: at the service, left out, or not there yet, and why.";
    let shows_channel = channel.is_none();
    page(title, trail, sentence, move || {
        let ways = ways.into_iter().map(|(label, href)| view! { <a class="button" href=href>{label}</a> }).collect_view();
        let content = if is_empty {
            view! { <Empty text="Nobody yet. A channel's first cycle finds them."/> }.into_any()
        } else {
            let table = match rows.is_empty() {
                true => nobody(all),
                false => table(rows, (head.label, head.href, head.sorted), shows_channel, before, after),
            };
            view! { {search(text, filters, kept, counted)} {table} }.into_any()
        };
        (ways.into_any(), content)
    })
}

fn channels() -> (String, String) {
    ("Channels".to_owned(), Page::Channels.href())
}

fn nobody(all: String) -> AnyView {
    view! {
        <Empty text="Nobody is like this. Search for less, or for all of them.">
            <a class="button" href=all>"Show all"</a>
        </Empty>
    }
    .into_any()
}

fn search(text: String, filters: Vec<FilterView>, kept: Vec<(String, String)>, counted: String) -> AnyView {
    let kept = kept.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view();
    let filters = filters.into_iter().map(filter).collect_view();
    view! {
        <form class="finder finder--people" method="get" action=Page::People.href() role="search" aria-label="People and groups">
            <div class="finder__field finder__field--text">
                <label class="finder__label" for="q">"Name, e-mail, DN or id at the service"</label>
                <input class="input" type="search" id="q" name="q" value=text autocomplete="off" spellcheck="false" maxlength="300"/>
            </div>
            {filters} {kept}
            <button type="submit" class="button">"Search"</button>
            <p class="finder__count" role="status">{counted}</p>
        </form>
    }
    .into_any()
}

fn table(
    rows: Vec<PersonRow>,
    (label, href, sorted): (String, String, String),
    shows_channel: bool,
    before: Option<String>,
    after: Option<String>,
) -> AnyView {
    let mut columns = vec![(label, Some((href, sorted)))];
    if shows_channel {
        columns.push(("Channel".to_owned(), None));
    }
    columns.extend(["Status", "At the service", "Last change"].map(|label| (label.to_owned(), None)));
    let rows = rows.into_iter().map(|one| row(one, shows_channel)).collect_view();
    view! {
        <Table label="People and groups" sorted=columns>{rows}</Table>
        {turn(before, after)}
    }
    .into_any()
}

fn row(row: PersonRow, shows_channel: bool) -> impl IntoView {
    let PersonRow { name, kind, dn, href, channel, state, tone, reason, target_id, at } = row;
    view! {
        <tr>
            <td class="table__name-cell">
                <div class="object">
                    <a class="object__name" href=href>{name}</a>
                    <span class="object__kind">{kind}</span>
                    {(!dn.is_empty()).then(|| view! { <span class="object__dn">{dn}</span> })}
                </div>
            </td>
            {shows_channel.then(|| view! { <td>{channel}</td> })}
            <td class="table__text">
                <Badge label=state tone=tone/>
                {(!reason.is_empty()).then(|| view! { <span class="table__under">{reason}</span> })}
            </td>
            <td class="table__code">{target_id}</td>
            <td class="table__time">{at.map(|time| view! { <Time time=time/> })}</td>
        </tr>
    }
}

/// On to the next part and back to the one before.
fn turn(before: Option<String>, after: Option<String>) -> Option<AnyView> {
    let link = |to: Option<String>, label: &'static str| match to {
        Some(href) => view! { <a class="button" href=href>{label}</a> }.into_any(),
        None => view! { <span class="button button--off">{label}</span> }.into_any(),
    };
    let is_one = before.is_none() && after.is_none();
    (!is_one).then(|| {
        view! { <nav class="pagination" aria-label="Pages">{link(before, "Previous page")} {link(after, "Next page")}</nav> }.into_any()
    })
}
