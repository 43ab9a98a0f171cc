//! A user: read from a body, shown in an answer.

use serde_json::{Map, Value, json};

use super::error::{Refusal, meta_time};
use super::schema::{self, CORE_USER, ENTERPRISE, Rules, USER};
use super::state::UserRecord;

/// Reads the body of `CreateUser` or `PutUser` (`id` is the path's).
pub(super) fn parse(
    body: Map<String, Value>,
    id: Option<&str>,
    rules: Rules,
    active_when_omitted: bool,
) -> Result<Map<String, Value>, Refusal> {
    schema::check_schemas(&body, CORE_USER, &[ENTERPRISE])?;
    let mut attributes = Map::new();
    for (name, value) in body {
        match name.as_str() {
            "schemas" => {}
            "id" => check_id(&value, id)?,
            "meta" => check_meta(&value)?,
            _ => {
                if let Some(value) = schema::clean(schema::find(USER, &name, &name)?, &name, value, rules)? {
                    attributes.insert(name, value);
                }
            }
        }
    }
    schema::check_required(USER, "", &attributes)?;
    attributes.entry("active").or_insert(Value::Bool(active_when_omitted));
    Ok(attributes)
}

/// `id` is read-only: ignored in a create, and in a PUT or PATCH it must be the object's own.
pub(super) fn check_id(value: &Value, id: Option<&str>) -> Result<(), Refusal> {
    match id {
        Some(id) if value.as_str() != Some(id) => Err(Refusal::invalid("The id in the body is not the id in the path.")),
        _ => Ok(()),
    }
}

/// `meta` is read-only and ignored, but AWS refuses `meta.version`.
fn check_meta(value: &Value) -> Result<(), Refusal> {
    if value.get("version").is_some() { Err(Refusal::invalid("Attribute meta.version is not supported.")) } else { Ok(()) }
}

/// The user as AWS answers it: no `meta.location`, no `meta.version`, no `profileUrl`, and the enterprise schema only when it is used.
pub(super) fn render(record: &UserRecord) -> Value {
    let mut out = record.attributes.clone();
    out.remove("profileUrl");
    let mut schemas = vec![CORE_USER];
    if out.contains_key(ENTERPRISE) {
        schemas.push(ENTERPRISE);
    }
    out.insert("schemas".into(), json!(schemas));
    out.insert("id".into(), json!(record.id));
    out.insert("meta".into(), meta("User", record.created_ms, record.modified_ms));
    Value::Object(out)
}

/// `meta`, with times in whole seconds.
pub(super) fn meta(kind: &str, created_ms: i64, modified_ms: i64) -> Value {
    json!({ "resourceType": kind, "created": meta_time(created_ms), "lastModified": meta_time(modified_ms) })
}
