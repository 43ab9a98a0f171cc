//! Who is signed on.

use crate::error::AppError;
use crate::reading::Sent;
use crate::views::SessionView;
use leptos::prelude::*;

/// For the frame of the page; also for visitors who are not signed on. `draft` is the draft in the page's address, if there is one.
#[server(endpoint = "session/show")]
pub async fn show_session(#[server(default)] draft: String) -> Result<Sent<SessionView>, AppError> {
    let (actor, backend) = crate::backend::visitor()?;
    Sent::new(&backend.session.show(actor.as_ref(), &draft).await?)
}
