//! `ServiceProviderConfig` (RFC 7643 section 5): what a service says of itself. It is shown to people and never believed: AWS
//! announces 50 results and sends 100, others announce bulk and have none. The Connector decides.

use domain::model::connector::OperationClass;
use serde_json::Value;

use crate::ScimError;
use crate::client::{Call, Client};
use crate::path::{member, text};

/// What a service says of itself; `None` where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceProviderConfig {
    /// PATCH is taken.
    pub patch: Option<bool>,
    /// Filters are taken.
    pub filter: Option<bool>,
    /// Most results of a filter.
    pub max_results: Option<u64>,
    /// Bulk operations.
    pub bulk: Option<bool>,
    /// Cursor paging (RFC 9865).
    pub cursor: Option<bool>,
    /// Names of the ways to authenticate.
    pub authentication: Vec<String>,
}

impl Client {
    /// Reads it; `None` if the service has none (many answer 404).
    pub async fn service_provider_config(&self) -> Result<Option<ServiceProviderConfig>, ScimError> {
        let call = Call { tries: Some(1), ..Call::read(OperationClass::Discover, "/ServiceProviderConfig".to_owned()) };
        let found = self.read(call, "read its ServiceProviderConfig").await?;
        Ok(found.map(|(body, _)| parse(&body)))
    }
}

fn parse(body: &Value) -> ServiceProviderConfig {
    let supported = |name: &str| match text(member(member(body, name)?, "supported"))?.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    };
    let scheme = |scheme: &Value| text(member(scheme, "name").or_else(|| member(scheme, "type")));
    ServiceProviderConfig {
        patch: supported("patch"),
        filter: supported("filter"),
        max_results: member(body, "filter").and_then(|f| text(member(f, "maxResults"))).and_then(|n| n.parse().ok()),
        bulk: supported("bulk"),
        cursor: member(body, "pagination").and_then(|p| text(member(p, "cursor"))).map(|t| t.eq_ignore_ascii_case("true")),
        authentication: match member(body, "authenticationSchemes") {
            Some(Value::Array(schemes)) => schemes.iter().filter_map(scheme).collect(),
            _ => Vec::new(),
        },
    }
}

impl ServiceProviderConfig {
    /// One sentence for a person.
    pub fn describe(&self) -> String {
        let word = |what: &str, flag: Option<bool>| match flag {
            Some(true) => format!("{what} supported"),
            Some(false) => format!("{what} not supported"),
            None => format!("{what} not mentioned"),
        };
        let mut parts = vec![word("PATCH", self.patch), word("filters", self.filter)];
        if let Some(most) = self.max_results {
            parts.push(format!("at most {most} results"));
        }
        parts.push(word("bulk", self.bulk));
        if !self.authentication.is_empty() {
            parts.push(format!("authentication by {}", self.authentication.join(", ")));
        }
        let mut sentence = parts.join("; ");
        sentence.push('.');
        sentence
    }
}
