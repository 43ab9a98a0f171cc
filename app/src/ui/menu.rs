//! What can be done with a row, behind one button.

use leptos::prelude::*;

use super::{Action, Look, Question};
use crate::views::connections::{MenuAct, MenuItem};

/// A button that opens a list of what can be done. A popover of the browser's own, as [`Confirm`](super::Confirm); one that asks opens
/// its question above it.
#[component]
pub fn Menu(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    /// What it is about.
    #[prop(into)]
    of: String,
    /// What can be done.
    items: Vec<MenuItem>,
) -> impl IntoView {
    let rows = items
        .into_iter()
        .enumerate()
        .map(|(at, item)| {
            let name = format!("{} {of}", item.label);
            let inner = match item.does {
                MenuAct::Go(href) => view! { <a class="menu__item" href=href aria-label=name>{item.label}</a> }.into_any(),
                // The answer says that it is a file; a refusal is a page to be read, and no file.
                MenuAct::Download(href) => {
                    view! { <a class="menu__item" href=href rel="external" aria-label=name>{item.label}</a> }.into_any()
                }
                MenuAct::Ask { question, consequence, button, to, id: value, danger } => {
                    let opens = format!("{id}-{at}");
                    let target = opens.clone();
                    let look = if danger { Look::Danger } else { Look::Primary };
                    view! {
                        <button type="button" class="menu__item" class=("menu__item--danger", danger) popovertarget=target aria-label=name>
                            {item.label}
                        </button>
                        <Question id=opens question=question consequence=consequence>
                            <Action to=to label=button values=vec![("id", value)] look=look/>
                        </Question>
                    }
                    .into_any()
                }
            };
            view! { <li>{inner}</li> }
        })
        .collect_view();
    let label = format!("Select Action for {of}");
    view! {
        <button type="button" class="button button--small menu__opener" popovertarget=id.clone() aria-label=label.clone()>"Select Action"</button>
        <ul class="sheet menu" id=id popover="auto" aria-label=label>{rows}</ul>
    }
}
