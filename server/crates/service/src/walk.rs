//! Walking a wizard without a browser: presses buttons with some fields changed and all others as the page shows them, so that what
//! is made this way obeys every rule of the console.

use crate::drafts::Next;
use crate::{Result, Service, ServiceError};
use domain::actor::Actor;
use domain::form::{FieldKind, Fields};
use domain::view::StepView;

/// Somebody at a wizard.
pub struct Walk<'a> {
    service: &'a Service,
    actor: &'a Actor,
    at: Next,
}

impl<'a> Walk<'a> {
    /// Goes on from where a draft was begun.
    pub fn new(service: &'a Service, actor: &'a Actor, at: Next) -> Self {
        Self { service, actor, at }
    }

    /// Where it is now.
    pub fn at(&self) -> &Next {
        &self.at
    }

    /// The page it is on.
    pub async fn view(&self) -> Result<StepView> {
        let Next::Tab(draft, path) = &self.at else { return Err(ServiceError::refused("The wizard is already closed.")) };
        self.service.view_draft(self.actor, draft, path).await
    }

    /// Presses a button of the page with these fields changed. A page that refuses is an error with its problems.
    pub async fn press(&mut self, nav: &str, changes: &[(&str, &str)]) -> Result<()> {
        let view = self.view().await?;
        let Next::Tab(draft, path) = &self.at else { return Err(ServiceError::refused("The wizard is already closed.")) };
        let of_row = view.rows.iter().flat_map(|rows| &rows.rows).filter_map(|row| row.edit.as_ref()).flatten();
        let asked: Vec<_> = view.fields.iter().chain(of_row).filter(|f| f.spec.kind != FieldKind::Fixed).collect();
        let mut fields: Fields = asked.iter().map(|f| (f.spec.name.clone(), f.value.clone())).collect();
        for (name, value) in changes {
            if !asked.iter().any(|f| f.spec.name == *name) {
                return Err(ServiceError::refused(format!("The tab {path} has no field {name}.")));
            }
            fields.set(*name, *value);
        }
        let next = self.service.post_draft(self.actor, draft, path, nav, fields).await?;
        // The buttons of a table stay on their tab, and so does what is refused there.
        let stayed = next == self.at;
        self.at = next;
        let refused = stayed && (!nav.starts_with("row-") || !self.view().await?.problems.is_empty());
        match refused {
            true => Err(ServiceError::Invalid(self.view().await?.problems)),
            false => Ok(()),
        }
    }
}
