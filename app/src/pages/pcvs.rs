//! Password Credential Validators: the list, and who uses one.

use super::drafts::{drafts, waiting};
use super::usage::{usage, used_by};
use crate::api::pcvs::{DeletePcv, list_pcvs, pcv_usage};
use crate::reading::{Sent, always, by_id, id, loaded, read};
use crate::routes::{Page, Post};
use crate::ui::{Action, ActionProblem, Confirm, Empty, Look, PageHeader, Table, warning};
use crate::views::{Listed, PcvRow};
use domain::id::PcvId;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// All Password Credential Validators.
#[component]
pub fn PcvList() -> impl IntoView {
    let list = read(always, |_| Box::pin(async { list_pcvs().await.map(Sent::text) }));
    view! {
        <PageHeader title="Password Credential Validators" sentence="They check the username and password of people who sign on. IdP Adapters ask them.">
            <Action to=Post::NewPcv.action() label="Create New Instance" look=Look::Primary/>
        </PageHeader>
        <ActionProblem/>
        {loaded(list, all)}
    }
}

fn all(list: Listed<PcvRow>) -> AnyView {
    let columns = ["Instance Name", "Instance ID", "Type", "Asks", "Used by", " Action"].map(str::to_owned).to_vec();
    let table = if list.rows.is_empty() {
        view! { <Empty text="No Password Credential Validator yet. Create one to let people sign on with their directory password."/> }
            .into_any()
    } else {
        let rows = list.rows.into_iter().map(row).collect_view();
        view! { <Table label="Password Credential Validators" columns=columns>{rows}</Table> }.into_any()
    };
    view! { {waiting(list.waiting)} {drafts(list.drafts, "Password Credential Validator")} {table} }.into_any()
}

fn row(row: PcvRow) -> impl IntoView {
    let delete = format!("Delete {}", row.name);
    let values = vec![("id", row.id.to_string())];
    let delete = if row.used_by.is_empty() {
        view! {
            <Confirm id=format!("delete-{}", row.id) label="Delete" name=delete look=Look::Link
                question=format!("Delete the Password Credential Validator ‘{}’?", row.name)
                consequence="Its settings are removed. The directory it asks is not touched.">
                <Action to=DeletePcv::PATH label="Delete Instance" values=values look=Look::Danger/>
            </Confirm>
        }
        .into_any()
    } else {
        // Nothing to ask: the server refuses and says who uses it.
        view! { <Action to=DeletePcv::PATH label="Delete" name=delete values=values look=Look::Link/> }.into_any()
    };
    let usage = Page::PcvUsage(row.id.clone());
    view! {
        <tr>
            <td>
                <Action to=Post::EditPcv(row.id).action() label=row.name.clone() look=Look::Link/>
                {warning(row.warning)}
            </td>
            <td class="table__code" data-label="Instance ID">{row.instance_id}</td>
            <td data-label="Type">{row.kind}</td>
            <td data-label="Asks">{row.asks}</td>
            {used_by(row.used_by, usage.clone(), &row.name)}
            <td class="table__actions">
                <a class="link-button" href=usage.href() aria-label=format!("Check Usage of {}", row.name)>"Check Usage"</a>
                {delete}
            </td>
        </tr>
    }
}

/// Who uses a Password Credential Validator.
#[component]
pub fn PcvUsage() -> impl IntoView {
    let reading = read(by_id(), |key| Box::pin(async move { pcv_usage(id(&key, PcvId::parse)?).await.map(Sent::text) }));
    loaded(reading, |found| usage(found, "Password Credential Validator", ("Password Credential Validators", Page::Pcvs)))
}
