//! What each task changes in the directory.

use super::Task;
use super::form::{is_group, is_person, name, name_of, unit_name, value};
use crate::ports::words::{count, list};
use crate::sandbox::pages::notebook::Subject;
use domain::form::Fields;
use domain::model::link::ObjectKind;
use domain::problem::Problems;
use domain::text::email::is_email;
use sandbox::directory::{Directory, DirectoryError, EntryView, Guid, NewPerson};
use std::collections::BTreeMap;

/// A change that was made.
#[derive(Debug)]
pub struct Done {
    /// A title better than the form's, which did not know whom it would be about.
    pub title: Option<String>,
    /// What, as sentences.
    pub what: String,
    /// Whom it concerns.
    pub subjects: Vec<Subject>,
    /// It concerns everybody.
    pub everybody: bool,
    /// Path of the page about whom it is; empty when they are gone.
    pub page: String,
}

/// Entries that a change may concern, in the order met, each once. Main ones stay main.
#[derive(Default)]
struct Concerned(Vec<Subject>, BTreeMap<String, usize>);

impl Concerned {
    fn add(&mut self, entry: &EntryView<'_>, main: bool) {
        let kind = match (is_person(entry), is_group(entry)) {
            (true, _) => ObjectKind::User,
            (_, true) => ObjectKind::Group,
            _ => return,
        };
        let id = entry.guid().to_string();
        match self.1.get(&id) {
            Some(at) => self.0[*at].main |= main,
            None => {
                self.1.insert(id.clone(), self.0.len());
                self.0.push(Subject { kind, id, name: name(entry), main });
            }
        }
    }

    /// An entry with what may change with it: the groups above and the people below.
    fn add_with_kin(&mut self, entry: &EntryView<'_>, main: bool) {
        self.add(entry, main);
        entry.all_groups().iter().chain(&entry.all_members()).for_each(|kin| self.add(kin, false));
    }

    fn add_everybody(&mut self, directory: &Directory) {
        directory.people().chain(directory.groups()).for_each(|entry| self.add(&entry, false));
    }
}

impl Task {
    /// Does it. What is wrong comes back by field.
    pub fn apply(self, directory: &mut Directory, fields: &Fields) -> Result<Done, Problems> {
        let mut concerned = Concerned::default();
        self.concern(directory, &mut concerned);
        let (what, about) = self.change(directory, fields)?;
        self.concern(directory, &mut concerned);
        if let Some(entry) = about.and_then(|guid| directory.entry(&guid.as_name())) {
            concerned.add_with_kin(&entry, true);
        }
        let page = match about.and_then(|guid| directory.entry(&guid.as_name())) {
            Some(entry) if is_person(&entry) => format!("company/people/{}", entry.guid()),
            Some(entry) => format!("company/groups/{}", entry.guid()),
            None => String::new(),
        };
        let title = match (self, concerned.0.iter().find(|subject| subject.main)) {
            (Self::Hire, Some(subject)) => Some(format!("Hire {}", subject.name)),
            (Self::NewGroup, Some(subject)) => Some(format!("Make the group ‘{}’", subject.name)),
            _ => None,
        };
        let everybody = matches!(self, Self::Empty | Self::BringEverybodyBack | Self::Undo);
        Ok(Done { title, what, subjects: concerned.0, everybody, page })
    }

    /// Whom it concerns as things stand.
    fn concern(self, directory: &Directory, concerned: &mut Concerned) {
        let mut add = |guid: Guid, main: bool| {
            if let Some(entry) = directory.entry(&guid.as_name()) {
                concerned.add_with_kin(&entry, main);
            }
        };
        match self {
            Self::Rename(id)
            | Self::Marry(id)
            | Self::ChangeJob(id)
            | Self::Move(id)
            | Self::Disable(id)
            | Self::Enable(id)
            | Self::Remove(id)
            | Self::Join(id)
            | Self::BringBack(id)
            | Self::RenameGroup(id)
            | Self::Nest(id)
            | Self::RemoveGroup(id) => add(id, true),
            Self::Leave(id, other) | Self::TakeOut(other, id) => {
                add(id, true);
                add(other, false);
            }
            Self::Hire | Self::NewGroup => {}
            Self::Empty | Self::BringEverybodyBack | Self::Undo => concerned.add_everybody(directory),
        }
    }

    /// What was changed, and about whom the way of the change is.
    fn change(self, d: &mut Directory, fields: &Fields) -> Result<(String, Option<Guid>), Problems> {
        let text = |name: &str| fields.text(name);
        let done = |what: String, id: Guid| Ok((what, Some(id)));
        match self {
            Self::Hire => hire(d, fields),
            Self::Rename(id) => {
                let (who, old) = (id.as_name(), called(d, id));
                let new = format!("{} {}", text("given_name"), text("family_name"));
                d.rename(&who, &new).map_err(at("family_name"))?;
                set(d, id, &[("displayName", &new), ("givenName", &text("given_name")), ("sn", &text("family_name"))])?;
                done(format!("{old} is called {new} from now on."), id)
            }
            Self::Marry(id) => {
                let (family_name, mail) = (text("family_name"), text("mail"));
                let (given_name, old_mail) =
                    d.entry(&id.as_name()).map(|p| (value(&p, "givenName"), value(&p, "mail"))).unwrap_or_default();
                let (old, new) = (called(d, id), format!("{given_name} {family_name}").trim().to_owned());
                d.rename(&id.as_name(), &new).map_err(at("family_name"))?;
                set(d, id, &[("displayName", &new), ("sn", &family_name), ("mail", &mail), ("userPrincipalName", &mail)])?;
                let before = if old_mail.is_empty() { String::new() } else { format!(" instead of {old_mail}") };
                done(format!("{old} is called {new} from now on, with the mail address {mail}{before}."), id)
            }
            Self::ChangeJob(id) => {
                set(d, id, &[("title", &text("title")), ("department", &text("department"))])?;
                let job = [text("title"), text("department")].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
                let job =
                    if job.is_empty() { "has neither title nor department now".to_owned() } else { format!("is {} now", job.join(", ")) };
                done(format!("{} {job}.", called(d, id)), id)
            }
            Self::Move(id) => {
                let unit = chosen(fields, "unit")?;
                d.move_to(&id.as_name(), &unit.as_name()).map_err(at("unit"))?;
                let unit = d.entry(&unit.as_name()).map(|unit| unit_name(&unit)).unwrap_or_default();
                done(format!("{} is in {unit} now.", called(d, id)), id)
            }
            Self::Disable(id) => {
                d.disable(&id.as_name()).map_err(at(""))?;
                done(format!("The account of {} is disabled.", called(d, id)), id)
            }
            Self::Enable(id) => {
                d.enable(&id.as_name()).map_err(at(""))?;
                done(format!("The account of {} is enabled.", called(d, id)), id)
            }
            Self::Remove(id) => {
                let who = called(d, id);
                d.delete(&id.as_name()).map_err(at(""))?;
                done(format!("{who} is deleted."), id)
            }
            Self::Join(id) | Self::Nest(id) => {
                let other = chosen(fields, "group")?;
                let (group, member) = if matches!(self, Self::Join(_)) { (other, id) } else { (id, other) };
                d.add_member(&group.as_name(), &member.as_name()).map_err(at("group"))?;
                done(format!("{} is a member of ‘{}’ now.", called(d, member), called(d, group)), id)
            }
            Self::Leave(member, group) | Self::TakeOut(group, member) => {
                d.remove_member(&group.as_name(), &member.as_name()).map_err(at(""))?;
                done(format!("{} is a member of ‘{}’ no longer.", called(d, member), called(d, group)), member)
            }
            Self::NewGroup => {
                let group = d.add_group(&d.groups_unit(), &text("name")).map_err(at("name"))?;
                let mut what = format!("The group ‘{}’ is made.", text("name"));
                if fields.is_checked("in_scope") {
                    d.add_member(&d.groups_group_dn(), &group.as_name()).map_err(at("in_scope"))?;
                    what = format!("{what} It is a member of ‘{}’.", name_of(d, &d.groups_group_dn()));
                }
                done(what, group)
            }
            Self::RenameGroup(id) => {
                let (old, new) = (called(d, id), text("name"));
                d.rename(&id.as_name(), &new).map_err(at("name"))?;
                set(d, id, &[("sAMAccountName", &new)])?;
                done(format!("‘{old}’ is called ‘{new}’ from now on."), id)
            }
            Self::RemoveGroup(id) => {
                let what = called(d, id);
                d.delete(&id.as_name()).map_err(at(""))?;
                done(format!("The group ‘{what}’ is deleted."), id)
            }
            Self::Empty => {
                let n = u32::try_from(d.delete_everybody()).unwrap_or(u32::MAX);
                Ok((format!("{} deleted. Groups and units are still there.", count(n, "person is", "people are")), None))
            }
            Self::BringBack(id) => {
                d.bring_back(&id).map_err(at(""))?;
                done(format!("{} is back.", called(d, id)), id)
            }
            Self::BringEverybodyBack => {
                let (n, refused) = d.bring_everybody_back();
                let refused: Vec<String> = refused.iter().map(ToString::to_string).collect();
                let n = u32::try_from(n).unwrap_or(u32::MAX);
                Ok((format!("{} back. {}", count(n, "person is", "people are"), refused.join(" ")).trim().to_owned(), None))
            }
            Self::Undo => {
                d.return_to_sample();
                Ok(("The directory is the sample company again.".to_owned(), None))
            }
        }
    }
}

fn hire(d: &mut Directory, fields: &Fields) -> Result<(String, Option<Guid>), Problems> {
    let text = |name: &str| fields.text(name);
    let (given_name, family_name, mail) = (text("given_name"), text("family_name"), text("mail"));
    if !is_email(&mail) {
        return Err(Problems::at("mail", format!("‘{mail}’ is not an e-mail address.")));
    }
    let login = mail.split('@').next().unwrap_or_default();
    let password = d.person_password().to_owned();
    let person = NewPerson::new(&given_name, &family_name, login)
        .with("mail", &mail)
        .with("userPrincipalName", &mail)
        .with("title", &text("title"))
        .with("department", &text("department"))
        .with("company", "Canal Works")
        .password(&password);
    let unit = chosen(fields, "unit")?;
    let hired = d.add_person(&unit.as_name(), person).map_err(|error| match error {
        DirectoryError::LoginTaken { .. } => Problems::at("mail", error.to_string()),
        _ => Problems::at("family_name", error.to_string()),
    })?;
    let mut groups = Vec::new();
    if fields.is_checked("in_scope") {
        groups.push(d.users_group_dn());
    }
    if !text("group").is_empty() {
        groups.push(chosen(fields, "group")?.as_name());
    }
    let mut joined = Vec::new();
    for group in groups {
        match d.add_member(&group, &hired.as_name()) {
            Ok(()) => joined.push(format!("‘{}’", name_of(d, &group))),
            // The same group was chosen in both ways.
            Err(DirectoryError::AlreadyMember { .. }) => {}
            Err(error) => return Err(Problems::at("group", error.to_string())),
        }
    }
    let member = if joined.is_empty() { "in no group".to_owned() } else { format!("a member of {}", list(&joined)) };
    Ok((format!("{} is hired, with the mail address {mail}, and {member}.", called(d, hired)), Some(hired)))
}

/// The GUID that a select posted.
fn chosen(fields: &Fields, field: &str) -> Result<Guid, Problems> {
    fields.get(field).parse().map_err(|_| Problems::at(field, "Choose one of the list."))
}

/// Writes values; an empty one is taken away.
fn set(d: &mut Directory, id: Guid, values: &[(&str, &str)]) -> Result<(), Problems> {
    for (attribute, value) in values {
        let values: &[&str] = if value.is_empty() { &[] } else { &[value] };
        d.set(&id.as_name(), attribute, values).map_err(at(""))?;
    }
    Ok(())
}

fn called(d: &Directory, id: Guid) -> String {
    name_of(d, &id.as_name())
}

fn at(field: &'static str) -> impl Fn(DirectoryError) -> Problems {
    move |error| Problems::at(field, error.to_string())
}
