//! `ServiceProviderConfig`, Schemas and `ResourceTypes`.

use serde_json::{Value, json};

use super::error::Refusal;
use super::schema::{self, Attr, CORE_GROUP, CORE_USER, ENTERPRISE, ENTERPRISE_USER, GROUP, Shape, USER};

/// The sample of the developer guide. `filter.maxResults` says 50 although pages hold 100; AWS has never corrected it.
pub(super) fn service_provider_config() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "documentationUri": "https://docs.aws.amazon.com/singlesignon/latest/userguide/manage-your-identity-source-idp.html",
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 1, "maxPayloadSize": 1_048_576 },
        "filter": { "supported": true, "maxResults": 50 },
        "changePassword": { "supported": false },
        "sort": { "supported": false },
        "etag": { "supported": false },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "OAuth Bearer Token",
            "description": "Authentication scheme using the OAuth Bearer Token Standard",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "documentationUri": "https://docs.aws.amazon.com/singlesignon/latest/userguide/provision-automatically.html",
            "primary": true,
        }],
    })
}

/// All schemas.
pub(super) fn schemas() -> Value {
    list(vec![user_schema(), group_schema(), enterprise_schema()])
}

/// One schema by its URN.
pub(super) fn schema(id: &str) -> Result<Value, Refusal> {
    match id {
        CORE_USER => Ok(user_schema()),
        CORE_GROUP => Ok(group_schema()),
        ENTERPRISE => Ok(enterprise_schema()),
        _ => Err(Refusal::not_found("Schema does not exist.", format!("Schema {id} does not exist."))),
    }
}

/// Users with the enterprise extension, and groups.
pub(super) fn resource_types() -> Value {
    let kind = |name: &str, endpoint: &str, schema: &str, extensions: Value| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": name,
            "name": name,
            "description": name,
            "endpoint": endpoint,
            "schema": schema,
            "schemaExtensions": extensions,
        })
    };
    list(vec![
        kind("User", "/Users", CORE_USER, json!([{ "schema": ENTERPRISE, "required": false }])),
        kind("Group", "/Groups", CORE_GROUP, json!([])),
    ])
}

fn list(resources: Vec<Value>) -> Value {
    json!({ "schemas": [schema::LIST], "totalResults": resources.len(), "itemsPerPage": resources.len(), "startIndex": 1, "Resources": resources })
}

fn user_schema() -> Value {
    let core: Vec<Value> = USER.iter().filter(|attr| attr.name != ENTERPRISE).filter_map(attribute).collect();
    described(CORE_USER, "User", "User Account", core)
}

fn group_schema() -> Value {
    let mut attributes: Vec<Value> = GROUP.iter().filter_map(attribute).collect();
    let member = json!({ "name": "value", "type": "string", "multiValued": false, "required": false, "caseExact": true, "mutability": "immutable", "returned": "default", "uniqueness": "none" });
    attributes.push(json!({
        "name": "members", "type": "complex", "multiValued": true, "required": false, "caseExact": false,
        "mutability": "readWrite", "returned": "request", "uniqueness": "none", "subAttributes": [member],
    }));
    described(CORE_GROUP, "Group", "Group", attributes)
}

fn enterprise_schema() -> Value {
    described(ENTERPRISE, "EnterpriseUser", "Enterprise User", ENTERPRISE_USER.iter().filter_map(attribute).collect())
}

fn described(id: &str, name: &str, description: &str, attributes: Vec<Value>) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": id,
        "name": name,
        "description": description,
        "attributes": attributes,
    })
}

fn attribute(attr: &Attr) -> Option<Value> {
    let (kind, inner): (&str, &[Attr]) = match attr.shape {
        Shape::Text(_) => ("string", &[]),
        Shape::Flag => ("boolean", &[]),
        Shape::Complex(inner) | Shape::Single(inner) => ("complex", inner),
        Shape::Dropped => return None,
    };
    let mut out = json!({
        "name": attr.name,
        "type": kind,
        "multiValued": matches!(attr.shape, Shape::Single(_)),
        "required": attr.required,
        "caseExact": attr.name == "externalId",
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": if attr.name == "userName" { "server" } else { "none" },
    });
    if !inner.is_empty() {
        out["subAttributes"] = inner.iter().filter_map(attribute).collect();
    }
    Some(out)
}
