//! Refusals, and the error body AWS sends for them.

use http::StatusCode;
use serde_json::{Value, json};

use super::config::{Config, Detail, ErrorKeys};
use super::fault::RetryAfter;
use super::schema;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: StatusCode,
    /// What the body says.
    pub detail: String,
    /// What the log says, where it knows more than the body.
    pub reason: String,
    /// For 429 and the like.
    pub retry_after: Option<RetryAfter>,
}

/// The sentence AWS sends for most 400s.
const GENERIC: &str = "Request is unparsable, syntactically incorrect, or violates schema.";

impl Refusal {
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { status, reason: detail.clone(), detail, retry_after: None }
    }

    /// 400 `ValidationException`.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 400 in AWS's form of a broken constraint.
    pub fn constraint(attribute: &str, rule: impl std::fmt::Display) -> Self {
        Self::invalid(format!("1 validation errors detected: Value at '{attribute}' failed to satisfy constraint: Member must {rule}"))
    }

    /// 409 `ConflictException`. AWS does not say in the body what is taken; the log does.
    pub fn duplicate(reason: impl Into<String>) -> Self {
        Self {
            status: StatusCode::CONFLICT,
            detail: "Refused to create a new, duplicate resource.".into(),
            reason: reason.into(),
            retry_after: None,
        }
    }

    /// 404 `ResourceNotFoundException`.
    pub fn not_found(detail: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, detail: detail.into(), reason: reason.into(), retry_after: None }
    }

    /// 404 for a user id.
    pub fn no_user(id: &str) -> Self {
        Self::not_found("USER does not exist.", format!("USER {id} does not exist."))
    }

    /// 404 for a group id.
    pub fn no_group(id: &str) -> Self {
        Self::not_found("GROUP does not exist.", format!("GROUP {id} does not exist."))
    }

    /// 402 `ServiceQuotaExceededException`, as the Identity Store API answers; what SCIM answers is not known.
    pub fn quota(what: &str, max: usize) -> Self {
        Self::new(StatusCode::PAYMENT_REQUIRED, format!("The identity store has {max} {what} and may not have more."))
    }

    /// The body: both `schema` and `schemas`, status as a string, and no `scimType` (as seen live).
    pub fn body(&self, config: &Config, request_id: &str, now_ms: i64) -> Value {
        let replacing = self.detail == REPLACING;
        let text = match config.detail {
            Detail::Generic if self.status == StatusCode::BAD_REQUEST && !replacing => GENERIC,
            _ => &self.detail,
        };
        let mut body = json!({
            "schema": [schema::ERROR],
            "detail": text,
            "status": self.status.as_str(),
            "exceptionRequestId": request_id,
            "timeStamp": timestamp(now_ms, "%Y-%m-%d %H:%M:%S%.3f"),
        });
        if config.error_keys == ErrorKeys::Both {
            body["schemas"] = json!([schema::ERROR]);
        }
        body
    }
}

/// The one 400 whose precise text was seen in a live body.
pub(super) const REPLACING: &str = "Replacing group memberships is not supported.";

/// Unix milliseconds in UTC; times no calendar has are shown as the epoch.
pub(super) fn timestamp(ms: i64, format: &str) -> String {
    jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH).strftime(format).to_string()
}

/// The form of times in `meta`: UTC, whole seconds.
pub(super) fn meta_time(ms: i64) -> String {
    timestamp(ms, "%Y-%m-%dT%H:%M:%SZ")
}
