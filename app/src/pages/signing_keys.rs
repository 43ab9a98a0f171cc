//! Signing & Decryption Keys & Certificates: the list, and a PKCS#12 file to be imported.

use super::certificate::{expiry, numbers};
use super::drafts::{drafts, waiting};
use super::usage::users;
use crate::api::security::{DeleteSigningKey, list_signing_keys};
use crate::reading::{Sent, always, loaded, read};
use crate::routes::{Download, Page, Post};
use crate::ui::{Action, ActionProblem, Badge, Confirm, Empty, Look, PageHeader, Table};
use crate::views::{Listed, SigningKeyRow, Tone};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// What the list is called.
pub const TITLE: &str = "Signing & Decryption Keys & Certificates";

/// All signing keys.
#[component]
pub fn SigningKeyList() -> impl IntoView {
    let list = read(always, |_| Box::pin(async { list_signing_keys().await.map(Sent::text) }));
    view! {
        <PageHeader title=TITLE sentence="Keys that sign what this server sends. Partners verify the signatures by the certificates.">
            <a class="button" href=Page::ImportSigningKey.href()>"Import"</a>
            <Action to=Post::NewSigningKey.action() label="Create New" look=Look::Primary/>
        </PageHeader>
        <ActionProblem/>
        {loaded(list, all)}
    }
}

fn all(list: Listed<SigningKeyRow>) -> AnyView {
    let columns = ["Subject", "Key", "Serial Number and SHA-256", "Expires", "Used by", " Action"].map(str::to_owned).to_vec();
    let table = if list.rows.is_empty() {
        view! { <Empty text="No key yet. Create one, or import one that you have, before you export the metadata."/> }.into_any()
    } else {
        let rows = list.rows.into_iter().map(row).collect_view();
        view! { <Table label="Signing keys" columns=columns>{rows}</Table> }.into_any()
    };
    view! { {waiting(list.waiting)} {drafts(list.drafts, "Certificate")} {table} }.into_any()
}

fn row(row: SigningKeyRow) -> impl IntoView {
    let subject = row.active.subject.clone();
    let page = Page::SigningKey(row.id.clone()).href();
    let usage = format!("{page}#usage");
    let pem = Download::SigningKey(row.id.clone(), "active.pem").href();
    let rotating = row.next.is_some().then(|| view! { <span class="table__under"><Badge label="Being rotated" tone=Tone::Busy/></span> });
    view! {
        <tr>
            <td class="table__text"><a class="certificate__subject" href=page>{subject.clone()}</a>{rotating}</td>
            <td class="table__short" data-label="Key">{row.active.algorithm.clone()}</td>
            <td class="certificate__numbers" data-label="Serial Number and SHA-256">{numbers(&row.active)}</td>
            <td class="certificate__expiry" data-label="Expires">{expiry(&row.active)}</td>
            <td data-label="Used by">{users(&row.uses)}</td>
            <td class="table__actions">
                <a class="link-button" href=pem download="" rel="external" aria-label=format!("Export {subject}")>"Export"</a>
                <a class="link-button" href=usage aria-label=format!("Check Usage of {subject}")>"Check Usage"</a>
                {delete(&row)}
            </td>
        </tr>
    }
}

/// The button that deletes a key, with its question.
fn delete(row: &SigningKeyRow) -> AnyView {
    let subject = &row.active.subject;
    let values = vec![("id", row.id.to_string())];
    let name = format!("Delete {subject}");
    if !row.uses.is_empty() {
        // Nothing to ask: the server refuses and says what uses it.
        return view! { <Action to=DeleteSigningKey::PATH label="Delete" name=name values=values look=Look::Link/> }.into_any();
    }
    view! {
        <Confirm id=format!("delete-{}", row.id) label="Delete" name=name look=Look::Link
            question=format!("Delete the key of ‘{subject}’?")
            consequence="The private key is gone for good. Partners that know its certificate refuse nothing and need nothing.">
            <Action to=DeleteSigningKey::PATH label="Delete key" values=values look=Look::Danger/>
        </Confirm>
    }
    .into_any()
}

/// A PKCS#12 file to be imported.
#[component]
pub fn ImportSigningKey() -> impl IntoView {
    view! {
        <PageHeader title="Import Key" trail=vec![(TITLE.to_owned(), Page::SigningKeys.href())]
            sentence="A PKCS#12 file with one private key and its certificate."/>
        <ActionProblem/>
        <form class="panel" method="post" action=Post::ImportSigningKey.action() enctype="multipart/form-data" autocomplete="off">
            <div class="field">
                <label class="field__label" for="file">"File"</label>
                <input class="input" type="file" id="file" name="file" accept=".p12,.pfx,application/x-pkcs12" required=true aria-describedby="file-help"/>
                <p class="field__help" id="file-help">"Ends in .p12 or .pfx. RSA with 2048 bits or more, or EC on P-256 or P-384."</p>
            </div>
            <div class="field">
                <label class="field__label" for="password">"Password"</label>
                <input class="input" type="password" id="password" name="password" autocomplete="off" aria-describedby="password-help"/>
                <p class="field__help" id="password-help">"The one the file was exported with. It is not kept."</p>
            </div>
            <div class="panel__actions">
                <button type="submit" class="button button--primary">"Import"</button>
                <a class="button" href=Page::SigningKeys.href()>"Cancel"</a>
            </div>
        </form>
    }
}
