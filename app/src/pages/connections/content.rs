//! The list of SP Connections, made on the server.

use crate::api::connections::SetConnectionEnabled;
use crate::pages::drafts::{drafts, waiting};
use crate::routes::{Page, Post};
use crate::ui::{Action, Empty, Look, Menu, Pagination, Question, Table, Time};
use crate::views::connections::{ConnectionList, ConnectionRow, FilterView};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// A page of the list, with what it is searched by.
pub fn content(list: ConnectionList) -> AnyView {
    let ConnectionList { rows, drafts: open, waiting: left, is_empty, counted, text, filters, heads, kept, page, pages, base } = list;
    let content = if is_empty {
        view! { <Empty text="No SP Connection yet. Create one from a template to let people sign on to a service, or to provision them into it."/> }
            .into_any()
    } else {
        let table = if rows.is_empty() {
            view! {
                <Empty text="No SP Connection is like this. Search for less, or for all of them.">
                    <a class="button" href=Page::SpConnections.href()>"Show all"</a>
                </Empty>
            }
            .into_any()
        } else {
            let mut columns: Vec<_> = heads.into_iter().map(|head| (head.label, Some((head.href, head.sorted)))).collect();
            columns.extend([("Enabled".to_owned(), None), (" Action".to_owned(), None)]);
            let rows = rows.into_iter().map(row).collect_view();
            view! {
                <Table label="SP Connections" sorted=columns>{rows}</Table>
                <Pagination page=page pages=pages base=base/>
            }
            .into_any()
        };
        view! { {search(text, filters, kept, counted)} {table} }.into_any()
    };
    view! { {waiting(left)} {drafts(open, "SP Connection")} {content} }.into_any()
}

/// A form that asks for the list by its address, so that it can be linked to and needs no script.
fn search(text: String, filters: Vec<FilterView>, kept: Vec<(String, String)>, counted: String) -> AnyView {
    let kept = kept.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view();
    let filters = filters.into_iter().map(filter).collect_view();
    view! {
        <form class="finder" method="get" action=Page::SpConnections.href() role="search" aria-label="SP Connections">
            <div class="finder__field finder__field--text">
                <label class="finder__label" for="q">"Name or Connection ID"</label>
                <input class="input" type="search" id="q" name="q" value=text autocomplete="off" spellcheck="false"/>
            </div>
            {filters} {kept}
            <button type="submit" class="button">"Search"</button>
            <p class="finder__count" role="status">{counted}</p>
        </form>
    }
    .into_any()
}

/// A choice that narrows a list.
pub fn filter(filter: FilterView) -> impl IntoView {
    let FilterView { name, label, choices, chosen } = filter;
    let options = choices
        .into_iter()
        .map(|(value, label)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{label}</option> }
        })
        .collect_view();
    view! {
        <div class="finder__field">
            <label class="finder__label" for=name.clone()>{label}</label>
            <select class="input input--select" id=name.clone() name=name>{options}</select>
        </div>
    }
}

fn row(row: ConnectionRow) -> impl IntoView {
    let ConnectionRow { id, name, entity_id, is_for, warnings, created, updated, enabled, off_consequence, menu } = row;
    let warnings = warnings.into_iter().map(crate::ui::warning).collect_view();
    view! {
        <tr>
            <td class="table__name-cell">
                <Action to=Post::EditSpConnection(id.clone()).action() label=name.clone() look=Look::Link/>
                <span class="table__under">{is_for}</span>
                {warnings}
            </td>
            <td class="table__code table__id" data-label="Connection ID">{entity_id}</td>
            <td class="table__time" data-label="Created"><Time time=created/></td>
            <td class="table__time" data-label="Last modified"><Time time=updated/></td>
            <td data-label="Enabled">{toggle(id.to_string(), &name, enabled, off_consequence)}</td>
            <td class="table__actions"><Menu id=format!("menu-{id}") of=name items=menu/></td>
        </tr>
    }
}

/// Turns on at once, and asks before it turns off.
fn toggle(id: String, name: &str, enabled: bool, consequence: String) -> AnyView {
    let label = format!("{name} enabled");
    let switch = |kind: &'static str, target: Option<String>| {
        let word = if enabled { "on" } else { "off" };
        view! {
            <button type=kind class="switch" role="switch" aria-checked=enabled.to_string() aria-label=label.clone() popovertarget=target>
                <span class="switch__word">{word}</span>
            </button>
        }
    };
    if enabled {
        let ask = format!("off-{id}");
        let question = format!("Turn off the SP Connection ‘{name}’?");
        let values = vec![("id", id), ("enabled", "false".to_owned())];
        view! {
            {switch("button", Some(ask.clone()))}
            <Question id=ask question=question consequence=consequence>
                <Action to=SetConnectionEnabled::PATH label="Turn Off" values=values look=Look::Primary/>
            </Question>
        }
        .into_any()
    } else {
        view! {
            <form method="post" action=SetConnectionEnabled::PATH class="action">
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="enabled" value="true"/>
                {switch("submit", None)}
            </form>
        }
        .into_any()
    }
}
