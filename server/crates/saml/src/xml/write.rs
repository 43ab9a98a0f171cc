//! Elements that are written in canonical form from the start.
//!
//! What [`Element::canonical`] answers is the element's form under Exclusive XML Canonicalization 1.0, so that it can be hashed and
//! signed as it is, and what [`Element::document`] answers has the very same bytes in it wherever the element stands: a namespace
//! is declared on the element that first uses it, declarations come before attributes, attributes are sorted by name, no tag closes
//! itself, and text is escaped as canonical XML wants it.

use super::Namespace;
use std::fmt::Write as _;

/// An element to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    namespace: Namespace,
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    children: Vec<Child>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Child {
    Element(Element),
    Text(String),
}

/// A text has a character that XML cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a value has the character U+{:04X} in it, which XML cannot hold", *.0 as u32)]
pub struct IllegalCharacter(pub char);

impl Element {
    /// An empty element.
    pub fn new(namespace: Namespace, name: &'static str) -> Self {
        Self { namespace, name, attributes: Vec::new(), children: Vec::new() }
    }

    /// With an attribute, which no other of this element may be called.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let at = self.attributes.partition_point(|(other, _)| *other < name);
        self.attributes.insert(at, (name, value.into()));
        self
    }

    /// With text behind what is in it.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.children.push(Child::Text(text.into()));
        self
    }

    /// With an element behind what is in it.
    #[must_use]
    pub fn child(mut self, child: Element) -> Self {
        self.children.push(Child::Element(child));
        self
    }

    /// With elements behind what is in it.
    #[must_use]
    pub fn all(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children.into_iter().map(Child::Element));
        self
    }

    /// With an element before all that is in it but its first `skip` children.
    #[must_use]
    pub fn insert(mut self, skip: usize, child: Element) -> Self {
        let at = skip.min(self.children.len());
        self.children.insert(at, Child::Element(child));
        self
    }

    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
    }

    /// The canonical form of this element by itself.
    pub fn canonical(&self) -> Result<String, IllegalCharacter> {
        let mut out = String::with_capacity(1024);
        self.write(&mut out, &mut Vec::new())?;
        Ok(out)
    }

    /// A document of which this is the root.
    pub fn document(&self) -> Result<String, IllegalCharacter> {
        Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", self.canonical()?))
    }

    /// `declared`: the namespaces that elements around this one declare.
    fn write(&self, out: &mut String, declared: &mut Vec<Namespace>) -> Result<(), IllegalCharacter> {
        let prefix = self.namespace.prefix();
        let _ = write!(out, "<{prefix}:{}", self.name);
        let is_new = !declared.contains(&self.namespace);
        if is_new {
            declared.push(self.namespace);
            let _ = write!(out, " xmlns:{prefix}=\"{}\"", self.namespace.uri());
        }
        for (name, value) in &self.attributes {
            let _ = write!(out, " {name}=\"");
            check(value)?;
            escape_attribute(out, value);
            out.push('"');
        }
        out.push('>');
        for child in &self.children {
            match child {
                Child::Element(child) => child.write(out, declared)?,
                Child::Text(text) => {
                    check(text)?;
                    escape_text(out, text);
                }
            }
        }
        let _ = write!(out, "</{prefix}:{}>", self.name);
        if is_new {
            declared.pop();
        }
        Ok(())
    }
}

/// Fails on the first character that XML cannot hold.
pub(crate) fn check(text: &str) -> Result<(), IllegalCharacter> {
    text.chars().find(|c| !is_legal(*c)).map_or(Ok(()), |c| Err(IllegalCharacter(c)))
}

/// Text as canonical XML writes it.
pub(crate) fn escape_text(out: &mut String, text: &str) {
    escape(out, text, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#xD;"),
        _ => None,
    });
}

/// The value of an attribute as canonical XML writes it.
pub(crate) fn escape_attribute(out: &mut String, value: &str) {
    escape(out, value, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '"' => Some("&quot;"),
        '\t' => Some("&#x9;"),
        '\n' => Some("&#xA;"),
        '\r' => Some("&#xD;"),
        _ => None,
    });
}

fn escape(out: &mut String, text: &str, by: fn(char) -> Option<&'static str>) {
    let mut written = 0;
    for (at, c) in text.char_indices() {
        if let Some(escaped) = by(c) {
            out.push_str(&text[written..at]);
            out.push_str(escaped);
            written = at + c.len_utf8();
        }
    }
    out.push_str(&text[written..]);
}

/// Whether XML 1.0 can hold a character (section 2.2).
fn is_legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_canonical_where_they_stand() {
        let name = Element::new(Namespace::Saml, "NameID").with("b", "<\t\"&>").with("a", "1\r\n").text("a&b<c>\rd");
        let inner = "<saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" a=\"1&#xD;&#xA;\" b=\"&lt;&#x9;&quot;&amp;>\">\
                     a&amp;b&lt;c&gt;&#xD;d</saml:NameID>";
        assert_eq!(name.canonical().unwrap(), inner);
        let root =
            Element::new(Namespace::Samlp, "Response").child(name.clone()).child(Element::new(Namespace::Samlp, "Status")).child(name);
        let document = root.document().unwrap();
        assert_eq!(document.matches(inner).count(), 2, "each declares the namespace it uses: {document}");
        assert!(document.contains("<samlp:Status></samlp:Status>"), "{document}");
    }

    #[test]
    fn what_xml_cannot_hold_is_refused() {
        for c in ['\0', '\u{1}', '\u{fffe}', '\u{ffff}'] {
            assert_eq!(Element::new(Namespace::Md, "X").text(format!("a{c}")).canonical(), Err(IllegalCharacter(c)));
            assert_eq!(Element::new(Namespace::Md, "X").with("a", format!("{c}")).document(), Err(IllegalCharacter(c)));
        }
        assert!(Element::new(Namespace::Md, "X").text("é😀\u{85}").canonical().is_ok());
    }
}
