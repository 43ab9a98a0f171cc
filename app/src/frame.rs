//! The frame around the pages of somebody signed on: the bar with the areas, the menu of the area, the footer.

mod help_panel;
mod search_box;

use crate::api::session::show_session;
use crate::areas::{Area, Group, areas};
use crate::reading::{Sent, open, read};
use crate::routes::{Page, Post, SIGN_OFF, UNKEPT};
use crate::views::SessionView;
use domain::id::DraftId;
use help_panel::{HelpButton, HelpPanel};
use leptos::ev;
use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;
use search_box::SearchBox;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// The sheet with the menus of all areas, where there is no room for them.
const MENU: &str = "menu";
/// The sheet of the account.
const ACCOUNT: &str = "account";

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
    Effect::new(move |_| {
        path.track();
        fold();
    });
    let help = RwSignal::new(None);
    view! {
        <a class="skip" href="#main">"Skip to the content"</a>
        <header class="bar">
            <a href=Page::Home.href() class="bar__brand" rel=move || way_out(&path.read())>"Towpath"</a>
            <Suspense>{with(areas_bar)}</Suspense>
            <SearchBox/>
            <HelpButton help=help/>
            <Suspense>{with(account_button)}</Suspense>
        </header>
        <div class="frame">
            <Suspense>{with(menu)}</Suspense>
            <main class="main" id="main" tabindex="-1">
                <Outlet/>
            </main>
            <HelpPanel help=help/>
        </div>
        <Suspense>{with(account)}</Suspense>
        <footer class="footer">
            <Suspense>{with(|session, _| view! { <p class="footer__text">"Towpath " {session.version}</p> }.into_any())}</Suspense>
        </footer>
    }
}

/// The draft in the address of a wizard's page; empty elsewhere.
fn draft_of(path: &str) -> &str {
    path.strip_prefix("/wizard/").or_else(|| path.strip_prefix("/drafts/")).and_then(|rest| rest.split('/').next()).unwrap_or_default()
}

/// Whether the page's form holds what is not kept yet: a wizard's tab, or the choices where a draft met a save.
fn has_unkept(path: &str) -> bool {
    DraftId::parse(draft_of(path)).is_ok() && (path.starts_with("/wizard/") || path.ends_with("/changes"))
}

/// How a link leaves such a page: it loads the next one anew, so that Back finds what was typed, as the browser keeps it.
fn way_out(path: &str) -> Option<&'static str> {
    has_unkept(path).then_some("external")
}

/// Closes what was opened from the bar.
fn fold() {
    let open = document().query_selector(".sheet--bar:popover-open").ok().flatten();
    if let Some(open) = open.and_then(|open| open.dyn_into::<HtmlElement>().ok()) {
        let _ = open.hide_popover();
    }
}

/// Closes it when one of its links is followed, also one to the page that is shown, whose address then stays the same.
fn followed(event: ev::MouseEvent) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    if target.is_some_and(|target| matches!(target.closest("a"), Ok(Some(_)))) {
        fold();
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
            view! { <li><a href=area.href() class="bar__area" aria-current=current rel=way_out(path)>{area.title}</a></li> }
        });
        let folded = areas(sandbox).map(|area| {
            view! {
                <li>
                    <span class="sheet__title">{area.title}</span>
                    {groups(area, path, &kind)}
                </li>
            }
        });
        view! {
            <nav class="bar__areas" aria-label="Areas"><ul class="bar__list">{links.collect_view()}</ul></nav>
            <button type="button" class="opener opener--menu" popovertarget=MENU>"Menu"</button>
            <nav class="sheet sheet--bar sheet--menu" id=MENU popover="auto" aria-label="Menu" on:click=followed>
                <ul class="sheet__areas">{folded.collect_view()}</ul>
            </nav>
        }
    });
    view! { {environment} {navigation} }.into_any()
}

/// Who is signed on.
fn account_button(session: SessionView, _: &str) -> AnyView {
    let of = |user| {
        view! {
            <button type="button" class="opener" popovertarget=ACCOUNT><span class="visually-hidden">"Account: "</span>{user}</button>
        }
    };
    session.user.map(of).into_any()
}

/// What concerns the account that is signed on. *Sign Off* belongs to the page's form where that holds what is not kept yet. It stands
/// behind the page, because the first button that belongs to a form is the one that the Enter key presses there; the browser leads the
/// Tab key from the button that opens it to here.
fn account(session: SessionView, path: &str) -> AnyView {
    let unkept = has_unkept(path).then(|| (UNKEPT, path.to_owned()));
    let (form, action) = unkept.unzip();
    session
        .user
        .map(|_| {
            view! {
                <nav class="sheet sheet--bar" id=ACCOUNT popover="auto" aria-label="Account" on:click=followed>
                    <ul>
                        <li><a class="sheet__entry" href=Page::Password.href() rel=way_out(path)>"Change Password"</a></li>
                        <li>
                            <form method="post" action=Post::SignOut.action()>
                                <button type="submit" class="sheet__entry" name="nav" value=SIGN_OFF form=form formaction=action>
                                    "Sign Off"
                                </button>
                            </form>
                        </li>
                    </ul>
                </nav>
            }
        })
        .into_any()
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
            view! { <li><a href=href class="nav__link" aria-current=current rel=way_out(path)>{screen.title}</a></li> }
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
