//! IdP Adapters: the list, and who uses one.

use super::drafts::{drafts, waiting};
use super::usage::{usage, used_by};
use crate::api::idp_adapters::{DeleteIdpAdapter, idp_adapter_usage, list_idp_adapters};
use crate::reading::{Sent, always, by_id, id, loaded, read};
use crate::routes::{Page, Post};
use crate::ui::{Action, ActionProblem, Confirm, Empty, Look, PageHeader, Table, warning};
use crate::views::{IdpAdapterRow, Listed};
use domain::id::IdpAdapterId;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// All IdP Adapters.
#[component]
pub fn IdpAdapterList() -> impl IntoView {
    let list = read(always, |_| Box::pin(async { list_idp_adapters().await.map(Sent::text) }));
    view! {
        <PageHeader title="IdP Adapters" sentence="How people sign on: the form they see, and who checks what they type.">
            <Action to=Post::NewIdpAdapter.action() label="Create New Instance" look=Look::Primary/>
        </PageHeader>
        <ActionProblem/>
        {loaded(list, all)}
    }
}

fn all(list: Listed<IdpAdapterRow>) -> AnyView {
    let columns = ["Instance Name", "Instance ID", "Type", "Credential Validators", "Used by", " Action"].map(str::to_owned).to_vec();
    let table = if list.rows.is_empty() {
        view! { <Empty text="No IdP Adapter yet. Create one to give people a form to sign on with."/> }.into_any()
    } else {
        let rows = list.rows.into_iter().map(row).collect_view();
        view! { <Table label="IdP Adapters" columns=columns>{rows}</Table> }.into_any()
    };
    view! { {waiting(list.waiting)} {drafts(list.drafts, "IdP Adapter")} {table} }.into_any()
}

fn row(row: IdpAdapterRow) -> impl IntoView {
    let values = vec![("id", row.id.to_string())];
    let delete = format!("Delete {}", row.name);
    let delete = if row.used_by.is_empty() {
        view! {
            <Confirm id=format!("delete-{}", row.id) label="Delete" name=delete look=Look::Link
                question=format!("Delete the IdP Adapter ‘{}’?", row.name)
                consequence="Its settings are removed. The validators it asks stay.">
                <Action to=DeleteIdpAdapter::PATH label="Delete Instance" values=values look=Look::Danger/>
            </Confirm>
        }
        .into_any()
    } else {
        // Nothing to ask: the server refuses and says who uses it.
        view! { <Action to=DeleteIdpAdapter::PATH label="Delete" name=delete values=values look=Look::Link/> }.into_any()
    };
    let usage = Page::IdpAdapterUsage(row.id.clone());
    view! {
        <tr>
            <td>
                <Action to=Post::EditIdpAdapter(row.id.clone()).action() label=row.name.clone() look=Look::Link/>
                {warning(row.warning)}
            </td>
            <td class="table__code" data-label="Instance ID">{row.instance_id}</td>
            <td class="table__short" data-label="Type">{row.kind}</td>
            <td data-label="Credential Validators">{row.validators}</td>
            {used_by(row.used_by, usage.clone(), &row.name)}
            <td class="table__actions">
                <a class="link-button" href=usage.href() aria-label=format!("Check Usage of {}", row.name)>"Check Usage"</a>
                {delete}
            </td>
        </tr>
    }
}

/// Who uses an IdP Adapter.
#[component]
pub fn IdpAdapterUsage() -> impl IntoView {
    let reading = read(by_id(), |key| Box::pin(async move { idp_adapter_usage(id(&key, IdpAdapterId::parse)?).await.map(Sent::text) }));
    loaded(reading, |found| usage(found, "IdP Adapter", ("IdP Adapters", Page::IdpAdapters)))
}
