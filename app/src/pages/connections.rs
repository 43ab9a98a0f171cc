//! SP Connections.

use super::drafts::drafts;
use crate::api::connections::{DeleteConnection, SetConnectionEnabled, list_connections};
use crate::reading::{Sent, always, loaded, read};
use crate::routes::Post;
use crate::ui::{Action, ActionProblem, Confirm, Empty, Look, PageHeader, Table};
use crate::views::{ConnectionRow, Listed};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// All SP Connections.
#[component]
pub fn ConnectionList() -> impl IntoView {
    let list = read(always, |_| Box::pin(async { list_connections().await.map(Sent::text) }));
    view! {
        <PageHeader title="SP Connections" sentence="Services that receive people and groups.">
            <Action to=Post::NewSpConnection.action() label="Create Connection" look=Look::Primary/>
        </PageHeader>
        <ActionProblem/>
        {loaded(list, all)}
    }
}

fn all(list: Listed<ConnectionRow>) -> AnyView {
    let columns = ["Connection Name", "Connection ID", "Template", "Type", "Channels", "Enabled", " Action"].map(str::to_owned).to_vec();
    let table = if list.rows.is_empty() {
        view! { <Empty text="No SP Connection yet. Create one from a template to provision people and groups into a service."/> }.into_any()
    } else {
        let rows = list.rows.into_iter().map(row).collect_view();
        view! { <Table label="SP Connections" columns=columns>{rows}</Table> }.into_any()
    };
    view! { {drafts(list.drafts, "SP Connection")} {table} }.into_any()
}

fn row(row: ConnectionRow) -> impl IntoView {
    let values = vec![("id", row.id.to_string())];
    let state = if row.enabled { "on" } else { "off" };
    let channels = match row.channels {
        0 => "None".to_owned(),
        n => n.to_string(),
    };
    view! {
        <tr>
            <td><Action to=Post::EditSpConnection(row.id.clone()).action() label=row.name.clone() look=Look::Link/></td>
            <td class="table__code">{row.entity_id}</td>
            <td>{row.connector}</td>
            <td>{row.types}</td>
            <td class="table__number">{channels}</td>
            <td>
                <form method="post" action=SetConnectionEnabled::PATH class="action">
                    <input type="hidden" name="id" value=row.id.to_string()/>
                    <input type="hidden" name="enabled" value=(!row.enabled).to_string()/>
                    <button type="submit" class="switch" role="switch" aria-checked=row.enabled.to_string() aria-label=format!("{} enabled", row.name)>
                        <span class="switch__word">{state}</span>
                    </button>
                </form>
            </td>
            <td class="table__actions">
                <Confirm id=format!("delete-{}", row.id) label="Delete" name=format!("Delete {}", row.name) look=Look::Link
                    question=format!("Delete the SP Connection ‘{}’?", row.name)
                    consequence="Its channels, their history and the memory of what was provisioned are removed. People and groups at the service stay as they are.">
                    <Action to=DeleteConnection::PATH label="Delete SP Connection" values=values look=Look::Danger/>
                </Confirm>
            </td>
        </tr>
    }
}
