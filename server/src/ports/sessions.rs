//! Who is signed on, for the frame of the page.

use super::{Ports, refuse};
use app::backend::Sessions;
use app::error::AppError;
use app::views::SessionView;
use async_trait::async_trait;
use domain::actor::Actor;
use domain::id::DraftId;

#[async_trait]
impl Sessions for Ports {
    async fn show(&self, actor: Option<&Actor>, draft: &str) -> Result<SessionView, AppError> {
        let (user, must_change) = match actor {
            Some(Actor::Person { name, must_change, .. }) => (Some(name.clone()), *must_change),
            Some(local @ (Actor::Local { .. } | Actor::Monitor)) => (Some(local.to_string()), false),
            None => (None, false),
        };
        // The version says to a stranger which holes to try.
        let version = if user.is_some() { env!("CARGO_PKG_VERSION").to_owned() } else { String::new() };
        // Of a draft that is gone the page itself says so.
        let kind = match (actor, DraftId::parse(draft)) {
            (Some(actor), Ok(draft)) if actor.may_administer() => self.service.draft_kind(actor, &draft).await.map_err(refuse)?,
            _ => None,
        };
        Ok(SessionView {
            kind: kind.unwrap_or_default(),
            user,
            must_change,
            environment: self.environment.clone(),
            sandbox: self.is_sandbox,
            version,
        })
    }
}
