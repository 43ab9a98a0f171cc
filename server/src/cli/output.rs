//! What the commands print.

use anyhow::{Context, Result};
use serde::Serialize;
use std::io::Write;

/// Prints text as it is.
pub fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("standard output cannot be written")
}

/// Prints a value as one line of JSON.
pub fn json(value: &impl Serialize) -> Result<()> {
    print(&format!("{}\n", serde_json::to_string(value).context("the answer cannot be written as JSON")?))
}

/// Prints rows in columns; the first is the heading.
pub fn table(rows: &[Vec<String>]) -> Result<()> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| rows.iter().filter_map(|r| r.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    print(&text)
}

/// An error with its causes, as a sentence.
pub fn sentence(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    if text.ends_with(['.', '!', '?']) { text } else { format!("{text}.") }
}
