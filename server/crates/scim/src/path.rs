//! Attribute paths of a Connector (`name.givenName`, `emails[type eq "work"].value`, `urn:…:User:department`): reading and writing
//! the value they name in a SCIM resource.

use serde_json::{Map, Value};

pub(crate) const CORE_USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const CORE_GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// A parsed path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AttrPath {
    /// URN of an extension schema; `None` for the core.
    pub(crate) schema: Option<String>,
    /// The attribute.
    pub(crate) attr: String,
    /// Which item of a list, as (`type`, `work`).
    pub(crate) item: Option<(String, String)>,
    /// The part of a complex value.
    pub(crate) sub: Option<String>,
}

impl AttrPath {
    /// Parses; the error is a clause.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let bad = || format!("the path “{text}” is not one of a SCIM attribute");
        let text = text.trim();
        let (head, rest) = text.split_at(text.find('[').unwrap_or(text.len()));
        let (schema, head) = match head.rsplit_once(':') {
            Some((urn, head)) if urn.starts_with("urn:") => (Some(urn).filter(|u| ![CORE_USER, CORE_GROUP].contains(u)), head),
            Some(_) => return Err(bad()),
            None => (None, head),
        };
        let (attr, item, sub) = if let Some(rest) = rest.strip_prefix('[') {
            let (filter, after) = rest.split_once(']').ok_or_else(bad)?;
            let mut words = filter.splitn(3, ' ');
            let (Some(key), Some("eq"), Some(value)) = (words.next(), words.next(), words.next()) else { return Err(bad()) };
            let value: String = serde_json::from_str(value).map_err(|_| bad())?;
            let sub = match after.strip_prefix('.') {
                Some(sub) => Some(sub),
                None if after.is_empty() => None,
                None => return Err(bad()),
            };
            (head, Some((key.to_owned(), value)), sub)
        } else {
            match head.split_once('.') {
                Some((attr, sub)) => (attr, None, Some(sub)),
                None => (head, None, None),
            }
        };
        let is_name = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$')
                && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$'))
        };
        if !is_name(attr) || sub.is_some_and(|sub| !is_name(sub)) || item.as_ref().is_some_and(|(key, _)| !is_name(key)) {
            return Err(bad());
        }
        Ok(Self { schema: schema.map(str::to_owned), attr: attr.to_owned(), item, sub: sub.map(str::to_owned) })
    }

    /// The attribute alone, with its schema: the `path` of a PATCH that changes all of it.
    pub(crate) fn whole(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{schema}:{}", self.attr),
            None => self.attr.clone(),
        }
    }

    /// The attribute and the item, without the part.
    pub(crate) fn item_path(&self) -> String {
        match &self.item {
            Some((key, value)) => format!("{}[{key} eq {}]", self.whole(), quoted(value)),
            None => self.whole(),
        }
    }

    /// All of it.
    pub(crate) fn full(&self) -> String {
        match &self.sub {
            Some(sub) => format!("{}.{sub}", self.item_path()),
            None => self.item_path(),
        }
    }

    /// As it is compared in filters. An item of a list is not named there: whoever finds by `emails.value` looks at the answer (and in
    /// RFC 7644's grammar a filter inside of a path ends it).
    pub(crate) fn in_filters(&self) -> String {
        match &self.item {
            Some(_) => format!("{}.{}", self.whole(), self.item_sub()),
            None => self.full(),
        }
    }

    /// The part of a list's item that is meant, `value` unless the path says otherwise.
    pub(crate) fn item_sub(&self) -> &str {
        self.sub.as_deref().unwrap_or("value")
    }

    /// The value as text. Names are compared without case (RFC 7643 section 2.1); what has another shape is no value.
    pub(crate) fn read(&self, resource: &Value) -> Option<String> {
        let owner = match &self.schema {
            Some(schema) => member(resource, schema)?,
            None => resource,
        };
        let value = member(owner, &self.attr)?;
        let value = match (value, &self.item) {
            (Value::Array(items), Some((key, wanted))) => {
                let named = items.iter().find(|i| text(member(i, key)).is_some_and(|v| v.eq_ignore_ascii_case(wanted)));
                // A service that keeps one value often drops its type.
                named.or_else(|| items.first().filter(|i| items.len() == 1 && member(i, key).is_none()))?
            }
            (Value::Array(items), None) => {
                let primary = items.iter().find(|i| text(member(i, "primary")).as_deref() == Some("true"));
                primary.or_else(|| items.first())?
            }
            (value, _) => value,
        };
        let part = match value {
            Value::Object(_) => member(value, self.item_sub()),
            // Some services show `manager` as the id alone.
            scalar => Some(scalar).filter(|_| self.sub.as_deref().is_none_or(|sub| sub == "value")),
        };
        text(part).filter(|t| !t.is_empty())
    }

    /// Puts the value in, making what is around it.
    pub(crate) fn write(&self, resource: &mut Map<String, Value>, value: &str) {
        let owner = match &self.schema {
            Some(schema) => object_at(resource, schema),
            None => resource,
        };
        let value = Value::String(value.to_owned());
        match (&self.item, &self.sub) {
            (Some((key, wanted)), _) => {
                let list = owner.entry(self.attr.clone()).or_insert_with(|| Value::Array(Vec::new()));
                let Value::Array(items) = list else { return };
                let at = items.iter().position(|i| i.get(key).and_then(Value::as_str) == Some(wanted)).unwrap_or_else(|| {
                    items.push(serde_json::json!({ key.as_str(): wanted }));
                    items.len() - 1
                });
                items[at][self.item_sub()] = value;
            }
            (None, Some(sub)) => {
                object_at(owner, &self.attr).insert(sub.clone(), value);
            }
            (None, None) => {
                owner.insert(self.attr.clone(), value);
            }
        }
    }
}

fn object_at<'a>(owner: &'a mut Map<String, Value>, name: &str) -> &'a mut Map<String, Value> {
    let slot = owner.entry(name.to_owned()).or_insert_with(|| Value::Object(Map::new()));
    if !slot.is_object() {
        *slot = Value::Object(Map::new());
    }
    match slot {
        Value::Object(object) => object,
        _ => unreachable!("made an object above"),
    }
}

/// A member by name, without case.
pub(crate) fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let object = value.as_object()?;
    object.get(name).or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// A text, number or truth value as text.
pub(crate) fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A text as in a filter: a JSON string (RFC 7644 section 3.4.2.2).
pub(crate) fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DEPARTMENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
    const MANAGER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value";

    #[test]
    fn what_is_written_is_read_and_the_path_comes_back() {
        for path in
            ["userName", "name.givenName", r#"emails[type eq "work"].value"#, r#"addresses[type eq "a\"] b"].x"#, DEPARTMENT, MANAGER]
        {
            let Ok(parsed) = AttrPath::parse(path) else {
                assert!(path.contains('\\'), "{path}");
                continue;
            };
            assert_eq!(parsed.full(), path);
            let mut resource = Map::new();
            parsed.write(&mut resource, "x");
            assert_eq!(parsed.read(&Value::Object(resource)).as_deref(), Some("x"), "{path}");
        }
        assert_eq!(AttrPath::parse(&format!("{CORE_USER}:userName")), AttrPath::parse("userName"));
    }

    #[test]
    fn bad_paths_are_refused() {
        for path in [
            "",
            ".",
            "a.",
            "a b",
            "emails[type]",
            "emails[type eq work].value",
            "emails[type eq \"work\"",
            "x:y",
            "urn:a:",
            "emails[type eq \"w\"]x",
        ] {
            assert!(AttrPath::parse(path).is_err(), "{path}");
        }
    }

    #[test]
    fn answers_are_read_defensively() {
        let resource = json!({
            "USERNAME": "ann", "active": "False", "emails": [{"value": "a@x", "type": "Work", "primary": true}, {"value": "b@x", "type": "home"}],
            "phoneNumbers": [{"value": 5}], "name": "odd", "title": null, "nickName": "",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user": {"manager": "42", "department": {"x": 1}}
        });
        for (path, expected) in [
            ("userName", Some("ann")),
            (r#"emails[type eq "work"].value"#, Some("a@x")),
            (r#"emails[type eq "home"].value"#, Some("b@x")),
            (r#"emails[type eq "other"].value"#, None),
            ("emails.value", Some("a@x")),
            (r#"phoneNumbers[type eq "work"].value"#, Some("5")),
            (r#"phoneNumbers[type eq "work"].other"#, None),
            ("name.givenName", None),
            ("title", None),
            ("nickName", None),
            (MANAGER, Some("42")),
            (DEPARTMENT, None),
        ] {
            assert_eq!(AttrPath::parse(path).expect(path).read(&resource).as_deref(), expected, "{path}");
        }
    }
}
