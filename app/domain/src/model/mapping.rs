//! Attribute Mapping: how a target attribute is made from source attributes.

use super::data_store::choices;
use serde::{Deserialize, Serialize};

/// How one target attribute is made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MappingRow {
    /// Name of the connector's attribute.
    pub field: String,
    /// Source attributes. Several need an expression.
    pub attributes: Vec<String>,
    /// Sent when the attribute has no value or the expression fails.
    pub default_value: String,
    /// An expression over the attributes (`expr`); empty: the attribute as it is.
    pub expression: String,
    /// Sent with a create, never afterwards.
    pub create_only: bool,
    /// Blanks around the value are removed.
    pub trim: bool,
    /// The value does not appear in logs and cycle records.
    pub mask: bool,
    /// Case of the value.
    pub case: CharacterCase,
    /// A part of the value.
    pub parser: Parser,
}

impl MappingRow {
    /// A row for a field that nothing feeds yet.
    pub fn empty(field: &str) -> Self {
        Self { field: field.to_owned(), ..Self::default() }
    }
    /// Whether anything feeds it.
    pub fn is_mapped(&self) -> bool {
        !self.attributes.is_empty() || !self.default_value.is_empty() || !self.expression.is_empty()
    }
}

choices! {
    /// Case of a mapped value.
    #[derive(Default)]
    CharacterCase {
        /// As it is.
        #[default]
        None = "none", "None";
        /// Upper case.
        Upper = "upper", "Upper Case";
        /// Lower case.
        Lower = "lower", "Lower Case";
    }
}

choices! {
    /// Which part of a value is taken.
    #[derive(Default)]
    Parser {
        /// All of it.
        #[default]
        None = "none", "None";
        /// The CN of a DN.
        CnFromDn = "cn_from_dn", "Extract CN from DN";
        /// What stands before the `@`.
        UsernameFromEmail = "username_from_email", "Extract Username from Email";
    }
}
