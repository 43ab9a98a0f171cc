//! Drafts and the wizard, besides its posts.

use crate::error::AppError;
use domain::form::Fields;
use domain::id::DraftId;
use domain::model::report::Report;
use domain::view::StepView;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

#[cfg(feature = "ssr")]
use super::enter;

/// The page of a tab.
#[server(endpoint = "drafts/view")]
pub async fn view_step(draft: DraftId, path: String) -> Result<StepView, AppError> {
    let (actor, backend) = enter().await?;
    backend.drafts.view(&actor, &draft, &path).await
}

/// Takes a tab's fields, secrets in clear, and runs its test.
#[server(endpoint = "drafts/test", input = Json)]
pub async fn test_step(draft: DraftId, path: String, fields: Fields) -> Result<Report, AppError> {
    let (actor, backend) = enter().await?;
    backend.drafts.test(&actor, &draft, &path, fields).await
}

/// Drops a draft.
#[server(endpoint = "drafts/delete")]
pub async fn delete_draft(id: DraftId) -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.drafts.delete(&actor, &id).await
}
