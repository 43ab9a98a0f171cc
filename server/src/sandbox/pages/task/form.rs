//! What each task asks.

use super::Task;
use domain::form::{Check, Choice, FieldSpec, Fields};
use sandbox::directory::{Directory, EntryView, Guid, Kind};

/// The name of the box that starts a cycle after the change.
pub const RUN: &str = "run";

/// A task's form.
pub struct Form {
    /// The heading.
    pub title: String,
    /// What will be changed.
    pub sentence: String,
    /// What is asked.
    pub fields: Vec<FieldSpec>,
    /// What the fields hold at first.
    pub values: Fields,
    /// What is read on the button.
    pub button: &'static str,
    /// It takes something away.
    pub danger: bool,
}

/// The longest common name, which people's names become.
const NAME: Check = Check::Text(64);

impl Task {
    /// Its form; `None` when whom it is about is not there.
    pub fn form(self, directory: &Directory) -> Option<Form> {
        let (title, sentence, button, mut fields, values) = self.asks(directory)?;
        fields.push(
            FieldSpec::checkbox(RUN, "Run the channel at once")
                .help("Otherwise the change is seen by the channel's next cycle on schedule."),
        );
        let danger = matches!(self, Self::Disable(_) | Self::Remove(_) | Self::RemoveGroup(_) | Self::Empty);
        Some(Form { title, sentence, fields, values: values.with_check(RUN, true), button, danger })
    }

    fn asks(self, directory: &Directory) -> Option<(String, String, &'static str, Vec<FieldSpec>, Fields)> {
        let entry = |guid: Guid| directory.entry(&guid.as_name());
        let (person, group) = (|guid| entry(guid).filter(is_person), |guid| entry(guid).filter(is_group));
        let names = |of: &EntryView<'_>| Fields::new().with("given_name", value(of, "givenName")).with("family_name", value(of, "sn"));
        let given_name = || FieldSpec::text("given_name", "Given name").required().checked(NAME);
        let family_name = || FieldSpec::text("family_name", "Family name").required().checked(NAME);
        let mail = || FieldSpec::text("mail", "Mail address").checked(Check::Email);
        Some(match self {
            Self::Hire => (
                "Hire".to_owned(),
                "A new account in the directory. Towpath provisions it if it is in the group that says who has access to AWS.".to_owned(),
                "Hire",
                vec![
                    given_name(),
                    family_name(),
                    mail().required().help("Also the user principal name. Such as jane.doe@canal.example."),
                    FieldSpec::text("title", "Title"),
                    FieldSpec::text("department", "Department"),
                    FieldSpec::select("unit", "Organizational unit", units(directory)).required(),
                    FieldSpec::checkbox("in_scope", format!("Member of ‘{}’", name_of(directory, &directory.users_group_dn())))
                        .help("Who is not a member, directly or through another group, does not exist for the sample channel."),
                    FieldSpec::select("group", "Member of another group", groups(directory, |_| true)),
                ],
                Fields::new().with_check("in_scope", true).with("unit", first_unit(directory)),
            ),
            Self::Rename(id) => {
                let person = person(id)?;
                (
                    format!("Rename {}", name(&person)),
                    "Given and family name, and with them the display name, the common name and so the distinguished name. The GUID stays."
                        .to_owned(),
                    "Rename",
                    vec![given_name(), family_name()],
                    names(&person),
                )
            }
            Self::Marry(id) => {
                let person = person(id)?;
                (
                    format!("Marry {}", name(&person)),
                    "A new family name and a new mail address, which is also the user principal name. In AWS the user name changes with it, \
                     and the user stays the same one."
                        .to_owned(),
                    "Marry",
                    vec![family_name(), mail().required()],
                    names(&person).with("mail", value(&person, "mail")),
                )
            }
            Self::ChangeJob(id) => {
                let person = person(id)?;
                (
                    format!("Change the job of {}", name(&person)),
                    "An empty field takes the value away.".to_owned(),
                    "Change job",
                    vec![FieldSpec::text("title", "Title"), FieldSpec::text("department", "Department")],
                    Fields::new().with("title", value(&person, "title")).with("department", value(&person, "department")),
                )
            }
            Self::Move(id) => {
                let person = person(id)?;
                let unit = person.parent().map(|unit| unit.guid().to_string()).unwrap_or_default();
                (
                    format!("Move {}", name(&person)),
                    "To another organizational unit. The distinguished name changes; the GUID and the groups stay.".to_owned(),
                    "Move",
                    vec![FieldSpec::select("unit", "Organizational unit", units(directory)).required()],
                    Fields::new().with("unit", unit),
                )
            }
            Self::Disable(id) => (
                format!("Disable {}", name(&person(id)?)),
                "The account stays where it is and cannot sign on any more.".to_owned(),
                "Disable",
                Vec::new(),
                Fields::new(),
            ),
            Self::Enable(id) => {
                (format!("Enable {}", name(&person(id)?)), "The account can sign on again.".to_owned(), "Enable", Vec::new(), Fields::new())
            }
            Self::Remove(id) => (
                format!("Remove {}", name(&person(id)?)),
                "The account is deleted from the directory. It can be brought back from the list of deleted people.".to_owned(),
                "Remove",
                Vec::new(),
                Fields::new(),
            ),
            Self::Join(id) => {
                let person = person(id)?;
                let member_of: Vec<Guid> = person.group_entries().iter().map(EntryView::guid).collect();
                (
                    format!("Add {} to a group", name(&person)),
                    "A membership changes the group alone; the person's own entry stays as it is.".to_owned(),
                    "Join",
                    vec![FieldSpec::select("group", "Group", groups(directory, |group| !member_of.contains(&group.guid()))).required()],
                    Fields::new(),
                )
            }
            Self::Leave(id, from) => (
                format!("Take {} out of ‘{}’", name(&person(id)?), name(&group(from)?)),
                "A membership changes the group alone; the person's own entry stays as it is.".to_owned(),
                "Leave",
                Vec::new(),
                Fields::new(),
            ),
            Self::NewGroup => (
                "New group".to_owned(),
                "An empty group. People join it from their pages, and other groups are nested in it from its own.".to_owned(),
                "Make the group",
                vec![
                    FieldSpec::text("name", "Name").required().checked(NAME),
                    FieldSpec::checkbox("in_scope", format!("Member of ‘{}’", name_of(directory, &directory.groups_group_dn())))
                        .help("The groups in there exist in AWS, too."),
                ],
                Fields::new().with_check("in_scope", true),
            ),
            Self::RenameGroup(id) => {
                let group = group(id)?;
                (
                    format!("Rename ‘{}’", name(&group)),
                    "The common name and so the distinguished name. The GUID and the members stay.".to_owned(),
                    "Rename",
                    vec![FieldSpec::text("name", "Name").required().checked(NAME)],
                    Fields::new().with("name", name(&group)),
                )
            }
            Self::Nest(id) => {
                let group = group(id)?;
                let members: Vec<Guid> = group.member_entries().iter().map(EntryView::guid).chain([id]).collect();
                (
                    format!("Nest a group in ‘{}’", name(&group)),
                    "Its members become members of this group, too. AWS knows no nested groups: there they become plain members.".to_owned(),
                    "Nest",
                    vec![FieldSpec::select("group", "Group", groups(directory, |other| !members.contains(&other.guid()))).required()],
                    Fields::new(),
                )
            }
            Self::TakeOut(id, member) => (
                format!("Take ‘{}’ out of ‘{}’", name(&entry(member)?), name(&group(id)?)),
                "Only this membership ends.".to_owned(),
                "Take out",
                Vec::new(),
                Fields::new(),
            ),
            Self::RemoveGroup(id) => (
                format!("Remove ‘{}’", name(&group(id)?)),
                "The group is deleted from the directory; its members stay. It comes back only with Undo everything.".to_owned(),
                "Remove",
                Vec::new(),
                Fields::new(),
            ),
            Self::Empty => (
                "Empty the directory by mistake".to_owned(),
                "Every person is deleted from the directory, as a wrong script would do. See what Towpath makes of it; nobody should lose \
                 access to AWS. Everybody can be brought back."
                    .to_owned(),
                "Empty the directory",
                Vec::new(),
                Fields::new(),
            ),
            Self::BringBack(id) => {
                let deleted = directory.deleted().into_iter().find(|deleted| deleted.guid == id)?;
                (
                    format!("Bring {} back", deleted.name),
                    "The account comes back as it was, with the same GUID and in the same groups.".to_owned(),
                    "Bring back",
                    Vec::new(),
                    Fields::new(),
                )
            }
            Self::BringEverybodyBack => (
                "Bring everybody back".to_owned(),
                format!("{} deleted people come back as they were, with the same GUIDs and in the same groups.", directory.deleted().len()),
                "Bring everybody back",
                Vec::new(),
                Fields::new(),
            ),
            Self::Undo => (
                "Undo everything".to_owned(),
                "The directory is the sample company again: who was hired is gone, who was changed is as before. AWS follows as the channel says."
                    .to_owned(),
                "Undo everything",
                Vec::new(),
                Fields::new(),
            ),
        })
    }
}

/// Whether it is the account of a person or a service.
pub fn is_person(entry: &EntryView<'_>) -> bool {
    entry.kind() == Kind::Person
}

/// Whether it is a group.
pub fn is_group(entry: &EntryView<'_>) -> bool {
    entry.kind() == Kind::Group
}

/// The first value of an attribute, or nothing.
pub fn value(entry: &EntryView<'_>, attribute: &str) -> String {
    entry.value(attribute).unwrap_or_default()
}

/// What people call an entry.
pub fn name(entry: &EntryView<'_>) -> String {
    let shown = if is_person(entry) { entry.value("displayName").filter(|name| !name.is_empty()) } else { None };
    shown.or_else(|| entry.value("name")).unwrap_or_else(|| entry.dn())
}

/// What people call the entry of a distinguished name.
pub fn name_of(directory: &Directory, dn: &str) -> String {
    directory.entry(dn).map_or_else(|| dn.to_owned(), |entry| name(&entry))
}

/// A unit with those above it: `People / Engineering`.
pub fn unit_name(unit: &EntryView<'_>) -> String {
    match unit.parent().filter(|above| above.kind() == Kind::Unit) {
        Some(above) => format!("{} / {}", unit_name(&above), value(unit, "name")),
        None => value(unit, "name"),
    }
}

fn units(directory: &Directory) -> Vec<Choice> {
    sorted(directory.units().map(|unit| Choice { value: unit.guid().to_string(), label: unit_name(&unit) }).collect())
}

fn groups(directory: &Directory, fits: impl Fn(&EntryView<'_>) -> bool) -> Vec<Choice> {
    sorted(directory.groups().filter(fits).map(|group| Choice { value: group.guid().to_string(), label: name(&group) }).collect())
}

fn sorted(mut choices: Vec<Choice>) -> Vec<Choice> {
    choices.sort_by_key(|choice| choice.label.to_lowercase());
    choices
}

/// The first department.
fn first_unit(directory: &Directory) -> String {
    let mut units: Vec<_> = directory.units().filter(|unit| unit.parent().is_some_and(|above| above.kind() == Kind::Unit)).collect();
    units.sort_by_key(unit_name);
    units.first().map(|unit| unit.guid().to_string()).unwrap_or_default()
}
