//! LDAP search filters (RFC 4515): checked where they are typed, sent as they are.

use serde::{Deserialize, Serialize};

/// A well-formed filter, with its outer parentheses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter(String);

const DEEPEST: usize = 32;

impl Filter {
    /// Parses; a single comparison may lack its parentheses. `${username}` counts as a value.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("Enter an LDAP filter such as (objectClass=user).".into());
        }
        let text = if text.starts_with('(') { text.to_owned() } else { format!("({text})") };
        let end = filter(&text, 0, 0)?;
        if end != text.len() {
            return Err(format!("There is something after the filter's last parenthesis: ‘{}’.", text[end..].trim()));
        }
        Ok(Self(text))
    }
    /// The filter with its outer parentheses.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// This and another, both of which must match.
    pub fn and(&self, other: &Filter) -> Filter {
        Filter(format!("(&{}{})", self.0, other.0))
    }
}

/// The names that stand in a text as `${name}`.
pub fn placeholders(text: &str) -> Vec<String> {
    let parts = text.split("${").skip(1);
    parts.filter_map(|part| part.split_once('}')).map(|(name, _)| name.to_owned()).collect()
}

/// Escapes a value for use in a filter one builds (RFC 4515 section 3).
pub fn escape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '*' => out.push_str("\\2a"),
            '(' => out.push_str("\\28"),
            ')' => out.push_str("\\29"),
            '\\' => out.push_str("\\5c"),
            '\0' => out.push_str("\\00"),
            _ => out.push(c),
        }
    }
    out
}

fn filter(text: &str, at: usize, depth: usize) -> Result<usize, String> {
    if depth > DEEPEST {
        return Err("The filter is nested too deeply.".into());
    }
    let rest = &text[at..];
    if !rest.starts_with('(') {
        return Err(format!("A ‘(’ is missing before ‘{}’.", head(rest)));
    }
    let inner = at + 1;
    match text[inner..].chars().next() {
        Some('&' | '|') => {
            let mut next = inner + 1;
            let mut parts = 0;
            while text[next..].starts_with('(') {
                next = filter(text, next, depth + 1)?;
                parts += 1;
            }
            if parts == 0 {
                return Err("‘&’ and ‘|’ need at least one filter in parentheses after them.".into());
            }
            close(text, next)
        }
        Some('!') => close(text, filter(text, inner + 1, depth + 1)?),
        Some(_) => comparison(text, inner),
        None => Err("The filter ends after a ‘(’.".into()),
    }
}

fn close(text: &str, at: usize) -> Result<usize, String> {
    if text[at..].starts_with(')') {
        Ok(at + 1)
    } else {
        Err(format!("A ‘)’ is missing near ‘{}’.", head(&text[at.saturating_sub(0)..])))
    }
}

fn comparison(text: &str, at: usize) -> Result<usize, String> {
    let rest = &text[at..];
    let Some(equals) = rest.find('=') else {
        return Err(format!("‘{}’ has no comparison; write attribute=value.", head(rest)));
    };
    let attribute = rest[..equals].trim_end_matches(['<', '>', '~', ':']);
    let name_ok = |b: u8| b.is_ascii_alphanumeric() || b"-.;:_".contains(&b);
    if attribute.is_empty() || !attribute.bytes().all(name_ok) {
        return Err(format!("‘{}’ is not an attribute name.", head(&rest[..equals])));
    }
    let mut chars = rest[equals + 1..].char_indices().peekable();
    while let Some((offset, c)) = chars.next() {
        match c {
            ')' => return Ok(at + equals + 1 + offset + 1),
            '(' => return Err(format!("Write \\28 for a ‘(’ inside a value, near ‘{}’.", head(rest))),
            '\\' => {
                let digits = (0..2).all(|_| chars.next().is_some_and(|(_, c)| c.is_ascii_hexdigit()));
                if !digits {
                    return Err(format!("A ‘\\’ needs two hex digits after it, near ‘{}’.", head(rest)));
                }
            }
            _ => {}
        }
    }
    Err(format!("A ‘)’ is missing after ‘{}’.", head(rest)))
}

fn head(text: &str) -> String {
    if text.is_empty() { "the end".into() } else { text.chars().take(40).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn accepts_what_directories_accept() {
        for good in [
            "mail=${username}",
            "(objectClass=*)",
            "(&(objectCategory=person)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))",
            "(|(sAMAccountName=${username})(employeeNumber=${username}))",
            "(cn=a\\2ab*c)",
            "(whenChanged>=20260101000000.0Z)",
        ] {
            assert!(Filter::parse(good).is_ok(), "{good}: {:?}", Filter::parse(good));
        }
    }

    #[test]
    fn refuses_with_a_sentence() {
        for bad in ["", "(", "(mail)", "(&)", "(mail=x", "(mail=x))", "(a b=c)", "(cn=\\zz)", "(cn=a(b)"] {
            assert!(Filter::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn placeholders_are_found() {
        assert_eq!(placeholders("(|(mail=${username})(cn=${given name}))$ {x} ${open"), ["username", "given name"]);
    }

    proptest! {
        #[test]
        fn never_panics(text in "[()&|!=*\\\\a-z0-9 ü]{0,60}") {
            let _ = Filter::parse(&text);
        }

        #[test]
        fn an_escaped_value_is_one_value(value in ".{0,40}") {
            let filter = format!("(mail={})", escape(&value));
            prop_assert!(Filter::parse(&filter).is_ok());
        }
    }
}
