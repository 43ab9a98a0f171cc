//! One signing key: its certificate, its rotation, what uses it.

use super::certificate::certificate;
use super::signing_keys::TITLE;
use crate::api::security::{ActivateSigningKey, CancelKeyRotation, RotateSigningKey, show_signing_key};
use crate::reading::{Sent, by_id, id, loaded, read};
use crate::routes::{Download, Page};
use crate::ui::{Action, ActionProblem, Confirm, Look, PageHeader};
use crate::views::SigningKeyRow;
use domain::id::SigningKeyId;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// One signing key.
#[component]
pub fn SigningKeyDetail() -> impl IntoView {
    let key = read(by_id(), |key| Box::pin(async move { show_signing_key(id(&key, SigningKeyId::parse)?).await.map(Sent::text) }));
    view! {
        <ActionProblem/>
        {loaded(key, page)}
    }
}

fn page(row: SigningKeyRow) -> AnyView {
    let trail = vec![(TITLE.to_owned(), Page::SigningKeys.href())];
    let used = match row.uses.as_slice() {
        [] => view! { <p class="panel__line">"Nothing uses this key."</p> }.into_any(),
        uses => view! { <div class="panel__line">{super::usage::users(uses)}</div> }.into_any(),
    };
    let exports = exports(&row.id, "active.pem", "active.der");
    let rotation = rotation(&row);
    view! {
        <PageHeader title=row.active.name.clone() trail=trail/>
        <section class="panel" aria-labelledby="active">
            <h2 class="panel__title" id="active">"Certificate in use"</h2>
            {certificate(row.active.clone())}
            {exports}
        </section>
        {rotation}
        <section class="panel" aria-labelledby="usage">
            <h2 class="panel__title" id="usage">"Used by"</h2>
            {used}
        </section>
    }
    .into_any()
}

fn exports(id: &SigningKeyId, pem: &'static str, der: &'static str) -> impl IntoView + use<> {
    let which = if pem.starts_with("next") { "next" } else { "active" };
    let link = |file: &'static str, label: &'static str| {
        let name = format!("Export the {which} certificate as {label}");
        view! { <a class="button" href=Download::SigningKey(id.clone(), file).href() download="" rel="external" aria-label=name>{format!("Export {label}")}</a> }
    };
    view! { <div class="panel__actions">{link(pem, "PEM")} {link(der, "DER")}</div> }
}

fn rotation(row: &SigningKeyRow) -> AnyView {
    let values = vec![("id", row.id.to_string())];
    let Some(next) = row.next.clone() else {
        return view! {
            <section class="panel" aria-labelledby="rotation">
                <h2 class="panel__title" id="rotation">"Rotation"</h2>
                <p class="panel__intro">
                    "Rotate makes the next key and certificate for the same subject. Both certificates are then in the metadata, and the present
                    key goes on signing until you activate the next one: partners have time to take over the new certificate."
                </p>
                <div class="panel__actions"><Action to=RotateSigningKey::PATH label="Rotate" values=values/></div>
            </section>
        }
        .into_any();
    };
    let exports = exports(&row.id, "next.pem", "next.der");
    let (activate, cancel) = (values.clone(), values);
    view! {
        <section class="panel panel--held" aria-labelledby="next">
            <h2 class="panel__title" id="next">"Next certificate"</h2>
            <p class="panel__intro">"It is in the metadata, and does not sign yet. Give it to every partner, then activate it."</p>
            {certificate(next)}
            {exports}
            <div class="panel__actions">
                <Confirm id="activate" label="Activate" look=Look::Primary question="Sign with the next key from now on?"
                    consequence="The key in use is gone for good. Partners that do not know the next certificate yet refuse what is signed from now on.">
                    <Action to=ActivateSigningKey::PATH label="Activate next key" values=activate look=Look::Danger/>
                </Confirm>
                <Confirm id="cancel-rotation" label="Cancel Rotation" question="Drop the next key?"
                    consequence="Its certificate leaves the metadata. The key in use stays as it is.">
                    <Action to=CancelKeyRotation::PATH label="Drop next key" values=cancel look=Look::Danger/>
                </Confirm>
            </div>
        </section>
    }
    .into_any()
}
