//! The search: screens and objects by a piece of their name.

use crate::api::guide::find;
use crate::reading::{Sent, loaded, read};
use crate::routes::Page;
use crate::ui::{Action, Empty, Look, PageHeader};
use crate::views::guide::{Hit, HitGroup, SearchView};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// What was found for the `q` of the address.
#[component]
pub fn Search() -> impl IntoView {
    let query = use_query_map();
    let found = read(
        move || vec![query.read().get("q").unwrap_or_default()],
        |key| Box::pin(async move { find(key.first().cloned().unwrap_or_default(), true).await.map(Sent::text) }),
    );
    loaded(found, page)
}

fn page(found: SearchView) -> AnyView {
    let SearchView { text, groups } = found;
    let content = match (text.is_empty(), groups.is_empty()) {
        (true, _) => {
            view! { <Empty text="Type the name of a screen or of an object, an Instance ID or an entity ID, or a part of it."/> }.into_any()
        }
        (false, true) => {
            let text = format!("Nothing is called ‘{text}’. Try a shorter part of the name.");
            view! { <div role="status"><Empty text=text/></div> }.into_any()
        }
        _ => groups.into_iter().enumerate().map(section).collect_view().into_any(),
    };
    let title = if text.is_empty() { "Search".to_owned() } else { format!("Search: {text}") };
    let input = text;
    view! {
        <PageHeader title=title/>
        <form class="search-form" method="get" action=Page::Search.href() role="search" aria-label="Search again">
            <label class="search-form__label" for="search-again">"Search for"</label>
            <input class="input" id="search-again" type="search" name="q" value=input maxlength="200" autocomplete="off"/>
            <button type="submit" class="button button--primary">"Search"</button>
        </form>
        {content}
    }
    .into_any()
}

fn section((at, group): (usize, HitGroup)) -> impl IntoView {
    let id = format!("hits-{at}");
    let heading = id.clone();
    let more = group.more.then(|| view! { <p class="more">"There are more. Type more of the name to find them."</p> });
    view! {
        <section class="panel" aria-labelledby=heading>
            <h2 class="panel__title" id=id>{group.title}</h2>
            <ul class="hits">{group.hits.into_iter().map(hit).collect_view()}</ul>
            {more}
        </section>
    }
}

/// A line of what was found.
pub fn hit(hit: Hit) -> impl IntoView {
    let Hit { way, detail } = hit;
    let name = if way.posts {
        view! { <Action to=way.to label=way.label look=Look::Link/> }.into_any()
    } else {
        view! { <a href=way.to>{way.label}</a> }.into_any()
    };
    let detail = (!detail.is_empty()).then(|| view! { <span class="hits__detail">{detail}</span> });
    view! { <li class="hits__hit">{name} {detail}</li> }
}
