//! One person or group.

use super::look::{look, panel};
use super::page;
use crate::pages::ops;
use crate::routes::Page;
use crate::ui::{Action, Alert, Badge, Confirm, Empty, Facts, Look, Table, Time};
use crate::views::MadePage;
use crate::views::people::{PastView, PersonPage};
use leptos::prelude::*;

/// The page.
pub fn person(person: PersonPage) -> MadePage {
    let trail =
        vec![("Channels".to_owned(), Page::Channels.href()), person.channel.clone(), ("People and Groups".to_owned(), person.list.clone())];
    let sentence = format!("{} of the channel {}", person.kind, person.channel.0);
    page(person.name.clone(), trail, &sentence, move || {
        let actions = actions(&person);
        let PersonPage { state, tone, reason, notice, facts, look: found, history, .. } = person;
        let notice = notice.map(|(tone, text)| view! { <div role="status"><Alert tone=tone>{text}</Alert></div> });
        let content = view! {
            {notice}
            <section class="panel panel--state" aria-label="Status">
                <div class="state">
                    <Badge label=state tone=tone/>
                    {(!reason.is_empty()).then(|| view! { <p class="state__sentence">{reason}</p> })}
                </div>
                <Facts rows=facts/>
            </section>
            {look(found)}
            {panel("history", "What was done", past(history))}
        };
        (actions, content.into_any())
    })
}

fn actions(person: &PersonPage) -> AnyView {
    let PersonPage { name, action, id, can_retry, can_unlink, can_protect, .. } = person;
    let values = |what: &str| vec![("do", what.to_owned()), ("id", id.clone())];
    let retry = can_retry.then(|| view! { <Action to=action.clone() label="Retry" values=values("retry") look=Look::Primary/> });
    let look = if *can_retry { Look::Plain } else { Look::Primary };
    let unlink = can_unlink.then(|| {
        let (to, values, question) = (action.clone(), values("unlink"), format!("Unlink ‘{name}’?"));
        view! {
            <Confirm id="unlink" label="Unlink" question=question
                consequence="Towpath forgets which object at the service is this one. Nothing is changed there. The next cycle looks for it by its \
                    name and adopts it, or makes another one where none is found. If it is no longer in the directory's scope, the object at \
                    the service stays and is nobody's.">
                <Action to=to label="Unlink it" values=values look=Look::Danger/>
            </Confirm>
        }
    });
    let protect = can_protect.then(|| {
        let (to, values, question) = (action.clone(), values("protect"), format!("Protect ‘{name}’?"));
        view! {
            <Confirm id="protect" label="Protect" question=question
                consequence="It is added to the channel's protected people: whatever happens in the directory, nothing is taken away from it at \
                    the service. The list is on the channel's tab Guards.">
                <Action to=to label="Protect it" values=values look=Look::Primary/>
            </Confirm>
        }
    });
    view! { {retry} <Action to=action.clone() label="Sync now" values=values("sync") look=look/> {unlink} {protect} }.into_any()
}

fn past(history: Vec<PastView>) -> AnyView {
    if history.is_empty() {
        return view! { <Empty text="Nothing yet, as far as the history goes."/> }.into_any();
    }
    let row = |past: PastView| {
        let PastView { at, cycle, object } = past;
        view! {
            <tr>
                <td class="table__time"><a href=cycle><Time time=at/></a></td>
                <td class="table__action">{object.op.action}</td>
                <td class="table__text">{object.op.reason}{ops::changes(object.op.changes)}</td>
                <td>
                    <Badge label=object.outcome tone=object.tone/>
                    {(!object.detail.is_empty()).then(|| view! { <span class="table__under">{object.detail}</span> })}
                </td>
                <td class="table__code">{object.request_id}</td>
            </tr>
        }
    };
    let columns = ["When", "Operation", "Why", "The service's answer", "Request id"].map(str::to_owned).to_vec();
    let rows = history.into_iter().map(row).collect_view();
    view! { <Table label="What was done" columns=columns>{rows}</Table> }.into_any()
}
