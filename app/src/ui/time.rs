//! A time, as people say it and exactly.

use crate::views::TimeView;
use leptos::prelude::*;

/// A time, with the exact one as its tooltip.
#[component]
pub fn Time(
    /// Formatted by the server, so that both sides show the same.
    time: TimeView,
) -> impl IntoView {
    view! { <time class="time" datetime=time.exact.clone() title=time.exact>{time.words}</time> }
}
