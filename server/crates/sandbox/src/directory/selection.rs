//! Which attributes of an entry are answered, and which of their values: the selection of a search, with value ranges.

use bytes::Bytes;
use rasn::types::SetOf;
use rasn_ldap::{LdapString, PartialAttribute, SearchResultEntry};

use super::MAX_VALUE_RANGE;
use super::attribute::{COMPUTED, Source, spelling};
use super::entry::Id;
use super::model::Directory;

/// What a search asked to be answered of each entry.
#[derive(Clone, Debug)]
pub(super) struct Selection {
    /// Everything but what only comes when asked for.
    all: bool,
    /// What only comes when asked for.
    operational: bool,
    types_only: bool,
    named: Vec<Named>,
}

#[derive(Clone, Debug)]
struct Named {
    name: String,
    source: Source,
    range: Option<Range>,
}

/// `;range=0-1499` or `;range=1500-*` (MS-ADTS 3.1.1.3.1.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    from: usize,
    to: Option<usize>,
}

/// A range that starts behind the last value.
#[derive(Debug)]
pub(super) struct PastTheEnd;

impl Selection {
    /// Of the attribute list of a search; an empty list selects all (RFC 4511 section 4.5.1.8).
    pub fn of(attributes: &[LdapString], types_only: bool) -> Self {
        let mut selection = Self { all: attributes.is_empty(), operational: false, types_only, named: Vec::new() };
        for attribute in attributes {
            match attribute.as_str() {
                "*" => selection.all = true,
                "+" => selection.operational = true,
                "1.1" => {}
                text => {
                    let (name, options) = text.split_once(';').unwrap_or((text, ""));
                    let range = options.split(';').find_map(Range::parse);
                    selection.named.push(Named { name: spelling(name).to_owned(), source: Source::of(name), range });
                }
            }
        }
        selection
    }

    /// Whether an attribute of this name is asked for, by itself or with all others.
    pub fn takes(&self, name: &str) -> bool {
        self.all || self.operational || self.named.iter().any(|named| named.name.eq_ignore_ascii_case(name))
    }

    /// Whether only names are wanted.
    pub fn types_only(&self) -> bool {
        self.types_only
    }

    /// The entry as answered.
    pub fn entry(&self, directory: &Directory, id: Id) -> Result<SearchResultEntry, PastTheEnd> {
        let mut attributes = Vec::new();
        if self.all || self.operational {
            for (name, source, on_request) in COMPUTED {
                if if *on_request { self.operational } else { self.all } {
                    self.add(&mut attributes, name, directory.values(id, source), None)?;
                }
            }
        }
        if self.all {
            for chunk in directory.at(id).values.chunk_by(|a, b| a.name == b.name) {
                let values = chunk.iter().map(|value| Bytes::copy_from_slice(value.text.as_bytes())).collect();
                self.add(&mut attributes, &chunk[0].name, values, None)?;
            }
        }
        for Named { name, source, range } in &self.named {
            let answered = |attribute: &PartialAttribute| attribute.r#type.split(';').next().is_some_and(|n| n.eq_ignore_ascii_case(name));
            if range.is_some() || !attributes.iter().any(answered) {
                self.add(&mut attributes, name, directory.values(id, source), *range)?;
            }
        }
        Ok(SearchResultEntry::new(directory.dn(id).into(), attributes))
    }

    fn add(
        &self,
        attributes: &mut Vec<PartialAttribute>,
        name: &str,
        mut values: Vec<Bytes>,
        range: Option<Range>,
    ) -> Result<(), PastTheEnd> {
        if values.is_empty() {
            return Ok(());
        }
        let mut name = name.to_owned();
        let count = values.len();
        if range.is_some() || count > MAX_VALUE_RANGE {
            let Range { from, to } = range.unwrap_or(Range { from: 0, to: None });
            if from >= count {
                return Err(PastTheEnd);
            }
            let to = to.unwrap_or(usize::MAX).min(from + MAX_VALUE_RANGE - 1).min(count - 1).max(from);
            if range.is_none() {
                // The plain name comes too, empty.
                attributes.push(PartialAttribute::new(LdapString(name.clone()), SetOf::new()));
            }
            name = if to == count - 1 { format!("{name};range={from}-*") } else { format!("{name};range={from}-{to}") };
            values.truncate(to + 1);
            values.drain(..from);
        }
        if self.types_only {
            values.clear();
        }
        attributes.push(PartialAttribute::new(LdapString(name), SetOf::from_vec(values.into_iter().map(Into::into).collect())));
        Ok(())
    }
}

impl Range {
    fn parse(option: &str) -> Option<Self> {
        let (word, bounds) = option.split_once('=')?;
        let (from, to) = bounds.split_once('-')?;
        if !word.eq_ignore_ascii_case("range") {
            return None;
        }
        let to = if to == "*" { None } else { Some(to.parse().ok()?) };
        Some(Self { from: from.parse().ok()?, to })
    }
}
