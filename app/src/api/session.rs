//! Who is signed on.

use crate::error::AppError;
use crate::views::SessionView;
use leptos::prelude::*;

/// For the frame of the page; also for visitors who are not signed on.
#[server(endpoint = "session/show")]
pub async fn show_session() -> Result<SessionView, AppError> {
    let (actor, backend) = crate::backend::visitor()?;
    backend.session.show(actor.as_ref()).await
}
