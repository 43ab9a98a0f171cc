//! From page to page of a long list.

use leptos::prelude::*;

/// Where one is and the way on; nothing when one page is all.
#[component]
pub fn Pagination(
    /// Which page, from 1.
    page: u32,
    /// How many there are.
    pages: u32,
    /// The path with everything but the page's number, such as `/cycles/c1?outcome=failed&page=`.
    #[prop(into)]
    base: String,
) -> impl IntoView {
    let link = move |to: u32, label: &'static str, there: bool| {
        if there {
            view! { <a class="button" href=format!("{base}{to}")>{label}</a> }.into_any()
        } else {
            view! { <span class="button button--off">{label}</span> }.into_any()
        }
    };
    (pages > 1).then(move || {
        view! {
            <nav class="pagination" aria-label="Pages">
                {link(page.saturating_sub(1), "Previous page", page > 1)}
                <span class="pagination__at">{format!("Page {page} of {pages}")}</span>
                {link(page + 1, "Next page", page < pages)}
            </nav>
        }
    })
}
