//! The bar of tabs, and the tasks above.

use crate::areas::list_of;
use crate::routes::Page;
use domain::id::DraftId;
use domain::view::{Crumb, TabState, TabView};
use leptos::prelude::*;

/// The tabs of the task. They are buttons of the form, so that what was typed goes along.
pub fn bar(tabs: Vec<TabView>) -> impl IntoView {
    let tabs = tabs.into_iter().map(tab).collect_view();
    view! { <nav class="tabs" aria-label="Tabs"><ol class="tabs__list">{tabs}</ol></nav> }
}

fn tab(tab: TabView) -> impl IntoView {
    let nav = format!("goto:{}", tab.id);
    let inner = match tab.state {
        TabState::Current => view! { <span class="tabs__tab tabs__tab--current" aria-current="step">{tab.title}</span> }.into_any(),
        TabState::Ahead => view! { <button type="submit" class="tabs__tab tabs__tab--ahead" disabled=true>{tab.title}</button> }.into_any(),
        TabState::Complete => view! {
            <button type="submit" name="nav" value=nav class="tabs__tab tabs__tab--complete">
                {tab.title} <span class="visually-hidden">" (complete)"</span>
            </button>
        }
        .into_any(),
        TabState::Incomplete => view! {
            <button type="submit" name="nav" value=nav class="tabs__tab tabs__tab--incomplete">
                {tab.title} <span class="visually-hidden">" (incomplete)"</span>
            </button>
        }
        .into_any(),
    };
    view! { <li class="tabs__item">{inner}</li> }
}

/// The list of objects of this kind, and the tasks this one was opened from; this task itself is named by the heading.
pub fn crumbs(kind: &str, draft: &str, tasks: &[Crumb]) -> impl IntoView + use<> {
    let above = tasks.split_last().map_or(&[][..], |(_, above)| above);
    let list = list_of(kind).map(|screen| (screen.page.href(), screen.title.to_owned()));
    let tasks = above.iter().map(|task| (href(draft, &task.path), task.title.clone()));
    let links = list.into_iter().chain(tasks).map(|(href, title)| view! { <li><a href=href rel="external">{title}</a></li> });
    view! { <ol class="crumbs" aria-label="Tasks above">{links.collect_view()}</ol> }
}

/// The address of a tab. Links to it carry `rel="external"`: a tab is always loaded anew, so that no input of one tab is taken
/// for an input of another.
pub fn href(draft: &str, path: &str) -> String {
    DraftId::parse(draft).map_or_else(|_| Page::Home.href(), |id| Page::Wizard(id, path.to_owned()).href())
}
