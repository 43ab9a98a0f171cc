//! How a task ends: Cancel, Done and Save, and the problems that stand in the way of the latter two.

use super::{Draft, Reply, World, is_at_or_below};
use crate::problem::Problems;
use crate::wizard::Catalog;
use crate::wizard::path::Path;

impl Draft {
    pub(super) fn cancel(&mut self, path: &Path) -> Reply {
        let Some(parent) = path.parent() else { return Reply::Close };
        let task_path = path.task();
        match self.entered.get(&task_path).cloned() {
            Some(serde_json::Value::Null) => {
                if let Some((_, key)) = path.tasks().last() {
                    self.with_task(&parent, |task| task.delete(parent.tab(), key));
                }
            }
            Some(snapshot) => {
                self.with_task(path, |task| task.restore(&snapshot));
            }
            None => {}
        }
        self.forget_below(&task_path);
        Reply::Show(parent)
    }

    pub(super) fn done(&mut self, path: &Path, catalog: &Catalog, world: &dyn World) -> Reply {
        if let Some(problem) = self.first_problem(path, catalog, world) {
            return Reply::Show(problem);
        }
        match path.parent() {
            Some(parent) => {
                self.entered.retain(|task, _| !is_at_or_below(task, &path.task()));
                Reply::Show(parent)
            }
            None => Reply::Save,
        }
    }

    pub(super) fn save(&mut self, path: &Path, catalog: &Catalog, world: &dyn World) -> Reply {
        for depth in (0..=path.depth()).rev() {
            if let Some(problem) = self.first_problem(&path.up_to(depth), catalog, world) {
                return Reply::Show(problem);
            }
        }
        Reply::Save
    }

    /// The first tab of this task, or of a task inside it, that has a problem; it is marked so that the problem shows.
    fn first_problem(&mut self, path: &Path, catalog: &Catalog, world: &dyn World) -> Option<Path> {
        for tab in self.tabs_of(path) {
            let at = path.at(tab.id);
            if !self.problems_at(&at, catalog, world).is_empty() {
                self.visited.insert(at.to_string());
                return Some(at);
            }
            for key in self.with_task(&at, |task| task.keys(tab.id)).unwrap_or_default() {
                let inside = self.first_of(&at.into_task(&key, "-"));
                if let Some(problem) = self.first_problem(&inside, catalog, world) {
                    return Some(problem);
                }
            }
        }
        None
    }

    /// Every problem of the whole draft, with the path of its tab.
    pub fn all_problems(&mut self, catalog: &Catalog, world: &dyn World) -> Vec<(Path, Problems)> {
        let mut found = Vec::new();
        let root = self.first_path();
        self.collect(&root, &mut |draft, at, _| {
            let problems = draft.problems_at(at, catalog, world);
            if !problems.is_empty() {
                found.push((at.clone(), problems));
            }
        });
        found
    }

    pub(super) fn problems_at(&mut self, path: &Path, catalog: &Catalog, world: &dyn World) -> Problems {
        if let Some(pending) = self.pending.get(&path.to_string()) {
            return pending.problems.clone();
        }
        let read = self.with_task(path, |task| (task.problems(path.tab(), catalog), task.read(path.tab())));
        let Some((mut problems, fields)) = read else { return Problems::none() };
        problems.extend(world.problems(path, &fields));
        if let Some(edit) = self.editing.get(&path.to_string()) {
            problems.extend(edit.problems.clone());
        }
        problems
    }

    pub(super) fn forget_below(&mut self, task_path: &str) {
        self.entered.retain(|task, _| !is_at_or_below(task, task_path));
        self.pending.retain(|path, _| !is_at_or_below(path, task_path));
        self.editing.retain(|path, _| !is_at_or_below(path, task_path));
        self.reports.retain(|path, _| !is_at_or_below(path, task_path));
        self.visited.retain(|path| !is_at_or_below(path, task_path));
    }
}
