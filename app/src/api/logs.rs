//! Logs.

use crate::error::AppError;
use crate::reading::Sent;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::enter;

/// Entries of a log that the query of an address asks for, as HTML. Administrators only.
#[server(endpoint = "logs/read")]
pub async fn read_log(#[server(default)] query: String) -> Result<Sent<String>, AppError> {
    let (actor, backend) = enter().await?;
    let page = backend.logs.read(&actor, &query).await?;
    Sent::new(&crate::reading::html(|| crate::pages::logs::content::content(page)))
}
