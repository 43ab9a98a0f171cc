//! The pages of a sandbox: the values to paste, the sample company, and the emulated AWS. They come as data, by path.

mod parts;

use crate::api::sandbox::show_sandbox;
use crate::live::{Refresh, on_channel_events_if};
use crate::reading::{Sent, loaded, open, read};
use crate::ui::{Alert, PageHeader};
use crate::views::sandbox::{SandboxPage, TabLink};
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};

/// Any page of the sandbox.
#[component]
pub fn SandboxPages() -> impl IntoView {
    let params = use_params_map();
    let search = use_location().search;
    let key = move || vec![params.read().get("path").unwrap_or_default(), search.get()];
    let shown = read(key, |key| {
        Box::pin(async move {
            let part = |at: usize| key.get(at).cloned().unwrap_or_default();
            show_sandbox(part(0), part(1)).await.map(Sent::text)
        })
    });
    on_channel_events_if(shown, |json| open::<SandboxPage>(json).is_ok_and(|page| page.live));
    loaded(shown, page)
}

fn page(page: SandboxPage) -> AnyView {
    let SandboxPage { title, trail, sentence, console, tabs, actions, notice, parts, waiting, .. } = page;
    let notice = notice.map(|(tone, text)| view! { <div role="status"><Alert tone=tone>{text}</Alert></div> });
    let head = view! {
        <Refresh when=waiting/>
        <PageHeader title=title trail=trail sentence=sentence>
            {actions.into_iter().map(parts::act).collect_view()}
        </PageHeader>
    };
    let content = parts.into_iter().map(parts::part).collect_view();
    if console.is_empty() {
        return view! { {head} {notice} {content} }.into_any();
    }
    view! {
        <div class="guest">
            <p class="guest__bar">{console.clone()}</p>
            <nav class="subnav" aria-label=console>
                <ul class="subnav__list">{tabs.into_iter().map(tab).collect_view()}</ul>
            </nav>
            <div class="guest__page">{head} {notice} {content}</div>
        </div>
    }
    .into_any()
}

fn tab(tab: TabLink) -> impl IntoView {
    view! { <li><a class="subnav__link" href=tab.href aria-current=tab.current.then_some("page")>{tab.label}</a></li> }
}
