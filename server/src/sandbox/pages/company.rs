//! The company: its people, groups and units, and the page of each person and group.

use super::pieces::{acts, code, encode, fact, go, href, link, of_row, page_of, panel, state, table, text, when};
use super::task::{is_person, name, unit_name, value};
use super::{Pages, Query, enabled, facts};
use crate::ports::words::{count, time};
use app::error::AppError;
use app::views::Tone;
use app::views::sandbox::{Act, Cell, Part, SandboxPage, TabLink};
use sandbox::aws::User;
use sandbox::directory::{Directory, EntryView, Guid, Kind};
use std::collections::HashSet;

/// Deleted people that are shown.
const DELETED_SHOWN: usize = 20;

/// Who is at AWS, to be found from the directory's side.
pub(super) struct There {
    users: Vec<User>,
}

impl There {
    /// The user of a person: of that external id, or of that name.
    pub fn user(&self, id: &str, mail: &str) -> Option<&User> {
        let by_id = self.users.iter().find(|user| user.external_id.as_deref() == Some(id));
        by_id.or_else(|| self.users.iter().find(|user| !mail.is_empty() && user.user_name.eq_ignore_ascii_case(mail)))
    }
}

/// The word and colour of a user at AWS.
pub(super) fn standing(user: Option<&User>) -> (&'static str, Tone) {
    match user {
        Some(user) if user.active => ("Active", Tone::Good),
        Some(_) => ("Disabled", Tone::Quiet),
        None => ("Not there", Tone::Quiet),
    }
}

fn scope(directory: &Directory) -> HashSet<Guid> {
    let group = directory.entry(&directory.users_group_dn());
    group.map(|group| group.all_members().iter().map(EntryView::guid).collect()).unwrap_or_default()
}

fn person_path(id: Guid) -> String {
    href(&format!("company/people/{id}"))
}

fn group_path(id: Guid) -> String {
    href(&format!("company/groups/{id}"))
}

pub(super) fn matches(query: &str, texts: &[&str]) -> bool {
    let query = query.to_lowercase();
    query.split_whitespace().all(|word| texts.iter().any(|text| text.to_lowercase().contains(word)))
}

impl Pages {
    fn there(&self) -> There {
        There { users: self.at.aws.users() }
    }

    /// The list.
    pub(super) fn company(&self, query: &Query) -> SandboxPage {
        let (shown, search) = (query.get("show"), query.get("search"));
        let there = self.there();
        let now = self.ports.now();
        let (counts, list, deleted) = self.at.directory.read(|d| {
            let counts = [("", "People", people(d).len()), ("groups", "Groups", d.groups().count()), ("units", "Units", d.units().count())];
            let (columns, mut rows, none): (&[&str], _, _) = match shown {
                "groups" => (&["Group", "Members", "Member of"], group_rows(d, search), "No group has this in its name."),
                "units" => {
                    (&["Organizational unit", "People", "Distinguished name"], unit_rows(d, search), "No unit has this in its name.")
                }
                _ => (&["Person", "Mail address", "Unit", "Account", "In AWS"], people_rows(d, search, &there), "Nobody is called so."),
            };
            rows.sort_by_key(|row| row[0].text.to_lowercase());
            (counts, (columns, rows, none), d.deleted())
        });
        let (columns, rows, none) = list;
        let none = if search.is_empty() { "There is nobody. Hire somebody, or bring back who was deleted." } else { none };
        let label = counts.iter().find(|(id, ..)| *id == shown).map_or("People", |(_, label, _)| label);
        let base = format!("{}?show={}&search={}&page=", href("company"), encode(shown), encode(search));
        let found = rows.len();
        let (rows, pages) = page_of(rows, query.get("page"), base);
        let links = counts.iter().map(|(id, label, n)| {
            let to = if id.is_empty() { href("company") } else { format!("{}?show={id}", href("company")) };
            (TabLink { label: (*label).to_owned(), href: to, current: *id == shown }, u32::try_from(*n).unwrap_or(u32::MAX))
        });
        let mut parts = vec![Part::Filter { label: "Show".to_owned(), links: links.collect() }];
        let keep = if shown.is_empty() { Vec::new() } else { vec![("show".to_owned(), shown.to_owned())] };
        parts.push(Part::Search { label: format!("Search {}", label.to_lowercase()), value: search.to_owned(), keep });
        if !search.is_empty() {
            parts.push(Part::Text(format!("{} found.", count(u32::try_from(found).unwrap_or(u32::MAX), "entry", "entries"))));
        }
        parts.push(table(label, columns, rows, none));
        parts.push(pages);
        let mut all = vec![panel("directory", label, "", parts)];
        all.extend(self.latest(None));
        if !deleted.is_empty() {
            let all_deleted = deleted.len();
            let rows = deleted.into_iter().take(DELETED_SHOWN).map(|person| {
                let back = go("Bring back", href(&format!("company/bring-back/{}", person.guid)));
                vec![
                    text(person.name.clone()),
                    text(person.mail.unwrap_or_default()),
                    when(time(person.deleted_at * 1000, now)),
                    acts(vec![of_row(back, &person.name)]),
                ]
            });
            let table = table("Deleted people", &["Person", "Mail address", "Deleted", " Action"], rows.collect(), "");
            let everybody = Part::Acts(vec![go("Bring everybody back", href("company/bring-back"))]);
            let more = (all_deleted > DELETED_SHOWN).then(|| Part::Text(format!("The latest {DELETED_SHOWN} of {all_deleted} are shown.")));
            all.push(panel(
                "deleted",
                "Deleted people",
                "They can come back as they were, with the same GUIDs.",
                [Some(table), more, Some(everybody)].into_iter().flatten().collect(),
            ));
        }
        all.push(panel(
            "mistakes",
            "Mistakes",
            "What happens in real directories, to see what Towpath makes of it.",
            vec![Part::Acts(vec![
                go("Empty the directory by mistake", href("company/empty")),
                go("Undo everything", href("company/undo")),
            ])],
        ));
        SandboxPage {
            title: "Company".to_owned(),
            sentence: "Canal Works, the sample company, in its directory. Change something and follow it to AWS.".to_owned(),
            actions: vec![Act { primary: true, ..go("Hire", href("company/hire")) }, go("New group", href("company/groups/new"))],
            parts: all,
            ..SandboxPage::default()
        }
    }

    /// A person.
    pub(super) fn person(&self, id: &str) -> Result<SandboxPage, AppError> {
        let guid: Guid = id.parse().map_err(|_| AppError::NotFound)?;
        let there = self.there();
        self.at.directory.read(|d| {
            let person = d.entry(&guid.as_name()).filter(is_person).ok_or(AppError::NotFound)?;
            let task = |verb: &str| href(&format!("company/people/{guid}/{verb}"));
            let (word, _) = enabled(person.is_disabled());
            let mut parts = vec![facts(
                "account",
                "In the directory",
                "",
                vec![
                    ("Account", word.to_owned()),
                    ("Given name", value(&person, "givenName")),
                    ("Family name", value(&person, "sn")),
                    ("Mail address", value(&person, "mail")),
                    ("User principal name", value(&person, "userPrincipalName")),
                    ("Logon name", value(&person, "sAMAccountName")),
                    ("Title", value(&person, "title")),
                    ("Department", value(&person, "department")),
                    ("Manager", person.value("manager").map(|dn| super::task::name_of(d, &dn)).unwrap_or_default()),
                    ("Distinguished name", person.dn()),
                    ("GUID", guid.to_string()),
                ],
            )];
            let rows = person.group_entries().into_iter().map(|group| {
                let leave = go("Leave", task(&format!("leave/{}", group.guid())));
                vec![link(name(&group), group_path(group.guid()), value(&group, "description")), acts(vec![of_row(leave, &name(&group))])]
            });
            let table = table("Groups", &["Group", " Action"], rows.collect(), "A member of no group.");
            parts.push(panel("groups", "Groups", "", vec![table, Part::Acts(vec![go("Join a group", task("join"))])]));
            parts.push(self.in_aws(
                there.user(id, &value(&person, "mail")),
                scope(d).contains(&guid),
                &super::task::name_of(d, &d.users_group_dn()),
            ));
            parts.extend(self.latest(Some(id)));
            let switch = if person.is_disabled() { go("Enable", task("enable")) } else { go("Disable", task("disable")) };
            Ok(SandboxPage {
                title: name(&person),
                trail: vec![("Company".to_owned(), href("company"))],
                sentence: [value(&person, "title"), value(&person, "department")]
                    .into_iter()
                    .filter(|t| !t.is_empty())
                    .collect::<Vec<_>>()
                    .join(", "),
                actions: vec![
                    go("Rename", task("rename")),
                    go("Marry", task("marry")),
                    go("Change job", task("change-job")),
                    go("Move", task("move")),
                    switch,
                    Act { danger: true, ..go("Remove", task("remove")) },
                ],
                parts,
                live: true,
                ..SandboxPage::default()
            })
        })
    }

    fn in_aws(&self, user: Option<&User>, in_scope: bool, scope: &str) -> Part {
        let intro = match in_scope {
            true => format!("A member of ‘{scope}’, so the sample channel provisions this person."),
            false => format!(
                "Not a member of ‘{scope}’, directly or through another group, so the sample channel does not provision this person."
            ),
        };
        let Some(user) = user else {
            return panel("aws", "In AWS", &intro, vec![Part::Text("There is no such user in AWS.".to_owned())]);
        };
        let (word, _) = standing(Some(user));
        let mail = user.attributes.get("emails").and_then(|emails| emails[0]["value"].as_str()).unwrap_or_default();
        let rows = vec![fact("Status", word), fact("User name", &user.user_name), fact("E-mail", mail), fact("User ID", &user.id)];
        let open = go("Open in the AWS console", href(&format!("aws/users/{}", user.id)));
        panel("aws", "In AWS", &intro, vec![Part::Facts(rows), Part::Acts(vec![open])])
    }

    /// A group.
    pub(super) fn group(&self, id: &str) -> Result<SandboxPage, AppError> {
        let guid: Guid = id.parse().map_err(|_| AppError::NotFound)?;
        let aws = self.at.aws.groups();
        self.at.directory.read(|d| {
            let group = d.entry(&guid.as_name()).filter(|entry| entry.kind() == Kind::Group).ok_or(AppError::NotFound)?;
            let task = |verb: &str| href(&format!("company/groups/{guid}/{verb}"));
            let members = group.member_entries();
            let rows = members.iter().map(|member| {
                let (to, kind) = match is_person(member) {
                    true => (person_path(member.guid()), value(member, "mail")),
                    false => (group_path(member.guid()), format!("Group of {}", count_people(member))),
                };
                let out = go("Take out", task(&format!("take-out/{}", member.guid())));
                vec![link(name(member), to, kind), acts(vec![of_row(out, &name(member))])]
            });
            let member_table = table("Members", &["Member", " Action"], rows.collect(), "No members.");
            let all = count_people(&group);
            let above = group
                .group_entries()
                .into_iter()
                .map(|above| vec![link(name(&above), group_path(above.guid()), value(&above, "description"))]);
            let there = aws
                .iter()
                .find(|there| there.external_id.as_deref() == Some(id))
                .or_else(|| aws.iter().find(|there| there.display_name.eq_ignore_ascii_case(&name(&group))));
            let in_aws = match there {
                Some(there) => vec![
                    Part::Facts(vec![
                        fact("Name", &there.display_name),
                        fact("Members", there.members.len().to_string()),
                        fact("Group ID", &there.id),
                    ]),
                    Part::Acts(vec![go("Open in the AWS console", href(&format!("aws/groups/{}", there.id)))]),
                ],
                None => vec![Part::Text("There is no such group in AWS.".to_owned())],
            };
            let mut parts = vec![
                facts("group", "In the directory", "", vec![("Distinguished name", group.dn()), ("GUID", guid.to_string())]),
                panel(
                    "members",
                    "Members",
                    &format!("With the members of nested groups: {all}."),
                    vec![member_table, Part::Acts(vec![go("Nest a group", task("nest"))])],
                ),
                panel("above", "Member of", "", vec![table("Member of", &["Group"], above.collect(), "A member of no group.")]),
                panel("aws", "In AWS", "", in_aws),
            ];
            parts.extend(self.latest(Some(id)));
            Ok(SandboxPage {
                title: name(&group),
                trail: vec![("Company".to_owned(), href("company")), ("Groups".to_owned(), format!("{}?show=groups", href("company")))],
                sentence: value(&group, "description"),
                actions: vec![go("Rename", task("rename")), Act { danger: true, ..go("Remove", task("remove")) }],
                parts,
                live: true,
                ..SandboxPage::default()
            })
        })
    }
}

/// Everybody but the accounts of services.
fn people(directory: &Directory) -> Vec<EntryView<'_>> {
    let bind = directory.bind_dn();
    directory.people().filter(|person| person.dn() != bind).collect()
}

fn count_people(group: &EntryView<'_>) -> String {
    let people = group.all_members().iter().filter(|member| is_person(member)).count();
    count(u32::try_from(people).unwrap_or(u32::MAX), "person", "people")
}

fn people_rows(directory: &Directory, search: &str, there: &There) -> Vec<Vec<Cell>> {
    let in_scope = scope(directory);
    let row = |person: EntryView<'_>| {
        let (name, mail, title, department) =
            (name(&person), value(&person, "mail"), value(&person, "title"), value(&person, "department"));
        if !matches(search, &[&name, &mail, &title, &department, &person.dn()]) {
            return None;
        }
        let job = [title, department].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        let unit = person.parent().map(|unit| unit_name(&unit)).unwrap_or_default();
        let (account, tone) = enabled(person.is_disabled());
        let (word, colour) = standing(there.user(&person.guid().to_string(), &mail));
        let under = if in_scope.contains(&person.guid()) { "" } else { "not in scope" };
        let aws = Cell { under: under.to_owned(), ..state(word, colour) };
        Some(vec![link(name, person_path(person.guid()), job), text(mail), text(unit), state(account, tone), aws])
    };
    people(directory).into_iter().filter_map(row).collect()
}

fn group_rows(directory: &Directory, search: &str) -> Vec<Vec<Cell>> {
    let row = |group: EntryView<'_>| {
        let (name, description) = (name(&group), value(&group, "description"));
        if !matches(search, &[&name, &description]) {
            return None;
        }
        let nested = group.member_entries().iter().filter(|member| !is_person(member)).count();
        let under = if nested == 0 {
            String::new()
        } else {
            format!("{} nested", count(u32::try_from(nested).unwrap_or(u32::MAX), "group", "groups"))
        };
        let above: Vec<String> = group.group_entries().iter().map(super::task::name).collect();
        let members = Cell { under, ..text(count_people(&group)) };
        Some(vec![link(name, group_path(group.guid()), description), members, text(above.join(", "))])
    };
    directory.groups().filter_map(row).collect()
}

fn unit_rows(directory: &Directory, search: &str) -> Vec<Vec<Cell>> {
    let row = |unit: EntryView<'_>| {
        let name = unit_name(&unit);
        if !matches(search, &[&name]) {
            return None;
        }
        let people = directory.people().filter(|person| person.parent().is_some_and(|parent| parent.guid() == unit.guid())).count();
        let to = format!("{}?search={}", href("company"), encode(&unit.dn()));
        Some(vec![link(name, to, ""), text(count(u32::try_from(people).unwrap_or(u32::MAX), "person", "people")), code(unit.dn())])
    };
    directory.units().filter_map(row).collect()
}
