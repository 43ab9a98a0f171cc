//! The few filters AWS has: `eq` only, joined by `and` only (developer guide, `ListUsers` and `ListGroups`).

use serde_json::Value;

use super::error::Refusal;

/// A filter of `ListUsers`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum UserFilter {
    UserName(String),
    ExternalId(String),
    Group(String),
    Id(String),
    IdAndManager(String, String),
}

/// A filter of `ListGroups`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GroupFilter {
    DisplayName(String),
    ExternalId(String),
    Member(String),
    IdAndMember(String, String),
}

/// Reads a filter of `ListUsers`.
pub(super) fn parse_user(text: &str) -> Result<UserFilter, Refusal> {
    let mut terms = parse(text)?.into_iter();
    match (terms.next(), terms.next(), terms.next()) {
        (Some((attr, value)), None, None) => match attr.as_str() {
            "userName" => Ok(UserFilter::UserName(value)),
            "externalId" => Ok(UserFilter::ExternalId(value)),
            "groups.value" => Ok(UserFilter::Group(value)),
            "id" => Ok(UserFilter::Id(value)),
            _ => Err(invalid()),
        },
        (Some((a, x)), Some((b, y)), None) => match (a.as_str(), b.as_str()) {
            ("id", "manager") => Ok(UserFilter::IdAndManager(x, y)),
            ("manager", "id") => Ok(UserFilter::IdAndManager(y, x)),
            _ => Err(invalid()),
        },
        _ => Err(invalid()),
    }
}

/// Reads a filter of `ListGroups`. The documentation says `member` in one place and `members` in another.
pub(super) fn parse_group(text: &str) -> Result<GroupFilter, Refusal> {
    let mut terms = parse(text)?.into_iter();
    match (terms.next(), terms.next(), terms.next()) {
        (Some((attr, value)), None, None) => match attr.as_str() {
            "displayName" => Ok(GroupFilter::DisplayName(value)),
            "externalId" => Ok(GroupFilter::ExternalId(value)),
            "members.value" => Ok(GroupFilter::Member(value)),
            _ => Err(invalid()),
        },
        (Some((a, x)), Some((b, y)), None) => match (a.as_str(), b.as_str()) {
            ("id", "members" | "member") => Ok(GroupFilter::IdAndMember(x, y)),
            ("members" | "member", "id") => Ok(GroupFilter::IdAndMember(y, x)),
            _ => Err(invalid()),
        },
        _ => Err(invalid()),
    }
}

/// Reads the filter inside a PATCH path, as in `emails[type eq "work"]`: one comparison with a string or a truth value.
pub(super) fn parse_value_filter(text: &str) -> Result<(String, Value), Refusal> {
    let (attr, rest) = attribute_and_eq(text)?;
    match rest.trim() {
        "true" => Ok((attr, Value::Bool(true))),
        "false" => Ok((attr, Value::Bool(false))),
        _ => match string(rest)? {
            (value, "") => Ok((attr, Value::String(value))),
            _ => Err(invalid()),
        },
    }
}

fn parse(text: &str) -> Result<Vec<(String, String)>, Refusal> {
    let mut terms = Vec::new();
    let mut rest = text;
    loop {
        let (attr, value) = attribute_and_eq(rest)?;
        let (value, after) = string(value)?;
        terms.push((attr, value));
        if after.is_empty() {
            return Ok(terms);
        }
        rest = match after.split_once(' ') {
            Some((word, rest)) if word.eq_ignore_ascii_case("and") => rest,
            _ => return Err(invalid()),
        };
    }
}

fn attribute_and_eq(text: &str) -> Result<(String, &str), Refusal> {
    let (attr, rest) = text.trim_start().split_once(' ').ok_or_else(invalid)?;
    let (operator, rest) = rest.trim_start().split_once(' ').ok_or_else(invalid)?;
    // Operators are case-insensitive (RFC 7644 section 3.4.2.2).
    if operator.eq_ignore_ascii_case("eq") { Ok((attr.to_owned(), rest)) } else { Err(invalid()) }
}

/// A JSON string at the start of `text`, and what follows it.
fn string(text: &str) -> Result<(String, &str), Refusal> {
    let text = text.trim_start();
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<String>();
    match values.next() {
        Some(Ok(value)) => Ok((value, text[values.byte_offset()..].trim())),
        _ => Err(invalid()),
    }
}

/// The refusal of every other filter, in the words of `CloudTrail`.
pub(super) fn invalid() -> Refusal {
    Refusal::invalid("Invalid Filter format")
}
