//! Two people changed one object: what each of them changed, tab by tab, and the object that is made of both.
//!
//! Three versions meet: the one both began from, *theirs* (what is saved now) and *mine* (a draft). A unit is what one tab holds,
//! or a whole task that only one of them has, such as a channel that one of them added or deleted. What only one of them changed is
//! merged without asking; where both changed a unit, a person chooses one of the two. Written over [`Task`] alone: which members
//! of a draft's JSON belong to which tab is said by the tabs ([`Tab::holds`](super::Tab::holds)), and what no tab calls its
//! own belongs to its task as a whole.
//!
//! Of a draft whose beginning is not known any more every difference is one that a person chooses about.

mod lines;

use super::draft::{DraftBody, descend};
use super::path::Path;
use super::{Catalog, Task};
pub use lines::Line;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// One of two versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The draft's.
    Mine,
    /// What is saved now.
    Theirs,
}

/// What became of a unit on one side since both began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing.
    Same,
    /// It is otherwise.
    Changed,
    /// It was not there.
    Added,
    /// It is not there any more.
    Deleted,
}

/// A unit on which the two differ, or which both changed alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The path of its tab; of a whole task, its path with `-` for the tab. Names the unit.
    pub path: String,
    /// What is read: titles of task and tab.
    pub title: String,
    /// What became of mine.
    pub mine: Fate,
    /// What became of theirs.
    pub theirs: Fate,
    /// Both are the same now.
    pub alike: bool,
    /// What differs, in words; secrets only as changed.
    pub lines: Vec<Line>,
}

impl Unit {
    /// The side that alone changed it, or either where both did alike; `None` where a person must choose.
    pub fn settled(&self) -> Option<Side> {
        match (self.mine, self.theirs) {
            (Fate::Same, _) => Some(Side::Theirs),
            (_, Fate::Same) => Some(Side::Mine),
            _ => self.alike.then_some(Side::Theirs),
        }
    }
}

/// The versions that meet.
pub struct Merge<'a> {
    base: Option<DraftBody>,
    mine: DraftBody,
    theirs: DraftBody,
    catalog: &'a Catalog,
}

/// How a unit is put into the result.
enum Deed {
    /// These members of a task.
    Members(Path, Vec<String>),
    /// A task inside this tab.
    Task(Path, String),
}

impl<'a> Merge<'a> {
    /// Of these versions of one object.
    pub fn new(base: Option<DraftBody>, mine: DraftBody, theirs: DraftBody, catalog: &'a Catalog) -> Self {
        Self { base, mine, theirs, catalog }
    }

    /// Every unit that one of the two changed, in the order of the tabs.
    pub fn units(&mut self) -> Vec<Unit> {
        self.found().into_iter().map(|(unit, _)| unit).collect()
    }

    /// The object made of both: of each unit the side that is chosen.
    pub fn result(mut self, choose: impl Fn(&Unit) -> Side) -> DraftBody {
        let found = self.found();
        let mut result = self.theirs.clone();
        for (unit, deed) in found {
            if choose(&unit) == Side::Theirs {
                continue;
            }
            match deed {
                Deed::Members(task, members) => {
                    let (Some(mine), Some(mut now)) = (members_of(&mut self.mine, &task), members_of(&mut result, &task)) else { continue };
                    for member in members {
                        match mine.get(&member) {
                            Some(value) => drop(now.insert(member, value.clone())),
                            None => drop(now.remove(&member)),
                        }
                    }
                    with(&mut result, &task, |task| task.restore(&Value::Object(now)));
                }
                Deed::Task(tab, key) => {
                    let snapshot = with(&mut self.mine, &tab.into_task(&key, "-"), |task| task.snapshot());
                    match snapshot {
                        Some(snapshot) => {
                            with(&mut result, &tab, |task| task.create(tab.tab(), &key, self.catalog));
                            with(&mut result, &tab.into_task(&key, "-"), |task| task.restore(&snapshot));
                        }
                        None => drop(with(&mut result, &tab, |task| task.delete(tab.tab(), &key))),
                    }
                }
            }
        }
        result
    }

    fn found(&mut self) -> Vec<(Unit, Deed)> {
        let mut found = Vec::new();
        self.walk(&Path::root("-"), &mut found);
        found
    }

    /// The units of a task that both have.
    fn walk(&mut self, task: &Path, found: &mut Vec<(Unit, Deed)>) {
        let parts = with(&mut self.theirs, task, |task| task.parts()).unwrap_or_default();
        for part in &parts {
            let tab = task.at(part.tab);
            let own = part.holds.iter().map(|&member| member.to_owned()).collect();
            self.members(&tab, own, found);
            if part.tasks_in.is_empty() {
                continue;
            }
            let [mine, theirs] = [&mut self.mine, &mut self.theirs].map(|body| keys(body, &tab));
            if self.can_give(&tab, &mine, &theirs) {
                for key in theirs.iter().chain(mine.iter().filter(|key| !theirs.contains(key))) {
                    match mine.contains(key) && theirs.contains(key) {
                        true => self.walk(&tab.into_task(key, "-"), found),
                        false => self.whole_task(&tab, key, found),
                    }
                }
            } else {
                let all = part.tasks_in.iter().map(|&member| member.to_owned()).collect();
                self.members(&tab, all, found);
            }
        }
        let claimed: BTreeSet<&str> = parts.iter().flat_map(|part| part.holds.iter().chain(part.tasks_in)).copied().collect();
        let [mine, theirs] = [&mut self.mine, &mut self.theirs].map(|body| members_of(body, task).unwrap_or_default());
        let others: BTreeSet<&String> = mine.keys().chain(theirs.keys()).filter(|member| !claimed.contains(member.as_str())).collect();
        let others = others.into_iter().cloned().collect();
        self.members(task, others, found);
    }

    /// Whether tasks that only one side has can be added and deleted one by one. Where they follow from something else, such as the
    /// rows of a mapping from the service, they cannot.
    fn can_give(&self, tab: &Path, mine: &[String], theirs: &[String]) -> bool {
        let mut tried = self.theirs.clone();
        let added = mine.iter().filter(|key| !theirs.contains(key));
        let deleted = theirs.iter().filter(|key| !mine.contains(key));
        for key in added {
            let made = with(&mut tried, tab, |task| task.create(tab.tab(), key, self.catalog)).flatten();
            if made.as_ref() != Some(key) {
                return false;
            }
        }
        for key in deleted {
            with(&mut tried, tab, |task| task.delete(tab.tab(), key));
            if keys(&mut tried, tab).contains(key) {
                return false;
            }
        }
        true
    }

    /// Members of one task as a unit. A path without a tab stands for the task as a whole.
    fn members(&mut self, tab: &Path, members: Vec<String>, found: &mut Vec<(Unit, Deed)>) {
        let pick = |held: Option<Map<String, Value>>| -> Option<Map<String, Value>> {
            held.map(|held| held.into_iter().filter(|(member, _)| members.contains(member)).collect())
        };
        let mine = pick(members_of(&mut self.mine, tab)).unwrap_or_default();
        let theirs = pick(members_of(&mut self.theirs, tab)).unwrap_or_default();
        let base = self.base.as_mut().and_then(|base| pick(members_of(base, tab)));
        let fate = |side: &Map<String, Value>| if base.as_ref() == Some(side) { Fate::Same } else { Fate::Changed };
        let alike = mine == theirs;
        if alike && (base.is_none() || base.as_ref() == Some(&mine)) {
            return;
        }
        let (my_fate, their_fate) = (fate(&mine), fate(&theirs));
        let is_tab = tab.tab() != "-";
        let unit = Unit {
            path: tab.to_string(),
            title: self.title(tab, is_tab),
            mine: my_fate,
            theirs: their_fate,
            alike,
            lines: lines::of_members(self, tab, [base.as_ref(), Some(&theirs), Some(&mine)]),
        };
        found.push((unit, Deed::Members(tab.clone(), members)));
    }

    /// A task that only one side has.
    fn whole_task(&mut self, tab: &Path, key: &str, found: &mut Vec<(Unit, Deed)>) {
        let inside = tab.into_task(key, "-");
        let snapshot = |body: &mut DraftBody| with(body, &inside, |task| task.snapshot());
        let (mine, theirs) = (snapshot(&mut self.mine), snapshot(&mut self.theirs));
        let base = self.base.as_mut().and_then(snapshot);
        let fate = |side: &Option<Value>| match (&base, side) {
            (Some(base), Some(side)) if base == side => Fate::Same,
            (Some(_), Some(_)) => Fate::Changed,
            (Some(_), None) => Fate::Deleted,
            (None, Some(_)) => Fate::Added,
            // Without the beginning it cannot be known which of them added or deleted it.
            (None, None) if self.base.is_none() => Fate::Deleted,
            (None, None) => Fate::Same,
        };
        let (my_fate, their_fate) = (fate(&mine), fate(&theirs));
        let unit = Unit {
            path: inside.to_string(),
            title: self.title(&inside, false),
            mine: my_fate,
            theirs: their_fate,
            alike: false,
            lines: lines::of_task(self, &inside),
        };
        found.push((unit, Deed::Task(tab.clone(), key.to_owned())));
    }

    /// Titles of task and tab, as a summary has them.
    fn title(&mut self, tab: &Path, with_tab: bool) -> String {
        let titles = |body: &mut DraftBody| {
            with(body, tab, |task| {
                let part = task.parts().into_iter().find(|part| part.tab == tab.tab());
                (task.title(), part.map_or("", |part| part.title))
            })
        };
        let (task, part) = titles(&mut self.mine).or_else(|| titles(&mut self.theirs)).unwrap_or_default();
        match (tab.depth(), with_tab) {
            (0, true) => part.to_owned(),
            (_, true) => format!("{task} › {part}"),
            (_, false) => task,
        }
    }
}

/// Runs something on the task of a path.
pub(super) fn with<R>(body: &mut DraftBody, path: &Path, f: impl FnOnce(&mut dyn Task) -> R) -> Option<R> {
    let way: Vec<(&str, &str)> = path.tasks().collect();
    descend(body.root(), &way, f)
}

fn keys(body: &mut DraftBody, tab: &Path) -> Vec<String> {
    with(body, tab, |task| task.keys(tab.tab())).unwrap_or_default()
}

fn members_of(body: &mut DraftBody, task: &Path) -> Option<Map<String, Value>> {
    match with(body, task, |task| task.snapshot())? {
        Value::Object(members) => Some(members),
        _ => None,
    }
}
