//! Tables whose rows are added, edited and ordered on a tab: *Add a new row to 'Credential Validators'*.
//!
//! A tab has one such table at most. A flow says what a cell is and how a row is read and written; which row is being edited, and
//! what was typed into it, is the draft's business (`draft/rows.rs`).

use super::{Catalog, Tab, merge};
use crate::form::{FieldSpec, Fields, check};
use crate::problem::Problems;

/// The name under which a problem of a table as a whole is found.
pub const TABLE: &str = "rows";

/// A table of rows over one draft type. Cells are fields with the names of their columns.
pub struct RowTable<D: 'static> {
    /// What it lists.
    pub name: &'static str,
    /// What is read while it has no row.
    pub empty: &'static str,
    /// How many rows it has.
    pub count: fn(&D) -> usize,
    /// The cells of a row. A new row's number is the count.
    pub fields: fn(&D, usize, &Catalog) -> Vec<FieldSpec>,
    /// What a row holds; for a new one, what it begins with.
    pub read: fn(&D, usize) -> Fields,
    /// Puts cells into a row, or adds one. Called with fields that passed [`check`]; answers every other problem.
    pub write: fn(&mut D, usize, &Fields, &Catalog) -> Problems,
    /// Takes a row out.
    pub delete: fn(&mut D, usize),
    /// Exchanges two rows; `None` where order means nothing.
    pub swap: Option<fn(&mut D, usize, usize)>,
    /// The cell by which its rows are told apart, for the names of their buttons.
    pub named_by: u32,
    /// It goes on with what the tab's fields begin, and stands below them.
    pub is_below: bool,
}

/// A table of rows over its draft, with the draft's type hidden.
pub trait Rows {
    /// What it lists.
    fn name(&self) -> &'static str;
    /// What is read while it has no row.
    fn empty(&self) -> &'static str;
    /// Whether rows can be moved.
    fn is_ordered(&self) -> bool;
    /// Which cell tells its rows apart.
    fn named_by(&self) -> u32;
    /// Whether it stands below the tab's fields.
    fn is_below(&self) -> bool;
    /// How many rows it has.
    fn count(&self) -> usize;
    /// The cells of a row.
    fn fields(&self, at: usize, catalog: &Catalog) -> Vec<FieldSpec>;
    /// What a row holds.
    fn read(&self, at: usize) -> Fields;
    /// Puts cells into a row, or adds one, unless there is a problem with them.
    fn write(&mut self, at: usize, fields: &Fields, catalog: &Catalog) -> Problems;
    /// Takes a row out.
    fn delete(&mut self, at: usize);
    /// Exchanges two rows.
    fn swap(&mut self, one: usize, other: usize);
}

pub(super) struct BoundRows<'a, D: 'static> {
    pub(super) table: &'static RowTable<D>,
    pub(super) draft: &'a mut D,
}

impl<D: Clone> Rows for BoundRows<'_, D> {
    fn name(&self) -> &'static str {
        self.table.name
    }
    fn empty(&self) -> &'static str {
        self.table.empty
    }
    fn is_ordered(&self) -> bool {
        self.table.swap.is_some()
    }
    fn named_by(&self) -> u32 {
        self.table.named_by
    }
    fn is_below(&self) -> bool {
        self.table.is_below
    }
    fn count(&self) -> usize {
        (self.table.count)(self.draft)
    }
    fn fields(&self, at: usize, catalog: &Catalog) -> Vec<FieldSpec> {
        (self.table.fields)(self.draft, at, catalog)
    }
    fn read(&self, at: usize) -> Fields {
        (self.table.read)(self.draft, at)
    }
    fn write(&mut self, at: usize, fields: &Fields, catalog: &Catalog) -> Problems {
        let (problems, next) = tried(self.table, self.draft, at, fields, catalog);
        if problems.is_empty() {
            *self.draft = next;
        }
        problems
    }
    fn delete(&mut self, at: usize) {
        if at < self.count() {
            (self.table.delete)(self.draft, at);
        }
    }
    fn swap(&mut self, one: usize, other: usize) {
        let count = self.count();
        if let Some(swap) = self.table.swap.filter(|_| one < count && other < count) {
            swap(self.draft, one, other);
        }
    }
}

fn tried<D: Clone>(table: &RowTable<D>, draft: &D, at: usize, fields: &Fields, catalog: &Catalog) -> (Problems, D) {
    let mut next = draft.clone();
    let own = (table.write)(&mut next, at, fields, catalog);
    (merge(check(&(table.fields)(draft, at, catalog), fields), own), next)
}

/// What is wrong with the rows of a tab as they stand, by the names of their inputs.
pub(super) fn problems<D: Clone>(tab: &Tab<D>, draft: &D, catalog: &Catalog) -> Problems {
    let mut problems = Problems::none();
    let Some(table) = &tab.rows else { return problems };
    for at in 0..(table.count)(draft) {
        let (of_row, _) = tried(table, draft, at, &(table.read)(draft, at), catalog);
        problems.extend(named(at, of_row));
    }
    problems
}

/// Problems of a row, by the names of its inputs on the page.
pub(super) fn named(at: usize, problems: Problems) -> Problems {
    Problems(
        problems
            .0
            .into_iter()
            .map(|mut problem| {
                problem.field = input(at, &problem.field);
                problem
            })
            .collect(),
    )
}

/// The name of a cell's input on the page.
pub(super) fn input(at: usize, column: &str) -> String {
    format!("{TABLE}.{at}.{column}")
}
