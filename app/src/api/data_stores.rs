//! Data Stores.

use crate::error::AppError;
use crate::reading::Sent;
use crate::views::{DataStoreRow, Listed, UsageView};
use domain::id::DataStoreId;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::enter;

/// All, with this administrator's drafts.
#[server(endpoint = "data-stores/list")]
pub async fn list_data_stores() -> Result<Sent<Listed<DataStoreRow>>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.data_stores.list(&actor).await?)
}

/// Who uses one.
#[server(endpoint = "data-stores/usage")]
pub async fn data_store_usage(id: DataStoreId) -> Result<Sent<UsageView>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.data_stores.usage(&actor, &id).await?)
}

/// Deletes one that is not used.
#[server(endpoint = "data-stores/delete")]
pub async fn delete_data_store(id: DataStoreId) -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.data_stores.delete(&actor, &id).await
}
