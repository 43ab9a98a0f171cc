//! The list of SP Connections.

use super::{DraftRow, TimeView, WaitingRow};
use domain::id::ConnectionId;
use serde::{Deserialize, Serialize};

/// A page of the list, as its address asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionList {
    /// Rows of this page.
    pub rows: Vec<ConnectionRow>,
    /// Open drafts.
    pub drafts: Vec<DraftRow>,
    /// Drafts of other objects from which one came here.
    pub waiting: Vec<WaitingRow>,
    /// There is none at all, whatever is asked for.
    pub is_empty: bool,
    /// How many there are, such as `41 to 60 of 2000`.
    pub counted: String,
    /// What is searched for.
    pub text: String,
    /// What it can be narrowed by.
    pub filters: Vec<FilterView>,
    /// Columns that sort the list.
    pub heads: Vec<SortHead>,
    /// What the search keeps besides: names and values.
    pub kept: Vec<(String, String)>,
    /// Which page, from 1.
    pub page: u32,
    /// How many pages.
    pub pages: u32,
    /// The address of a page without its number.
    pub base: String,
}

/// A filter of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterView {
    /// Its parameter.
    pub name: String,
    /// What is read.
    pub label: String,
    /// Values and labels.
    pub choices: Vec<(String, String)>,
    /// The value chosen.
    pub chosen: String,
}

/// A heading that sorts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SortHead {
    /// What is read.
    pub label: String,
    /// The list sorted so.
    pub href: String,
    /// `ascending` or `descending` where the list is sorted by it; else `none`.
    pub sorted: String,
}

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionRow {
    /// Its id.
    pub id: ConnectionId,
    /// Its name.
    pub name: String,
    /// Partner's Entity ID.
    pub entity_id: String,
    /// What it is for, such as *Browser SSO · Outbound Provisioning, 2 channels*.
    pub is_for: String,
    /// What is wrong with it, in sentences.
    pub warnings: Vec<String>,
    /// When it was saved first.
    pub created: TimeView,
    /// When it was saved last.
    pub updated: TimeView,
    /// Enabled.
    pub enabled: bool,
    /// What stops when it is turned off.
    pub off_consequence: String,
    /// What can be done with it.
    pub menu: Vec<MenuItem>,
}

/// Something that can be done with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuItem {
    /// What is read.
    pub label: String,
    /// What it does.
    pub does: MenuAct,
}

/// What an item of a menu does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MenuAct {
    /// Leads to a page.
    Go(String),
    /// Downloads a file.
    Download(String),
    /// Asks, and then posts.
    Ask {
        /// The question, naming the object.
        question: String,
        /// What follows.
        consequence: String,
        /// What is read on the button that does it.
        button: String,
        /// Where that posts.
        to: String,
        /// The id it posts.
        id: String,
        /// It takes something away.
        danger: bool,
    },
}
