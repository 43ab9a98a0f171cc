//! Patterns of names: `*` stands for any text, also none, and `?` for one character. Upper and lower case are the same.

/// Longest pattern.
const MAX_LEN: usize = 256;

/// Why a text is not a pattern, if it is none.
pub fn check(pattern: &str) -> Result<(), String> {
    if pattern.chars().count() > MAX_LEN {
        return Err(format!("‘{}…’ is longer than {MAX_LEN} characters.", pattern.chars().take(24).collect::<String>()));
    }
    match pattern.chars().find(|c| c.is_control()) {
        Some(c) => Err(format!("There is an invisible control character (U+{:04X}) in this text; type it again.", c as u32)),
        None => Ok(()),
    }
}

/// Whether a pattern fits every name there is.
pub fn fits_everything(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.chars().all(|c| c == '*')
}

/// Whether a name fits a pattern as a whole.
pub fn fits(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().flat_map(char::to_lowercase).collect();
    let name: Vec<char> = name.chars().flat_map(char::to_lowercase).collect();
    let (mut at, mut read) = (0, 0);
    // Where the last star stands, and how far it has reached: the only place to come back to.
    let mut star: Option<(usize, usize)> = None;
    while read < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some('?') => (at, read) = (at + 1, read + 1),
            Some(c) if *c == name[read] => (at, read) = (at + 1, read + 1),
            _ => match star {
                Some((of, reached)) => {
                    star = Some((of, reached + 1));
                    (at, read) = (of + 1, reached + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        let check = |pattern: &str, name: &str, expect: bool| assert_eq!(fits(pattern, name), expect, "{pattern} {name}");
        check("admin@example.com", "Admin@Example.com", true);
        check("admin@example.com", "admin@example.com.au", false);
        check("svc-*", "svc-backup@example.com", true);
        check("svc-*", "my-svc-backup@example.com", false);
        check("*@example.com", "ann@example.com", true);
        check("*@example.com", "ann@example.com.au", false);
        check("a?n*", "ann", true);
        check("a?n*", "an", false);
        check("*a*b*a", "xxaxxbaxxbaya", true);
        check("*a*b*a", "xxaxxbaxxbay", false);
        check("", "", true);
        check("", "a", false);
        check("**", "", true);
        check("É?ü", "éxÜ", true);
        // A dot, a bracket and a backslash stand for themselves.
        check("a.c", "abc", false);
        check("[a]\\*", "[a]\\b", true);
    }

    #[test]
    fn long_names_do_not_take_long() {
        assert!(!fits(&"*a".repeat(100), &"a".repeat(99)));
        assert!(!fits(&format!("{}b", "a*".repeat(100)), &"a".repeat(5_000)));
    }

    #[test]
    fn what_is_no_pattern() {
        assert!(check("svc-*").is_ok() && check("a\u{7}").is_err() && check(&"x".repeat(257)).is_err());
        assert!(fits_everything("**") && !fits_everything("") && !fits_everything("*?"));
    }
}
