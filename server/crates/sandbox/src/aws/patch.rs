//! PATCH: the parts users and groups share, and its effect on a user (developer guide, `PatchUser`; RFC 7644 section 3.5.2).

use serde_json::{Map, Value};

use super::error::Refusal;
use super::filter;
use super::schema::{self, Attr, CORE_GROUP, CORE_USER, ENTERPRISE, PATCH, Rules, Shape, USER};
use super::user;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Add,
    Replace,
    Remove,
}

/// One operation of a PATCH body.
#[derive(Debug)]
pub(super) struct Op {
    pub kind: Kind,
    pub path: Option<Path>,
    /// Present for add and replace.
    pub value: Option<Value>,
}

/// A parsed `path`: `name.givenName`, `emails[type eq "work"].value`, each also with its schema's URN in front.
#[derive(Debug, PartialEq)]
pub(super) struct Path {
    /// Attribute names from the outside in; the enterprise URN is one of them.
    pub steps: Vec<String>,
    /// The filter behind the first step.
    pub filter: Option<(String, Value)>,
}

/// Reads a PATCH body.
pub(super) fn parse(mut body: Map<String, Value>) -> Result<Vec<Op>, Refusal> {
    schema::check_schemas(&body, PATCH, &[])?;
    let Some(Value::Array(operations)) = body.remove("Operations") else {
        return Err(Refusal::invalid("Operations must be a list."));
    };
    if operations.is_empty() {
        return Err(Refusal::invalid("Operations must not be empty."));
    }
    operations.into_iter().map(parse_op).collect()
}

fn parse_op(operation: Value) -> Result<Op, Refusal> {
    let Value::Object(mut operation) = operation else {
        return Err(Refusal::invalid("Each of Operations must be an object."));
    };
    let kind = match operation.get("op").and_then(Value::as_str) {
        Some("add") => Kind::Add,
        Some("replace") => Kind::Replace,
        Some("remove") => Kind::Remove,
        Some(other) => return Err(Refusal::invalid(format!("op must be add, replace or remove, not {other:?}."))),
        None => return Err(Refusal::invalid("Missing op in PATCH request")),
    };
    let path = match operation.get("path") {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) => Some(parse_path(path)?),
        Some(_) => return Err(Refusal::invalid("path must be a string.")),
    };
    let value = operation.remove("value").filter(|value| !value.is_null());
    match (kind, &path, &value) {
        (Kind::Remove, None, _) => Err(Refusal::invalid("Missing path in PATCH request")),
        (Kind::Add | Kind::Replace, _, None) => Err(Refusal::invalid("Missing value in PATCH request")),
        _ => Ok(Op { kind, path, value }),
    }
}

fn parse_path(path: &str) -> Result<Path, Refusal> {
    let bad = || Refusal::invalid(format!("The path {path:?} in the PATCH request cannot be understood."));
    let mut steps = Vec::new();
    let mut rest = path;
    if let Some(after) = path.strip_prefix(ENTERPRISE) {
        steps.push(ENTERPRISE.to_owned());
        match after.strip_prefix(':') {
            Some(after) => rest = after,
            None if after.is_empty() => return Ok(Path { steps, filter: None }),
            None => return Err(bad()),
        }
    } else {
        for urn in [CORE_USER, CORE_GROUP] {
            if let Some(after) = path.strip_prefix(urn) {
                rest = after.strip_prefix(':').ok_or_else(bad)?;
            }
        }
    }
    let mut filter = None;
    if let Some((name, after)) = rest.split_once('[') {
        let (inside, after) = after.rsplit_once(']').ok_or_else(bad)?;
        filter = Some(filter::parse_value_filter(inside)?);
        steps.push(name.to_owned());
        rest = match after.strip_prefix('.') {
            Some(sub) => sub,
            None if after.is_empty() => "",
            None => return Err(bad()),
        };
        if !rest.is_empty() {
            steps.push(rest.to_owned());
        }
    } else {
        steps.extend(rest.split('.').map(str::to_owned));
    }
    if steps.iter().any(|step| step.is_empty() || step.contains(['[', ']', ' '])) {
        return Err(bad());
    }
    Ok(Path { steps, filter })
}

/// Applies operations to a copy of a user's attributes; nothing is kept unless all succeed.
pub(super) fn apply_to_user(before: &Map<String, Value>, id: &str, ops: Vec<Op>, rules: Rules) -> Result<Map<String, Value>, Refusal> {
    for only_once in ["userName", "active"] {
        let times = ops.iter().filter(|op| op.touches(only_once)).count();
        if times > 1 {
            return Err(Refusal::invalid(format!("Multiple operations on {only_once} in one request are not supported.")));
        }
    }
    let mut user = before.clone();
    for op in ops {
        match (op.path, op.value) {
            (Some(path), value) => {
                let first = schema::find(USER, &path.steps[0], &path.steps[0])?;
                check_patchable(first)?;
                if op.kind == Kind::Remove {
                    check_removable(first)?;
                }
                edit(USER, &mut user, "", &path.steps, path.filter.as_ref(), Change::new(op.kind, value), rules)?;
            }
            (None, Some(Value::Object(value))) => {
                for (name, value) in value {
                    if name == "id" {
                        user::check_id(&value, Some(id))?;
                        continue;
                    }
                    let attr = schema::find(USER, &name, &name)?;
                    check_patchable(attr)?;
                    if value.is_null() {
                        check_removable(attr)?;
                    }
                    edit(USER, &mut user, "", &[name], None, Change::new(op.kind, Some(value)), rules)?;
                }
            }
            (None, _) => return Err(Refusal::invalid("Without a path the value in a PATCH request must be an object.")),
        }
    }
    schema::check_required(USER, "", &user)?;
    Ok(user)
}

impl Op {
    fn touches(&self, name: &str) -> bool {
        match &self.path {
            Some(path) => path.steps[0] == name,
            None => self.value.as_ref().is_some_and(|value| value.get(name).is_some()),
        }
    }
}

fn check_patchable(attr: &Attr) -> Result<(), Refusal> {
    if attr.patchable { Ok(()) } else { Err(Refusal::invalid(format!("Attribute {} is not supported in PATCH.", attr.name))) }
}

/// A null is a removal in other words (RFC 7643 section 2.5).
fn check_removable(attr: &Attr) -> Result<(), Refusal> {
    match attr.name {
        "userName" | "active" => Err(Refusal::invalid(format!("Remove is not supported for {}.", attr.name))),
        _ => Ok(()),
    }
}

/// What to do at the end of a path.
enum Change {
    Set { value: Value, is_add: bool },
    Remove,
}

impl Change {
    fn new(kind: Kind, value: Option<Value>) -> Self {
        match (kind, value) {
            (Kind::Remove, _) | (_, None) => Self::Remove,
            (_, Some(value)) => Self::Set { value, is_add: kind == Kind::Add },
        }
    }
}

fn edit(
    table: &'static [Attr],
    object: &mut Map<String, Value>,
    at: &str,
    steps: &[String],
    filter: Option<&(String, Value)>,
    change: Change,
    rules: Rules,
) -> Result<(), Refusal> {
    let Some((name, rest)) = steps.split_first() else { return Ok(()) };
    let path = schema::sub_path(at, name);
    let attr = schema::find(table, name, &path)?;
    if rest.is_empty() && filter.is_none() {
        return assign(attr, object, &path, change, rules);
    }
    match &attr.shape {
        Shape::Complex(inner) if filter.is_none() => {
            let mut nested = match object.remove(name) {
                Some(Value::Object(nested)) => nested,
                _ => Map::new(),
            };
            edit(inner, &mut nested, &path, rest, None, change, rules)?;
            if !nested.is_empty() {
                object.insert(name.clone(), Value::Object(nested));
            }
            Ok(())
        }
        Shape::Single(inner) => {
            let item = object.get_mut(name).and_then(|list| list.get_mut(0)).and_then(Value::as_object_mut);
            let item = item.filter(|item| filter.is_none_or(|(sub, wanted)| item.get(sub) == Some(wanted)));
            let Some(item) = item else {
                return Err(Refusal::invalid(format!("The path {path} in the PATCH request matches no value.")));
            };
            match (rest.is_empty(), change) {
                (true, Change::Remove) => {
                    object.remove(name);
                    Ok(())
                }
                (true, Change::Set { value, .. }) => {
                    item.extend(schema::clean_object(inner, &path, value, rules)?);
                    Ok(())
                }
                (false, change) => edit(inner, item, &path, rest, None, change, rules),
            }
        }
        _ => Err(Refusal::invalid(format!("Attribute {path} has no such part."))),
    }
}

fn assign(attr: &Attr, object: &mut Map<String, Value>, path: &str, change: Change, rules: Rules) -> Result<(), Refusal> {
    let (value, is_add) = match change {
        Change::Remove => {
            object.remove(attr.name);
            return Ok(());
        }
        Change::Set { value, is_add } => (value, is_add),
    };
    // RFC 7644 lets one value of a list be added without the list around it.
    let value = match (&attr.shape, value) {
        (Shape::Single(_), value @ Value::Object(_)) => Value::Array(vec![value]),
        (_, value) => value,
    };
    let is_complex = matches!(attr.shape, Shape::Complex(_));
    let cleaned = schema::clean(attr, path, value, rules)?;
    match (cleaned, object.get_mut(attr.name)) {
        (None, _) => {
            // An emptied list is an unassigned attribute (RFC 7643 section 2.5); an empty object merges nothing.
            if !is_complex {
                object.remove(attr.name);
            }
        }
        // RFC 7644 section 3.5.2.3: the parts sent replace theirs, the others stay.
        (Some(Value::Object(new)), Some(Value::Object(old))) => old.extend(new),
        (Some(Value::Array(new)), Some(Value::Array(old))) if is_add && *old != new => return Err(schema::too_many(path)),
        (Some(new), _) => {
            object.insert(attr.name.to_owned(), new);
        }
    }
    Ok(())
}
