//! From a directory entry to the object that shall be at the target, or to the reason why there is none.

use crate::config::{Config, text_mixer};
use crate::hash;
use domain::model::link::Digest;
use domain::model::plan::{Value, Values};
use domain::model::source::SourceEntry;
use domain::text::dn;
use std::borrow::Cow;

/// What the mapping made of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// Values by the connector's names. References are not among them: see `references`.
    pub values: Values,
    /// DNs of the people referred to, by the connector's names.
    pub references: Vec<(String, String)>,
    /// The match value.
    pub name: String,
    /// Whether the object shall be active.
    pub active: bool,
}

/// A mapped entry, borrowed: most are unchanged, and then nothing is copied.
pub(crate) struct Mapped<'e> {
    /// By row of the configuration.
    pub(crate) values: Vec<Option<Cow<'e, str>>>,
    /// The half of the value digest that is about texts.
    pub(crate) texts: u64,
    /// Unique keys, in the order of the rows.
    pub(crate) keys: Vec<(u16, Digest)>,
}

impl Config {
    /// What the mapping makes of one entry, for Explain: the object that shall be at the target, or why there is none.
    pub fn desired(&self, entry: &SourceEntry) -> Result<Desired, String> {
        let enabled = self.is_enabled(entry);
        if !enabled && !self.options.provision_disabled {
            return Err(DISABLED.into());
        }
        let mapped = self.map(entry)?;
        let references = (0..self.rows.len()).filter(|&row| self.is_reference(row));
        let references = references
            .filter_map(|row| mapped.values[row].as_ref().map(|dn| (self.rows[row].name.clone(), dn.clone().into_owned())))
            .collect();
        Ok(Desired { values: mapped.to_values(self), references, name: mapped.name(self).to_owned(), active: enabled })
    }

    /// Maps one entry; the error is a sentence.
    pub(crate) fn map<'e>(&'e self, entry: &'e SourceEntry) -> Result<Mapped<'e>, String> {
        let mut mapped = Mapped { values: Vec::with_capacity(self.rows.len()), texts: 0, keys: Vec::new() };
        let mut mixer = text_mixer();
        let mut problems: Vec<String> = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            let value = match row.value(&self.source, entry) {
                Ok(value) => value,
                Err(message) => {
                    problems.push(format!("the expression of {} failed: {}", row.name, message.trim_end_matches('.')));
                    mapped.values.push(None);
                    continue;
                }
            };
            match &value {
                None if row.required => problems.push(row.missing()),
                None => {}
                Some(value) => {
                    problems.extend(row.problem(value));
                    if row.unique {
                        mapped.keys.push((at as u16, hash::unique(&row.name, value)));
                    }
                    if !row.create_only && !self.is_reference(at) {
                        mixer.text(&row.name);
                        mixer.text(value);
                    }
                }
            }
            mapped.values.push(value);
        }
        mapped.texts = mixer.half();
        if problems.is_empty() { Ok(mapped) } else { Err(sentence(&problems)) }
    }

    /// What a person is called when the mapping gives no name: the match value after all, or the DN's first value.
    pub(crate) fn name_of_skipped(&self, entry: &SourceEntry) -> String {
        let value = self.rows[self.match_row].value(&self.source, entry).ok().flatten();
        value.map(Cow::into_owned).or_else(|| dn::first_value(&entry.dn)).unwrap_or_else(|| entry.id.0.clone())
    }
}

impl Mapped<'_> {
    pub(crate) fn name(&self, config: &Config) -> &str {
        self.values[config.match_row].as_deref().unwrap_or_default()
    }

    /// The texts, references left out.
    pub(crate) fn to_values(&self, config: &Config) -> Values {
        let texts = self.values.iter().enumerate().filter(|(row, _)| !config.is_reference(*row));
        texts
            .filter_map(|(row, value)| value.as_ref().map(|v| (config.rows[row].name.clone(), Value::Text(v.clone().into_owned()))))
            .collect()
    }
}

pub(crate) const DISABLED: &str = "Disabled in the directory.";
/// Why somebody is as if disabled whose account has ended.
pub(crate) const EXPIRED: &str = "The account has expired in the directory.";

/// Whether somebody is left out since their account is of no use now.
pub(crate) fn is_inactive(reason: &str) -> bool {
    reason == DISABLED || reason == EXPIRED
}

/// Joins problems into one sentence.
fn sentence(problems: &[String]) -> String {
    let text = problems.join("; ");
    match text.strip_prefix("the ") {
        Some(rest) => format!("The {rest}."),
        None => format!("{text}."),
    }
}
