//! What stands on the page of connectors, made on the server.

use crate::api::connectors::{DeleteConnector, ForgetRefusedConnector, ReadConnectorFolder};
use crate::routes::{Page, Post};
use crate::ui::{Action, Confirm, Look, Table, Upload};
use crate::views::connectors::{ConnectorRow, ConnectorsPage, RefusedView};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// All connectors, and what was refused.
pub fn content(page: ConnectorsPage) -> AnyView {
    let ConnectorsPage { rows, refused, folder, folder_refused } = page;
    let columns = ["Connector", "Version", "Source", "Proven by", "Used by", " Action"].map(str::to_owned).to_vec();
    let rows = rows.into_iter().map(row).collect_view();
    let text = refused.as_ref().map(|refused| refused.text.clone()).unwrap_or_default();
    let refused = refused.map(|refused| {
        let more = view! { <Action to=ForgetRefusedConnector::PATH label="Dismiss"/> }.into_any();
        problems("This connector was not installed".to_owned(), refused, more)
    });
    let from_folder = folder_refused
        .into_iter()
        .map(|refused| problems(format!("{} in the folder was not installed", refused.file), refused, ().into_any()))
        .collect_view();
    view! {
        {refused} {from_folder}
        <Table label="Connectors" columns=columns>{rows}</Table>
        <h2 class="page__part" id="add">"Add a connector"</h2>
        <Upload to=Post::UploadConnector.action() accept=".toml" label="Install" back=Page::Connectors.href() value=text
            file="A TOML file of at most 256 KiB. Its format is described in docs/connectors.md; a newer version of one that is here is another file with the same id."
            text="schema_version = 1 and so on."/>
        <div class="panel">
            <p class="panel__line">"Or put the file into the folder " <code>{folder}</code> " of the server."</p>
            <div class="panel__actions"><Action to=ReadConnectorFolder::PATH label="Read Folder"/></div>
        </div>
    }
    .into_any()
}

/// What is wrong with a text, line by line.
fn problems(title: String, refused: RefusedView, more: AnyView) -> AnyView {
    let columns = ["Line", "What stands there", "What is wrong"].map(str::to_owned).to_vec();
    let rows = refused.problems.into_iter().map(|(line, text, message)| {
        view! { <tr><td class="table__number" data-label="Line">{line}</td><td class="table__code" data-label="What stands there">{text}</td><td class="table__text" data-label="What is wrong">{message}</td></tr> }
    });
    let rows = rows.collect_view();
    view! {
        <section class="panel panel--held" role="alert">
            <h2 class="panel__title">{title.clone()}</h2>
            <Table label=title columns=columns>{rows}</Table>
            <div class="panel__actions">{more}</div>
        </section>
    }
    .into_any()
}

fn row(row: ConnectorRow) -> impl IntoView {
    let ConnectorRow { id, version, name, source, proof, proven, warning, used_by, named, more, newer, is_added } = row;
    let of = format!("version {version} of {name}");
    let used = match used_by.is_empty() {
        true => view! { <span class="table__quiet">"Nothing"</span> }.into_any(),
        false => {
            let items = named.into_iter().map(|(connection, name)| {
                let moves = newer.clone().map(|newer| {
                    let label = format!("Move to {newer}");
                    let name = format!("Move {name} to {newer}");
                    view! { " " <Action to=Post::MoveSpConnection.action() label=label name=name look=Look::Small values=vec![("id", connection.to_string())]/> }
                });
                view! {
                    <li><Action to=Post::EditSpConnection(connection.clone()).action() label=name.clone() look=Look::Link/> {moves}</li>
                }
            });
            view! { <details><summary>{used_by}</summary><ul class="users">{items.collect_view()}</ul><span class="table__under">{more}</span></details> }
                .into_any()
        }
    };
    let under = id.to_string();
    let shown = version.clone();
    let delete = is_added.then(|| {
        view! {
            <Confirm id=format!("delete-{id}-{version}") label="Delete" name=format!("Delete {of}") look=Look::Link
                question=format!("Delete {of}?") consequence="It can be uploaded again. Refused while a connection is made from it.">
                <Action to=DeleteConnector::PATH label="Delete connector" look=Look::Danger
                    values=vec![("id", id.to_string()), ("version", version.clone())]/>
            </Confirm>
        }
    });
    view! {
        <tr>
            <td class="table__text">
                <span class="table__name">{name}</span>
                <span class="table__under">{under}</span>
                {crate::ui::warning(warning)}
            </td>
            <td class="table__number" data-label="Version">{shown}</td>
            <td class="table__short" data-label="Source">{source}</td>
            <td class="table__text" data-label="Proven by"><span class="table__name">{proof}</span><span class="table__under">{proven}</span></td>
            <td class="table__short" data-label="Used by">{used}</td>
            <td class="table__actions">{delete}</td>
        </tr>
    }
}
