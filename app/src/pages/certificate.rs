//! A certificate on a page.

use crate::ui::{Badge, Facts};
use crate::views::CertificateView;
use leptos::prelude::*;

/// Everything about it, with its state in a word and what to do about that.
pub fn certificate(certificate: CertificateView) -> impl IntoView {
    let rows = [
        ("Subject DN", certificate.subject),
        ("Issuer DN", certificate.issuer),
        ("Key Algorithm", certificate.algorithm),
        ("Serial Number", certificate.serial),
        ("SHA-256 Fingerprint", certificate.fingerprint),
        ("Valid From", certificate.starts),
        ("Expires", certificate.ends),
    ];
    let rows = rows.into_iter().map(|(label, value)| (label.to_owned(), value)).collect();
    let sentence = certificate.state.sentence;
    view! {
        <p class="panel__line certificate__state">
            <Badge label=certificate.state.label tone=certificate.state.tone/>
            {(!sentence.is_empty()).then(|| format!(" {sentence}"))}
        </p>
        <Facts rows=rows/>
    }
}

/// Serial number and fingerprint, in a cell of a list.
pub fn numbers(certificate: &CertificateView) -> impl IntoView + use<> {
    view! {
        <span class="certificate__number">{certificate.serial.clone()}</span>
        <span class="certificate__number certificate__number--long">{certificate.fingerprint.clone()}</span>
    }
}

/// When it ends, with its state in a word.
pub fn expiry(certificate: &CertificateView) -> impl IntoView + use<> {
    view! {
        <Badge label=certificate.state.label.clone() tone=certificate.state.tone/>
        <span class="table__under">{certificate.ends.clone()}</span>
    }
}
