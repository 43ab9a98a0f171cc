//! The directory as a JSON file, so that a sandbox with a data directory finds its company as it left it.

use std::fs;
use std::io::Write;
use std::path::Path;

use domain::text::dn;
use serde::{Deserialize, Serialize};

use super::bin::Deleted;
use super::entry::{Entry, Id, Kind, Value};
use super::error::DirectoryError;
use super::guid::Guid;
use super::model::{Directory, Landmarks};

/// Changes when an older file can no longer be read.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Saved {
    version: u32,
    seed: u64,
    made: u64,
    usn: u64,
    bind: String,
    users_group: String,
    groups_group: String,
    person_password: String,
    entries: Vec<SavedEntry>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    bin: Vec<SavedDeleted>,
}

/// A person in the bin. Others are named by GUID.
#[derive(Serialize, Deserialize)]
struct SavedDeleted {
    entry: SavedEntry,
    parent: String,
    groups: Vec<String>,
    manager: Option<String>,
    reports: Vec<String>,
}

/// An entry; others are named by their place in the file.
#[derive(Serialize, Deserialize)]
struct SavedEntry {
    guid: String,
    serial: u64,
    rdn: String,
    kind: Kind,
    parent: Option<u32>,
    values: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    members: Vec<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    manager: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    usn_created: u64,
    usn_changed: u64,
    created_at: i64,
    changed_at: i64,
}

impl Directory {
    /// Writes everything to a file that only its owner may read: it holds the passwords. The file is whole at every moment.
    pub fn save(&self, path: &Path) -> Result<(), DirectoryError> {
        let failed = |source| DirectoryError::Save { path: path.to_owned(), source };
        let text = serde_json::to_vec(&self.saved()).map_err(|error| failed(error.into()))?;
        let beside = path.with_extension("new");
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside).map_err(failed)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(failed)?;
        fs::rename(&beside, path).map_err(failed)
    }

    /// Reads what [`save`](Self::save) wrote. The clock is not part of it.
    pub fn load(path: &Path) -> Result<Self, DirectoryError> {
        let text = fs::read(path).map_err(|source| DirectoryError::Load { path: path.to_owned(), source })?;
        let saved: Saved = serde_json::from_slice(&text).map_err(|source| DirectoryError::Format { path: path.to_owned(), source })?;
        Self::restore(saved).map_err(|reason| DirectoryError::Corrupt { path: path.to_owned(), reason })
    }

    fn saved(&self) -> Saved {
        let ids: Vec<Id> = self.ids().collect();
        // Ids are given out in order, so the list is sorted; links lead only to what is in it.
        let place = |id: &Id| ids.partition_point(|other| other < id) as u32;
        let entries = ids.iter().map(|id| self.at(*id)).map(|entry| SavedEntry {
            parent: entry.parent.as_ref().map(place),
            members: entry.members.iter().map(place).collect(),
            manager: entry.manager.as_ref().map(place),
            ..SavedEntry::alone(entry)
        });
        let text = |guids: &[Guid]| guids.iter().map(Guid::to_string).collect();
        let bin = self.bin.iter().map(|deleted| SavedDeleted {
            entry: SavedEntry::alone(&deleted.entry),
            parent: deleted.parent.to_string(),
            groups: text(&deleted.groups),
            manager: deleted.manager.as_ref().map(Guid::to_string),
            reports: text(&deleted.reports),
        });
        Saved {
            version: VERSION,
            seed: self.seed,
            made: self.made,
            usn: self.usn,
            bind: self.landmarks.bind.to_string(),
            users_group: self.landmarks.users_group.to_string(),
            groups_group: self.landmarks.groups_group.to_string(),
            person_password: self.person_password.to_string(),
            entries: entries.collect(),
            bin: bin.collect(),
        }
    }

    /// The error says what contradicts what, as a sentence.
    fn restore(saved: Saved) -> Result<Self, String> {
        if saved.version != VERSION {
            return Err(format!("It is of version {}, and this program reads version {VERSION}.", saved.version));
        }
        let landmarks =
            Landmarks { bind: guid(&saved.bind)?, users_group: guid(&saved.users_group)?, groups_group: guid(&saved.groups_group)? };
        check(&saved.entries)?;
        let mut directory = Self::bare(saved.seed, landmarks, saved.person_password.into());
        (directory.made, directory.usn) = (saved.made, saved.usn);
        let mut links = Vec::with_capacity(saved.entries.len());
        for row in saved.entries {
            let (members, manager) = (row.members.clone(), row.manager);
            let entry = Entry { parent: row.parent.map(Id), ..row.restore(&mut directory)? };
            if directory.guid_of(&entry.guid).is_some() {
                return Err(format!("The GUID {} is there twice.", entry.guid));
            }
            let canonical = canonical(&entry)?;
            if entry.parent.is_some_and(|parent| directory.child(parent, &canonical).is_some()) {
                return Err(format!("‘{}’ is there twice.", entry.rdn));
            }
            let id = directory.adopt(entry);
            links.push((id, members, manager));
        }
        for (id, members, manager) in links {
            for member in members {
                directory.link_member(id, Id(member));
            }
            directory.link_manager(id, manager.map(Id));
        }
        if [landmarks.bind, landmarks.users_group, landmarks.groups_group].iter().any(|guid| directory.guid_of(guid).is_none()) {
            return Err("The account to bind with or a group of the scope is missing.".to_owned());
        }
        for deleted in saved.bin {
            let guids = |texts: &[String]| texts.iter().map(|text| guid(text)).collect::<Result<Vec<_>, _>>();
            let (parent, groups, reports) = (guid(&deleted.parent)?, guids(&deleted.groups)?, guids(&deleted.reports)?);
            let manager = deleted.manager.as_deref().map(guid).transpose()?;
            let entry = deleted.entry.restore(&mut directory)?;
            canonical(&entry)?;
            if directory.guid_of(&entry.guid).is_some() {
                return Err(format!("‘{}’ is both deleted and not.", entry.rdn));
            }
            directory.bin.push(Deleted { entry, parent, groups, manager, reports });
        }
        Ok(directory)
    }
}

impl SavedEntry {
    /// Without its links.
    fn alone(entry: &Entry) -> Self {
        Self {
            guid: entry.guid.to_string(),
            serial: entry.serial,
            rdn: entry.rdn.to_string(),
            kind: entry.kind,
            parent: None,
            values: entry.values.iter().map(|value| (value.name.to_string(), value.text.to_string())).collect(),
            members: Vec::new(),
            manager: None,
            password: entry.password.as_deref().map(str::to_owned),
            usn_created: entry.usn_created,
            usn_changed: entry.usn_changed,
            created_at: entry.created_at,
            changed_at: entry.changed_at,
        }
    }

    /// The entry without its links.
    fn restore(self, directory: &mut Directory) -> Result<Entry, String> {
        Ok(Entry {
            guid: guid(&self.guid)?,
            serial: self.serial,
            parent: None,
            rdn: self.rdn.into(),
            kind: self.kind,
            values: self.values.into_iter().map(|(name, text)| Value { name: directory.intern(&name), text: text.into() }).collect(),
            members: Vec::new(),
            member_of: Vec::new(),
            manager: None,
            reports: Vec::new(),
            password: self.password.map(Into::into),
            usn_created: self.usn_created,
            usn_changed: self.usn_changed,
            created_at: self.created_at,
            changed_at: self.changed_at,
        })
    }
}

fn guid(text: &str) -> Result<Guid, String> {
    text.parse().map_err(|_| format!("‘{text}’ is no GUID."))
}

fn canonical(entry: &Entry) -> Result<String, String> {
    dn::canonical(&entry.rdn).map_err(|_| format!("‘{}’ is no name.", entry.rdn))
}

/// Places must exist, and the way up from every entry must end.
fn check(entries: &[SavedEntry]) -> Result<(), String> {
    for row in entries {
        let mut places = row.members.iter().chain(&row.parent).chain(&row.manager);
        if places.any(|place| *place as usize >= entries.len()) {
            return Err(format!("‘{}’ points at an entry that is not there.", row.rdn));
        }
        let above = std::iter::successors(row.parent, |place| entries[*place as usize].parent);
        if above.take(entries.len() + 1).count() > entries.len() {
            return Err(format!("‘{}’ lies below itself.", row.rdn));
        }
    }
    Ok(())
}
