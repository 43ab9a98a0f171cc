//! Bounds for a text from elsewhere, checked in one pass before it is parsed.
//!
//! The parser is strict, but what it does for one element grows with the square of its attributes, and what it does for a
//! namespace declaration grows with those in scope. Here both are counted first, with depth and elements, so that its work is
//! bounded by the length of the text. The pass reads tags as the parser does until the parser would refuse the text: it may see
//! more in what is malformed, never less.

/// What a text may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes.
    pub bytes: usize,
    /// Elements inside each other.
    pub depth: usize,
    /// Elements in all.
    pub elements: usize,
    /// Attributes of one element, namespace declarations included.
    pub attributes: usize,
    /// Namespace declarations in scope at any place.
    pub namespaces_in_scope: usize,
    /// Namespace declarations in all.
    pub namespaces: usize,
}

/// Which bound a text goes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Beyond {
    /// Longer than this.
    #[error("it is larger than {} kB", .0 / 1024)]
    Bytes(usize),
    /// A document type declaration, by which a small text can stand for a huge one.
    #[error("it has a DOCTYPE, which is refused because it could make the file read something else or grow without end")]
    Doctype,
    /// Deeper than this.
    #[error("its elements are nested more than {0} deep")]
    Depth(usize),
    /// More elements than this.
    #[error("it has more than {0} elements")]
    Elements(usize),
    /// More attributes on one element than this.
    #[error("one of its elements has more than {0} attributes")]
    Attributes(usize),
    /// More namespace declarations than this.
    #[error("it declares more than {0} XML namespaces")]
    Namespaces(usize),
}

/// Checks a text against bounds.
pub fn check(text: &str, bounds: &Bounds) -> Result<(), Beyond> {
    if text.len() > bounds.bytes {
        return Err(Beyond::Bytes(bounds.bytes));
    }
    let mut rest = text;
    let (mut elements, mut namespaces, mut in_scope) = (0usize, 0usize, 0usize);
    // Namespace declarations of each open element.
    let mut open: Vec<usize> = Vec::new();
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = after(comment, "-->");
        } else if let Some(data) = rest.strip_prefix("![CDATA[") {
            rest = after(data, "]]>");
        } else if let Some(instruction) = rest.strip_prefix('?') {
            rest = after(instruction, "?>");
        } else if rest.starts_with('!') {
            return Err(Beyond::Doctype);
        } else if let Some(end) = rest.strip_prefix('/') {
            in_scope -= open.pop().unwrap_or(0);
            rest = after(end, ">");
        } else {
            let tag = Tag::of(rest);
            elements += 1;
            namespaces += tag.namespaces;
            in_scope += tag.namespaces;
            let beyond = [
                (elements > bounds.elements, Beyond::Elements(bounds.elements)),
                (open.len() >= bounds.depth, Beyond::Depth(bounds.depth)),
                (tag.attributes > bounds.attributes, Beyond::Attributes(bounds.attributes)),
                (namespaces > bounds.namespaces, Beyond::Namespaces(bounds.namespaces)),
                (in_scope > bounds.namespaces_in_scope, Beyond::Namespaces(bounds.namespaces_in_scope)),
            ];
            if let Some((_, beyond)) = beyond.into_iter().find(|(is_beyond, _)| *is_beyond) {
                return Err(beyond);
            }
            if tag.is_empty {
                in_scope -= tag.namespaces;
            } else {
                open.push(tag.namespaces);
            }
            rest = &rest[tag.length..];
        }
    }
    Ok(())
}

fn after<'a>(text: &'a str, end: &str) -> &'a str {
    text.find(end).map_or("", |at| &text[at + end.len()..])
}

/// A start tag.
struct Tag {
    attributes: usize,
    namespaces: usize,
    is_empty: bool,
    length: usize,
}

impl Tag {
    /// Of the text behind a `<`, to its `>` or the end.
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut tag = Tag { attributes: 0, namespaces: 0, is_empty: false, length: bytes.len() };
        let mut word = 0;
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'>' => {
                    tag.is_empty = at > 0 && bytes[at - 1] == b'/';
                    tag.length = at + 1;
                    break;
                }
                b'"' | b'\'' => {
                    let value = &bytes[at + 1..];
                    at += 1 + value.iter().position(|b| *b == byte).unwrap_or(value.len());
                    word = at + 1;
                }
                b'=' => {
                    tag.attributes += 1;
                    tag.namespaces += usize::from(text.as_bytes()[word..at].starts_with(b"xmlns"));
                }
                b' ' | b'\t' | b'\n' | b'\r' => {
                    // Blanks may stand between a name and its `=`.
                    let name = bytes[at..].iter().position(|b| !b" \t\n\r".contains(b)).map(|skip| at + skip);
                    if name.is_some_and(|next| bytes[next] != b'=') {
                        word = name.unwrap_or(at);
                    }
                    at = name.map_or(bytes.len(), |next| next - 1);
                }
                _ => {}
            }
            at += 1;
        }
        tag
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { bytes: 10_000, depth: 3, elements: 5, attributes: 3, namespaces_in_scope: 3, namespaces: 4 };

    fn says(text: &str) -> Option<Beyond> {
        check(text, &BOUNDS).err()
    }

    #[test]
    fn each_bound_holds() {
        assert_eq!(says(""), None);
        assert_eq!(says(&"x".repeat(10_001)), Some(Beyond::Bytes(10_000)));
        assert_eq!(says("<?xml version='1.0'?><!-- <!DOCTYPE> --><a/>"), None);
        assert_eq!(says("<!DOCTYPE a><a/>"), Some(Beyond::Doctype));
        assert_eq!(says("<a><![CDATA[<!DOCTYPE a><b><c><d><e>]]></a>"), None);
        assert_eq!(says("<a><b><c/></b></a>"), None);
        assert_eq!(says("<a><b><c><d/></c></b></a>"), Some(Beyond::Depth(3)));
        assert_eq!(says("<a><b/><b/><b></b><b/></a>"), None);
        assert_eq!(says("<a><b/><b/><b/><b/><b/></a>"), Some(Beyond::Elements(5)));
        assert_eq!(says("<a b='=' c = \"'>=\" d='1'/>"), None);
        assert_eq!(says("<a b='1' c = '2' d='3' e='4'/>"), Some(Beyond::Attributes(3)));
        assert_eq!(says("<a xmlns='1' xmlns:b='2'><b xmlns:c='3'/><c xmlns:d='4'/></a>"), None);
        assert_eq!(says("<a xmlns='1' xmlns:b = '2'><b xmlns:c='3' xmlns:d='4'/></a>"), Some(Beyond::Namespaces(3)));
        assert_eq!(says("<a><b xmlns='1'/><b xmlns='2'/><b xmlns:c='3' xmlns:d='4' xmlns:e='5'/></a>"), Some(Beyond::Namespaces(4)));
    }

    #[test]
    fn what_is_cut_off_or_crossed_ends() {
        for text in
            ["<", "<a", "<a b", "<a b=", "<a b='", "<!--", "<![CDATA[", "<?", "</", "</a></a></a>", "<a b='x\"", "<a  ", "<a/ b='1'>"]
        {
            let _ = check(text, &BOUNDS);
        }
    }
}
