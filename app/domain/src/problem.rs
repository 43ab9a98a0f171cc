//! What is wrong with what a person typed: by field, as data.

use serde::{Deserialize, Serialize};

/// One problem. `field` is the form field's name, or empty for the task as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The form field's name, or empty.
    pub field: String,
    /// A sentence for the person who typed it.
    pub message: String,
}

/// All problems of one tab or task, in the order of the fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// No problem.
    pub fn none() -> Self {
        Self::default()
    }
    /// One problem at one field.
    pub fn at(field: impl Into<String>, message: impl Into<String>) -> Self {
        let mut problems = Self::default();
        problems.add(field, message);
        problems
    }
    /// Adds one.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem { field: field.into(), message: message.into() });
    }
    /// Adds all of another.
    pub fn extend(&mut self, other: Problems) {
        for problem in other.0 {
            if !self.0.contains(&problem) {
                self.0.push(problem);
            }
        }
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The messages at one field.
    pub fn of<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |p| p.field == field).map(|p| p.message.as_str())
    }
    /// Whether a field already has one.
    pub fn has(&self, field: &str) -> bool {
        self.0.iter().any(|p| p.field == field)
    }
}
