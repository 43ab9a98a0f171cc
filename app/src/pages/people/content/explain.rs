//! Explain: why somebody is or is not at the service.

use super::look::look;
use super::page;
use crate::routes::Page;
use crate::ui::{Action, Badge, Look};
use crate::views::MadePage;
use crate::views::people::{ExplainFound, ExplainPage};
use leptos::prelude::*;

/// The page.
pub fn explain(explain: ExplainPage) -> MadePage {
    let ExplainPage { channel, action, name, found } = explain;
    let trail = vec![("Channels".to_owned(), Page::Channels.href()), channel.clone()];
    let title = if name.is_empty() { format!("Explain: {}", channel.0) } else { format!("Explain: {name}") };
    let sentence = "Type any name of the directory: each step from there to the service is tried on it, and nothing is changed.";
    page(title, trail, sentence, move || {
        let content = view! {
            <form class="search-form" method="get" action=action role="search" aria-label="Explain">
                <label class="search-form__label" for="name">"User name, e-mail address, DN or id"</label>
                <input class="input" id="name" type="search" name="name" value=name maxlength="1000" autocomplete="off" spellcheck="false"/>
                <button type="submit" class="button button--primary">"Explain"</button>
            </form>
            {found.map(result)}
        };
        (().into_any(), content.into_any())
    })
}

fn result(found: ExplainFound) -> AnyView {
    let ExplainFound { name, kind, href, sync, state, tone, look: all, .. } = found;
    let page = (!href.is_empty()).then(|| view! { <p class="panel__line"><a href=href>"Its page: history, Sync now, Unlink"</a></p> });
    view! {
        <section class="panel panel--state" aria-label="Answer" role="status">
            <div class="state">
                <span class="object"><span class="object__name">{name}</span> <span class="object__kind">{kind}</span></span>
                <Badge label=state tone=tone/>
            </div>
            {page}
            {sync.map(|(to, id)| view! {
                <div class="panel__actions">
                    <Action to=to label="Sync now" values=vec![("do", "sync".to_owned()), ("id", id)] look=Look::Primary/>
                </div>
            })}
        </section>
        {look(all)}
    }
    .into_any()
}
