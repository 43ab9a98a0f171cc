//! SP Connections: a page of the list, as its address asks for it.

use super::drafts::{drafts, waiting};
use super::usage::usage;
use crate::api::connections::{SetConnectionEnabled, connection_usage, list_connections};
use crate::reading::{Sent, by_id, id, loaded, read};
use crate::routes::{Page, Post};
use crate::ui::{Action, ActionProblem, Empty, Look, Menu, PageHeader, Pagination, Question, Table, Time, Upload};
use crate::views::UsageView;
use crate::views::connections::{ConnectionList, ConnectionRow, FilterView};
use domain::id::ConnectionId;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::{use_params_map, use_query_map};

/// SP Connections.
#[component]
pub fn ConnectionList() -> impl IntoView {
    let query = use_query_map();
    let list = read(
        move || vec![query.read().to_query_string()],
        |key| Box::pin(async move { list_connections(key.into_iter().next().unwrap_or_default()).await.map(Sent::text) }),
    );
    view! {
        <PageHeader title="SP Connections" sentence="Services that people sign on to, or that receive people and groups.">
            <a class="button" href=Page::ImportSpConnection.href()>"Import Connection"</a>
            <Action to=Post::NewSpConnection.action() label="Create Connection" look=Look::Primary/>
        </PageHeader>
        <ActionProblem/>
        {loaded(list, all)}
    }
}

fn all(list: ConnectionList) -> AnyView {
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

fn filter(filter: FilterView) -> impl IntoView {
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
            <td class="table__code table__id">{entity_id}</td>
            <td class="table__time"><Time time=created/></td>
            <td class="table__time"><Time time=updated/></td>
            <td>{toggle(id.to_string(), &name, enabled, off_consequence)}</td>
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

/// Who uses an SP Connection.
#[component]
pub fn ConnectionUsage() -> impl IntoView {
    let reading = read(by_id(), |key| Box::pin(async move { connection_usage(id(&key, ConnectionId::parse)?).await.map(Sent::text) }));
    loaded(reading, |found| usage(found, "SP Connection", ("SP Connections", Page::SpConnections)))
}

/// An exported connection to be imported.
#[component]
pub fn ImportConnection() -> impl IntoView {
    view! {
        <PageHeader title="Import Connection" trail=vec![("SP Connections".to_owned(), Page::SpConnections.href())]
            sentence="A file made by Export becomes a draft. Its secrets are asked for, its channels are inactive, and nothing is stored until you save it."/>
        <ActionProblem/>
        <Upload to=Post::ImportSpConnection.action() accept=".json" label="Import" back=Page::SpConnections.href()
            file="The JSON file of one connection." text="{ \"format\": \"towpath-sp-connection\" and so on."/>
    }
}

/// Newer metadata of a connection's partner.
#[component]
pub fn UpdateConnection() -> impl IntoView {
    let reading = read(by_id(), |key| Box::pin(async move { connection_usage(id(&key, ConnectionId::parse)?).await.map(Sent::text) }));
    view! {
        <ActionProblem/>
        {loaded(reading, update)}
    }
}

fn update(found: UsageView) -> AnyView {
    // The page is there for a connection that was found, so its id is one.
    let id = use_params_map().read_untracked().get("id").and_then(|id| ConnectionId::parse(&id).ok());
    let action = id.map_or_else(String::new, |id| Post::UpdateSpConnection(id).action());
    view! {
        <PageHeader title=format!("Update {} with Metadata", found.name) trail=vec![("SP Connections".to_owned(), Page::SpConnections.href())]
            sentence="What the partner says of itself now. A draft shows what changes; nothing is stored until you save it."/>
        <Upload to=action accept=".xml" label="Show Changes" back=Page::SpConnections.href()
            file="The partner's metadata (XML)." text="<md:EntityDescriptor and so on."
            address=("Or its address", "Read now, over https.")/>
    }
    .into_any()
}
