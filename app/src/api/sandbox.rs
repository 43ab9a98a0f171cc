//! The pages of a sandbox.

use crate::error::AppError;
use crate::reading::Sent;
use crate::views::sandbox::SandboxPage;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::enter;

/// A page by its path; `query` is what its address says besides, as it says it. A server that is no sandbox has no such page.
#[server(endpoint = "sandbox/show")]
pub async fn show_sandbox(path: String, #[server(default)] query: String) -> Result<Sent<SandboxPage>, AppError> {
    let (actor, backend) = enter().await?;
    let sandbox = backend.sandbox.ok_or(AppError::NotFound)?;
    Sent::new(&sandbox.show(&actor, &path, query.trim_start_matches('?')).await?)
}
