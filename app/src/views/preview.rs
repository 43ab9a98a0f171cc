//! What a cycle would do: for the page, and for the command line.

use super::{HeldView, ObjectNote, OpRow};
use domain::id::{ChannelId, DraftId};
use serde::{Deserialize, Serialize};

/// What a cycle would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewPage {
    /// Of which channel.
    pub channel: ChannelId,
    /// Its name.
    pub channel_name: String,
    /// The draft that it is of, with the path of the tab it was asked from; `None`: of what is saved.
    pub draft: Option<(DraftId, String)>,
    /// Who would enter and leave, in a sentence.
    pub summary: String,
    /// People who come and go.
    pub users: MovesView,
    /// Groups that come and go.
    pub groups: MovesView,
    /// Label and count: `Create users`, 12.
    pub counts: Vec<(String, u32)>,
    /// By operation and reason.
    pub reasons: Vec<ReasonRow>,
    /// What the read saw, in sentences.
    pub sentences: Vec<String>,
    /// Why the directory was not read completely; then this is not all that there is.
    pub problem: Option<String>,
    /// What would be done.
    pub ops: Vec<OpRow>,
    /// How many there are in all.
    pub total: u32,
    /// What a guard would hold.
    pub held: Vec<HeldView>,
    /// Objects left out.
    pub skipped: Vec<ObjectNote>,
    /// How many there are in all.
    pub skipped_total: u32,
    /// Which page of the operations, of those held by each guard, and of those left out, from 1.
    pub page: u32,
    /// How many pages there are.
    pub pages: u32,
    /// Names this preview, so that its other pages are of the same; empty where they are worked out anew.
    pub of: String,
}

/// Objects that come and go, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovesView {
    /// Would be created, adopted or enabled.
    pub entering: Names,
    /// Would be disabled or deleted, at once or once somebody approves it.
    pub leaving: Names,
    /// Left, and would stay as they are.
    pub staying: Names,
}

/// The first of some names, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// In all.
    pub total: u32,
    /// In their order.
    pub names: Vec<String>,
}

/// Objects that share operation and reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonRow {
    /// What would be done to what, such as *Create users*; *Leave out users* where nothing would.
    pub operation: String,
    /// Why, with the values in it left out.
    pub reason: String,
    /// How many.
    pub count: u32,
    /// The first few.
    pub examples: Vec<String>,
}
