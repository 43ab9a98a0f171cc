//! The frame around the pages of somebody signed on: the bar with the areas, the menu of the area, the footer.

mod help_panel;
mod search_box;

use crate::api::session::show_session;
use crate::areas::{Area, Group, areas};
use crate::reading::{Sent, open, read};
use crate::routes::{Page, Post};
use crate::views::SessionView;
use help_panel::{HelpButton, HelpPanel};
use leptos::html::Header;
use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;
use search_box::SearchBox;

/// Bar, menu and footer around a page. Only the session is waited for, beside the page and not around it.
#[component]
pub fn Frame() -> impl IntoView {
    let path = use_location().pathname;
    let session = read(
        move || vec![draft_of(&path.read()).to_owned()],
        |key| Box::pin(async move { show_session(key.first().cloned().unwrap_or_default()).await.map(Sent::text) }),
    );
    let with = move |show: fn(SessionView, &str) -> AnyView| {
        move || {
            let path = path.get();
            Suspend::new(async move { show(session.await.and_then(|text| open(&text)).unwrap_or_default(), &path) })
        }
    };
    let header = NodeRef::<Header>::new();
    Effect::new(move |_| {
        path.track();
        fold(header);
    });
    let help = RwSignal::new(None);
    view! {
        <a class="skip" href="#main">"Skip to the content"</a>
        <header class="bar" node_ref=header>
            <a href=Page::Home.href() class="bar__brand">"Towpath"</a>
            <Suspense>{with(areas_bar)}</Suspense>
            <SearchBox/>
            <HelpButton help=help/>
            <Suspense>{with(account)}</Suspense>
        </header>
        <div class="frame">
            <Suspense>{with(menu)}</Suspense>
            <main class="main" id="main" tabindex="-1">
                <Outlet/>
            </main>
            <HelpPanel help=help/>
        </div>
        <footer class="footer">
            <Suspense>{with(|session, _| view! { <p class="footer__text">"Towpath " {session.version}</p> }.into_any())}</Suspense>
        </footer>
    }
}

/// The draft in the address of a wizard's page; empty elsewhere.
fn draft_of(path: &str) -> &str {
    path.strip_prefix("/wizard/").or_else(|| path.strip_prefix("/drafts/")).and_then(|rest| rest.split('/').next()).unwrap_or_default()
}

/// Closes what was opened in the bar: the page it led to is there.
fn fold(header: NodeRef<Header>) {
    let Some(header) = header.get_untracked() else { return };
    if let Ok(Some(open)) = header.query_selector("details[open]") {
        let _ = open.remove_attribute("open");
    }
}

/// Whether a page is in an area.
fn is_in(area: &Area, path: &str, kind: &str) -> bool {
    area.screens().any(|screen| screen.holds(path, kind))
}

/// The environment and the areas. On a narrow screen the areas are folded.
fn areas_bar(session: SessionView, path: &str) -> AnyView {
    let SessionView { user, environment, sandbox, kind, .. } = session;
    let environment = (!environment.is_empty()).then(|| view! { <span class="bar__environment">{environment}</span> });
    let navigation = user.is_some().then(|| {
        let links = areas(sandbox).map(|area| {
            let current = is_in(area, path, &kind).then_some("true");
            view! { <li><a href=area.href() class="bar__area" aria-current=current>{area.title}</a></li> }
        });
        let folded = areas(sandbox).map(|area| {
            view! {
                <li class="fold__area">
                    <span class="fold__title">{area.title}</span>
                    {groups(area, path, &kind)}
                </li>
            }
        });
        view! {
            <nav class="bar__areas" aria-label="Areas"><ul class="bar__list">{links.collect_view()}</ul></nav>
            <details class="fold fold--menu" name="bar">
                <summary class="fold__button">"Menu"</summary>
                <nav class="fold__sheet" aria-label="Menu"><ul class="fold__areas">{folded.collect_view()}</ul></nav>
            </details>
        }
    });
    view! { {environment} {navigation} }.into_any()
}

/// Who is signed on, and what concerns that account. *Sign Off* has a form of its own: a button that stands before the page's form and
/// belongs to it would be the one that the Enter key presses there.
fn account(session: SessionView, _: &str) -> AnyView {
    let of = |user: String| {
        view! {
            <details class="fold fold--user" name="bar">
                <summary class="fold__button"><span class="visually-hidden">"Account: "</span>{user}</summary>
                <div class="fold__sheet">
                    <ul class="fold__list">
                        <li><a class="fold__link" href=Page::Password.href()>"Change Password"</a></li>
                        <li>
                            <form method="post" action=Post::SignOut.action()>
                                <button type="submit" class="fold__link">"Sign Off"</button>
                            </form>
                        </li>
                    </ul>
                </div>
            </details>
        }
    };
    session.user.map(of).into_any()
}

/// The menu of the area that the page is in; nothing on a page that is in none.
fn menu(session: SessionView, path: &str) -> AnyView {
    let area = areas(session.sandbox).find(|area| is_in(area, path, &session.kind));
    area.filter(|_| session.user.is_some())
        .map(|area| view! { <nav class="nav" aria-label=area.title>{groups(area, path, &session.kind)}</nav> })
        .into_any()
}

fn groups(area: &'static Area, path: &str, kind: &str) -> AnyView {
    let one = |group: &'static Group| {
        let links = group.screens.iter().map(|screen| {
            let href = screen.page.href();
            let current = screen.holds(path, kind).then_some(if href == path { "page" } else { "true" });
            view! { <li><a href=href class="nav__link" aria-current=current>{screen.title}</a></li> }
        });
        view! {
            <li class="nav__group">
                <span class="nav__title">{group.title}</span>
                <ul class="nav__list">{links.collect_view()}</ul>
            </li>
        }
    };
    view! { <ul class="nav__groups">{area.groups.iter().map(one).collect_view()}</ul> }.into_any()
}
