//! Test reports: what a test did and found, in plain words, line by line.

use serde::{Deserialize, Serialize};

/// How one step of a test went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Good.
    Ok,
    /// Works, but look at it.
    Warning,
    /// Does not work.
    Failed,
    /// Worth knowing.
    Info,
}

/// One step of a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportLine {
    /// How it went.
    pub level: Level,
    /// What was tried: “Bind as CN=svc”.
    pub step: String,
    /// What was found, or the exact reason and what to try.
    pub found: String,
}

/// The result of Test Connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// In the order tried.
    pub lines: Vec<ReportLine>,
}

impl Report {
    /// Adds a line.
    pub fn add(&mut self, level: Level, step: impl Into<String>, found: impl Into<String>) {
        self.lines.push(ReportLine { level, step: step.into(), found: found.into() });
    }
    /// Whether nothing failed.
    pub fn passed(&self) -> bool {
        !self.lines.is_empty() && self.lines.iter().all(|l| l.level != Level::Failed)
    }
}
