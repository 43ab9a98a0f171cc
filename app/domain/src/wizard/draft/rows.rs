//! The row of a table that is being edited: what was typed into it stays beside the draft until *Update*, or until the tab is left.

use super::{Draft, Reply};
use crate::form::{FieldKind, Fields};
use crate::problem::Problems;
use crate::view::{CellView, FieldView, RowView, RowsView};
use crate::wizard::Catalog;
use crate::wizard::path::Path;
use crate::wizard::rows::{Rows, input, named};
use serde::{Deserialize, Serialize};

/// A row that is being edited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowEdit {
    /// Its number; the number of rows for a new one.
    pub at: u32,
    /// As typed, by column. Secrets are hashed or sealed before they come here.
    pub fields: Fields,
    /// What is wrong with it.
    pub problems: Problems,
}

/// Which button of a table was pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowNav {
    /// Begins a new row.
    Add,
    /// Takes what was typed into a row.
    Update(usize),
    /// Drops what was typed into a row.
    Cancel(usize),
    /// Begins to edit a row.
    Edit(usize),
    /// Takes a row out.
    Delete(usize),
    /// Moves a row before the one above.
    Up(usize),
    /// Moves a row behind the one below.
    Down(usize),
}

impl RowNav {
    /// Reads what the button posted.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "row-add" {
            return Some(Self::Add);
        }
        let (verb, at) = text.strip_prefix("row-")?.split_once(':')?;
        let at = at.parse().ok()?;
        Some(match verb {
            "update" => Self::Update(at),
            "cancel" => Self::Cancel(at),
            "edit" => Self::Edit(at),
            "delete" => Self::Delete(at),
            "up" => Self::Up(at),
            "down" => Self::Down(at),
            _ => return None,
        })
    }
}

impl Draft {
    /// A button of the tab's table.
    pub(super) fn press_row(&mut self, path: &Path, nav: &RowNav, catalog: &Catalog) -> Reply {
        let key = path.to_string();
        let stay = Reply::Show(path.clone());
        if matches!(nav, RowNav::Cancel(_)) {
            self.editing.remove(&key);
            return stay;
        }
        if !self.close_row(path, matches!(nav, RowNav::Update(_)), catalog).is_empty() {
            return stay;
        }
        let count = self.with_rows(path, |rows| rows.count()).unwrap_or_default();
        let begun = match *nav {
            RowNav::Add => self.with_rows(path, |rows| (count, rows.read(count))),
            RowNav::Edit(at) if at < count => self.with_rows(path, |rows| (at, rows.read(at))),
            RowNav::Delete(at) => {
                self.with_rows(path, |rows| rows.delete(at));
                None
            }
            RowNav::Up(at) if at > 0 => {
                self.with_rows(path, |rows| rows.swap(at, at - 1));
                None
            }
            RowNav::Down(at) => {
                self.with_rows(path, |rows| rows.swap(at, at + 1));
                None
            }
            _ => None,
        };
        if let Some((at, fields)) = begun {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            self.editing.insert(key, RowEdit { at, fields, problems: Problems::none() });
        }
        stay
    }

    /// Keeps what a post says of the row that is being edited. A secret that was typed before need not be typed again.
    pub(super) fn type_row(&mut self, path: &Path, posted: &Fields, catalog: &Catalog) {
        let Some(mut edit) = self.editing.remove(&path.to_string()) else { return };
        let at = edit.at as usize;
        if let Some(specs) = self.with_rows(path, |rows| rows.fields(at, catalog)) {
            for spec in specs {
                let value = posted.get(&input(at, &spec.name));
                if !(value.is_empty() && matches!(spec.kind, FieldKind::Secret { .. })) {
                    edit.fields.set(spec.name, value);
                }
            }
            self.editing.insert(path.to_string(), edit);
        }
    }

    /// Takes what was typed into the row that is being edited; answers what keeps it from being taken. A new row that nobody typed
    /// into goes without a word, unless *Update* was pressed.
    pub(super) fn close_row(&mut self, path: &Path, asked: bool, catalog: &Catalog) -> Problems {
        let Some(mut edit) = self.editing.remove(&path.to_string()) else { return Problems::none() };
        let problems = self.with_rows(path, |rows| {
            // In another window rows may have gone meanwhile.
            edit.at = edit.at.min(u32::try_from(rows.count()).unwrap_or(u32::MAX));
            let at = edit.at as usize;
            let is_untouched = at == rows.count() && {
                let blank = rows.read(at);
                rows.fields(at, catalog).iter().all(|spec| edit.fields.get(&spec.name).trim() == blank.get(&spec.name).trim())
            };
            if is_untouched && !asked { Problems::none() } else { named(at, rows.write(at, &edit.fields, catalog)) }
        });
        let problems = problems.unwrap_or_default();
        if !problems.is_empty() {
            edit.problems = problems.clone();
            self.editing.insert(path.to_string(), edit);
        }
        problems
    }

    /// The table of a tab as it is shown.
    pub(super) fn rows_view(&mut self, path: &Path, catalog: &Catalog) -> Option<RowsView> {
        let edit = self.editing.get(&path.to_string()).cloned();
        self.with_rows(path, |rows| {
            let count = rows.count();
            let edited = edit.as_ref().map(|edit| (edit.at as usize).min(count));
            let shown = count.max(edited.map_or(0, |at| at + 1));
            let row = |at: usize| match &edit {
                Some(edit) if edited == Some(at) => RowView { cells: Vec::new(), edit: Some(inputs(rows, at, &edit.fields, catalog)) },
                _ => RowView { cells: cells(rows, at, catalog), edit: None },
            };
            RowsView {
                name: rows.name().to_owned(),
                columns: rows.fields(count, catalog).into_iter().map(|spec| spec.label).collect(),
                rows: (0..shown).map(row).collect(),
                empty: rows.empty().to_owned(),
                is_ordered: rows.is_ordered(),
                named_by: rows.named_by(),
                is_below: rows.is_below(),
            }
        })
    }

    /// The rows of a tab for a summary: what each holds, on one line.
    pub(super) fn rows_summary(&mut self, path: &Path, catalog: &Catalog) -> Vec<(String, String)> {
        self.with_rows(path, |rows| super::told::rows(rows, catalog)).unwrap_or_default()
    }

    fn with_rows<R>(&mut self, path: &Path, f: impl FnOnce(&mut dyn Rows) -> R) -> Option<R> {
        self.with_task(path, |task| task.rows(path.tab()).map(|mut rows| f(&mut *rows))).flatten()
    }
}

fn cells(rows: &dyn Rows, at: usize, catalog: &Catalog) -> Vec<CellView> {
    let held = rows.read(at);
    let cell = |spec: crate::form::FieldSpec| CellView { field: input(at, &spec.name), text: spec.show(held.get(&spec.name)) };
    rows.fields(at, catalog).into_iter().map(cell).collect()
}

fn inputs(rows: &dyn Rows, at: usize, typed: &Fields, catalog: &Catalog) -> Vec<FieldView> {
    let field = |mut spec: crate::form::FieldSpec| {
        let mut value = typed.get(&spec.name).to_owned();
        if let FieldKind::Secret { set, .. } = &mut spec.kind {
            *set |= !value.is_empty();
            value = String::new();
        }
        spec.name = input(at, &spec.name);
        FieldView { spec, value }
    };
    rows.fields(at, catalog).into_iter().map(field).collect()
}
