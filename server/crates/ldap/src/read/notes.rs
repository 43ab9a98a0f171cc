//! What is worth telling of a read that stopped nothing.

use domain::model::channel::{SourceLocation, SourceSettings};
use std::collections::BTreeMap;

/// Counted while reading, told as sentences at the end.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Referrals and continuation references left alone.
    pub(super) referrals: u64,
    /// Members of a Group DN that are outside the Base DN.
    pub(super) outside: u64,
    /// Members of a Group DN that are no people: contacts, computers, principals of other forests.
    pub(super) not_people: u64,
    /// Members that do not exist, or that the account may not see.
    pub(super) dangling: u64,
    pub(super) first_dangling: Option<String>,
    /// Members put in the place of a member group.
    pub(super) flattened_groups: u64,
    /// The Group DN's entry has no member at all.
    pub(super) empty_group: Vec<String>,
    /// Its people are members by their primary group, which `member` never lists.
    pub(super) primary_group: Option<String>,
    /// Those members were asked for, and are among the others.
    pub(super) knows_primary_members: bool,
    /// Why the next read cannot ask for changes alone, as a sentence.
    pub(super) no_changes: Option<String>,
    /// Why this read did not ask for changes alone although it might have, as a sentence.
    pub(super) not_followed: Option<String>,
    no_anchor: u64,
    first_no_anchor: Option<String>,
    not_text: BTreeMap<String, u64>,
}

impl Notes {
    pub(super) fn without_anchor(&mut self, dn: String) {
        self.no_anchor += 1;
        self.first_no_anchor.get_or_insert(dn);
    }

    pub(super) fn dangling(&mut self, dn: &str) {
        self.dangling += 1;
        self.first_dangling.get_or_insert_with(|| dn.to_owned());
    }

    /// Values that were not text although their attribute is not declared binary.
    pub(super) fn not_text(&mut self, counts: &BTreeMap<String, u64>) {
        for (name, count) in counts {
            *self.not_text.entry(name.clone()).or_default() += count;
        }
    }

    pub(super) fn sentences(&self, location: &SourceLocation, source: &SourceSettings) -> Vec<String> {
        let mut out = Vec::new();
        let first = |dn: &Option<String>| dn.as_deref().unwrap_or_default().to_owned();
        out.extend(self.no_changes.clone());
        out.extend(self.not_followed.clone());
        if self.no_anchor > 0 {
            out.push(format!(
                "{} left out because the Entry GUID Attribute ‘{}’ is missing, the first is ‘{}’. Check Source Settings, and that the bind account may read it.",
                count(self.no_anchor, "entry was", "entries were"),
                source.guid_attribute,
                first(&self.first_no_anchor),
            ));
        }
        if self.outside > 0 {
            out.push(format!(
                "{} outside the Base DN ‘{}’ and left out.",
                count(self.outside, "member of the Group DN is", "members of the Group DN are"),
                location.base_dn,
            ));
        }
        if self.not_people > 0 {
            out.push(format!(
                "{} of class ‘{}’ (contacts, computers, groups or people of another forest) and left out.",
                count(self.not_people, "member of the Group DN is not", "members of the Group DN are not"),
                source.user_class,
            ));
        }
        if self.dangling > 0 {
            out.push(format!(
                "{} not exist, or the bind account may not see it; the first is ‘{}’.",
                count(self.dangling, "member of the Group DN does", "members of the Group DN do"),
                first(&self.first_dangling),
            ));
        }
        for dn in &self.empty_group {
            out.push(format!(
                "‘{dn}’ has no value of the Group Member Attribute ‘{}’. If it should, check Source Settings and the bind account's rights.",
                source.member_attribute,
            ));
        }
        if let Some(dn) = self.primary_group.as_ref().filter(|_| !self.knows_primary_members) {
            out.push(format!(
                "People who have ‘{dn}’ as their primary group are not listed as its members by Active Directory, so they are not in scope."
            ));
        }
        if self.flattened_groups > 0 {
            out.push(format!(
                "{} replaced by their own members (Nested Search).",
                count(self.flattened_groups, "member group was", "member groups were")
            ));
        }
        if self.referrals > 0 {
            out.push(format!(
                "{} not followed; what they point to was not read. Tick Follow LDAP Referrals in the Data Store if it should be.",
                count(self.referrals, "referral was", "referrals were"),
            ));
        }
        for (name, n) in &self.not_text {
            out.push(format!(
                "{} of ‘{name}’ not text and read as base64. Add it to the binary attributes of the Data Store.",
                count(*n, "value is", "values are"),
            ));
        }
        out
    }
}

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
