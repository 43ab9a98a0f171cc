//! Drafts and the wizard, besides its posts.

use crate::error::AppError;
use crate::reading::Sent;
use crate::views::MadePage;
use domain::form::Fields;
use domain::id::DraftId;
use domain::model::report::Report;
use domain::problem::Problems;
use domain::view::StepView;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::enter;

/// The page of a tab.
#[server(endpoint = "drafts/view")]
pub async fn view_step(draft: DraftId, path: String) -> Result<Sent<StepView>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.drafts.view(&actor, &draft, &path).await?)
}

/// Where a draft meets what somebody else saved; `query` is what the page's address says besides, urlencoded.
#[server(endpoint = "drafts/meeting")]
pub async fn view_meeting(draft: DraftId, query: String) -> Result<Sent<MadePage>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&backend.drafts.meeting(&actor, &draft, &query).await?)
}

/// What came of asking for a test. A refusal for what was typed is an answer and no failure of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tested {
    /// What the test found.
    Found(Report),
    /// What is wrong with what was typed; nothing was tested.
    Refused(Problems),
}

/// Takes a tab's fields, secrets in clear, and runs its test.
#[server(endpoint = "drafts/test", input = Json)]
pub async fn test_step(draft: DraftId, path: String, fields: Fields) -> Result<Sent<Tested>, AppError> {
    let (actor, backend) = enter().await?;
    Sent::new(&match backend.drafts.test(&actor, &draft, &path, fields).await {
        Ok(report) => Tested::Found(report),
        Err(AppError::Invalid(problems)) => Tested::Refused(problems),
        Err(error) => return Err(error),
    })
}

/// Drops a draft.
#[server(endpoint = "drafts/delete")]
pub async fn delete_draft(id: DraftId) -> Result<(), AppError> {
    let (actor, backend) = enter().await?;
    backend.drafts.delete(&actor, &id).await
}
