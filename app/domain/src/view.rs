//! What a wizard page shows: plain data, made on the server, sent with the page, no aggregate and no secret in it.

use crate::form::FieldSpec;
use crate::model::report::Report;
use crate::problem::Problems;
use serde::{Deserialize, Serialize};

/// One page of a wizard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepView {
    /// The draft's id, for links and forms.
    pub draft: String,
    /// Kind of the object, as in the `kind` of a draft.
    pub kind: String,
    /// Path of this tab below `/wizard/{draft}/`.
    pub path: String,
    /// Tasks from the outermost to this one, each with the path of the tab it was left at.
    pub tasks: Vec<Crumb>,
    /// Tabs of this task.
    pub tabs: Vec<TabView>,
    /// Id of the tab shown.
    pub tab: String,
    /// A sentence or two at the top of the tab.
    pub intro: String,
    /// Its fields with what they hold.
    pub fields: Vec<FieldView>,
    /// The table of rows that are edited on this tab.
    pub rows: Option<RowsView>,
    /// What else the tab shows.
    pub body: Body,
    /// Problems of this tab.
    pub problems: Problems,
    /// Buttons at the bottom, in order.
    pub buttons: Vec<Button>,
    /// What the last test on this tab found.
    pub report: Option<Report>,
    /// The object does not exist yet.
    pub is_new: bool,
    /// Files that can be downloaded, made of what is in the draft.
    #[serde(default)]
    pub files: Vec<FileLink>,
    /// What its owner should know of how the draft came to be, in sentences.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Who saved the object last; `None` for one that does not exist yet.
    #[serde(default)]
    pub last_save: Option<LastSave>,
}

/// Who saved an object last, or deleted it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastSave {
    /// Who.
    pub by: String,
    /// When (unix ms).
    pub at: i64,
    /// When, in words; filled in where there is a clock.
    pub when: String,
    /// How it stands to the draft.
    pub kind: LastSaveKind,
}

/// How the last save stands to a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LastSaveKind {
    /// The draft was begun from it.
    Known,
    /// Somebody saved after the draft was begun.
    Newer,
    /// Somebody deleted the object after the draft was begun.
    Deleted,
}

/// A file made of what is in the draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileLink {
    /// Its name, the last part of its address.
    pub name: String,
    /// What is read on the button.
    pub label: String,
}

/// One task of the breadcrumb.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crumb {
    /// Title of the task.
    pub title: String,
    /// Path of a tab of it.
    pub path: String,
}

/// One tab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabView {
    /// Its id, the last part of its path.
    pub id: String,
    /// What is read.
    pub title: String,
    /// Its path below `/wizard/{draft}/`.
    pub path: String,
    /// How far it is.
    pub state: TabState,
}

/// How far a tab is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TabState {
    /// Shown now.
    Current,
    /// Complete.
    Complete,
    /// Something is missing or wrong, and it was visited.
    Incomplete,
    /// Not visited yet.
    Ahead,
}

/// A field and what it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldView {
    /// What is asked.
    pub spec: FieldSpec,
    /// What it holds; always empty for secrets.
    pub value: String,
}

/// A table whose rows are edited one at a time, on the tab itself.
///
/// Posted are `nav=row-add`, and `row-edit`, `row-delete`, `row-up`, `row-down`, `row-update`, `row-cancel`, each with `:` and the row's
/// number from 0. The inputs of the row being edited are named `rows.{number}.{column}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsView {
    /// What it lists, as in *Add a new row to 'Credential Validators'*.
    pub name: String,
    /// Headings.
    pub columns: Vec<String>,
    /// Its rows; a new one that is not yet taken is the last.
    pub rows: Vec<RowView>,
    /// What is read while there is none.
    pub empty: String,
    /// Its rows can be moved.
    pub is_ordered: bool,
    /// The cell by which its rows are told apart.
    pub named_by: u32,
    /// It stands below the tab's fields.
    pub is_below: bool,
}

/// A row of such a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowView {
    /// Its cells, for a row that is not being edited.
    pub cells: Vec<CellView>,
    /// Its fields, for the row that is.
    pub edit: Option<Vec<FieldView>>,
}

/// A cell of such a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellView {
    /// Name of its field; problems carry it.
    pub field: String,
    /// What is read.
    pub text: String,
}

/// A button at the bottom, posted as `nav`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What is posted.
    pub nav: String,
    /// What is read.
    pub label: String,
    /// The one to press next.
    pub primary: bool,
}

impl Button {
    /// A button.
    pub fn new(nav: impl Into<String>, label: impl Into<String>, primary: bool) -> Self {
        Self { nav: nav.into(), label: label.into(), primary }
    }
}

/// What a tab shows besides fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Body {
    /// Fields only.
    Plain,
    /// Everything entered, by tab, headings linking back.
    Summary(Vec<SummaryBlock>),
    /// A nested task behind a button, with a summary of it.
    Nested {
        /// Posted as `nav=open:{key}`.
        key: String,
        /// Label of the button, such as *Configure Provisioning*.
        label: String,
        /// What is set there already.
        rows: Vec<(String, String)>,
    },
    /// A list of nested tasks.
    List(ListBody),
    /// A table with one row a field; names of inputs are in `rows`.
    Mapping(Vec<MappingView>),
    /// A table of boxes to tick.
    Grid(GridView),
    /// Fields of the tab in a table.
    Cells(CellsView),
}

/// Fields of a tab in a table: what each row is about, and the fields in its cells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellsView {
    /// Headings: of the rows' names first.
    pub columns: Vec<String>,
    /// Rows: what each is about, and the names of its fields.
    pub rows: Vec<(String, Vec<String>)>,
}

/// A table of boxes: what each row is about, and a box for each column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GridView {
    /// Headings: of the rows' names first.
    pub columns: Vec<String>,
    /// Rows.
    pub rows: Vec<GridRow>,
}

impl GridView {
    /// The headings of the boxes that are ticked in a row, in words.
    pub fn ticked(&self, row: &GridRow) -> String {
        let ticked =
            row.boxes.iter().zip(self.columns.iter().skip(1)).filter(|((_, ticked), _)| *ticked).map(|(_, column)| column.as_str());
        ticked.collect::<Vec<_>>().join(", ")
    }
}

/// A row of boxes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GridRow {
    /// What it is about.
    pub name: String,
    /// Name of the input of each column, with whether it is ticked.
    pub boxes: Vec<(String, bool)>,
}

/// A list of nested tasks, such as channels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListBody {
    /// Headings.
    pub columns: Vec<String>,
    /// Rows.
    pub rows: Vec<ListRow>,
    /// Label of the button that adds one, posted as `nav=create`.
    pub create: String,
    /// What is read while there is none.
    pub empty: String,
}

/// A row of a list; posted as `nav=open:{key}` and `nav=delete:{key}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRow {
    /// Key of the nested task.
    pub key: String,
    /// The first cell opens it.
    pub cells: Vec<String>,
}

/// One target attribute of the mapping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappingView {
    /// Name of the target attribute.
    pub field: String,
    /// Must be mapped.
    pub required: bool,
    /// Name of its input.
    pub input: String,
    /// The source attribute, or what the row does when it is not one plain attribute.
    pub value: String,
    /// More than a plain attribute: edit it in its own task.
    pub detail: String,
    /// Attributes offered.
    pub choices: Vec<String>,
    /// From the connector.
    pub note: String,
}

/// One tab of a summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryBlock {
    /// Titles of the tasks and the tab.
    pub title: String,
    /// Its path below `/wizard/{draft}/`.
    pub path: String,
    /// Label and value.
    pub rows: Vec<(String, String)>,
    /// Problems of that tab.
    pub problems: Problems,
}
