//! Attribute expressions of the channel mapping.
//!
//! An expression is a MiniJinja *expression* (not a template) over the attributes of one directory entry:
//! `givenName|left(1)|lower ~ sn|remove_accents|lower`, `mail or userPrincipalName`, `attr("msDS-PrincipalName")`,
//! `values("proxyAddresses")|join(";")`.
//!
//! - A name is an attribute; its first value as text. An attribute without a value is the empty text, so that
//!   `givenName ~ " " ~ sn` works for everybody; `x is defined`, `x or y` and `x|default("y")` tell the two apart.
//! - A result that is empty text is [`Value::Absent`].
//! - Mistakes in names of filters, functions, methods and tests are found by [`Expression::parse`], not on the first person who
//!   happens to need them.
//!
//! There is no clock, no I/O and no randomness here. Work is bounded by fuel and the result by a cap, so that an expression can
//! waste neither memory nor time, whatever is typed.

mod check;
mod environment;
mod error;
mod text;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use environment::{ENVIRONMENT, Entry};

pub use check::{FILTERS, METHODS, TESTS};
pub use error::ExprError;

/// The longest expression, in bytes.
pub const MAX_SOURCE_BYTES: usize = 10_000;
/// The most words and signs in an expression. The engine compiles a chain like `a ~ b ~ c` by recursion, so this bounds its stack.
pub const MAX_TOKENS: usize = 600;
/// The largest result, in bytes over all values.
pub const MAX_RESULT_BYTES: usize = 64 * 1024;
/// The most values in a result, empty ones included.
pub const MAX_RESULT_VALUES: usize = 10_000;

/// Where attribute values come from: one directory entry.
pub trait Lookup {
    /// Gives each value of the attribute to `take`, in order. Names are as written in the expression; LDAP compares them without case.
    fn each_value(&self, name: &str, take: &mut dyn FnMut(&str));
}

impl Lookup for BTreeMap<String, Vec<String>> {
    fn each_value(&self, name: &str, take: &mut dyn FnMut(&str)) {
        self.get(name).into_iter().flatten().for_each(|value| take(value));
    }
}

impl Lookup for HashMap<String, Vec<String>> {
    fn each_value(&self, name: &str, take: &mut dyn FnMut(&str)) {
        self.get(name).into_iter().flatten().for_each(|value| take(value));
    }
}

/// What an expression gives for one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing: no value, or empty text.
    Absent,
    /// One text; never empty.
    One(String),
    /// Several texts, none of them empty, at least one.
    Many(Vec<String>),
}

impl Value {
    /// The text, or the first of several.
    pub fn first(&self) -> Option<&str> {
        match self {
            Self::Absent => None,
            Self::One(text) => Some(text),
            Self::Many(texts) => texts.first().map(String::as_str),
        }
    }
}

/// A parsed expression. Parse once, evaluate for every entry; `Send`, `Sync` and cheap to clone.
#[derive(Clone)]
pub struct Expression {
    compiled: Arc<minijinja::Expression<'static, 'static>>,
    source: Arc<str>,
    names: Arc<[String]>,
}

impl Expression {
    /// Parses and checks an expression.
    pub fn parse(source: &str) -> Result<Self, ExprError> {
        check::outline(source)?;
        let compiled = ENVIRONMENT.compile_expression_owned(source.to_owned()).map_err(|error| ExprError::from_engine(&error, source))?;
        let names = check::check(source)?;
        Ok(Self { compiled: Arc::new(compiled), source: source.into(), names: names.into_iter().collect() })
    }

    /// The attributes it reads, sorted; so the reader of the directory knows what to fetch.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What was parsed.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Evaluates it for one entry. The same entry always gives the same value.
    pub fn eval<L: Lookup + ?Sized>(&self, lookup: &L) -> Result<Value, ExprError> {
        let values = self
            .names
            .iter()
            .map(|name| {
                let mut found = Vec::new();
                lookup.each_value(name, &mut |value| found.push(minijinja::Value::from(value)));
                found
            })
            .collect();
        let entry = Entry { names: self.names.clone(), values };
        let result =
            self.compiled.eval(minijinja::Value::from_object(entry)).map_err(|error| ExprError::from_engine(&error, &self.source))?;
        environment::result(&result)
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.source).finish()
    }
}
