//! The attributes AWS takes, as one table: parsing, patching and `/Schemas` all read it.
//!
//! Attribute names are matched exactly. RFC 7643 section 2.1 says they are case-insensitive; whether AWS thinks so is not known, and a
//! client that sends the names as documented is right either way.

use serde_json::{Map, Value};
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::error::Refusal;

pub(super) const CORE_USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(super) const CORE_GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub(super) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub(super) const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
pub(super) const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
pub(super) const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// One attribute.
#[derive(Debug)]
pub(super) struct Attr {
    pub name: &'static str,
    pub shape: Shape,
    pub required: bool,
    /// Whether PATCH may touch it (developer guide, `PatchUser`).
    pub patchable: bool,
}

#[derive(Debug)]
pub(super) enum Shape {
    Text(Text),
    Flag,
    Complex(&'static [Attr]),
    /// A list that may hold one value only.
    Single(&'static [Attr]),
    /// Taken and not kept.
    Dropped,
}

/// Which characters and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    Plain,
    UserName,
    /// Addresses may also hold no-break spaces.
    Address,
}

/// What a body is for; some rules differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Create,
    Put,
    Patch,
}

/// What strings are held to besides the table, as the configuration and the operation decide.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// Whether a `userName` may hold a space.
    pub user_name_space: bool,
    /// Whether strings may be too long.
    pub lengths: bool,
    /// Whether Okta's advice is a rule.
    pub okta: bool,
}

/// Characters that Okta advises against in what AWS is sent.
const OKTA_FORBIDS: &str = "<>;:%";
/// What an address needs together, by the same advice.
const OKTA_ADDRESS: [&str; 5] = ["streetAddress", "locality", "region", "postalCode", "country"];

const fn text(name: &'static str) -> Attr {
    Attr { name, shape: Shape::Text(Text::Plain), required: false, patchable: true }
}
const fn address(name: &'static str) -> Attr {
    Attr { name, shape: Shape::Text(Text::Address), required: false, patchable: true }
}
const fn flag(name: &'static str) -> Attr {
    Attr { name, shape: Shape::Flag, required: false, patchable: true }
}
const fn shaped(name: &'static str, shape: Shape) -> Attr {
    Attr { name, shape, required: false, patchable: true }
}
const fn required(attr: Attr) -> Attr {
    Attr { name: attr.name, shape: attr.shape, required: true, patchable: attr.patchable }
}

/// The attributes of a user. `groups`, `password`, `ims`, `photos`, `x509Certificates` and `entitlements` are refused by not being here.
pub(super) const USER: &[Attr] = &[
    required(shaped("userName", Shape::Text(Text::UserName))),
    text("externalId"),
    required(shaped("name", Shape::Complex(NAME))),
    required(text("displayName")),
    text("nickName"),
    text("profileUrl"),
    text("title"),
    text("userType"),
    text("preferredLanguage"),
    text("locale"),
    text("timezone"),
    flag("active"),
    shaped("emails", Shape::Single(EMAIL)),
    shaped("addresses", Shape::Single(ADDRESS)),
    shaped("phoneNumbers", Shape::Single(PHONE)),
    // Newer documentation takes roles in Create and Put, and does not list them for Patch.
    Attr { name: "roles", shape: Shape::Single(ROLE), required: false, patchable: false },
    shaped(ENTERPRISE, Shape::Complex(ENTERPRISE_USER)),
];

const NAME: &[Attr] = &[
    text("formatted"),
    required(text("familyName")),
    required(text("givenName")),
    text("middleName"),
    text("honorificPrefix"),
    text("honorificSuffix"),
];
const EMAIL: &[Attr] = &[required(text("value")), text("type"), flag("primary")];
const ADDRESS: &[Attr] = &[
    address("formatted"),
    address("streetAddress"),
    address("locality"),
    address("region"),
    address("postalCode"),
    address("country"),
    text("type"),
    flag("primary"),
];
// AWS's answers show no `primary` for telephone numbers.
const PHONE: &[Attr] = &[required(text("value")), text("type"), shaped("primary", Shape::Dropped)];
const ROLE: &[Attr] = &[required(text("value")), text("type"), flag("primary")];

/// The enterprise extension.
pub(super) const ENTERPRISE_USER: &[Attr] = &[
    text("employeeNumber"),
    text("costCenter"),
    text("organization"),
    text("division"),
    text("department"),
    shaped("manager", Shape::Complex(MANAGER)),
];
const MANAGER: &[Attr] = &[text("value"), shaped("$ref", Shape::Dropped)];

/// The attributes of a group; its rules are in `group`, this is for `/Schemas` and for text checks.
pub(super) const GROUP: &[Attr] = &[required(text("displayName")), text("externalId")];

/// The attribute called `name`, or why it cannot be used.
pub(super) fn find(table: &'static [Attr], name: &str, path: &str) -> Result<&'static Attr, Refusal> {
    table.iter().find(|attr| attr.name == name).ok_or_else(|| Refusal::invalid(format!("Attribute {path} is not supported.")))
}

/// Checks a value and brings it into the form that is kept; `None` when there is nothing to keep.
pub(super) fn clean(attr: &Attr, path: &str, value: Value, rules: Rules) -> Result<Option<Value>, Refusal> {
    if value.is_null() {
        return Ok(None);
    }
    match &attr.shape {
        Shape::Dropped => Ok(None),
        Shape::Text(rule) => match value {
            Value::String(text) => {
                check_text(*rule, path, &text, rules)?;
                Ok(Some(Value::String(text)))
            }
            _ => Err(Refusal::invalid(format!("Attribute {path} must be a string."))),
        },
        Shape::Flag => match &value {
            Value::Bool(_) => Ok(Some(value)),
            // AWS's own PatchUser sample sends "false".
            Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(Some(Value::Bool(true))),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(Some(Value::Bool(false))),
            _ => Err(Refusal::invalid(format!("Attribute {path} must be true or false."))),
        },
        Shape::Complex(table) => {
            let kept = clean_object(table, path, value, rules)?;
            Ok((!kept.is_empty()).then_some(Value::Object(kept)))
        }
        Shape::Single(table) => {
            let Value::Array(items) = value else {
                return Err(Refusal::invalid(format!("Attribute {path} must be a list.")));
            };
            if items.len() > 1 {
                return Err(too_many(path));
            }
            let Some(item) = items.into_iter().next() else { return Ok(None) };
            let kept = clean_object(table, path, item, rules)?;
            check_single(table, path, &kept)?;
            if rules.okta && path == "addresses" && !OKTA_ADDRESS.iter().all(|part| kept.contains_key(*part)) {
                return Err(Refusal::invalid(format!("Attribute addresses must have all of {}.", OKTA_ADDRESS.join(", "))));
            }
            Ok(Some(Value::Array(vec![Value::Object(kept)])))
        }
    }
}

/// Cleans every member of an object by `table`, refusing those it does not have.
pub(super) fn clean_object(table: &'static [Attr], path: &str, value: Value, rules: Rules) -> Result<Map<String, Value>, Refusal> {
    let Value::Object(object) = value else {
        return Err(Refusal::invalid(format!("Attribute {path} must be an object.")));
    };
    let mut kept = Map::new();
    for (name, value) in object {
        let path = sub_path(path, &name);
        if let Some(value) = clean(find(table, &name, &path)?, &path, value, rules)? {
            kept.insert(name, value);
        }
    }
    Ok(kept)
}

/// A value of a one-value list is whole: it has what it must have, and an e-mail address is the primary one.
pub(super) fn check_single(table: &[Attr], path: &str, item: &Map<String, Value>) -> Result<(), Refusal> {
    check_required(table, path, item)?;
    if path == "emails" && item.get("primary") != Some(&Value::Bool(true)) {
        return Err(Refusal::invalid("Attribute emails must have primary set to true."));
    }
    Ok(())
}

/// Every required attribute of `table` is there, and so inside what is there.
pub(super) fn check_required(table: &[Attr], path: &str, object: &Map<String, Value>) -> Result<(), Refusal> {
    for attr in table {
        let path = sub_path(path, attr.name);
        match object.get(attr.name) {
            None if attr.required => match attr.shape {
                // Name the part that is missing, as AWS does.
                Shape::Complex(table) => check_required(table, &path, &Map::new())?,
                _ => return Err(Refusal::constraint(&path, "not be null")),
            },
            Some(Value::Object(inner)) => {
                if let Shape::Complex(table) = attr.shape {
                    check_required(table, &path, inner)?;
                }
            }
            Some(Value::Array(items)) => {
                if let Shape::Single(table) = attr.shape {
                    for item in items.iter().filter_map(Value::as_object) {
                        check_single(table, &path, item)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// More than one value for a list of one, in AWS's words for each list.
pub(super) fn too_many(path: &str) -> Refusal {
    Refusal::invalid(match path {
        "emails" => "List attribute emails exceeds allowed limit of 1",
        "addresses" => "List attribute addresses allowed limit of 1",
        _ => "Currently list attributes only allow single item",
    })
}

pub(super) fn sub_path(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        // AWS names the extension's attributes as in 'manager.value'.
        ENTERPRISE => name.to_owned(),
        _ => format!("{path}.{name}"),
    }
}

/// Length and character class (developer guide, `CreateUser`; the class was also seen in `CloudTrail`). Control, format and unassigned
/// characters are refused, which meets profiles with invisible characters that every other service takes.
fn check_text(rule: Text, path: &str, text: &str, rules: Rules) -> Result<(), Refusal> {
    let max = if rule == Text::UserName { 128 } else { 1024 };
    if text.is_empty() {
        return Err(Refusal::constraint(path, "have length greater than or equal to 1"));
    }
    if rules.lengths && text.chars().count() > max {
        return Err(Refusal::constraint(path, format_args!("have length less than or equal to {max}")));
    }
    let (pattern, extra) = match rule {
        Text::UserName if rules.user_name_space => (r"[\p{L}\p{M}\p{S}\p{N}\p{P} ]+", " "),
        Text::UserName => (r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", ""),
        Text::Plain => (r"[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+", "\t\n\r "),
        Text::Address => (r"[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r \u00a0]+", "\t\n\r \u{a0}"),
    };
    let is_forbidden = |c: char| rules.okta && OKTA_FORBIDS.contains(c);
    if text.chars().all(|c| (is_visible(c) || extra.contains(c)) && !is_forbidden(c)) {
        Ok(())
    } else {
        Err(Refusal::constraint(path, format_args!("satisfy regular expression pattern: {pattern}")))
    }
}

fn is_visible(c: char) -> bool {
    use GeneralCategoryGroup::*;
    matches!(c.general_category_group(), Letter | Mark | Symbol | Number | Punctuation)
}

/// A body's `schemas`: a list that names `needed`, nothing outside `also`, and nothing twice.
pub(super) fn check_schemas(body: &Map<String, Value>, needed: &str, also: &[&str]) -> Result<(), Refusal> {
    let urns =
        body.get("schemas").and_then(Value::as_array).ok_or_else(|| Refusal::invalid(format!("schemas must be a list with {needed}.")))?;
    let mut named = Vec::new();
    for urn in urns {
        match urn.as_str() {
            Some(urn) if named.contains(&urn) => return Err(Refusal::invalid(format!("schemas holds {urn} twice."))),
            Some(urn) if urn == needed || also.contains(&urn) => named.push(urn),
            _ => return Err(Refusal::invalid(format!("schemas holds {urn}, which does not belong here."))),
        }
    }
    if named.contains(&needed) { Ok(()) } else { Err(Refusal::invalid(format!("schemas must name {needed}."))) }
}
