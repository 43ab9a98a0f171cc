//! What a cycle works by: a connector, the options of a connection and a channel, checked and compiled once.

use crate::check::Rule;
use crate::hash::{self, Mixer};
use crate::row::{DN_NAME, Row};
use domain::model::channel::{Channel, ExistingObjects, Guards, SourceSettings, StatusAlgorithm};
use domain::model::connector::{AttributeKind, Connector, GroupRules};
use domain::model::link::{Digest, ObjectKind};
use domain::model::plan::{Value, Values};
use domain::model::source::{SourceEntry, SourceGroup};
use domain::model::sp_connection::{GroupNameSource, ProvisioningOptions};
use domain::problem::Problems;
use domain::text::pattern;

/// Name of the attribute that names a group at the target.
pub(crate) const DISPLAY_NAME: &str = "displayName";
/// Name of the attribute that holds a group's source id, where the connector sends it.
pub(crate) const EXTERNAL_ID: &str = "externalId";

/// When an account of Active Directory ends.
const ACCOUNT_EXPIRES: &str = "accountExpires";
/// From 1601 to 1970.
const FILETIME_EPOCH_MS: i64 = 11_644_473_600_000;

/// Attributes of Active Directory whose values change without a change of the entry: they are computed when asked for, or they name
/// another entry, which may be renamed.
const OF_OTHERS: &[&str] = &[
    "memberOf",
    "tokenGroups",
    "directReports",
    "managedObjects",
    "ownerBL",
    "manager",
    "secretary",
    "assistant",
    "managedBy",
    "seeAlso",
    "owner",
    // OpenLDAP's password policy writes these without a new time.
    "pwdAccountLockedTime",
    "pwdFailureTime",
];

/// What a cycle works by.
#[derive(Clone, Debug)]
pub struct Config {
    /// The mapped rows, in the order of their names: digests depend on it.
    pub(crate) rows: Vec<Row>,
    /// The row that finds an existing person and names people in lists.
    pub(crate) match_row: usize,
    pub(crate) source: SourceSettings,
    pub(crate) groups: GroupRules,
    pub(crate) group_name: Rule,
    pub(crate) flatten: bool,
    pub(crate) options: ProvisioningOptions,
    pub(crate) existing: ExistingObjects,
    pub(crate) guards: Guards,
    protected: Vec<String>,
    pub(crate) notes: Vec<String>,
    digest: String,
}

/// Names of the attributes to read, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceAttributes {
    /// Of people.
    pub users: Vec<String>,
    /// Of groups, the Group Member Attribute included; empty when the service takes no groups.
    pub groups: Vec<String>,
}

impl Config {
    /// Checks and compiles. The problems name their field as `mapping.<attribute>`.
    pub fn new(connector: &Connector, options: &ProvisioningOptions, channel: &Channel) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        let mut rows = Vec::new();
        for attribute in &connector.attributes {
            let field = || format!("mapping.{}", attribute.name);
            match channel.mapping.iter().find(|m| m.field == attribute.name && m.is_mapped()) {
                None if attribute.required || attribute.matching => {
                    problems.add(field(), format!("{} must be mapped: choose an attribute or enter a default value.", attribute.name));
                }
                None => {}
                Some(mapping) => match Row::new(attribute, mapping) {
                    Ok(row) => rows.push(row),
                    Err(message) => problems.add(field(), message),
                },
            }
        }
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        let matching = connector.match_attribute().map(|a| a.name.as_str());
        let match_row = rows.iter().position(|r| Some(r.name.as_str()) == matching);
        if matching.is_none() {
            problems.add("", format!("The connector {} has no matching attribute; install a corrected one.", connector.name));
        }
        let (Some(match_row), true) = (match_row, problems.is_empty()) else { return Err(problems) };
        let known = |field: &str| connector.attributes.iter().any(|a| a.name == field);
        let notes = channel
            .mapping
            .iter()
            .filter(|m| m.is_mapped() && !known(&m.field))
            .map(|m| format!("The mapping of {} is not used: the connector has no such attribute any more.", m.field))
            .collect();
        Ok(Self {
            rows,
            match_row,
            source: channel.source.clone(),
            groups: connector.groups.clone(),
            // A service that is strict about a person's displayName is as strict about a group's.
            group_name: connector.attribute(DISPLAY_NAME).map(Rule::of).unwrap_or_default(),
            flatten: channel.location.groups.nested,
            options: options.clone(),
            existing: channel.existing,
            guards: channel.guards.clone(),
            protected: channel.protected.clone(),
            notes,
            digest: digest(connector, options, channel),
        })
    }

    /// The names of the attributes a read must ask for.
    pub fn source_attributes(&self) -> SourceAttributes {
        let mut users = Names::default();
        users.add(&self.source.guid_attribute);
        users.add(&self.source.status_attribute);
        if self.has_expiry() {
            users.add(ACCOUNT_EXPIRES);
        }
        self.rows.iter().for_each(|row| row.source_names().for_each(|name| users.add(name)));
        let mut groups = Names::default();
        if self.groups.supported {
            groups.add(&self.source.guid_attribute);
            groups.add("cn");
            groups.add(&self.source.member_attribute);
        }
        SourceAttributes { users: users.0, groups: groups.0 }
    }

    /// Whether a person's entry that did not change gives what it gave before, so that it need not be read again: nothing that is mapped
    /// depends on other entries or on the time.
    pub fn entries_stand_alone(&self) -> bool {
        self.reads_of_others().is_none()
    }

    /// The first attribute that is mapped and can change although the entry does not, if there is one.
    pub fn reads_of_others(&self) -> Option<&str> {
        let source = &self.source;
        let of_others = |name: &&str| {
            let is = |other: &str| name.trim().eq_ignore_ascii_case(other.trim());
            OF_OTHERS.iter().any(|other| is(other))
                || (!source.member_of_attribute.trim().is_empty() && is(&source.member_of_attribute))
                || name.trim().to_ascii_lowercase().ends_with("computed")
        };
        let reference = self.rows.iter().enumerate().find(|(at, _)| self.is_reference(*at));
        let of_reference = reference.map(|(_, row)| row.source_names().next().unwrap_or(row.name.as_str()));
        let mut reads = self.rows.iter().flat_map(Row::source_names).chain([source.status_attribute.as_str()]);
        of_reference.or_else(|| reads.find(of_others))
    }

    /// Digest of scope, mapping, options and connector, for `ChannelState::config_digest`.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The connector's attribute that finds an existing object and names it in lists.
    pub fn match_attribute(&self, kind: ObjectKind) -> &str {
        match kind {
            ObjectKind::User => &self.rows[self.match_row].name,
            ObjectKind::Group => DISPLAY_NAME,
        }
    }

    /// The mapped attributes; what else the target holds is not ours to compare.
    pub fn mapped_attributes(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(|r| r.name.as_str())
    }

    /// Whether the values of an attribute stay out of logs and cycle records.
    pub fn is_masked(&self, attribute: &str) -> bool {
        self.row(attribute).is_some_and(|r| r.mask)
    }

    /// Whether the channel protects anybody, so that names are needed for [`Memory::protected`](crate::Memory::protected).
    pub fn protects_anybody(&self) -> bool {
        !self.protected.is_empty()
    }

    /// The pattern that protects the person of this name at the target.
    pub fn protects(&self, name: &str) -> Option<&str> {
        self.protected.iter().map(String::as_str).find(|pattern| pattern::fits(pattern, name))
    }

    /// Whether people who are disabled in the directory are provisioned, as inactive.
    pub fn provisions_disabled(&self) -> bool {
        self.options.provision_disabled
    }

    /// The directory's attributes that the matching attribute is made of: what people are called there.
    pub fn match_sources(&self) -> Vec<String> {
        self.rows[self.match_row].source_names().map(str::to_owned).collect()
    }

    /// Whether the directory says that this person is enabled.
    pub fn is_enabled(&self, entry: &SourceEntry) -> bool {
        let source = &self.source;
        if source.status_attribute.is_empty() {
            return true;
        }
        match source.status_algorithm {
            // userAccountControl is a signed 32-bit number in which ADS_UF_ACCOUNTDISABLE is 0x2.
            StatusAlgorithm::ActiveDirectoryBitmap => entry
                .attributes
                .first(&source.status_attribute)
                .and_then(|v| v.trim().parse::<i64>().ok())
                .map_or(source.default_enabled, |bits| bits & 0x2 == 0),
            StatusAlgorithm::Flag => {
                let mut values = entry.attributes.all(&source.status_attribute).peekable();
                if values.peek().is_none() {
                    return source.default_enabled;
                }
                let matches = values.any(|v| v.trim().eq_ignore_ascii_case(source.flag_value.trim()));
                matches == source.flag_enabled
            }
        }
    }

    /// When this person's account ends (unix ms); `None`: never. Active Directory writes nothing to the entry when that moment comes.
    pub fn expires_at(&self, entry: &SourceEntry) -> Option<i64> {
        if !self.has_expiry() {
            return None;
        }
        // 100 nanoseconds since 1601; both 0 and the largest number mean never.
        let value = entry.attributes.first(ACCOUNT_EXPIRES)?.trim().parse::<i64>().ok()?;
        (value > 0 && value < i64::MAX).then_some(value / 10_000 - FILETIME_EPOCH_MS)
    }

    fn has_expiry(&self) -> bool {
        self.source.status_algorithm == StatusAlgorithm::ActiveDirectoryBitmap && !self.source.status_attribute.trim().is_empty()
    }

    pub(crate) fn row(&self, attribute: &str) -> Option<&Row> {
        self.rows.binary_search_by(|r| r.name.as_str().cmp(attribute)).ok().map(|at| &self.rows[at])
    }

    /// Whether Towpath keeps this attribute up to date: mapped, and sent with more than the create.
    pub(crate) fn is_kept(&self, kind: ObjectKind, attribute: &str) -> bool {
        match kind {
            ObjectKind::User => self.row(attribute).is_some_and(|r| !r.create_only),
            ObjectKind::Group => attribute == DISPLAY_NAME || (attribute == EXTERNAL_ID && self.groups.external_id),
        }
    }

    /// Whether two objects must not share a value of this attribute.
    pub(crate) fn is_unique(&self, kind: ObjectKind, attribute: &str) -> bool {
        match kind {
            ObjectKind::User => self.row(attribute).is_some_and(|r| r.unique),
            ObjectKind::Group => attribute == DISPLAY_NAME && self.groups.unique_name,
        }
    }

    /// Digest of values as written, in two halves: texts, and references to people. So a text that changed is seen while the entry
    /// is at hand, although its references are known only when everybody has been read.
    pub(crate) fn value_digest(&self, kind: ObjectKind, values: &Values) -> Digest {
        let (mut texts, mut refs) = (text_mixer(), ref_mixer());
        for (name, value) in values.iter().filter(|(name, _)| self.is_kept(kind, name)) {
            let (mixer, text) = match value {
                Value::Text(text) => (&mut texts, text.as_str()),
                Value::Ref(id) => (&mut refs, id.0.as_str()),
            };
            mixer.text(name);
            mixer.text(text);
        }
        join(texts.half(), refs.half())
    }

    /// Digests of the unique keys among these values, in the order of the attributes' names.
    pub(crate) fn unique_digests(&self, kind: ObjectKind, values: &Values) -> Vec<Digest> {
        let unique = values.iter().filter(|(name, _)| self.is_unique(kind, name));
        unique.map(|(name, value)| hash::unique(name, value.show())).collect()
    }

    pub(crate) fn name_in<'v>(&self, kind: ObjectKind, values: &'v Values) -> Option<&'v str> {
        values.get(self.match_attribute(kind)).map(Value::show)
    }

    /// The name of a group at the target, checked, and its other values.
    pub(crate) fn group_values(&self, group: &SourceGroup) -> Result<Values, String> {
        let name = match self.options.group_name_source {
            GroupNameSource::DistinguishedName => Some(group.dn.clone()),
            GroupNameSource::CommonName => group
                .attributes
                .all("cn")
                .find(|cn| !cn.trim().is_empty())
                .map(|cn| cn.trim().to_owned())
                .or_else(|| domain::text::dn::first_value(&group.dn)),
        };
        let Some(name) = name.filter(|n| !n.is_empty()) else {
            return Err("The group has no CN: give it one in the directory.".into());
        };
        if let Some(problem) = self.group_name.problem("The group's name", &name, &name) {
            return Err(format!("{problem}."));
        }
        let mut values = Values::from([(DISPLAY_NAME.to_owned(), Value::Text(name))]);
        if self.groups.external_id {
            values.insert(EXTERNAL_ID.to_owned(), Value::Text(group.id.0.clone()));
        }
        Ok(values)
    }

    /// Another person an attribute refers to, by DN.
    pub(crate) fn is_reference(&self, row: usize) -> bool {
        self.rows[row].rule.kind == AttributeKind::Reference
    }

    /// The goal of a wanted object, without its members: its texts, whether it is active, and what is done with objects that are
    /// there. Changing any of them makes a setback void.
    pub(crate) fn goal(&self, texts: u64, active: bool, members: Digest) -> Digest {
        let mut mixer = Mixer::new("goal");
        mixer.number(u128::from(texts));
        mixer.number(u128::from(active));
        mixer.number(members.0);
        mixer.text(self.existing.id());
        mixer.finish()
    }
}

/// Goal of a removal: nothing about the object matters.
pub(crate) fn removal_goal() -> Digest {
    Mixer::new("removal").finish()
}

pub(crate) fn text_mixer() -> Mixer {
    Mixer::new("texts")
}

/// The references of a person, in the order of the attributes' names.
pub(crate) fn ref_half<'a>(refs: impl Iterator<Item = (&'a str, &'a str)>) -> u64 {
    let mut mixer = ref_mixer();
    for (name, id) in refs {
        mixer.text(name);
        mixer.text(id);
    }
    mixer.half()
}

fn ref_mixer() -> Mixer {
    Mixer::new("references")
}

pub(crate) fn join(texts: u64, refs: u64) -> Digest {
    Digest(u128::from(texts) << 64 | u128::from(refs))
}

pub(crate) fn texts_of(digest: Digest) -> u64 {
    (digest.0 >> 64) as u64
}

pub(crate) fn refs_of(digest: Digest) -> u64 {
    digest.0 as u64
}

fn digest(connector: &Connector, options: &ProvisioningOptions, channel: &Channel) -> String {
    let parts = (connector, options, &channel.data_store, &channel.source, &channel.location, &channel.mapping, channel.existing);
    // Plain data without maps of other keys than text: it cannot fail to be JSON, and if it did, the cycle would be a full one.
    let json = serde_json::to_string(&parts).unwrap_or_default();
    let mut mixer = Mixer::new("config");
    mixer.text(&json);
    mixer.finish().to_string()
}

#[derive(Default)]
struct Names(Vec<String>);

impl Names {
    fn add(&mut self, name: &str) {
        let name = name.trim();
        if !name.is_empty() && !name.eq_ignore_ascii_case(DN_NAME) && !self.0.iter().any(|n| n.eq_ignore_ascii_case(name)) {
            self.0.push(name.to_owned());
        }
    }
}
