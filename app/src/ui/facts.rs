//! Labels with their values.

use leptos::prelude::*;

/// Labels with their values. Lines in a value stay lines.
#[component]
pub fn Facts(
    /// Label and value.
    rows: Vec<(String, String)>,
) -> impl IntoView {
    let rows = rows
        .into_iter()
        .map(|(label, value)| {
            view! {
                <div class="facts__row">
                    <dt class="facts__label">{label}</dt>
                    <dd class="facts__value">{value}</dd>
                </div>
            }
        })
        .collect_view();
    view! { <dl class="facts">{rows}</dl> }
}
