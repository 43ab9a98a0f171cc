//! The search in the bar: a form that leads to a page of what was found. With JavaScript it suggests while one types.

use crate::api::guide::suggest;
use crate::routes::Page;
use leptos::ev;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_location;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// So long after the last key the server is asked.
const PAUSE: Duration = Duration::from_millis(150);

/// The search in the bar.
#[component]
pub fn SearchBox() -> impl IntoView {
    let found = RwSignal::new(None::<String>);
    // Counts what was typed, so that a late answer is not taken for the latest.
    let typed = StoredValue::new(0_u32);
    let seeker = NodeRef::<Div>::new();
    let path = use_location().pathname;
    Effect::new(move |_| {
        path.track();
        found.set(None);
    });
    let ask = move |event| {
        let text = event_target_value(&event);
        let turn = typed.try_update_value(|turn| {
            *turn += 1;
            *turn
        });
        let is_latest = move || typed.try_get_value() == turn;
        set_timeout(
            move || {
                if !is_latest() {
                    return;
                }
                spawn_local(async move {
                    let answer = if text.trim().is_empty() { None } else { suggest(text).await.ok() };
                    if is_latest() {
                        found.set(answer);
                    }
                });
            },
            PAUSE,
        );
    };
    let keys = move |event: ev::KeyboardEvent| {
        let Some(seeker) = seeker.get_untracked() else { return };
        let step = match event.key().as_str() {
            "ArrowDown" => 1,
            "ArrowUp" => -1,
            "Escape" => {
                found.set(None);
                focus(seeker.query_selector("input").ok().flatten());
                return;
            }
            _ => return,
        };
        if found.read_untracked().is_some() {
            event.prevent_default();
            move_focus(&seeker, step);
        }
    };
    let left = move |event: ev::FocusEvent| {
        let to = event.related_target().and_then(|to| to.dyn_into::<Element>().ok());
        let inside = to.zip(seeker.get_untracked()).is_some_and(|(to, seeker)| seeker.contains(Some(&to)));
        if !inside {
            found.set(None);
        }
    };
    view! {
        <div class="seeker" node_ref=seeker on:keydown=keys on:focusout=left>
            <form class="seeker__form" id="seeker" method="get" action=Page::Search.href() role="search" aria-label="Console">
                <label class="visually-hidden" for="console-search">"Search"</label>
                <input class="seeker__input" id="console-search" type="search" name="q" placeholder="Search" maxlength="200" autocomplete="off" on:input=ask/>
                <button type="submit" class="visually-hidden" tabindex="-1">"Search"</button>
            </form>
            {move || found.get().map(|html| view! { <div class="sheet seeker__list" inner_html=html></div> })}
        </div>
    }
}

fn focus(element: Option<Element>) {
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// From the field to the suggestions, from one to the next, and back.
fn move_focus(seeker: &Element, step: i32) {
    let Ok(stops) = seeker.query_selector_all("input, .seeker__list a, .seeker__list button") else { return };
    let stops: Vec<Element> = (0..stops.length()).filter_map(|at| stops.get(at)?.dyn_into().ok()).collect();
    let present = document().active_element();
    let at = stops.iter().position(|stop| Some(stop) == present.as_ref()).unwrap_or(0);
    let to = (at as i32 + step).clamp(0, stops.len() as i32 - 1);
    focus(stops.get(to as usize).cloned());
}
