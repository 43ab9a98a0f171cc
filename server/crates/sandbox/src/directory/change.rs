//! What can be changed in the directory, with the update sequence numbers that a domain controller would move.
//!
//! The rule that matters: a link is a value of its forward end only. Who joins or leaves a group changes the group, never the
//! person; who is renamed or deleted changes no group, though the group's values are others from then on.

use std::sync::Arc;

use domain::text::dn;

use super::attribute::{self, Source};
use super::entry::{ACCOUNT_DISABLED, Id, Kind, NORMAL_ACCOUNT};
use super::error::DirectoryError;
use super::guid::Guid;
use super::model::Directory;

/// The longest common name (`ub-common-name`).
const LONGEST_NAME: usize = 64;

/// What a new account starts with.
#[derive(Clone, Debug)]
pub struct NewPerson {
    name: String,
    login: String,
    password: Option<Arc<str>>,
    values: Vec<(String, Arc<str>)>,
}

impl NewPerson {
    /// Given name, family name and `sAMAccountName`. The common and display names are made of the first two; what is empty is not set.
    pub fn new(given_name: &str, family_name: &str, login: &str) -> Self {
        let name = format!("{given_name} {family_name}").trim().to_owned();
        let person = Self { name: name.clone(), login: login.to_owned(), password: None, values: Vec::with_capacity(10) };
        person.with("displayName", &name).with("givenName", given_name).with("sn", family_name)
    }

    /// Another common name than "given family".
    pub fn called(mut self, name: &str) -> Self {
        self.name = name.to_owned();
        self
    }

    /// An attribute more; an empty value is not set.
    pub fn with(self, attribute: &str, value: &str) -> Self {
        if value.is_empty() { self } else { self.with_shared(attribute, value.into()) }
    }

    /// The same for a text that many entries share.
    pub(super) fn with_shared(mut self, attribute: &str, value: Arc<str>) -> Self {
        self.values.push((attribute.to_owned(), value));
        self
    }

    /// A password, without which the account cannot sign on.
    pub fn password(self, password: &str) -> Self {
        self.password_shared(password.into())
    }

    pub(super) fn password_shared(mut self, password: Arc<str>) -> Self {
        self.password = Some(password);
        self
    }
}

impl Directory {
    /// Makes an enabled user account below `parent`.
    pub fn add_person(&mut self, parent: &str, person: NewPerson) -> Result<Guid, DirectoryError> {
        if person.login.is_empty() {
            return Err(invalid("sAMAccountName", "", "An account needs a logon name."));
        }
        self.login_is_free(&person.login, None)?;
        for (name, value) in &person.values {
            check_value(name, value)?;
            check_stored(name)?;
        }
        let id = self.place(parent, &person.name, Kind::Person)?;
        let control: Arc<str> = NORMAL_ACCOUNT.to_string().into();
        for (name, text) in [("sAMAccountName", person.login.into()), ("userAccountControl", control)].into_iter().chain(
            // Both are borrowed alike.
            person.values.iter().map(|(name, text)| (name.as_str(), text.clone())),
        ) {
            self.store(id, name, [text]);
        }
        self.at_mut(id).password = person.password;
        Ok(self.at(id).guid)
    }

    /// Makes a global security group below `parent`.
    pub fn add_group(&mut self, parent: &str, name: &str) -> Result<Guid, DirectoryError> {
        self.login_is_free(name, None)?;
        let id = self.place(parent, name, Kind::Group)?;
        self.store(id, "sAMAccountName", [name.into()]);
        self.store(id, "groupType", ["-2147483646".into()]);
        Ok(self.at(id).guid)
    }

    /// Makes an organizational unit below `parent`.
    pub fn add_unit(&mut self, parent: &str, name: &str) -> Result<Guid, DirectoryError> {
        let id = self.place(parent, name, Kind::Unit)?;
        Ok(self.at(id).guid)
    }

    /// Makes a computer account below `parent`.
    pub fn add_computer(&mut self, parent: &str, name: &str) -> Result<Guid, DirectoryError> {
        let login = format!("{name}$");
        self.login_is_free(&login, None)?;
        let id = self.place(parent, name, Kind::Computer)?;
        self.store(id, "sAMAccountName", [login.into()]);
        self.store(id, "userAccountControl", ["4096".into()]);
        Ok(self.at(id).guid)
    }

    /// Writes all values of an attribute; none clears it. `manager` takes the name of an entry. What is so already moves nothing.
    pub fn set(&mut self, name: &str, attribute: &str, values: &[&str]) -> Result<(), DirectoryError> {
        let id = self.resolve(name)?;
        for value in values {
            check_value(attribute, value)?;
        }
        if attribute.eq_ignore_ascii_case("manager") {
            return self.set_manager(id, values);
        }
        check_stored(attribute)?;
        if attribute.eq_ignore_ascii_case("sAMAccountName") {
            match values {
                [login] => self.login_is_free(login, Some(id))?,
                _ => return Err(invalid(attribute, &values.join(", "), "An account has exactly one logon name.")),
            }
        }
        if !self.at(id).stored(attribute).eq(values.iter().copied()) {
            self.store(id, attribute, values.iter().map(|value| Arc::from(*value)));
            self.touch(id);
        }
        Ok(())
    }

    /// Removes an attribute.
    pub fn clear(&mut self, name: &str, attribute: &str) -> Result<(), DirectoryError> {
        self.set(name, attribute, &[])
    }

    /// Sets the password an account signs on with.
    pub fn set_password(&mut self, name: &str, password: &str) -> Result<(), DirectoryError> {
        let id = self.account(name)?;
        if password.is_empty() {
            return Err(invalid("The password", "", "It must not be empty."));
        }
        self.at_mut(id).password = Some(password.into());
        self.touch(id);
        Ok(())
    }

    /// Gives an entry a new common name, and so a new distinguished name. Links follow; only the entry itself counts as changed.
    pub fn rename(&mut self, name: &str, common_name: &str) -> Result<(), DirectoryError> {
        let id = self.resolve(name)?;
        let parent = self.movable(id)?;
        let rdn = rdn(self.at(id).kind, common_name)?;
        self.relocate(id, parent, rdn)
    }

    /// Moves an entry, with everything below it, to another unit or container.
    pub fn move_to(&mut self, name: &str, parent: &str) -> Result<(), DirectoryError> {
        let id = self.resolve(name)?;
        self.movable(id)?;
        let to = self.container(parent)?;
        if self.is_within(to, id) {
            return Err(DirectoryError::BelowItself { dn: self.dn(id), to: self.dn(to) });
        }
        let rdn = self.at(id).rdn.clone();
        self.relocate(id, to, rdn)
    }

    /// Sets the bit that keeps an account from signing on.
    pub fn disable(&mut self, name: &str) -> Result<(), DirectoryError> {
        self.control(name, |flags| flags | ACCOUNT_DISABLED)
    }

    /// Clears the bit that keeps an account from signing on.
    pub fn enable(&mut self, name: &str) -> Result<(), DirectoryError> {
        self.control(name, |flags| flags & !ACCOUNT_DISABLED)
    }

    /// Deletes an entry; a person can be brought back. Groups lose it as a member without counting as changed; the highest sequence
    /// number moves.
    pub fn delete(&mut self, name: &str) -> Result<(), DirectoryError> {
        let id = self.resolve(name)?;
        self.movable(id)?;
        if self.children(id).next().is_some() {
            return Err(DirectoryError::NotEmpty { dn: self.dn(id) });
        }
        let guid = self.at(id).guid;
        if [self.landmarks.bind, self.landmarks.users_group, self.landmarks.groups_group].contains(&guid) {
            return Err(DirectoryError::Needed { dn: self.dn(id) });
        }
        let entry = self.at(id).clone();
        self.put_in_bin(&entry);
        let (members, groups, manager, reports) = (entry.members, entry.member_of, entry.manager, entry.reports);
        for group in groups {
            self.at_mut(group).members.retain(|member| *member != id);
        }
        for member in members.into_iter().filter(|member| *member != id) {
            self.at_mut(member).member_of.retain(|group| *group != id);
        }
        if let Some(manager) = manager {
            self.at_mut(manager).reports.retain(|report| *report != id);
        }
        for report in reports {
            self.at_mut(report).manager = None;
        }
        self.drop_entry(id);
        self.usn += 1;
        Ok(())
    }

    /// Adds a direct member. Only the group counts as changed.
    pub fn add_member(&mut self, group: &str, member: &str) -> Result<(), DirectoryError> {
        let (group, member) = (self.group(group)?, self.resolve(member)?);
        if !self.at(member).kind.is_principal() {
            return Err(DirectoryError::WrongKind { dn: self.dn(member), wanted: "a user, computer or group" });
        }
        if self.at(member).member_of.contains(&group) {
            return Err(DirectoryError::AlreadyMember { group: self.dn(group), member: self.dn(member) });
        }
        self.link_member(group, member);
        self.touch(group);
        Ok(())
    }

    /// Removes a direct member. Only the group counts as changed.
    pub fn remove_member(&mut self, group: &str, member: &str) -> Result<(), DirectoryError> {
        let (group, member) = (self.group(group)?, self.resolve(member)?);
        if !self.at(member).member_of.contains(&group) {
            return Err(DirectoryError::NotMember { group: self.dn(group), member: self.dn(member) });
        }
        self.at_mut(group).members.retain(|id| *id != member);
        self.at_mut(member).member_of.retain(|id| *id != group);
        self.touch(group);
        Ok(())
    }

    /// Both ends of a membership, without moving the sequence number.
    pub(super) fn link_member(&mut self, group: Id, member: Id) {
        self.at_mut(group).members.push(member);
        self.at_mut(member).member_of.push(group);
    }

    /// Both ends of `manager`, without moving the sequence number.
    pub(super) fn link_manager(&mut self, report: Id, manager: Option<Id>) {
        if let Some(old) = self.at(report).manager {
            self.at_mut(old).reports.retain(|id| *id != report);
        }
        self.at_mut(report).manager = manager;
        if let Some(new) = manager {
            self.at_mut(new).reports.push(report);
        }
    }

    fn set_manager(&mut self, id: Id, values: &[&str]) -> Result<(), DirectoryError> {
        let manager = match values {
            [] => None,
            [one] => Some(self.resolve(one)?),
            more => return Err(invalid("manager", &more.join(", "), "A person has one manager at most.")),
        };
        if self.at(id).manager != manager {
            self.link_manager(id, manager);
            self.touch(id);
        }
        Ok(())
    }

    fn control(&mut self, name: &str, change: impl Fn(i64) -> i64) -> Result<(), DirectoryError> {
        let id = self.account(name)?;
        let (old, new) = (self.at(id).account_control(), change(self.at(id).account_control()));
        if old != new {
            self.store(id, "userAccountControl", [new.to_string().into()]);
            self.touch(id);
        }
        Ok(())
    }

    fn place(&mut self, parent: &str, name: &str, kind: Kind) -> Result<Id, DirectoryError> {
        let parent = self.container(parent)?;
        let rdn = rdn(kind, name)?;
        self.place_is_free(parent, &rdn, None)?;
        Ok(self.insert(Some(parent), &rdn, kind))
    }

    fn relocate(&mut self, id: Id, parent: Id, rdn: Box<str>) -> Result<(), DirectoryError> {
        self.place_is_free(parent, &rdn, Some(id))?;
        if self.at(id).parent == Some(parent) && self.at(id).rdn == rdn {
            return Ok(());
        }
        self.forget_name(id);
        let entry = self.at_mut(id);
        entry.parent = Some(parent);
        entry.rdn = rdn;
        self.index_name(id);
        self.touch(id);
        Ok(())
    }

    pub(super) fn place_is_free(&self, parent: Id, rdn: &str, except: Option<Id>) -> Result<(), DirectoryError> {
        let canonical = dn::canonical(rdn).map_err(|reason| DirectoryError::InvalidName { name: rdn.to_owned(), reason })?;
        match self.child(parent, &canonical) {
            Some(other) if Some(other) != except => Err(DirectoryError::Exists { dn: self.dn(other) }),
            _ => Ok(()),
        }
    }

    pub(super) fn login_is_free(&self, login: &str, except: Option<Id>) -> Result<(), DirectoryError> {
        match self.login_of(login) {
            Some(other) if Some(other) != except => Err(DirectoryError::LoginTaken { login: login.to_owned() }),
            _ => Ok(()),
        }
    }

    fn container(&self, name: &str) -> Result<Id, DirectoryError> {
        let id = self.resolve(name)?;
        if self.at(id).kind.holds_entries() {
            Ok(id)
        } else {
            Err(DirectoryError::WrongKind { dn: self.dn(id), wanted: "an organizational unit or container" })
        }
    }

    fn account(&self, name: &str) -> Result<Id, DirectoryError> {
        let id = self.resolve(name)?;
        if self.at(id).kind.is_account() { Ok(id) } else { Err(DirectoryError::WrongKind { dn: self.dn(id), wanted: "an account" }) }
    }

    fn group(&self, name: &str) -> Result<Id, DirectoryError> {
        let id = self.resolve(name)?;
        if self.at(id).kind == Kind::Group { Ok(id) } else { Err(DirectoryError::WrongKind { dn: self.dn(id), wanted: "a group" }) }
    }

    /// The entry above, for what may be renamed, moved or deleted.
    fn movable(&self, id: Id) -> Result<Id, DirectoryError> {
        match (self.at(id).kind, self.at(id).parent) {
            (Kind::Unit | Kind::Person | Kind::Group | Kind::Computer, Some(parent)) => Ok(parent),
            _ => Err(DirectoryError::Needed { dn: self.dn(id) }),
        }
    }
}

/// The RDN of a common name, escaped.
fn rdn(kind: Kind, name: &str) -> Result<Box<str>, DirectoryError> {
    let refuse = |reason: &str| Err(DirectoryError::InvalidName { name: name.to_owned(), reason: reason.to_owned() });
    if name.trim().is_empty() {
        return refuse("It is empty.");
    }
    if name.chars().any(char::is_control) {
        return refuse("It has a control character.");
    }
    if name.chars().count() > LONGEST_NAME {
        return refuse("It has more than 64 characters.");
    }
    Ok(format!("{}={}", kind.naming(), dn::escape(name)).into())
}

/// The value of an RDN as people read it.
pub(super) fn rdn_value(rdn: &str) -> String {
    dn::first_value(rdn).unwrap_or_else(|| rdn.to_owned())
}

/// Refuses what the directory computes, links included.
fn check_stored(attribute: &str) -> Result<(), DirectoryError> {
    match Source::of(attribute) {
        Source::Stored(_) => Ok(()),
        _ => Err(DirectoryError::Computed { attribute: attribute.to_owned() }),
    }
}

fn check_value(attribute: &str, value: &str) -> Result<(), DirectoryError> {
    if attribute.is_empty() || !attribute.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(invalid(attribute, value, "That is not the name of an attribute."));
    }
    if value.is_empty() {
        return Err(invalid(attribute, value, "A value cannot be empty; clear the attribute instead."));
    }
    if attribute::is_integer(attribute) && value.parse::<i64>().is_err() {
        return Err(invalid(attribute, value, "It takes a whole number."));
    }
    Ok(())
}

fn invalid(attribute: &str, value: &str, reason: &str) -> DirectoryError {
    DirectoryError::InvalidValue { attribute: attribute.to_owned(), value: value.to_owned(), reason: reason.to_owned() }
}
