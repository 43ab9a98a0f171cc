//! A draft: an aggregate being edited, what was typed but not accepted, and the way from one post to the next page.

mod closing;
mod page;
mod posting;
mod rows;
pub(super) mod told;

pub use rows::{RowEdit, RowNav};

use super::merge::Side;
use super::path::Path;
use super::{Catalog, TabInfo, Task};
use crate::form::{FieldSpec, Fields};
use crate::model::data_store::DataStore;
use crate::model::idp_adapter::IdpAdapter;
use crate::model::notifications::Notifications;
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
    /// Notifications.
    Notifications(Box<Notifications>),
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
            DraftBody::Notifications(settings) => super::task(&crate::flow::notifications::FLOW, &mut **settings),
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
            DraftBody::Notifications(_) => "notifications",
        }
    }
    /// Whether an existing object is opened at its first tab, having no summary.
    fn has_no_summary(&self) -> bool {
        matches!(self, DraftBody::ProtocolSettings(_) | DraftBody::Notifications(_))
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
            DraftBody::Notifications(_) => "Notifications",
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
    /// What its owner chose where it met what somebody else saved, and has not saved yet.
    #[serde(default)]
    pub chosen: Chosen,
}

/// Choices about what two people changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    /// The saved version that they are about: of another one they say nothing.
    pub version: i64,
    /// Whose is taken, by the path of the unit.
    pub sides: BTreeMap<String, Side>,
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
    /// Shows what a cycle would do with what is in the draft.
    Preview,
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
            "preview" => Self::Preview,
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
    /// Show what a cycle would do with what is in the draft, from this tab.
    Preview(Path),
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
            chosen: Chosen::default(),
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

    fn first_of(&mut self, path: &Path) -> Path {
        self.tabs_of(path).first().map_or_else(|| path.clone(), |t| path.at(t.id))
    }

    fn tabs_of(&mut self, path: &Path) -> Vec<TabInfo> {
        self.with_task(path, |task| task.tabs()).unwrap_or_default()
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
