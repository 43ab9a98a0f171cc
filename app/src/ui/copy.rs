//! A value that is there to be copied.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

/// A value with a button that copies it. The button comes with JavaScript, where the browser lets a page copy; without, one click
/// on the value marks all of it.
#[component]
pub fn CopyValue(
    /// What it is.
    #[prop(into)]
    label: String,
    /// The value.
    #[prop(into)]
    value: String,
) -> impl IntoView {
    let able = RwSignal::new(false);
    let copied = RwSignal::new(false);
    Effect::new(move |_| able.set(window().is_secure_context()));
    let text = StoredValue::new(value.clone());
    let copy = move |_| {
        let promise = window().navigator().clipboard().write_text(&text.get_value());
        spawn_local(async move {
            if JsFuture::from(promise).await.is_ok() {
                // `None` once the page is left.
                let _ = copied.try_set(true);
            }
        });
    };
    let name = StoredValue::new(format!("Copy {label}"));
    view! {
        <span class="copy">
            <code class="copy__value">{value}</code>
            {move || {
                able.get()
                    .then(|| {
                        view! {
                            <button type="button" class="button button--small" aria-label=name.get_value() on:click=copy>
                                {move || if copied.get() { "Copied" } else { "Copy" }}
                            </button>
                        }
                    })
            }}
        </span>
    }
}
