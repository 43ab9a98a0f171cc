//! What can be done to the company: each task is a form and a change of the directory.

mod apply;
mod form;

pub use form::{RUN, is_person, name, name_of, unit_name, value};

use sandbox::directory::Guid;

/// A task, and about whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// A new person.
    Hire,
    /// Another name.
    Rename(Guid),
    /// Another family name and mail address.
    Marry(Guid),
    /// Another title and department.
    ChangeJob(Guid),
    /// To another unit.
    Move(Guid),
    /// The account may not sign on any more.
    Disable(Guid),
    /// It may again.
    Enable(Guid),
    /// The account is deleted.
    Remove(Guid),
    /// Into a group.
    Join(Guid),
    /// Out of a group: person, group.
    Leave(Guid, Guid),
    /// A new group.
    NewGroup,
    /// Another name of a group.
    RenameGroup(Guid),
    /// A group into this group.
    Nest(Guid),
    /// A member out of a group: group, member.
    TakeOut(Guid, Guid),
    /// A group is deleted.
    RemoveGroup(Guid),
    /// Everybody is deleted by mistake.
    Empty,
    /// A deleted person comes back.
    BringBack(Guid),
    /// All deleted people come back.
    BringEverybodyBack,
    /// The company is the sample again.
    Undo,
}

impl Task {
    /// Of a path below the company's page.
    pub fn parse(path: &[&str]) -> Option<Self> {
        let guid = |text: &str| text.parse::<Guid>().ok();
        Some(match path {
            ["hire"] => Self::Hire,
            ["empty"] => Self::Empty,
            ["undo"] => Self::Undo,
            ["bring-back"] => Self::BringEverybodyBack,
            ["bring-back", id] => Self::BringBack(guid(id)?),
            ["people", id, "leave", group] => Self::Leave(guid(id)?, guid(group)?),
            ["people", id, verb] => {
                let id = guid(id)?;
                match *verb {
                    "rename" => Self::Rename(id),
                    "marry" => Self::Marry(id),
                    "change-job" => Self::ChangeJob(id),
                    "move" => Self::Move(id),
                    "disable" => Self::Disable(id),
                    "enable" => Self::Enable(id),
                    "remove" => Self::Remove(id),
                    "join" => Self::Join(id),
                    _ => return None,
                }
            }
            ["groups", "new"] => Self::NewGroup,
            ["groups", id, "take-out", member] => Self::TakeOut(guid(id)?, guid(member)?),
            ["groups", id, "rename"] => Self::RenameGroup(guid(id)?),
            ["groups", id, "nest"] => Self::Nest(guid(id)?),
            ["groups", id, "remove"] => Self::RemoveGroup(guid(id)?),
            _ => return None,
        })
    }

    /// Its path below the sandbox's pages.
    pub fn path(self) -> String {
        let person = |id: Guid, verb: &str| format!("company/people/{id}/{verb}");
        let group = |id: Guid, verb: &str| format!("company/groups/{id}/{verb}");
        match self {
            Self::Hire => "company/hire".to_owned(),
            Self::Empty => "company/empty".to_owned(),
            Self::Undo => "company/undo".to_owned(),
            Self::BringEverybodyBack => "company/bring-back".to_owned(),
            Self::BringBack(id) => format!("company/bring-back/{id}"),
            Self::Rename(id) => person(id, "rename"),
            Self::Marry(id) => person(id, "marry"),
            Self::ChangeJob(id) => person(id, "change-job"),
            Self::Move(id) => person(id, "move"),
            Self::Disable(id) => person(id, "disable"),
            Self::Enable(id) => person(id, "enable"),
            Self::Remove(id) => person(id, "remove"),
            Self::Join(id) => person(id, "join"),
            Self::Leave(id, from) => person(id, &format!("leave/{from}")),
            Self::NewGroup => "company/groups/new".to_owned(),
            Self::RenameGroup(id) => group(id, "rename"),
            Self::Nest(id) => group(id, "nest"),
            Self::RemoveGroup(id) => group(id, "remove"),
            Self::TakeOut(id, member) => group(id, &format!("take-out/{member}")),
        }
    }

    /// Where not doing it leads.
    pub fn back(self) -> String {
        match self {
            Self::Rename(id)
            | Self::Marry(id)
            | Self::ChangeJob(id)
            | Self::Move(id)
            | Self::Disable(id)
            | Self::Enable(id)
            | Self::Remove(id)
            | Self::Join(id)
            | Self::Leave(id, _) => format!("company/people/{id}"),
            Self::RenameGroup(id) | Self::Nest(id) | Self::RemoveGroup(id) | Self::TakeOut(id, _) => format!("company/groups/{id}"),
            _ => "company".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_is_found_by_its_path() {
        let mut directory = sandbox::directory::sample(1);
        let a = directory.find(&directory.users_group_dn()).unwrap();
        let b = directory.add_group(&directory.groups_unit(), "B").unwrap();
        let all = [
            Task::Hire,
            Task::Rename(a),
            Task::Marry(a),
            Task::ChangeJob(a),
            Task::Move(a),
            Task::Disable(a),
            Task::Enable(a),
            Task::Remove(a),
            Task::Join(a),
            Task::Leave(a, b),
            Task::NewGroup,
            Task::RenameGroup(a),
            Task::Nest(a),
            Task::TakeOut(a, b),
            Task::RemoveGroup(a),
            Task::Empty,
            Task::BringBack(a),
            Task::BringEverybodyBack,
            Task::Undo,
        ];
        for task in all {
            let path = task.path();
            let parts: Vec<&str> = path.split('/').skip(1).collect();
            assert_eq!(Task::parse(&parts), Some(task), "{path}");
        }
        for bad in [&["people", "x", "rename"][..], &["groups", "new", "nest"], &["people"], &[]] {
            assert_eq!(Task::parse(bad), None, "{bad:?}");
        }
    }
}
