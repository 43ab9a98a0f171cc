//! A table whose rows are edited one at a time on the tab: *Add a new row to '…'*, Update, Edit, Delete, up and down.

use super::fields::{input_id, invalid, is_ticked, list_id, options, problem, suggestions};
use super::state::State;
use crate::ui::{Confirm, Look, Table};
use domain::form::{FieldKind, FieldSpec};
use domain::view::{CellView, FieldView, RowsView};
use leptos::prelude::*;

/// The table with the button that adds a row. Problems of the table as a whole are at the field `rows`.
pub fn table(view: RowsView, state: State) -> AnyView {
    let RowsView { name, columns, rows, empty, is_ordered, named_by, .. } = view;
    let count = rows.len();
    let taken = rows.iter().filter(|row| row.edit.is_none()).count();
    let content = if rows.is_empty() {
        view! { <p class="rows__empty">{empty}</p> }.into_any()
    } else {
        let order = (is_ordered && taken == count).then_some(count);
        let rows = rows
            .into_iter()
            .enumerate()
            .map(|(at, row)| match row.edit {
                Some(fields) => edited(at, fields, state),
                None => shown(at, row.cells, &columns, named_by, order, state),
            })
            .collect_view();
        let columns = columns.into_iter().chain(["Action".to_owned()]).collect();
        view! { <Table label=name.clone() columns=columns>{rows}</Table> }.into_any()
    };
    view! {
        <section class="rows" aria-label=name.clone()>
            <h3 class="rows__title">{name.clone()}</h3>
            {content}
            <p class="rows__add">
                <button type="submit" name="nav" value="row-add" class="link-button" id=input_id("rows") aria-describedby="f-rows-problem">
                    {format!("Add a new row to '{name}'")}
                </button>
            </p>
            {problem("rows", state)}
        </section>
    }
    .into_any()
}

fn button(verb: &'static str, at: usize, label: &'static str, name: String) -> AnyView {
    view! { <button type="submit" name="nav" value=format!("row-{verb}:{at}") class="link-button" aria-label=name>{label}</button> }
        .into_any()
}

/// A row as it is. `order`: of so many, among which it can be moved.
fn shown(at: usize, cells: Vec<CellView>, columns: &[String], named_by: u32, order: Option<usize>, state: State) -> AnyView {
    let name = cells.get(named_by as usize).map(|cell| cell.text.clone()).unwrap_or_default();
    let up = (order.is_some() && at > 0).then(|| button("up", at, "↑", format!("Move {name} up")));
    let down = order.is_some_and(|count| at + 1 < count).then(|| button("down", at, "↓", format!("Move {name} down")));
    let cells = cells
        .into_iter()
        .zip(columns)
        .map(|(cell, column)| {
            // What is wrong with it is found here, also while it is not being edited.
            view! { <td id=input_id(&cell.field) tabindex="-1" data-label=column.clone()>{cell.text}{problem(&cell.field, state)}</td> }
        })
        .collect_view();
    view! {
        <tr>
            {cells}
            <td class="table__actions">
                {button("edit", at, "Edit", format!("Edit {name}"))}
                {delete(at, &name)}
                {up}
                {down}
            </td>
        </tr>
    }
    .into_any()
}

/// Asks once, naming the row.
fn delete(at: usize, name: &str) -> AnyView {
    let name = if name.is_empty() { "this row".to_owned() } else { name.to_owned() };
    view! {
        <Confirm id=format!("delete-row-{at}") label="Delete" name=format!("Delete {name}") look=Look::Link
            question=format!("Delete ‘{name}’?") consequence="It takes effect with Save.">
            <button type="submit" name="nav" value=format!("row-delete:{at}") class=Look::Danger.class()>{format!("Delete {name}")}</button>
        </Confirm>
    }
    .into_any()
}

/// More cells than this are no inputs side by side: they stand in a form of their own, each below its label.
const MOST_IN_LINE: usize = 4;

fn edited(at: usize, fields: Vec<FieldView>, state: State) -> AnyView {
    let buttons = view! {
        <button type="submit" name="nav" value=format!("row-update:{at}") class="button button--small">"Update"</button>
        {button("cancel", at, "Cancel", "Cancel this row".to_owned())}
    };
    if fields.len() > MOST_IN_LINE {
        let columns = (fields.len() + 1).to_string();
        return view! {
            <tr class="rows__edited">
                <td colspan=columns>
                    <div class="rows__form">{super::fields::groups(fields, state)}</div>
                    <p class="rows__buttons">{buttons}</p>
                </td>
            </tr>
        }
        .into_any();
    }
    let cells = fields
        .into_iter()
        .enumerate()
        .map(|(place, field)| {
            let label = field.spec.label.clone();
            view! { <td data-label=label>{input(field, place == 0, state)}</td> }
        })
        .collect_view();
    view! {
        <tr class="rows__edited">
            {cells}
            <td class="table__actions">{buttons}</td>
        </tr>
    }
    .into_any()
}

/// One cell as an input, named by its label; the first one of a row has the focus.
pub(super) fn input(field: FieldView, is_first: bool, state: State) -> AnyView {
    let FieldView { spec, value } = field;
    let id = input_id(&spec.name);
    let described = format!("{id}-help {id}-problem");
    let bad = invalid(&spec.name, state);
    let required = spec.required.then_some("true");
    let (list, offered) = (list_id(&spec), suggestions(&spec));
    let FieldSpec { name, label, kind, help, .. } = spec;
    let texts = view! {
        {(!help.is_empty()).then(|| view! { <p class="field__help" id=format!("{id}-help")>{help}</p> })}
        {problem(&name, state)}
    };
    let control = match kind {
        FieldKind::Select(choices) | FieldKind::Radio(choices) => view! {
            <select class="input input--select" id=id name=name aria-label=label aria-required=required aria-invalid=bad
                aria-describedby=described autofocus=is_first>
                {options(&choices, &value, spec.required)}
            </select>
        }
        .into_any(),
        FieldKind::Checkbox => view! {
            <input class="check__box" type="checkbox" id=id name=name value="on" checked=is_ticked(&value) aria-label=label aria-invalid=bad
                aria-describedby=described autofocus=is_first/>
        }
        .into_any(),
        FieldKind::Secret { set, .. } => view! {
            <input class="input" type="password" id=id name=name autocomplete="new-password" spellcheck="false" aria-label=label
                placeholder=set.then_some("••••••••") aria-required=required aria-invalid=bad aria-describedby=described autofocus=is_first/>
        }
        .into_any(),
        _ => view! {
            <input class="input" type="text" id=id name=name value=value spellcheck="false" list=list aria-label=label aria-required=required
                aria-invalid=bad aria-describedby=described autofocus=is_first/>
            {offered}
        }
        .into_any(),
    };
    view! { {control} {texts} }.into_any()
}
