//! Search filters (RFC 4511 section 4.5.1.7), prepared once per search and then matched against each entry.

use std::collections::HashSet;

use domain::text::dn;
use rasn_ldap::{AttributeValueAssertion, Filter, MatchingRuleAssertion, SubstringChoice, SubstringFilter};

use super::attribute::{Source, Syntax};
use super::entry::{Entry, Id};
use super::guid::Guid;
use super::model::{Directory, guid_in_name};

/// `LDAP_MATCHING_RULE_BIT_AND`: all bits of the value are set.
const BIT_AND: &str = "1.2.840.113556.1.4.803";
/// `LDAP_MATCHING_RULE_BIT_OR`: one bit of the value is set.
const BIT_OR: &str = "1.2.840.113556.1.4.804";
/// `LDAP_MATCHING_RULE_IN_CHAIN`: a link leads there in any number of steps.
const IN_CHAIN: &str = "1.2.840.113556.1.4.1941";

/// A prepared filter.
#[derive(Debug)]
pub(super) enum Matcher {
    And(Vec<Matcher>),
    Or(Vec<Matcher>),
    Not(Box<Matcher>),
    /// No entry matches: a name that names nothing, octets that are no text.
    Nothing,
    /// Neither true nor false, whatever stands around it (RFC 4511 section 4.5.1.7): the schema has no such attribute or rule.
    Undefined,
    Present(Source),
    /// In lower case.
    Text(Source, String),
    Octets(Source, Vec<u8>),
    Guid(Guid),
    Is(Id),
    /// The entry has this link to that entry.
    Linked(Link, Id),
    OneOf(HashSet<Id>),
    Integer(Source, Compare, i64),
    /// Texts in lower case, times cut to their seconds.
    Ordered(Source, Compare, String),
    Bits {
        source: Source,
        mask: i64,
        all: bool,
    },
    Substrings {
        source: Source,
        initial: String,
        any: Vec<String>,
        last: String,
    },
}

/// A kind of link, seen from the entry that is matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Member,
    MemberOf,
    Manager,
    DirectReports,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    Equal,
    AtLeast,
    AtMost,
}

impl Link {
    fn of(source: &Source) -> Option<Self> {
        match source {
            Source::Member => Some(Self::Member),
            Source::MemberOf => Some(Self::MemberOf),
            Source::Manager => Some(Self::Manager),
            Source::DirectReports => Some(Self::DirectReports),
            _ => None,
        }
    }

    fn targets(self, entry: &Entry) -> &[Id] {
        match self {
            Self::Member => &entry.members,
            Self::MemberOf => &entry.member_of,
            Self::Manager => entry.manager.as_slice(),
            Self::DirectReports => &entry.reports,
        }
    }

    /// Whether the entry links to `target`. A membership is looked up at its shorter end.
    fn leads(self, directory: &Directory, id: Id, target: Id) -> bool {
        match self {
            Self::Member => directory.at(target).member_of.contains(&id),
            Self::DirectReports => directory.at(target).manager == Some(id),
            _ => self.targets(directory.at(id)).contains(&target),
        }
    }

    /// Entries that link to `target` by this link: its link the other way round.
    fn sources(self, target: &Entry) -> &[Id] {
        match self {
            Self::Member => &target.member_of,
            Self::MemberOf => &target.members,
            Self::Manager => &target.reports,
            Self::DirectReports => target.manager.as_slice(),
        }
    }
}

impl Matcher {
    /// Prepares a filter for this directory as it is now.
    pub fn of(filter: &Filter, directory: &Directory) -> Self {
        match filter {
            Filter::And(parts) => Self::And(parts.iter().map(|part| Self::of(part, directory)).collect()),
            Filter::Or(parts) => Self::Or(parts.iter().map(|part| Self::of(part, directory)).collect()),
            Filter::Not(part) => Self::Not(Box::new(Self::of(part, directory))),
            Filter::EqualityMatch(assertion) | Filter::ApproxMatch(assertion) => Self::comparison(assertion, Compare::Equal, directory),
            Filter::GreaterOrEqual(assertion) => Self::comparison(assertion, Compare::AtLeast, directory),
            Filter::LessOrEqual(assertion) => Self::comparison(assertion, Compare::AtMost, directory),
            Filter::Present(name) if !directory.knows(name) => Self::Undefined,
            Filter::Present(name) => Self::Present(Source::of(name)),
            Filter::Substrings(parts) => Self::substrings(parts, directory),
            Filter::ExtensibleMatch(assertion) => Self::extensible(assertion, directory),
            _ => Self::Undefined,
        }
    }

    fn comparison(assertion: &AttributeValueAssertion, compare: Compare, directory: &Directory) -> Self {
        if !directory.knows(&assertion.attribute_desc) {
            return Self::Undefined;
        }
        let source = Source::of(&assertion.attribute_desc);
        let octets = &assertion.assertion_value[..];
        if source.syntax() == Syntax::Octets {
            return match (compare, Guid::from_octets(octets)) {
                (Compare::Equal, Some(guid)) if source == Source::Guid => Self::Guid(guid),
                (Compare::Equal, _) => Self::Octets(source, octets.to_vec()),
                _ => Self::Undefined,
            };
        }
        let Ok(text) = std::str::from_utf8(octets) else {
            return Self::Nothing;
        };
        match source.syntax() {
            Syntax::Integer => match text.trim().parse() {
                Ok(number) => Self::Integer(source, compare, number),
                Err(_) => Self::Undefined,
            },
            Syntax::Time => Self::Ordered(source, compare, seconds_of(text).to_owned()),
            Syntax::Name if compare != Compare::Equal => Self::Undefined,
            Syntax::Name if source == Source::ObjectCategory => Self::Text(source, category_of(text)),
            Syntax::Name => match (named(text, directory), Link::of(&source)) {
                (Some(target), Some(link)) => Self::Linked(link, target),
                (Some(target), None) => Self::Is(target),
                (None, _) => Self::Nothing,
            },
            _ if compare == Compare::Equal => Self::Text(source, text.to_lowercase()),
            _ => Self::Ordered(source, compare, text.to_lowercase()),
        }
    }

    fn substrings(filter: &SubstringFilter, directory: &Directory) -> Self {
        let source = Source::of(&filter.r#type);
        // Names and octets have no substring rule (MS-ADTS 3.1.1.2.2.4.13).
        if !directory.knows(&filter.r#type) || source.syntax() != Syntax::Text {
            return Self::Undefined;
        }
        let (mut initial, mut any, mut last) = (String::new(), Vec::new(), String::new());
        for part in &filter.substrings {
            let (SubstringChoice::Initial(octets) | SubstringChoice::Any(octets) | SubstringChoice::Final(octets)) = part else {
                return Self::Undefined;
            };
            let Ok(text) = std::str::from_utf8(octets).map(str::to_lowercase) else {
                return Self::Nothing;
            };
            match part {
                SubstringChoice::Initial(_) => initial = text,
                SubstringChoice::Final(_) => last = text,
                _ => any.push(text),
            }
        }
        Self::Substrings { source, initial, any, last }
    }

    fn extensible(assertion: &MatchingRuleAssertion, directory: &Directory) -> Self {
        let Some(name) = assertion.r#type.as_ref().filter(|name| directory.knows(name)) else {
            return Self::Undefined;
        };
        let source = Source::of(name);
        let text = std::str::from_utf8(&assertion.match_value).unwrap_or_default();
        match assertion.matching_rule.as_ref().map(|rule| rule.as_str()) {
            None => Self::comparison(&AttributeValueAssertion::new(name.clone(), assertion.match_value.clone()), Compare::Equal, directory),
            Some(rule @ (BIT_AND | BIT_OR)) if source.syntax() == Syntax::Integer => match text.trim().parse() {
                Ok(mask) => Self::Bits { source, mask, all: rule == BIT_AND },
                Err(_) => Self::Undefined,
            },
            Some(IN_CHAIN) => match (Link::of(&source), named(text, directory)) {
                (Some(link), Some(target)) => Self::OneOf(directory.reached(target, move |entry| link.sources(entry))),
                (Some(_), None) => Self::Nothing,
                (None, _) => Self::Undefined,
            },
            Some(_) => Self::Undefined,
        }
    }

    /// Whether the entry matches; `None` is Undefined, which is no match but survives a NOT.
    pub fn matches(&self, directory: &Directory, id: Id) -> Option<bool> {
        let entry = directory.at(id);
        Some(match self {
            Self::And(parts) => {
                let mut undefined = false;
                for part in parts {
                    match part.matches(directory, id) {
                        Some(false) => return Some(false),
                        Some(true) => {}
                        None => undefined = true,
                    }
                }
                return (!undefined).then_some(true);
            }
            Self::Or(parts) => {
                let mut undefined = false;
                for part in parts {
                    match part.matches(directory, id) {
                        Some(true) => return Some(true),
                        Some(false) => {}
                        None => undefined = true,
                    }
                }
                return (!undefined).then_some(false);
            }
            Self::Not(part) => !part.matches(directory, id)?,
            Self::Nothing => false,
            Self::Undefined => return None,
            Self::Present(source) => match (source, Link::of(source)) {
                (_, Some(link)) => !link.targets(entry).is_empty(),
                (Source::Stored(name), None) => entry.stored(name).next().is_some(),
                _ => !directory.values(id, source).is_empty(),
            },
            Self::Text(Source::ObjectClass, class) => entry.kind.classes().iter().any(|known| known.eq_ignore_ascii_case(class)),
            Self::Text(Source::ObjectCategory, category) => is_category(entry, category),
            Self::Text(source, wanted) => any_text(directory, id, source, |text| equals(text, wanted)),
            Self::Octets(source, wanted) => directory.values(id, source).iter().any(|value| value[..] == wanted[..]),
            Self::Guid(guid) => entry.guid == *guid,
            Self::Is(target) => id == *target,
            Self::Linked(link, target) => link.leads(directory, id, *target),
            Self::OneOf(ids) => ids.contains(&id),
            Self::Integer(source, compare, wanted) => any_integer(directory, id, source, |value| match compare {
                Compare::Equal => value == *wanted,
                Compare::AtLeast => value >= *wanted,
                Compare::AtMost => value <= *wanted,
            }),
            Self::Bits { source, mask, all } => {
                any_integer(directory, id, source, |value| if *all { value & mask == *mask } else { value & mask != 0 })
            }
            Self::Ordered(source, compare, wanted) => any_text(directory, id, source, |text| {
                let text = if source.syntax() == Syntax::Time { seconds_of(text).to_owned() } else { text.to_lowercase() };
                match compare {
                    Compare::Equal => text == *wanted,
                    Compare::AtLeast => text >= *wanted,
                    Compare::AtMost => text <= *wanted,
                }
            }),
            Self::Substrings { source, initial, any, last } => {
                any_text(directory, id, source, |text| has_substrings(&text.to_lowercase(), initial, any, last))
            }
        })
    }

    /// Entries among which all matches are, when that is known without looking at every entry.
    pub fn candidates(&self, directory: &Directory) -> Option<Vec<Id>> {
        match self {
            Self::And(parts) => parts.iter().filter_map(|part| part.candidates(directory)).min_by_key(Vec::len),
            Self::Or(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    all.extend(part.candidates(directory)?);
                }
                all.sort_unstable();
                all.dedup();
                Some(all)
            }
            Self::Nothing | Self::Undefined => Some(Vec::new()),
            Self::Guid(guid) => Some(directory.guid_of(guid).into_iter().collect()),
            Self::Is(id) => Some(vec![*id]),
            Self::Linked(link, target) => Some(sorted(link.sources(directory.at(*target)).to_vec())),
            Self::OneOf(ids) => Some(sorted(ids.iter().copied().collect())),
            Self::Text(Source::Stored(name), wanted) if name.eq_ignore_ascii_case("sAMAccountName") => {
                Some(directory.login_of(wanted).into_iter().collect())
            }
            _ => None,
        }
    }
}

fn sorted(mut ids: Vec<Id>) -> Vec<Id> {
    ids.sort_unstable();
    ids
}

/// The entry a DN-valued assertion names; one that names none matches nothing.
fn named(text: &str, directory: &Directory) -> Option<Id> {
    match guid_in_name(text) {
        Some(guid) => directory.guid_of(&guid?),
        None => directory.locate(&dn::canonical(text).ok()?).ok(),
    }
}

/// `objectCategory` may be asserted by the name of its class object or by a class's own name (MS-ADTS 3.1.1.3.1.3.5).
fn category_of(text: &str) -> String {
    if text.contains('=') { dn::first_value(text).unwrap_or_default().to_lowercase() } else { text.to_lowercase() }
}

fn is_category(entry: &Entry, wanted: &str) -> bool {
    let category = entry.kind.category();
    // The class `user` has the category of `person`.
    category.eq_ignore_ascii_case(wanted)
        || category.replace('-', "").eq_ignore_ascii_case(wanted)
        || (category == "Person" && wanted == "user")
}

/// A time without its fraction and zone: both are always the same here.
fn seconds_of(text: &str) -> &str {
    text.get(..14).unwrap_or(text)
}

fn equals(text: &str, wanted_in_lower_case: &str) -> bool {
    if text.is_ascii() { text.eq_ignore_ascii_case(wanted_in_lower_case) } else { text.to_lowercase() == wanted_in_lower_case }
}

fn has_substrings(text: &str, initial: &str, any: &[String], last: &str) -> bool {
    let Some(mut rest) = text.strip_prefix(initial) else {
        return false;
    };
    for part in any {
        match rest.find(part.as_str()) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Stored texts are looked at in place, for speed; computed ones are made.
fn any_text(directory: &Directory, id: Id, source: &Source, is: impl Fn(&str) -> bool) -> bool {
    match source {
        Source::Stored(name) => directory.at(id).stored(name).any(is),
        _ => directory.values(id, source).iter().any(|value| std::str::from_utf8(value).is_ok_and(&is)),
    }
}

fn any_integer(directory: &Directory, id: Id, source: &Source, is: impl Fn(i64) -> bool) -> bool {
    let entry = directory.at(id);
    match source {
        Source::UsnChanged => is(entry.usn_changed as i64),
        Source::UsnCreated => is(entry.usn_created as i64),
        _ => any_text(directory, id, source, |text| text.parse().is_ok_and(&is)),
    }
}
