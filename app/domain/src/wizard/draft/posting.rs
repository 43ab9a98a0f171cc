//! What a post does to a draft: which button was pressed, what becomes of the fields, and the way into nested tasks.

use super::{Draft, Nav, Pending, Reply, World, is_at_or_below};
use crate::form::{FieldKind, FieldSpec, Fields, reading};
use crate::wizard::path::Path;
use crate::wizard::{Catalog, Taken};

impl Draft {
    /// Takes a post. `new_id` names a task that *Create* adds.
    pub fn post(&mut self, path: &Path, nav: &Nav, fields: &Fields, catalog: &Catalog, world: &dyn World, new_id: &str) -> Reply {
        let before = self.body.clone();
        let reply = self.press(path, nav, fields, catalog, world, new_id);
        if self.body != before {
            // What a test found may hang on any other tab of its task.
            let task = path.task();
            self.reports.retain(|at, _| !is_at_or_below(at, &task));
        }
        reply
    }

    fn press(&mut self, path: &Path, nav: &Nav, fields: &Fields, catalog: &Catalog, world: &dyn World, new_id: &str) -> Reply {
        let here = self.settle(path);
        if &here != path {
            return Reply::Show(here);
        }
        self.away = None;
        if *nav == Nav::Cancel {
            return self.cancel(path);
        }
        self.type_row(path, fields, catalog);
        if let Nav::Row(nav) = nav {
            // Nobody said yet that this tab is done: what it still lacks is not held against it.
            let was_visited = self.visited.contains(&path.to_string());
            self.take(path, fields, catalog, world);
            if !was_visited {
                self.visited.remove(&path.to_string());
            }
            return self.press_row(path, nav, catalog);
        }
        // First the row: the tab may want one.
        let of_row = self.close_row(path, false, catalog);
        let mut taken = self.take(path, fields, catalog, world);
        taken.problems.extend(of_row);
        match nav {
            Nav::Previous => Reply::Show(self.neighbour(path, false)),
            Nav::Goto(tab) => Reply::Show(self.settle(&path.at(tab))),
            Nav::SaveDraft => Reply::Keep,
            Nav::Manage(kind) => {
                self.away = Some(kind.clone());
                Reply::Away(kind.clone())
            }
            Nav::Delete(key) => {
                self.with_task(path, |task| task.delete(path.tab(), key));
                self.forget_below(&path.into_task(key, "-").task());
                Reply::Show(path.clone())
            }
            Nav::Create if taken.held => self.create(path, new_id, catalog),
            Nav::Open(key) if taken.held => self.open(path, key),
            _ if !taken.problems.is_empty() => Reply::Show(path.clone()),
            Nav::Next => Reply::Show(self.neighbour(path, true)),
            Nav::Test => Reply::Test(path.clone()),
            Nav::Preview => Reply::Preview(path.clone()),
            Nav::Create => self.create(path, new_id, catalog),
            Nav::Open(key) => self.open(path, key),
            Nav::Done => self.done(path, catalog, world),
            Nav::Save => self.save(path, catalog, world),
            Nav::Cancel | Nav::Row(_) => Reply::Show(path.clone()),
        }
    }

    /// Puts a tab's fields into the draft, or keeps them beside it where the draft cannot hold them.
    fn take(&mut self, path: &Path, fields: &Fields, catalog: &Catalog, world: &dyn World) -> Taken {
        let key = path.to_string();
        let fields = &self.with_kept_secrets(path, fields, catalog);
        let mut taken = self.with_task(path, |task| task.write(path.tab(), fields, catalog)).unwrap_or_default();
        taken.problems.extend(world.problems(path, fields));
        self.visited.insert(key.clone());
        if taken.held {
            self.pending.remove(&key);
        } else {
            self.pending.insert(key, Pending { fields: fields.clone(), problems: taken.problems.clone() });
        }
        taken
    }

    /// A secret that was typed together with a number that was none is not asked for again, as long as everything that may say
    /// where it goes is as it was then.
    fn with_kept_secrets(&mut self, path: &Path, fields: &Fields, catalog: &Catalog) -> Fields {
        let Some(pending) = self.pending.get(&path.to_string()).cloned() else { return fields.clone() };
        let specs = self.with_task(path, |task| task.fields(path.tab(), catalog)).unwrap_or_default();
        let mut fields = fields.clone();
        reading::keep_files(&specs, &pending.fields, &mut fields);
        let is_secret = |spec: &FieldSpec| matches!(spec.kind, FieldKind::Secret { .. });
        let says_where = |spec: &&FieldSpec| !is_secret(spec) && !matches!(spec.kind, FieldKind::Number { .. });
        if specs.iter().filter(says_where).any(|spec| fields.get(&spec.name) != pending.fields.get(&spec.name)) {
            return fields;
        }
        for spec in specs.iter().filter(|spec| is_secret(spec)) {
            if fields.get(&spec.name).is_empty() {
                fields.set(&spec.name, pending.fields.get(&spec.name));
            }
        }
        fields
    }

    fn create(&mut self, path: &Path, new_id: &str, catalog: &Catalog) -> Reply {
        let key = self.with_task(path, |task| task.create(path.tab(), new_id, catalog)).flatten();
        let Some(key) = key else { return Reply::Show(path.clone()) };
        let inside = path.into_task(&key, "-");
        self.entered.insert(inside.task(), serde_json::Value::Null);
        Reply::Show(self.first_of(&inside))
    }

    fn open(&mut self, path: &Path, key: &str) -> Reply {
        let inside = path.into_task(key, "-");
        let Some(snapshot) = self.with_task(&inside, |task| task.snapshot()) else { return Reply::Show(path.clone()) };
        self.entered.insert(inside.task(), snapshot);
        Reply::Show(self.first_of(&inside))
    }

    fn neighbour(&mut self, path: &Path, forward: bool) -> Path {
        let tabs = self.tabs_of(path);
        let at = tabs.iter().position(|t| t.id == path.tab()).unwrap_or(0);
        let to = if forward { (at + 1).min(tabs.len().saturating_sub(1)) } else { at.saturating_sub(1) };
        tabs.get(to).map_or_else(|| path.clone(), |t| path.at(t.id))
    }
}
