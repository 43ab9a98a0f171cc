//! What a tab shows besides plain fields, by kind of body.

use super::fields::{input_id, invalid, mark, problem};
use super::state::State;
use super::tabs::href;
use crate::ui::{Confirm, Empty, Facts, Look, Table};
use domain::view::{Body, CellsView, FieldView, GridRow, GridView, ListBody, ListRow, MappingView, SummaryBlock};
use leptos::prelude::*;

/// Names of inputs that the body asks for itself, so that they are not asked for twice.
pub fn inputs(body: &Body) -> Vec<String> {
    match body {
        Body::Mapping(rows) => rows.iter().map(|row| row.input.clone()).collect(),
        Body::Grid(grid) => grid.rows.iter().flat_map(|row| &row.boxes).map(|(name, _)| name.clone()).collect(),
        Body::Cells(cells) => cells.rows.iter().flat_map(|(_, names)| names).cloned().collect(),
        _ => Vec::new(),
    }
}

/// The body of a tab. `asked` are the fields that it asks for itself.
pub fn body(body: Body, asked: Vec<FieldView>, draft: &str, state: State) -> AnyView {
    match body {
        Body::Plain => ().into_any(),
        Body::Summary(blocks) => summary(blocks, draft),
        Body::Nested { key, label, rows } => nested(key, label, rows),
        Body::List(body) => list(body),
        Body::Mapping(rows) => mapping(rows, state),
        Body::Grid(body) => grid(body, state),
        Body::Cells(body) => cells(body, asked, state),
    }
}

fn nested(key: String, label: String, rows: Vec<(String, String)>) -> AnyView {
    view! {
        {(!rows.is_empty()).then(|| view! { <Facts rows=rows/> })}
        <p class="nested">
            <button type="submit" name="nav" value=format!("open:{key}") class="button">{label}</button>
        </p>
    }
    .into_any()
}

fn list(body: ListBody) -> AnyView {
    let ListBody { columns, rows, create, empty } = body;
    let button = view! { <button type="submit" name="nav" value="create" class="button">{create}</button> };
    if rows.is_empty() {
        return view! { <Empty text=empty>{button}</Empty> }.into_any();
    }
    let label = columns.first().cloned().unwrap_or_default();
    let rows = rows.into_iter().map(|row| list_row(row, &columns)).collect_view();
    let columns = columns.into_iter().chain([" Action".to_owned()]).collect();
    view! {
        <Table label=format!("{label}s") columns=columns>{rows}</Table>
        <p class="list__create">{button}</p>
    }
    .into_any()
}

fn list_row(row: ListRow, columns: &[String]) -> AnyView {
    let ListRow { key, cells } = row;
    let name = cells.first().cloned().unwrap_or_default();
    let open = format!("open:{key}");
    let cells = cells
        .into_iter()
        .zip(columns)
        .enumerate()
        .map(|(at, (cell, column))| {
            if at == 0 {
                view! { <td><button type="submit" name="nav" value=open.clone() class="link-button">{cell}</button></td> }.into_any()
            } else {
                view! { <td data-label=column.clone()>{cell}</td> }.into_any()
            }
        })
        .collect_view();
    view! {
        <tr>
            {cells}
            <td class="table__actions">
                <Confirm id=format!("delete-{key}") label="Delete" name=format!("Delete {name}") look=Look::Link
                    question=format!("Delete ‘{name}’?") consequence="Nothing is changed at the target. It takes effect with Save.">
                    <button type="submit" name="nav" value=format!("delete:{key}") class=Look::Danger.class()>{format!("Delete {name}")}</button>
                </Confirm>
            </td>
        </tr>
    }
    .into_any()
}

/// Required rows first; both parts in the order they came in.
fn mapping(mut rows: Vec<MappingView>, state: State) -> AnyView {
    rows.sort_by_key(|row| !row.required);
    let columns = ["Field Name", "Attribute", "How", " Action"].map(str::to_owned).to_vec();
    let rows = rows.into_iter().map(|row| mapping_row(row, state)).collect_view();
    view! { <Table label="Attribute mapping" columns=columns>{rows}</Table> }.into_any()
}

fn mapping_row(row: MappingView, state: State) -> AnyView {
    let MappingView { field, required, input, value, detail, choices, note } = row;
    let heading = format!("field-{field}");
    let source = if input.is_empty() {
        let text = if value.is_empty() { "By expression".to_owned() } else { value };
        view! { <span class="mapping__fixed">{text}</span> }.into_any()
    } else {
        let id = input_id(&input);
        let known = choices.contains(&value);
        // What was typed elsewhere, or read once and is gone from the directory's schema, stays what it is.
        let other = (!known && !value.is_empty()).then(|| view! { <option value=value.clone() selected=true>{value.clone()}</option> });
        let options = choices
            .into_iter()
            .map(|choice| {
                let selected = choice == value;
                view! { <option value=choice.clone() selected=selected>{choice.clone()}</option> }
            })
            .collect_view();
        view! {
            <select class="input input--select" id=id.clone() name=input.clone() aria-labelledby=heading.clone()
                aria-required=required.then_some("true") aria-invalid=invalid(&input, state) aria-describedby=format!("{id}-problem")>
                <option value="" selected=value.is_empty()>"Not mapped"</option>
                {other}
                {options}
            </select>
            {problem(&input, state)}
        }
        .into_any()
    };
    view! {
        <tr>
            <th scope="row" class="table__row-head" id=heading>{field.clone()}{mark(required)}</th>
            <td data-label="Attribute">{source}</td>
            <td class="mapping__how" data-label="How">
                {(!detail.is_empty()).then(|| view! { <span class="mapping__detail">{detail}</span> })}
                {(!note.is_empty()).then(|| view! { <span class="mapping__note">{note}</span> })}
            </td>
            <td class="table__actions">
                <button type="submit" name="nav" value=format!("open:{field}") class="link-button" aria-label=format!("Edit {field}")>"Edit"</button>
            </td>
        </tr>
    }
    .into_any()
}

fn grid(body: GridView, state: State) -> AnyView {
    let GridView { columns, rows } = body;
    let label = columns.first().map(|column| format!("{column}s")).unwrap_or_default();
    let headings: Vec<String> = columns.iter().skip(1).cloned().collect();
    let rows = rows.into_iter().map(|row| grid_row(row, &headings, state)).collect_view();
    view! { <Table label=label columns=columns>{rows}</Table> }.into_any()
}

fn grid_row(row: GridRow, columns: &[String], state: State) -> AnyView {
    let GridRow { name, boxes } = row;
    let boxes = boxes
        .into_iter()
        .zip(columns)
        .map(|((input, ticked), column)| {
            let id = input_id(&input);
            view! {
                <td data-label=column.clone()>
                    <input class="check__box" type="checkbox" id=id.clone() name=input.clone() value="on" checked=ticked
                        aria-label=format!("{column} of {name}") aria-invalid=invalid(&input, state) aria-describedby=format!("{id}-problem")/>
                    {problem(&input, state)}
                </td>
            }
        })
        .collect_view();
    view! { <tr><th scope="row" class="table__row-head">{name}</th>{boxes}</tr> }.into_any()
}

fn cells(body: CellsView, asked: Vec<FieldView>, state: State) -> AnyView {
    let CellsView { columns, rows } = body;
    let label = columns.first().cloned().unwrap_or_default();
    let rows = rows
        .into_iter()
        .map(|(name, names)| {
            let fields = names.iter().filter_map(|name| asked.iter().find(|field| field.spec.name == *name)).cloned();
            let cells = fields.zip(columns.iter().skip(1));
            let fields = cells
                .map(|(field, column)| view! { <td data-label=column.clone()>{super::rows::input(field, false, state)}</td> })
                .collect_view();
            view! { <tr><th scope="row" class="table__row-head cells__name">{name}</th>{fields}</tr> }
        })
        .collect_view();
    view! { <Table label=label columns=columns>{rows}</Table> }.into_any()
}

fn summary(blocks: Vec<SummaryBlock>, draft: &str) -> AnyView {
    let blocks = blocks
        .into_iter()
        .map(|block| {
            let problems = block.problems.0.into_iter().map(|p| view! { <li>{p.message}</li> }).collect::<Vec<_>>();
            view! {
                <section class="summary">
                    <h3 class="summary__title"><a href=href(draft, &block.path) rel="external">{block.title}</a></h3>
                    {(!problems.is_empty()).then(|| view! { <ul class="summary__problems">{problems}</ul> })}
                    <Facts rows=block.rows/>
                </section>
            }
        })
        .collect_view();
    view! { <div class="summaries">{blocks}</div> }.into_any()
}
