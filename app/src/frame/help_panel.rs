//! The help for the page that is shown: beside it with JavaScript, in another window without, so that nothing typed is lost.

use crate::api::guide::help_for;
use crate::reading::Sent;
use crate::routes::HELP_FOR;
use crate::views::guide::HelpView;
use leptos::ev;
use leptos::html::Aside;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_location;

/// What is shown; `None`: nothing.
type Shown = RwSignal<Option<HelpView>>;

/// Opens and closes the help.
#[component]
pub fn HelpButton(
    /// What is shown.
    help: Shown,
) -> impl IntoView {
    let path = use_location().pathname;
    // On another page the help is that page's.
    Effect::new(move |_| {
        path.track();
        if help.read_untracked().is_some() {
            fetch(help, path.get_untracked());
        }
    });
    let press = move |event: ev::MouseEvent| {
        // With a key held down a person asks the browser for another window.
        if event.ctrl_key() || event.meta_key() || event.shift_key() {
            return;
        }
        event.prevent_default();
        match help.read_untracked().is_some() {
            true => help.set(None),
            false => fetch(help, path.get_untracked()),
        }
    };
    view! {
        <a class="bar__help" id="help-button" href=move || format!("{HELP_FOR}?for={}", path.get()) target="_blank" rel="external" on:click=press>
            "Help"
        </a>
    }
}

fn fetch(help: Shown, path: String) {
    spawn_local(async move {
        let found = help_for(path).await.and_then(Sent::open);
        let view = found.unwrap_or_else(|error| HelpView { title: error.to_string(), html: String::new(), href: String::new() });
        // `None` once the frame is gone.
        let _ = help.try_set(Some(view));
    });
}

/// The help beside the page.
#[component]
pub fn HelpPanel(
    /// What is shown.
    help: Shown,
) -> impl IntoView {
    let aside = NodeRef::<Aside>::new();
    Effect::new(move |_| {
        if let Some(aside) = aside.get() {
            let _ = aside.focus();
        }
    });
    let close = move || {
        help.set(None);
        if let Some(button) = document().get_element_by_id("help-button") {
            use wasm_bindgen::JsCast;
            if let Ok(button) = button.dyn_into::<web_sys::HtmlElement>() {
                let _ = button.focus();
            }
        }
    };
    move || {
        help.get().map(|view| {
            let whole = (!view.href.is_empty()).then(|| {
                view! { <p class="help__whole"><a href=view.href target="_blank" rel="external">"The whole page"<span class="visually-hidden">" (opens another window)"</span></a></p> }
            });
            view! {
                <aside class="help" aria-labelledby="help-title" tabindex="-1" node_ref=aside
                    on:keydown=move |event| if event.key() == "Escape" { close() }
                >
                    <div class="help__head">
                        <h2 class="help__title" id="help-title">{view.title}</h2>
                        <button type="button" class="button button--small" aria-label="Close the help" on:click=move |_| close()>"Close"</button>
                    </div>
                    // The text is this project's own, made into HTML by the server.
                    <div class="prose" inner_html=view.html></div>
                    {whole}
                </aside>
            }
        })
    }
}
