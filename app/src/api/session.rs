//! Who is signed on.

use crate::error::AppError;
use crate::reading::Sent;
use crate::views::SessionView;
use leptos::prelude::*;

/// For the frame of the page; also for visitors who are not signed on.
#[server(endpoint = "session/show")]
pub async fn show_session() -> Result<Sent<SessionView>, AppError> {
    let (actor, backend) = crate::backend::visitor()?;
    Sent::new(&backend.session.show(actor.as_ref()).await?)
}
