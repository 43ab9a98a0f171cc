//! A group: read from a body, shown in an answer, and the rules of `PatchGroup` (developer guide, `PatchGroup`).

use serde_json::{Map, Value, json};

use super::config::MemberRemoval;
use super::error::{REPLACING, Refusal};
use super::patch::{Kind, Op, Path};
use super::schema::{self, CORE_GROUP, GROUP, Rules};
use super::state::GroupRecord;
use super::user;

/// Most members in a `CreateGroup`, and most membership changes in a `PatchGroup`.
const MAX_MEMBERS: usize = 100;

/// What `CreateGroup` was sent.
#[derive(Debug)]
pub(super) struct NewGroup {
    pub display_name: String,
    pub external_id: Option<String>,
    /// User ids.
    pub members: Vec<String>,
}

/// What `PatchGroup` wants changed.
#[derive(Debug, Default)]
pub(super) struct GroupChange {
    pub display_name: Option<String>,
    /// `Some(None)` clears it.
    pub external_id: Option<Option<String>>,
    /// In the order sent.
    pub members: Vec<MemberChange>,
}

/// One membership change.
#[derive(Debug)]
pub(super) struct MemberChange {
    pub is_add: bool,
    pub user_id: String,
}

/// Reads the body of `CreateGroup`.
pub(super) fn parse(body: Map<String, Value>, rules: Rules) -> Result<NewGroup, Refusal> {
    schema::check_schemas(&body, CORE_GROUP, &[])?;
    let mut attributes = Map::new();
    let mut members = Vec::new();
    for (name, value) in body {
        match name.as_str() {
            // Read-only attributes are ignored (RFC 7644 section 3.3).
            "schemas" | "id" | "meta" => {}
            "members" if value.is_null() => {}
            "members" => members = parse_members(value)?,
            _ => {
                if let Some(value) = schema::clean(schema::find(GROUP, &name, &name)?, &name, value, rules)? {
                    attributes.insert(name, value);
                }
            }
        }
    }
    schema::check_required(GROUP, "", &attributes)?;
    check_count(members.len())?;
    let mut text = |name: &str| match attributes.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    Ok(NewGroup { display_name: text("displayName").unwrap_or_default(), external_id: text("externalId"), members })
}

/// Reads the operations of `PatchGroup` for the group `id`.
pub(super) fn parse_change(ops: Vec<Op>, id: &str, rules: Rules, removal: MemberRemoval) -> Result<GroupChange, Refusal> {
    let mut change = GroupChange::default();
    for Op { kind, path, value } in ops {
        match (path, value) {
            (Some(path), value) if path.steps[0] == "members" => change_members(&mut change, kind, &path, value, removal)?,
            (Some(path), value) => {
                if path.steps.len() > 1 || path.filter.is_some() {
                    return Err(Refusal::invalid(format!("The path {} is not supported in PatchGroup.", path.steps.join("."))));
                }
                change_text(&mut change, &path.steps[0], value.filter(|_| kind != Kind::Remove), rules)?;
            }
            (None, Some(Value::Object(object))) => {
                for (name, value) in object {
                    match name.as_str() {
                        "id" => user::check_id(&value, Some(id))?,
                        "members" if kind == Kind::Replace => return Err(Refusal::invalid(REPLACING)),
                        "members" => return Err(Refusal::invalid("Missing path in PATCH request")),
                        _ => change_text(&mut change, &name, Some(value), rules)?,
                    }
                }
            }
            (None, _) => return Err(Refusal::invalid("Without a path the value in a PATCH request must be an object.")),
        }
    }
    check_count(change.members.len())?;
    Ok(change)
}

fn change_text(change: &mut GroupChange, name: &str, value: Option<Value>, rules: Rules) -> Result<(), Refusal> {
    let attr = schema::find(GROUP, name, name)?;
    let text = match value.map(|value| schema::clean(attr, name, value, rules)).transpose()?.flatten() {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    match (name, text) {
        ("displayName", None) => return Err(Refusal::constraint("displayName", "not be null")),
        ("displayName", text) => change.display_name = text,
        (_, text) => change.external_id = Some(text),
    }
    Ok(())
}

fn change_members(change: &mut GroupChange, kind: Kind, path: &Path, value: Option<Value>, removal: MemberRemoval) -> Result<(), Refusal> {
    if path.steps.len() > 1 {
        return Err(Refusal::invalid(format!("The path {} is not supported in PatchGroup.", path.steps.join("."))));
    }
    let ids = match (kind, &path.filter, value) {
        (Kind::Replace, _, _) => return Err(Refusal::invalid(REPLACING)),
        (Kind::Remove, Some((attr, Value::String(id))), None) if attr == "value" && removal == MemberRemoval::Either => vec![id.clone()],
        (_, Some(_), _) => {
            return Err(Refusal::invalid("A filter in the path of members is not supported; send the members as a list of values."));
        }
        (Kind::Remove, None, None) => return Err(Refusal::invalid(REPLACING)),
        (_, None, None) => return Err(Refusal::invalid("Missing value in PATCH request")),
        (_, None, Some(value)) => parse_members(value)?,
    };
    if ids.is_empty() {
        // An empty removal would be a removal of all in RFC 7644's reading.
        return Err(if kind == Kind::Remove {
            Refusal::invalid(REPLACING)
        } else {
            Refusal::constraint("members", "have length greater than or equal to 1")
        });
    }
    change.members.extend(ids.into_iter().map(|user_id| MemberChange { is_add: kind == Kind::Add, user_id }));
    Ok(())
}

fn parse_members(value: Value) -> Result<Vec<String>, Refusal> {
    let Value::Array(items) = value else {
        return Err(Refusal::invalid("Attribute members must be a list."));
    };
    let parse_one = |item: Value| {
        let Value::Object(item) = item else {
            return Err(Refusal::invalid("Each of members must be an object with a value."));
        };
        for (name, value) in &item {
            match name.as_str() {
                "value" | "$ref" | "display" => {}
                "type" if value == "User" => {}
                "type" => return Err(Refusal::invalid("Only a member of type User is supported; groups cannot be nested.")),
                _ => return Err(Refusal::invalid(format!("Attribute members.{name} is not supported."))),
            }
        }
        match item.get("value") {
            Some(Value::String(id)) if !id.is_empty() => Ok(id.clone()),
            _ => Err(Refusal::constraint("members.value", "have length greater than or equal to 1")),
        }
    };
    items.into_iter().map(parse_one).collect()
}

fn check_count(count: usize) -> Result<(), Refusal> {
    if count > MAX_MEMBERS {
        return Err(Refusal::constraint("members", format_args!("have length less than or equal to {MAX_MEMBERS}")));
    }
    Ok(())
}

/// The group as AWS answers it. Members are never told: there is an empty list, or (`with_members` is false) none.
pub(super) fn render(record: &GroupRecord, with_members: bool) -> Value {
    let mut out = json!({
        "id": record.id,
        "meta": user::meta("Group", record.created_ms, record.modified_ms),
        "schemas": [CORE_GROUP],
        "displayName": record.display_name,
    });
    if let Some(external_id) = &record.external_id {
        out["externalId"] = json!(external_id);
    }
    if with_members {
        out["members"] = json!([]);
    }
    out
}
