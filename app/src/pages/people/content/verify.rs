//! Verify: what is at the service compared with what Towpath wrote there.

use super::look::panel;
use super::page;
use crate::pages::ops;
use crate::routes::Page;
use crate::ui::{Action, Alert, Badge, Confirm, Empty, Facts, Look, Table, Time};
use crate::views::people::{DriftRow, VerifyFound, VerifyPage};
use crate::views::{MadePage, Tone};
use leptos::prelude::*;

/// The page.
pub fn verify(verify: VerifyPage) -> MadePage {
    let VerifyPage { channel, action, running, found } = verify;
    let trail = vec![("Channels".to_owned(), Page::Channels.href()), channel.clone()];
    let sentence = "Everything at the service is listed and compared with what was written there. Nothing is changed by looking.";
    page(format!("Verify: {}", channel.0), trail, sentence, move || {
        let start = (!running).then(|| {
            view! { <Action to=action.clone() label="Verify now" values=vec![("do", "verify".to_owned())] look=Look::Primary/> }
        });
        let running = running.then(|| {
            view! {
                <div role="status">
                    <Alert tone=Tone::Busy>"The service is being listed. Look again in a while; a large one takes minutes at its limits."</Alert>
                </div>
            }
        });
        let found = match found {
            Some(found) => result(found, action),
            None => view! { <Empty text="It has not been verified yet."/> }.into_any(),
        };
        (start.into_any(), view! { {running} {found} }.into_any())
    })
}

fn result(found: VerifyFound, action: String) -> AnyView {
    let VerifyFound { state, tone, sentence, when, facts, notes, drifts, drifts_total, unknown, unknown_total, can_repair, .. } = found;
    let repair = can_repair.then(|| {
        let values = vec![("do", "repair".to_owned())];
        view! {
            <div class="panel__actions">
                <Confirm id="repair" label="Repair" look=Look::Primary question=format!("Have {} written again?", ops::count(drifts_total, "difference", "differences"))
                    consequence="The next cycle makes what is missing again, writes what differs as the directory says, and puts memberships right. \
                        Objects that are unknown here are left alone.">
                    <Action to=action label="Repair with the next cycle" values=values look=Look::Primary/>
                </Confirm>
            </div>
        }
    });
    let notes = notes.into_iter().map(|note| view! { <p class="panel__line">{note}</p> }).collect_view();
    view! {
        <section class="panel panel--state" aria-label="Result" role="status">
            <div class="state">
                <Badge label=state tone=tone/>
                <p class="state__sentence">{sentence} " " <Time time=when/></p>
            </div>
            <Facts rows=facts/>
            {notes}
            {repair}
        </section>
        {(drifts_total > 0).then(|| panel("drifts", "Differences", differences(drifts, drifts_total)))}
        {(unknown_total > 0).then(|| panel("unknown", "Unknown here", strangers(unknown, unknown_total)))}
    }
    .into_any()
}

fn more(shown: usize, total: u32) -> Option<AnyView> {
    let shown = u32::try_from(shown).unwrap_or(u32::MAX);
    (total > shown).then(|| view! { <p class="more">{format!("The first {shown} of {total} are shown.")}</p> }.into_any())
}

fn differences(drifts: Vec<DriftRow>, total: u32) -> AnyView {
    let shown = drifts.len();
    let row = |drift: DriftRow| {
        let DriftRow { name, kind, href, what, tone, detail, changes } = drift;
        view! {
            <tr>
                <td class="table__name-cell">
                    <div class="object"><a class="object__name" href=href>{name}</a> <span class="object__kind">{kind}</span></div>
                </td>
                <td><Badge label=what tone=tone/></td>
                <td class="table__text">{detail}{ops::changes(changes)}</td>
            </tr>
        }
    };
    let columns = ["Object", "Difference", "Written, and there now"].map(str::to_owned).to_vec();
    let rows = drifts.into_iter().map(row).collect_view();
    view! { <Table label="Differences" columns=columns>{rows}</Table> {more(shown, total)} }.into_any()
}

fn strangers(unknown: Vec<(String, String, String)>, total: u32) -> AnyView {
    let shown = unknown.len();
    let row = |(name, kind, target): (String, String, String)| {
        view! {
            <tr>
                <td class="table__name-cell">
                    <div class="object"><span class="object__name">{name}</span> <span class="object__kind">{kind}</span></div>
                </td>
                <td class="table__code">{target}</td>
            </tr>
        }
    };
    let columns = ["Object", "At the service"].map(str::to_owned).to_vec();
    let rows = unknown.into_iter().map(row).collect_view();
    view! {
        <p class="panel__intro">"These are at the service, and no channel of this connection made or adopted them. They are only listed."</p>
        <Table label="Unknown here" columns=columns>{rows}</Table>
        {more(shown, total)}
    }
    .into_any()
}
