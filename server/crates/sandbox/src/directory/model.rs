//! The directory itself: a tree of entries, the links between them, and the ways to find one.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::Arc;

use domain::text::dn;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::bin::Deleted;
use super::change::NewPerson;
use super::entry::{Entry, Id, Value};
use super::error::DirectoryError;
use super::guid::Guid;
use super::view::{EntryView, Kind};

/// Where the directory takes the time from, for `whenChanged` and `currentTime`: Unix milliseconds.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Without a clock, time starts here and every change takes a second: 2026-01-05 08:00:00 UTC.
const FIRST_SECOND: i64 = 1_767_600_000;
/// Update sequence numbers of a new domain controller do not start at one either.
const FIRST_USN: u64 = 12_288;
/// The last part of the first security identifier that is not built in.
const FIRST_RELATIVE_ID: u64 = 1000;
/// The domain of the fictional company.
const BASE_DN: &str = "DC=canal,DC=example";

/// The sample directory. Names given to its functions are distinguished names or [`Guid::as_name`].
#[derive(Clone)]
pub struct Directory {
    pub(super) seed: u64,
    pub(super) made: u64,
    pub(super) usn: u64,
    pub(super) clock: Option<Clock>,
    pub(super) entries: Vec<Option<Entry>>,
    by_guid: HashMap<Guid, Id>,
    /// Below each entry: canonical RDN to entry.
    children: HashMap<Id, HashMap<Box<str>, Id>>,
    /// Canonical names of the partitions' roots, the longest first, because one lies within the other by name.
    roots: Vec<(Box<str>, Id)>,
    /// By lower-case `sAMAccountName`.
    by_login: HashMap<Box<str>, Id>,
    names: HashSet<Arc<str>>,
    pub(super) landmarks: Landmarks,
    /// People who were deleted, the latest last.
    pub(super) bin: Vec<Deleted>,
    /// What every sample person signs on with.
    pub(super) person_password: Arc<str>,
}

/// The entries that the sandbox configures its sample channel with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Landmarks {
    pub bind: Guid,
    pub users_group: Guid,
    pub groups_group: Guid,
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory").field("seed", &self.seed).field("entries", &self.by_guid.len()).field("usn", &self.usn).finish()
    }
}

impl Directory {
    /// A directory with no people: its organizational units, the account to bind with, the group that says who is in scope
    /// and the group that says which groups are. The same seed gives the same GUIDs and passwords.
    pub fn new(seed: u64) -> Self {
        let nobody = Guid::derive(seed, u64::MAX);
        let mut random = StdRng::seed_from_u64(seed);
        let mut password =
            |word: &str| format!("{word}-{:04x}-{:04x}-{:04x}", random.random::<u16>(), random.random::<u16>(), random.random::<u16>());
        let bind_password = password("Svc");
        let person_password = password("Lock").into();
        let mut directory = Self::bare(seed, Landmarks { bind: nobody, users_group: nobody, groups_group: nobody }, person_password);
        let base = directory.insert(None, BASE_DN, Kind::Domain);
        let configuration = directory.insert(None, &format!("CN=Configuration,{BASE_DN}"), Kind::Configuration);
        let mut above = configuration;
        for name in ["CN=Sites", "CN=Default-First-Site-Name", "CN=Servers", "CN=DC1"] {
            above = directory.insert(Some(above), name, Kind::Container);
        }
        directory.insert(Some(above), "CN=NTDS Settings", Kind::Controller);
        for (name, kind) in [
            ("CN=Computers", Kind::Container),
            ("CN=Users", Kind::Container),
            ("OU=Groups", Kind::Unit),
            ("OU=People", Kind::Unit),
            ("OU=Service Accounts", Kind::Unit),
        ] {
            directory.insert(Some(base), name, kind);
        }
        let service = NewPerson::new("", "", "svc-towpath")
            .called("svc-towpath")
            .with("description", "Reads users and groups")
            .password(&bind_password);
        let made = (|| {
            let bind = directory.add_person(&format!("OU=Service Accounts,{BASE_DN}"), service)?;
            let users_group = directory.add_group(&directory.groups_unit(), "AWS Users")?;
            let groups_group = directory.add_group(&directory.groups_unit(), "AWS Groups")?;
            Ok::<_, DirectoryError>(Landmarks { bind, users_group, groups_group })
        })();
        directory.landmarks = made.expect("the names of the skeleton are valid and distinct");
        directory
    }

    /// Nothing at all, to be filled by `new` or from a file.
    pub(super) fn bare(seed: u64, landmarks: Landmarks, person_password: Arc<str>) -> Self {
        Self {
            seed,
            made: FIRST_RELATIVE_ID,
            usn: FIRST_USN,
            clock: None,
            entries: Vec::new(),
            by_guid: HashMap::new(),
            children: HashMap::new(),
            roots: Vec::new(),
            by_login: HashMap::new(),
            names: HashSet::new(),
            landmarks,
            bin: Vec::new(),
            person_password,
        }
    }

    /// From now on takes the time from there. Without it time moves a second with each change, so that tests repeat.
    pub fn set_clock(&mut self, clock: Clock) {
        self.clock = Some(clock);
    }

    /// The name of the domain's root, below which everything is.
    pub fn base_dn(&self) -> String {
        BASE_DN.to_owned()
    }

    /// The name of the account that reads the directory.
    pub fn bind_dn(&self) -> String {
        self.dn_of_guid(self.landmarks.bind)
    }

    /// Its password.
    pub fn bind_password(&self) -> String {
        let account = self.by_guid.get(&self.landmarks.bind).and_then(|id| self.entry_at(*id));
        account.and_then(|entry| entry.password.as_deref()).unwrap_or_default().to_owned()
    }

    /// What every person of the sample signs on with, unless given a password of their own.
    pub fn person_password(&self) -> &str {
        &self.person_password
    }

    /// The group whose direct and nested members are the users in scope.
    pub fn users_group_dn(&self) -> String {
        self.dn_of_guid(self.landmarks.users_group)
    }

    /// The group whose members are the groups in scope.
    pub fn groups_group_dn(&self) -> String {
        self.dn_of_guid(self.landmarks.groups_group)
    }

    /// Where the people are.
    pub fn people_unit(&self) -> String {
        format!("OU=People,{BASE_DN}")
    }

    /// Where the groups are.
    pub fn groups_unit(&self) -> String {
        format!("OU=Groups,{BASE_DN}")
    }

    /// The last update sequence number given out.
    pub fn highest_usn(&self) -> u64 {
        self.usn
    }

    /// The entry of that name.
    pub fn entry(&self, name: &str) -> Option<EntryView<'_>> {
        self.resolve(name).ok().map(|id| self.view(id))
    }

    /// The GUID of the entry of that name.
    pub fn find(&self, name: &str) -> Option<Guid> {
        self.entry(name).map(|entry| entry.guid())
    }

    /// Every user account, oldest first.
    pub fn people(&self) -> impl Iterator<Item = EntryView<'_>> {
        self.of_kind(Kind::Person)
    }

    /// Every group, oldest first.
    pub fn groups(&self) -> impl Iterator<Item = EntryView<'_>> {
        self.of_kind(Kind::Group)
    }

    /// Every organizational unit, oldest first.
    pub fn units(&self) -> impl Iterator<Item = EntryView<'_>> {
        self.of_kind(Kind::Unit)
    }

    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = EntryView<'_>> {
        self.ids().filter(move |id| self.at(*id).kind == kind).map(|id| self.view(id))
    }

    pub(super) fn view(&self, id: Id) -> EntryView<'_> {
        EntryView::new(self, id, self.at(id))
    }

    /// Unix seconds.
    pub(super) fn now(&self) -> i64 {
        self.clock.as_ref().map_or(FIRST_SECOND + (self.usn - FIRST_USN) as i64, |clock| clock() / 1000)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = Id> {
        self.entries.iter().enumerate().filter(|(_, entry)| entry.is_some()).map(|(place, _)| Id(place as u32))
    }

    pub(super) fn entry_at(&self, id: Id) -> Option<&Entry> {
        self.entries.get(id.0 as usize)?.as_ref()
    }

    /// The entry of an id that the directory itself holds; links never point at what was deleted.
    pub(super) fn at(&self, id: Id) -> &Entry {
        self.entry_at(id).expect("ids within the directory are of entries it has")
    }

    pub(super) fn at_mut(&mut self, id: Id) -> &mut Entry {
        self.entries[id.0 as usize].as_mut().expect("ids within the directory are of entries it has")
    }

    pub(super) fn guid_of(&self, guid: &Guid) -> Option<Id> {
        self.by_guid.get(guid).copied()
    }

    pub(super) fn login_of(&self, login: &str) -> Option<Id> {
        self.by_login.get(login.to_lowercase().as_str()).copied()
    }

    fn dn_of_guid(&self, guid: Guid) -> String {
        self.guid_of(&guid).map(|id| self.dn(id)).unwrap_or_default()
    }

    /// The distinguished name, put together from the entries above.
    pub(super) fn dn(&self, id: Id) -> String {
        let mut name = String::with_capacity(96);
        let mut at = Some(id);
        while let Some(entry) = at.map(|id| self.at(id)) {
            if !name.is_empty() {
                name.push(',');
            }
            name.push_str(&entry.rdn);
            at = entry.parent;
        }
        name
    }

    /// The entry of a name, or an error for people.
    pub(super) fn resolve(&self, name: &str) -> Result<Id, DirectoryError> {
        let missing = || DirectoryError::NotFound { name: name.to_owned() };
        if let Some(guid) = guid_in_name(name) {
            return guid.and_then(|guid| self.guid_of(&guid)).ok_or_else(missing);
        }
        let canonical = dn::canonical(name).map_err(|reason| DirectoryError::InvalidName { name: name.to_owned(), reason })?;
        self.locate(&canonical).map_err(|_| missing())
    }

    /// The entry of a canonical name, or the nearest entry above that exists.
    pub(super) fn locate(&self, canonical: &str) -> Result<Id, Option<Id>> {
        let Some(&(ref root, mut at)) = self.roots.iter().find(|(root, _)| dn::is_within(canonical, root)) else {
            return Err(None);
        };
        let mut path = Vec::new();
        let mut rest = canonical;
        while rest.len() > root.len() {
            let above = dn::parent(rest).unwrap_or_default();
            path.push(&rest[..rest.len() - above.len() - 1]);
            rest = above;
        }
        for rdn in path.into_iter().rev() {
            at = *self.children.get(&at).and_then(|below| below.get(rdn)).ok_or(Some(at))?;
        }
        Ok(at)
    }

    /// The entry below another with that canonical RDN.
    pub(super) fn child(&self, parent: Id, canonical_rdn: &str) -> Option<Id> {
        self.children.get(&parent)?.get(canonical_rdn).copied()
    }

    pub(super) fn children(&self, parent: Id) -> impl Iterator<Item = Id> + '_ {
        self.children.get(&parent).into_iter().flat_map(|below| below.values().copied())
    }

    /// Whether an entry is another, or lies below it.
    pub(super) fn is_within(&self, id: Id, base: Id) -> bool {
        let mut at = Some(id);
        while let Some(here) = at {
            if here == base {
                return true;
            }
            at = self.at(here).parent;
        }
        false
    }

    /// Everything reached from `from` by a link, any number of steps; `from` itself only if a circle leads back to it.
    pub(super) fn reached<'a>(&'a self, from: Id, step: impl Fn(&'a Entry) -> &'a [Id]) -> HashSet<Id> {
        let mut seen = HashSet::new();
        let mut queue = VecDeque::from([from]);
        while let Some(id) = queue.pop_front() {
            for next in step(self.at(id)) {
                if seen.insert(*next) {
                    queue.push_back(*next);
                }
            }
        }
        seen
    }

    /// Makes an entry. The caller has seen to it that the place is free and the name is valid.
    pub(super) fn insert(&mut self, parent: Option<Id>, rdn: &str, kind: Kind) -> Id {
        self.usn += 1;
        self.made += 1;
        let now = self.now();
        let entry = Entry {
            guid: Guid::derive(self.seed, self.made),
            serial: self.made,
            parent,
            rdn: rdn.into(),
            kind,
            values: Vec::new(),
            members: Vec::new(),
            member_of: Vec::new(),
            manager: None,
            reports: Vec::new(),
            password: None,
            usn_created: self.usn,
            usn_changed: self.usn,
            created_at: now,
            changed_at: now,
        };
        self.adopt(entry)
    }

    /// Takes an entry in and finds it from now on.
    pub(super) fn adopt(&mut self, entry: Entry) -> Id {
        let id = Id(self.entries.len() as u32);
        self.by_guid.insert(entry.guid, id);
        if let Some(login) = entry.login() {
            self.by_login.insert(login, id);
        }
        self.entries.push(Some(entry));
        self.index_name(id);
        id
    }

    /// Finds the entry by its name and place from now on.
    pub(super) fn index_name(&mut self, id: Id) {
        let entry = self.at(id);
        let rdn = canonical_or_lower(&entry.rdn);
        match entry.parent {
            Some(parent) => {
                self.children.entry(parent).or_default().insert(rdn, id);
            }
            None => {
                self.roots.push((rdn, id));
                self.roots.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
            }
        }
    }

    /// Finds the entry by its name and place no longer.
    pub(super) fn forget_name(&mut self, id: Id) {
        let entry = self.at(id);
        let rdn = canonical_or_lower(&entry.rdn);
        let parent = entry.parent;
        if let Some(below) = parent.and_then(|parent| self.children.get_mut(&parent)) {
            below.remove(&rdn);
        }
    }

    /// Takes an entry out. Its links are gone already.
    pub(super) fn drop_entry(&mut self, id: Id) {
        self.forget_name(id);
        self.children.remove(&id);
        if let Some(entry) = self.entries[id.0 as usize].take() {
            self.by_guid.remove(&entry.guid);
            if let Some(login) = entry.login() {
                self.by_login.remove(&login);
            }
        }
    }

    /// The entry was changed just now.
    pub(super) fn touch(&mut self, id: Id) {
        self.usn += 1;
        let (usn, now) = (self.usn, self.now());
        let entry = self.at_mut(id);
        entry.usn_changed = usn;
        entry.changed_at = now;
    }

    /// Writes the values of a stored attribute without moving the sequence number; none removes it.
    pub(super) fn store(&mut self, id: Id, name: &str, values: impl IntoIterator<Item = Arc<str>>) {
        let name = self.intern(name);
        if let Some(old) = self.at(id).login() {
            self.by_login.remove(&old);
        }
        let entry = self.at_mut(id);
        entry.values.retain(|value| value.name != name);
        entry.values.extend(values.into_iter().map(|text| Value { name: name.clone(), text }));
        entry.values.shrink_to_fit();
        if let Some(login) = entry.login() {
            self.by_login.insert(login, id);
        }
    }

    /// One shared text per attribute name, spelled as the schema does.
    pub(super) fn intern(&mut self, name: &str) -> Arc<str> {
        // The usual case first: the same few names come a million times when a directory is generated.
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let spelled = super::attribute::spelling(name);
        let unknown = self.names.iter().find(|known| known.eq_ignore_ascii_case(spelled)).cloned();
        unknown.unwrap_or_else(|| {
            let new: Arc<str> = spelled.into();
            self.names.insert(new.clone());
            new
        })
    }

    /// Whether any entry ever had an attribute of this name.
    pub(super) fn has_name(&self, name: &str) -> bool {
        self.names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

/// `Some` when the name is of the form `<GUID=...>`; within it `None` when that is no GUID.
pub(super) fn guid_in_name(name: &str) -> Option<Option<Guid>> {
    let name = name.trim();
    let head = name.get(..6).filter(|head| head.eq_ignore_ascii_case("<guid="))?;
    Some(name[head.len()..].strip_suffix('>').and_then(Guid::from_name))
}

/// The spelling of an RDN to find it by. Every RDN taken in was parsed before.
fn canonical_or_lower(rdn: &str) -> Box<str> {
    dn::canonical(rdn).unwrap_or_else(|_| rdn.to_lowercase()).into()
}
