//! People and groups of channels: the list of them, one of them, and why one is or is not there.

use super::connections::{FilterView, SortHead};
use super::{ChangeRow, CycleObjectRow, OpRow, TimeView, Tone};
use serde::{Deserialize, Serialize};

/// A part of the list, as its address asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeopleList {
    /// The channel whose people these are: its name and its path; `None`: all.
    pub channel: Option<(String, String)>,
    /// Ways to other pages about the channel: label and path.
    pub ways: Vec<(String, String)>,
    /// Rows of this part.
    pub rows: Vec<PersonRow>,
    /// There is none at all, whatever is asked for.
    pub is_empty: bool,
    /// How many there are, in words.
    pub counted: String,
    /// What is searched for.
    pub text: String,
    /// What it can be narrowed by.
    pub filters: Vec<FilterView>,
    /// The heading that turns the list round.
    pub head: SortHead,
    /// What the search keeps besides: names and values.
    pub kept: Vec<(String, String)>,
    /// All of the list, unnarrowed.
    pub all: String,
    /// The part before this one.
    pub before: Option<String>,
    /// The part after this one.
    pub after: Option<String>,
}

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRow {
    /// What people call it.
    pub name: String,
    /// *User* or *Group*.
    pub kind: String,
    /// Where it is in the directory.
    pub dn: String,
    /// Its page.
    pub href: String,
    /// Its channel, where those of several are listed.
    pub channel: String,
    /// How it is, in a word.
    pub state: String,
    /// The colour of that.
    pub tone: Tone,
    /// Why.
    pub reason: String,
    /// The object at the target.
    pub target_id: String,
    /// When something was last done about it.
    pub at: Option<TimeView>,
}

/// A page about one person or group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonPage {
    /// What it is called.
    pub name: String,
    /// *User* or *Group*.
    pub kind: String,
    /// The channel: name and path.
    pub channel: (String, String),
    /// The list that it is in.
    pub list: String,
    /// How it is, in a word.
    pub state: String,
    /// The colour of that.
    pub tone: Tone,
    /// Why, or what follows.
    pub reason: String,
    /// What came of what was done last.
    pub notice: Option<(Tone, String)>,
    /// Labels with values.
    pub facts: Vec<(String, String)>,
    /// Where its buttons post.
    pub action: String,
    /// Its anchor, which they post.
    pub id: String,
    /// It failed, and can be tried again.
    pub can_retry: bool,
    /// It is linked, and can be unlinked; the name with which that is asked.
    pub can_unlink: bool,
    /// It can be protected.
    pub can_protect: bool,
    /// The checks, values and groups of now.
    pub look: LookView,
    /// What was done about it, the newest first.
    pub history: Vec<PastView>,
}

/// What was found about one object just now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LookView {
    /// The checks in their order.
    pub checks: Vec<CheckView>,
    /// Attributes.
    pub values: Vec<ValueView>,
    /// Groups of a person.
    pub groups: Vec<GroupView>,
    /// What the next cycle does: a sentence.
    pub next: String,
    /// Its operations.
    pub ops: Vec<OpRow>,
    /// Others of the same name, by DN, each with the page that explains it.
    pub others: Vec<(String, String)>,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckView {
    /// What was looked at.
    pub title: String,
    /// *Passed*, *Look at it*, *Failed*, *Worth knowing*.
    pub label: String,
    /// Its colour.
    pub tone: Tone,
    /// What was found.
    pub found: String,
}

/// An attribute: in the directory, as mapped, and as last written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueView {
    /// The service's attribute.
    pub attribute: String,
    /// Nobody is written without it.
    pub required: bool,
    /// The directory's attributes with their values.
    pub sources: Vec<(String, String)>,
    /// What the mapping makes of them.
    pub mapped: Option<String>,
    /// What was last written.
    pub written: Option<String>,
    /// What is wrong with it.
    pub problem: String,
    /// Mapped and written are not the same.
    pub differs: bool,
}

/// A group that lists somebody, or was said to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupView {
    /// Its name.
    pub name: String,
    /// Its page.
    pub href: String,
    /// Where it is.
    pub dn: String,
    /// In a word how it is with this person.
    pub state: String,
    /// The colour of that.
    pub tone: Tone,
}

/// An operation of the past.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PastView {
    /// When.
    pub at: TimeView,
    /// The page of its cycle.
    pub cycle: String,
    /// What was done, and what came of it.
    pub object: CycleObjectRow,
}

/// The page of Explain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplainPage {
    /// The channel: name and path.
    pub channel: (String, String),
    /// Where the form leads.
    pub action: String,
    /// What was typed.
    pub name: String,
    /// What came of it, when something was typed.
    pub found: Option<ExplainFound>,
}

/// What Explain found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplainFound {
    /// What it is called; empty where nobody was found.
    pub name: String,
    /// *User* or *Group*.
    pub kind: String,
    /// Its own page, where the channel knows it.
    pub href: String,
    /// The next cycle has something to do about it: where the button that has it done now posts, and its anchor.
    pub sync: Option<(String, String)>,
    /// What follows, in a word.
    pub state: String,
    /// The colour of that.
    pub tone: Tone,
    /// Code of what follows, for scripts: `in_sync`, `would_write`, `held`, `out`.
    pub end: String,
    /// The rest.
    pub look: LookView,
}

/// The page of Verify.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerifyPage {
    /// The channel: name and path.
    pub channel: (String, String),
    /// Where its buttons post.
    pub action: String,
    /// The service is being listed.
    pub running: bool,
    /// What was found last.
    pub found: Option<VerifyFound>,
}

/// What Verify found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerifyFound {
    /// In a word.
    pub state: String,
    /// Its colour.
    pub tone: Tone,
    /// In a sentence.
    pub sentence: String,
    /// When.
    pub when: TimeView,
    /// Labels with values.
    pub facts: Vec<(String, String)>,
    /// What could not be verified, and what is under way.
    pub notes: Vec<String>,
    /// Linked objects that are not there.
    pub missing: u32,
    /// Linked objects with other values, or active otherwise.
    pub changed: u32,
    /// Groups with other members.
    pub members: u32,
    /// Groups whose members the service does not tell.
    pub unverified_groups: u32,
    /// Why nothing could be compared; empty where it was.
    pub problem: String,
    /// The first differences.
    pub drifts: Vec<DriftRow>,
    /// How many there are.
    pub drifts_total: u32,
    /// The first objects that nobody keeps: name, kind, id at the service.
    pub unknown: Vec<(String, String, String)>,
    /// How many there are.
    pub unknown_total: u32,
    /// They can be written again.
    pub can_repair: bool,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DriftRow {
    /// Whose.
    pub name: String,
    /// *User* or *Group*.
    pub kind: String,
    /// Its page.
    pub href: String,
    /// *Missing*, *Changed*, *Other members*.
    pub what: String,
    /// Its colour.
    pub tone: Tone,
    /// In a sentence.
    pub detail: String,
    /// What was written, and what is there.
    pub changes: Vec<ChangeRow>,
}
