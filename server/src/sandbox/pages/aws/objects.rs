//! Users and groups as they are there, and what an administrator does to them behind Towpath's back.

use super::page;
use crate::ports::words::{count, time};
use crate::sandbox::pages::notebook::Said;
use crate::sandbox::pages::pieces::{acts, encode, fact, go, href, link, of_row, page_of, panel, press, state, table, text};
use crate::sandbox::pages::{Pages, Query, company, field_views};
use app::error::AppError;
use app::views::sandbox::{Act, Cell, FormView, Part, SandboxPage};
use domain::form::{Check, Choice, FieldSpec, Fields, check};
use domain::problem::Problems;
use sandbox::aws::{Group, User};
use serde_json::{Map, Value, json};

/// What follows from every change that is made here.
const NOT_TOLD: &str = "Towpath was not told; it finds out when it next writes this, or when its channel is reset.";

fn value<'a>(user: &'a User, path: &str) -> &'a str {
    user.attributes.get(path).and_then(Value::as_str).unwrap_or_default()
}

fn mail(user: &User) -> &str {
    user.attributes.get("emails").and_then(|emails| emails[0]["value"].as_str()).unwrap_or_default()
}

fn as_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Pages {
    fn one_user(&self, id: &str) -> Result<User, AppError> {
        self.at.aws.users().into_iter().find(|user| user.id == id).ok_or(AppError::NotFound)
    }

    fn one_group(&self, id: &str) -> Result<Group, AppError> {
        self.at.aws.groups().into_iter().find(|group| group.id == id).ok_or(AppError::NotFound)
    }

    /// The list of users.
    pub(in crate::sandbox::pages) fn users(&self, query: &Query) -> SandboxPage {
        let search = query.get("search");
        let users = self.at.aws.users();
        let active = users.iter().filter(|user| user.active).count();
        let fits = |user: &User| company::matches(search, &[&user.user_name, value(user, "displayName"), mail(user)]);
        let mut found: Vec<User> = users.iter().filter(|user| fits(user)).cloned().collect();
        found.sort_by_key(|user| user.user_name.to_lowercase());
        let base = format!("{}?search={}&page=", href("aws/users"), encode(search));
        let (shown, pages) = page_of(found, query.get("page"), base);
        let rows = shown.iter().map(|user| {
            let (word, tone) = company::standing(Some(user));
            vec![
                link(&user.user_name, href(&format!("aws/users/{}", user.id)), ""),
                text(value(user, "displayName")),
                state(word, tone),
                text(user.groups.len().to_string()),
                text(time(user.modified_ms, self.at.aws.now_ms()).words),
            ]
        });
        let table = table("Users", &["Username", "Display name", "Status", "Groups", "Changed"], rows.collect(), "No user is called so.");
        let search = Part::Search { label: "Search users".to_owned(), value: search.to_owned(), keep: Vec::new() };
        let intro = format!("{}, of them {active} active.", count(as_u32(users.len()), "user", "users"));
        let parts = vec![panel("users", "Users", &intro, vec![search, table, pages])];
        SandboxPage { live: true, ..page("aws/users", "Users", "", parts) }
    }

    /// A user.
    pub(in crate::sandbox::pages) fn user(&self, id: &str) -> Result<SandboxPage, AppError> {
        let user = self.one_user(id)?;
        let now = self.at.aws.now_ms();
        let (word, _) = company::standing(Some(&user));
        // The only extension that AWS takes is named by its schema.
        let label = |name: &str| name.strip_prefix("urn:").map_or_else(|| name.to_owned(), |_| "enterprise extension".to_owned());
        let plain = |(name, value): (&String, &Value)| match value {
            Value::String(text) => Some(fact(&label(name), text)),
            Value::Object(parts) => {
                let parts: Vec<String> = parts.iter().map(|(name, value)| format!("{name}: {}", shown(value))).collect();
                Some(fact(&label(name), parts.join("\n")))
            }
            Value::Array(items) => Some(fact(name, items.iter().map(shown).collect::<Vec<_>>().join("\n"))),
            _ => None,
        };
        let mut facts = vec![fact("Status", word), fact("User ID", &user.id)];
        facts.extend(user.attributes.iter().filter_map(plain));
        facts.push(fact("Created", time(user.created_ms, now).words));
        facts.push(fact("Changed", time(user.modified_ms, now).words));
        let groups = self.at.aws.groups();
        let groups = user.groups.iter().filter_map(|id| groups.iter().find(|group| group.id == *id));
        let rows = groups.map(|group| vec![link(&group.display_name, href(&format!("aws/groups/{}", group.id)), "")]).collect();
        let mut parts = vec![
            panel("user", "Profile", "Attributes by their SCIM names.", vec![Part::Facts(facts)]),
            panel("groups", "Groups", "", vec![table("Groups", &["Group"], rows, "A member of no group.")]),
        ];
        if let Some(person) = user.external_id.as_deref().filter(|id| self.is_in_directory(id)) {
            let open = go("Open in the directory", href(&format!("company/people/{person}")));
            parts.push(panel(
                "source",
                "Where it comes from",
                "Its externalId is the GUID of a person of the company.",
                vec![Part::Acts(vec![open])],
            ));
        }
        let delete = Act {
            danger: true,
            question: Some((
                format!("Delete {}?", user.user_name),
                "The user is gone from AWS, with its memberships and assignments. Towpath is not told.".to_owned(),
            )),
            ..press("Delete", href(&format!("aws/users/{id}/delete")))
        };
        Ok(SandboxPage {
            trail: vec![("Users".to_owned(), href("aws/users"))],
            actions: vec![go("Edit", href(&format!("aws/users/{id}/edit"))), delete],
            live: true,
            ..page("aws/users", &user.user_name, value(&user, "displayName"), parts)
        })
    }

    fn is_in_directory(&self, id: &str) -> bool {
        let guid = id.parse::<sandbox::directory::Guid>();
        guid.is_ok_and(|guid| self.at.directory.read(|d| d.entry(&guid.as_name()).is_some()))
    }

    /// The form of a user.
    pub(in crate::sandbox::pages) fn user_form(&self, id: &str, said: Option<&Said>) -> Result<SandboxPage, AppError> {
        let user = self.one_user(id)?;
        let values = Fields::new()
            .with("user_name", &user.user_name)
            .with("display_name", value(&user, "displayName"))
            .with_check("active", user.active);
        let form = form(&format!("aws/users/{id}/edit"), &format!("aws/users/{id}"), &user_fields(), values, "Save changes", said);
        let sentence = "A change that Towpath is not told of, as an administrator in a hurry makes it.";
        Ok(SandboxPage {
            trail: vec![("Users".to_owned(), href("aws/users")), (user.user_name.clone(), href(&format!("aws/users/{id}")))],
            ..page("aws/users", &format!("Edit {}", user.user_name), sentence, vec![panel("edit", "Profile", "", vec![form])])
        })
    }

    pub(super) fn edit_user(&self, id: &str, fields: Fields) -> Result<(String, Said), AppError> {
        let user = self.one_user(id)?;
        let problems = check(&user_fields(), &fields);
        if !problems.is_empty() {
            return Ok((format!("aws/users/{id}/edit"), Said::wrong(problems, fields)));
        }
        let changes = json!({
            "userName": fields.text("user_name"),
            "displayName": fields.text("display_name"),
            "active": fields.is_checked("active"),
        });
        let Value::Object(mut changes) = changes else { return Err(AppError::Unavailable) };
        changes.retain(|name, value| user.attributes.get(name) != Some(value));
        match self.at.aws.console().edit_user(id, changes) {
            Ok(user) => Ok((format!("aws/users/{id}"), Said::done(format!("{} is changed. {NOT_TOLD}", user.user_name)))),
            Err(error) => Ok((format!("aws/users/{id}/edit"), Said::wrong(Problems::at("", error.to_string()), fields))),
        }
    }

    pub(super) fn delete_user(&self, id: &str) -> Result<(String, Said), AppError> {
        let user = self.one_user(id)?;
        Ok(match self.at.aws.console().delete_user(id) {
            Ok(()) => ("aws/users".to_owned(), Said::done(format!("{} is deleted. {NOT_TOLD}", user.user_name))),
            Err(error) => (format!("aws/users/{id}"), Said::refused(error.to_string())),
        })
    }

    /// The list of groups.
    pub(in crate::sandbox::pages) fn groups(&self, query: &Query) -> SandboxPage {
        let search = query.get("search");
        let mut groups = self.at.aws.groups();
        let all = groups.len();
        groups.retain(|group| company::matches(search, &[&group.display_name]));
        groups.sort_by_key(|group| group.display_name.to_lowercase());
        let base = format!("{}?search={}&page=", href("aws/groups"), encode(search));
        let (shown, pages) = page_of(groups, query.get("page"), base);
        let rows = shown.iter().map(|group| {
            vec![
                link(&group.display_name, href(&format!("aws/groups/{}", group.id)), ""),
                text(group.members.len().to_string()),
                text(time(group.modified_ms, self.at.aws.now_ms()).words),
            ]
        });
        let table = table("Groups", &["Group name", "Members", "Changed"], rows.collect(), "No group is called so.");
        let search = Part::Search { label: "Search groups".to_owned(), value: search.to_owned(), keep: Vec::new() };
        let intro = format!("{}.", count(as_u32(all), "group", "groups"));
        SandboxPage { live: true, ..page("aws/groups", "Groups", "", vec![panel("groups", "Groups", &intro, vec![search, table, pages])]) }
    }

    /// A group with its members, which SCIM never shows.
    pub(in crate::sandbox::pages) fn aws_group(&self, id: &str) -> Result<SandboxPage, AppError> {
        let group = self.one_group(id)?;
        let users = self.at.aws.users();
        let rows: Vec<Vec<Cell>> = group
            .members
            .iter()
            .map(|member| {
                let user = users.iter().find(|user| user.id == member.id);
                let (word, tone) = company::standing(user);
                let remove = press("Remove", href(&format!("aws/groups/{id}/members/{}/remove", member.id)));
                vec![
                    link(&member.user_name, href(&format!("aws/users/{}", member.id)), ""),
                    state(word, tone),
                    acts(vec![of_row(remove, &member.user_name)]),
                ]
            })
            .collect();
        let members = count(as_u32(rows.len()), "member", "members");
        let facts = vec![
            fact("Group ID", &group.id),
            fact("externalId", group.external_id.clone().unwrap_or_default()),
            fact("Changed", time(group.modified_ms, self.at.aws.now_ms()).words),
        ];
        let list = table("Members", &["Username", "Status", " Action"], rows, "No members.");
        let add = Part::Acts(vec![go("Add a member", href(&format!("aws/groups/{id}/add-member")))]);
        let parts = vec![
            panel("group", "Details", "", vec![Part::Facts(facts)]),
            panel("members", "Members", &format!("{members}. AWS never tells them by SCIM; this page may."), vec![list, add]),
        ];
        let delete = Act {
            danger: true,
            question: Some((
                format!("Delete the group ‘{}’?", group.display_name),
                "The group is gone from AWS, with its members and assignments. Towpath is not told.".to_owned(),
            )),
            ..press("Delete", href(&format!("aws/groups/{id}/delete")))
        };
        Ok(SandboxPage {
            trail: vec![("Groups".to_owned(), href("aws/groups"))],
            actions: vec![go("Rename", href(&format!("aws/groups/{id}/rename"))), delete],
            live: true,
            ..page("aws/groups", &group.display_name, "", parts)
        })
    }

    /// The form of a group's name.
    pub(in crate::sandbox::pages) fn group_form(&self, id: &str, said: Option<&Said>) -> Result<SandboxPage, AppError> {
        let group = self.one_group(id)?;
        let values = Fields::new().with("display_name", &group.display_name);
        let form = form(&format!("aws/groups/{id}/rename"), &format!("aws/groups/{id}"), &group_fields(), values, "Rename", said);
        Ok(self.group_task(&group, "Rename", form))
    }

    /// The form that adds a member.
    pub(in crate::sandbox::pages) fn member_form(&self, id: &str, said: Option<&Said>) -> Result<SandboxPage, AppError> {
        let group = self.one_group(id)?;
        let fields = self.member_fields(&group);
        let form = form(&format!("aws/groups/{id}/add-member"), &format!("aws/groups/{id}"), &fields, Fields::new(), "Add", said);
        Ok(self.group_task(&group, "Add a member to", form))
    }

    fn group_task(&self, group: &Group, verb: &str, form: Part) -> SandboxPage {
        let sentence = "A change that Towpath is not told of, as an administrator in a hurry makes it.";
        let here = href(&format!("aws/groups/{}", group.id));
        SandboxPage {
            trail: vec![("Groups".to_owned(), href("aws/groups")), (group.display_name.clone(), here)],
            ..page("aws/groups", &format!("{verb} ‘{}’", group.display_name), sentence, vec![panel("edit", "Group", "", vec![form])])
        }
    }

    fn member_fields(&self, group: &Group) -> Vec<FieldSpec> {
        let is_member = |user: &User| group.members.iter().any(|member| member.id == user.id);
        let mut users: Vec<Choice> = self
            .at
            .aws
            .users()
            .into_iter()
            .filter(|user| !is_member(user))
            .map(|user| Choice { value: user.id, label: user.user_name })
            .collect();
        users.sort_by_key(|choice| choice.label.to_lowercase());
        vec![FieldSpec::select("user", "User", users).required()]
    }

    pub(super) fn rename_aws_group(&self, id: &str, fields: Fields) -> Result<(String, Said), AppError> {
        let before = self.one_group(id)?.display_name;
        let problems = check(&group_fields(), &fields);
        if !problems.is_empty() {
            return Ok((format!("aws/groups/{id}/rename"), Said::wrong(problems, fields)));
        }
        Ok(match self.at.aws.console().rename_group(id, &fields.text("display_name")) {
            Ok(group) => (format!("aws/groups/{id}"), Said::done(format!("‘{before}’ is called ‘{}’ now. {NOT_TOLD}", group.display_name))),
            Err(error) => (format!("aws/groups/{id}/rename"), Said::wrong(Problems::at("display_name", error.to_string()), fields)),
        })
    }

    pub(super) fn add_member(&self, id: &str, fields: Fields) -> Result<(String, Said), AppError> {
        let group = self.one_group(id)?;
        let problems = check(&self.member_fields(&group), &fields);
        if !problems.is_empty() {
            return Ok((format!("aws/groups/{id}/add-member"), Said::wrong(problems, fields)));
        }
        let user = self.one_user(fields.get("user"))?;
        Ok((
            format!("aws/groups/{id}"),
            match self.at.aws.console().add_member(id, &user.id) {
                Ok(()) => Said::done(format!("{} is a member now. {NOT_TOLD}", user.user_name)),
                Err(error) => Said::refused(error.to_string()),
            },
        ))
    }

    pub(super) fn remove_member(&self, id: &str, user: &str) -> Result<(String, Said), AppError> {
        self.one_group(id)?;
        let name = self.one_user(user)?.user_name;
        Ok((
            format!("aws/groups/{id}"),
            match self.at.aws.console().remove_member(id, user) {
                Ok(()) => Said::done(format!("{name} is a member no longer. {NOT_TOLD}")),
                Err(error) => Said::refused(error.to_string()),
            },
        ))
    }

    pub(super) fn delete_group(&self, id: &str) -> Result<(String, Said), AppError> {
        let group = self.one_group(id)?;
        Ok(match self.at.aws.console().delete_group(id) {
            Ok(()) => ("aws/groups".to_owned(), Said::done(format!("‘{}’ is deleted. {NOT_TOLD}", group.display_name))),
            Err(error) => (format!("aws/groups/{id}"), Said::refused(error.to_string())),
        })
    }
}

fn user_fields() -> Vec<FieldSpec> {
    vec![
        FieldSpec::text("user_name", "Username").required().checked(Check::Email),
        FieldSpec::text("display_name", "Display name").required(),
        FieldSpec::checkbox("active", "Active"),
    ]
}

fn group_fields() -> Vec<FieldSpec> {
    vec![FieldSpec::text("display_name", "Group name").required()]
}

fn form(to: &str, back: &str, specs: &[FieldSpec], values: Fields, button: &str, said: Option<&Said>) -> Part {
    let typed = said.filter(|said| !said.problems.is_empty());
    Part::Form(FormView {
        action: href(to),
        fields: field_views(specs, typed.map_or(&values, |said| &said.typed)),
        problems: typed.map(|said| said.problems.clone()).unwrap_or_default(),
        button: button.to_owned(),
        cancel: href(back),
        ..FormView::default()
    })
}

/// A value of an attribute as text.
fn shown(value: &Value) -> String {
    let object =
        |map: &Map<String, Value>| map.iter().map(|(name, value)| format!("{name}: {}", shown(value))).collect::<Vec<_>>().join(", ");
    match value {
        Value::String(text) => text.clone(),
        Value::Object(map) => object(map),
        other => other.to_string(),
    }
}
