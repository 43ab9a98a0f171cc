//! Which groups are in scope, and their members.

use super::sweep::Pass;
use super::{Halt, Reading};
use crate::connection::Connection;
use crate::entry::Decoded;
use crate::filter::EncodedFilter;
use crate::names::DnSet;
use crate::result_code::SUCCESS;
use crate::search::{Lookup, Lookups, refused};

/// Groups read by name at once: they are large.
const WINDOW: usize = 8;

impl Reading<'_> {
    pub(super) async fn read_groups(&mut self, connection: &mut Connection) -> Result<(), Halt> {
        let location = self.request.location;
        if location.groups.is_empty() {
            return Ok(());
        }
        if location.groups.nested {
            self.prepare_flattening(connection).await?;
        }
        if !location.groups.group_dn.trim().is_empty() {
            return self.groups_of_a_group(connection).await;
        }
        let filter = EncodedFilter::all([self.group_filter(), Self::filter(&location.groups.filter, "groups' Filter")?]);
        let decoder = self.group_decoder();
        let request = self.search(filter, decoder.names());
        self.sweep(connection, request, "the search of groups", &mut Pass::Groups(decoder)).await
    }

    /// The groups that are members of the Group DN; with Nested Search also those that are members of members.
    async fn groups_of_a_group(&mut self, connection: &mut Connection) -> Result<(), Halt> {
        let scope = &self.request.location.groups;
        let root = scope.group_dn.trim().to_owned();
        let mut known = DnSet::default();
        known.insert(&root);
        let mut order = vec![root.clone()];
        let mut next = 0;
        while let Some(group) = order.get(next).cloned() {
            next += 1;
            let what = if next == 1 { "the read of the groups' Group DN" } else { "the read of a member group" };
            let members = self.members_of(connection, &group, what).await?;
            if next == 1 && members.is_empty() && !scope.include_group {
                self.notes.empty_group.push(group.clone());
            }
            if !members.is_empty() {
                for name in self.groups_among(connection, &group, &members, false).await? {
                    if known.insert(&name) {
                        order.push(name);
                    }
                }
            }
            if !scope.nested {
                break;
            }
        }
        // All at once, before they are read a few at a time.
        let tokens = std::mem::take(&mut self.tokens);
        self.know_primary_members(connection, tokens).await?;
        let in_scope = if scope.include_group { &order[..] } else { &order[1..] };
        for names in in_scope.chunks(WINDOW) {
            let mut groups = self.look_up_groups(connection, names).await?;
            self.finish_groups(connection, &mut groups).await?;
        }
        Ok(())
    }

    async fn look_up_groups(&mut self, connection: &mut Connection, names: &[String]) -> Result<Vec<Decoded>, Halt> {
        let mut decoder = self.group_decoder();
        let request = Self::one(EncodedFilter::anything(), decoder.names());
        let mut lookups = Lookups::new(names, request, WINDOW);
        let mut groups = Vec::with_capacity(names.len());
        while let Some(event) = lookups.next(connection).await? {
            match event {
                Lookup::Entry(_, entry) => {
                    groups.push(decoder.decode(entry).map_err(|malformed| connection.not_understood(malformed))?);
                }
                Lookup::End(_, answer) if answer.code == SUCCESS => {}
                // It was there a moment ago; a group that vanishes within a read is a matter for the next one.
                Lookup::End(at, answer) => return Err(refused(connection, "the read of a group", &names[at], answer).into()),
            }
        }
        if let Some(missing) = names.iter().find(|name| !groups.iter().any(|g| self.keys.key(&g.dn) == self.keys.key(name))) {
            return Err(Halt::Inconsistent(format!(
                "The group ‘{missing}’ was moved, renamed or deleted during the read; the next cycle will see it."
            )));
        }
        self.notes.not_text(&decoder.not_text);
        Ok(groups)
    }

    /// Completes groups as they came from the wire, between two pages, when the connection is free for it.
    pub(super) async fn finish_groups(&mut self, connection: &mut Connection, groups: &mut Vec<Decoded>) -> Result<(), Halt> {
        for group in groups.iter_mut() {
            self.rest_of_members(connection, group).await?;
        }
        self.add_primary_members(connection, groups).await?;
        for mut group in groups.drain(..) {
            if self.request.location.groups.nested {
                self.flatten(connection, &mut group).await?;
            }
            self.group(group);
            if self.is_batch_full() {
                self.flush().await?;
            }
        }
        Ok(())
    }
}
