//! Trusted CAs: the list, and certificates to be imported.

use super::certificate::{expiry, numbers};
use super::usage::{usage, users};
use crate::api::security::{DeleteTrustedCa, list_trusted_cas, trusted_ca_usage};
use crate::reading::{Sent, always, by_id, id, loaded, read};
use crate::routes::{Download, Page, Post};
use crate::ui::{Action, ActionProblem, Confirm, Empty, Look, PageHeader, Table, Upload};
use crate::views::TrustedCaRow;
use domain::id::TrustedCaId;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// All trusted CAs.
#[component]
pub fn TrustedCaList() -> impl IntoView {
    let list = read(always, |_| Box::pin(async { list_trusted_cas().await.map(Sent::text) }));
    view! {
        <PageHeader title="Trusted CAs"
            sentence="Certificate authorities that a Data Store or a Target can choose to trust, besides those this machine trusts anyway.">
            <a class="button button--primary" href=Page::ImportTrustedCas.href()>"Import"</a>
        </PageHeader>
        <ActionProblem/>
        {loaded(list, all)}
    }
}

fn all(rows: Vec<TrustedCaRow>) -> AnyView {
    if rows.is_empty() {
        return view! { <Empty text="No Trusted CA yet. Import one if a directory or service has a certificate of a private authority."/> }
            .into_any();
    }
    let columns = ["Subject", "Issuer", "Serial Number and SHA-256", "Expires", "Used by", " Action"].map(str::to_owned).to_vec();
    let rows = rows.into_iter().map(row).collect_view();
    view! { <Table label="Trusted CAs" columns=columns>{rows}</Table> }.into_any()
}

fn row(row: TrustedCaRow) -> impl IntoView {
    let subject = row.certificate.subject.clone();
    let values = vec![("id", row.id.to_string())];
    let delete = format!("Delete {subject}");
    let delete = if row.uses.is_empty() {
        view! {
            <Confirm id=format!("delete-{}", row.id) label="Delete" name=delete look=Look::Link
                question=format!("Delete the Trusted CA ‘{subject}’?")
                consequence="No connection uses it.">
                <Action to=DeleteTrustedCa::PATH label="Delete Trusted CA" values=values look=Look::Danger/>
            </Confirm>
        }
        .into_any()
    } else {
        // Nothing to ask: the server refuses and says what uses it.
        view! { <Action to=DeleteTrustedCa::PATH label="Delete" name=delete values=values look=Look::Link/> }.into_any()
    };
    view! {
        <tr>
            <td class="table__text"><span class="certificate__subject">{subject.clone()}</span></td>
            <td class="table__text" data-label="Issuer">{row.certificate.issuer.clone()}</td>
            <td class="certificate__numbers" data-label="Serial Number and SHA-256">{numbers(&row.certificate)}</td>
            <td class="certificate__expiry" data-label="Expires">{expiry(&row.certificate)}</td>
            <td data-label="Used by">{users(&row.uses)}</td>
            <td class="table__actions">
                <a class="link-button" href=Download::TrustedCa(row.id.clone()).href() download="" rel="external"
                    aria-label=format!("Export {subject}")>"Export"</a>
                <a class="link-button" href=Page::TrustedCaUsage(row.id.clone()).href() aria-label=format!("Check Usage of {subject}")>"Check Usage"</a>
                {delete}
            </td>
        </tr>
    }
}

/// Who uses a trusted CA.
#[component]
pub fn TrustedCaUsage() -> impl IntoView {
    let reading = read(by_id(), |key| Box::pin(async move { trusted_ca_usage(id(&key, TrustedCaId::parse)?).await.map(Sent::text) }));
    loaded(reading, |found| usage(found, "Trusted CA", ("Trusted CAs", Page::TrustedCas)))
}

/// Certificates to be imported.
#[component]
pub fn ImportTrustedCas() -> impl IntoView {
    view! {
        <PageHeader title="Import Trusted CAs" trail=vec![("Trusted CAs".to_owned(), Page::TrustedCas.href())]
            sentence="One or several certificates. Connections trust them once they choose them."/>
        <ActionProblem/>
        <Upload to=Post::ImportTrustedCas.action() accept=".pem,.crt,.cer,.der" label="Import" back=Page::TrustedCas.href()
            file="PEM with any number of certificates, or DER with one." text="-----BEGIN CERTIFICATE----- and so on."/>
    }
}
