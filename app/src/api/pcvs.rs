//! Password Credential Validators.

use crate::error::AppError;
use crate::reading::Sent;
use crate::views::{Listed, PcvRow, UsageView};
use domain::id::PcvId;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::enter;

/// All, with this administrator's drafts.
#[server(endpoint = "pcvs/list")]
pub async fn list_pcvs() -> Result<Sent<Listed<PcvRow>>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.pcvs.list(&actor).await?)
}

/// Who uses one.
#[server(endpoint = "pcvs/usage")]
pub async fn pcv_usage(id: PcvId) -> Result<Sent<UsageView>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.pcvs.usage(&actor, &id).await?)
}

/// Deletes one that is not used.
#[server(endpoint = "pcvs/delete")]
pub async fn delete_pcv(id: PcvId) -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.pcvs.delete(&actor, &id).await
}
