//! Forms as data: what is asked, what was typed, and the checks that browser and server share.

pub mod reading;

use crate::problem::Problems;
use crate::text;
use reading::{Readable, Reads};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What was typed, by field name. Flat text, so that it survives an urlencoded post without surprises; `Debug` shows names only.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields(BTreeMap<String, String>);

impl Fields {
    /// Nothing typed.
    pub fn new() -> Self {
        Self::default()
    }
    /// The text of a field; empty when absent.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
    /// The text of a field without blanks around it.
    pub fn text(&self, name: &str) -> String {
        self.get(name).trim().to_owned()
    }
    /// Whether a checkbox was ticked. A browser posts nothing for one that is not.
    pub fn is_checked(&self, name: &str) -> bool {
        matches!(self.get(name), "on" | "true" | "1")
    }
    /// A whole number, or the fallback where the text is not one (the check has reported it).
    pub fn number(&self, name: &str, fallback: u32) -> u32 {
        self.get(name).trim().parse().unwrap_or(fallback)
    }
    /// Sets a text.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }
    /// Sets a text, for building in one expression.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.set(name, value);
        self
    }
    /// Sets a checkbox, for building in one expression.
    #[must_use]
    pub fn with_check(self, name: impl Into<String>, ticked: bool) -> Self {
        self.with(name, if ticked { "on" } else { "" })
    }
    /// Takes a field out.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }
    /// Every field.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl FromIterator<(String, String)> for Fields {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

/// One choice of a select or radio group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What is posted.
    pub value: String,
    /// What is read.
    pub label: String,
}

/// How a field is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldKind {
    /// One line.
    Text,
    /// A password or token: never shown; `set` tells that one is stored.
    Secret {
        /// One is stored (in the object or in this draft).
        set: bool,
        /// It is only ever compared with: its hash is kept, and nobody can open it again.
        hashed: bool,
    },
    /// A whole number, with its unit for people.
    Number {
        /// `ms`, `seconds`, `%` or empty.
        unit: String,
    },
    /// Ticked or not.
    Checkbox,
    /// One of a list.
    Select(Vec<Choice>),
    /// One of a few, all visible.
    Radio(Vec<Choice>),
    /// Several lines.
    TextArea {
        /// Height.
        rows: u8,
    },
    /// A file, whose text the server reads: see [`reading`]. Never shown again.
    File {
        /// Which files are offered, as `accept` wants it.
        accept: String,
    },
    /// Not asked: a text to read.
    Fixed,
}

/// The syntax of a field. Emptiness is `required`'s business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Check {
    /// Anything up to this many characters, without control characters.
    Text(u32),
    /// A whole number in a range.
    Number {
        /// Least.
        min: u32,
        /// Most.
        max: u32,
    },
    /// An id that a person chooses: letters and digits, at most 32.
    Identifier,
    /// A distinguished name.
    Dn,
    /// An LDAP filter.
    Filter,
    /// Host names with ports.
    Hosts,
    /// A base URL.
    Url,
    /// Any web address.
    Address,
    /// An e-mail address.
    Email,
    /// An LDAP attribute name.
    Attribute,
    /// LDAP attribute names separated by blanks, commas or lines.
    Attributes,
    /// PEM certificates.
    Pem,
    /// One of the choices.
    Choice,
}

/// One field of a tab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSpec {
    /// Name in the post.
    pub name: String,
    /// Label on the screen, PingFederate's word.
    pub label: String,
    /// How it is asked for.
    pub kind: FieldKind,
    /// A sentence under the field.
    pub help: String,
    /// Must be filled.
    pub required: bool,
    /// Its syntax.
    pub check: Check,
    /// Legend of the group it stands in; empty: none.
    pub section: String,
    /// Shown only on request: good defaults, seldom touched.
    pub advanced: bool,
    /// A warning that the present value deserves.
    pub warning: String,
    /// What the tab's test is tried with: asked beside its button, and not kept.
    pub trial: bool,
    /// The server turns its content into a value.
    #[serde(default)]
    pub reads: Option<Reads>,
    /// Values that are offered while one types; others are taken too.
    #[serde(default)]
    pub suggestions: Vec<String>,
}

impl FieldSpec {
    fn new(name: impl Into<String>, label: impl Into<String>, kind: FieldKind, check: Check) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            kind,
            help: String::new(),
            required: false,
            check,
            section: String::new(),
            advanced: false,
            warning: String::new(),
            trial: false,
            reads: None,
            suggestions: Vec::new(),
        }
    }
    /// One line of text.
    pub fn text(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, FieldKind::Text, Check::Text(1024))
    }
    /// A secret.
    pub fn secret(name: impl Into<String>, label: impl Into<String>, set: bool) -> Self {
        Self::new(name, label, FieldKind::Secret { set, hashed: false }, Check::Text(8192))
    }
    /// A secret of which only the hash is kept.
    pub fn password(name: impl Into<String>, label: impl Into<String>, set: bool) -> Self {
        Self::new(name, label, FieldKind::Secret { set, hashed: true }, Check::Text(1024))
    }
    /// A number.
    pub fn number(name: impl Into<String>, label: impl Into<String>, unit: &str, min: u32, max: u32) -> Self {
        Self::new(name, label, FieldKind::Number { unit: unit.into() }, Check::Number { min, max })
    }
    /// A checkbox.
    pub fn checkbox(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, FieldKind::Checkbox, Check::Text(8))
    }
    /// A select.
    pub fn select(name: impl Into<String>, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self::new(name, label, FieldKind::Select(choices), Check::Choice)
    }
    /// A radio group.
    pub fn radio(name: impl Into<String>, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self::new(name, label, FieldKind::Radio(choices), Check::Choice)
    }
    /// Several lines.
    pub fn area(name: impl Into<String>, label: impl Into<String>, rows: u8, check: Check) -> Self {
        Self::new(name, label, FieldKind::TextArea { rows }, check)
    }
    /// A text to read.
    pub fn fixed(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, FieldKind::Fixed, Check::Text(4096))
    }
    /// A file.
    pub fn file(name: impl Into<String>, label: impl Into<String>, accept: &str, what: Readable) -> Self {
        let mut spec = Self::new(name, label, FieldKind::File { accept: accept.into() }, Check::Text(0));
        spec.reads = Some(Reads { what, is_due: false });
        spec
    }
    /// An address of which the server reads what is there.
    pub fn address(name: impl Into<String>, label: impl Into<String>, what: Readable, is_due: bool) -> Self {
        let mut spec = Self::new(name, label, FieldKind::Text, Check::Address);
        spec.reads = Some(Reads { what, is_due });
        spec
    }
    /// Several lines whose content the server reads, as if it were a file.
    pub fn pasted(name: impl Into<String>, label: impl Into<String>, rows: u8, what: Readable) -> Self {
        let mut spec = Self::area(name, label, rows, Check::Text(262_144));
        spec.reads = Some(Reads { what, is_due: false });
        spec
    }
    /// Must be filled.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }
    /// Must be filled, if so.
    #[must_use]
    pub fn required_if(mut self, condition: bool) -> Self {
        self.required = condition;
        self
    }
    /// With another syntax.
    #[must_use]
    pub fn checked(mut self, check: Check) -> Self {
        self.check = check;
        self
    }
    /// With a sentence under it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
    /// In a group.
    #[must_use]
    pub fn section(mut self, section: &str) -> Self {
        self.section = section.into();
        self
    }
    /// Shown on request.
    #[must_use]
    pub fn advanced(mut self) -> Self {
        self.advanced = true;
        self
    }
    /// With a warning, unless it is empty.
    #[must_use]
    pub fn warning(mut self, warning: impl Into<String>) -> Self {
        self.warning = warning.into();
        self
    }
    /// What the tab's test is tried with.
    #[must_use]
    pub fn trial(mut self) -> Self {
        self.trial = true;
        self
    }
    /// With values that are offered while one types.
    #[must_use]
    pub fn suggestions<S: Into<String>>(mut self, values: impl IntoIterator<Item = S>) -> Self {
        self.suggestions = values.into_iter().map(Into::into).collect();
        self
    }
    /// Whether a draft holds it as something narrower than text, so that some texts cannot be held.
    pub fn is_typed(&self) -> bool {
        matches!(self.check, Check::Number { .. } | Check::Choice)
    }
    /// What people read of a value: labels for choices, yes and no, dots for secrets.
    pub fn show(&self, value: &str) -> String {
        match &self.kind {
            FieldKind::Secret { set, .. } => if *set || !value.is_empty() { "Set" } else { "Not set" }.into(),
            FieldKind::Checkbox => if matches!(value, "on" | "true" | "1") { "Yes" } else { "No" }.into(),
            FieldKind::Select(choices) | FieldKind::Radio(choices) => {
                choices.iter().find(|c| c.value == value).map_or_else(|| value.to_owned(), |c| c.label.clone())
            }
            FieldKind::Number { unit } if !unit.is_empty() && !value.is_empty() => format!("{value} {unit}"),
            _ => value.to_owned(),
        }
    }
}

/// Choices from a plain enumeration's `ALL`, `id` and `label`.
pub fn choices<T: Copy>(all: &[T], id: fn(T) -> &'static str, label: fn(T) -> &'static str) -> Vec<Choice> {
    all.iter().map(|&value| Choice { value: id(value).into(), label: label(value).into() }).collect()
}

/// Checks required fields and syntax; what browser and server do first, before a tab's own `write`.
pub fn check(specs: &[FieldSpec], fields: &Fields) -> Problems {
    let mut problems = Problems::none();
    for spec in specs {
        if let Err(message) = check_one(spec, fields.get(&spec.name)) {
            problems.add(&spec.name, message);
        } else if let Some(refusal) = spec.reads.and_then(|_| reading::refusal(fields, &spec.name)) {
            problems.add(&spec.name, refusal);
        }
    }
    problems
}

/// Checks one field.
pub fn check_one(spec: &FieldSpec, value: &str) -> Result<(), String> {
    let stored = matches!(spec.kind, FieldKind::Secret { set: true, .. });
    if matches!(spec.kind, FieldKind::Fixed | FieldKind::File { .. }) {
        return Ok(());
    }
    let value = if matches!(spec.kind, FieldKind::Secret { .. }) { value } else { value.trim() };
    if value.is_empty() {
        return match (spec.required && !stored, &spec.kind) {
            (false, _) => Ok(()),
            (true, FieldKind::Select(_) | FieldKind::Radio(_)) => Err(format!("Choose {}.", article(&spec.label))),
            (true, FieldKind::Checkbox) => Err(format!("Tick {}.", spec.label)),
            (true, _) => Err(format!("Enter {}.", article(&spec.label))),
        };
    }
    match &spec.check {
        Check::Text(most) => {
            if value.chars().count() > *most as usize {
                return Err(format!("This is longer than {most} characters."));
            }
            let multi_line = matches!(spec.kind, FieldKind::TextArea { .. });
            match value.chars().find(|c| c.is_control() && !(multi_line && matches!(c, '\n' | '\r' | '\t'))) {
                Some(c) => Err(format!("There is an invisible control character (U+{:04X}) in this text; type it again.", c as u32)),
                None => Ok(()),
            }
        }
        Check::Number { min, max } => match value.parse::<u32>() {
            Ok(number) if (*min..=*max).contains(&number) => Ok(()),
            _ => Err(format!("Enter a whole number from {min} to {max}.")),
        },
        Check::Identifier => check_identifier(value),
        Check::Dn => text::dn::Dn::parse(value).map(drop),
        Check::Filter => text::filter::Filter::parse(value).map(drop),
        Check::Hosts => text::host::parse_hosts(value).map(drop),
        Check::Url => text::url::check_base(value),
        Check::Address => text::url::check_address(value),
        Check::Email => {
            if text::email::is_email(value) {
                Ok(())
            } else {
                Err(format!("‘{value}’ is not an e-mail address."))
            }
        }
        Check::Attribute => check_attribute(value),
        Check::Attributes => split_attributes(value).iter().try_for_each(|a| check_attribute(a)),
        Check::Pem => check_pem(value),
        Check::Choice => match &spec.kind {
            FieldKind::Select(choices) | FieldKind::Radio(choices) if !choices.iter().any(|c| c.value == value) => {
                Err("This choice is no longer there; choose another.".into())
            }
            _ => Ok(()),
        },
    }
}

/// Attribute names separated by blanks, commas or lines.
pub fn split_attributes(text: &str) -> Vec<String> {
    text.split([' ', ',', '\n', '\r', '\t']).filter(|a| !a.is_empty()).map(str::to_owned).collect()
}

/// What fits in a path, a cookie's name and a log line, and is read out without doubt.
fn check_identifier(value: &str) -> Result<(), String> {
    if value.len() <= 32 && value.bytes().all(|b| b.is_ascii_alphanumeric()) {
        Ok(())
    } else {
        Err("Use letters and digits only, without blanks, at most 32.".into())
    }
}

/// An LDAP attribute description (RFC 4512 section 2.5): a name or OID, with options.
fn check_attribute(value: &str) -> Result<(), String> {
    let starts = value.starts_with(|c: char| c.is_ascii_alphanumeric());
    if starts && value.len() <= 128 && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-;._".contains(&b)) {
        Ok(())
    } else {
        Err(format!("‘{value}’ is not an attribute name; names have letters, digits and hyphens."))
    }
}

/// The frame of PEM text; what is inside is read by the server.
fn check_pem(value: &str) -> Result<(), String> {
    if value.contains("PRIVATE KEY") {
        return Err("This holds a private key. Paste only certificates (-----BEGIN CERTIFICATE-----).".into());
    }
    let begins = value.matches("-----BEGIN CERTIFICATE-----").count();
    if begins == 0 || begins != value.matches("-----END CERTIFICATE-----").count() {
        return Err("Paste certificates in PEM form: -----BEGIN CERTIFICATE----- ... -----END CERTIFICATE-----.".into());
    }
    if value.len() > 262_144 {
        return Err("These are more than 256 kB of certificates.".into());
    }
    Ok(())
}

fn article(label: &str) -> String {
    let label = label.trim_end_matches('*').trim();
    if label.ends_with("(s)") { format!("at least one of {label}") } else { format!("the {label}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_print_names_only() {
        let fields = Fields::new().with("password", "hunter2");
        assert_eq!(format!("{fields:?}"), r#"["password"]"#);
    }

    #[test]
    fn every_check_refuses_and_accepts() {
        let ok = |spec: &FieldSpec, v: &str| assert_eq!(check_one(spec, v), Ok(()), "{v}");
        let no = |spec: &FieldSpec, v: &str| assert!(check_one(spec, v).is_err(), "{v}");
        let text = FieldSpec::text("n", "Name").required();
        ok(&text, "x");
        no(&text, "  ");
        no(&text, "a\u{7}b");
        let number = FieldSpec::number("n", "Max Threads", "", 1, 64);
        ok(&number, "8");
        no(&number, "0");
        no(&number, "-1");
        no(&number, "1.5");
        let secret = FieldSpec::secret("p", "Password", true).required();
        ok(&secret, "");
        no(&FieldSpec::secret("p", "Password", false).required(), "");
        let select = FieldSpec::select("s", "Type", vec![Choice { value: "a".into(), label: "A".into() }]);
        ok(&select, "a");
        no(&select, "b");
        let pem = FieldSpec::area("c", "Trusted CA", 6, Check::Pem);
        ok(&pem, "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----");
        no(&pem, "-----BEGIN PRIVATE KEY-----");
        let identifier = FieldSpec::text("i", "Instance ID").checked(Check::Identifier);
        ok(&identifier, "corpAD2");
        no(&identifier, "corp AD");
        no(&identifier, &"x".repeat(33));
        let attributes = FieldSpec::area("b", "Binary", 3, Check::Attributes);
        ok(&attributes, "objectGUID, userCertificate;binary");
        no(&attributes, "no*pe");
    }
}
