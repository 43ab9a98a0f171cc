//! What is measured of conversations with directories. The server says what the figures mean and shows them.

use crate::message::{BIND, EXTENDED, Message, SEARCH};
use std::time::Duration;

/// What a request asks for, as the label of its figures.
pub(crate) fn operation(request: &[u8]) -> &'static str {
    match Message::parse(request).map(|message| message.op) {
        Ok(BIND) => "bind",
        Ok(SEARCH) => "search",
        Ok(EXTENDED) => "start_tls",
        _ => "other",
    }
}

/// An operation was answered, to its end. A page of a search is an operation; asked for ahead, its time includes what it waited for the
/// page before.
pub(crate) fn took(operation: &'static str, time: Duration) {
    metrics::histogram!("towpath_ldap_operation_duration_seconds", "operation" => operation).record(time.as_secs_f64());
}

/// A connection failed in the middle.
pub(crate) fn failed(reason: &'static str) {
    metrics::counter!("towpath_ldap_connection_failures_total", "reason" => reason).increment(1);
}
