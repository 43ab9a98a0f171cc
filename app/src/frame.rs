//! The frame around the pages of somebody signed on: top bar, areas, footer.

use crate::api::session::show_session;
use crate::reading::{Sent, always, open, read};
use crate::routes::{Page, Post, SANDBOX_AREAS};
use crate::views::SessionView;
use leptos::prelude::*;
use leptos_router::components::{A, Outlet};

/// Top bar, areas and footer around a page. Only the session is waited for, beside the page and not around it.
#[component]
pub fn Frame() -> impl IntoView {
    let session = read(always, |_| Box::pin(async { show_session().await.map(Sent::text) }));
    let bar = move || Suspend::new(async move { user_menu(session.await.and_then(|json| open(&json)).unwrap_or_default()) });
    let version = move || {
        Suspend::new(async move {
            let SessionView { version, .. } = session.await.and_then(|json| open(&json)).unwrap_or_default();
            view! { <p class="footer__text">"Towpath " {version}</p> }
        })
    };
    let sandbox = move || {
        Suspend::new(async move {
            let SessionView { sandbox, .. } = session.await.and_then(|json| open(&json)).unwrap_or_default();
            sandbox.then(sandbox_area)
        })
    };
    view! {
        <a class="skip" href="#main">"Skip to the content"</a>
        <header class="bar">
            <A href=Page::Home.href() exact=true attr:class="bar__brand">"Towpath"</A>
            <Suspense>{bar}</Suspense>
        </header>
        <div class="frame">
            <nav class="nav" aria-label="Areas">
                <ul class="nav__areas">
                    <li class="nav__area">
                        <span class="nav__title">"Authentication"</span>
                        <ul class="nav__list">
                            <li><A href=Page::IdpAdapters.href() attr:class="nav__link">"IdP Adapters"</A></li>
                        </ul>
                    </li>
                    <li class="nav__area">
                        <span class="nav__title">"Applications"</span>
                        <ul class="nav__list">
                            <li><A href=Page::SpConnections.href() attr:class="nav__link">"SP Connections"</A></li>
                        </ul>
                    </li>
                    <li class="nav__area">
                        <span class="nav__title">"Provisioning"</span>
                        <ul class="nav__list">
                            <li><A href=Page::Channels.href() attr:class="nav__link">"Channels"</A></li>
                        </ul>
                    </li>
                    <li class="nav__area">
                        <span class="nav__title">"Security"</span>
                        <ul class="nav__list">
                            <li><A href=Page::TrustedCas.href() attr:class="nav__link">"Trusted CAs"</A></li>
                            <li><A href=Page::SigningKeys.href() attr:class="nav__link">"Signing & Decryption Keys & Certificates"</A></li>
                        </ul>
                    </li>
                    <li class="nav__area">
                        <span class="nav__title">"System"</span>
                        <ul class="nav__list">
                            <li><A href=Page::DataStores.href() attr:class="nav__link">"Data Stores"</A></li>
                            <li><A href=Page::Pcvs.href() attr:class="nav__link">"Password Credential Validators"</A></li>
                            <li><A href=Page::ProtocolSettings.href() attr:class="nav__link">"Protocol Settings"</A></li>
                            <li><A href=Page::MetadataExport.href() attr:class="nav__link">"Metadata Export"</A></li>
                        </ul>
                    </li>
                    <Suspense>{sandbox}</Suspense>
                </ul>
            </nav>
            <main class="main" id="main" tabindex="-1">
                <Outlet/>
            </main>
        </div>
        <footer class="footer">
            <Suspense>{version}</Suspense>
        </footer>
    }
}

fn sandbox_area() -> impl IntoView {
    let links = SANDBOX_AREAS
        .into_iter()
        .map(|(path, label)| view! { <li><A href=Page::Sandbox(path).href() attr:class="nav__link">{label}</A></li> })
        .collect_view();
    view! {
        <li class="nav__area">
            <span class="nav__title">"Sandbox"</span>
            <ul class="nav__list">{links}</ul>
        </li>
    }
}

fn user_menu(session: SessionView) -> impl IntoView {
    let environment = (!session.environment.is_empty()).then(|| view! { <span class="bar__environment">{session.environment}</span> });
    let user = session.user.map(|user| {
        view! {
            <div class="bar__user">
                <span class="bar__name">{user}</span>
                <a class="bar__link" href=Page::Password.href()>"Change Password"</a>
                <form method="post" action=Post::SignOut.action()>
                    <button type="submit" class="bar__link bar__link--button">"Sign Off"</button>
                </form>
            </div>
        }
    });
    view! { {environment} {user} }
}
