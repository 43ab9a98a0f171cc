//! A running sample directory, settings that fit it, and a read collected.

use domain::id::SourceId;
use domain::model::channel::{Scope, SourceLocation, SourceSettings};
use domain::model::cycle::Watermark;
use domain::model::data_store::{LdapSettings, LdapType, TlsMode};
use domain::model::plan::Coverage;
use domain::model::source::{SourceEntry, SourceGroup};
use domain::secret::Secret;
use ldap::{Batch, Directory, LdapError, ReadRequest, Since};
use sandbox::directory::{Directory as Sample, DirectoryServer, EntryView, Kind};
use std::collections::{BTreeMap, BTreeSet};

pub async fn serve(directory: Sample) -> DirectoryServer {
    DirectoryServer::start(directory, "127.0.0.1:0".parse().unwrap()).await.unwrap()
}

pub fn settings(server: &DirectoryServer) -> LdapSettings {
    LdapSettings {
        hostnames: server.addr().to_string(),
        tls: TlsMode::None,
        ldap_type: LdapType::ActiveDirectory,
        user_dn: server.directory().read(|d| d.bind_dn()),
        connection_timeout_ms: 2_000,
        read_timeout_ms: 5_000,
        ..LdapSettings::default()
    }
}

pub fn password(server: &DirectoryServer) -> Secret {
    Secret::new(server.directory().read(|d| d.bind_password()))
}

pub fn directory(server: &DirectoryServer, change: impl FnOnce(&mut LdapSettings)) -> Directory {
    let mut settings = settings(server);
    change(&mut settings);
    Directory::new(&settings, Some(&password(server))).unwrap()
}

pub fn source() -> SourceSettings {
    SourceSettings::for_type(LdapType::ActiveDirectory)
}

/// The guide's scope: a Group DN for users and one for groups.
pub fn by_groups(server: &DirectoryServer, nested: bool) -> SourceLocation {
    server.directory().read(|d| SourceLocation {
        base_dn: d.base_dn(),
        users: Scope { group_dn: d.users_group_dn(), nested, ..Scope::default() },
        groups: Scope { group_dn: d.groups_group_dn(), nested, ..Scope::default() },
    })
}

pub fn by_filter(base_dn: String, users: &str, groups: &str) -> SourceLocation {
    let scope = |filter: &str| Scope { filter: filter.into(), ..Scope::default() };
    SourceLocation { base_dn, users: scope(users), groups: scope(groups) }
}

/// A whole read.
#[derive(Debug, Default)]
pub struct Seen {
    pub users: Vec<SourceEntry>,
    pub unchanged: Vec<String>,
    pub watermark: Option<Watermark>,
    pub is_full: bool,
    pub groups: Vec<SourceGroup>,
    pub largest_batch: usize,
    pub coverage: Coverage,
    pub server: Option<String>,
    pub failure: Option<LdapError>,
}

impl Seen {
    pub fn logins(&self) -> BTreeSet<String> {
        self.users.iter().map(|u| u.attributes.first("sAMAccountName").unwrap_or_default().to_owned()).collect()
    }
    pub fn members(&self) -> BTreeMap<String, BTreeSet<String>> {
        self.groups.iter().map(|g| (g.dn.clone(), g.members.iter().cloned().collect())).collect()
    }
    pub fn is_complete(&self) -> bool {
        self.coverage.users.ids_complete && self.coverage.groups.ids_complete && self.coverage.problem.is_none()
    }
    pub fn problem(&self) -> &str {
        self.coverage.problem.as_deref().unwrap_or_default()
    }
}

pub async fn read(directory: &Directory, location: &SourceLocation) -> Seen {
    read_with(directory, &source(), location, 100, None).await
}

pub async fn read_with(
    directory: &Directory,
    source: &SourceSettings,
    location: &SourceLocation,
    page_size: u32,
    last_server: Option<&str>,
) -> Seen {
    read_since(directory, source, location, page_size, last_server, None).await
}

pub async fn read_since(
    directory: &Directory,
    source: &SourceSettings,
    location: &SourceLocation,
    page_size: u32,
    last_server: Option<&str>,
    since: Option<Since<'_>>,
) -> Seen {
    let user_attributes = ["mail", "sAMAccountName", "displayName", "objectGUID"].map(str::to_owned);
    let group_attributes = ["cn", "description"].map(str::to_owned);
    let (user_attributes, group_attributes) = (&user_attributes[..], &group_attributes[..]);
    let request = ReadRequest { source, location, user_attributes, group_attributes, page_size, last_server, since, now: i64::MAX };
    let (sender, mut receiver) = tokio::sync::mpsc::channel(2);
    let take = async {
        let mut seen = Seen::default();
        while let Some(batch) = receiver.recv().await {
            match batch {
                Batch::Users(users) => {
                    assert!(seen.groups.is_empty(), "users come before groups");
                    seen.largest_batch = seen.largest_batch.max(users.len());
                    seen.users.extend(users);
                }
                Batch::Unchanged(names) => seen.unchanged.extend(names),
                Batch::LeftOut(names) => panic!("{names:?} are of this directory"),
                Batch::Groups(groups) => seen.groups.extend(groups),
            }
        }
        seen
    };
    let (outcome, mut seen) = tokio::join!(directory.read(request, sender), take);
    seen.coverage = outcome.coverage;
    seen.server = outcome.server;
    seen.failure = outcome.failure;
    seen.watermark = outcome.watermark;
    seen.is_full = outcome.is_full;
    assert_eq!(seen.coverage.users.seen as usize, seen.users.len() + seen.unchanged.len());
    assert_eq!(seen.coverage.groups.seen as usize, seen.groups.len());
    let distinct: BTreeSet<&SourceId> = seen.users.iter().map(|u| &u.id).collect();
    assert_eq!(distinct.len(), seen.users.len(), "nobody is read twice");
    seen
}

/// What is in a group according to the sample directory itself.
pub fn closure(sample: &Sample, group: &str, nested: bool) -> BTreeSet<String> {
    let (mut people, mut visited, mut queue) = (BTreeSet::new(), BTreeSet::from([group.to_owned()]), vec![group.to_owned()]);
    while let Some(group) = queue.pop() {
        for member in sample.entry(&group).unwrap().members() {
            let entry = sample.entry(&member).unwrap();
            match entry.kind() {
                Kind::Group if nested && visited.insert(member.clone()) => queue.push(member),
                Kind::Group => {}
                _ => {
                    people.insert(member);
                }
            }
        }
    }
    people
}

pub fn logins<'a>(people: impl Iterator<Item = EntryView<'a>>) -> BTreeSet<String> {
    people.map(|p| p.value("sAMAccountName").unwrap()).collect()
}
