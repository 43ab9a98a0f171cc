//! Open drafts above a list, and the way back to the draft one came from.

use crate::api::drafts::DeleteDraft;
use crate::routes::Post;
use crate::ui::{Action, Confirm, Look, Time};
use crate::views::{DraftRow, WaitingRow};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// Drafts that this administrator has open, each to be resumed or discarded.
pub fn drafts(rows: Vec<DraftRow>, of: &'static str) -> impl IntoView {
    let rows: Vec<_> = rows.into_iter().map(|row| draft(row, of)).collect();
    (!rows.is_empty()).then(|| {
        view! {
            <section class="drafts" aria-label="Drafts">
                <h2 class="drafts__title">"Drafts"</h2>
                <ul class="drafts__list">{rows}</ul>
            </section>
        }
    })
}

/// The way back to the drafts from which this administrator came here.
pub fn waiting(rows: Vec<WaitingRow>) -> impl IntoView {
    let rows = rows.into_iter().map(|row| {
        view! {
            <div class="waiting" role="note">
                <p class="waiting__from">"You came here from ‘" {row.title.clone()} "’, which waits as you left it."</p>
                <Action to=Post::ResumeDraft(row.id).action() label="Return" name=format!("Return to {}", row.title) look=Look::Primary/>
            </div>
        }
    });
    rows.collect_view()
}

fn draft(row: DraftRow, of: &'static str) -> impl IntoView {
    let name = match (row.name.is_empty(), row.is_new) {
        (true, _) => format!("New {of}"),
        (false, true) => row.name,
        (false, false) => format!("{} (changes)", row.name),
    };
    let id = format!("discard-{}", row.id);
    view! {
        <li class="drafts__row">
            <span class="drafts__name">{name.clone()}</span>
            <span class="drafts__time">"last changed " <Time time=row.updated/></span>
            <span class="drafts__actions">
                <Action to=Post::ResumeDraft(row.id.clone()).action() label="Resume" name=format!("Resume {name}")/>
                <Confirm id=id label="Discard" name=format!("Discard {name}") question=format!("Discard the draft ‘{name}’?")
                    consequence="What was entered is lost. What is saved stays as it is.">
                    <Action to=DeleteDraft::PATH label="Discard draft" values=vec![("id", row.id.to_string())] look=Look::Danger/>
                </Confirm>
            </span>
        </li>
    }
}
