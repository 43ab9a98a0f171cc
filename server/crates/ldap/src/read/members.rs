//! Members of groups: all values of one group, which of them are groups, and flattening.

use super::{Halt, REMEMBERED_MEMBERS, Reading};
use crate::connection::Connection;
use crate::entry::{Decoded, Decoder};
use crate::error::LdapError;
use crate::filter::EncodedFilter;
use crate::message::{Answer, SearchRequest};
use crate::names::DnKey;
use crate::read::primary::TOKEN;
use crate::read::sweep::Pass;
use crate::result_code::{NO_SUCH_OBJECT, REFERRAL, SUCCESS};
use crate::search::{Event, Lookup, Lookups, Scan, refused};
use domain::model::data_store::LdapType;
use std::collections::HashSet;
use std::collections::hash_map::Entry;

/// Look-ups by name under way at once.
pub(super) const WINDOW: usize = 32;

impl Reading<'_> {
    /// Reads one entry; `None` when it does not match the filter.
    pub(super) async fn read_one(
        &mut self,
        connection: &mut Connection,
        request: SearchRequest,
        decoder: &mut Decoder,
        what: &'static str,
    ) -> Result<Option<Decoded>, LdapError> {
        let mut scan = Scan::new(request, 0, what);
        let mut found = None;
        while let Some(event) = scan.next(connection).await? {
            if let Event::Entry(entry) = event {
                found = Some(decoder.decode(entry).map_err(|malformed| connection.not_understood(malformed))?);
            }
        }
        Ok(found)
    }

    /// Every member of one group, as spelled there.
    pub(super) async fn members_of(&mut self, connection: &mut Connection, group: &str, what: &'static str) -> Result<Vec<String>, Halt> {
        let token = self.has_primary_groups().then(|| TOKEN.to_owned());
        let mut decoder =
            Decoder::plain(&self.directory.settings, token.as_slice()).with_members(&self.directory.settings, self.request.source);
        let mut request = Self::one(EncodedFilter::anything(), decoder.names());
        request.base = group.to_owned();
        let found = self.read_one(connection, request.clone(), &mut decoder, what).await?;
        let Some(mut found) = found else {
            // Success without the entry: the account may know of it and not read it.
            let answer = Answer { code: NO_SUCH_OBJECT, ..Answer::default() };
            return Err(refused(connection, what, group, answer).into());
        };
        self.rest_of_members(connection, &mut found).await?;
        self.add_primary_members(connection, std::slice::from_mut(&mut found)).await?;
        self.notes.knows_primary_members |= found.attributes.has(TOKEN);
        Ok(found.members)
    }

    /// Fetches what a server kept back of a large group: `member;range=1500-*` and so on to the end.
    pub(super) async fn rest_of_members(&mut self, connection: &mut Connection, group: &mut Decoded) -> Result<(), LdapError> {
        let mut decoder = Decoder::members_alone(&self.directory.settings, self.request.source);
        while let Some(from) = group.members_from.take() {
            let name = format!("{};range={from}-*", self.request.source.member_attribute.trim());
            let mut request = Self::one(EncodedFilter::anything(), vec![name]);
            request.base.clone_from(&group.dn);
            let found = self.read_one(connection, request, &mut decoder, "the read of further members").await?;
            if let Some(mut found) = found {
                group.members.append(&mut found.members);
                group.members_from = found.members_from;
            }
        }
        Ok(())
    }

    /// Which of these members are groups. With `outside`, names outside the Base DN are looked up as well.
    pub(super) async fn groups_among(
        &mut self,
        connection: &mut Connection,
        parent: &str,
        members: &[String],
        outside: bool,
    ) -> Result<Vec<String>, Halt> {
        let member_of = self.request.source.member_of_attribute.trim();
        let mut found = Vec::new();
        if self.directory.settings.ldap_type == LdapType::ActiveDirectory && !member_of.is_empty() {
            // One indexed search. Active Directory computes memberOf from member, so both always agree; elsewhere an overlay may
            // have been switched on after the groups were made.
            let filter = EncodedFilter::all([self.group_filter(), EncodedFilter::equals(member_of, parent)]);
            let decoder = self.token_decoder();
            let request = self.search(filter, decoder.names());
            let mut groups = Vec::new();
            self.sweep(connection, request, "the search of member groups", &mut Pass::Places(decoder, &mut groups)).await?;
            // The values of member are the authority.
            let listed: HashSet<DnKey> = members.iter().map(|m| self.keys.key(m)).collect();
            for (token, name) in groups {
                if listed.contains(&self.keys.key(&name)) {
                    self.tokens.extend(token.map(|token| token.0));
                    found.push(name);
                }
            }
        } else {
            self.know_group_names(connection).await?;
            let names = self.group_names.take().unwrap_or_default();
            found.extend(members.iter().filter(|m| names.contains(&self.keys.key(m))).cloned());
            self.group_names = Some(names);
        }
        if outside {
            found.append(&mut self.groups_outside(connection, members).await?);
        }
        Ok(found)
    }

    /// Reads the names of all groups below the Base DN, once.
    async fn know_group_names(&mut self, connection: &mut Connection) -> Result<(), Halt> {
        if self.group_names.is_none() {
            let mut names = HashSet::new();
            let request = self.search(self.group_filter(), Vec::new());
            self.sweep(connection, request, "the search of group names", &mut Pass::Names(&mut names)).await?;
            self.group_names = Some(names);
        }
        Ok(())
    }

    /// Which names outside the Base DN are groups; each is asked for once in a read.
    async fn groups_outside(&mut self, connection: &mut Connection, members: &[String]) -> Result<Vec<String>, Halt> {
        let outside: Vec<&String> = members.iter().filter(|m| !self.below.holds(m)).collect();
        let mut unknown = Vec::new();
        for name in &outside {
            let key = self.keys.key(name);
            if let Entry::Vacant(place) = self.groups_outside.entry(key) {
                place.insert(false);
                unknown.push((*name).clone());
            }
        }
        let request = Self::one(self.group_filter(), Vec::new());
        let mut lookups = Lookups::new(&unknown, request, WINDOW);
        while let Some(event) = lookups.next(connection).await? {
            match event {
                Lookup::Entry(at, _) => {
                    let key = self.keys.key(&unknown[at]);
                    self.groups_outside.insert(key, true);
                }
                // Not there, not to be seen, or on another server: not a group that could be expanded here.
                Lookup::End(_, answer) if matches!(answer.code, SUCCESS | NO_SUCH_OBJECT | REFERRAL) => {}
                Lookup::End(at, answer) => return Err(refused(connection, "the look-up of a member group", &unknown[at], answer).into()),
            }
        }
        Ok(outside.into_iter().filter(|m| self.groups_outside.get(&self.keys.key(m)) == Some(&true)).cloned().collect())
    }

    /// Direct members of a nested group, remembered while there is room.
    async fn nested_members(&mut self, connection: &mut Connection, group: &str) -> Result<Vec<String>, Halt> {
        let key = self.keys.key(group);
        if let Some(members) = self.remembered.get(&key) {
            return Ok(members.clone());
        }
        let members = self.members_of(connection, group, "the read of a member group").await?;
        if self.remembered_members + members.len() <= REMEMBERED_MEMBERS {
            self.remembered_members += members.len();
            self.remembered.insert(key, members.clone());
        }
        Ok(members)
    }

    /// Puts the members of member groups in the place of those groups, to any depth. A group met twice, itself included, counts once.
    pub(super) async fn flatten(&mut self, connection: &mut Connection, group: &mut Decoded) -> Result<(), Halt> {
        let is_simple = self.groups_in(connection, &group.members).await?.is_empty();
        if is_simple {
            return Ok(());
        }
        let mut visited = HashSet::from([self.keys.key(&group.dn)]);
        let mut seen = HashSet::new();
        let mut flat = Vec::new();
        let mut queue = vec![std::mem::take(&mut group.members)];
        while let Some(members) = queue.pop() {
            let groups = self.groups_in(connection, &members).await?;
            let group_keys: HashSet<DnKey> = groups.iter().map(|g| self.keys.key(g)).collect();
            for member in members {
                let key = self.keys.key(&member);
                if !group_keys.contains(&key) && seen.insert(key) {
                    flat.push(member);
                }
            }
            for nested in groups {
                if visited.insert(self.keys.key(&nested)) {
                    self.notes.flattened_groups += 1;
                    queue.push(self.nested_members(connection, &nested).await?);
                }
            }
        }
        group.members = flat;
        Ok(())
    }

    /// As [`Reading::groups_among`], by the names of all groups that [`Reading::prepare_flattening`] read.
    async fn groups_in(&mut self, connection: &mut Connection, members: &[String]) -> Result<Vec<String>, Halt> {
        let names = self.group_names.take().unwrap_or_default();
        let mut found: Vec<String> = members.iter().filter(|m| names.contains(&self.keys.key(m))).cloned().collect();
        self.group_names = Some(names);
        found.append(&mut self.groups_outside(connection, members).await?);
        Ok(found)
    }

    /// For flattening: knows every group name before the first group arrives, because a search cannot begin within another's page.
    pub(super) async fn prepare_flattening(&mut self, connection: &mut Connection) -> Result<(), Halt> {
        self.know_group_names(connection).await
    }
}
