//! Who refers to an object: a table that leads there.

use crate::routes::{Page, Post};
use crate::ui::{Action, Empty, Look, PageHeader, Table};
use crate::views::{UsageRow, UsageView, UserLink};
use leptos::prelude::*;

/// The page of an object's users. `list` is the page it belongs to, `what` the kind of object.
pub fn usage(usage: UsageView, what: &str, list: (&str, Page)) -> AnyView {
    let trail = vec![(list.0.to_owned(), list.1.href())];
    let content = if usage.rows.is_empty() {
        view! { <Empty text=format!("Nothing uses this {what}. It can be deleted.")/> }.into_any()
    } else {
        let columns = ["Name", "Kind", "Part of"].map(str::to_owned).to_vec();
        let rows = usage.rows.into_iter().map(user).collect_view();
        view! { <Table label="Uses" columns=columns>{rows}</Table> }.into_any()
    };
    view! {
        <PageHeader title=format!("Usage of {}", usage.name) trail=trail sentence=format!("What refers to this {what}, in saved configuration.")/>
        {content}
    }
    .into_any()
}

/// A use of an object, with the way to its user.
pub fn user_link(to: UserLink, name: String) -> AnyView {
    match to {
        UserLink::Channel(id) => view! { <a href=Page::Channel(id).href()>{name}</a> }.into_any(),
        UserLink::Pcv(id) => view! { <Action to=Post::EditPcv(id).action() label=name look=Look::Link/> }.into_any(),
        UserLink::IdpAdapter(id) => view! { <Action to=Post::EditIdpAdapter(id).action() label=name look=Look::Link/> }.into_any(),
        UserLink::SpConnection(id) => view! { <Action to=Post::EditSpConnection(id).action() label=name look=Look::Link/> }.into_any(),
        UserLink::DataStore(id) => view! { <Action to=Post::EditDataStore(id).action() label=name look=Look::Link/> }.into_any(),
        UserLink::MetadataExport => view! { <a href=Page::MetadataExport.href()>{name}</a> }.into_any(),
    }
}

fn user(row: UsageRow) -> impl IntoView {
    let name = user_link(row.to, row.name);
    view! { <tr><td>{name}</td><td data-label="Kind">{row.kind}</td><td data-label="Part of">{row.part_of}</td></tr> }
}

/// The cell that says who uses an object, with a link there.
pub fn used_by(words: String, page: Page, name: &str) -> AnyView {
    if words.is_empty() {
        return view! { <td class="table__short table__quiet" data-label="Used by">"Nothing"</td> }.into_any();
    }
    view! { <td class="table__short" data-label="Used by"><a href=page.href() aria-label=format!("{words} (usage of {name})")>{words.clone()}</a></td> }
        .into_any()
}

/// The same of an object whose users are few: each by its name.
pub fn users(rows: &[UsageRow]) -> AnyView {
    if rows.is_empty() {
        return view! { <span class="table__quiet">"Nothing"</span> }.into_any();
    }
    let items = rows.iter().cloned().map(|row| {
        let part = (!row.part_of.is_empty()).then(|| format!(" ({})", row.part_of));
        view! { <li>{user_link(row.to, row.name)} {part}</li> }
    });
    view! { <ul>{items.collect_view()}</ul> }.into_any()
}
