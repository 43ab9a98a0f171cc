//! Reading changes alone: the names of everybody in scope, and the entries of those that changed since a watermark.
//!
//! Active Directory numbers the changes of each domain controller (`uSNChanged`). Where a number was read before everything else, nothing
//! that changed later is missed by asking for what is above it. Three things are not told by the numbers of the people in scope, and
//! are looked at anew each time: who is a member (a change of the group alone), who was deleted (in Active Directory a change of nothing at
//! all), and what lies below a container that was renamed (a change of the container alone).

use super::{Halt, Reading};
use crate::connection::Connection;
use crate::entry::Decoder;
use crate::error::LdapError;
use crate::filter::EncodedFilter;
use crate::names::DnSet;
use crate::read::sweep::Pass;
use crate::read::{BATCH_ENTRIES, Batch, Since};
use crate::result_code::{INSUFFICIENT_ACCESS_RIGHTS, NO_SUCH_OBJECT};
use domain::model::channel::ChangeAlgorithm;
use domain::model::cycle::Watermark;
use domain::model::data_store::LdapType;

/// What has people below it, and a name that is part of theirs.
const CONTAINERS: &[&str] = &["organizationalUnit", "container", "domain", "organization", "builtinDomain", "country", "locality"];

impl<'a> Reading<'a> {
    /// Where the directory's changes stand before anything is read; `None` when that cannot be told.
    pub(super) async fn stand(&mut self, connection: &mut Connection) -> Result<Option<Watermark>, LdapError> {
        let settings = &self.directory.settings;
        let is_numbered = self.request.source.change_algorithm == ChangeAlgorithm::ActiveDirectoryUsn
            && settings.ldap_type == LdapType::ActiveDirectory
            && !self.request.source.usn_attribute.trim().is_empty()
            // What a referral leads to has numbers of its own.
            && !settings.follow_referrals;
        if !is_numbered {
            return Ok(None);
        }
        let names = ["dsServiceName", "dnsHostName", "highestCommittedUSN"].map(str::to_owned);
        let mut decoder = Decoder::plain(settings, &names);
        let request = Self::one(EncodedFilter::anything(), decoder.names());
        let root = self.read_one(connection, request, &mut decoder, "the read of the root entry").await?;
        let text = |name: &str| root.as_ref().and_then(|found| found.attributes.first(name)).map(str::to_owned);
        let (service, server, value) = (text("dsServiceName"), text("dnsHostName"), text("highestCommittedUSN"));
        let (Some(service), Some(server), Some(value)) = (service, server, value.filter(|v| v.parse::<u64>().is_ok())) else {
            self.notes.no_changes = true;
            return Ok(None);
        };
        let mut decoder = Decoder::guid(settings, "invocationId");
        let mut request = Self::one(EncodedFilter::anything(), decoder.names());
        request.base = service;
        let life = match self.read_one(connection, request, &mut decoder, "the read of the domain controller's settings").await {
            Ok(found) => found.and_then(|f| f.attributes.first("invocationId").map(str::to_owned)),
            Err(LdapError::Search { answer, .. }) if matches!(answer.code, NO_SUCH_OBJECT | INSUFFICIENT_ACCESS_RIGHTS) => None,
            Err(error) => return Err(error),
        };
        self.notes.no_changes = life.is_none();
        Ok(life.map(|life| Watermark { server, life, value }))
    }

    /// Whether changes alone can be read. What speaks against it besides is a doubt about the whole read, or no more than a reason.
    pub(super) async fn follows(&mut self, connection: &mut Connection) -> Result<bool, Halt> {
        let (Some(since), Some(now)) = (self.request.since, &self.watermark) else { return Ok(false) };
        let mark = since.mark;
        if mark.server != now.server {
            self.doubt = Some(format!(
                "This read came from the domain controller {}, the one before from {}. It may not have the newest entries yet, so removals wait \
                 for the next read from the same one.",
                now.server, mark.server
            ));
            return Ok(false);
        }
        let number = |w: &Watermark| w.value.parse::<u64>().unwrap_or(u64::MAX);
        if mark.life != now.life || number(now) < number(mark) {
            self.doubt = Some(format!(
                "The domain controller {} was restored since the last read and may have forgotten changes. Everything was compared; removals \
                 wait for the next read.",
                now.server
            ));
            return Ok(false);
        }
        if self.containers_changed(connection, mark).await? {
            self.notes.containers_changed = true;
            return Ok(false);
        }
        Ok(true)
    }

    /// Entries whose number is above that of the watermark.
    fn changed_since(&self, mark: &Watermark) -> Result<EncodedFilter, LdapError> {
        let next = mark.value.parse::<u64>().unwrap_or_default().saturating_add(1);
        Self::filter(&format!("({}>={next})", self.request.source.usn_attribute.trim()), "USN Attribute")
    }

    async fn containers_changed(&mut self, connection: &mut Connection, mark: &Watermark) -> Result<bool, Halt> {
        let classes = EncodedFilter::any(CONTAINERS.iter().map(|class| EncodedFilter::equals("objectClass", class)));
        let request = self.search(EncodedFilter::all([classes, self.changed_since(mark)?]), Vec::new());
        let mut names = Vec::new();
        self.sweep(connection, request, "the search of changed containers", &mut Pass::NameTexts(&mut names)).await?;
        Ok(!names.is_empty())
    }

    /// People whose entry changed, those who are not known, and the names of the others.
    pub(super) async fn changed_users(&mut self, connection: &mut Connection, since: Since<'a>) -> Result<(), Halt> {
        let scope = &self.request.location.users;
        let filter = Self::filter(&scope.filter, "users' Filter").ok().filter(|_| scope.group_dn.trim().is_empty());
        let (mut set, groups) = match &filter {
            Some(filter) => (self.names_of(connection, filter.clone()).await?, Vec::new()),
            None => self.closure(connection, scope.group_dn.trim()).await?,
        };
        let changed = self.changed_since(since.mark)?;
        let filter = EncodedFilter::all([self.user_filter(), changed].into_iter().chain(filter));
        let decoder = self.user_decoder();
        let request = self.search(filter, decoder.names());
        self.sweep(connection, request, "the search of changed users", &mut Pass::Users(decoder, Some(&mut set))).await?;
        self.flush().await?;
        let (known, open): (Vec<String>, Vec<String>) = set.missing().into_iter().partition(|dn| (since.is_known)(dn));
        self.coverage.users.seen += known.len() as u32;
        let mut known = known.into_iter().peekable();
        while known.peek().is_some() {
            let names = known.by_ref().take(BATCH_ENTRIES).collect();
            self.send(Batch::Unchanged(names)).await?;
        }
        self.read_by_name(connection, open, &groups).await
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
}
