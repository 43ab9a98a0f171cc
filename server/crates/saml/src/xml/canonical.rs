//! Exclusive XML Canonicalization 1.0 of a parsed element, without comments.
//!
//! Only for documents without a document type and without processing instructions; [`message`](crate::message) refuses both.
//! The parser keeps namespaces and local names; prefixes, which canonical XML wants back, are read from the source.

use super::write::{escape_attribute, escape_text};
use roxmltree::{Node, NodeId};

/// Most bytes of a canonical form. A namespace's name is written again by each sibling that uses it, so that a form may be a great
/// deal longer than its source.
pub(crate) const MOST_BYTES: usize = 512 * 1024;

/// The form would be longer than [`MOST_BYTES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

const XML: &str = "xml";

/// The canonical form of an element, without one of its children. `inclusive`: prefixes (`""` for none) whose namespaces are
/// written wherever they are declared, used or not.
pub(crate) fn canonical(node: Node<'_, '_>, without: Option<NodeId>, inclusive: &[&str]) -> Result<String, TooLong> {
    let mut writer = Writer { out: String::with_capacity(2048), without, inclusive, written: Vec::new() };
    writer.element(node)?;
    Ok(writer.out)
}

struct Writer<'a> {
    out: String,
    without: Option<NodeId>,
    inclusive: &'a [&'a str],
    /// Prefixes and the namespaces they stand for as written so far, innermost last.
    written: Vec<(&'a str, &'a str)>,
}

impl<'a> Writer<'a> {
    /// No deeper than the bounds of the reader let through.
    fn element(&mut self, node: Node<'a, 'a>) -> Result<(), TooLong> {
        let source = node.document().input_text();
        let name = qualified(&source[node.range().start + 1..]);
        let outside = self.written.len();
        self.out.push('<');
        self.out.push_str(name);
        self.namespaces(node, prefix(name));
        let mut attributes: Vec<_> = node.attributes().collect();
        attributes.sort_by_key(|attribute| (attribute.namespace().unwrap_or_default(), attribute.name()));
        for attribute in attributes {
            self.out.push(' ');
            self.out.push_str(qualified(&source[attribute.range().start..]));
            self.out.push_str("=\"");
            escape_attribute(&mut self.out, attribute.value());
            self.out.push('"');
        }
        self.out.push('>');
        for child in node.children() {
            if child.is_element() && Some(child.id()) != self.without {
                self.element(child)?;
            } else if child.is_text() {
                escape_text(&mut self.out, child.text().unwrap_or_default());
            }
            if self.out.len() > MOST_BYTES {
                return Err(TooLong);
            }
        }
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
        self.written.truncate(outside);
        Ok(())
    }

    /// Declares what the element and its attributes use, and what is asked for, unless it is declared so already.
    fn namespaces(&mut self, node: Node<'a, 'a>, own: &'a str) {
        let source = node.document().input_text();
        let mut used = vec![own];
        // An attribute without a prefix is in no namespace, whatever the default is.
        used.extend(
            node.attributes().map(|attribute| prefix(qualified(&source[attribute.range().start..]))).filter(|prefix| !prefix.is_empty()),
        );
        used.extend(self.inclusive.iter().filter(|prefix| prefix.is_empty() || declared(node, prefix).is_some()));
        used.sort_unstable();
        used.dedup();
        for prefix in used.into_iter().filter(|prefix| *prefix != XML) {
            let namespace = declared(node, prefix).unwrap_or_default();
            let before = self.written.iter().rev().find(|(other, _)| *other == prefix).map_or("", |(_, namespace)| *namespace);
            if before == namespace {
                continue;
            }
            self.written.push((prefix, namespace));
            self.out.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            self.out.push_str(prefix);
            self.out.push_str("=\"");
            escape_attribute(&mut self.out, namespace);
            self.out.push('"');
        }
    }
}

/// The namespace that a prefix stands for at an element.
fn declared<'a>(node: Node<'a, 'a>, prefix: &str) -> Option<&'a str> {
    node.lookup_namespace_uri((!prefix.is_empty()).then_some(prefix))
}

/// The name of an element or attribute at the beginning of its source.
fn qualified(source: &str) -> &str {
    source.split(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '=')).next().unwrap_or_default()
}

fn prefix(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}
