//! From flat values to SCIM bodies and back.

use domain::id::TargetId;
use domain::model::connector::{ActiveForm, Connector, MemberRemove, PatchForm};
use serde_json::{Map, Value, json};

use crate::path::{AttrPath, CORE_GROUP, CORE_USER, member, quoted, text};
use crate::{Attributes, Change, DISPLAY_NAME, EXTERNAL_ID, RemoteObject, ScimError};

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// The most of a target's words that are kept.
const MAX_DETAIL: usize = 400;

/// The user attributes of a Connector, with their paths parsed.
pub(crate) struct Mapping {
    attributes: Vec<(String, AttrPath)>,
    matching: usize,
    active: ActiveForm,
    patch_form: PatchForm,
}

impl Mapping {
    pub(crate) fn new(connector: &Connector) -> Result<Self, ScimError> {
        let bad = |reason: String| ScimError::config(format!("The Connector {} is not usable: {reason}.", connector.name));
        let parse =
            |a: &domain::model::connector::TargetAttribute| AttrPath::parse(&a.path).map(|path| (a.name.clone(), path)).map_err(bad);
        let attributes = connector.attributes.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
        let matching = connector.attributes.iter().position(|a| a.matching);
        let matching = matching.ok_or_else(|| bad("no attribute is marked as matching".to_owned()))?;
        Ok(Self { attributes, matching, active: connector.dialect.active, patch_form: connector.dialect.patch_form })
    }

    /// Name of the attribute that finds an existing user.
    pub(crate) fn matching(&self) -> &str {
        &self.attributes[self.matching].0
    }

    /// The filter that finds an existing user, by the connector's own `template` if it has one.
    pub(crate) fn filter(&self, template: &str, value: &str) -> String {
        if template.is_empty() {
            return equals(&self.attributes[self.matching].1.in_filters(), value);
        }
        // The template has the quotation marks.
        let text = quoted(value);
        template.replacen("%s", text.trim_start_matches('"').strip_suffix('"').unwrap_or_default(), 1)
    }

    fn path(&self, name: &str) -> Option<&AttrPath> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, path)| path)
    }

    /// A whole user, for POST, and for PUT with its id.
    pub(crate) fn user(&self, values: &Attributes, active: bool, id: Option<&TargetId>) -> Value {
        let mut body = Map::new();
        let mut schemas = vec![CORE_USER.to_owned()];
        for (name, path) in &self.attributes {
            let Some(value) = values.get(name).filter(|value| !value.is_empty()) else { continue };
            path.write(&mut body, value);
            if let Some(schema) = path.schema.as_ref().filter(|schema| !schemas.contains(schema)) {
                schemas.push(schema.clone());
            }
        }
        mark_emails(&mut body);
        body.insert("active".to_owned(), self.active(active));
        body.insert("schemas".to_owned(), json!(schemas));
        if let Some(id) = id {
            body.insert("id".to_owned(), json!(id.0));
        }
        Value::Object(body)
    }

    /// `active` in the target's form.
    pub(crate) fn active(&self, active: bool) -> Value {
        match self.active {
            ActiveForm::Boolean => Value::Bool(active),
            ActiveForm::Text => Value::String(active.to_string()),
        }
    }

    /// PATCH operations (RFC 7644 section 3.5.2) that bring a user to `after`; none if nothing the Connector knows changes.
    pub(crate) fn operations(&self, after: &Attributes, changes: &[Change]) -> Vec<Value> {
        match self.patch_form {
            PatchForm::Path => self.operations_by_path(after, changes),
            PatchForm::NoPath => self.operations_in_one(after, changes),
        }
    }

    /// All that is set in one operation; a list is set whole, with the items the Connector knows.
    fn operations_in_one(&self, after: &Attributes, changes: &[Change]) -> Vec<Value> {
        let (mut set, mut operations, mut lists_done) = (Map::new(), Vec::new(), Vec::new());
        let value_of = |name: &str| after.get(name).filter(|value| !value.is_empty());
        for change in changes {
            let Some(path) = self.path(&change.attribute) else { continue };
            if path.item.is_some() {
                if lists_done.contains(&path.whole()) {
                    continue;
                }
                lists_done.push(path.whole());
                let mut items = Map::new();
                for (name, other) in self.attributes.iter().filter(|(_, other)| other.item.is_some() && other.whole() == path.whole()) {
                    if let Some(value) = value_of(name) {
                        other.write(&mut items, value);
                    }
                }
                if items.is_empty() {
                    operations.push(json!({"op": "remove", "path": path.whole()}));
                } else {
                    mark_emails(&mut items);
                    set.extend(items);
                }
                continue;
            }
            if change.to.as_deref().is_none_or(str::is_empty) {
                operations.push(json!({"op": "remove", "path": removed(path)}));
                continue;
            }
            // With its other parts: services disagree on whether those that are not named stay.
            for (name, other) in self.attributes.iter().filter(|(_, other)| other.item.is_none() && other.whole() == path.whole()) {
                if let Some(value) = value_of(name) {
                    other.write(&mut set, value);
                }
            }
        }
        if !set.is_empty() {
            operations.insert(0, json!({"op": "replace", "value": set}));
        }
        operations
    }

    fn operations_by_path(&self, after: &Attributes, changes: &[Change]) -> Vec<Value> {
        let mut before = after.clone();
        for change in changes {
            match &change.from {
                Some(from) => before.insert(change.attribute.clone(), from.clone()),
                None => before.remove(&change.attribute),
            };
        }
        let mut operations = Vec::new();
        let mut lists_done = Vec::new();
        for change in changes {
            let Some(path) = self.path(&change.attribute) else { continue };
            if path.item.is_some() {
                if !lists_done.contains(&path.whole()) {
                    lists_done.push(path.whole());
                    self.list_operations(path, &before, after, &mut operations);
                }
                continue;
            }
            let to = change.to.as_deref().filter(|to| !to.is_empty());
            operations.push(match (path.sub.as_deref(), to) {
                // Services disagree on `manager.value` as a path, and agree on `manager`.
                (Some("value"), Some(to)) => json!({"op": "replace", "path": path.whole(), "value": {"value": to}}),
                (_, Some(to)) => json!({"op": "replace", "path": path.full(), "value": to}),
                (_, None) => json!({"op": "remove", "path": removed(path)}),
            });
        }
        operations
    }

    /// A list such as `emails`. Where the Connector knows one item of it, the list is that item and is written whole: AWS takes no
    /// more than one, and adding by filter fails where nothing matches yet. Where it knows several, each is written by itself, so
    /// that items Towpath knows nothing of stay.
    fn list_operations(&self, list: &AttrPath, before: &Attributes, after: &Attributes, operations: &mut Vec<Value>) {
        let mut items: Vec<&AttrPath> = Vec::new();
        for (_, path) in self.attributes.iter().filter(|(_, p)| p.item.is_some() && p.whole() == list.whole()) {
            if !items.iter().any(|known| known.item == path.item) {
                items.push(path);
            }
        }
        let is_single = items.len() == 1;
        for item in items {
            let (old, new) = (self.parts(item, before), self.parts(item, after));
            if old == new {
                continue;
            }
            let path = if is_single { list.whole() } else { item.item_path() };
            if new.is_empty() {
                operations.push(json!({"op": "remove", "path": path}));
            } else if is_single {
                operations.push(json!({"op": "replace", "path": path, "value": [item_body(item, &new, true)]}));
            } else if old.is_empty() {
                operations.push(json!({"op": "add", "path": list.whole(), "value": [item_body(item, &new, false)]}));
            } else {
                for (sub, value) in &new {
                    if old.get(sub) != Some(value) {
                        operations.push(json!({"op": "replace", "path": format!("{path}.{sub}"), "value": value}));
                    }
                }
                for sub in old.keys().filter(|sub| !new.contains_key(*sub)) {
                    operations.push(json!({"op": "remove", "path": format!("{path}.{sub}")}));
                }
            }
        }
    }

    /// The parts of one item that have values.
    fn parts(&self, item: &AttrPath, values: &Attributes) -> Attributes {
        let same = |path: &AttrPath| path.item == item.item && path.whole() == item.whole();
        let part = |(name, path): &(String, AttrPath)| {
            let value = values.get(name).filter(|value| !value.is_empty())?;
            Some((path.item_sub().to_owned(), value.clone()))
        };
        self.attributes.iter().filter(|(_, path)| same(path)).filter_map(part).collect()
    }

    /// Reads a user; `None` if it has no id.
    pub(crate) fn read_user(&self, resource: &Value) -> Option<RemoteObject> {
        let id = id_of(resource)?;
        let read = |(name, path): &(String, AttrPath)| path.read(resource).map(|value| (name.clone(), value));
        let values: Attributes = self.attributes.iter().filter_map(read).collect();
        let match_value = values.get(&self.attributes[self.matching].0).cloned().unwrap_or_default();
        let active = text(member(resource, "active")).is_none_or(|text| !text.eq_ignore_ascii_case("false"));
        Some(RemoteObject { id, match_value, values, active, members: None })
    }
}

fn item_body(item: &AttrPath, parts: &Attributes, is_only: bool) -> Value {
    let mut body = Map::new();
    if let Some((key, value)) = &item.item {
        body.insert(key.clone(), json!(value));
    }
    body.extend(parts.iter().map(|(sub, value)| (sub.clone(), json!(value))));
    if is_only && item.attr == "emails" {
        body.insert("primary".to_owned(), json!(true));
    }
    Value::Object(body)
}

/// What is removed so that a path has no value: of `manager.value` all of the manager.
fn removed(path: &AttrPath) -> String {
    if path.sub.as_deref() == Some("value") { path.whole() } else { path.full() }
}

fn mark_emails(body: &mut Map<String, Value>) {
    if let Some(Value::Array(emails)) = body.get_mut("emails") {
        mark_primary(emails);
    }
}

/// AWS refuses an address that is not the primary one; elsewhere exactly one of several is (RFC 7643 section 2.4).
fn mark_primary(items: &mut [Value]) {
    let work = items.iter().position(|item| item.get("type").and_then(Value::as_str) == Some("work"));
    if let Some(item) = items.get_mut(work.unwrap_or(0)) {
        item["primary"] = json!(true);
    }
}

/// A PATCH body.
pub(crate) fn patch(operations: Vec<Value>) -> Value {
    json!({"schemas": [PATCH], "Operations": operations})
}

/// A new group.
pub(crate) fn group(values: &Attributes) -> Value {
    let mut body = json!({"schemas": [CORE_GROUP]});
    for name in [DISPLAY_NAME, EXTERNAL_ID] {
        if let Some(value) = values.get(name).filter(|value| !value.is_empty()) {
            body[name] = json!(value);
        }
    }
    body
}

/// A filter for what has this value (RFC 7644 section 3.4.2.2).
pub(crate) fn equals(attribute: &str, value: &str) -> String {
    format!("{attribute} eq {}", quoted(value))
}

/// The PATCH operation that sets one attribute.
pub(crate) fn set(form: PatchForm, attribute: &str, value: Value) -> Value {
    match form {
        PatchForm::Path => json!({"op": "replace", "path": attribute, "value": value}),
        PatchForm::NoPath => json!({"op": "replace", "value": { attribute: value }}),
    }
}

/// PATCH operations for a group's own values.
pub(crate) fn group_operations(form: PatchForm, changes: &[Change]) -> Vec<Value> {
    let known = changes.iter().filter(|change| [DISPLAY_NAME, EXTERNAL_ID].contains(&change.attribute.as_str()));
    known
        .map(|change| match change.to.as_deref().filter(|to| !to.is_empty()) {
            Some(to) => set(form, &change.attribute, json!(to)),
            None => json!({"op": "remove", "path": change.attribute}),
        })
        .collect()
}

/// PATCH operations that add members.
pub(crate) fn add_members(form: PatchForm, members: &[TargetId]) -> Vec<Value> {
    let members = member_values(members);
    vec![match form {
        PatchForm::Path => json!({"op": "add", "path": "members", "value": members}),
        PatchForm::NoPath => json!({"op": "add", "value": {"members": members}}),
    }]
}

/// PATCH operations that remove members.
pub(crate) fn remove_members(form: MemberRemove, members: &[TargetId]) -> Vec<Value> {
    match form {
        MemberRemove::ValueArray => vec![json!({"op": "remove", "path": "members", "value": member_values(members)})],
        MemberRemove::Filter => {
            let one = |id: &TargetId| json!({"op": "remove", "path": format!("members[value eq {}]", quoted(&id.0))});
            members.iter().map(one).collect()
        }
    }
}

pub(crate) fn member_values(members: &[TargetId]) -> Vec<Value> {
    members.iter().map(|id| json!({"value": id.0})).collect()
}

/// Reads a group; `None` if it has no id. `with_members` says whether the target's `members` mean anything.
pub(crate) fn read_group(resource: &Value, with_members: bool) -> Option<RemoteObject> {
    let id = id_of(resource)?;
    let mut values = Attributes::new();
    for name in [DISPLAY_NAME, EXTERNAL_ID] {
        if let Some(value) = text(member(resource, name)).filter(|value| !value.is_empty()) {
            values.insert(name.to_owned(), value);
        }
    }
    let match_value = values.get(DISPLAY_NAME).cloned().unwrap_or_default();
    // A group without members is often shown without the attribute.
    let members = with_members.then(|| match member(resource, "members") {
        Some(Value::Array(items)) => items.iter().filter_map(|item| text(member(item, "value"))).map(TargetId).collect(),
        _ => Vec::new(),
    });
    Some(RemoteObject { id, match_value, values, active: true, members })
}

/// The id in an answer.
pub(crate) fn id_of(resource: &Value) -> Option<TargetId> {
    text(member(resource, "id")).filter(|id| !id.is_empty()).map(TargetId)
}

/// What an error body says, as one sentence that is safe to show: SCIM's `detail` (RFC 7644 section 3.12), AWS's variants of it, an
/// OAuth error, or the beginning of a plain text. Never empty.
pub(crate) fn error_detail(body: &[u8]) -> String {
    let parsed: Option<Value> = serde_json::from_slice(body).ok();
    let named = |name: &str| parsed.as_ref().and_then(|body| text(member(body, name))).filter(|t| !t.trim().is_empty());
    let raw = || {
        let text = String::from_utf8_lossy(body);
        let is_page = text.trim_start().starts_with('<');
        Some(text.into_owned()).filter(|t| parsed.is_none() && !is_page && !t.trim().is_empty())
    };
    let detail =
        named("detail").or_else(|| named("message")).or_else(|| named("error_description")).or_else(|| named("error")).or_else(raw);
    let detail = match (detail, named("scimType")) {
        (Some(detail), Some(kind)) if !detail.contains(&kind) => format!("{detail} ({kind})"),
        (Some(detail), _) => detail,
        (None, Some(kind)) => kind,
        (None, None) => return "it gave no reason.".to_owned(),
    };
    let mut clean: String = detail.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_DETAIL).collect();
    clean.truncate(clean.trim_end().len());
    if !clean.ends_with(['.', '!', '?', '…']) {
        clean.push('.');
    }
    clean
}

/// The target's id of a request: header, else AWS's member of an error body.
pub(crate) fn request_id(response: &outbound::Response) -> Option<String> {
    let header = ["x-amzn-requestid", "x-request-id", "x-correlation-id", "request-id"].iter().find_map(|name| response.header_text(name));
    let clean = |id: &str| id.chars().filter(|c| !c.is_control()).take(100).collect::<String>();
    match header {
        Some(id) => Some(clean(id)),
        None if response.status.is_success() => None,
        None => {
            let body: Value = serde_json::from_slice(&response.body).ok()?;
            text(member(&body, "exceptionRequestId")).map(|id| clean(&id))
        }
    }
}
