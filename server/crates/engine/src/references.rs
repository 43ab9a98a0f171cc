//! References to people who are not provisioned: they are left out, and a note of the cycle says whose.

use crate::decide::Unresolved;
use domain::id::SourceId;
use domain::model::link::{ObjectKind, Written};
use std::collections::HashMap;

impl Unresolved<'_> {
    /// Says whose references are left out, since the people they name are not at the target and will not be.
    pub(crate) fn note_lost_references(&mut self, written: &HashMap<(ObjectKind, SourceId), Written>) {
        let kind = ObjectKind::User;
        for (row, (count, named)) in std::mem::take(&mut self.findings.lost_references) {
            let attribute = &self.config.rows[row as usize].name;
            let name_of = |id: &SourceId| {
                let new = self.users.candidates.iter().find(|candidate| &candidate.source == id).map(|candidate| candidate.name.as_str());
                let known = || written.get(&(kind, id.clone())).and_then(|w| self.config.name_in(kind, &w.values));
                new.or_else(known).unwrap_or(&id.0).to_owned()
            };
            let names = named.iter().map(name_of).collect::<Vec<_>>().join(", ");
            let note = match count as usize - named.len() {
                0 if count == 1 => format!("The {attribute} of {names} is left out: that person is not provisioned by this channel."),
                0 => format!(
                    "The {attribute} of {count} people is left out, since it names people who are not provisioned by this channel: {names}."
                ),
                more => format!(
                    "The {attribute} of {count} people is left out, since it names people who are not provisioned by this channel: {names} and {more} more."
                ),
            };
            self.coverage.notes.push(note);
        }
    }
}
