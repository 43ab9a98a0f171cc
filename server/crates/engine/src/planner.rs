//! The planner's first half: takes entries and groups as they are read, in whatever order, and keeps only what differs.
//!
//! Of an unchanged person it keeps a few numbers; values, names and DNs only of those who differ from their link. Nothing is
//! decided here: what a person's name or manager means is known only when everybody has been read (`decide`).

use crate::about::About;
use crate::acquainted::Acquainted;
use crate::config::{Config, texts_of};
use crate::elsewhere::Elsewhere;
use crate::hash::{self, ByHash, HashSetOf};
use crate::index::{LinkIndex, NONE};
use crate::map::{DISABLED, EXPIRED};
use crate::observed::{Observed, Seen};
use crate::setbacks::waits;
use domain::id::{ChannelId, SourceId};
use domain::model::cycle::{Approval, Intent, Setback};
use domain::model::link::{Digest, LinkMark, ObjectKind};
use domain::model::plan::{ObjectRef, Skipped, Value, Values};
use domain::model::source::{SourceEntry, SourceGroup};
use domain::text::dn;

/// What is remembered of a channel besides its links.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Objects that wait after a failure.
    pub setbacks: Vec<Setback>,
    /// Creates whose outcome is not known.
    pub intents: Vec<Intent>,
    /// What a person allowed or rejected.
    pub approvals: Vec<Approval>,
    /// People linked from whom nothing may be taken away: see [`Config::protects`].
    pub protected: Vec<Protected>,
    /// What other channels of the connection keep.
    pub elsewhere: Elsewhere,
    /// Users in scope at the last complete read.
    pub last_complete_users: Option<u32>,
    /// Groups in scope at the last complete read.
    pub last_complete_groups: Option<u32>,
    /// Unix milliseconds.
    pub now: i64,
}

/// Somebody from whom nothing may be taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protected {
    /// The source object.
    pub source_id: SourceId,
    /// What the target calls it.
    pub name: String,
    /// The pattern that says so.
    pub pattern: String,
}

/// Meets what is read with what is remembered. `entry` and `group` for everything in scope, then `finish`.
#[derive(Debug)]
pub struct Planner<'c> {
    pub(crate) config: &'c Config,
    pub(crate) index: LinkIndex,
    pub(crate) seen: Option<Seen>,
    pub(crate) recall: Recall,
    pub(crate) users: Side,
    pub(crate) groups: Side,
    pub(crate) teams: Vec<Team>,
    /// People and the DN each refers to.
    pub(crate) references: Vec<Reference>,
    /// By position of the head: the subject that is linked by it.
    pub(crate) met: Vec<u32>,
    pub(crate) skipped: Vec<Skipped>,
    /// Some group lists source ids instead of DNs.
    pub(crate) members_by_id: bool,
    /// Who need not be read again unless they changed.
    pub(crate) acquainted: Acquainted,
    /// Whoever the last cycle left out.
    pub(crate) known_skipped: Vec<Skipped>,
    /// When the next of those who were taken is to expire.
    next_expiry: Option<i64>,
    /// Names taken for known ones that are not.
    pub(crate) strangers: u32,
    /// The plan is about this object alone.
    pub(crate) about: Option<About>,
}

impl Side {
    /// Whether an object without a link was met.
    pub(crate) fn has_unlinked(&self, object: u128) -> bool {
        self.unlinked.contains(&object)
    }
}

/// [`Memory`], made ready for finding.
#[derive(Debug)]
pub(crate) struct Recall {
    pub(crate) setbacks: ByHash<u128, Setback>,
    pub(crate) intents: ByHash<u128, Intent>,
    pub(crate) approvals: Vec<Approval>,
    protected: ByHash<u128, Protected>,
    elsewhere: Elsewhere,
    pub(crate) last_users: Option<u32>,
    pub(crate) last_groups: Option<u32>,
    pub(crate) now: i64,
}

/// Everything read of one kind.
#[derive(Debug, Default)]
pub(crate) struct Side {
    pub(crate) subjects: Vec<Subject>,
    pub(crate) candidates: Vec<Candidate>,
    unlinked: HashSetOf<u128>,
}

/// One source object in scope.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject {
    /// Its link, or `NONE`.
    pub(crate) head: u32,
    /// What is known of it beyond its link, or `NONE` when its texts are as written.
    pub(crate) candidate: u32,
    /// Half the digest of its DN: enough to find it by.
    pub(crate) dn: u64,
    pub(crate) standing: Standing,
    /// Whether it shall be active at the target.
    pub(crate) active: bool,
    /// Whether it will be at the target once the plan is carried out; set by `decide`.
    pub(crate) exists: bool,
    /// Met by name alone: all that is known of it is its link, or why it is left out.
    pub(crate) is_unread: bool,
}

/// What the directory wants with an object in scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It shall be at the target.
    Wanted,
    /// It cannot be written as it is; what is at the target stays.
    LeftOut,
    /// Disabled in the directory: it shall be inactive at the target, or not be there.
    Disabled,
}

/// What differs, or is new.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) source: SourceId,
    pub(crate) dn: String,
    pub(crate) dn_digest: Digest,
    pub(crate) name: String,
    pub(crate) values: Values,
    pub(crate) texts: u64,
    /// Attribute and digest of each unique key.
    pub(crate) keys: Vec<(String, Digest)>,
}

impl Candidate {
    pub(crate) fn object(&self, kind: ObjectKind) -> ObjectRef {
        ObjectRef { kind, source_id: self.source.clone(), name: self.name.clone(), dn: self.dn.clone() }
    }
}

/// A group's members, as read.
#[derive(Debug)]
pub(crate) struct Team {
    pub(crate) dn: u64,
    /// Position among the subjects, or `NONE` when it was read only for the sake of others.
    pub(crate) subject: u32,
    pub(crate) members: Vec<u64>,
}

/// One person's reference to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reference {
    pub(crate) subject: u32,
    pub(crate) row: u16,
    pub(crate) dn: u64,
}

impl<'c> Planner<'c> {
    /// Begins a plan. `observed` is given on the first cycle of a channel, after a reset, for a new target, and when [`lookups`]
    /// asks for some match values.
    ///
    /// [`lookups`]: crate::lookups
    pub fn new(config: &'c Config, index: LinkIndex, observed: Option<Observed>, memory: Memory) -> Self {
        let met = vec![NONE; index.heads.len()];
        Self {
            config,
            index,
            seen: observed.map(Seen::new),
            recall: Recall::new(memory),
            users: Side::default(),
            groups: Side::default(),
            teams: Vec::new(),
            references: Vec::new(),
            met,
            skipped: Vec::new(),
            members_by_id: false,
            acquainted: Acquainted::default(),
            known_skipped: Vec::new(),
            next_expiry: None,
            strangers: 0,
            about: None,
        }
    }

    /// When the next account of those taken so far ends (unix ms), which no change of an entry will tell.
    pub fn next_expiry(&self) -> Option<i64> {
        self.next_expiry
    }

    /// Takes one person in scope. The same person read twice counts once.
    pub fn entry(&mut self, entry: &SourceEntry) {
        let Some(head) = self.admit(ObjectKind::User, &entry.id) else { return };
        let config = self.config;
        let dn_digest = hash::dn(&entry.dn);
        let expires_at = config.expires_at(entry);
        let has_expired = expires_at.is_some_and(|at| at <= self.recall.now);
        if let Some(at) = expires_at.filter(|_| !has_expired) {
            self.next_expiry = Some(self.next_expiry.map_or(at, |next| next.min(at)));
        }
        let is_disabled = !config.is_enabled(entry);
        let enabled = !is_disabled && !has_expired;
        let mut subject = Subject {
            head,
            candidate: NONE,
            dn: key(dn_digest),
            standing: Standing::Wanted,
            active: enabled,
            exists: false,
            is_unread: false,
        };
        if !enabled && !config.options.provision_disabled {
            subject.standing = Standing::Disabled;
            if head == NONE {
                let reason = if is_disabled { DISABLED } else { EXPIRED };
                self.leave_out(ObjectKind::User, &entry.id, config.name_of_skipped(entry), &entry.dn, reason.into());
            }
            self.users.subjects.push(subject);
            return;
        }
        if head == NONE
            && let Some(reason) = self.recall.elsewhere.claims(ObjectKind::User, &entry.id)
        {
            subject.standing = Standing::LeftOut;
            self.leave_to_another(ObjectKind::User, &entry.id, config.name_of_skipped(entry), &entry.dn, reason);
            self.users.subjects.push(subject);
            return;
        }
        let mapped = match config.map(entry) {
            Ok(mapped) => mapped,
            Err(reason) => {
                subject.standing = Standing::LeftOut;
                self.leave_out(ObjectKind::User, &entry.id, config.name_of_skipped(entry), &entry.dn, reason);
                self.users.subjects.push(subject);
                return;
            }
        };
        let position = self.users.subjects.len() as u32;
        for row in (0..config.rows.len()).filter(|&row| config.is_reference(row)) {
            if let Some(value) = &mapped.values[row] {
                self.references.push(Reference { subject: position, row: row as u16, dn: key(hash::dn(value)) });
            }
        }
        let keys = || mapped.keys.iter().map(|(_, digest)| *digest);
        let mut used = mapped
            .keys
            .iter()
            .filter_map(|(row, key)| self.recall.elsewhere.uses(ObjectKind::User, &config.rows[*row as usize].name, *key));
        if let Some(reason) = used.next() {
            drop(used);
            subject.standing = Standing::LeftOut;
            self.leave_to_another(ObjectKind::User, &entry.id, mapped.name(config).to_owned(), &entry.dn, reason);
            self.users.subjects.push(subject);
            return;
        }
        if !self.is_as_written(head, dn_digest, mapped.texts, subject.active, keys()) {
            subject.candidate = self.users.candidates.len() as u32;
            self.users.candidates.push(Candidate {
                source: entry.id.clone(),
                dn: entry.dn.clone(),
                dn_digest,
                name: mapped.name(config).to_owned(),
                values: mapped.to_values(config),
                texts: mapped.texts,
                keys: mapped.keys.iter().map(|(row, digest)| (config.rows[*row as usize].name.clone(), *digest)).collect(),
            });
        }
        self.users.subjects.push(subject);
    }

    /// Takes one group with its members. The same group read twice counts once.
    pub fn group(&mut self, group: &SourceGroup) {
        if !self.config.groups.supported {
            return;
        }
        let dn_digest = hash::dn(&group.dn);
        let members = group.members.iter().map(|member| key(hash::dn(member))).collect();
        self.members_by_id |= group.members.iter().any(|m| !m.contains('='));
        let mut team = Team { dn: key(dn_digest), subject: NONE, members };
        if group.in_scope {
            let Some(head) = self.admit(ObjectKind::Group, &group.id) else { return };
            team.subject = self.groups.subjects.len() as u32;
            let subject = self.take_group(group, head, dn_digest);
            self.groups.subjects.push(subject);
        }
        self.teams.push(team);
    }

    fn take_group(&mut self, group: &SourceGroup, head: u32, dn_digest: Digest) -> Subject {
        let kind = ObjectKind::Group;
        let mut subject = Subject {
            head,
            candidate: NONE,
            dn: key(dn_digest),
            standing: Standing::Wanted,
            active: true,
            exists: false,
            is_unread: false,
        };
        let values = match self.config.group_values(group) {
            Ok(values) => values,
            Err(reason) => {
                subject.standing = Standing::LeftOut;
                let name = dn::first_value(&group.dn).unwrap_or_else(|| group.id.0.clone());
                self.leave_out(kind, &group.id, name, &group.dn, reason);
                return subject;
            }
        };
        let claimed = (head == NONE).then(|| self.recall.elsewhere.claims(kind, &group.id)).flatten();
        let texts = texts_of(self.config.value_digest(kind, &values));
        let unique = values.iter().filter(|(name, _)| self.config.is_unique(kind, name));
        let keys: Vec<_> = unique.map(|(name, value)| (name.clone(), hash::unique(name, value.show()))).collect();
        let used = || keys.iter().find_map(|(name, key)| self.recall.elsewhere.uses(kind, name, *key));
        if let Some(reason) = claimed.or_else(used) {
            subject.standing = Standing::LeftOut;
            let name = values.get(crate::config::DISPLAY_NAME).map(Value::show).unwrap_or_default().to_owned();
            self.leave_to_another(kind, &group.id, name, &group.dn, reason);
            return subject;
        }
        if !self.is_as_written(head, dn_digest, texts, true, keys.iter().map(|(_, digest)| *digest)) {
            subject.candidate = self.groups.candidates.len() as u32;
            self.groups.candidates.push(Candidate {
                source: group.id.clone(),
                dn: group.dn.clone(),
                dn_digest,
                name: values.get(crate::config::DISPLAY_NAME).map(Value::show).unwrap_or_default().to_owned(),
                values,
                texts,
                keys,
            });
        }
        subject
    }

    /// Finds the link of an object that is met for the first time.
    pub(crate) fn admit(&mut self, kind: ObjectKind, id: &SourceId) -> Option<u32> {
        let object = hash::object(kind, id);
        let side = if kind == ObjectKind::User { &mut self.users } else { &mut self.groups };
        match self.index.find(object) {
            Some(head) if self.met[head as usize] != NONE => None,
            Some(head) => {
                self.met[head as usize] = side.subjects.len() as u32;
                Some(head)
            }
            None => side.unlinked.insert(object).then_some(NONE),
        }
    }

    fn is_as_written(&self, head: u32, dn: Digest, texts: u64, active: bool, keys: impl Iterator<Item = Digest>) -> bool {
        head != NONE && {
            let head = &self.index.heads[head as usize];
            head.mark == LinkMark::Good
                && texts_of(head.value_digest) == texts
                && head.active == active
                && head.dn_digest == dn
                && head.unique.iter().copied().eq(keys)
                && !self.seen.as_ref().is_some_and(|seen| seen.is_missing(head.kind, &head.target_id))
        }
    }

    fn leave_out(&mut self, kind: ObjectKind, id: &SourceId, name: String, dn: &str, reason: String) {
        self.skipped.push(Skipped { object: ObjectRef { kind, source_id: id.clone(), name, dn: dn.to_owned() }, reason, by_entry: true });
    }

    /// Leaves out what another channel keeps, for as long as it does.
    fn leave_to_another(&mut self, kind: ObjectKind, id: &SourceId, name: String, dn: &str, reason: String) {
        self.skipped.push(Skipped { object: ObjectRef { kind, source_id: id.clone(), name, dn: dn.to_owned() }, reason, by_entry: false });
    }
}

impl Recall {
    fn new(memory: Memory) -> Self {
        Self {
            setbacks: memory.setbacks.into_iter().map(|s| (hash::object(s.kind, &s.source_id), s)).collect(),
            intents: memory.intents.into_iter().map(|i| (hash::object(i.kind, &i.source_id), i)).collect(),
            approvals: memory.approvals,
            protected: memory.protected.into_iter().map(|p| (hash::object(ObjectKind::User, &p.source_id), p)).collect(),
            elsewhere: memory.elsewhere,
            last_users: memory.last_complete_users,
            last_groups: memory.last_complete_groups,
            now: memory.now,
        }
    }

    /// Whether nothing may be taken away from somebody.
    pub(crate) fn protected(&self, id: &SourceId) -> Option<&Protected> {
        // Nearly always there is nobody, and then nothing need be hashed.
        if self.protected.is_empty() { None } else { self.protected.get(&hash::object(ObjectKind::User, id)) }
    }

    /// The channel to give somebody to who left this one. The protected stay.
    pub(crate) fn claimant(&self, id: &SourceId) -> Option<&ChannelId> {
        self.elsewhere.claimant(id).filter(|_| self.protected(id).is_none())
    }

    /// The setback that keeps this goal from being tried now.
    pub(crate) fn in_force(&self, object: u128, goal: Digest) -> Option<&Setback> {
        self.setbacks.get(&object).filter(|s| s.value_digest == goal && waits(s, self.now))
    }
}

/// What an object is found by when others name its DN.
pub(crate) fn key(dn: Digest) -> u64 {
    dn.0 as u64
}
