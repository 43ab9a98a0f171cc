//! What every reader of a text from elsewhere needs. Elements are told by namespace and local name, never by prefix; texts are
//! joined over comments, since a name that stops at a comment would be another one.

use super::Namespace;
use roxmltree::{Document, Node, ParsingOptions};

/// Parses a text that [`bounds`](super::bounds) has let through. No document type, so that no entity can stand for anything.
pub(crate) fn parse(text: &str) -> Result<Document<'_>, roxmltree::Error> {
    // Every element, text and comment is a node; there are fewer of them than bytes, and bytes are bounded.
    let nodes = u32::try_from(text.len()).unwrap_or(u32::MAX).saturating_add(1);
    Document::parse_with_options(text, ParsingOptions { allow_dtd: false, nodes_limit: nodes, ..ParsingOptions::default() })
}

pub(crate) fn is(node: Node<'_, '_>, namespace: Namespace, name: &str) -> bool {
    node.is_element() && node.tag_name().namespace() == Some(namespace.uri()) && node.tag_name().name() == name
}

pub(crate) fn children<'a, 'i>(node: Node<'a, 'i>, namespace: Namespace, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| is(*child, namespace, name))
}

/// The whole text of an element, over comments, without blanks around it.
pub(crate) fn text(node: Node<'_, '_>) -> String {
    let parts: String = node.children().filter(Node::is_text).filter_map(|child| child.text()).collect();
    parts.trim().to_owned()
}

/// An `xsd:boolean`.
pub(crate) fn flag(stated: &str) -> Option<bool> {
    match stated.trim() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// An `xsd:dateTime` as unix ms. One without a zone is UTC (SAML 2.0 core, 1.3.3).
pub(crate) fn time(stated: &str) -> Option<i64> {
    let stated = stated.trim();
    let time = stated.parse::<jiff::Timestamp>().or_else(|_| format!("{stated}Z").parse());
    time.ok().map(jiff::Timestamp::as_millisecond)
}

/// So much of a text from elsewhere as fits into a sentence, without what could break a log's line.
pub(crate) fn short(text: &str) -> String {
    let plain: String = text.chars().take(120).map(|c| if c.is_control() { ' ' } else { c }).collect();
    match text.chars().nth(120) {
        Some(_) => plain + "…",
        None => plain,
    }
}
