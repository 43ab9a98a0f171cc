//! What became of sign-ons, and what would be said of somebody.

use super::connections::FilterView;
use super::{StateView, TimeView};
use domain::id::ConnectionId;
use serde::{Deserialize, Serialize};

/// A page of the list, as its address asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOnList {
    /// Rows of this page.
    pub rows: Vec<SignOnRow>,
    /// There is none at all, whatever is asked for.
    pub is_empty: bool,
    /// How many there are, such as `21 to 40 of 200`.
    pub counted: String,
    /// The person that is looked for.
    pub person: String,
    /// What it can be narrowed by.
    pub filters: Vec<FilterView>,
    /// Which page, from 1.
    pub page: u32,
    /// How many pages.
    pub pages: u32,
    /// The address of a page without its number.
    pub base: String,
}

/// What became of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOnRow {
    /// When.
    pub at: TimeView,
    /// How it went, with the reason.
    pub state: StateView,
    /// Who; empty where that is not known.
    pub person: String,
    /// Where it led.
    pub connection: String,
    /// How the person proved who they are, and how long it took.
    pub how: String,
    /// From where.
    pub address: String,
    /// Under which the logs have it.
    pub tracking: String,
}

/// What would be said of somebody at a service provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialPage {
    /// The connection.
    pub id: ConnectionId,
    /// Its name.
    pub name: String,
    /// Who is tried.
    pub username: String,
    /// The adapters that may be tried; none where there is one only.
    pub adapter: Option<FilterView>,
    /// What came of it; none: nobody was tried yet.
    pub outcome: Option<TrialOutcome>,
}

/// What came of a trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TrialOutcome {
    /// Nothing would be said, and why.
    Refused(String),
    /// What would be said.
    Said {
        /// Who, where and how: what is read, and the value.
        facts: Vec<(String, String)>,
        /// What a person should look at.
        warnings: Vec<String>,
        /// Each attribute of the contract, where it comes from, and its values.
        rows: Vec<(String, String, String)>,
        /// The message.
        xml: String,
    },
}
