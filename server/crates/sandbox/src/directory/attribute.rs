//! Attributes: where their values come from, how they are spelled, and how they compare.

use std::sync::Arc;

use bytes::Bytes;
use domain::text::dn;
use jiff::Timestamp;

use super::entry::{Entry, Id, Kind};
use super::guid::Guid;
use super::model::Directory;

/// Where the values of an attribute come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    ObjectClass,
    ObjectCategory,
    DistinguishedName,
    /// The value of the RDN, whatever its type.
    Name,
    /// The value of the RDN when it is of this type: `cn`, `ou` or `dc`.
    Naming(&'static str),
    Guid,
    Sid,
    InstanceType,
    AccountType,
    PrimaryGroup,
    InvocationId,
    UsnCreated,
    UsnChanged,
    WhenCreated,
    WhenChanged,
    Member,
    MemberOf,
    Manager,
    DirectReports,
    CanonicalName,
    /// As written; the name in lower case does not matter here.
    Stored(Arc<str>),
}

/// How the values of an attribute compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    Text,
    Integer,
    Octets,
    Time,
    /// A name, compared parsed.
    Name,
}

/// Computed attributes in the order they are answered, with whether they come only when asked for by name or by `+`.
pub(super) const COMPUTED: &[(&str, Source, bool)] = &[
    ("objectClass", Source::ObjectClass, false),
    ("cn", Source::Naming("CN"), false),
    ("ou", Source::Naming("OU"), false),
    ("dc", Source::Naming("DC"), false),
    ("distinguishedName", Source::DistinguishedName, false),
    ("instanceType", Source::InstanceType, false),
    ("whenCreated", Source::WhenCreated, false),
    ("whenChanged", Source::WhenChanged, false),
    ("uSNCreated", Source::UsnCreated, false),
    ("uSNChanged", Source::UsnChanged, false),
    ("name", Source::Name, false),
    ("objectGUID", Source::Guid, false),
    ("objectSid", Source::Sid, false),
    ("sAMAccountType", Source::AccountType, false),
    ("primaryGroupID", Source::PrimaryGroup, false),
    ("objectCategory", Source::ObjectCategory, false),
    ("invocationId", Source::InvocationId, false),
    ("member", Source::Member, false),
    ("memberOf", Source::MemberOf, false),
    ("manager", Source::Manager, false),
    ("directReports", Source::DirectReports, false),
    ("canonicalName", Source::CanonicalName, true),
    ("createTimeStamp", Source::WhenCreated, true),
    ("modifyTimeStamp", Source::WhenChanged, true),
];

/// Stored attributes that the schema has, as it spells them. A filter on any other that no entry ever had is Undefined.
const STORED: &[&str] = &[
    "accountExpires",
    "adminCount",
    "badPwdCount",
    "c",
    "co",
    "comment",
    "company",
    "countryCode",
    "department",
    "departmentNumber",
    "description",
    "displayName",
    "division",
    "employeeID",
    "employeeNumber",
    "employeeType",
    "extensionAttribute1",
    "extensionAttribute2",
    "extensionAttribute3",
    "facsimileTelephoneNumber",
    "gidNumber",
    "givenName",
    "groupType",
    "homePhone",
    "info",
    "initials",
    "ipPhone",
    "l",
    "lastLogonTimestamp",
    "lockoutTime",
    "mail",
    "mailNickname",
    "middleName",
    "mobile",
    "pager",
    "personalTitle",
    "physicalDeliveryOfficeName",
    "postalCode",
    "preferredLanguage",
    "proxyAddresses",
    "pwdLastSet",
    "sAMAccountName",
    "sn",
    "st",
    "street",
    "streetAddress",
    "telephoneNumber",
    "thumbnailPhoto",
    "title",
    "uid",
    "uidNumber",
    "url",
    "userAccountControl",
    "userPrincipalName",
    "wWWHomePage",
];

impl Source {
    /// Of an attribute name, compared without case.
    pub fn of(name: &str) -> Self {
        let known = COMPUTED.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
        known.map_or_else(|| Self::Stored(spelling(name).into()), |(_, source, _)| source.clone())
    }

    pub fn syntax(&self) -> Syntax {
        match self {
            Self::Guid | Self::Sid | Self::InvocationId => Syntax::Octets,
            Self::InstanceType | Self::AccountType | Self::PrimaryGroup | Self::UsnCreated | Self::UsnChanged => Syntax::Integer,
            Self::WhenCreated | Self::WhenChanged => Syntax::Time,
            Self::DistinguishedName | Self::Member | Self::MemberOf | Self::Manager | Self::DirectReports | Self::ObjectCategory => {
                Syntax::Name
            }
            Self::Stored(name) if is_integer(name) => Syntax::Integer,
            _ => Syntax::Text,
        }
    }
}

/// Whether a stored attribute takes whole numbers only.
pub(super) fn is_integer(name: &str) -> bool {
    const INTEGERS: &[&str] = &[
        "accountExpires",
        "adminCount",
        "badPwdCount",
        "countryCode",
        "gidNumber",
        "groupType",
        "lastLogonTimestamp",
        "lockoutTime",
        "pwdLastSet",
        "uidNumber",
        "userAccountControl",
    ];
    INTEGERS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The name as the schema spells it, or as given when the schema has none such.
pub(super) fn spelling(name: &str) -> &str {
    let computed = COMPUTED.iter().map(|(known, ..)| *known);
    computed.chain(STORED.iter().copied()).find(|known| known.eq_ignore_ascii_case(name)).unwrap_or(name)
}

impl Directory {
    /// Whether the schema has the attribute, or some entry was given it.
    pub(super) fn knows(&self, name: &str) -> bool {
        let computed = COMPUTED.iter().map(|(known, ..)| *known);
        computed.chain(STORED.iter().copied()).any(|known| known.eq_ignore_ascii_case(name)) || self.has_name(name)
    }

    /// All values of an attribute as they go over the wire.
    pub(super) fn values(&self, id: Id, source: &Source) -> Vec<Bytes> {
        let entry = self.at(id);
        match source {
            Source::ObjectClass => entry.kind.classes().iter().map(|class| Bytes::from_static(class.as_bytes())).collect(),
            Source::Stored(name) => entry.stored(name).map(|text| Bytes::copy_from_slice(text.as_bytes())).collect(),
            Source::Member => self.names_of(&entry.members),
            Source::MemberOf => self.names_of(&entry.member_of),
            Source::DirectReports => self.names_of(&entry.reports),
            _ => self.single(id, entry, source).into_iter().collect(),
        }
    }

    fn single(&self, id: Id, entry: &Entry, source: &Source) -> Option<Bytes> {
        let text = match source {
            Source::Guid => return Some(Bytes::copy_from_slice(entry.guid.octets())),
            Source::Sid => return entry.kind.is_principal().then(|| self.sid(entry)),
            Source::InvocationId => {
                return (entry.kind == Kind::Controller).then(|| Bytes::copy_from_slice(Guid::derive(self.seed, 0).octets()));
            }
            Source::DistinguishedName => self.dn(id),
            Source::ObjectCategory => self.category_dn(entry.kind),
            Source::Name => dn::first_value(&entry.rdn)?,
            Source::Naming(kind) => {
                let (attribute, _) = entry.rdn.split_once('=')?;
                attribute.eq_ignore_ascii_case(kind).then(|| dn::first_value(&entry.rdn))??
            }
            // Writable, and the head of its partition or not.
            Source::InstanceType => if entry.parent.is_none() { "5" } else { "4" }.to_owned(),
            Source::AccountType => match entry.kind {
                Kind::Person => "805306368",
                Kind::Computer => "805306369",
                Kind::Group => "268435456",
                _ => return None,
            }
            .to_owned(),
            Source::PrimaryGroup => match entry.kind {
                Kind::Person => "513",
                Kind::Computer => "515",
                _ => return None,
            }
            .to_owned(),
            Source::UsnCreated => entry.usn_created.to_string(),
            Source::UsnChanged => entry.usn_changed.to_string(),
            Source::WhenCreated => generalized_time(entry.created_at),
            Source::WhenChanged => generalized_time(entry.changed_at),
            Source::Manager => self.dn(entry.manager?),
            Source::CanonicalName => self.canonical_name(id),
            Source::ObjectClass | Source::Stored(_) | Source::Member | Source::MemberOf | Source::DirectReports => return None,
        };
        Some(text.into())
    }

    fn names_of(&self, ids: &[Id]) -> Vec<Bytes> {
        ids.iter().map(|id| self.dn(*id).into()).collect()
    }

    pub(super) fn category_dn(&self, kind: Kind) -> String {
        format!("CN={},CN=Schema,CN=Configuration,{}", kind.category(), self.base_dn())
    }

    /// `S-1-5-21-...` in octets (MS-DTYP 2.4.2.2).
    fn sid(&self, entry: &Entry) -> Bytes {
        let mut octets = vec![1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0];
        octets.extend_from_slice(&Guid::derive(self.seed, 1).octets()[..12]);
        octets.extend_from_slice(&(entry.serial as u32).to_le_bytes());
        octets.into()
    }

    /// `canal.example/People/Doe, Jane`.
    fn canonical_name(&self, id: Id) -> String {
        let mut parts = Vec::new();
        let mut at = id;
        while let Some(parent) = self.at(at).parent {
            parts.push(dn::first_value(&self.at(at).rdn).unwrap_or_default().replace('/', "\\/"));
            at = parent;
        }
        let domain = dns_name(&self.base_dn());
        parts.push(if parts.is_empty() { format!("{domain}/") } else { domain });
        parts.reverse();
        parts.join("/")
    }
}

/// `DC=canal,DC=example` as `canal.example`.
pub(super) fn dns_name(base: &str) -> String {
    base.split(',').filter_map(|part| part.split_once('=')).map(|(_, label)| label).collect::<Vec<_>>().join(".")
}

/// `20260105080000.0Z` of Unix seconds.
pub(super) fn generalized_time(seconds: i64) -> String {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH).strftime("%Y%m%d%H%M%S.0Z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_directory_does() {
        for (seconds, text) in [(0, "19700101000000.0Z"), (1_767_600_000, "20260105080000.0Z"), (-1, "19691231235959.0Z")] {
            assert_eq!(generalized_time(seconds), text);
        }
    }

    #[test]
    fn names_are_spelled_as_the_schema_does() {
        assert_eq!((spelling("MEMBEROF"), spelling("samaccountname"), spelling("fooBar")), ("memberOf", "sAMAccountName", "fooBar"));
        assert_eq!(dns_name("DC=canal,DC=example"), "canal.example");
    }
}
