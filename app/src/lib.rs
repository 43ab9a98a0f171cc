//! The console: pages and wizard for the browser, and the ports they are served through.
//!
//! Compiles to wasm32 with `hydrate` and natively with `ssr`; never both at once.

pub mod api;
pub mod areas;
#[cfg(feature = "ssr")]
pub mod backend;
pub mod error;
mod frame;
mod live;
pub mod pages;
pub mod reading;
mod redraw;
pub mod routes;
pub mod shell;
pub mod ui;
pub mod views;
pub mod wizard;

use frame::Frame;
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::SsrMode;
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::path;
use pages::channel::ChannelDetail;
use pages::channels::ChannelList;
use pages::connections::{ConnectionList, ConnectionUsage, ImportConnection, UpdateConnection};
use pages::connectors::ConnectorList;
use pages::cycle::CycleDetail;
use pages::cycles::CycleList;
use pages::data_stores::{DataStoreList, DataStoreUsage};
use pages::help::HelpPage;
use pages::home::Home;
use pages::idp_adapters::{IdpAdapterList, IdpAdapterUsage};
use pages::logs::LogViewer;
use pages::metadata_export::MetadataExport;
use pages::not_found::NotFound;
use pages::password::Password;
use pages::pcvs::{PcvList, PcvUsage};
use pages::people::PeoplePages;
use pages::preview::{ChannelPreview, DraftPreview};
use pages::protocol_settings::{Notifications, ProtocolSettings};
use pages::sandbox::SandboxPages;
use pages::search::Search;
use pages::sign_in::SignIn;
use pages::sign_ons::{SignOnList, TryAssertion};
use pages::signing_key::SigningKeyDetail;
use pages::signing_keys::{ImportSigningKey, SigningKeyList};
use pages::trusted_cas::{ImportTrustedCas, TrustedCaList, TrustedCaUsage};
use wizard::{MeetingPage, WizardPage};

/// The console below `<body>`. The document around it is [`shell::shell`].
///
/// Every route renders completely on the server (`SsrMode::Async`), so that a page is whole without JavaScript.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    // Says to tests, and to whoever else waits, that the page's own code has taken over. After the effects of the pages.
    Effect::new(|_| {
        set_timeout(
            || {
                if let Some(root) = document().document_element() {
                    let _ = root.set_attribute("data-hydrated", "");
                }
            },
            std::time::Duration::ZERO,
        );
    });
    view! {
        <Title formatter=document_title/>
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/sign-in") view=SignIn ssr=SsrMode::Async/>
                <Route path=path!("/password") view=Password ssr=SsrMode::Async/>
                <ParentRoute path=path!("") view=Frame ssr=SsrMode::Async>
                    <Route path=path!("") view=Home ssr=SsrMode::Async/>
                    <Route path=path!("search") view=Search ssr=SsrMode::Async/>
                    <Route path=path!("help/*topic") view=HelpPage ssr=SsrMode::Async/>
                    <Route path=path!("channels") view=ChannelList ssr=SsrMode::Async/>
                    <Route path=path!("channels/:id") view=ChannelDetail ssr=SsrMode::Async/>
                    <Route path=path!("channels/:id/preview") view=ChannelPreview ssr=SsrMode::Async/>
                    <Route path=path!("channels/:id/cycles") view=CycleList ssr=SsrMode::Async/>
                    <Route path=path!("people/*path") view=PeoplePages ssr=SsrMode::Async/>
                    <Route path=path!("cycles/:id") view=CycleDetail ssr=SsrMode::Async/>
                    <Route path=path!("data-stores") view=DataStoreList ssr=SsrMode::Async/>
                    <Route path=path!("data-stores/:id/usage") view=DataStoreUsage ssr=SsrMode::Async/>
                    <Route path=path!("pcvs") view=PcvList ssr=SsrMode::Async/>
                    <Route path=path!("pcvs/:id/usage") view=PcvUsage ssr=SsrMode::Async/>
                    <Route path=path!("idp-adapters") view=IdpAdapterList ssr=SsrMode::Async/>
                    <Route path=path!("idp-adapters/:id/usage") view=IdpAdapterUsage ssr=SsrMode::Async/>
                    <Route path=path!("sp-connections") view=ConnectionList ssr=SsrMode::Async/>
                    <Route path=path!("sp-connections/import") view=ImportConnection ssr=SsrMode::Async/>
                    <Route path=path!("sp-connections/:id/update") view=UpdateConnection ssr=SsrMode::Async/>
                    <Route path=path!("sp-connections/:id/test") view=TryAssertion ssr=SsrMode::Async/>
                    <Route path=path!("sign-ons") view=SignOnList ssr=SsrMode::Async/>
                    <Route path=path!("sp-connections/:id/usage") view=ConnectionUsage ssr=SsrMode::Async/>
                    <Route path=path!("sandbox/*path") view=SandboxPages ssr=SsrMode::Async/>
                    <Route path=path!("drafts/:id/changes") view=MeetingPage ssr=SsrMode::Async/>
                    <Route path=path!("drafts/:id/preview/*path") view=DraftPreview ssr=SsrMode::Async/>
                    <Route path=path!("wizard/:draft/*path") view=WizardPage ssr=SsrMode::Async/>
                    <Route path=path!("signing-keys") view=SigningKeyList ssr=SsrMode::Async/>
                    <Route path=path!("signing-keys/import") view=ImportSigningKey ssr=SsrMode::Async/>
                    <Route path=path!("signing-keys/:id") view=SigningKeyDetail ssr=SsrMode::Async/>
                    <Route path=path!("trusted-cas") view=TrustedCaList ssr=SsrMode::Async/>
                    <Route path=path!("trusted-cas/import") view=ImportTrustedCas ssr=SsrMode::Async/>
                    <Route path=path!("trusted-cas/:id/usage") view=TrustedCaUsage ssr=SsrMode::Async/>
                    <Route path=path!("connectors") view=ConnectorList ssr=SsrMode::Async/>
                    <Route path=path!("protocol-settings") view=ProtocolSettings ssr=SsrMode::Async/>
                    <Route path=path!("logs") view=LogViewer ssr=SsrMode::Async/>
                    <Route path=path!("notifications") view=Notifications ssr=SsrMode::Async/>
                    <Route path=path!("metadata-export") view=MetadataExport ssr=SsrMode::Async/>
                    <Route path=path!("*any") view=NotFound ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// The title of the document. The server writes it into the page as it is, so what would end the element is escaped here; the browser
/// takes it as text.
fn document_title(title: String) -> String {
    let title = if title.is_empty() { "Towpath".to_owned() } else { format!("{title} · Towpath") };
    if cfg!(feature = "ssr") { title.replace('&', "&amp;").replace('<', "&lt;") } else { title }
}
