//! Reading changes alone: the names of everybody in scope, and the entries of those that changed since a watermark.
//!
//! A directory tells changes in one of three ways, each in a file of its own: by number ([`super::numbers`]), by the time of the last
//! change ([`super::times`]), or by synchronization ([`super::sync`]). Where a watermark was taken before everything else, nothing that
//! changes later is missed by asking for what comes after it. Three things are not told by the changes of the people in scope, and are
//! looked at anew each time: who is a member (a change of the group alone), who was deleted (often a change of nothing at all), and what
//! lies below a container that was renamed (a change of the container alone).

use super::{Halt, Reading};
use crate::connection::Connection;
use crate::filter::EncodedFilter;
use crate::names::DnSet;
use crate::read::members::WINDOW;
use crate::read::sweep::Pass;
use crate::read::users::FEW;
use crate::read::{BATCH_ENTRIES, Batch, Since};
use crate::result_code::{NO_SUCH_OBJECT, SUCCESS};
use crate::search::{Lookup, Lookups, refused};
use domain::model::channel::{ChangeAlgorithm, SourceSettings};
use domain::model::cycle::Watermark;
use domain::model::data_store::{LdapSettings, LdapType};
use std::collections::HashSet;

/// What has people below it, and a name that is part of theirs.
const CONTAINERS: &[&str] = &["organizationalUnit", "container", "domain", "organization", "builtinDomain", "country", "locality"];

/// How a directory tells what changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    /// Each change has a number, which its entry keeps.
    Numbers,
    /// Each entry keeps the time of its last change; `negated`: what is newer is asked for as what is not older.
    Times { negated: bool },
    /// The server remembers itself what a client has seen.
    Sync,
}

impl Telling {
    /// How this directory does, as far as settings say.
    pub(super) fn of(settings: &LdapSettings, source: &SourceSettings) -> Option<Self> {
        // What a referral leads to has numbers and times of its own.
        if settings.follow_referrals {
            return None;
        }
        let is_ad = settings.ldap_type == LdapType::ActiveDirectory;
        let has_time = !source.timestamp_attribute.trim().is_empty();
        match source.change_algorithm {
            ChangeAlgorithm::ActiveDirectoryUsn if is_ad && !source.usn_attribute.trim().is_empty() => Some(Self::Numbers),
            ChangeAlgorithm::Timestamp if has_time => Some(Self::Times { negated: true }),
            ChangeAlgorithm::TimestampNoNegation if has_time => Some(Self::Times { negated: false }),
            ChangeAlgorithm::ContentSynchronization if !is_ad => Some(Self::Sync),
            _ => None,
        }
    }
}

impl<'a> Reading<'a> {
    /// Where the directory's changes stand before anything is read; `None` when that cannot be told.
    pub(super) async fn stand(&mut self, connection: &mut Connection) -> Result<Option<Watermark>, Halt> {
        match self.telling {
            None => Ok(None),
            Some(Telling::Numbers) => Ok(self.stand_by_number(connection).await?),
            Some(Telling::Times { .. }) => self.begin_times(connection).await.map(Some),
            Some(Telling::Sync) => self.stand_in_sync(connection).await,
        }
    }

    /// Whether changes alone can be read. What speaks against it besides is a doubt about the whole read, or no more than a reason.
    pub(super) async fn follows(&mut self, connection: &mut Connection) -> Result<bool, Halt> {
        let (Some(since), Some(now)) = (self.request.since, self.watermark.clone()) else { return Ok(false) };
        match self.telling {
            None => Ok(false),
            Some(Telling::Numbers) => self.follows_by_number(connection, since.mark, &now).await,
            Some(Telling::Times { .. }) => self.follows_by_time(connection, since.mark, &now).await,
            Some(Telling::Sync) => Ok(self.follows_in_sync(since.mark, &now)),
        }
    }

    /// Containers below the Base DN.
    pub(super) fn containers() -> EncodedFilter {
        EncodedFilter::any(CONTAINERS.iter().map(|class| EncodedFilter::equals("objectClass", class)))
    }

    /// People whose entry changed, those who are not known, and the names of the others.
    pub(super) async fn changed_users(&mut self, connection: &mut Connection, since: Since<'a>) -> Result<(), Halt> {
        let scope = &self.request.location.users;
        let filter = Self::filter(&scope.filter, "users' Filter").ok().filter(|_| scope.group_dn.trim().is_empty());
        let (mut set, groups) = match &filter {
            Some(filter) => (self.names_of(connection, filter.clone()).await?, Vec::new()),
            None => self.closure(connection, scope.group_dn.trim()).await?,
        };
        let filters = [self.user_filter()].into_iter().chain(filter.clone());
        let decoder = self.user_decoder();
        if self.telling == Some(Telling::Sync) {
            let request = self.search(EncodedFilter::all(filters), decoder.names());
            self.synchronized_users(connection, request, decoder, &mut set).await?;
        } else {
            let filter = EncodedFilter::all(filters.chain([self.changed_since(since.mark)?]));
            let request = self.search(filter, decoder.names());
            self.sweep(connection, request, "the search of changed users", &mut Pass::Users(decoder, Some(&mut set))).await?;
        }
        self.flush().await?;
        let (known, mut open): (Vec<String>, Vec<String>) = set.missing().into_iter().partition(|dn| !self.is_full && (since.is_known)(dn));
        // In Active Directory a group has no member that does not exist; elsewhere a group may keep the name of who was deleted.
        let is_certain = filter.is_some() || self.directory.settings.ldap_type == LdapType::ActiveDirectory;
        let known = if is_certain { known } else { self.existing(connection, known, &mut open).await? };
        self.coverage.users.seen += known.len() as u32;
        let mut known = known.into_iter().peekable();
        while known.peek().is_some() {
            let names = known.by_ref().take(BATCH_ENTRIES).collect();
            self.send(Batch::Unchanged(names)).await?;
        }
        self.read_by_name(connection, open, &groups).await
    }

    /// Entries that changed after the watermark.
    fn changed_since(&self, mark: &Watermark) -> Result<EncodedFilter, Halt> {
        match self.telling {
            Some(Telling::Times { negated }) => Ok(self.changed_since_time(mark, negated)?),
            _ => Ok(self.changed_since_number(mark)?),
        }
    }

    /// The names of everybody who matches the users' Filter.
    async fn names_of(&mut self, connection: &mut Connection, filter: EncodedFilter) -> Result<DnSet, Halt> {
        let request = self.search(EncodedFilter::all([self.user_filter(), filter]), Vec::new());
        let mut names = Vec::new();
        self.sweep(connection, request, "the search of users' names", &mut Pass::NameTexts(&mut names)).await?;
        let mut set = DnSet::default();
        names.iter().for_each(|name| {
            set.insert(name);
        });
        Ok(set)
    }

    /// Those of these names at which there is a person; the others are added to `open`.
    async fn existing(&mut self, connection: &mut Connection, names: Vec<String>, open: &mut Vec<String>) -> Result<Vec<String>, Halt> {
        let mut is_there = vec![false; names.len()];
        if names.len() > FEW {
            let mut there = HashSet::new();
            let request = self.search(self.user_filter(), Vec::new());
            self.sweep(connection, request, "the search of users' names", &mut Pass::Names(&mut there)).await?;
            for (name, is_there) in names.iter().zip(&mut is_there) {
                *is_there = there.contains(&self.keys.key(name));
            }
        } else {
            let mut lookups = Lookups::new(&names, Self::one(self.user_filter(), Vec::new()), WINDOW);
            while let Some(event) = lookups.next(connection).await? {
                match event {
                    Lookup::Entry(at, _) => is_there[at] = true,
                    Lookup::End(_, answer) if matches!(answer.code, SUCCESS | NO_SUCH_OBJECT) => {}
                    Lookup::End(at, answer) => return Err(refused(connection, "the look-up of a member", &names[at], answer).into()),
                }
            }
        }
        let (there, gone): (Vec<_>, Vec<_>) = names.into_iter().zip(is_there).partition(|(_, is_there)| *is_there);
        open.extend(gone.into_iter().map(|(name, _)| name));
        Ok(there.into_iter().map(|(name, _)| name).collect())
    }
}
