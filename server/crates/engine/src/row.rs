//! Rows of the Attribute Mapping, compiled: from a directory entry to one value.

use crate::check::Rule;
use domain::model::channel::SourceSettings;
use domain::model::connector::{AttributeKind, Connector, TargetAttribute};
use domain::model::mapping::{CharacterCase, MappingRow, Parser};
use domain::model::source::SourceEntry;
use domain::text::dn;
use expr::{Expression, Lookup};
use std::borrow::Cow;

/// A name that stands for the entry's DN where the directory has no attribute for it.
pub(crate) const DN_NAME: &str = "dn";

/// One mapped attribute of the connector.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The connector's attribute.
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) unique: bool,
    pub(crate) create_only: bool,
    pub(crate) mask: bool,
    pub(crate) rule: Rule,
    source: Source,
    default_value: String,
    trim: bool,
    case: CharacterCase,
    parser: Parser,
}

#[derive(Clone, Debug)]
enum Source {
    Nothing,
    Attribute(String),
    Expression(Box<Expression>),
}

impl Row {
    pub(crate) fn new(attribute: &TargetAttribute, mapping: &MappingRow) -> Result<Self, String> {
        let source = if !mapping.expression.trim().is_empty() {
            let parsed = Expression::parse(&mapping.expression).map_err(|e| e.message)?;
            Source::Expression(Box::new(parsed))
        } else {
            match mapping.attributes.as_slice() {
                [] => Source::Nothing,
                [one] => Source::Attribute(one.trim().to_owned()),
                _ => return Err(format!("{} has several attributes: enter an expression that makes one value of them.", attribute.name)),
            }
        };
        Ok(Self {
            name: attribute.name.clone(),
            required: attribute.required || attribute.matching,
            // Two people with one match value would be written to one object, whatever the service says of uniqueness.
            unique: (attribute.unique || attribute.matching) && attribute.kind != AttributeKind::Reference,
            // References are written after the create, so that create-only would mean never.
            create_only: (attribute.create_only || mapping.create_only) && attribute.kind != AttributeKind::Reference,
            mask: mapping.mask,
            rule: Rule::of(attribute),
            source,
            default_value: mapping.default_value.clone(),
            trim: mapping.trim,
            case: mapping.case,
            parser: mapping.parser,
        })
    }

    /// The attributes it reads.
    pub(crate) fn source_names(&self) -> impl Iterator<Item = &str> {
        let (one, many) = match &self.source {
            Source::Nothing => (None, &[][..]),
            Source::Attribute(name) => (Some(name.as_str()), &[][..]),
            Source::Expression(expression) => (None, expression.names()),
        };
        one.into_iter().chain(many.iter().map(String::as_str))
    }

    /// The values of one of the attributes it reads, as it reads them.
    pub(crate) fn source_values(&self, settings: &SourceSettings, entry: &SourceEntry, name: &str) -> Vec<String> {
        let mut values = Vec::new();
        Entry { settings, entry }.each_value(name, &mut |value| values.push(value.to_owned()));
        values
    }

    /// The value for one entry; empty is no value. An error is what the expression says, when no default value stands in for it.
    pub(crate) fn value<'e>(&'e self, settings: &SourceSettings, entry: &'e SourceEntry) -> Result<Option<Cow<'e, str>>, String> {
        let found = match &self.source {
            Source::Nothing => None,
            Source::Attribute(name) => first(settings, entry, name).map(Cow::Borrowed),
            Source::Expression(expression) => match expression.eval(&Entry { settings, entry }) {
                Ok(value) => value.first().map(|v| Cow::Owned(v.to_owned())),
                Err(error) if self.default_value.is_empty() => return Err(error.message),
                Err(_) => None,
            },
        };
        let value = found.and_then(|v| self.parse(v)).map(|v| self.shape(v)).filter(|v| !v.is_empty());
        Ok(value.or_else(|| Some(self.default_value.as_str()).filter(|d| !d.is_empty()).map(Cow::Borrowed)))
    }

    /// What is wrong with the value, with the value left out where the row asks for it. It tells where the value comes from, since that
    /// is where it can be mended.
    pub(crate) fn problem(&self, value: &str) -> Option<String> {
        let problem = |name: &str| self.rule.problem(name, value, if self.mask { "•••" } else { value });
        let from: Vec<&str> = self.source_names().collect();
        match from.as_slice() {
            [] => problem(&self.name),
            // Most values are good, so that the name is only made for those that are not.
            names => problem(&self.name).and_then(|_| problem(&format!("{} (from {})", self.name, names.join(", ")))),
        }
    }

    /// Why there is no value, for a required attribute.
    pub(crate) fn missing(&self) -> String {
        let from: Vec<&str> = self.source_names().collect();
        match from.as_slice() {
            [] => format!("{} has no value", self.name),
            names => format!("{} has no value: {} is empty in the directory", self.name, names.join(", ")),
        }
    }

    fn parse<'e>(&self, value: Cow<'e, str>) -> Option<Cow<'e, str>> {
        match self.parser {
            Parser::None => Some(value),
            Parser::CnFromDn => {
                let kind = value.split('=').next().unwrap_or_default().trim();
                if kind.eq_ignore_ascii_case("cn") { dn::first_value(&value).map(Cow::Owned) } else { None }
            }
            Parser::UsernameFromEmail => match value.find('@') {
                Some(at) => Some(Cow::Owned(value[..at].to_owned())),
                None => Some(value),
            },
        }
    }

    fn shape<'e>(&self, value: Cow<'e, str>) -> Cow<'e, str> {
        let value = match value {
            Cow::Borrowed(text) if self.trim => Cow::Borrowed(text.trim()),
            Cow::Owned(text) if self.trim => Cow::Owned(text.trim().to_owned()),
            as_it_is => as_it_is,
        };
        match self.case {
            CharacterCase::None => value,
            CharacterCase::Upper => Cow::Owned(value.to_uppercase()),
            CharacterCase::Lower => Cow::Owned(value.to_lowercase()),
        }
    }
}

/// What one mapping row makes of one entry, for trying it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The value that would be sent; `None`: nothing is sent.
    pub value: Option<String>,
    /// Why a person with this entry would be left out, as sentences.
    pub problems: Vec<String>,
}

/// Tries one row of a mapping, however incomplete the rest of it is. The error is what must be mended in the row itself.
pub fn try_row(connector: &Connector, settings: &SourceSettings, mapping: &MappingRow, entry: &SourceEntry) -> Result<Trial, String> {
    let Some(attribute) = connector.attribute(&mapping.field) else {
        return Err(format!("The connector {} has no attribute {}.", connector.name, mapping.field));
    };
    let row = Row::new(attribute, mapping)?;
    Ok(match row.value(settings, entry) {
        Err(message) => Trial { value: None, problems: vec![format!("The expression of {} failed: {message}", row.name)] },
        Ok(None) => Trial { value: None, problems: row.required.then(|| format!("{}.", row.missing())).into_iter().collect() },
        Ok(Some(value)) => {
            Trial { problems: row.problem(&value).map(|p| format!("{p}.")).into_iter().collect(), value: Some(value.into_owned()) }
        }
    })
}

/// The first value that is not empty. The source anchor and the DN are told in their canonical form whatever was read of them.
fn first<'e>(settings: &SourceSettings, entry: &'e SourceEntry, name: &str) -> Option<&'e str> {
    if name.eq_ignore_ascii_case(&settings.guid_attribute) {
        return Some(&entry.id.0);
    }
    entry.attributes.all(name).find(|v| !v.is_empty()).or_else(|| is_dn_name(name).then_some(entry.dn.as_str()))
}

fn is_dn_name(name: &str) -> bool {
    [DN_NAME, "distinguishedName", "entryDN"].iter().any(|n| n.eq_ignore_ascii_case(name))
}

struct Entry<'e> {
    settings: &'e SourceSettings,
    entry: &'e SourceEntry,
}

impl Lookup for Entry<'_> {
    fn each_value(&self, name: &str, take: &mut dyn FnMut(&str)) {
        if name.eq_ignore_ascii_case(&self.settings.guid_attribute) {
            return take(&self.entry.id.0);
        }
        let values = self.entry.attributes.all(name);
        if values.len() == 0 && is_dn_name(name) {
            return take(&self.entry.dn);
        }
        values.for_each(take);
    }
}
