//! Pre-flight: what a service would refuse is refused before a call is made, with a sentence that says what to mend.

use domain::model::connector::{AttributeKind, Characters, TargetAttribute};
use domain::text::email::is_email;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// What a service takes as one attribute's value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rule {
    pub(crate) kind: AttributeKind,
    max_length: Option<u32>,
    characters: Characters,
}

impl Rule {
    pub(crate) fn of(attribute: &TargetAttribute) -> Self {
        Self { kind: attribute.kind, max_length: attribute.max_length, characters: attribute.characters }
    }

    /// What is wrong with a value, without a full stop. `name` begins the sentence; `shown` is the value as people may see it.
    pub(crate) fn problem(&self, name: &str, value: &str, shown: &str) -> Option<String> {
        if self.kind == AttributeKind::Reference {
            return None;
        }
        if let Some(bad) = value.chars().find(|&c| !self.takes(c)) {
            let position = value.chars().take_while(|&c| c != bad).count() + 1;
            return Some(format!("{name} contains {} at position {position}, which the service does not take", describe(bad)));
        }
        if let Some(max) = self.max_length {
            // Bytes are never fewer than characters, and counting characters costs more.
            if value.len() > max as usize {
                let length = value.chars().count();
                if length > max as usize {
                    return Some(format!("{name} has {length} characters and the service takes at most {max}"));
                }
            }
        }
        if self.kind == AttributeKind::Email && !is_email(value) {
            return Some(format!("{name} ‘{shown}’ is not an e-mail address"));
        }
        None
    }

    fn takes(&self, c: char) -> bool {
        match self.characters {
            Characters::Any => c != '\0',
            Characters::Aws if matches!(c, ' ' | '\t' | '\n' | '\r') => true,
            Characters::Aws | Characters::AwsNoSpace if c.is_ascii() => c.is_ascii_graphic(),
            Characters::Aws | Characters::AwsNoSpace => {
                !matches!(c.general_category_group(), GeneralCategoryGroup::Separator | GeneralCategoryGroup::Other)
            }
        }
    }
}

/// Names a character so that a person can find it, invisible ones by their code point.
fn describe(c: char) -> String {
    let known = match c {
        ' ' => return "a space".into(),
        '\0' => "NUL",
        '\t' => "tab",
        '\n' => "line feed",
        '\r' => "carriage return",
        '\u{7f}' => "delete",
        '\u{a0}' => "no-break space",
        '\u{ad}' => "soft hyphen",
        '\u{200b}' => "zero width space",
        '\u{200c}' => "zero width non-joiner",
        '\u{200d}' => "zero width joiner",
        '\u{200e}' => "left-to-right mark",
        '\u{200f}' => "right-to-left mark",
        '\u{2028}' => "line separator",
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => "text direction mark",
        '\u{2060}' => "word joiner",
        '\u{feff}' => "byte order mark",
        _ if c.is_control() => "control character",
        _ => match c.general_category_group() {
            GeneralCategoryGroup::Separator => "space character",
            GeneralCategoryGroup::Other => "invisible or unassigned character",
            _ => return format!("‘{c}’ (U+{:04X})", u32::from(c)),
        },
    };
    format!("U+{:04X} ({known})", u32::from(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: AttributeKind, characters: Characters, max_length: Option<u32>, value: &str, expect: Option<&str>) {
        let rule = Rule { kind, max_length, characters };
        assert_eq!(rule.problem("title", value, value).as_deref(), expect, "{value:?}");
    }

    #[test]
    fn what_aws_refuses_is_named() {
        let aws = |value, expect| check(AttributeKind::Text, Characters::Aws, Some(10), value, expect);
        aws("Ünal 平 ½€", None);
        aws("a\tb\r\nc", None);
        aws("A\u{200b}nn", Some("title contains U+200B (zero width space) at position 2, which the service does not take"));
        aws("Ann\u{a0}B", Some("title contains U+00A0 (no-break space) at position 4, which the service does not take"));
        aws("A\u{1}", Some("title contains U+0001 (control character) at position 2, which the service does not take"));
        aws("\u{e000}", Some("title contains U+E000 (invisible or unassigned character) at position 1, which the service does not take"));
        aws("ééééééééééé", Some("title has 11 characters and the service takes at most 10"));
        aws("éééééééééé", None);
    }

    #[test]
    fn names_without_spaces_and_addresses() {
        let name = |value, expect| check(AttributeKind::Email, Characters::AwsNoSpace, None, value, expect);
        name("ann@example.com", None);
        name("ann @example.com", Some("title contains a space at position 4, which the service does not take"));
        name("ann", Some("title ‘ann’ is not an e-mail address"));
        check(AttributeKind::Text, Characters::Any, None, "a\u{200b}\u{1} b", None);
        check(
            AttributeKind::Text,
            Characters::Any,
            None,
            "a\0",
            Some("title contains U+0000 (NUL) at position 2, which the service does not take"),
        );
        check(AttributeKind::Reference, Characters::Aws, Some(1), "cn=\u{200b},dc=x", None);
    }
}
