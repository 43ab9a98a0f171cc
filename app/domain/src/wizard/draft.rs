//! A draft: an aggregate being edited, what was typed but not accepted, and the way from one post to the next page.

mod page;
mod rows;
pub(super) mod told;

pub use rows::{RowEdit, RowNav};

use super::path::Path;
use super::{Catalog, TabInfo, Taken, Task};
use crate::form::{FieldKind, FieldSpec, Fields, reading};
use crate::model::data_store::DataStore;
use crate::model::idp_adapter::IdpAdapter;
use crate::model::pcv::Pcv;
use crate::model::report::Report;
use crate::model::server_settings::{MetadataExport, ProtocolSettings};
use crate::model::signing_key::NewSigningKey;
use crate::model::sp_connection::SpConnection;
use crate::problem::Problems;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The aggregate in a draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "object")]
pub enum DraftBody {
    /// A Data Store.
    DataStore(Box<DataStore>),
    /// A Password Credential Validator.
    Pcv(Box<Pcv>),
    /// An IdP Adapter.
    IdpAdapter(Box<IdpAdapter>),
    /// An SP Connection with its channels.
    SpConnection(Box<SpConnection>),
    /// A signing key to be made.
    SigningKey(Box<NewSigningKey>),
    /// Protocol Settings.
    ProtocolSettings(Box<ProtocolSettings>),
    /// Metadata Export.
    MetadataExport(Box<MetadataExport>),
}

impl DraftBody {
    /// The outermost task.
    pub fn root(&mut self) -> Box<dyn Task + '_> {
        match self {
            DraftBody::DataStore(store) => super::task(&crate::flow::data_store::FLOW, &mut **store),
            DraftBody::Pcv(pcv) => super::task(&crate::flow::pcv::FLOW, &mut **pcv),
            DraftBody::IdpAdapter(adapter) => super::task(&crate::flow::idp_adapter::FLOW, &mut **adapter),
            DraftBody::SpConnection(connection) => super::task(&crate::flow::sp_connection::FLOW, &mut **connection),
            DraftBody::SigningKey(key) => super::task(&crate::flow::signing_key::FLOW, &mut **key),
            DraftBody::ProtocolSettings(settings) => super::task(&crate::flow::protocol_settings::FLOW, &mut **settings),
            DraftBody::MetadataExport(export) => super::task(&crate::flow::metadata_export::FLOW, &mut **export),
        }
    }
    /// The kind's id in rows and routes.
    pub fn kind(&self) -> &'static str {
        match self {
            DraftBody::DataStore(_) => "data_store",
            DraftBody::Pcv(_) => "pcv",
            DraftBody::IdpAdapter(_) => "idp_adapter",
            DraftBody::SpConnection(_) => "sp_connection",
            DraftBody::SigningKey(_) => "signing_key",
            DraftBody::ProtocolSettings(_) => "protocol_settings",
            DraftBody::MetadataExport(_) => "metadata_export",
        }
    }
    /// Whether an existing object is opened at its first tab, having no summary.
    fn has_no_summary(&self) -> bool {
        matches!(self, DraftBody::ProtocolSettings(_))
    }
    /// The object's name, for lists of drafts.
    pub fn name(&self) -> &str {
        match self {
            DraftBody::DataStore(store) => &store.name,
            DraftBody::Pcv(pcv) => &pcv.name,
            DraftBody::IdpAdapter(adapter) => &adapter.name,
            DraftBody::SpConnection(connection) => &connection.general.name,
            DraftBody::SigningKey(key) => &key.subject.common_name,
            DraftBody::ProtocolSettings(_) => "Protocol Settings",
            DraftBody::MetadataExport(_) => "Metadata Export",
        }
    }
}

/// A draft as it is stored between two posts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// The object as far as it was accepted.
    pub body: DraftBody,
    /// The object does not exist yet.
    pub is_new: bool,
    /// What was typed on a tab and cannot be held, by path.
    #[serde(default)]
    pub pending: BTreeMap<String, Pending>,
    /// The row that is being edited on a tab with a table, by path.
    #[serde(default)]
    pub editing: BTreeMap<String, RowEdit>,
    /// How each open task was when it was entered, by task path; `null` for one that Cancel removes.
    #[serde(default)]
    pub entered: BTreeMap<String, serde_json::Value>,
    /// What the last test on a tab found, by path.
    #[serde(default)]
    pub reports: BTreeMap<String, Report>,
    /// Tabs that were left by Next, or to which a Save led because of a problem, by path.
    #[serde(default)]
    pub visited: BTreeSet<String>,
    /// Its owner went to another kind of object (its id as in [`DraftBody::kind`]) to come back to this draft.
    #[serde(default)]
    pub away: Option<String>,
    /// What its owner should know of how it came to be, in sentences.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// What was typed and refused. Secrets are sealed before they come here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// As typed.
    pub fields: Fields,
    /// What is wrong with it.
    pub problems: Problems,
}

/// Which button was pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nav {
    /// To the tab after this one.
    Next,
    /// To the tab before this one.
    Previous,
    /// Closes a nested task.
    Done,
    /// Done on every open task, and stores the object.
    Save,
    /// Keeps an incomplete new object.
    SaveDraft,
    /// Drops what this task changed.
    Cancel,
    /// Runs the tab's test.
    Test,
    /// To another tab of this task.
    Goto(String),
    /// Into a task inside this tab.
    Open(String),
    /// Adds a task inside this tab and opens it.
    Create,
    /// Removes a task from this tab.
    Delete(String),
    /// A button of this tab's table.
    Row(RowNav),
    /// Leaves for the objects of another kind, to come back.
    Manage(String),
}

impl Nav {
    /// Reads what the button posted.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "next" => Self::Next,
            "previous" => Self::Previous,
            "done" => Self::Done,
            "save" => Self::Save,
            "save-draft" => Self::SaveDraft,
            "cancel" => Self::Cancel,
            "test" => Self::Test,
            "create" => Self::Create,
            _ if text.starts_with("row-") => Self::Row(RowNav::parse(text)?),
            _ => match text.split_once(':')? {
                ("goto", tab) => Self::Goto(tab.to_owned()),
                ("open", key) => Self::Open(key.to_owned()),
                ("delete", key) => Self::Delete(key.to_owned()),
                ("manage", kind) => Self::Manage(kind.to_owned()),
                _ => return None,
            },
        })
    }
}

/// What to do after a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Show this tab.
    Show(Path),
    /// Run the test of this tab with what is in the draft, then show it.
    Test(Path),
    /// The object is valid: store it.
    Save,
    /// Keep the draft and leave.
    Keep,
    /// Drop the draft and leave.
    Close,
    /// Show the objects of another kind; the draft waits.
    Away(String),
}

/// Rules that need more than the draft: whether an expression parses, whether a certificate can be read.
pub trait World {
    /// Problems of the fields of one tab.
    fn problems(&self, path: &Path, fields: &Fields) -> Problems;
}

/// A world without such rules, for the browser and for tests.
pub struct NoWorld;

impl World for NoWorld {
    fn problems(&self, _: &Path, _: &Fields) -> Problems {
        Problems::none()
    }
}

impl Draft {
    /// A draft of an object.
    pub fn new(body: DraftBody, is_new: bool) -> Self {
        Self {
            body,
            is_new,
            pending: BTreeMap::new(),
            editing: BTreeMap::new(),
            entered: BTreeMap::new(),
            reports: BTreeMap::new(),
            visited: BTreeSet::new(),
            away: None,
            notes: Vec::new(),
        }
    }

    /// The tab to begin with: the first of a new object, the last (its summary) of an existing one.
    pub fn first_path(&mut self) -> Path {
        let is_new = self.is_new || self.body.has_no_summary();
        let tabs = self.body.root().tabs();
        let tab = if is_new { tabs.first() } else { tabs.last() };
        Path::root(tab.map_or("", |t| t.id))
    }

    /// The nearest tab that exists and is shown: a task may be gone, a tab hidden.
    pub fn settle(&mut self, path: &Path) -> Path {
        for depth in (0..=path.depth()).rev() {
            let candidate = path.up_to(depth);
            let tabs = self.with_task(&candidate, |task| task.tabs()).unwrap_or_default();
            if tabs.iter().any(|t| t.id == candidate.tab()) {
                return candidate;
            }
            if let Some(first) = tabs.first() {
                return candidate.at(first.id);
            }
        }
        self.first_path()
    }

    /// What a tab asks, and what it holds.
    pub fn asked(&mut self, path: &Path, catalog: &Catalog) -> (Vec<FieldSpec>, Fields) {
        self.with_task(path, |task| (task.fields(path.tab(), catalog), task.read(path.tab()))).unwrap_or_default()
    }

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

    fn cancel(&mut self, path: &Path) -> Reply {
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

    fn done(&mut self, path: &Path, catalog: &Catalog, world: &dyn World) -> Reply {
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

    fn save(&mut self, path: &Path, catalog: &Catalog, world: &dyn World) -> Reply {
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

    fn problems_at(&mut self, path: &Path, catalog: &Catalog, world: &dyn World) -> Problems {
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

    fn neighbour(&mut self, path: &Path, forward: bool) -> Path {
        let tabs = self.tabs_of(path);
        let at = tabs.iter().position(|t| t.id == path.tab()).unwrap_or(0);
        let to = if forward { (at + 1).min(tabs.len().saturating_sub(1)) } else { at.saturating_sub(1) };
        tabs.get(to).map_or_else(|| path.clone(), |t| path.at(t.id))
    }

    fn first_of(&mut self, path: &Path) -> Path {
        self.tabs_of(path).first().map_or_else(|| path.clone(), |t| path.at(t.id))
    }

    fn tabs_of(&mut self, path: &Path) -> Vec<TabInfo> {
        self.with_task(path, |task| task.tabs()).unwrap_or_default()
    }

    fn forget_below(&mut self, task_path: &str) {
        self.entered.retain(|task, _| !is_at_or_below(task, task_path));
        self.pending.retain(|path, _| !is_at_or_below(path, task_path));
        self.editing.retain(|path, _| !is_at_or_below(path, task_path));
        self.reports.retain(|path, _| !is_at_or_below(path, task_path));
        self.visited.retain(|path| !is_at_or_below(path, task_path));
    }

    fn with_task<R>(&mut self, path: &Path, f: impl FnOnce(&mut dyn Task) -> R) -> Option<R> {
        let way: Vec<(&str, &str)> = path.tasks().collect();
        descend(self.body.root(), &way, f)
    }

    /// Calls `f` for every shown tab of this task and of all tasks inside, in order.
    fn collect(&mut self, path: &Path, f: &mut dyn FnMut(&mut Self, &Path, TabInfo)) {
        for tab in self.tabs_of(path) {
            let at = path.at(tab.id);
            f(self, &at, tab);
            for key in self.with_task(&at, |task| task.keys(tab.id)).unwrap_or_default() {
                let inside = self.first_of(&at.into_task(&key, "-"));
                self.collect(&inside, f);
            }
        }
    }

    /// Calls `f` with the path of every shown tab of a task and of the tasks inside it, in order.
    pub fn walk(&mut self, path: &Path, f: &mut dyn FnMut(&Path)) {
        self.collect(path, &mut |_, at, _| f(at));
    }
}

pub(super) fn descend<R>(mut task: Box<dyn Task + '_>, way: &[(&str, &str)], f: impl FnOnce(&mut dyn Task) -> R) -> Option<R> {
    match way.split_first() {
        None => Some(f(&mut *task)),
        Some(((tab, key), rest)) => descend(task.nested(tab, key)?, rest, f),
    }
}

/// Whether a path or task path is this task or inside it.
fn is_at_or_below(path: &str, task: &str) -> bool {
    task.is_empty() || path.strip_prefix(task).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
