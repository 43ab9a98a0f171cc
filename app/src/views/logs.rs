//! The log viewer.

use super::Tone;
use super::connections::FilterView;

/// Entries of a log that an address asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct LogPage {
    /// What the log is called.
    pub name: String,
    /// What is in it, in a sentence.
    pub sentence: String,
    /// Which log, which level and which channel.
    pub filters: Vec<FilterView>,
    /// What is searched for.
    pub text: String,
    /// What the list says of itself: how many there are, or how far the search came.
    pub counted: String,
    /// Headings.
    pub columns: Vec<String>,
    /// The newest first.
    pub rows: Vec<LogRow>,
    /// Where the next older ones are; empty: there are none.
    pub older: String,
    /// The newest are elsewhere: where.
    pub newest: String,
    /// It follows what is written.
    pub follows: bool,
    /// Where it stops to follow what is written, or begins to; empty on a page of older entries.
    pub follow: String,
    /// It is narrowed in some way.
    pub is_narrow: bool,
}

/// An entry.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRow {
    /// Its level with its colour; `None` where its log has none.
    pub level: Option<(String, Tone)>,
    /// Its cells in order.
    pub cells: Vec<LogCell>,
}

/// A part of an entry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogCell {
    /// What is written there.
    pub text: String,
    /// What that is about, with its address.
    pub link: Option<String>,
}
