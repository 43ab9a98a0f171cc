//! The read of a channel's source: users page by page, or those that changed since a watermark; then groups with their members.
//!
//! What is read goes into a bounded channel in batches, so that memory stays at a few pages however large the directory is, and a slow
//! consumer slows the server down. A read either sees everything in scope or says that it did not: any result but success, a broken
//! connection, a refused cookie or a time-out ends it with a [`Coverage`] that allows no removal.

mod changes;
mod groups;
mod members;
mod notes;
mod numbers;
mod one;
mod primary;
mod sweep;
mod sync;
mod times;
mod users;

use crate::connection::Connection;
use crate::directory::Directory;
use crate::entry::{Decoded, Decoder};
use crate::error::LdapError;
use crate::filter::EncodedFilter;
use crate::message::{Depth, SearchRequest};
use crate::names::{Below, DnKey, DnKeys};
use crate::referral::Referral;
use changes::Telling;
use domain::model::channel::{SourceLocation, SourceSettings};
use domain::model::cycle::Watermark;
use domain::model::data_store::LdapType;
use domain::model::plan::{Coverage, ScopeCoverage};
use domain::model::source::{SourceEntry, SourceGroup};
use notes::Notes;
pub use one::InScope;
use std::collections::{HashMap, HashSet};
use times::Times;
use tokio::sync::mpsc;

/// Entries per page unless asked otherwise: Active Directory grants no more than 1000 (`MaxPageSize`), nor do many OpenLDAP limits.
pub const DEFAULT_PAGE_SIZE: u32 = 1000;
/// A batch is handed over when it has this many entries ...
const BATCH_ENTRIES: usize = 500;
/// ... or its groups this many members.
const BATCH_MEMBERS: usize = 10_000;
/// Members of this many nested groups' values are remembered, so that a group nested in many is read once.
const REMEMBERED_MEMBERS: usize = 200_000;

/// What to read.
#[derive(Clone, Copy, Debug)]
pub struct ReadRequest<'a> {
    /// Source Settings of the channel.
    pub source: &'a SourceSettings,
    /// Source Location of the channel.
    pub location: &'a SourceLocation,
    /// Attributes of users that the mapping needs. The Account Status Attribute is read without being asked for.
    pub user_attributes: &'a [String],
    /// Attributes of groups that the mapping needs.
    pub group_attributes: &'a [String],
    /// Entries per page; [`DEFAULT_PAGE_SIZE`] is right nearly everywhere.
    pub page_size: u32,
    /// The server of the last read, as [`ReadOutcome::server`] told it, complete or not: keep it after every read. In Active Directory
    /// another domain controller may not have the newest entries yet, so the first read from it is never complete; the second is.
    pub last_server: Option<&'a str>,
    /// Read what changed since then, if the directory can tell; `None` reads everything.
    pub since: Option<Since<'a>>,
    /// The time, in unix milliseconds.
    pub now: i64,
}

/// What an earlier read left.
#[derive(Clone, Copy)]
pub struct Since<'a> {
    /// Where that read began, as [`ReadOutcome::watermark`] told it.
    pub mark: &'a Watermark,
    /// Whether the person of this DN needs no reading if the entry did not change. All others in scope are read.
    pub is_known: &'a (dyn Fn(&str) -> bool + Sync),
}

impl std::fmt::Debug for Since<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Since({:?})", self.mark)
    }
}

/// Some of what was read, in the order read: all users come before the first group.
#[derive(Clone, Debug, PartialEq)]
pub enum Batch {
    /// Users.
    Users(Vec<SourceEntry>),
    /// The names of users who are known, whose entries did not change.
    Unchanged(Vec<String>),
    /// Members of the users' Group DN who are no people of this directory: the name of each, and why.
    LeftOut(Vec<(String, &'static str)>),
    /// Groups, each with all its members. With Nested Search for groups, members of member groups are already put in their place, so
    /// no member is a group and every group is in scope.
    Groups(Vec<SourceGroup>),
}

/// How a read ended.
#[derive(Debug)]
pub struct ReadOutcome {
    /// What was really seen.
    pub coverage: Coverage,
    /// The server that answered, as `host:port`; `None` when none could be used.
    pub server: Option<String>,
    /// Where the next read of changes alone may begin, once all that follows from this read is remembered; `None` when the directory
    /// cannot tell.
    pub watermark: Option<Watermark>,
    /// Every entry in scope was read, or was to be; otherwise changes alone.
    pub is_full: bool,
    /// What ended the read, for the log and for [`LdapError::kind`]; `coverage.problem` has the sentence.
    pub failure: Option<LdapError>,
}

/// Why a read stops.
enum Halt {
    Failed(LdapError),
    /// What was read does not fit together; the sentence says why.
    Inconsistent(String),
    /// Nobody takes what is read any more.
    Stopped,
}

impl From<LdapError> for Halt {
    fn from(error: LdapError) -> Self {
        Halt::Failed(error)
    }
}

impl Directory {
    /// Reads everything in scope into `out`. Dropping the receiver stops the read.
    pub async fn read(&self, request: ReadRequest<'_>, out: mpsc::Sender<Batch>) -> ReadOutcome {
        let mut server = None;
        let mut retries = u32::from(self.settings.retry_failed_operations);
        loop {
            let mut reading = Reading::new(self, request, out.clone());
            let halt = match reading.run(&mut server).await {
                Ok(()) => None,
                // Another server can only begin anew, so it must not follow on what was already handed over.
                Err(Halt::Failed(error)) if retries > 0 && !reading.has_delivered && error.is_about_the_server() => {
                    tracing::info!(error = %error, "the read failed and is tried once more");
                    retries -= 1;
                    continue;
                }
                Err(halt) => Some(halt),
            };
            // What was read before it failed is true: creates and updates may follow from it.
            let _ = reading.flush().await;
            return reading.outcome(server, halt);
        }
    }
}

/// One read under way.
struct Reading<'a> {
    directory: &'a Directory,
    request: ReadRequest<'a>,
    out: mpsc::Sender<Batch>,
    below: Below,
    users: Vec<SourceEntry>,
    groups: Vec<SourceGroup>,
    members_in_batch: usize,
    coverage: Coverage,
    notes: Notes,
    /// How this directory tells changes.
    telling: Option<Telling>,
    /// Where the server's changes stood before anything was read.
    watermark: Option<Watermark>,
    times: Times,
    is_full: bool,
    /// Why nobody may be removed by this read although it saw everything.
    doubt: Option<String>,
    has_delivered: bool,
    keys: DnKeys,
    /// Every group below the Base DN, once it had to be known.
    group_names: Option<HashSet<DnKey>>,
    /// Whether a name outside the Base DN is a group.
    groups_outside: HashMap<DnKey, bool>,
    /// Members by primary group, by the number of the group; empty for groups without any.
    primary_members: HashMap<String, Vec<String>>,
    /// The numbers of groups that are in scope.
    tokens: Vec<String>,
    /// Direct members of nested groups.
    remembered: HashMap<DnKey, Vec<String>>,
    remembered_members: usize,
    /// Where referrals have led already.
    followed: HashSet<Referral>,
}

impl<'a> Reading<'a> {
    fn new(directory: &'a Directory, request: ReadRequest<'a>, out: mpsc::Sender<Batch>) -> Self {
        Self {
            directory,
            request,
            out,
            below: Below::new(&request.location.base_dn),
            users: Vec::new(),
            groups: Vec::new(),
            members_in_batch: 0,
            coverage: Coverage::default(),
            notes: Notes::default(),
            telling: Telling::of(&directory.settings, request.source),
            watermark: None,
            times: Times::default(),
            is_full: true,
            doubt: None,
            has_delivered: false,
            keys: DnKeys::default(),
            group_names: None,
            groups_outside: HashMap::new(),
            primary_members: HashMap::new(),
            tokens: Vec::new(),
            remembered: HashMap::new(),
            remembered_members: 0,
            followed: HashSet::new(),
        }
    }

    async fn run(&mut self, server: &mut Option<String>) -> Result<(), Halt> {
        let mut lease = self.directory.lease(true).await?;
        let name = lease.server().to_string();
        *server = Some(name.clone());
        let done = self.run_on(&mut lease).await;
        if let Err(Halt::Failed(error)) = &done
            && error.is_about_the_server()
        {
            self.directory.avoid(&lease.server().clone());
        }
        done?;
        if let Some(doubt) = self.doubt.take() {
            return Err(self.doubted(doubt));
        }
        if let Some(last) = self.request.last_server
            && last != name
            && self.directory.settings.ldap_type == LdapType::ActiveDirectory
        {
            return Err(self.doubted(format!(
                "This read came from {name}, the one before from {last}. A domain controller may not have the newest entries yet, so removals \
                 wait for the next read from the same one."
            )));
        }
        Ok(())
    }

    /// Everything was read, and nobody is to be removed by it.
    fn doubted(&mut self, sentence: String) -> Halt {
        self.coverage.users.ids_complete = false;
        self.coverage.groups.ids_complete = false;
        Halt::Inconsistent(sentence)
    }

    async fn run_on(&mut self, connection: &mut Connection) -> Result<(), Halt> {
        self.watermark = self.stand(connection).await?;
        self.is_full = !self.follows(connection).await?;
        match self.request.since.filter(|_| !self.is_full) {
            Some(since) => self.changed_users(connection, since).await?,
            None => self.read_users(connection).await?,
        }
        self.flush().await?;
        if matches!(self.telling, Some(Telling::Times { .. })) {
            self.stand_by_time();
        }
        // Users are known by now, whatever becomes of the groups.
        self.coverage.users = ScopeCoverage { full: self.is_full, ..complete(self.coverage.users.seen) };
        self.read_groups(connection).await?;
        self.flush().await?;
        self.coverage.groups = complete(self.coverage.groups.seen);
        Ok(())
    }

    fn outcome(mut self, server: Option<String>, halt: Option<Halt>) -> ReadOutcome {
        self.coverage.notes = self.notes.sentences(self.request.location, self.request.source);
        let during = match (self.coverage.users.ids_complete, self.coverage.users.seen, self.coverage.groups.seen) {
            (false, 0, _) => "The read of users failed".to_owned(),
            (false, seen, _) => format!("The read of users stopped after {seen}"),
            (true, _, 0) => "The read of groups failed".to_owned(),
            (true, _, seen) => format!("The read of groups stopped after {seen}"),
        };
        if !self.is_full {
            self.coverage.notes.push("Of people, the entries that changed since the last cycle were read, and the names of all.".into());
        }
        let mut failure = None;
        self.coverage.problem = match halt {
            None => None,
            Some(Halt::Failed(error)) => {
                let sentence = format!("{during}: {error}");
                failure = Some(error);
                Some(sentence)
            }
            Some(Halt::Inconsistent(sentence)) => Some(sentence),
            Some(Halt::Stopped) => Some(format!("{during}: it was stopped.")),
        };
        ReadOutcome { coverage: self.coverage, server, watermark: self.watermark, is_full: self.is_full, failure }
    }

    // --- what is asked for

    fn filter(text: &str, field: &str) -> Result<EncodedFilter, LdapError> {
        EncodedFilter::parse(text)
            .map_err(|why| LdapError::Settings { sentence: format!("The {field} in Source Location cannot be used: {why}") })
    }

    /// People, whoever is in scope.
    fn user_filter(&self) -> EncodedFilter {
        let class = EncodedFilter::equals("objectClass", self.request.source.user_class.trim());
        if self.directory.settings.ldap_type == LdapType::ActiveDirectory {
            // In Active Directory computers are users too; their category tells them apart, and it is indexed.
            EncodedFilter::all([EncodedFilter::equals("objectCategory", "person"), class])
        } else {
            class
        }
    }

    fn group_filter(&self) -> EncodedFilter {
        EncodedFilter::equals("objectClass", self.request.source.group_class.trim())
    }

    fn user_decoder(&self) -> Decoder {
        let mut names = self.request.user_attributes.to_vec();
        names.push(self.request.source.status_attribute.clone());
        let decoder = Decoder::anchored(&self.directory.settings, self.request.source, &names);
        match self.telling {
            Some(Telling::Times { .. }) => decoder.with_time(&self.directory.settings, &self.request.source.timestamp_attribute),
            _ => decoder,
        }
    }

    fn group_decoder(&self) -> Decoder {
        let mut names = self.request.group_attributes.to_vec();
        names.extend(self.has_primary_groups().then(|| primary::TOKEN.to_owned()));
        Decoder::anchored(&self.directory.settings, self.request.source, &names).with_members(&self.directory.settings, self.request.source)
    }

    /// A search of everything below the Base DN.
    fn search(&self, filter: EncodedFilter, attributes: Vec<String>) -> SearchRequest {
        let base = self.request.location.base_dn.trim().to_owned();
        SearchRequest { base, depth: Depth::Subtree, filter, attributes, size_limit: 0 }
    }

    /// A search of one entry; the base is put in later.
    fn one(filter: EncodedFilter, attributes: Vec<String>) -> SearchRequest {
        SearchRequest { base: String::new(), depth: Depth::Base, filter, attributes, size_limit: 0 }
    }

    fn page_size(&self) -> u32 {
        self.request.page_size.clamp(1, 100_000)
    }

    // --- what is handed over

    fn user(&mut self, found: Decoded) {
        self.times.note(found.changed_at);
        match found.id {
            Some(id) => {
                self.coverage.users.seen += 1;
                self.users.push(SourceEntry { id, dn: found.dn, attributes: found.attributes });
            }
            None => self.notes.without_anchor(found.dn),
        }
    }

    fn group(&mut self, found: Decoded) {
        match found.id {
            Some(id) => {
                self.coverage.groups.seen += 1;
                self.members_in_batch += found.members.len();
                self.groups.push(SourceGroup { id, dn: found.dn, attributes: found.attributes, members: found.members, in_scope: true });
            }
            None => self.notes.without_anchor(found.dn),
        }
    }

    fn is_batch_full(&self) -> bool {
        self.users.len() >= BATCH_ENTRIES || self.groups.len() >= BATCH_ENTRIES || self.members_in_batch >= BATCH_MEMBERS
    }

    async fn flush(&mut self) -> Result<(), Halt> {
        if !self.users.is_empty() {
            let full = std::mem::replace(&mut self.users, Vec::with_capacity(BATCH_ENTRIES));
            self.send(Batch::Users(full)).await?;
        }
        if !self.groups.is_empty() {
            self.members_in_batch = 0;
            let full = std::mem::take(&mut self.groups);
            self.send(Batch::Groups(full)).await?;
        }
        Ok(())
    }

    async fn send(&mut self, batch: Batch) -> Result<(), Halt> {
        self.has_delivered = true;
        self.out.send(batch).await.map_err(|_| Halt::Stopped)
    }
}

fn complete(seen: u32) -> ScopeCoverage {
    ScopeCoverage { ids_complete: true, full: true, seen }
}
