//! What fields of the Target tab set of a connector, for one connection: the key that `sets` names gets the field's value. An empty field
//! leaves what the connector says.

use super::Connectors;
use super::reading::{check_values, sentence};
use domain::id::ConnectorId;
use domain::model::connector::{AttributeKind, Characters, Connector, TargetAttribute};
use domain::model::sp_connection::SpConnection;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Number, Value};
use std::collections::{BTreeMap, BTreeSet};

const NO_KEY: &str = "There is no key";

/// A field of the Target tab that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// Its name.
    pub field: String,
    /// Its label.
    pub label: String,
    /// What is wrong, as a sentence.
    pub message: String,
}

impl Connectors {
    /// The connector of a connection, as the fields of its Target tab set it; `None` if it is not installed any more. The sentence says
    /// which field to mend.
    pub fn used_by(&self, connection: &SpConnection) -> Result<Option<Connector>, String> {
        let Some(connector) = connection.connector.as_ref().and_then(|reference| self.find(reference)) else { return Ok(None) };
        match with_settings(connector, &connection.provisioning.target.settings) {
            Ok(connector) => Ok(Some(connector)),
            Err(unusable) => Err(unusable.first().map_or_else(String::new, |first| {
                format!("The field {} of the Target tab cannot be used. {}", first.label, first.message)
            })),
        }
    }
}

/// The connector as the fields of a Target tab set it.
pub fn with_settings(connector: &Connector, settings: &BTreeMap<String, String>) -> Result<Connector, Vec<Unusable>> {
    let mut made = connector.clone();
    let mut unusable = Vec::new();
    let known: BTreeSet<String> = check_values(connector).into_iter().map(|wrong| wrong.message).collect();
    for field in connector.target.iter().filter(|field| !field.sets.is_empty()) {
        let Some(text) = settings.get(&field.name).map(|text| text.trim()).filter(|text| !text.is_empty()) else { continue };
        let mut next = made.clone();
        let result = set(&mut next, &field.sets, text).and_then(|()| {
            let found = check_values(&next).into_iter().map(|wrong| wrong.message).find(|message| !known.contains(message));
            found.map_or(Ok(()), |message| Err(capital(&message)))
        });
        match result {
            Ok(()) => made = next,
            Err(message) => unusable.push(Unusable { field: field.name.clone(), label: field.label.clone(), message }),
        }
    }
    if unusable.is_empty() { Ok(made) } else { Err(unusable) }
}

/// Fields that set a key which they may not, or to a value that it cannot have: name and sentence.
pub(super) fn misused(connector: &Connector) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for field in connector.target.iter().filter(|field| !field.sets.is_empty()) {
        let texts = field.choices.iter().map(|(value, _)| value.as_str()).chain([field.default.as_str()]).filter(|text| !text.is_empty());
        let wrong = texts.map(|text| set(&mut connector.clone(), &field.sets, text)).find_map(Result::err);
        let unknown = || set(&mut connector.clone(), &field.sets, "?").err().filter(|message| message.starts_with(NO_KEY));
        if let Some(message) = wrong.or_else(unknown) {
            found.push((field.name.clone(), format!("the target field {} sets {}: {message}", field.name, field.sets)));
        }
    }
    found
}

/// Sets one key. The error is a sentence.
fn set(connector: &mut Connector, key: &str, text: &str) -> Result<(), String> {
    match key.split_once('.') {
        Some(("dialect", key)) => set_in(&mut connector.dialect, key, text),
        Some(("limits", key)) => set_in(&mut connector.limits, key, text),
        Some(("retry", key)) => set_in(&mut connector.retry, key, text),
        Some(("groups", key)) => set_in(&mut connector.groups, key, text),
        None if key == "matching" => match_by(connector, text),
        None if key == "attributes" => add_attributes(connector, text),
        _ => Err(no_key(key)),
    }
}

fn set_in<T: Serialize + DeserializeOwned>(part: &mut T, key: &str, text: &str) -> Result<(), String> {
    let mut value = serde_json::to_value(&*part).map_err(|error| sentence(&error.to_string()))?;
    let slot = value.get_mut(key).ok_or_else(|| no_key(key))?;
    *slot = typed(slot, text)?;
    *part = serde_json::from_value(value).map_err(|error| capital(&sentence(&error.to_string())))?;
    Ok(())
}

/// The text as a value of the same type as the present one.
fn typed(present: &Value, text: &str) -> Result<Value, String> {
    Ok(match present {
        Value::Bool(_) => match text {
            "true" | "false" => Value::Bool(text == "true"),
            _ => return Err("Choose true or false.".into()),
        },
        Value::Number(number) if number.is_f64() => Value::Number(decimal(text)?),
        Value::Number(_) => Value::Number(whole(text)?.into()),
        Value::Array(_) => {
            let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
            Value::Array(parts.map(|part| whole(part).map(|number| Value::Number(number.into()))).collect::<Result<_, _>>()?)
        }
        Value::Object(_) => {
            let pair = |pair: &str| {
                let (name, number) = pair.split_once('=').ok_or_else(|| format!("Write ‘{}’ as name = number.", pair.trim()))?;
                let number = number.trim();
                let value = number.parse::<u64>().map(Number::from).or_else(|_| decimal(number))?;
                Ok::<_, String>((name.trim().to_owned(), Value::Number(value)))
            };
            Value::Object(text.split(',').filter(|part| !part.trim().is_empty()).map(pair).collect::<Result<_, _>>()?)
        }
        _ => Value::String(text.to_owned()),
    })
}

fn no_key(key: &str) -> String {
    format!("{NO_KEY} {key} that a field may set.")
}

fn whole(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("‘{text}’ is not a whole number."))
}

fn decimal(text: &str) -> Result<Number, String> {
    text.parse().ok().and_then(Number::from_f64).ok_or_else(|| format!("‘{text}’ is not a number, such as 0.5."))
}

/// Makes another attribute the one that finds an existing user.
fn match_by(connector: &mut Connector, name: &str) -> Result<(), String> {
    let found = connector.attributes.iter().any(|attribute| attribute.name == name && attribute.kind != AttributeKind::Reference);
    if !found {
        return Err(format!("There is no attribute {name} that could find a user."));
    }
    for attribute in &mut connector.attributes {
        attribute.matching = attribute.name == name;
        // Whoever has no value could not be found, and would be created again and again.
        attribute.required |= attribute.matching;
    }
    Ok(())
}

/// Adds attributes of schemas of the service's own: paths separated by commas, each with a name before it if it shall have another one.
fn add_attributes(connector: &mut Connector, text: &str) -> Result<(), String> {
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (name, path) = match part.split_once('=') {
            Some((name, path)) => (name.trim(), path.trim()),
            None => (part.rsplit(':').next().unwrap_or_default(), part),
        };
        if !path.starts_with("urn:") {
            return Err(format!("‘{path}’ is not the URN of an attribute, such as urn:example:2.0:User:badge."));
        }
        if path.ends_with(":User") || path.ends_with(':') {
            return Err(format!("‘{path}’ names a schema: add a colon and the attribute’s name."));
        }
        if ConnectorId::parse(name).is_err() {
            return Err(format!("‘{name}’ is no name for an attribute: letters, digits and . _ - only. Write name = {path}."));
        }
        connector.attributes.push(TargetAttribute {
            name: name.to_owned(),
            path: path.to_owned(),
            required: false,
            unique: false,
            matching: false,
            kind: AttributeKind::Text,
            max_length: None,
            characters: Characters::Any,
            create_only: false,
            source: BTreeMap::new(),
            note: "Named on the Target tab.".into(),
        });
    }
    Ok(())
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::read;
    use domain::model::connector::{MemberRemove, OperationClass, Paging, PatchForm, UpdateForm};

    const SCIM: &str = include_str!("../../../../connectors/scim-2.0.toml");

    fn made(pairs: &[(&str, &str)]) -> Result<Connector, Vec<Unusable>> {
        let settings = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        with_settings(&read(SCIM).unwrap(), &settings)
    }

    #[test]
    fn the_fields_of_a_new_connection_leave_the_connector_as_it_is() {
        let connector = read(SCIM).unwrap();
        let defaults = connector.target.iter().map(|field| (field.name.clone(), field.default.clone())).collect();
        let made = with_settings(&connector, &defaults).unwrap();
        // The matching attribute is required anyway.
        assert_eq!(made, connector);
        assert_eq!(with_settings(&connector, &BTreeMap::new()).unwrap(), connector, "one that was made before there were these fields");
    }

    #[test]
    fn every_key_is_set_by_its_field() {
        let made = made(&[
            ("user_update", "put"),
            ("group_update", "put"),
            ("patch_form", "no_path"),
            ("member_remove", "value_array"),
            ("paging", "cursor"),
            ("page_size", "7"),
            ("members_per_request", "9"),
            ("filter_supported", "false"),
            ("match_filter", "emails eq \"%s\""),
            ("users_path", "/People"),
            ("group_external_id", "false"),
            ("match_attribute", "workEmail"),
            ("writes_per_second", "0.5"),
            ("burst", "3"),
            ("rates", "create_user = 2, change_members=0.25"),
            ("bursts", "create_user = 20"),
            ("retry_statuses", "429, 503"),
            ("custom_schemas", "urn:example:canal:2.0:User:badge, boat = urn:example:canal:2.0:User:vessel.name"),
        ])
        .unwrap();
        let dialect = &made.dialect;
        assert_eq!((dialect.user_update, dialect.group_update, dialect.patch_form), (UpdateForm::Put, UpdateForm::Put, PatchForm::NoPath));
        assert_eq!((dialect.member_remove, dialect.paging, dialect.page_size), (MemberRemove::ValueArray, Paging::Cursor, 7));
        assert_eq!((dialect.members_per_request, dialect.filter_supported, dialect.users_path.as_str()), (9, false, "/People"));
        assert_eq!(dialect.match_filter, "emails eq \"%s\"");
        assert_eq!(made.match_attribute().map(|a| (a.name.as_str(), a.required)), Some(("workEmail", true)));
        assert!(!made.groups.external_id);
        let limits = &made.limits;
        assert_eq!(
            [OperationClass::CreateUser, OperationClass::ChangeMembers, OperationClass::UpdateUser].map(|c| limits.per_second(c)),
            [2.0, 0.25, 0.5]
        );
        assert_eq!([OperationClass::CreateUser, OperationClass::UpdateUser].map(|c| limits.burst_of(c)), [20, 3]);
        assert_eq!(made.retry.statuses, [429, 503]);
        let last: Vec<_> = made.attributes.iter().rev().take(2).map(|a| (a.name.as_str(), a.path.as_str())).collect();
        assert_eq!(last, [("boat", "urn:example:canal:2.0:User:vessel.name"), ("badge", "urn:example:canal:2.0:User:badge")]);
    }

    #[test]
    fn what_cannot_be_used_is_said_at_its_field() {
        for (field, text, words) in [
            ("page_size", "many", "not a whole number"),
            ("page_size", "0", "at least 1"),
            ("writes_per_second", "fast", "not a number"),
            ("writes_per_second", "-1", "0 to 10000"),
            ("rates", "create_user", "name = number"),
            ("rates", "make_user = 1", "make_user"),
            ("retry_statuses", "429, x", "not a whole number"),
            ("retry_statuses", "200", "400 to 599"),
            ("match_filter", "emails eq", "%s"),
            ("users_path", "People", "slash"),
            ("paging", "pages", "pages"),
            ("match_attribute", "manager", "could find"),
            ("custom_schemas", "badge", "urn:example"),
            ("custom_schemas", "urn:example:canal:2.0:User", "names a schema"),
            ("custom_schemas", "userName = urn:example:canal:2.0:User:x", "twice"),
            ("custom_schemas", "a = urn:example:canal:2.0:User:a[b", "the path"),
        ] {
            let unusable = made(&[(field, text)]).expect_err(text);
            assert_eq!((unusable.len(), unusable[0].field.as_str()), (1, field), "{unusable:?}");
            let message = &unusable[0].message;
            assert!(message.contains(words) && message.ends_with('.'), "{text}: {message}");
        }
    }
}
