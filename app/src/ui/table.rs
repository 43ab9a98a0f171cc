//! A table that keeps its columns on a narrow screen.

use leptos::prelude::*;

/// A table with its headings. A heading that starts with a blank is only read out, for columns of buttons.
#[component]
pub fn Table(
    /// What it lists.
    #[prop(into)]
    label: String,
    /// Headings.
    #[prop(optional)]
    columns: Vec<String>,
    /// Headings of a table that can be sorted: where a heading leads, and how the table is sorted by it.
    #[prop(optional)]
    sorted: Vec<(String, Option<(String, String)>)>,
    /// Rows: each a `<tr>`.
    children: Children,
) -> impl IntoView {
    let plain = columns.into_iter().map(|column| (column, None));
    let heads = plain
        .chain(sorted)
        .map(|(column, sort)| match sort {
            Some((href, sorted)) => {
                view! { <th scope="col" class="table__head" aria-sort=sorted><a class="table__sort" href=href>{column}</a></th> }.into_any()
            }
            None => {
                let hidden = column.starts_with(' ');
                view! { <th scope="col" class="table__head"><span class=("visually-hidden", hidden)>{column.trim().to_owned()}</span></th> }
                    .into_any()
            }
        })
        .collect_view();
    let caption = label.clone();
    view! {
        <div class="table" role="group" aria-label=label tabindex="0">
            <table class="table__table">
                <caption class="visually-hidden">{caption}</caption>
                <thead><tr>{heads}</tr></thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}
