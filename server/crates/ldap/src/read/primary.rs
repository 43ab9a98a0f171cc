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
/// On a person.
const PRIMARY_GROUP: &str = "primaryGroupID";

impl Reading<'_> {
    pub(super) fn has_primary_groups(&self) -> bool {
        self.directory.settings.ldap_type == LdapType::ActiveDirectory
    }

    /// Adds to each of these groups the people whose primary group it is.
    pub(super) async fn add_primary_members(&self, connection: &mut Connection, groups: &mut [Decoded]) -> Result<(), Halt> {
        if !self.has_primary_groups() {
            return Ok(());
        }
        let places: HashMap<String, usize> =
            groups.iter().enumerate().filter_map(|(at, group)| Some((group.attributes.first(TOKEN)?.to_owned(), at))).collect();
        if places.is_empty() {
            return Ok(());
        }
        let settings = &self.directory.settings;
        let by_group = SourceSettings { guid_attribute: PRIMARY_GROUP.into(), guid_type: GuidType::Text, ..self.request.source.clone() };
        let mut decoder = Decoder::anchored(settings, &by_group, &[]);
        let of_these = EncodedFilter::any(places.keys().map(|token| EncodedFilter::equals(PRIMARY_GROUP, token)));
        let request = self.search(EncodedFilter::all([self.user_filter(), of_these]), decoder.names());
        let mut scan = Scan::new(request, self.page_size(), "the search of members by primary group");
        while let Some(event) = scan.next(connection).await? {
            if let Event::Entry(entry) = event {
                let found: Result<Decoded, LdapError> = decoder.decode(entry).map_err(|malformed| connection.not_understood(malformed));
                let found = found?;
                if let Some(&at) = found.id.and_then(|id| places.get(&id.0)) {
                    groups[at].members.push(found.dn);
                }
            }
        }
        Ok(())
    }
}
