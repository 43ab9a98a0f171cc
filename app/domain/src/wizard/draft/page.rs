//! The page of a draft's tab: what is asked and held, what is wrong, which buttons there are, and the summary.

use super::{Draft, World, is_at_or_below};
use crate::form::{FieldKind, FieldSpec, Fields};
use crate::problem::Problems;
use crate::view::{Body, Button, Crumb, FieldView, FileLink, StepView, SummaryBlock, TabState, TabView};
use crate::wizard::path::Path;
use crate::wizard::rows::TABLE;
use crate::wizard::{Catalog, TabInfo};

impl Draft {
    /// The page of a tab.
    pub fn view(&mut self, draft_id: &str, path: &Path, catalog: &Catalog, world: &dyn World) -> StepView {
        let path = &self.settle(path);
        let key = path.to_string();
        let pending = self.pending.get(&key).cloned();
        let (specs, held, mut body) = self
            .with_task(path, |t| (t.fields(path.tab(), catalog), t.read(path.tab()), t.body(path.tab(), catalog)))
            .unwrap_or((Vec::new(), Fields::new(), Body::Plain));
        let shown = pending.as_ref().map_or(&held, |p| &p.fields);
        let fields = held_fields(specs, &held, shown);
        match (&mut body, &pending) {
            (Body::Mapping(rows), Some(pending)) => rows.iter_mut().for_each(|row| row.value = pending.fields.get(&row.input).to_owned()),
            (Body::Grid(grid), Some(pending)) => {
                let boxes = grid.rows.iter_mut().flat_map(|row| &mut row.boxes);
                boxes.for_each(|(name, ticked)| *ticked = pending.fields.is_checked(name));
            }
            _ => {}
        }
        if matches!(body, Body::Summary(_)) {
            body = Body::Summary(self.summary(path, catalog, world));
        }
        let mut problems = match pending {
            Some(pending) => pending.problems,
            None if self.visited.contains(&key) => self.problems_at(path, catalog, world),
            None => Problems::none(),
        };
        if let Some(edit) = self.editing.get(&key) {
            // Whoever is typing a row need not be told that one is missing.
            problems.0.retain(|problem| problem.field != TABLE);
            problems.extend(edit.problems.clone());
        }
        let mut tasks = Vec::new();
        for depth in 0..=path.depth() {
            let at = path.up_to(depth);
            if let Some(title) = self.with_task(&at, |task| task.title()) {
                tasks.push(Crumb { title, path: at.to_string() });
            }
        }
        let tabs = self.tabs_of(path);
        let wrong: Vec<String> = self.all_problems(catalog, world).into_iter().map(|(at, _)| at.to_string()).collect();
        let mut tab_views = Vec::new();
        for tab in &tabs {
            let name = path.at(tab.id).to_string();
            let visited = self.visited.contains(&name) || !self.is_new;
            let state = match () {
                () if tab.id == path.tab() => TabState::Current,
                () if !visited => TabState::Ahead,
                // A tab is no further than the tasks inside it.
                () if wrong.iter().any(|at| is_at_or_below(at, &name)) => TabState::Incomplete,
                () => TabState::Complete,
            };
            tab_views.push(TabView { id: tab.id.to_owned(), title: tab.title.to_owned(), path: name, state });
        }
        let intro = tabs.iter().find(|t| t.id == path.tab()).map_or("", |t| t.intro);
        // A file made of what has problems would have them too.
        let files = tabs.iter().find(|t| t.id == path.tab()).map_or(&[][..], |t| t.files);
        let files = if wrong.is_empty() { files } else { &[] };
        StepView {
            draft: draft_id.to_owned(),
            kind: self.body.kind().to_owned(),
            path: key.clone(),
            tasks,
            tab: path.tab().to_owned(),
            intro: intro.to_owned(),
            fields,
            rows: self.rows_view(path, catalog),
            body,
            problems,
            buttons: self.buttons(path, &tabs, &wrong),
            report: self.reports.get(&key).cloned(),
            tabs: tab_views,
            files: files.iter().map(|(name, label)| FileLink { name: (*name).into(), label: (*label).into() }).collect(),
            is_new: self.is_new,
            notes: self.notes.clone(),
            last_save: None,
        }
    }

    /// What a page of this tab asks: its fields and those of the row that is being edited, with what they hold.
    pub fn inputs(&mut self, path: &Path, catalog: &Catalog) -> Vec<FieldView> {
        let path = &self.settle(path);
        let read = self.with_task(path, |task| (task.fields(path.tab(), catalog), task.read(path.tab())));
        let (specs, held) = read.unwrap_or_default();
        let pending = self.pending.get(&path.to_string());
        let mut inputs = held_fields(specs, &held, pending.map_or(&held, |pending| &pending.fields));
        if self.editing.contains_key(&path.to_string()) {
            let rows = self.rows_view(path, catalog).into_iter().flat_map(|rows| rows.rows);
            inputs.extend(rows.filter_map(|row| row.edit).flatten());
        }
        inputs
    }

    /// `wrong` are the paths of all tabs that have problems.
    fn buttons(&self, path: &Path, tabs: &[TabInfo], wrong: &[String]) -> Vec<Button> {
        let at = tabs.iter().position(|t| t.id == path.tab()).unwrap_or(0);
        let last = at + 1 >= tabs.len();
        let nested = path.depth() > 0;
        let (here, task) = (path.to_string(), path.task());
        let mut elsewhere = wrong.iter().filter(|at| **at != here);
        let may_done = !elsewhere.clone().any(|at| is_at_or_below(at, &task));
        let may_save = elsewhere.next().is_none();
        let mut buttons = vec![Button::new("cancel", "Cancel", false)];
        if self.is_new {
            buttons.push(Button::new("save-draft", "Save Draft", false));
        }
        if at > 0 {
            buttons.push(Button::new("previous", "Previous", false));
        }
        for (nav, label) in tabs.get(at).map_or(&[][..], |t| t.actions) {
            buttons.push(Button::new(*nav, *label, false));
        }
        if !last {
            buttons.push(Button::new("next", "Next", true));
        }
        if nested && (last || may_done) {
            buttons.push(Button::new("done", "Done", last));
        }
        if may_save || (last && !nested) {
            buttons.push(Button::new("save", "Save", last && !nested));
        }
        buttons
    }

    fn summary(&mut self, path: &Path, catalog: &Catalog, world: &dyn World) -> Vec<SummaryBlock> {
        let mut blocks = Vec::new();
        let first = self.first_of(path);
        let base = first.depth();
        // A table of fields tells in its own rows what the task behind each row holds.
        let mut told = Vec::new();
        self.collect(&first, &mut |draft, at, tab| {
            let read = draft.with_task(at, |t| (t.fields(tab.id, catalog), t.read(tab.id), t.body(tab.id, catalog), t.title()));
            let Some((specs, held, body, title)) = read else { return };
            let mut rows = draft.rows_summary(at, catalog);
            let fields = match body {
                Body::Summary(_) => return,
                body => {
                    if matches!(body, Body::Mapping(_)) {
                        told.push(at.to_string());
                    }
                    super::told::fields(&specs, &held, body)
                }
            };
            let problems = draft.problems_at(at, catalog, world);
            let key = at.to_string();
            if problems.is_empty() && told.iter().any(|tab| *tab != key && is_at_or_below(&key, tab)) {
                return;
            }
            rows.extend(fields);
            rows.dedup();
            if rows.is_empty() && problems.is_empty() {
                return;
            }
            let title = if at.depth() > base { format!("{title} › {}", tab.title) } else { tab.title.to_owned() };
            blocks.push(SummaryBlock { title, path: key, rows, problems });
        });
        blocks
    }
}

/// Fields with what they hold, or with what was typed and could not be held.
fn held_fields(specs: Vec<FieldSpec>, held: &Fields, shown: &Fields) -> Vec<FieldView> {
    let view = |mut spec: FieldSpec| {
        let value = match &mut spec.kind {
            // A sealed secret that was typed with something else that was refused is kept too.
            FieldKind::Secret { set, .. } => {
                *set |= !shown.get(&spec.name).is_empty();
                String::new()
            }
            FieldKind::Fixed => held.get(&spec.name).to_owned(),
            FieldKind::File { .. } => String::new(),
            _ => shown.get(&spec.name).to_owned(),
        };
        FieldView { spec, value }
    };
    specs.into_iter().map(view).collect()
}
