//! One entry as it is held: little per entry, because tests hold a hundred thousand.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::guid::Guid;

/// The place of an entry in the directory's list. Never used again after a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Id(pub u32);

/// What an entry is; decides its classes and what may be done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The root of the domain.
    Domain,
    /// The root of the configuration partition, which searches of the domain do not see.
    Configuration,
    /// A built-in container such as `CN=Users`.
    Container,
    /// An organizational unit.
    Unit,
    /// A user account, of a person or a service.
    Person,
    /// A security group.
    Group,
    /// A computer account. It has the class `user` too, which is why filters say `objectCategory=person`.
    Computer,
    /// The settings object of the domain controller, which holds its `invocationId`.
    Controller,
}

impl Kind {
    /// `objectClass`, from the top down.
    pub(super) fn classes(self) -> &'static [&'static str] {
        match self {
            Self::Domain => &["top", "domain", "domainDNS"],
            Self::Configuration => &["top", "configuration"],
            Self::Container => &["top", "container"],
            Self::Unit => &["top", "organizationalUnit"],
            Self::Person => &["top", "person", "organizationalPerson", "user"],
            Self::Group => &["top", "group"],
            Self::Computer => &["top", "person", "organizationalPerson", "user", "computer"],
            Self::Controller => &["top", "applicationSettings", "nTDSDSA"],
        }
    }

    /// The common name of the class object that `objectCategory` points to; a filter may use its class name instead.
    pub(super) fn category(self) -> &'static str {
        match self {
            Self::Domain => "Domain-DNS",
            Self::Configuration => "Configuration",
            Self::Container => "Container",
            Self::Unit => "Organizational-Unit",
            Self::Person => "Person",
            Self::Group => "Group",
            Self::Computer => "Computer",
            Self::Controller => "NTDS-DSA",
        }
    }

    /// The attribute that names entries of this kind.
    pub(super) fn naming(self) -> &'static str {
        match self {
            Self::Domain => "DC",
            Self::Unit => "OU",
            _ => "CN",
        }
    }

    /// Whether other entries may lie below.
    pub(super) fn holds_entries(self) -> bool {
        matches!(self, Self::Domain | Self::Configuration | Self::Container | Self::Unit)
    }

    /// Whether it has a security identifier.
    pub(super) fn is_principal(self) -> bool {
        matches!(self, Self::Person | Self::Group | Self::Computer)
    }

    /// Whether it is an account that can sign on and be disabled.
    pub(super) fn is_account(self) -> bool {
        matches!(self, Self::Person | Self::Computer)
    }
}

/// One value of one attribute. Several values of one attribute stand together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    /// As the schema spells it; shared by all entries.
    pub name: Arc<str>,
    pub text: Arc<str>,
}

/// An entry. Links are by place, so that names follow when the other end is renamed or moved.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub guid: Guid,
    /// Its number among all objects ever made; the last part of its security identifier.
    pub serial: u64,
    /// `None` for the root of a partition.
    pub parent: Option<Id>,
    /// As spelled, escaped: `CN=Doe\, Jane`. For a root, its whole name.
    pub rdn: Box<str>,
    pub kind: Kind,
    pub values: Vec<Value>,
    pub members: Vec<Id>,
    pub member_of: Vec<Id>,
    pub manager: Option<Id>,
    pub reports: Vec<Id>,
    pub password: Option<Arc<str>>,
    pub usn_created: u64,
    pub usn_changed: u64,
    /// Seconds since 1970.
    pub created_at: i64,
    /// Seconds since 1970.
    pub changed_at: i64,
}

impl Entry {
    /// The values stored under a name, compared without case.
    pub fn stored<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.values.iter().filter(|v| v.name.eq_ignore_ascii_case(name)).map(|v| &*v.text)
    }

    /// `sAMAccountName` as it is found by.
    pub fn login(&self) -> Option<Box<str>> {
        self.stored("sAMAccountName").next().map(|login| login.to_lowercase().into())
    }

    /// `userAccountControl`, 0 for what has none.
    pub fn account_control(&self) -> i64 {
        self.stored("userAccountControl").next().and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// Whether the account may not sign on.
    pub fn is_disabled(&self) -> bool {
        self.account_control() & ACCOUNT_DISABLED != 0
    }
}

/// `ADS_UF_ACCOUNTDISABLE` of `userAccountControl`.
pub(super) const ACCOUNT_DISABLED: i64 = 0x2;
/// `ADS_UF_NORMAL_ACCOUNT` of `userAccountControl`.
pub(super) const NORMAL_ACCOUNT: i64 = 0x200;
