//! What a directory read hands to the engine: entries and groups in the form that costs least to make.

use crate::id::SourceId;
use std::fmt;

/// A person as read.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceEntry {
    /// The canonical text of the Entry GUID Attribute.
    pub id: SourceId,
    /// Where the entry is, as the directory spells it.
    pub dn: String,
    /// What was read of it. Binary values are already text (a GUID in its usual spelling, anything else as base64).
    pub attributes: Attributes,
}

/// A group as read.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceGroup {
    /// The canonical text of the Entry GUID Attribute.
    pub id: SourceId,
    /// Where the group is, as the directory spells it.
    pub dn: String,
    /// What was read of it, the Group Member Attribute excepted.
    pub attributes: Attributes,
    /// Every value of the Group Member Attribute (DNs, or source ids where a directory keeps those), ranges put together.
    pub members: Vec<String>,
    /// `false`: read only so that its members can be flattened into the groups it is a member of; it is not provisioned.
    pub in_scope: bool,
}

/// Attribute values by name, names compared without case. All text lies in one buffer: an entry costs three allocations however
/// many values it has, none when the value is cleared and filled again.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Attributes {
    text: String,
    fields: Vec<Field>,
    /// Where each value ends in `text`; it begins where the one before it (or its attribute's name) ends.
    ends: Vec<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Field {
    name_start: u32,
    name_end: u32,
    values_start: u32,
    values_end: u32,
}

impl Attributes {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing yet, with room for this many attributes, values and bytes of text.
    pub fn with_capacity(attributes: usize, values: usize, bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), fields: Vec::with_capacity(attributes), ends: Vec::with_capacity(values) }
    }

    /// Begins an attribute; the values that follow belong to it. Of two with one name the first is found.
    pub fn begin(&mut self, name: &str) {
        let name_start = self.text.len() as u32;
        self.text.push_str(name);
        let at = self.ends.len() as u32;
        self.fields.push(Field { name_start, name_end: self.text.len() as u32, values_start: at, values_end: at });
    }

    /// Adds a value to the attribute begun last; without one it is dropped.
    pub fn value(&mut self, value: &str) {
        if let Some(field) = self.fields.last_mut() {
            self.text.push_str(value);
            self.ends.push(self.text.len() as u32);
            field.values_end += 1;
        }
    }

    /// Adds an attribute with its values.
    pub fn add<V: AsRef<str>>(&mut self, name: &str, values: impl IntoIterator<Item = V>) {
        self.begin(name);
        values.into_iter().for_each(|v| self.value(v.as_ref()));
    }

    /// Empties it and keeps its room.
    pub fn clear(&mut self) {
        self.text.clear();
        self.fields.clear();
        self.ends.clear();
    }

    /// The first value of an attribute.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every value of an attribute, in the order read.
    pub fn all(&self, name: &str) -> AttributeValues<'_> {
        let field = self.fields.iter().find(|f| self.name_of(f).eq_ignore_ascii_case(name));
        field.map_or(AttributeValues { text: &self.text, ends: &[], start: 0 }, |f| self.values_of(f))
    }

    /// Whether the attribute was read with at least one value.
    pub fn has(&self, name: &str) -> bool {
        self.first(name).is_some()
    }

    /// Every attribute with its values, in the order read.
    pub fn iter(&self) -> impl Iterator<Item = (&str, AttributeValues<'_>)> {
        self.fields.iter().map(|f| (self.name_of(f), self.values_of(f)))
    }

    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    fn name_of(&self, field: &Field) -> &str {
        &self.text[field.name_start as usize..field.name_end as usize]
    }

    fn values_of(&self, field: &Field) -> AttributeValues<'_> {
        AttributeValues {
            text: &self.text,
            ends: &self.ends[field.values_start as usize..field.values_end as usize],
            start: field.name_end as usize,
        }
    }
}

impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(name, values)| (name, values.collect::<Vec<_>>()))).finish()
    }
}

impl<N: AsRef<str>, V: AsRef<str>, I: IntoIterator<Item = V>> FromIterator<(N, I)> for Attributes {
    fn from_iter<T: IntoIterator<Item = (N, I)>>(iter: T) -> Self {
        let mut attributes = Self::new();
        iter.into_iter().for_each(|(name, values)| attributes.add(name.as_ref(), values));
        attributes
    }
}

/// The values of one attribute, in the order read.
#[derive(Clone, Debug)]
pub struct AttributeValues<'a> {
    text: &'a str,
    ends: &'a [u32],
    start: usize,
}

impl<'a> Iterator for AttributeValues<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (&end, rest) = self.ends.split_first()?;
        let value = &self.text[self.start..end as usize];
        self.ends = rest;
        self.start = end as usize;
        Some(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.ends.len(), Some(self.ends.len()))
    }
}

impl ExactSizeIterator for AttributeValues<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_without_case_and_in_order() {
        let mut attributes = Attributes::with_capacity(2, 3, 32);
        attributes.add("mail", ["a@x", "", "ü@x"]);
        attributes.begin("sn");
        attributes.add("cn", ["Ann"]);
        assert_eq!(attributes.all("MAIL").collect::<Vec<_>>(), ["a@x", "", "ü@x"]);
        assert_eq!(attributes.first("Cn"), Some("Ann"));
        assert_eq!((attributes.first("sn"), attributes.has("sn"), attributes.all("none").len()), (None, false, 0));
        assert_eq!(attributes.iter().map(|(n, v)| (n, v.len())).collect::<Vec<_>>(), [("mail", 3), ("sn", 0), ("cn", 1)]);
        attributes.clear();
        assert!(attributes.is_empty() && attributes.first("mail").is_none());
        attributes.value("lost");
        assert_eq!(attributes, Attributes::new());
    }
}
