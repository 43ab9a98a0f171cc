//! Which entries a search finds.

use super::entry::Id;
use super::filter::Matcher;
use super::model::Directory;

/// How far below its base a search looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Base,
    One,
    Subtree,
}

impl Directory {
    /// The entries that match, oldest first.
    pub(super) fn search(&self, base: Id, scope: Scope, matcher: &Matcher) -> Vec<Id> {
        let matches = |id: &Id| matcher.matches(self, *id) == Some(true);
        if scope == Scope::Base {
            return Some(base).into_iter().filter(matches).collect();
        }
        let within = |id: &Id| match scope {
            Scope::One => self.at(*id).parent == Some(base),
            _ => self.is_within(*id, base),
        };
        match matcher.candidates(self) {
            Some(candidates) => candidates.into_iter().filter(|id| within(id) && matches(id)).collect(),
            None => self.ids().filter(|id| within(id) && matches(id)).collect(),
        }
    }
}
