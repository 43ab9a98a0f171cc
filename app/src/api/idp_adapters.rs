//! IdP Adapters.

use crate::error::AppError;
use crate::reading::Sent;
use crate::views::{IdpAdapterRow, Listed, UsageView};
use domain::id::IdpAdapterId;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::enter;

/// All, with this administrator's drafts.
#[server(endpoint = "idp-adapters/list")]
pub async fn list_idp_adapters() -> Result<Sent<Listed<IdpAdapterRow>>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.idp_adapters.list(&actor).await?)
}

/// Who uses one.
#[server(endpoint = "idp-adapters/usage")]
pub async fn idp_adapter_usage(id: IdpAdapterId) -> Result<Sent<UsageView>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.idp_adapters.usage(&actor, &id).await?)
}

/// Deletes one that is not used.
#[server(endpoint = "idp-adapters/delete")]
pub async fn delete_idp_adapter(id: IdpAdapterId) -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.idp_adapters.delete(&actor, &id).await
}
