//! What the engine would only notice while evaluating: names it does not have, and attributes named in texts.
//!
//! A scan over tokens is enough, because the engine has parsed the expression before: whatever follows a `|` here is a filter.

use std::collections::BTreeSet;

use crate::{ExprError, MAX_SOURCE_BYTES, MAX_TOKENS};

/// Functions; the only names that are not attributes.
pub(crate) const FUNCTIONS: &[&str] = &["attr", "values"];

/// Filters with an explanation for the page, as `name(arguments)`, sorted.
pub const FILTERS: &[(&str, &str)] = &[
    ("after('@')", "the text after the first @; empty if there is none"),
    ("before('@')", "the text before the first @; all of it if there is none"),
    ("capitalize", "first letter upper case, the rest lower case"),
    ("cn_of_dn", "the CN of a distinguished name"),
    ("default('x')", "x if there is no value"),
    ("first", "the first value of a list, or the first character"),
    ("int", "a whole number"),
    ("join(';')", "a list as one text"),
    ("last", "the last value of a list, or the last character"),
    ("left(n)", "the first n characters"),
    ("length", "the number of characters, or of values in a list"),
    ("list", "the characters, or the values, as a list"),
    ("lower", "lower case"),
    ("map('lower')", "a filter on each value of a list"),
    ("reject('in', ['a'])", "the values of a list that fail a test"),
    ("remove_accents", "é as e, ß as ss, ø as o"),
    ("replace('a', 'b')", "every a replaced by b"),
    ("reverse", "in the opposite order"),
    ("right(n)", "the last n characters"),
    ("select('in', ['a'])", "the values of a list that pass a test"),
    ("slice(from, to)", "characters or values from position from (0 is the first) up to but not including to"),
    ("sort", "a list in order"),
    ("split(',')", "a text as a list"),
    ("string", "as text"),
    ("title", "each word capitalized"),
    ("trim", "without white space at both ends"),
    ("unique", "a list without repetitions"),
    ("upper", "upper case"),
];

/// Methods of texts, as in `mail.startswith("adm")`.
pub const METHODS: &[&str] = &[
    "capitalize",
    "count",
    "endswith",
    "find",
    "isalnum",
    "isalpha",
    "isascii",
    "isdigit",
    "islower",
    "isnumeric",
    "isspace",
    "isupper",
    "lower",
    "lstrip",
    "replace",
    "rfind",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "title",
    "upper",
];

/// Tests, as in `mail is defined`.
pub const TESTS: &[&str] = &[
    "defined",
    "endingwith",
    "eq",
    "even",
    "false",
    "ge",
    "gt",
    "in",
    "le",
    "lower",
    "lt",
    "ne",
    "none",
    "number",
    "odd",
    "sequence",
    "startingwith",
    "string",
    "true",
    "undefined",
    "upper",
];

/// The name in an entry of [`FILTERS`].
pub(crate) fn filter_name(entry: &str) -> &str {
    entry.split('(').next().unwrap_or(entry)
}

/// Mistakes with a better message than the engine's.
pub(crate) fn outline(source: &str) -> Result<(), ExprError> {
    if source.trim().is_empty() {
        return Err(ExprError::new("The expression is empty."));
    }
    if source.len() > MAX_SOURCE_BYTES {
        return Err(ExprError::new(format!("The expression is longer than {MAX_SOURCE_BYTES} bytes.")));
    }
    if tokens(source).len() > MAX_TOKENS {
        return Err(ExprError::new(format!("The expression has more than {MAX_TOKENS} words and signs. Make it shorter.")));
    }
    if let Some(at) = source.find("{{").or_else(|| source.find("{%")).filter(|at| source[..*at].trim().is_empty()) {
        return Err(ExprError::at("Write the expression alone, without {{ and }} or {% and %} around it.", source, at));
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Text,
    Number,
    Sign,
}

#[derive(Debug, Clone, Copy)]
struct Token<'a> {
    kind: Kind,
    text: &'a str,
    at: usize,
}

/// Checks an expression that the engine has parsed; gives the attributes it reads, those in `attr("…")` and `values("…")` included.
///
/// The engine's own list of variables leaves out what is sliced (`sn` in `sn[:1]`), so it is not asked.
pub(crate) fn check(source: &str) -> Result<BTreeSet<String>, ExprError> {
    let tokens = tokens(source);
    let mut names = BTreeSet::new();
    for (index, token) in tokens.iter().enumerate() {
        // Repeated lists are lazy and nest, and turning one into text is not paid for in fuel; nobody maps an attribute by multiplication.
        if token.kind == Kind::Sign && matches!(token.text, "*" | "%") {
            let message = format!("Expressions cannot use {}. To pad with zeros write (\"0000\" ~ x)|right(4).", token.text);
            return Err(ExprError::at(message, source, token.at));
        }
        if token.kind != Kind::Word {
            continue;
        }
        let before = |back: usize| index.checked_sub(back).and_then(|i| tokens.get(i)).map_or("", |t| t.text);
        let after = |on: usize| tokens.get(index + on).map_or("", |t| t.text);
        let unknown = |what: &str, known: &str| {
            Err(ExprError::at(format!("There is no {what} called {}. There are: {known}.", token.text), source, token.at))
        };
        match before(1) {
            "|" if !FILTERS.iter().any(|(entry, _)| filter_name(entry) == token.text) => {
                let known: Vec<_> = FILTERS.iter().map(|(entry, _)| filter_name(entry)).collect();
                return unknown("filter", &known.join(", "));
            }
            "|" => {}
            "." if after(1) != "(" => {
                let message = format!("Attributes have no parts, so .{} means nothing. For a name with a dot use attr(\"…\").", token.text);
                return Err(ExprError::at(message, source, token.at));
            }
            "." if !METHODS.contains(&token.text) => return unknown("method", &METHODS.join(", ")),
            "." => {}
            "is" if token.text == "not" => {}
            "is" if !TESTS.contains(&token.text) => return unknown("test", &TESTS.join(", ")),
            "is" => {}
            "not" if before(2) == "is" && !TESTS.contains(&token.text) => return unknown("test", &TESTS.join(", ")),
            "not" if before(2) == "is" => {}
            _ if is_keyword(token.text) => {}
            // A named argument, as in `int(default=0)`.
            _ if after(1) == "=" && after(2) != "=" => {}
            _ if after(1) != "(" => {
                names.insert(token.text.to_owned());
            }
            _ if !FUNCTIONS.contains(&token.text) => return unknown("function", "attr(\"name\"), values(\"name\")"),
            _ => {
                let argument = tokens.get(index + 2).filter(|t| t.kind == Kind::Text && after(3) == ")");
                let name = argument.map(|t| t.text.trim_matches(['"', '\''])).unwrap_or_default();
                if name.is_empty() || name.contains('\\') {
                    let message = format!("{0}() needs one attribute name in quotes, as in {0}(\"mail\").", token.text);
                    return Err(ExprError::at(message, source, token.at));
                }
                names.insert(name.to_owned());
            }
        }
    }
    Ok(names)
}

fn is_keyword(word: &str) -> bool {
    matches!(word, "and" | "or" | "not" | "in" | "is" | "if" | "else" | "true" | "false" | "none" | "True" | "False" | "None")
}

/// Splits as the engine does, as far as names, texts and signs go.
fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut chars = source.char_indices().peekable();
    while let Some((at, first)) = chars.next() {
        if first.is_whitespace() {
            continue;
        }
        let kind = match first {
            'a'..='z' | 'A'..='Z' | '_' => Kind::Word,
            '0'..='9' => Kind::Number,
            '"' | '\'' => Kind::Text,
            _ => Kind::Sign,
        };
        match kind {
            Kind::Word => while chars.next_if(|(_, c)| c.is_ascii_alphanumeric() || *c == '_').is_some() {},
            Kind::Number => while chars.next_if(|(_, c)| c.is_ascii_alphanumeric() || matches!(c, '_' | '.')).is_some() {},
            Kind::Text => {
                let mut escaped = false;
                for (_, c) in chars.by_ref() {
                    if !escaped && c == first {
                        break;
                    }
                    escaped = !escaped && c == '\\';
                }
            }
            Kind::Sign => {}
        }
        let end = chars.peek().map_or(source.len(), |(end, _)| *end);
        tokens.push(Token { kind, text: &source[at..end], at });
    }
    // White space after a word was not consumed, so `text` of words and signs is exact.
    tokens
}
