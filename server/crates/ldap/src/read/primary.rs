//! Members by primary group: Active Directory keeps them out of `member`, and out of `memberOf`.
//!
//! A person's entry has the number of their primary group, which the group's entry tells as `primaryGroupToken`. For nearly everybody it is
//! Domain Users.

use super::{Halt, Reading};
use crate::connection::Connection;
use crate::entry::{Decoded, Decoder};
use crate::error::LdapError;
use crate::filter::EncodedFilter;
use crate::search::{Event, Scan};
use domain::model::channel::{GuidType, SourceSettings};
use domain::model::data_store::LdapType;
use std::collections::HashMap;

/// On a group, made up by the server when it is asked for.
pub(super) const TOKEN: &str = "primaryGroupToken";
/// Groups that are asked about at once.
const TOKENS: usize = 500;
/// On a person.
const PRIMARY_GROUP: &str = "primaryGroupID";

impl Reading<'_> {
    pub(super) fn has_primary_groups(&self) -> bool {
        self.directory.settings.ldap_type == LdapType::ActiveDirectory
    }

    /// Reads a group's number where an anchor would be.
    pub(super) fn token_decoder(&self) -> Decoder {
        self.anchored_by(TOKEN)
    }

    fn anchored_by(&self, name: &str) -> Decoder {
        let source = SourceSettings { guid_attribute: name.into(), guid_type: GuidType::Text, ..self.request.source.clone() };
        Decoder::anchored(&self.directory.settings, &source, &[])
    }

    /// Adds to each of these groups the people whose primary group it is.
    pub(super) async fn add_primary_members(&mut self, connection: &mut Connection, groups: &mut [Decoded]) -> Result<(), Halt> {
        if !self.has_primary_groups() {
            return Ok(());
        }
        let token = |group: &Decoded| group.attributes.first(TOKEN).map(str::to_owned);
        let tokens: Vec<String> = groups.iter().filter_map(token).collect();
        self.know_primary_members(connection, tokens).await?;
        for group in groups {
            let members = token(group).and_then(|token| self.primary_members.get(&token));
            group.members.extend(members.into_iter().flatten().cloned());
        }
        Ok(())
    }

    /// Searches for the people who have one of these as their primary group, unless that was done in this read.
    pub(super) async fn know_primary_members(&mut self, connection: &mut Connection, mut tokens: Vec<String>) -> Result<(), Halt> {
        tokens.retain(|token| !self.primary_members.contains_key(token));
        let mut decoder = self.anchored_by(PRIMARY_GROUP);
        for tokens in tokens.chunks(TOKENS) {
            let mut found: HashMap<String, Vec<String>> = tokens.iter().map(|token| (token.clone(), Vec::new())).collect();
            let of_these = EncodedFilter::any(tokens.iter().map(|token| EncodedFilter::equals(PRIMARY_GROUP, token)));
            let request = self.search(EncodedFilter::all([self.user_filter(), of_these]), decoder.names());
            let mut scan = Scan::new(request, self.page_size(), "the search of members by primary group");
            while let Some(event) = scan.next(connection).await? {
                if let Event::Entry(entry) = event {
                    let person: Result<Decoded, LdapError> =
                        decoder.decode(entry).map_err(|malformed| connection.not_understood(malformed));
                    let person = person?;
                    if let Some(members) = person.id.and_then(|id| found.get_mut(&id.0)) {
                        members.push(person.dn);
                    }
                }
            }
            self.primary_members.extend(found);
        }
        Ok(())
    }
}
