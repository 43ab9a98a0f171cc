//! The recycle bin: people who were deleted can be brought back as they were, with the GUID, the groups and the reports they had.

use super::change::rdn_value;
use super::entry::{Entry, Kind};
use super::error::DirectoryError;
use super::guid::Guid;
use super::model::Directory;

/// A person who was deleted. Who was above, and the other ends of links, are kept by GUID: they may be deleted meanwhile, too.
#[derive(Clone, Debug)]
pub(super) struct Deleted {
    /// Without links.
    pub entry: Entry,
    pub parent: Guid,
    pub groups: Vec<Guid>,
    pub manager: Option<Guid>,
    pub reports: Vec<Guid>,
}

/// A deleted person, to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedPerson {
    /// Who.
    pub guid: Guid,
    /// The common name.
    pub name: String,
    /// `mail`, if there was one.
    pub mail: Option<String>,
    /// Unix seconds.
    pub deleted_at: i64,
}

impl Directory {
    /// Deletes every person and leaves groups, units and the account to bind with: the mistake of a bad evening. Answers how many.
    pub fn delete_everybody(&mut self) -> usize {
        let bind = self.landmarks.bind;
        let everybody: Vec<String> = self.people().map(|person| person.guid()).filter(|guid| *guid != bind).map(|g| g.as_name()).collect();
        everybody.iter().filter(|name| self.delete(name).is_ok()).count()
    }

    /// Everybody in the bin, the latest first.
    pub fn deleted(&self) -> Vec<DeletedPerson> {
        let view = |deleted: &Deleted| DeletedPerson {
            guid: deleted.entry.guid,
            name: rdn_value(&deleted.entry.rdn),
            mail: deleted.entry.stored("mail").next().map(str::to_owned),
            deleted_at: deleted.entry.changed_at,
        };
        self.bin.iter().rev().map(view).collect()
    }

    /// Brings a deleted person back to where they were. Groups and reports that are gone meanwhile are left out; groups that get
    /// a member back count as changed.
    pub fn bring_back(&mut self, guid: &Guid) -> Result<(), DirectoryError> {
        let missing = || DirectoryError::NotFound { name: guid.as_name() };
        let at = self.bin.iter().position(|deleted| deleted.entry.guid == *guid).ok_or_else(missing)?;
        let deleted = &self.bin[at];
        let parent = self.guid_of(&deleted.parent).ok_or(DirectoryError::NoParent { name: rdn_value(&deleted.entry.rdn) })?;
        self.place_is_free(parent, &deleted.entry.rdn, None)?;
        if let Some(login) = deleted.entry.login() {
            self.login_is_free(&login, None)?;
        }
        let Deleted { mut entry, groups, manager, reports, .. } = self.bin.remove(at);
        entry.parent = Some(parent);
        let id = self.adopt(entry);
        for group in groups.iter().filter_map(|guid| self.guid_of(guid)).collect::<Vec<_>>() {
            self.link_member(group, id);
            self.touch(group);
        }
        if let Some(manager) = manager.and_then(|guid| self.guid_of(&guid)) {
            self.link_manager(id, Some(manager));
        }
        for report in reports {
            match self.guid_of(&report) {
                Some(report) if self.at(report).manager.is_none() => self.link_manager(report, Some(id)),
                Some(_) => {}
                // Deleted later, and then already without a manager.
                None => {
                    let waiting = self.bin.iter_mut().find(|deleted| deleted.entry.guid == report);
                    waiting.into_iter().for_each(|deleted| deleted.manager = deleted.manager.or(Some(*guid)));
                }
            }
        }
        self.touch(id);
        Ok(())
    }

    /// Brings everybody back who can be; answers how many, and why others cannot.
    pub fn bring_everybody_back(&mut self) -> (usize, Vec<DirectoryError>) {
        let everybody: Vec<Guid> = self.bin.iter().map(|deleted| deleted.entry.guid).collect();
        let mut refused = Vec::new();
        let mut count = 0;
        for guid in everybody {
            match self.bring_back(&guid) {
                Ok(()) => count += 1,
                Err(error) => refused.push(error),
            }
        }
        (count, refused)
    }

    /// Remembers a person who is about to be deleted.
    pub(super) fn put_in_bin(&mut self, entry: &Entry) {
        if entry.kind != Kind::Person {
            return;
        }
        let Some(parent) = entry.parent else { return };
        let guid = |id: &super::entry::Id| self.at(*id).guid;
        let deleted = Deleted {
            parent: guid(&parent),
            groups: entry.member_of.iter().map(guid).collect(),
            manager: entry.manager.as_ref().map(guid),
            reports: entry.reports.iter().map(guid).collect(),
            entry: Entry {
                parent: None,
                members: Vec::new(),
                member_of: Vec::new(),
                manager: None,
                reports: Vec::new(),
                changed_at: self.now(),
                ..entry.clone()
            },
        };
        self.bin.push(deleted);
    }
}
