//! What was found, made on the server: for the page, and below the field while one types.

use crate::routes::Page;
use crate::ui::{Action, Empty, Look};
use crate::views::guide::{Hit, HitGroup, SearchView};
use leptos::prelude::*;

/// What stands on the page.
pub fn content(found: SearchView) -> AnyView {
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
    let input = text;
    view! {
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
fn hit(hit: Hit) -> impl IntoView {
    let Hit { way, detail } = hit;
    let name = if way.posts {
        view! { <Action to=way.to label=way.label look=Look::Link/> }.into_any()
    } else {
        view! { <a href=way.to>{way.label}</a> }.into_any()
    };
    let detail = (!detail.is_empty()).then(|| view! { <span class="hits__detail">{detail}</span> });
    view! { <li class="hits__hit">{name} {detail}</li> }
}

/// What stands below the field.
pub fn suggestions(found: SearchView) -> AnyView {
    let count: usize = found.groups.iter().map(|group| group.hits.len()).sum();
    let said = match count {
        0 => format!("Nothing is called ‘{}’.", found.text),
        1 => "1 suggestion".to_owned(),
        n => format!("{n} suggestions"),
    };
    let class = if count == 0 { "seeker__count" } else { "visually-hidden" };
    let all = (count > 0).then(|| {
        // Submits the form, which knows how to write an address.
        view! { <button type="submit" form="seeker" class="seeker__all">"All that was found"</button> }
    });
    let group = |group: HitGroup| {
        view! {
            <p class="seeker__title">{group.title}</p>
            <ul class="hits">{group.hits.into_iter().map(hit).collect_view()}</ul>
        }
    };
    view! {
        <p class=class role="status">{said}</p>
        {found.groups.into_iter().map(group).collect_view()}
        {all}
    }
    .into_any()
}
