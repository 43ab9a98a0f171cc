//! What is or would be done to whom, and who was left out: tables that several pages show.

#[cfg(feature = "ssr")]
use crate::ui::{Table, Time};
use crate::views::ChangeRow;
#[cfg(feature = "ssr")]
use crate::views::{ObjectNote, OpRow};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
/// A number with its thing, in the singular where it is one.
pub fn count(n: u32, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

#[cfg(feature = "ssr")]
/// Who: name, kind, and where in the directory.
pub fn object(kind: String, name: String, dn: String) -> AnyView {
    view! {
        <div class="object">
            <span class="object__name">{name}</span>
            <span class="object__kind">{kind}</span>
            {(!dn.is_empty()).then(|| view! { <span class="object__dn">{dn}</span> })}
        </div>
    }
    .into_any()
}

/// What differs, before and after.
pub fn changes(rows: Vec<ChangeRow>) -> AnyView {
    let value = |value: Option<String>| match value {
        Some(text) => view! { <span class="change__value">{text}</span> }.into_any(),
        None => view! { <span class="change__none">"no value"</span> }.into_any(),
    };
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| {
            view! {
                <li class="change">
                    <span class="change__attribute">{row.attribute}</span>
                    {value(row.from)}
                    <span class="change__arrow" aria-hidden="true">"→"</span>
                    <span class="visually-hidden">"becomes"</span>
                    {value(row.to)}
                </li>
            }
        })
        .collect();
    (!rows.is_empty()).then(|| view! { <ul class="changes">{rows}</ul> }).into_any()
}

#[cfg(feature = "ssr")]
/// Members that come or go, by name.
fn people(names: Vec<String>) -> Option<AnyView> {
    (!names.is_empty()).then(|| view! { <p class="changes__people">{names.join(", ")}</p> }.into_any())
}

#[cfg(feature = "ssr")]
/// Planned operations.
pub fn ops(label: String, ops: Vec<OpRow>, total: u32) -> AnyView {
    let shown = u32::try_from(ops.len()).unwrap_or(u32::MAX);
    let rows = ops
        .into_iter()
        .map(|op| {
            view! {
                <tr>
                    <td class="table__action">{op.action}</td>
                    <td class="table__text" data-label="Object">{object(op.kind, op.name, op.dn)}</td>
                    <td class="table__text" data-label="Why">{op.reason}{changes(op.changes)}{people(op.people)}</td>
                </tr>
            }
        })
        .collect_view();
    let columns = ["Operation", "Object", "Why"].map(str::to_owned).to_vec();
    view! {
        <Table label=label columns=columns>{rows}</Table>
        {(total > shown).then(|| view! { <p class="more">{format!("The first {shown} of {total} are shown.")}</p> })}
    }
    .into_any()
}

#[cfg(feature = "ssr")]
/// Objects with something wrong or left out. `retried` adds when they are tried again.
pub fn notes(label: &str, notes: Vec<ObjectNote>, total: u32, retried: bool) -> AnyView {
    let shown = u32::try_from(notes.len()).unwrap_or(u32::MAX);
    let rows = notes
        .into_iter()
        .map(|note| {
            let next = note.next.map(|time| view! { <Time time=time/> });
            view! {
                <tr>
                    <td>{object(note.kind, note.name, note.dn)}</td>
                    <td class="table__text" data-label="Reason">{note.reason}</td>
                    {retried.then(|| view! { <td data-label="Tried again">{next}</td> })}
                </tr>
            }
        })
        .collect_view();
    let mut columns = vec!["Object".to_owned(), "Reason".to_owned()];
    if retried {
        columns.push("Tried again".to_owned());
    }
    view! {
        <Table label=label.to_owned() columns=columns>{rows}</Table>
        {(total > shown).then(|| view! { <p class="more">{format!("The first {shown} of {total} are shown.")}</p> })}
    }
    .into_any()
}
