//! What callers see of one entry.

use std::collections::HashSet;

use super::attribute::Source;
pub use super::entry::Kind;
use super::entry::{Entry, Id};
use super::guid::Guid;
use super::model::Directory;

/// An entry, to look at.
#[derive(Clone, Copy, Debug)]
pub struct EntryView<'a> {
    directory: &'a Directory,
    id: Id,
    entry: &'a Entry,
}

impl<'a> EntryView<'a> {
    pub(super) fn new(directory: &'a Directory, id: Id, entry: &'a Entry) -> Self {
        Self { directory, id, entry }
    }

    /// The distinguished name.
    pub fn dn(&self) -> String {
        self.directory.dn(self.id)
    }

    /// What identifies it.
    pub fn guid(&self) -> Guid {
        self.entry.guid
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.entry.kind
    }

    /// Whether the account may not sign on.
    pub fn is_disabled(&self) -> bool {
        self.entry.is_disabled()
    }

    /// When it was changed last, in update sequence numbers.
    pub fn usn_changed(&self) -> u64 {
        self.entry.usn_changed
    }

    /// All values of an attribute, computed ones too; octets that are no text are left out.
    pub fn values(&self, attribute: &str) -> Vec<String> {
        let values = self.directory.values(self.id, &Source::of(attribute));
        values.into_iter().filter_map(|value| String::from_utf8(value.to_vec()).ok()).collect()
    }

    /// The first value of an attribute.
    pub fn value(&self, attribute: &str) -> Option<String> {
        self.values(attribute).into_iter().next()
    }

    /// The names of its direct members.
    pub fn members(&self) -> Vec<String> {
        self.entry.members.iter().map(|id| self.directory.dn(*id)).collect()
    }

    /// The entry it lies in; `None` for the root of a partition.
    pub fn parent(&self) -> Option<EntryView<'a>> {
        self.entry.parent.map(|id| self.directory.view(id))
    }

    /// Its direct members, in the order they joined.
    pub fn member_entries(&self) -> Vec<EntryView<'a>> {
        self.entry.members.iter().map(|id| self.directory.view(*id)).collect()
    }

    /// Its direct and nested members, oldest first; itself only when groups contain each other.
    pub fn all_members(&self) -> Vec<EntryView<'a>> {
        self.sorted(self.directory.reached(self.id, |entry| &entry.members))
    }

    /// The groups it is a direct member of, in the order it joined.
    pub fn group_entries(&self) -> Vec<EntryView<'a>> {
        self.entry.member_of.iter().map(|id| self.directory.view(*id)).collect()
    }

    /// The groups it is a member of, directly or through another, oldest first.
    pub fn all_groups(&self) -> Vec<EntryView<'a>> {
        self.sorted(self.directory.reached(self.id, |entry| &entry.member_of))
    }

    fn sorted(&self, ids: HashSet<Id>) -> Vec<EntryView<'a>> {
        let mut ids: Vec<Id> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.into_iter().map(|id| self.directory.view(id)).collect()
    }

    /// The names of the groups it is a direct member of.
    pub fn member_of(&self) -> Vec<String> {
        self.entry.member_of.iter().map(|id| self.directory.dn(*id)).collect()
    }
}
