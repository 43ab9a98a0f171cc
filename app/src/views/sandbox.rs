//! The pages of the sandbox, told as data: what only a sandbox shows costs the browser's code one renderer, and its words stay on
//! the server.

use super::{ChangeRow, Tone};
use domain::problem::Problems;
use domain::view::FieldView;
use serde::{Deserialize, Serialize};

/// One page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SandboxPage {
    /// The heading.
    pub title: String,
    /// Pages above: label and path.
    pub trail: Vec<(String, String)>,
    /// A sentence.
    pub sentence: String,
    /// The console that this is a page of, where it is not Towpath's own.
    pub console: String,
    /// Pages beside this one.
    pub tabs: Vec<TabLink>,
    /// What can be done with the whole.
    pub actions: Vec<Act>,
    /// What came of what was done last.
    pub notice: Option<(Tone, String)>,
    /// What the page shows, from the top.
    pub parts: Vec<Part>,
    /// It is read again whenever a channel's state or progress changed.
    pub live: bool,
    /// Something is going on: without JavaScript the page loads itself again.
    pub waiting: bool,
}

/// A page beside another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabLink {
    /// What is read.
    pub label: String,
    /// Its path.
    pub href: String,
    /// It is the one shown.
    pub current: bool,
}

/// A piece of a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Part {
    /// Pieces under a heading.
    Panel {
        /// Unique on the page.
        id: String,
        /// The heading.
        title: String,
        /// A sentence.
        intro: String,
        /// The pieces.
        parts: Vec<Part>,
    },
    /// A sentence.
    Text(String),
    /// What must be read first.
    Alert(Tone, String),
    /// Labels with their values.
    Facts(Vec<Fact>),
    /// A table.
    Table(TableView),
    /// Ways to show less: label, path, how many, shown now.
    Filter {
        /// What is filtered.
        label: String,
        /// The ways.
        links: Vec<(TabLink, u32)>,
    },
    /// A field to search by.
    Search {
        /// Its label.
        label: String,
        /// What is searched for now.
        value: String,
        /// Other parts of the address that stay.
        keep: Vec<(String, String)>,
    },
    /// From page to page of a long list.
    Pages {
        /// Which, from 1.
        page: u32,
        /// How many.
        pages: u32,
        /// The path with everything but the page's number.
        base: String,
    },
    /// Something to fill in.
    Form(FormView),
    /// Buttons.
    Acts(Vec<Act>),
    /// What happens one after the other.
    Way(Vec<WayStep>),
}

/// A label with its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// The label.
    pub label: String,
    /// The value.
    pub value: String,
    /// A sentence about it.
    pub note: String,
    /// It is there to be copied.
    pub copy: bool,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableView {
    /// What it lists.
    pub label: String,
    /// Headings; one that starts with a blank is only read out.
    pub columns: Vec<String>,
    /// Rows of cells.
    pub rows: Vec<Vec<Cell>>,
    /// What is read while there is no row.
    pub empty: String,
}

/// One cell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// The text.
    pub text: String,
    /// Where it leads; empty for nowhere.
    pub href: String,
    /// A second, smaller line.
    pub under: String,
    /// The text is a state with this colour.
    pub tone: Option<Tone>,
    /// The text is an id or the like.
    pub code: bool,
    /// What changed.
    pub changes: Vec<ChangeRow>,
    /// Buttons.
    pub acts: Vec<Act>,
}

/// What a button does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// What is read on it.
    pub label: String,
    /// What it is called where its label alone does not say it.
    pub name: Option<String>,
    /// Where it leads or posts.
    pub to: String,
    /// It posts.
    pub posts: bool,
    /// It is the one to press next.
    pub primary: bool,
    /// It takes something away.
    pub danger: bool,
    /// It is one of a row of a table.
    pub small: bool,
    /// What is asked before it is done, and what follows from it.
    pub question: Option<(String, String)>,
}

/// Something to fill in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FormView {
    /// Where it posts.
    pub action: String,
    /// What is asked.
    pub fields: Vec<FieldView>,
    /// A file to choose: name, label, a sentence.
    pub file: Option<(String, String, String)>,
    /// What is wrong with what was typed.
    pub problems: Problems,
    /// What is read on its button.
    pub button: String,
    /// It takes something away.
    pub danger: bool,
    /// Where not doing it leads; empty for nowhere.
    pub cancel: String,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WayState {
    /// It happened.
    Done,
    /// It is happening, or is the next to happen.
    Now,
    /// It comes later.
    Ahead,
    /// It does not go on from here by itself.
    Stuck,
}

/// One step of what happens one after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WayStep {
    /// What it is.
    pub title: String,
    /// How far it is.
    pub state: WayState,
    /// When, as `22:58:03.123`; empty while it is not.
    pub at: String,
    /// Sentences and tables.
    pub parts: Vec<Part>,
}
