//! Who is in scope among the people, and their attributes.

use super::members::WINDOW;
use super::sweep::Pass;
use super::{BATCH_ENTRIES, Batch};
use super::{Halt, Reading};
use crate::connection::Connection;
use crate::error::LdapError;
use crate::filter::EncodedFilter;
use crate::names::DnSet;
use crate::result_code::{NO_SUCH_OBJECT, REFERRAL, SUCCESS};
use crate::search::{Lookup, Lookups, refused};
use domain::model::data_store::LdapType;

/// More names than this are found faster by one search of the whole Base DN than one by one.
pub(super) const FEW: usize = 1000;

/// Why a principal of another forest is left out.
const FOREIGN: &str = "This member is somebody of another domain or forest (a foreign security principal), of whom this directory has no more \
                       than an identifier. Provision them by a channel whose Data Store is a domain controller there.";

/// Whether a name is that of a principal of another forest, which Active Directory keeps in a container of their own.
fn is_foreign(dn: &str) -> bool {
    let parent = dn.get(..4).filter(|start| start.eq_ignore_ascii_case("CN=S")).and_then(|_| dn.split_once(','));
    parent.is_some_and(|(_, parent)| parent.get(..29).is_some_and(|name| name.eq_ignore_ascii_case("CN=ForeignSecurityPrincipals,")))
}

impl Reading<'_> {
    pub(super) async fn read_users(&mut self, connection: &mut Connection) -> Result<(), Halt> {
        let location = self.request.location;
        if location.users.is_empty() {
            return Err(LdapError::Settings {
                sentence: "Source Location has neither a Group DN nor a Filter for users. Enter one.".into(),
            }
            .into());
        }
        if location.users.group_dn.trim().is_empty() {
            let filter = EncodedFilter::all([self.user_filter(), Self::filter(&location.users.filter, "users' Filter")?]);
            let decoder = self.user_decoder();
            let request = self.search(filter, decoder.names());
            return self.sweep(connection, request, "the search of users", &mut Pass::Users(decoder, None)).await;
        }
        self.users_of_a_group(connection).await
    }

    /// The values of the Group Member Attribute decide who is in scope; searches only fetch their attributes.
    async fn users_of_a_group(&mut self, connection: &mut Connection) -> Result<(), Halt> {
        let root = self.request.location.users.group_dn.trim().to_owned();
        let (mut set, groups) = self.closure(connection, &root).await?;
        self.fetch_members(connection, &mut set, &groups).await?;
        self.flush().await?;
        self.read_one_by_one(connection, &set.missing(), &groups).await
    }

    /// Reads the entries of these names.
    pub(super) async fn read_by_name(&mut self, connection: &mut Connection, names: Vec<String>, groups: &[String]) -> Result<(), Halt> {
        if names.len() <= FEW {
            return self.read_one_by_one(connection, &names, groups).await;
        }
        let mut set = DnSet::default();
        names.iter().for_each(|name| {
            set.insert(name);
        });
        self.fetch_members(connection, &mut set, groups).await?;
        self.flush().await?;
        self.read_one_by_one(connection, &set.missing(), groups).await
    }

    async fn read_one_by_one(&mut self, connection: &mut Connection, names: &[String], groups: &[String]) -> Result<(), Halt> {
        let gone = self.look_up_members(connection, names).await?;
        if !gone.is_empty() {
            self.confirm_gone(connection, &gone, groups).await?;
        }
        Ok(())
    }

    /// Members of the group, and with Nested Search of its member groups; and those groups.
    pub(super) async fn closure(&mut self, connection: &mut Connection, root: &str) -> Result<(DnSet, Vec<String>), Halt> {
        let nested = self.request.location.users.nested;
        let mut set = DnSet::default();
        let mut groups = DnSet::default();
        let mut foreign = DnSet::default();
        let mut order = vec![root.to_owned()];
        groups.insert(root);
        let mut next = 0;
        while let Some(group) = order.get(next).cloned() {
            next += 1;
            let what = if next == 1 { "the read of the users' Group DN" } else { "the read of a member group" };
            let members = self.members_of(connection, &group, what).await?;
            if next == 1 && members.is_empty() {
                self.notes.empty_group.push(group.clone());
            }
            let mut member_groups = Vec::new();
            if nested && !members.is_empty() {
                member_groups = self.groups_among(connection, &group, &members, true).await?;
            }
            for name in member_groups {
                if groups.insert(&name) {
                    order.push(name);
                }
            }
            for member in &members {
                if groups.contains(member) {
                    continue;
                }
                if is_foreign(member) {
                    foreign.insert(member);
                    continue;
                }
                if self.below.holds(member) {
                    set.insert(member);
                } else {
                    self.notes.outside += 1;
                }
            }
        }
        self.note_primary_group(root);
        for names in foreign.missing().chunks(BATCH_ENTRIES) {
            let left_out = names.iter().map(|name| (name.clone(), FOREIGN)).collect();
            self.send(Batch::LeftOut(left_out)).await?;
        }
        // A group may be met as a member before it is known to be one.
        for group in &order {
            set.find(group);
        }
        Ok((set, order))
    }

    /// Active Directory keeps members by primary group out of `member`; every person is one of Domain Users in that way.
    fn note_primary_group(&mut self, root: &str) {
        let is_ad = self.directory.settings.ldap_type == LdapType::ActiveDirectory;
        let name = domain::text::dn::first_value(root).unwrap_or_default();
        if is_ad && name.eq_ignore_ascii_case("Domain Users") {
            self.notes.primary_group = Some(root.to_owned());
        }
    }

    /// Finds as many of the set as searches of the Base DN can.
    async fn fetch_members(&mut self, connection: &mut Connection, set: &mut DnSet, groups: &[String]) -> Result<(), Halt> {
        let member_of = self.request.source.member_of_attribute.trim();
        let decoder = self.user_decoder();
        if !member_of.is_empty() {
            for group in groups {
                if set.left() == 0 {
                    return Ok(());
                }
                let filter = EncodedFilter::all([self.user_filter(), EncodedFilter::equals(member_of, group)]);
                let request = self.search(filter, decoder.names());
                self.sweep(connection, request, "the search of members", &mut Pass::Users(decoder.clone(), Some(set))).await?;
            }
        }
        if set.left() > FEW {
            let request = self.search(self.user_filter(), decoder.names());
            self.sweep(connection, request, "the search of users", &mut Pass::Users(decoder, Some(set))).await?;
        }
        Ok(())
    }

    /// Reads the others one by one; returns those that are not there.
    async fn look_up_members(&mut self, connection: &mut Connection, names: &[String]) -> Result<Vec<String>, Halt> {
        let mut decoder = self.user_decoder();
        let request = Self::one(self.user_filter(), decoder.names());
        let mut lookups = Lookups::new(names, request, WINDOW);
        let mut gone = Vec::new();
        let mut found = vec![false; names.len()];
        while let Some(event) = lookups.next(connection).await? {
            match event {
                Lookup::Entry(at, entry) => {
                    let decoded = decoder.decode(entry).map_err(|malformed| connection.not_understood(malformed))?;
                    found[at] = true;
                    self.user(decoded);
                    if self.is_batch_full() {
                        self.flush().await?;
                    }
                }
                Lookup::End(at, answer) => match answer.code {
                    SUCCESS => self.notes.not_people += u64::from(!found[at]),
                    NO_SUCH_OBJECT => gone.push(names[at].clone()),
                    REFERRAL => self.notes.referrals += 1,
                    _ => return Err(refused(connection, "the look-up of a member", &names[at], answer).into()),
                },
            }
        }
        self.notes.not_text(&decoder.not_text);
        Ok(gone)
    }

    /// Somebody who was moved between the read of the group and this one is not there under the old name, and has not left: then
    /// the group lists another name by now.
    async fn confirm_gone(&mut self, connection: &mut Connection, gone: &[String], groups: &[String]) -> Result<(), Halt> {
        let mut open = DnSet::default();
        for name in gone {
            open.insert(name);
        }
        for group in groups {
            for member in self.members_of(connection, group, "the second read of a group").await? {
                open.find(&member);
            }
        }
        let moved = open.missing();
        if let Some(first) = moved.first() {
            return Err(Halt::Inconsistent(format!(
                "‘{first}’ was moved, renamed or deleted during the read ({} in all); the next cycle will see where it went.",
                moved.len()
            )));
        }
        gone.iter().for_each(|name| self.notes.dangling(name));
        Ok(())
    }
}
