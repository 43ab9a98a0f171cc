//! One entry, judged by the scope of a channel: the same filters, the same members and the same decoding as a read of everybody.

use super::{Batch, Halt, ReadOutcome, ReadRequest, Reading, complete};
use crate::connection::Connection;
use crate::directory::Directory;
use crate::error::LdapError;
use crate::filter::EncodedFilter;
use crate::lookup::FoundEntry;
use crate::names::Below;
use crate::result_code::NO_SUCH_OBJECT;
use domain::id::SourceId;
use domain::model::channel::{GuidType, SourceSettings};
use domain::model::source::SourceEntry;
use domain::text::dn::Dn;
use std::collections::HashMap;
use tokio::sync::mpsc;

/// Attributes that people type the value of.
const NAMES: &[&str] = &["mail", "uid", "sAMAccountName", "userPrincipalName", "cn", "displayName"];

/// How one entry stands to the scope of people.
#[derive(Clone, Debug, PartialEq)]
pub struct InScope {
    /// It lies below the Base DN.
    pub below_base: bool,
    /// It is of the User objectClass, and of a person's category in Active Directory.
    pub is_person: bool,
    /// It matches the Filter; `None` where a Group DN says who is in scope.
    pub matches_filter: Option<bool>,
    /// The groups from the Group DN down to the one that lists it; empty where none does. `None` where a Filter says who is in scope.
    pub path: Option<Vec<String>>,
    /// The entry as a read of everybody would hand it over, wherever it is.
    pub entry: Option<SourceEntry>,
}

impl InScope {
    /// Whether a read of everybody would hand it over.
    pub fn is_in(&self) -> bool {
        self.below_base
            && self.is_person
            && self.matches_filter.unwrap_or(true)
            && self.path.as_ref().is_none_or(|path| !path.is_empty())
            && self.entry.is_some()
    }
}

impl Directory {
    /// How the entry of this DN stands to the scope of people; `None` when there is no such entry.
    ///
    /// # Errors
    /// When no server answers, or what the scope says cannot be asked.
    pub async fn read_person(&self, request: ReadRequest<'_>, dn: &str) -> Result<Option<InScope>, LdapError> {
        let (out, _) = mpsc::channel(1);
        let mut reading = Reading::new(self, request, out);
        let mut lease = self.lease(true).await?;
        match reading.person(&mut lease, dn).await {
            Ok(found) => Ok(found),
            Err(Halt::Failed(error)) => Err(error),
            Err(Halt::Inconsistent(sentence)) => Err(LdapError::Settings { sentence }),
            Err(Halt::Stopped) => Ok(None),
        }
    }

    /// Reads the groups in scope with their members, and no people.
    pub async fn read_groups(&self, request: ReadRequest<'_>, out: mpsc::Sender<Batch>) -> ReadOutcome {
        let mut reading = Reading::new(self, request, out);
        let mut server = None;
        let halt = match self.lease(true).await {
            Ok(mut lease) => {
                server = Some(lease.server().to_string());
                reading.groups_alone(&mut lease).await.err()
            }
            Err(error) => Some(Halt::Failed(error)),
        };
        let _ = reading.flush().await;
        reading.outcome(server, halt)
    }

    /// The entries below a DN that are called so: by their DN, by a filter in parentheses, by their anchor, or by what people type
    /// (mail, uid, sAMAccountName, UPN, cn, displayName, and the attributes named in `also`). At most `limit`.
    ///
    /// # Errors
    /// When no server answers, or the filter cannot be parsed.
    pub async fn find_named(
        &self,
        base_dn: &str,
        which: &str,
        also: &[String],
        source: &SourceSettings,
        limit: u16,
    ) -> Result<Vec<FoundEntry>, LdapError> {
        let which = which.trim();
        let names = ["objectClass".to_owned()];
        if is_dn(which) {
            let found = self.read_entry(base_dn, which, &names, Some(source)).await?;
            return Ok(found.into_iter().collect());
        }
        let filter = match which.starts_with('(') {
            true => EncodedFilter::parse(which).map_err(|sentence| LdapError::Settings { sentence })?,
            false => {
                let typed = NAMES.iter().copied().chain(also.iter().map(String::as_str));
                EncodedFilter::any(typed.map(|name| EncodedFilter::equals(name, which)).chain(by_anchor(source, which)))
            }
        };
        self.find(base_dn, filter, &names, Some(source), limit).await
    }

    /// Entries below a DN that have all of these values.
    ///
    /// # Errors
    /// When no server answers.
    pub async fn find_sharing(
        &self,
        base_dn: &str,
        values: &[(String, String)],
        source: &SourceSettings,
        limit: u16,
    ) -> Result<Vec<FoundEntry>, LdapError> {
        let filter = EncodedFilter::all(values.iter().map(|(name, value)| EncodedFilter::equals(name, value)));
        self.find(base_dn, filter, &["objectClass".to_owned()], Some(source), limit).await
    }

    /// The entry with this anchor below a DN.
    ///
    /// # Errors
    /// When no server answers.
    pub async fn find_anchored(&self, base_dn: &str, id: &SourceId, source: &SourceSettings) -> Result<Option<FoundEntry>, LdapError> {
        let Some(filter) = by_anchor(source, &id.0) else { return Ok(None) };
        let found = self.find(base_dn, filter, &["objectClass".to_owned()], Some(source), 2).await?;
        Ok(found.into_iter().find(|entry| entry.id.as_ref() == Some(id)))
    }
}

/// Whether a text is meant as a DN.
fn is_dn(text: &str) -> bool {
    !text.starts_with('(') && text.contains('=') && text.contains(',') && Dn::parse(text).is_ok()
}

/// The filter that finds an anchor by its text; `None` for a text that cannot be one.
fn by_anchor(source: &SourceSettings, text: &str) -> Option<EncodedFilter> {
    let name = source.guid_attribute.trim();
    let is_guid = source.guid_type == GuidType::Binary || name.eq_ignore_ascii_case("objectGUID");
    match is_guid {
        true => guid_octets(text).map(|octets| EncodedFilter::equals_octets(name, &octets)),
        false if name.is_empty() || text.is_empty() => None,
        false => Some(EncodedFilter::equals(name, text)),
    }
}

/// The octets of a GUID as Microsoft writes it.
fn guid_octets(text: &str) -> Option<Vec<u8>> {
    const ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    let digits: Vec<u8> = text.bytes().filter(|b| *b != b'-').collect();
    if digits.len() != 32 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let digits = std::str::from_utf8(&digits).ok()?;
    let mut octets = vec![0; 16];
    for (at, to) in ORDER.into_iter().enumerate() {
        octets[to] = u8::from_str_radix(&digits[at * 2..at * 2 + 2], 16).ok()?;
    }
    Some(octets)
}

impl Reading<'_> {
    async fn groups_alone(&mut self, connection: &mut Connection) -> Result<(), Halt> {
        self.read_groups(connection).await?;
        self.flush().await?;
        self.coverage.groups = complete(self.coverage.groups.seen);
        Ok(())
    }

    async fn person(&mut self, connection: &mut Connection, dn: &str) -> Result<Option<InScope>, Halt> {
        let location = self.request.location;
        let Some(entry) = self.entry_if(connection, dn, EncodedFilter::anything()).await? else { return Ok(None) };
        let below_base = Below::new(&location.base_dn).holds(&entry.dn);
        let is_person = self.entry_if(connection, dn, self.user_filter()).await?.is_some();
        let mut found = InScope { below_base, is_person, matches_filter: None, path: None, entry: Some(entry) };
        let group = location.users.group_dn.trim().to_owned();
        if group.is_empty() {
            let filter = Self::filter(&location.users.filter, "users' Filter")?;
            found.matches_filter = Some(self.entry_if(connection, dn, filter).await?.is_some());
        } else {
            found.path = Some(self.path_to(connection, &group, dn).await?);
        }
        Ok(Some(found))
    }

    /// The entry, where it matches a filter, as a read of people decodes it.
    async fn entry_if(&mut self, connection: &mut Connection, dn: &str, filter: EncodedFilter) -> Result<Option<SourceEntry>, Halt> {
        let mut decoder = self.user_decoder();
        let mut request = Self::one(filter, decoder.names());
        request.base = dn.to_owned();
        match self.read_one(connection, request, &mut decoder, "the read of an entry").await {
            Ok(found) => Ok(found.and_then(|f| Some(SourceEntry { id: f.id?, dn: f.dn, attributes: f.attributes }))),
            Err(error) if error.code() == Some(NO_SUCH_OBJECT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The groups from one down to the one that lists a name; with Nested Search through member groups. Empty where none does.
    async fn path_to(&mut self, connection: &mut Connection, root: &str, dn: &str) -> Result<Vec<String>, Halt> {
        let wanted = self.keys.key(dn);
        let mut above: HashMap<usize, usize> = HashMap::new();
        let mut order = vec![root.to_owned()];
        let mut known = std::collections::HashSet::from([self.keys.key(root)]);
        let mut next = 0;
        while let Some(group) = order.get(next).cloned() {
            let members = self.members_of(connection, &group, "the read of a group").await?;
            if members.iter().any(|member| self.keys.key(member) == wanted) {
                let mut path = vec![order[next].clone()];
                let mut at = next;
                while let Some(&parent) = above.get(&at) {
                    path.push(order[parent].clone());
                    at = parent;
                }
                path.reverse();
                return Ok(path);
            }
            if self.request.location.users.nested && !members.is_empty() {
                for name in self.groups_among(connection, &group, &members, true).await? {
                    let key = self.keys.key(&name);
                    if known.insert(key) {
                        above.insert(order.len(), next);
                        order.push(name);
                    }
                }
            }
            next += 1;
        }
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guid::write_guid;

    #[test]
    fn a_guid_is_read_as_it_is_written() {
        let octets: Vec<u8> = (0..16).map(|n| n * 15 + 1).collect();
        let mut text = String::new();
        write_guid(&octets, &mut text);
        assert_eq!(guid_octets(&text), Some(octets));
        assert_eq!((guid_octets("ann"), guid_octets(&"g".repeat(32)), guid_octets("")), (None, None, None));
    }

    #[test]
    fn what_is_typed_may_be_a_dn() {
        assert!(is_dn("CN=Ann,DC=x") && is_dn("uid=ann, ou=people, dc=x"));
        assert!(!is_dn("Doe, Jane") && !is_dn("ann@example.com") && !is_dn("(cn=a,b=c)"));
    }
}
