//! Paths of tabs: a tab of the root task, then key and tab of each task inside it.
//! `outbound-provisioning/configure/manage-channels/ch-1/source` is the Source tab of channel `ch-1`.

use std::fmt;

/// Where one is in the nested tasks of a draft.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Vec<String>);

impl Path {
    /// The tab of the root task.
    pub fn root(tab: &str) -> Self {
        Self(vec![tab.to_owned()])
    }
    /// Reads a path; it has an odd number of parts, none empty, at most nine.
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<String> = text.split('/').map(str::to_owned).collect();
        let good = |p: &String| !p.is_empty() && p.len() <= 64 && p.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        (parts.len() % 2 == 1 && parts.len() <= 9 && parts.iter().all(good)).then_some(Self(parts))
    }
    /// The tab.
    pub fn tab(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }
    /// Tab and key of each task on the way.
    pub fn tasks(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.chunks_exact(2).map(|pair| (pair[0].as_str(), pair[1].as_str()))
    }
    /// The same task, another tab.
    pub fn at(&self, tab: &str) -> Self {
        let mut parts = self.0.clone();
        parts.pop();
        parts.push(tab.to_owned());
        Self(parts)
    }
    /// A tab of a task inside this tab.
    pub fn into_task(&self, key: &str, tab: &str) -> Self {
        let mut parts = self.0.clone();
        parts.push(key.to_owned());
        parts.push(tab.to_owned());
        Self(parts)
    }
    /// The tab this task was opened from; `None` for the root task.
    pub fn parent(&self) -> Option<Self> {
        (self.0.len() > 2).then(|| Self(self.0[..self.0.len() - 2].to_vec()))
    }
    /// Name of the task: everything but the tab. Empty for the root task.
    pub fn task(&self) -> String {
        self.0[..self.0.len() - 1].join("/")
    }
    /// How many tasks are open.
    pub fn depth(&self) -> usize {
        self.0.len() / 2
    }
    /// The first `depth` tasks of this path, at the tab from which the next was opened.
    pub fn up_to(&self, depth: usize) -> Self {
        Self(self.0[..(depth * 2 + 1).min(self.0.len())].to_vec())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("/"))
    }
}
