//! Data Stores: the list, and who uses one.

use super::drafts::{drafts, waiting};
use super::usage::{usage, used_by};
use crate::api::data_stores::{DeleteDataStore, data_store_usage, list_data_stores};
use crate::reading::{Sent, always, by_id, id, loaded, read};
use crate::routes::{Page, Post};
use crate::ui::{Action, ActionProblem, Confirm, Empty, Look, PageHeader, Table};
use crate::views::{DataStoreRow, Listed};
use domain::id::DataStoreId;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// All Data Stores.
#[component]
pub fn DataStoreList() -> impl IntoView {
    let list = read(always, |_| Box::pin(async { list_data_stores().await.map(Sent::text) }));
    view! {
        <PageHeader title="Data Stores" sentence="Directories that channels read people and groups from, and that passwords are checked with.">
            <Action to=Post::NewDataStore.action() label="Add New Data Store" look=Look::Primary/>
        </PageHeader>
        <ActionProblem/>
        {loaded(list, all)}
    }
}

fn all(list: Listed<DataStoreRow>) -> AnyView {
    let columns = ["Name", "Type", "Hostname(s)", "Security", "Used by", " Action"].map(str::to_owned).to_vec();
    let table = if list.rows.is_empty() {
        view! { <Empty text="No Data Store yet. Add one to connect Towpath to your directory."/> }.into_any()
    } else {
        let rows = list.rows.into_iter().map(row).collect_view();
        view! { <Table label="Data Stores" columns=columns>{rows}</Table> }.into_any()
    };
    view! { {waiting(list.waiting)} {drafts(list.drafts, "Data Store")} {table} }.into_any()
}

fn row(row: DataStoreRow) -> impl IntoView {
    let delete = format!("Delete {}", row.name);
    let values = vec![("id", row.id.to_string())];
    let delete = if row.used_by.is_empty() {
        view! {
            <Confirm id=format!("delete-{}", row.id) label="Delete" name=delete look=Look::Link
                question=format!("Delete the Data Store ‘{}’?", row.name)
                consequence="Its settings and its stored password are removed. The directory itself is not touched.">
                <Action to=DeleteDataStore::PATH label="Delete Data Store" values=values look=Look::Danger/>
            </Confirm>
        }
        .into_any()
    } else {
        // Nothing to ask: the server refuses and says who uses it.
        view! { <Action to=DeleteDataStore::PATH label="Delete" name=delete values=values look=Look::Link/> }.into_any()
    };
    view! {
        <tr>
            <td><Action to=Post::EditDataStore(row.id.clone()).action() label=row.name.clone() look=Look::Link/></td>
            <td class="table__short" data-label="Type">{row.kind}</td>
            <td class="table__code" data-label="Hostname(s)">{row.hosts}</td>
            <td data-label="Security">{row.security}</td>
            {used_by(row.used_by, Page::DataStoreUsage(row.id.clone()), &row.name)}
            <td class="table__actions">
                <a class="link-button" href=Page::DataStoreUsage(row.id).href() aria-label=format!("Check Usage of {}", row.name)>"Check Usage"</a>
                {delete}
            </td>
        </tr>
    }
}

/// Who uses a Data Store.
#[component]
pub fn DataStoreUsage() -> impl IntoView {
    let reading = read(by_id(), |key| Box::pin(async move { data_store_usage(id(&key, DataStoreId::parse)?).await.map(Sent::text) }));
    loaded(reading, |found| usage(found, "Data Store", ("Data Stores", Page::DataStores)))
}
