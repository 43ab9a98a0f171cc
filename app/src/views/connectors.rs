//! The page of Connectors.

use domain::id::{ConnectionId, ConnectorId};
use serde::{Deserialize, Serialize};

/// The page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorsPage {
    /// Every version.
    pub rows: Vec<ConnectorRow>,
    /// The last upload, if it was refused.
    pub refused: Option<RefusedView>,
    /// The folder that is looked into.
    pub folder: String,
    /// What lies there and was refused.
    pub folder_refused: Vec<RefusedView>,
}

/// A version of a connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorRow {
    /// Its id.
    pub id: ConnectorId,
    /// Its version.
    pub version: String,
    /// Its name.
    pub name: String,
    /// From where it came.
    pub source: String,
    /// By what kind of trial it is known to work.
    pub proof: String,
    /// What it was tried against.
    pub proven: String,
    /// What is wrong; empty where nothing is.
    pub warning: String,
    /// How many connections are made from it; empty: none.
    pub used_by: String,
    /// Some of them.
    pub named: Vec<(ConnectionId, String)>,
    /// How many more there are, in words.
    pub more: String,
    /// The newest version, when that is another one.
    pub newer: Option<String>,
    /// It was added here.
    pub is_added: bool,
}

/// A text that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedView {
    /// Of which file; empty for an upload.
    pub file: String,
    /// The text, to be put right.
    pub text: String,
    /// Line, what stands there, what is wrong.
    pub problems: Vec<(String, String, String)>,
}
