//! What a tab holds, in words: label and value.

use crate::form::{FieldKind, FieldSpec, Fields};
use crate::view::Body;
use crate::wizard::Catalog;
use crate::wizard::rows::Rows;

/// The fields of a tab with what they hold.
pub(in crate::wizard) fn fields(specs: &[FieldSpec], held: &Fields, body: Body) -> Vec<(String, String)> {
    let shown = |spec: &FieldSpec| (label(spec, specs), spec.show(held.get(&spec.name)));
    match body {
        Body::Mapping(rows) => rows
            .into_iter()
            .filter(|r| !r.value.is_empty() || !r.detail.is_empty())
            .map(|r| (r.field, if r.detail.is_empty() { r.value } else { r.detail }))
            .collect(),
        Body::Grid(grid) => {
            let boxes: Vec<_> = grid.rows.iter().flat_map(|row| &row.boxes).map(|(name, _)| name.as_str()).collect();
            let others = specs.iter().filter(|spec| !boxes.contains(&spec.name.as_str()));
            let others = others.map(|spec| (spec.label.clone(), spec.show(held.get(&spec.name))));
            others.chain(grid.rows.iter().map(|row| (row.name.clone(), grid.ticked(row)))).collect()
        }
        Body::Cells(cells) => {
            let inside: Vec<_> = cells.rows.iter().flat_map(|(_, names)| names).collect();
            let others = specs.iter().filter(|spec| !inside.contains(&&spec.name)).map(shown);
            let row = |(name, names): &(String, Vec<String>)| {
                let texts = names.iter().filter_map(|name| specs.iter().find(|spec| spec.name == *name));
                let texts = texts.map(|spec| spec.show(held.get(&spec.name))).filter(|text| !text.is_empty());
                (name.clone(), texts.collect::<Vec<_>>().join(": "))
            };
            others.chain(cells.rows.iter().map(row)).collect()
        }
        _ => {
            let asked = specs.iter().filter(|spec| !matches!(spec.kind, FieldKind::Fixed | FieldKind::File { .. }) && !spec.trial);
            asked.map(shown).filter(|(_, value)| !value.is_empty()).collect()
        }
    }
}

/// The rows of a tab's table: what each holds, on one line.
pub(in crate::wizard) fn rows(rows: &dyn Rows, catalog: &Catalog) -> Vec<(String, String)> {
    let line = |at| {
        let held = rows.read(at);
        let cells = rows.fields(at, catalog).into_iter().map(|spec| spec.show(held.get(&spec.name)));
        cells.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
    };
    (0..rows.count()).map(|at| (rows.name().to_owned(), line(at))).collect()
}

/// A field's label away from its section, which it names where another field of the tab is labelled the same.
pub(in crate::wizard) fn label(spec: &FieldSpec, specs: &[FieldSpec]) -> String {
    let alone = specs.iter().filter(|other| other.label == spec.label).count() < 2;
    if alone || spec.section.is_empty() { spec.label.clone() } else { format!("{}: {}", spec.section, spec.label) }
}
